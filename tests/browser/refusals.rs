//! What people are told when something is wrong, and that the way on from there works.

use serde_json::json;
use shared::login::user::RegistrationPolicy;
use shared::sending::decision::SendPolicy;
use tests::browser::other_code;
use tests::phones::{ADA, BEA, LANDLINE};

use crate::doorcode::Doorcode;
use crate::person::{CODE, NUMBER, Person};

/// How a text that is no number is refused, whatever is wrong with it.
pub const NOT_A_NUMBER: &str = " number";

#[tokio::test]
async fn three_wrong_codes_end_the_sign_in_and_a_new_one_works() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let code = ada.requests_a_code().await;

    for (index, left) in [(0, "You have 2 tries left."), (1, "You have 1 try left.")] {
        ada.types(CODE, &other_code(&code, index)).await;
        ada.finds_unmarked(CODE).await;
        ada.presses("Sign in").await;
        ada.hears("alert", &format!("That code is not right. {left} Type the code from the newest message.")).await;
        ada.finds_marked(CODE).await;
        ada.is_on(CODE).await;
    }
    ada.types(CODE, &other_code(&code, 2)).await;
    ada.presses("Sign in").await;
    ada.sees("That was the last try for this sign-in. Start again with your number to get a new code.").await;
    ada.is_on("Time for a new code").await;
    ada.does_not_see("Ask for a new code").await;

    // Not even the right code works any more, wherever it is typed.
    ada.opens("/code").await;
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.sees("The code ran out, was used or tried too often").await;

    ada.waits(30).await;
    ada.follows("Start again").await;
    ada.is_at("/").await;
    let code = ada.requests_a_code().await;
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.is_at("/register").await;
    ada.leaves().await;
}

#[tokio::test]
async fn who_may_not_register_is_told_and_starts_again_with_another_number() {
    let closed = SendPolicy { registration: RegistrationPolicy::ClosedAfterCode, ..tests::stack::policy() };
    let doorcode = Doorcode::with(closed).await;
    let ada = Person::new(&doorcode, ADA).await;
    // The ticks of each page, for the test to let go by.
    ada.runs_first("window.ticks = []; window.setInterval = (tick) => { ticks.push(tick) }").await;
    let code = ada.requests_a_code().await;
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.sees("The code is right, but there is no account for this number, and new ones cannot be made here.").await;
    ada.is_on("No account for this number").await;
    ada.looks_at("code-registration-closed").await;
    ada.runs("for (const tick of ticks) tick()", Vec::new()).await;
    for left in ["Type the code", "Ask for a new code", "You can ask for a new code"] {
        ada.does_not_see(left).await;
    }

    ada.follows("Start again").await;
    ada.is_at("/").await;
    ada.does_not_see("You asked for a code").await;
    ada.does_not_see("You are signed in").await;
    ada.finds_typed(NUMBER, "").await;
    ada.types(NUMBER, BEA).await;
    ada.presses("Text me a code").await;
    ada.is_at("/code").await;
    ada.sees("You asked for a code by text message to ").await;
    ada.sees("Ask for a new code").await;
    ada.leaves().await;
}

#[tokio::test]
async fn a_code_that_ran_out_is_replaced_by_a_new_one() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.requests_a_code().await;
    ada.waits(600).await;
    ada.hears("alert", "The code has run out. Ask for a new one.").await;

    ada.presses("Ask for a new code").await;
    ada.hears("status", "You asked for a new code by text message to ").await;
    let code = ada.reads_code().await;
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.is_at("/register").await;
    ada.leaves().await;
}

#[tokio::test]
async fn who_types_a_code_that_ran_out_starts_again() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let code = ada.requests_a_code().await;
    ada.waits(600).await;
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.sees("The code ran out").await;
    ada.is_on("Time for a new code").await;
    ada.follows("Start again").await;
    ada.is_at("/").await;
    ada.does_not_see("You asked for a code").await;
    ada.leaves().await;
}

#[tokio::test]
async fn a_sign_in_that_took_too_long_starts_again() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.requests_a_code().await;
    ada.waits(900).await;
    ada.presses("Ask for a new code").await;
    ada.sees("There is no sign-in under way in this browser, or it took too long.").await;
    ada.is_on("Time for a new code").await;
    ada.follows("Start again").await;
    ada.is_at("/").await;
    ada.leaves().await;
}

#[tokio::test]
async fn a_registration_that_took_too_long_starts_again() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let code = ada.requests_a_code().await;
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.is_at("/register").await;
    ada.waits(900).await;
    ada.presses("Create account").await;
    ada.sees("Your phone number has to be confirmed first").await;
    ada.is_on("Your number is not confirmed").await;
    ada.follows("Start again").await;
    ada.is_at("/").await;
    ada.leaves().await;
}

