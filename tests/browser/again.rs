//! People who go back, begin anew, change their mind or use two tabs; browsers that keep nothing or tell another time.

use fantoccini::key::Key;
use serde_json::json;
use tests::phones::{ADA, ADA_NATIONAL, BEA};

use crate::doorcode::Doorcode;
use crate::person::{CODE, NUMBER, Person};

/// A number is typed once, however often somebody begins anew (WCAG 2.2, 3.3.7).
#[tokio::test]
async fn what_was_typed_is_still_there_for_who_comes_back() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.opens("/").await;
    ada.types(NUMBER, ADA_NATIONAL).await;
    ada.presses("Text me a code").await;
    ada.is_at("/code").await;
    let code = ada.reads_code().await;

    ada.follows("Change number").await;
    ada.is_at("/").await;
    ada.finds_typed(NUMBER, ADA_NATIONAL).await;
    ada.sees("You asked for a code for").await;
    ada.looks_at("sign-in-again").await;
    ada.follows("Type it").await;
    ada.is_at("/code").await;
    ada.types(CODE, &code).await;
    ada.presses("Sign in").await;
    ada.is_at("/register").await;
    ada.presses("Create account").await;
    ada.is_at("/account").await;
    // And no longer than that.
    assert_eq!(ada.runs("return sessionStorage.length", Vec::new()).await, 0);
    ada.leaves().await;
}

/// Another tab knows nothing of the number, and says nothing that is not true.
#[tokio::test]
async fn another_tab_does_not_see_the_number() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.requests_a_code().await;
    let here = ada.opens_a_tab().await;
    ada.opens("/code").await;
    ada.sees("If you asked for a code in this browser, it comes in a text message.").await;
    ada.does_not_see("174").await;
    ada.looks_at("code-cold").await;
    ada.opens("/register").await;
    ada.sees("If you have just confirmed your number in this browser").await;
    ada.opens("/").await;
    ada.finds_typed(NUMBER, "").await;
    ada.returns_to(here).await;
    ada.leaves().await;
}

/// A loop of paid texts that no code could end is not begun.
#[tokio::test]
async fn who_blocks_cookies_is_told_before_a_text_is_paid() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.runs_first("Object.defineProperty(document, 'cookie', { get: () => '', set: () => {} })").await;
    ada.opens("/").await;
    ada.types(NUMBER, ADA).await;
    ada.presses("Text me a code").await;
    ada.hears("alert", "This browser blocks cookies, and signing in needs them.").await;
    ada.looks_at("sign-in-without-cookies").await;
    assert_eq!(doorcode.texts(ADA), Vec::<String>::new());
    ada.leaves().await;
}

/// A retry delay is never longer than the service said.
#[tokio::test]
async fn a_clock_that_is_set_back_makes_no_retry_delay_longer() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.requests_a_code().await;
    ada.browser_clock_gains(-3_600).await;
    ada.sees("Ask for a new code in 0:30").await;
    ada.leaves().await;
}

#[tokio::test]
async fn a_code_is_found_in_whatever_is_pasted() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let sent = "window.sent = [];
        window.fetch = async (path, { body }) => {
            sent.push(JSON.parse(body).code);
            return new Response('{}', { status: 500 });
        };";
    ada.requests_a_code().await;
    ada.runs(sent, Vec::new()).await;
    for (pasted, code) in [
        ("Doorcode: 123456 is your code.", "123456"),
        ("Doorcode: 123456 is your code. It works for 10 minutes.\n\n@localhost #123456", "123456"),
        ("Acme 24: 8765 4321 is your code.\n@login.example.com #87654321\n\nSent by +46 70 174 06 05", "87654321"),
        ("\u{202a}123\u{a0}456\u{202c}", "123456"),
        ("123\u{2009}456", "123456"),
        ("１２３-４５６", "123456"),
        ("\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}", "123456"),
        ("\u{6f1}\u{6f2}\u{6f3} \u{6f4}\u{6f5}\u{6f6}", "123456"),
        ("Kod: 12345678", "12345678"),
    ] {
        ada.runs("sent.length = 0; code.value = ''; code.focus()", Vec::new()).await;
        ada.pastes(pasted).await;
        ada.until(&format!("the code of {pasted:?}"), async || {
            (ada.runs("return sent", Vec::new()).await == json!([code])).then_some(())
        })
        .await;
    }
    // None, or more than one: it is pasted as it is, and nothing is sent.
    for pasted in ["12345", "123456789", "123456 or 654321", "+46701740605", "hello"] {
        ada.runs("sent.length = 0; code.value = ''; code.focus()", Vec::new()).await;
        ada.pastes(pasted).await;
        ada.finds_typed(CODE, pasted).await;
        assert_eq!(ada.runs("return sent", Vec::new()).await, json!([]), "{pasted}");
    }
    ada.leaves().await;
}

