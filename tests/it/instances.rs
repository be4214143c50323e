//! Several running copies of the functions on one table, as Lambda starts and ends them: what one counts all know, and
//! their clocks may differ.

use tests::browser::{Browser, other_code};
use tests::phones::ADA;
use tests::stack::Stack;

/// Guesses at different copies are counted together, and so at one that was started meanwhile (G-12).
#[tokio::test]
async fn guesses_at_different_copies_are_counted_together() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    assert_eq!(browser.submit(&other_code(&code, 0)).await.json()["attempts_left"], 2);
    let mut elsewhere = at(&stack.twin().await, &browser);
    assert_eq!(elsewhere.submit(&other_code(&code, 1)).await.json()["attempts_left"], 1);
    assert_eq!(browser.submit(&other_code(&code, 2)).await.json()["attempts_left"], 0);
    let mut started_now = at(&stack.twin().await, &elsewhere);
    for browser in [&mut elsewhere, &mut browser, &mut started_now] {
        assert_eq!(browser.submit(&code).await.problem(), "login-request-over");
    }
}

/// A number has one throttle for all copies (G-12).
#[tokio::test]
async fn a_number_waits_for_all_copies_together() {
    let stack = Stack::new().await;
    stack.browser().request_code(ADA).await;
    let twin = stack.twin().await;
    twin.browser().start(ADA).await;
    twin.deliver().await;
    assert!(twin.texts(ADA).is_empty(), "a second throttle, a second text");
    stack.advance(30);
    twin.browser().start(ADA).await;
    twin.deliver().await;
    assert_eq!(twin.texts(ADA).len(), 1);
}

/// The end of a code is written once, by the clock of the copy that was called: a copy whose clock differs sends it
/// with that end and no other.
#[tokio::test]
async fn the_clock_of_the_sender_does_not_move_the_end_of_a_code() {
    for skew in [-300, -1, 60, 119] {
        for (age, alive) in [(599, true), (600, false)] {
            let stack = Stack::new().await;
            let mut browser = stack.browser();
            browser.start(ADA).await;
            stack.advance(skew);
            stack.deliver().await;
            let code = stack.newest_code(ADA);
            stack.advance(age - skew);
            assert_eq!(browser.submit(&code).await.status == 200, alive, "sent by a clock {skew} s ahead, at {age} s");
        }
    }
}

/// A copy whose clock is five minutes behind takes a code for five minutes more and not longer.
#[tokio::test]
async fn a_clock_that_is_behind_gives_a_code_no_more_than_its_lag() {
    for (age, alive) in [(899, true), (900, false)] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        let code = browser.request_code(ADA).await;
        let lag = 300;
        stack.advance(age - lag);
        let answer = browser.submit(&code).await;
        assert_eq!(answer.status == 200, alive, "at {age} s, by a clock {lag} s behind: {answer:?}");
    }
}

/// The same browser, at another copy.
fn at(stack: &Stack, browser: &Browser) -> Browser {
    let mut elsewhere = Browser::new(stack.clone(), browser.address());
    elsewhere.set_cookie("__Host-login", browser.cookie("__Host-login").expect("a login request"));
    elsewhere
}
