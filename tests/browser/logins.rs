//! The ways that lead in.

use fantoccini::key::Key;
use serde_json::json;
use tests::phones::{ADA, ADA_MASKED, ADA_NATIONAL, BEA};
use tests::stack::code_in;

use crate::doorcode::Doorcode;
use crate::person::{CODE, NAME, NUMBER, Person};
use crate::unrecognized::Unrecognized;

#[tokio::test]
async fn a_person_registers_signs_out_and_comes_back_to_the_same_account() {
    let doorcode = Doorcode::named_or_new().await;
    let ada = Person::new(&doorcode, ADA).await;

    ada.opens("/").await;
    ada.types(NUMBER, "+46 70 174 06 05").await;
    ada.presses("Text me a code").await;
    ada.is_at("/code").await;
    ada.sees("You asked for a code by text message to +46 70 174 06 05.").await;
    let code = ada.reads_code().await;
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;

    ada.is_at("/register").await;
    ada.sees("+46 70 174 06 05 is confirmed, and it is new here.").await;
    ada.types(NAME, "Ada Lovelace").await;
    ada.presses("Create account").await;

    ada.is_at("/account").await;
    ada.sees("Hello, Ada Lovelace").await;
    ada.sees(ADA_MASKED).await;
    let account = ada.account().await;
    assert!(account.is_some());

    ada.presses("Sign out").await;
    ada.is_at("/").await;
    ada.hears("status", "You are signed out.").await;
    assert_eq!(ada.account().await, None);

    let code = ada.requests_a_code().await;
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.is_at("/account").await;
    ada.sees("Hello, Ada Lovelace").await;
    assert_eq!(ada.account().await, account);
    ada.leaves().await;
}

#[tokio::test]
async fn nothing_is_left_behind_for_who_presses_back() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.registers("Ada").await;

    // The code and the registration are used up: Back leads past them.
    ada.goes_back().await;
    ada.is_at("/").await;
    ada.sees("You are signed in as Ada.").await;
    ada.follows("Go to your account").await;
    ada.is_at("/account").await;
    ada.sees("Hello, Ada").await;

    ada.presses("Sign out").await;
    ada.hears("status", "You are signed out.").await;
    ada.goes_back().await;
    ada.is_at("/").await;
    ada.does_not_see("Ada").await;
    ada.opens("/account").await;
    ada.is_at("/").await;
    ada.hears("status", "You are not signed in. Type your number to sign in.").await;
    ada.leaves().await;
}

#[tokio::test]
async fn a_number_may_be_written_as_at_home_and_a_name_left_out() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.opens("/").await;
    ada.types(NUMBER, ADA_NATIONAL).await;
    ada.presses("Text me a code").await;
    ada.sees("You asked for a code by text message to ").await;

    // Who sees that the number is wrong goes back, and finds it as it was typed.
    ada.goes_back().await;
    ada.is_at("/").await;
    ada.finds_typed(NUMBER, ADA_NATIONAL).await;
    ada.sees("You asked for a code for ").await;
    ada.follows("Type it").await;
    ada.is_at("/code").await;

    let code = ada.reads_code().await;
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.is_at("/register").await;
    ada.presses("Create account").await;
    ada.is_at("/account").await;
    ada.sees("You are signed in").await;
    ada.leaves().await;
}

#[tokio::test]
async fn a_code_may_be_pasted_in_any_form() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;

    // With spaces, as some phones show it.
    let code = ada.requests_a_code().await;
    ada.is_on(CODE).await;
    ada.pastes(&format!(" {} {} ", &code[..3], &code[3..])).await;
    ada.is_at("/register").await;
    ada.presses("Create account").await;
    ada.is_at("/account").await;

    // By the button beside the text.
    ada.signs_out_and_resends().await;
    ada.copies_code().await;
    ada.is_on(CODE).await;
    ada.pastes_what_was_copied().await;
    ada.is_at("/account").await;

    // The whole text.
    ada.signs_out_and_resends().await;
    let text = ada.reads_text().await;
    assert!(text.ends_with(&format!("\n@localhost #{}", code_in(&text))), "{text}");
    ada.is_on(CODE).await;
    ada.pastes(&text).await;
    ada.is_at("/account").await;
    ada.leaves().await;
}

