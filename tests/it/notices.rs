//! What the person who is signed in is told: wrong codes, new browsers, and that the number is locked, which only they
//! can unlock.

use serde_json::{Value, json};
use shared::time::DAY;
use tests::browser::{Browser, other_code};
use tests::phones::{ADA, BEA};
use tests::stack::Stack;

/// Wrong codes since the login before are told, those of before are not, and whoever made an account is told nothing of
/// what was before it (G-18).
#[tokio::test]
async fn wrong_codes_are_told_until_the_login_after_next() {
    let stack = Stack::new().await;
    guess(&stack, 2).await;
    stack.advance(60);
    let mut owner = stack.browser();
    owner.sign_in(ADA).await;
    assert_eq!(notices(&mut owner).await, json!({ "wrong_codes": 0, "new_browsers": 0, "locked": false }));

    stack.advance(60);
    guess(&stack, 3).await;
    assert_eq!(notices(&mut owner).await["wrong_codes"], 3, "told at once");
    stack.advance(600);
    owner.sign_in(ADA).await;
    assert_eq!(notices(&mut owner).await["wrong_codes"], 3, "and after the next login");
    stack.advance(600);
    owner.sign_in(ADA).await;
    assert_eq!(notices(&mut owner).await["wrong_codes"], 0);

    // Somebody who guesses, gets in and comes back does not hide the guesses from the browser that was there before.
    stack.advance(600);
    guess(&stack, 2).await;
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

/// After 33 unverified texts unrecognized browsers get none; the owner is told, unlocks the number, and a new browser
/// gets a code (G-06, G-11, C-16).
#[tokio::test]
async fn an_owner_unlocks_a_locked_number_again() {
    let stack = Stack::new().await;
    let mut owner = stack.browser();
    owner.sign_in(ADA).await;
    lock(&stack).await;
    // The sessions of half a year ago are over.
    let code = owner.request_code(ADA).await;
    assert_eq!(owner.submit(&code).await.status, 200);
    assert_eq!(notices(&mut owner).await["locked"], true);

    stack.advance(1_200);
    assert_eq!(owner.unlock().await.problem(), "sign-in-again");
    assert_eq!(stack.browser().unlock().await.problem(), "no-session");
    let code = owner.request_code(ADA).await;
    owner.submit(&code).await;
    let texts = stack.texts(ADA).len();
    assert_eq!(owner.unlock().await.status, 204);
    assert_eq!(notices(&mut owner).await["locked"], false);
    let mut new = stack.browser();
    new.start(ADA).await;
    stack.deliver().await;
    assert_eq!(stack.texts(ADA).len(), texts + 1);
    assert_eq!(new.submit(&stack.newest_code(ADA)).await.json()["next"], "account");
}

/// Unlocking a number that is not locked changes nothing, and nobody unlocks another's.
#[tokio::test]
async fn a_number_is_unlocked_by_its_owner_alone() {
    let stack = Stack::new().await;
    let [mut ada, mut bea] = [stack.browser(), stack.browser()];
    ada.sign_in(ADA).await;
    bea.sign_in(BEA).await;
    lock(&stack).await;
    bea.sign_in(BEA).await;
    let before = stack.texts(ADA).len();
    assert_eq!(bea.unlock().await.status, 204);
    stack.browser().start(ADA).await;
    stack.deliver().await;
    assert_eq!(stack.texts(ADA).len(), before, "Bea opened Ada's throttle");
    let code = ada.request_code(ADA).await;
    ada.submit(&code).await;
    assert_eq!(notices(&mut ada).await["locked"], true);
}

/// A call that does not come from a page of the service unlocks nothing (C-09).
#[tokio::test]
async fn no_other_site_unlocks_a_number() {
    let stack = Stack::new().await;
    let mut owner = stack.browser();
    owner.sign_in(ADA).await;
    let request = owner.request(&http::Method::POST, "/auth/unlock");
    let mut request = request.body(bytes::Bytes::from_static(b"{}")).unwrap();
    request.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(owner.send(request).await.problem(), "forbidden-origin");
}

/// Unrecognized browsers take all the texts that the number's throttle has.
async fn lock(stack: &Stack) {
    for _ in 0..34 {
        stack.advance(2 * DAY);
        stack.browser().start(ADA).await;
        stack.deliver().await;
    }
}

/// An unrecognized browser requests a code for Ada's number and types wrong ones.
async fn guess(stack: &Stack, times: u32) {
    let mut unrecognized = stack.browser();
    let code = unrecognized.request_code(ADA).await;
    for index in 0..times {
        unrecognized.submit(&other_code(&code, index)).await;
    }
}

async fn notices(browser: &mut Browser) -> Value {
    let answer = browser.session().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["security_notices"].clone()
}
