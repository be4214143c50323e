//! What pages say of each answer that the API can give, whatever it takes to get it: the answers are made up here.

use serde_json::{Value, json};
use tests::phones::ADA;

use crate::doorcode::Doorcode;
use crate::person::{CODE, NUMBER, Person};

/// What a start or a resend is answered with.
fn requested(more: &Value) -> Value {
    let mut answer = json!({
        "login": "Zk3", "number": "+46 70 174 06 05", "sent_to": "+46•••••••05", "country": "SE",
        "code_requests": 1, "requested": true, "expires_in": 600, "resend_in": 30, "attempts_left": 3,
    });
    for (name, value) in more.as_object().expect("an object") {
        answer[name] = value.clone();
    }
    answer
}

fn problem(name: &str, more: &Value) -> Value {
    let mut problem = json!({ "type": format!("urn:doorcode:problem:{name}"), "title": name, "detail": name });
    for (name, value) in more.as_object().expect("an object") {
        problem[name] = value.clone();
    }
    problem
}

/// Each sentence is about what was requested; what became of it only the phone knows.
#[tokio::test]
async fn the_code_page_says_what_was_requested_and_nothing_more() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    for (answer, said) in [
        (json!({}), "You asked for a code by text message to +46 70 174 06 05."),
        (
            json!({ "requested": false, "code_requests": 1, "resend_in": 17 }),
            "You asked for a code for +46 70 174 06 05 a short time ago, and that code still works.",
        ),
        (
            json!({ "code_requests": 2 }),
            "You asked for a new code by text message to +46 70 174 06 05. The codes of your two newest messages work.",
        ),
    ] {
        ada.is_answered("/auth/login", 202, &requested(&answer)).await;
        ada.starts().await;
        ada.sees(said).await;
        ada.does_not_see("Sent").await;
        ada.sees("Ask for a new code in 0:").await;
        ada.looks_at("code-asked").await;
    }
    // Visible to the eye, too: a resend changes the sentence and the countdown.
    ada.browser_clock_gains(60).await;
    ada.is_answered("/auth/login/resend", 202, &requested(&json!({ "code_requests": 3, "resend_in": 120 }))).await;
    ada.presses("Ask for a new code").await;
    ada.sees("Ask for a new code in 1:5").await;
    ada.sees("You asked for a new code by text message to +46 70 174 06 05.").await;
    assert_eq!(doorcode.texts(ADA), Vec::<String>::new());
    ada.leaves().await;
}

#[tokio::test]
async fn each_end_says_why_and_what_to_do() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    for (status, name, more, title, said) in [
        (409, "login-request-replaced", json!({}), "Go on in the other tab", "in another tab"),
        (410, "login-request-over", json!({}), "Time for a new code", "The code ran out"),
        (403, "registration-closed", json!({}), "No account for this number", "The code is right"),
        (422, "wrong-code", json!({ "attempts_left": 0 }), "Time for a new code", "You can get a new code in "),
    ] {
        ada.is_answered("/auth/login", 202, &requested(&json!({}))).await;
        ada.starts().await;
        ada.is_answered("/auth/code", status, &problem(name, &more)).await;
        ada.types(CODE, "123456").await;
        ada.presses("Sign in").await;
        ada.is_on(title).await;
        ada.sees(said).await;
        ada.looks_at(&format!("code-{name}")).await;
    }
    ada.complaints().await;
    ada.leaves().await;
}

#[tokio::test]
async fn a_number_that_cannot_be_used_is_refused_in_words_that_help() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.opens("/").await;
    for (status, name, more, said) in [
        (400, "invalid-phone", json!({ "reason": "letters" }), "A phone number has no letters."),
        (400, "invalid-phone", json!({ "reason": "extension" }), "Leave out the extension"),
        (400, "invalid-phone", json!({ "reason": "two-numbers" }), "These are two numbers."),
        (
            422,
            "unsupported-number",
            json!({ "reason": "country-not-served", "country": "IS" }),
            "this country: Iceland.",
        ),
        (422, "unsupported-number", json!({ "reason": "country-not-served" }), "We cannot send a code to this number."),
        (422, "unsupported-number", json!({ "reason": "fixed-line" }), "This is not a mobile number"),
        (422, "unsupported-number", json!({}), "We cannot send a code to this number."),
        (429, "too-many-requests", json!({ "retry_after": 600 }), "Try again in 10 minutes."),
        (503, "unavailable", json!({}), "Try again in 30 seconds."),
        (500, "something-new", json!({}), "Something went wrong on our side."),
    ] {
        ada.is_answered("/auth/login", status, &problem(name, &more)).await;
        ada.types(NUMBER, "+46 70 1").await;
        ada.presses("Text me a code").await;
        ada.hears("alert", said).await;
    }
    ada.looks_at("sign-in-problem").await;
    ada.complaints().await;
    ada.leaves().await;
}

/// Somebody new at an old number: a greeting by somebody else's name has a way out.
#[tokio::test]
async fn who_is_greeted_by_the_name_of_somebody_else_is_told_what_to_do() {
    let doorcode = Doorcode::start().await;
    let ada = Person::new(&doorcode, ADA).await;
    ada.registers("Grace").await;
    ada.presses("That is not me").await;
    ada.is_at("/").await;
    ada.hears("status", "You are signed out. Your number still leads to the account of somebody else").await;
    ada.looks_at("sign-in-not-me").await;
    ada.leaves().await;
}

impl Person<'_> {
    /// From now on, calls of this address of the API are answered so, on this page and all that follow.
    async fn is_answered(&self, path: &str, status: u16, body: &Value) {
        let script = format!(
            "window.answers ??= {{}};
            window.trueFetch ??= window.fetch;
            answers[{}] = () => new Response({}, {{ status: {status} }});
            window.fetch = async (path, ...more) => answers[path]?.() ?? trueFetch(path, ...more);",
            json!(path),
            json!(body.to_string()),
        );
        self.runs(&script, Vec::new()).await;
        self.runs_first(&script).await;
    }
}