/// A number that got a text which nobody used gets longer codes (requirement G-15).
#[tokio::test]
async fn a_code_of_eight_digits_is_typed_and_pasted() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let calls = "window.calls = [];
        window.fetch = ((fetch) => (path, ...more) => { calls.push(path); return fetch(path, ...more) })(fetch);";
    ada.runs_first(calls).await;
    Unrecognized::new(&doorcode).requests_a_code(ADA).await;

    // Digit by digit: nothing is sent before the person says so, however many there are.
    doorcode.advance(600);
    let code = ada.requests_a_code().await;
    assert_eq!(code.len(), 8);
    ada.is_on(CODE).await;
    for digit in code.chars() {
        ada.types_there(&digit.to_string()).await;
    }
    ada.finds_typed(CODE, &code).await;
    assert_eq!(ada.runs("return calls", Vec::new()).await, json!([]));
    ada.presses_key(Key::Enter).await;
    ada.is_at("/register").await;

    // In two groups, as people say it.
    doorcode.advance(600);
    let code = ada.requests_a_code().await;
    ada.is_on(CODE).await;
    ada.pastes(&format!("{} {}", &code[..4], &code[4..])).await;
    ada.is_at("/register").await;

    // By the button beside the text.
    doorcode.advance(600);
    ada.starts().await;
    ada.copies_code().await;
    ada.is_on(CODE).await;
    ada.pastes_what_was_copied().await;
    ada.is_at("/register").await;

    // The whole text.
    doorcode.advance(600);
    ada.starts().await;
    let text = ada.reads_text().await;
    ada.is_on(CODE).await;
    ada.pastes(&text).await;
    ada.is_at("/register").await;
    ada.leaves().await;
}

/// Where the browser reads the text for the person, the code is typed in and sent, short or long (requirement C-17).
#[tokio::test]
async fn a_code_that_the_browser_reads_is_typed_in() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let reads = "window.OTPCredential = class {};
        navigator.credentials.get = () => new Promise((answer) => { window.comes = (code) => answer({ code }) });";
    ada.runs_first(reads).await;
    for digits in [6, 8] {
        doorcode.advance(600);
        let code = ada.requests_a_code().await;
        assert_eq!(code.len(), digits);
        ada.runs("comes(arguments[0])", vec![code.into()]).await;
        ada.is_at("/register").await;
    }
    ada.leaves().await;
}

/// Requirement C-01.
#[tokio::test]
async fn a_code_works_only_where_it_was_requested() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let bea = Person::new(&doorcode, BEA).await;
    let code = ada.requests_a_code().await;

    // Bea has seen Ada's text.
    bea.opens("/code").await;
    bea.types(CODE, &code).await;
    bea.presses("Sign in").await;
    bea.sees("or was asked for in another browser. Start again with your number.").await;
    bea.is_on("Time for a new code").await;
    bea.follows("Start again").await;
    bea.is_at("/").await;

    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.is_at("/register").await;
    bea.leaves().await;
    ada.leaves().await;
}

impl Person<'_> {
    async fn signs_out_and_resends(&self) {
        self.presses("Sign out").await;
        self.is_at("/").await;
        self.types(NUMBER, self.number).await;
        self.presses("Text me a code").await;
        self.is_at("/code").await;
    }

    /// The id of the account that this browser is signed in to.
    async fn account(&self) -> Option<String> {
        let script = "const done = arguments[0];
            fetch('/auth/session').then(answer => answer.json()).then(session => done(session.user?.id ?? null))";
        let id = self.client().execute_async(script, Vec::new()).await.expect("an answer");
        id.as_str().map(str::to_owned)
    }
}
