//! The answer that signs a browser in gets lost: whoever sends the same again gets the same session, and nobody else gets
//! anything (R-03, G-03).

use tests::answer::Answer;
use tests::browser::{Browser, other_code};
use tests::dump::{Dump, number, string};
use tests::phones::{ADA, BEA};
use tests::proxy::{InjectedFault, Times};
use tests::stack::Stack;

use crate::steps::Step;

const COOKIES: [&str; 2] = ["__Host-session", "__Host-device"];

/// Types a code, and the answer gets lost: the browser stays as it was.
async fn submit_in_vain(browser: &Browser, code: &str) -> Answer {
    let answer = browser.clone().submit(code).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// A browser whose right code for a number with an account got no answer; the code, and the answer.
async fn signed_in_in_vain(stack: &Stack) -> (Browser, String, Answer) {
    stack.browser().sign_in(ADA).await;
    stack.advance(30);
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    let lost = submit_in_vain(&browser, &code).await;
    assert_eq!(lost.json()["next"], "account");
    (browser, code, lost)
}

/// A browser whose registration got no answer; the code, and the answer.
async fn registered_in_vain(stack: &Stack) -> (Browser, String, Answer) {
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    assert_eq!(browser.submit(&code).await.json()["next"], "register");
    let lost = browser.clone().register("Ada").await;
    assert_eq!(lost.status, 201, "{lost:?}");
    (browser, code, lost)
}

/// The table without what an attempt writes.
async fn but_attempts(stack: &Stack) -> Dump {
    stack.dump().await.without(&["REQUEST#"])
}

fn assert_same(again: &Answer, lost: &Answer) {
    assert_eq!((again.status, again.text()), (lost.status, lost.text()));
    for name in COOKIES {
        // What certifies a device is made with the keys of the moment.
        let token = |value: String| value.split('.').next().unwrap_or_default().to_owned();
        let value = |answer: &Answer| answer.cookie(name).map(|cookie| token(cookie.value));
        assert!(value(again).is_some() && value(again) == value(lost), "{name} is another one");
    }
    assert!(again.cookie("__Host-login").is_some_and(|cookie| cookie.clears()));
}

#[tokio::test]
async fn a_right_code_is_typed_again() {
    let stack = Stack::new().await;
    let (mut browser, code, lost) = signed_in_in_vain(&stack).await;
    let before = but_attempts(&stack).await;
    assert_same(&browser.submit(&code).await, &lost);
    assert_eq!(but_attempts(&stack).await, before, "a second session, device or notice");
    assert_eq!(browser.session().await.json()["user"]["name"], "Ada");
    assert_eq!(browser.submit(&code).await.problem(), "login-request-over", "its answer came");
}

#[tokio::test]
async fn a_registration_is_repeated() {
    let stack = Stack::new().await;
    let (browser, code, lost) = registered_in_vain(&stack).await;
    let before = stack.dump().await;
    let mut same = browser.clone();
    assert_same(&same.register("Eve").await, &lost);
    assert_eq!(stack.dump().await, before, "a second account, session or device");
    assert_eq!(same.session().await.json()["user"]["name"], "Ada");
    assert_eq!(same.register("Ada").await.problem(), "not-verified", "its answer came");

    let mut at_the_code = browser.clone();
    let again = at_the_code.submit(&code).await;
    assert_eq!((&again.json()["next"], &again.json()["user"]), (&"account".into(), &lost.json()["user"]));
    assert_eq!(at_the_code.cookie(COOKIES[0]), same.cookie(COOKIES[0]));
    assert_eq!(but_attempts(&stack).await, before.without(&["REQUEST#"]));
}

#[tokio::test]
async fn another_browser_gets_nothing() {
    let stack = Stack::new().await;
    for is_registration in [false, true] {
        let (_, code, _) = if is_registration {
            registered_in_vain(&stack).await
        } else {
            signed_in_in_vain(&Stack::new().await).await
        };
        let mut other = stack.browser();
        assert_eq!(other.submit(&code).await.problem(), "login-request-over");
        assert_eq!(other.register("Eve").await.problem(), "not-verified");
        // With a login of its own neither.
        other.request_code(BEA).await;
        assert_ne!(other.submit(&code).await.status, 200);
        assert_eq!(other.register("Eve").await.problem(), "not-verified");
        stack.advance(60);
    }
}

/// The cookie alone repeats a registration, which needed no more, and never a login by a code.
#[tokio::test]
async fn a_code_is_needed_where_a_code_signed_in() {
    let stack = Stack::new().await;
    let (mut browser, code, lost) = signed_in_in_vain(&stack).await;
    assert_eq!(browser.register("Eve").await.problem(), "not-verified");
    let wrong = browser.submit(&other_code(&code, 0)).await;
    assert_eq!((wrong.problem().as_str(), &wrong.json()["attempts_left"]), ("wrong-code", &1.into()));
    assert!(wrong.cookies().is_empty());
    assert_same(&browser.clone().submit(&code).await, &lost);
    assert_eq!(browser.submit(&code).await.problem(), "login-request-over", "three attempts in all");
}

#[tokio::test]
async fn nothing_is_left_after_sign_out() {
    let stack = Stack::new().await;
    let (mut browser, code, lost) = registered_in_vain(&stack).await;
    let mut elsewhere = stack.browser();
    elsewhere.set_cookie(COOKIES[0], &lost.cookie(COOKIES[0]).unwrap().value);
    assert_eq!(elsewhere.sign_out().await.status, 204);
    let before = but_attempts(&stack).await;
    for answer in [browser.register("Ada").await, browser.submit(&code).await] {
        assert!(["not-verified", "login-request-over"].contains(&answer.problem().as_str()));
        assert!(answer.cookies().is_empty());
    }
    assert_eq!(but_attempts(&stack).await, before);
}

/// A registration for the life of its login request, a code for its own.
#[tokio::test]
async fn nothing_is_left_after_the_life_of_the_request() {
    for (age, status) in [(899, 201), (900, 403)] {
        let stack = Stack::new().await;
        let (mut browser, ..) = registered_in_vain(&stack).await;
        stack.advance(age);
        assert_eq!(browser.register("Ada").await.status, status, "after {age} s");
    }
    for (age, status) in [(599, 200), (600, 410)] {
        let stack = Stack::new().await;
        let (mut browser, code, _) = signed_in_in_vain(&stack).await;
        stack.advance(age);
        assert_eq!(browser.submit(&code).await.status, status, "after {age} s");
    }
}

/// For a start and a resend such a login is over, as one with a ticket is.
#[tokio::test]
async fn who_starts_again_begins_a_new_login() {
    for is_registration in [false, true] {
        let stack = Stack::new().await;
        let (mut browser, code, _) =
            if is_registration { registered_in_vain(&stack).await } else { signed_in_in_vain(&stack).await };
        assert_eq!(browser.resend().await.problem(), "no-login-request");
        assert_eq!(browser.start(ADA).await.problem(), "too-many-requests");
        stack.advance(30);
        assert_eq!(browser.resend().await.problem(), "no-login-request");
        let mut old = browser.clone();
        assert_eq!(browser.start(ADA).await.json()["code_requests"], 2);
        assert_eq!(old.submit(&code).await.problem(), "login-request-over", "it made way");
        assert_eq!(old.register("Ada").await.problem(), "not-verified", "it made way");
        stack.deliver().await;
        assert_eq!(browser.submit(&stack.newest_code(ADA)).await.json()["next"], "account");
    }
}

/// All at once, the first among them: one session, and each answer has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_at_once_are_one_session() {
    for _ in 0..5 {
        let stack = Stack::new().await;
        let (browser, ..) = registered_in_vain(&stack).await;
        let (mut one, mut two) = (browser.clone(), browser);
        let (one, two) = tokio::join!(one.register("Ada"), two.register("Ada"));
        assert_same(&one, &two);

        stack.advance(30);
        let mut browser = stack.browser();
        let code = browser.request_code(ADA).await;
        let (mut one, mut two) = (browser.clone(), browser.clone());
        let (one, two) = tokio::join!(one.submit(&code), two.submit(&code));
        assert_same(&one, &two);
        assert_same(&browser.submit(&code).await, &one);
        assert_eq!(stack.dump().await.all("SESSION#").len(), 2);
    }
}

