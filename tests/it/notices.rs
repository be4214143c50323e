//! What the person who is signed in is told of wrong codes and new browsers. That the number is locked: `lock.rs`.

use serde_json::{Value, json};
use tests::browser::{Browser, other_code};
use tests::phones::ADA;
use tests::stack::Stack;

/// Wrong codes since the login before are told, those of before are not, and whoever made an account is told nothing of
/// what was before it (G-18).
#[tokio::test]
async fn wrong_codes_are_told_until_the_login_after_next() {
    let stack = Stack::new().await;
    stack.browser().guess(ADA, 2).await;
    stack.advance(60);
    let mut owner = stack.browser();
    owner.sign_in(ADA).await;
    assert_eq!(notices(&mut owner).await, json!({ "wrong_codes": 0, "new_browsers": 0, "locked": false }));

    stack.advance(60);
    stack.browser().guess(ADA, 3).await;
    assert_eq!(notices(&mut owner).await["wrong_codes"], 3, "told at once");
    stack.advance(600);
    owner.sign_in(ADA).await;
    assert_eq!(notices(&mut owner).await["wrong_codes"], 3, "and after the next login");
    stack.advance(600);
    owner.sign_in(ADA).await;
    assert_eq!(notices(&mut owner).await["wrong_codes"], 0);

    // Somebody who guesses, gets in and comes back does not hide the guesses from the browser that was there before.
    stack.advance(600);
    stack.browser().guess(ADA, 2).await;
    let mut other = stack.browser();
    for _ in 0..2 {
        stack.advance(600);
        other.sign_in(ADA).await;
    }
    stack.advance(600);
    owner.sign_in(ADA).await;
    assert_eq!(notices(&mut owner).await["wrong_codes"], 2);

    // A right code after wrong ones of one's own is told too.
    stack.advance(600);
    let code = owner.request_code(ADA).await;
    owner.submit(&other_code(&code, 0)).await;
    owner.submit(&code).await;
    assert_eq!(notices(&mut owner).await["wrong_codes"], 1);
}

/// A browser that signs in for the first time is told to those that are signed in; one that comes back is not.
#[tokio::test]
async fn a_new_browser_is_told() {
    let stack = Stack::new().await;
    let mut owner = stack.browser();
    owner.sign_in(ADA).await;
    stack.advance(60);
    let mut other = stack.browser();
    other.sign_in(ADA).await;
    assert_eq!(notices(&mut owner).await["new_browsers"], 1);
    assert_eq!(notices(&mut other).await["new_browsers"], 0, "a new browser is no news to itself");
    stack.advance(60);
    owner.sign_in(ADA).await;
    assert_eq!(notices(&mut owner).await["new_browsers"], 1, "it came since the login before");
    stack.advance(60);
    owner.sign_in(ADA).await;
    other.sign_in(ADA).await;
    assert_eq!(notices(&mut owner).await["new_browsers"], 0, "a browser that comes back is not new");
}

/// A guess at nothing is none: at a request that never got a text (G-18).
#[tokio::test]
async fn guesses_at_requests_without_a_text_are_told_to_nobody() {
    let stack = Stack::new().await;
    let mut owner = stack.browser();
    owner.sign_in(ADA).await;
    stack.browser().request_code(ADA).await;
    let texts = stack.texts(ADA).len();
    for _ in 0..8 {
        let mut guesser = stack.browser();
        guesser.start(ADA).await;
        stack.deliver().await;
        for _ in 0..3 {
            assert_eq!(guesser.submit("000000").await.problem(), "wrong-code");
        }
    }
    assert_eq!(stack.texts(ADA).len(), texts);
    assert_eq!(notices(&mut owner).await["wrong_codes"], 0, "24 guesses for nothing");
}

/// Nor is one at a request whose text SNS refused.
#[tokio::test]
async fn guesses_at_a_text_that_was_refused_are_told_to_nobody() {
    let stack = Stack::new().await;
    let mut owner = stack.browser();
    owner.sign_in(ADA).await;
    stack.inbox().refuse_next();
    let mut guesser = stack.browser();
    guesser.start(ADA).await;
    stack.deliver().await;
    for _ in 0..3 {
        assert_eq!(guesser.submit("000000").await.problem(), "wrong-code");
    }
    assert_eq!(notices(&mut owner).await["wrong_codes"], 0);
}

async fn notices(browser: &mut Browser) -> Value {
    let answer = browser.session().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["security_notices"].clone()
}
