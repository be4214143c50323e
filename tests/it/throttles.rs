//! When a number is texted: the retry delays of unrecognized browsers, locked numbers, and recognized browsers.

use std::net::IpAddr;

use shared::time::DAY;
use tests::browser::{Browser, other_code};
use tests::phones::{ADA, BEA};
use tests::stack::Stack;

/// Unrecognized browsers' code requests are answered at 0, 30, 90, 210 … seconds and never earlier (G-04).
#[tokio::test]
async fn unrecognized_browsers_wait_twice_as_long_each_time() {
    let stack = Stack::new().await;
    request_code(&stack.browser(), ADA).await;
    for (sent, wait) in [30, 60, 120, 240, 480, 960, 1_920].into_iter().enumerate() {
        stack.advance(wait - 1);
        request_code(&stack.browser(), ADA).await;
        assert_eq!(stack.texts(ADA).len(), sent + 1, "a second too early after {wait} s");
        stack.advance(1);
        request_code(&stack.browser(), ADA).await;
        assert_eq!(stack.texts(ADA).len(), sent + 2, "after {wait} s");
    }
}

/// Nobody makes a number ring more than twelve times a day, from however many addresses (S-14).
#[tokio::test]
async fn a_number_gets_at_most_twelve_texts_a_day() {
    let stack = Stack::new().await;
    for _ in 0..(DAY / 600) {
        request_code(&stack.browser(), ADA).await;
        stack.advance(600);
    }
    let texts = stack.texts(ADA).len();
    assert!((8..=12).contains(&texts), "{texts} texts in a day");
}

/// Code requests alone lock nobody out, however many and with an account or without: the next one still gets its text
/// (G-06, G-11).
#[tokio::test]
async fn texts_without_a_guess_lock_nothing() {
    let stack = Stack::new().await;
    for round in 0..2 {
        for _ in 0..40 {
            stack.advance(DAY);
            request_code(&stack.browser(), ADA).await;
        }
        assert_eq!(stack.texts(ADA).len(), 40 + round * 41);
        stack.advance(DAY);
        stack.browser().sign_in(ADA).await;
    }
    assert_eq!(stack.metrics().numbers_locked.value(), 0);
}

/// A login gives its step back: the owner's next code on a new browser need not wait.
#[tokio::test]
async fn a_login_gives_its_own_step_back() {
    let stack = Stack::new().await;
    for _ in 0..5 {
        let mut browser = stack.browser();
        browser.sign_in(ADA).await;
    }
    assert_eq!(stack.texts(ADA).len(), 5);
}

/// Guesses that fail in between do not lengthen the retry delay, nor shorten it: only sends count.
#[tokio::test]
async fn guesses_do_not_move_the_throttle() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    let throttle = stack.dump().await.only("THROTTLE#").clone();
    for index in 0..3 {
        browser.submit(&other_code(&code, index)).await;
    }
    assert_eq!(*stack.dump().await.only("THROTTLE#"), throttle);
}

/// A device cookie is no session, and opens a throttle only for the account that it belongs to (C-15).
#[tokio::test]
async fn a_device_cookie_opens_its_own_throttle_and_nothing_else() {
    let stack = Stack::new().await;
    let mut recognized = stack.browser();
    recognized.sign_in(ADA).await;
    recognized.sign_out().await;
    assert_eq!(recognized.session().await.problem(), "no-session");
    assert_eq!(recognized.register("Eve").await.problem(), "not-verified");

    request_code(&stack.browser(), ADA).await;
    request_code(&stack.browser(), BEA).await;
    let (ada, bea) = (stack.texts(ADA).len(), stack.texts(BEA).len());
    request_code(&recognized, BEA).await;
    assert_eq!(stack.texts(BEA).len(), bea, "a device of one account jumped the queue of another number");
    request_code(&recognized, ADA).await;
    assert_eq!(stack.texts(ADA).len(), ada + 1, "the recognized browser had to wait with the unrecognized");
}