/// A login under the old root secret is repeated under the new one, and so is one that moved its account (K-05).
#[tokio::test]
async fn a_new_root_secret_changes_nothing() {
    let old = Stack::new().await;
    let (browser, code, lost) = signed_in_in_vain(&old).await;
    let both = old.watched_twin_with_new_secret().await;
    let before = but_attempts(&both).await;
    assert_same(&browser.at(&both).submit(&code).await, &lost);
    assert_eq!(but_attempts(&both).await, before, "the account was moved by a repeat");

    both.deliver().await;
    both.advance(30);
    let mut browser = both.browser();
    let code = browser.request_code(ADA).await;
    let lost = submit_in_vain(&browser, &code).await;
    let moved = but_attempts(&both).await;
    assert!(moved.only("NUMBER#")["pk"].as_s().unwrap().contains(both.number_keys().id()));
    assert_same(&browser.submit(&code).await, &lost);
    assert_eq!(but_attempts(&both).await, moved);
}

/// The table fails at the commit, before it or after: the answer is 503, and the same call again gets in, to one session.
#[tokio::test]
async fn a_commit_that_failed_is_repeated() {
    for step in [Step::RightCode, Step::Register] {
        let calls = step.calls().await;
        let commit = calls.iter().find(|call| call.starts_with("TransactWriteItems")).unwrap();
        for fault in [InjectedFault::InternalServerError, InjectedFault::LostAfter] {
            let mut ready = step.prepare().await;
            ready.stack.proxy().fail(commit, fault, Times::Always);
            assert_eq!(step.take(&mut ready).await.status, 503, "{step:?}: {fault:?}");
            assert!(ready.stack.proxy().has_failed());
            ready.stack.proxy().heal();
            let answer = step.take(&mut ready).await;
            assert_eq!(answer.status, step.success(), "{step:?}: {fault:?}: {answer:?}");
            assert_eq!(ready.browser.session().await.status, 200);
            let dump = ready.stack.dump().await;
            assert_eq!((dump.all("SESSION#").len(), dump.all("NUMBER#").len()), (step.sessions(), 1));
        }
    }
}

/// What is kept of the request tells how it ended; its attempts stay counted.
#[tokio::test]
async fn a_repeat_takes_an_attempt() {
    let stack = Stack::new().await;
    let (mut browser, code, _) = registered_in_vain(&stack).await;
    let attempts = async || number(stack.dump().await.only("REQUEST#"), "attempts");
    assert_eq!(string(stack.dump().await.only("REQUEST#"), "state"), "registered");
    assert_eq!(attempts().await, 1);
    assert_eq!(browser.clone().submit(&code).await.status, 200);
    assert_eq!(attempts().await, 2);
    assert_eq!(browser.clone().submit(&code).await.status, 200);
    assert_eq!(browser.submit(&code).await.problem(), "login-request-over", "three attempts in all");
    assert_eq!(attempts().await, 3);
}