/// The button does not move under a finger: not while one types, and not when a refusal goes away.
#[tokio::test]
async fn the_button_stays_where_it_is() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, BEA).await;
    ada.opens("/").await;
    ada.is_at("/").await;
    for (width, height) in [(390, 844), (320, 568)] {
        ada.screen_is(width, height, "light").await;
        let begin = ada.height_of_the_button().await;
        for typed in ["0", "070", "+46", "+46 70 174 06 05", "nothing of the kind"] {
            ada.types(NUMBER, typed).await;
            assert_eq!(ada.height_of_the_button().await, begin, "{typed}, {width} px");
        }
        ada.presses("Text me a code").await;
        ada.hears("alert", "number").await;
        let refused = ada.height_of_the_button().await;
        assert!(refused - begin < 48, "{begin}, then {refused}");
        ada.types(NUMBER, "+46 70").await;
        assert_eq!(ada.height_of_the_button().await, refused, "{width} px");
        ada.opens("/").await;
        ada.types(NUMBER, "").await;
    }
    ada.leaves().await;
}

/// The language that a person chose goes before the browser's, and what was typed stays.
#[tokio::test]
async fn a_language_is_chosen_and_remembered() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.opens("/").await;
    ada.types(NUMBER, ADA).await;
    let page = "return [document.documentElement.lang, document.documentElement.dir]";
    for (tag, dir) in [("sv", "ltr"), ("ar", "rtl")] {
        let choose = "language.value = arguments[0]; language.dispatchEvent(new Event('change'))";
        ada.runs(choose, vec![json!(tag)]).await;
        ada.until(tag, async || {
            let seen = ada.client().execute(page, Vec::new()).await.ok()?;
            (seen == json!([tag, dir])).then_some(())
        })
        .await;
        ada.until("the number", async || {
            let typed = ada.client().execute("return phone.value", Vec::new()).await.ok()?;
            (typed == ADA).then_some(())
        })
        .await;
        ada.looks_at(&format!("sign-in-{tag}")).await;
        ada.opens("/code").await;
        assert_eq!(ada.runs(page, Vec::new()).await, json!([tag, dir]));
        ada.opens("/").await;
    }
    ada.leaves().await;
}

/// With a keyboard open, a refusal, the field and the button are all in sight.
#[tokio::test]
async fn a_refusal_and_the_button_are_in_sight_above_a_keyboard() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.opens("/").await;
    ada.screen_is(360, 300, "light").await;
    ada.types(NUMBER, "12").await;
    ada.presses_key(Key::Enter).await;
    ada.hears("alert", "number").await;
    let in_sight = "return ['#problem', '#phone', '#login button'].every(part => {
        const { top, bottom } = document.querySelector(part).getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight })";
    ada.until("all of them in sight", async || (ada.runs(in_sight, Vec::new()).await == true).then_some(())).await;
    ada.leaves().await;
}

/// A page from right to left is the mirror of the other: nothing sticks out, and numbers still run from left to right.
#[tokio::test]
async fn a_page_may_run_from_right_to_left() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    let mirror = "addEventListener('DOMContentLoaded', () => { document.documentElement.dir = 'rtl' })";
    ada.runs_first(mirror).await;
    ada.starts().await;
    ada.looks_at("code-rtl").await;
    ada.opens("/").await;
    ada.finds_typed(NUMBER, ADA).await;
    let sides = "const { direction, textAlign } = getComputedStyle(phone); return [direction, textAlign]";
    assert_eq!(ada.runs(sides, Vec::new()).await, json!(["ltr", "right"]));
    ada.looks_at("sign-in-rtl").await;
    ada.leaves().await;
}

/// Enlarged four times, and with colours of the system's own.
#[tokio::test]
async fn a_page_may_be_very_narrow_and_of_the_colors_of_the_system() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.starts().await;
    ada.types(CODE, "12345678").await;
    ada.screen_is(195, 422, "light").await;
    let fits = "return [document.documentElement.scrollWidth <= 195, code.scrollWidth <= code.clientWidth]";
    assert_eq!(ada.runs(fits, Vec::new()).await, json!([true, true]));
    let forced = json!({ "features": [{ "name": "forced-colors", "value": "active" }] });
    ada.browser().devtools("Emulation.setEmulatedMedia", forced).await;
    let bordered = "return [...document.querySelectorAll('button')].every(button => {
        const { borderTopColor, backgroundColor } = getComputedStyle(button);
        return borderTopColor !== backgroundColor })";
    assert_eq!(ada.runs(bordered, Vec::new()).await, true);
    ada.leaves().await;
}

impl Person<'_> {
    /// In whole pixels.
    async fn height_of_the_button(&self) -> i64 {
        let top = "return Math.round(document.querySelector('button').getBoundingClientRect().top + scrollY)";
        self.runs(top, Vec::new()).await.as_i64().expect("a place")
    }
}