#[tokio::test]
async fn a_new_code_is_sent_after_a_countdown() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.requests_a_code().await;
    ada.sees("Ask for a new code in 0:").await;
    ada.presses("Ask for a new code").await;
    ada.hears("status", "You can ask for a new code in ").await;
    ada.waits(25).await;
    ada.sees("Ask for a new code in 0:0").await;
    assert_eq!(doorcode.texts(ADA).len(), 1);

    ada.waits(5).await;
    ada.hears("status", "You can ask for a new code now.").await;
    ada.does_not_see("in 0:").await;
    ada.types(CODE, "12").await;
    ada.presses("Ask for a new code").await;
    ada.hears("status", "You asked for a new code by text message to ").await;
    ada.is_on(CODE).await;
    ada.finds_typed(CODE, "").await;
    let second = ada.reads_code().await;

    // The next retry delay is twice as long.
    ada.waits(30).await;
    ada.sees("Ask for a new code in 0:").await;
    ada.waits(30).await;
    ada.hears("status", "You can ask for a new code now.").await;

    ada.types(CODE, &second).await;
    ada.presses("Sign in").await;
    ada.is_at("/register").await;
    ada.leaves().await;
}

#[tokio::test]
async fn a_browser_whose_clock_runs_ahead_is_told_the_retry_delay() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.requests_a_code().await;
    ada.browser_clock_gains(30).await;
    ada.hears("status", "You can ask for a new code now.").await;
    ada.presses("Ask for a new code").await;
    ada.hears("alert", "It is too early for another code from here. Try again in 30 seconds.").await;
    ada.sees("Ask for a new code in 0:").await;
    assert_eq!(doorcode.texts(ADA).len(), 1);
    ada.waits(30).await;
    ada.presses("Ask for a new code").await;
    ada.hears("status", "You asked for a new code by text message to ").await;
    ada.reads_code().await;
    ada.leaves().await;
}

#[tokio::test]
async fn a_number_that_gets_no_text_stays_in_its_field_to_be_corrected() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.opens("/").await;
    for (typed, told) in [
        ("", "Type your mobile number first."),
        ("12", NOT_A_NUMBER),
        ("call me", NOT_A_NUMBER),
        (LANDLINE, " mobile number."),
    ] {
        ada.types(NUMBER, typed).await;
        ada.finds_unmarked(NUMBER).await;
        ada.presses("Text me a code").await;
        ada.hears("alert", told).await;
        ada.finds_marked(NUMBER).await;
        ada.finds_typed(NUMBER, typed).await;
        ada.is_on(NUMBER).await;
    }
    ada.types(NUMBER, ADA).await;
    ada.finds_unmarked(NUMBER).await;
    ada.presses("Text me a code").await;
    ada.is_at("/code").await;
    ada.leaves().await;
}

#[tokio::test]
async fn what_is_no_code_costs_no_try() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let code = ada.requests_a_code().await;
    for (typed, told) in [
        ("", "Type the code from the message: it has digits only."),
        ("abcdef", "Type the code from the message: it has digits only."),
        ("123", "This does not look like a code. Type the digits from the newest message."),
        ("123456789", "This does not look like a code. Type the digits from the newest message."),
    ] {
        ada.types(CODE, typed).await;
        ada.presses("Sign in").await;
        ada.hears("alert", told).await;
        ada.finds_marked(CODE).await;
        ada.is_on(CODE).await;
    }
    ada.types(CODE, &other_code(&code, 0)).await;
    ada.presses("Sign in").await;
    ada.hears("alert", "You have 2 tries left.").await;
    ada.leaves().await;
}

#[tokio::test]
async fn who_loses_the_connection_goes_on_when_it_is_back() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let code = ada.requests_a_code().await;
    ada.is_connected(false).await;
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.hears("alert", "The service cannot be reached. Check your connection, then try again.").await;
    ada.finds_unmarked(CODE).await;
    let complaints = ada.complaints().await;
    assert!(complaints.iter().all(|complaint| complaint.contains("ERR_INTERNET_DISCONNECTED")), "{complaints:?}");

    ada.is_connected(true).await;
    ada.presses("Sign in").await;
    ada.is_at("/register").await;
    ada.leaves().await;
}

impl Person<'_> {
    async fn is_connected(&self, yes: bool) {
        let conditions = json!({ "offline": !yes, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.browser().devtools("Network.enable", json!({})).await;
        self.browser().devtools("Network.emulateNetworkConditions", conditions).await;
    }
}