/// Each login makes the device cookie anew; the one before is an unrecognized browser's (C-15).
#[tokio::test]
async fn a_device_cookie_that_was_replaced_is_an_unrecognized_one() {
    let stack = Stack::new().await;
    let mut recognized = stack.browser();
    recognized.sign_in(ADA).await;
    let old = recognized.clone();
    recognized.sign_in(ADA).await;
    request_code(&stack.browser(), ADA).await;
    let texts = stack.texts(ADA).len();
    request_code(&old, ADA).await;
    assert_eq!(stack.texts(ADA).len(), texts, "a replaced device cookie still opens its throttle");
    request_code(&recognized, ADA).await;
    assert_eq!(stack.texts(ADA).len(), texts + 1);
}

/// A device is forgotten 180 days after its last login, with its row still there (C-15, G-08).
#[tokio::test]
async fn a_device_is_forgotten_after_half_a_year() {
    for (age, recognized) in [(180 * DAY - 60, true), (180 * DAY, false)] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        browser.sign_in(ADA).await;
        stack.advance(age - 30);
        request_code(&stack.browser(), ADA).await;
        stack.advance(29);
        let texts = stack.texts(ADA).len();
        browser.forget("__Host-login");
        stack.advance(1);
        request_code(&stack.browser(), ADA).await;
        let unrecognized = stack.texts(ADA).len();
        request_code(&browser, ADA).await;
        assert_eq!(stack.texts(ADA).len() > unrecognized, recognized, "after {age} s, {texts} texts");
    }
}

/// A recognized browser that requests codes and never signs in is revoked after ten texts: a stolen cookie is worth
/// little (G-06).
#[tokio::test]
async fn a_device_that_never_signs_in_gets_ten_texts() {
    let stack = Stack::new().await;
    let mut recognized = stack.browser();
    recognized.sign_in(ADA).await;
    let mut texts = 0;
    for _ in 0..15 {
        stack.advance(3_600);
        // An unrecognized browser takes what the unrecognized browsers' throttle would give, so that the rest is the
        // device's.
        request_code(&stack.browser(), ADA).await;
        let before = stack.texts(ADA).len();
        request_code(&recognized, ADA).await;
        texts += stack.texts(ADA).len() - before;
    }
    assert_eq!(texts, 10);
    assert_eq!(stack.metrics().numbers_locked.value(), 1);
}

/// One subscriber has a whole IPv6 /64 network, and one quota; an IPv4 address written as IPv6 is the same address
/// (S-08).
#[tokio::test]
async fn neighbours_in_an_ipv6_network_share_a_quota() {
    let stack = Stack::new().await;
    let mut refused = 0;
    for host in 0..25_u16 {
        let address = IpAddr::from([0x2001, 0xdb8, 0, 7, host, 1, 2, 3]);
        refused += u32::from(Browser::new(stack.clone(), address).start(ADA).await.status == 429);
    }
    assert_eq!(refused, 5);
    let other = IpAddr::from([0x2001, 0xdb8, 0, 8, 0, 0, 0, 1]);
    assert_eq!(Browser::new(stack.clone(), other).start(ADA).await.status, 202);

    let four = IpAddr::from([192, 0, 2, 1]);
    let mapped = IpAddr::from([0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201]);
    for _ in 0..10 {
        assert_eq!(Browser::new(stack.clone(), four).start(ADA).await.status, 202);
        assert_eq!(Browser::new(stack.clone(), mapped).start(ADA).await.status, 202);
    }
    assert_eq!(Browser::new(stack.clone(), mapped).start(ADA).await.status, 429, "a second spelling, a second quota");
}

/// Requests a code for a number, in a browser whose own state is of no further interest.
async fn request_code(browser: &Browser, phone: &str) {
    let mut browser = browser.clone();
    let answer = browser.start(phone).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    browser.stack().deliver().await;
}
