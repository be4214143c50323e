//! The owner's choice that only browsers which signed in before get codes.

use http::Method;
use shared::time::DAY;
use tests::browser::Browser;
use tests::phones::{ADA, BEA};
use tests::stack::Stack;

/// A new browser gets no text, which is counted as one; the owner's browsers do, revoked or not; and the choice is taken
/// back as it was made (G-11, C-16, E-05).
#[tokio::test]
async fn only_the_browsers_of_the_owner_get_codes() {
    let stack = Stack::new().await;
    let [mut owner, mut laptop] = [stack.browser(), stack.browser()];
    owner.sign_in(ADA).await;
    assert!(!is_chosen(&mut owner).await);
    stack.advance(60);
    laptop.sign_in(ADA).await;
    assert_eq!(owner.lock().await.status, 204);
    assert_eq!(owner.lock().await.status, 204, "a second time");
    assert!(is_chosen(&mut owner).await && is_chosen(&mut laptop).await);

    stack.advance(DAY);
    let before = stack.dump().await;
    assert_eq!(texts_for(&stack.browser()).await, 0);
    assert_ne!(stack.dump().await.all("QUOTA#"), before.all("QUOTA#"), "a text that is not sent is counted");
    assert_eq!(texts_for(&laptop).await, 1);
    for _ in 0..14 {
        stack.advance(2 * DAY);
        assert_eq!(texts_for(&owner).await, 1, "ten texts without a login revoke it, and it is the owner's still");
    }

    stack.advance(DAY);
    let code = owner.request_code(ADA).await;
    assert_eq!(owner.submit(&code).await.status, 200);
    assert!(is_chosen(&mut owner).await, "a login takes nothing back");
    assert_eq!(owner.unlock().await.status, 204);
    assert!(!is_chosen(&mut owner).await);
    stack.advance(2 * DAY);
    assert_eq!(texts_for(&stack.browser()).await, 1);
}

/// Nobody chooses it who would be locked out by it, or whose login is old (C-16).
#[tokio::test]
async fn a_browser_that_is_not_recognized_cannot_choose_it() {
    let stack = Stack::new().await;
    let [mut ada, mut bea] = [stack.browser(), stack.browser()];
    ada.sign_in(ADA).await;
    bea.sign_in(BEA).await;
    let mut without = ada.clone();
    without.forget("__Host-device");
    assert_eq!(without.lock().await.problem(), "unrecognized-browser");
    without.set_cookie("__Host-device", bea.cookie("__Host-device").expect("a device cookie"));
    assert_eq!(without.lock().await.problem(), "unrecognized-browser");
    assert!(!is_chosen(&mut ada).await);

    stack.advance(1_200);
    assert_eq!(ada.lock().await.problem(), "sign-in-again");
    assert_eq!(ada.unlock().await.problem(), "sign-in-again");
    assert_eq!([stack.browser().lock().await.problem(), stack.browser().unlock().await.problem()], ["no-session"; 2]);
    assert!(!is_chosen(&mut ada).await);
}

/// Nobody takes another's choice back (C-16).
#[tokio::test]
async fn a_choice_is_of_one_account() {
    let stack = Stack::new().await;
    let [mut ada, mut bea] = [stack.browser(), stack.browser()];
    ada.sign_in(ADA).await;
    bea.sign_in(BEA).await;
    assert_eq!(ada.lock().await.status, 204);
    assert_eq!(bea.unlock().await.status, 204);
    assert!(is_chosen(&mut ada).await && !is_chosen(&mut bea).await);
}

/// A call that does not come from a page of the service chooses nothing (C-09).
#[tokio::test]
async fn no_other_site_chooses() {
    let stack = Stack::new().await;
    let mut owner = stack.browser();
    owner.sign_in(ADA).await;
    for path in ["/auth/lock", "/auth/unlock"] {
        let request = owner.request(&Method::POST, path);
        let mut request = request.body(bytes::Bytes::from_static(b"{}")).unwrap();
        request.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
        assert_eq!(owner.send(request).await.problem(), "forbidden-origin");
    }
    assert!(!is_chosen(&mut owner).await);
}

/// It ends when no browser is remembered any more, so that nobody is locked out for ever: half a year after the last login
/// (G-11).
#[tokio::test]
async fn a_choice_ends_when_no_browser_is_remembered() {
    for (days, texts) in [(179, 0), (180, 1)] {
        let stack = Stack::new().await;
        let mut owner = stack.browser();
        owner.sign_in(ADA).await;
        assert_eq!(owner.lock().await.status, 204);
        stack.advance(days * DAY);
        assert_eq!(texts_for(&stack.browser()).await, texts, "after {days} days");
    }
}

async fn is_chosen(browser: &mut Browser) -> bool {
    browser.session().await.json()["recognized_only"].as_bool().expect("true or false")
}

/// How many texts a code request in this browser brings, in a login of its own.
async fn texts_for(browser: &Browser) -> usize {
    let (stack, mut browser) = (browser.stack().clone(), browser.clone());
    browser.forget("__Host-login");
    let before = stack.texts(ADA).len();
    assert_eq!(browser.start(ADA).await.status, 202);
    stack.deliver().await;
    stack.texts(ADA).len() - before
}
