//! What ends, and when: by the clock, with the row still in the table. The engine's own sweep never runs here, so
//! every expired item is still there (G-08).

use shared::time::DAY;
use tests::browser::other_code;
use tests::dump::number;
use tests::phones::ADA;
use tests::stack::Stack;

/// A code works for ten minutes and not a second longer (G-07, G-08).
#[tokio::test]
async fn a_code_is_dead_after_ten_minutes() {
    for (age, alive) in [(0, true), (599, true), (600, false), (601, false), (899, false)] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        let code = browser.request_code(ADA).await;
        stack.advance(age);
        let answer = browser.submit(&code).await;
        assert_eq!(stack.dump().await.all("REQUEST#").len(), 1, "the row is still there");
        if alive {
            assert_eq!(answer.status, 200, "after {age} s: {answer:?}");
        } else {
            assert_eq!(answer.problem(), "login-request-over", "after {age} s");
            assert_eq!(stack.compares(), 0, "after {age} s a code was looked at");
        }
    }
}

/// The ten minutes begin when the code is requested, not when its text goes out: a stream that runs late gives nobody
/// more time.
#[tokio::test]
async fn a_late_text_gives_no_more_time() {
    for (age, alive) in [(599, true), (600, false)] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        browser.start(ADA).await;
        stack.advance(100);
        stack.deliver().await;
        stack.advance(age - 100);
        let answer = browser.submit(&stack.newest_code(ADA)).await;
        assert_eq!(answer.status == 200, alive, "after {age} s: {answer:?}");
    }
}

/// A send job that is found in the stream minutes late brings no text any more (F-05), and the browser can resend.
#[tokio::test]
async fn a_code_request_that_is_found_too_late_is_not_answered() {
    for late in [121, 600, 900] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        browser.start(ADA).await;
        stack.advance(late);
        stack.deliver().await;
        assert!(stack.texts(ADA).is_empty(), "a text {late} s after the code request");
        if late < 900 {
            let code = browser.resend_code(ADA).await;
            assert_eq!(browser.submit(&code).await.status, 200);
        }
    }
}

/// A new code gives the login request no new life: it ends 15 minutes after its beginning (G-07).
#[tokio::test]
async fn a_new_code_lives_no_longer_than_its_login_request() {
    for (age, alive) in [(899, true), (900, false), (901, false), (1199, false)] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        browser.request_code(ADA).await;
        stack.advance(599);
        let answer = browser.resend().await;
        assert_eq!((answer.status, &answer.json()["expires_in"]), (202, &301.into()), "{answer:?}");
        stack.deliver().await;
        let code = stack.newest_code(ADA);
        stack.advance(age - 599);
        let answer = browser.submit(&code).await;
        if alive {
            assert_eq!(answer.status, 200, "after {age} s: {answer:?}");
        } else {
            assert_eq!(answer.problem(), "login-request-over", "after {age} s");
            assert_eq!(stack.compares(), 0);
        }
    }
}

/// A resend lengthens the life of no code that is out: when no new text comes, because of the number's retry delay, the
/// old code is dead after its own ten minutes, and typing it is a wrong guess like any other (G-07).
#[tokio::test]
async fn resending_gives_the_old_code_no_more_time() {
    for (age, alive) in [(599, true), (600, false)] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        let code = browser.request_code(ADA).await;
        stack.advance(590);
        stack.browser().start(ADA).await;
        stack.deliver().await;
        let texts = stack.texts(ADA).len();
        assert_eq!(browser.resend().await.status, 202);
        stack.deliver().await;
        assert_eq!(stack.texts(ADA).len(), texts, "no retry delay");
        stack.advance(age - 590);
        let answer = browser.submit(&code).await;
        if alive {
            assert_eq!(answer.status, 200, "after {age} s: {answer:?}");
        } else {
            assert_eq!(answer.problem(), "wrong-code", "after {age} s");
        }
    }
}

/// A login request that is over cannot be requested anew.
#[tokio::test]
async fn a_login_request_cannot_be_requested_again_after_fifteen_minutes() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    browser.request_code(ADA).await;
    stack.advance(899);
    assert_eq!(browser.clone().resend().await.status, 202);
    stack.advance(1);
    assert_eq!(browser.resend().await.problem(), "no-login-request");
}

/// The right to register ends with the login request that it came from.
#[tokio::test]
async fn a_ticket_ends_after_fifteen_minutes() {
    for (age, status) in [(899, 201), (900, 403), (100_000, 403)] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        let code = browser.request_code(ADA).await;
        browser.submit(&code).await;
        stack.advance(age);
        let answer = browser.register("Ada").await;
        assert_eq!(answer.status, status, "after {age} s: {answer:?}");
        assert_eq!(stack.dump().await.all("USER#").is_empty(), status != 201);
    }
}

/// A session that nobody uses ends after 14 days (C-10, G-08).
#[tokio::test]
async fn an_unused_session_ends_after_fourteen_days() {
    for (age, alive) in [(14 * DAY - 1, true), (14 * DAY, false), (20 * DAY, false)] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        browser.sign_in(ADA).await;
        stack.advance(age);
        let answer = browser.session().await;
        assert_eq!(answer.status == 200, alive, "after {age} s: {answer:?}");
        assert_eq!(stack.dump().await.all("SESSION#").len(), 1, "the row is still there");
    }
}

/// A session that is used every day ends after 30 days (C-10).
#[tokio::test]
async fn a_used_session_ends_after_thirty_days() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    browser.sign_in(ADA).await;
    for day in 1..30 {
        stack.advance(DAY);
        assert_eq!(browser.session().await.status, 200, "on day {day}");
    }
    stack.advance(DAY - 3_600);
    let answer = browser.session().await;
    assert_eq!(answer.status, 200, "after 29 days and 23 hours");
    assert_eq!(answer.json()["expires_at"], stack.now().secs() + 3_600);
    stack.advance(3_600);
    assert_eq!(browser.session().await.problem(), "no-session");
    assert_eq!(browser.sign_out().await.problem(), "no-session", "a session that is over cannot be signed out of");
}

/// The IP rate limit begins anew every 15 minutes, whether or not its old counter was swept.
#[tokio::test]
async fn an_address_may_request_codes_twenty_times_in_fifteen_minutes() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    for request in 0..20 {
        assert_eq!(browser.clone().start(ADA).await.status, 202, "request {request}");
    }
    let refused = browser.start(ADA).await;
    assert_eq!((refused.status, refused.problem().as_str()), (429, "too-many-requests"));
    assert_eq!(refused.header("retry-after"), Some("900"));
    stack.advance(899);
    assert_eq!(browser.start(ADA).await.header("retry-after"), Some("1"));
    stack.advance(1);
    assert_eq!(browser.start(ADA).await.status, 202);
}

/// Attempts do not come back with time.
#[tokio::test]
async fn time_gives_no_attempt_back() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    for (index, left) in [(0, 2), (1, 1), (2, 0)] {
        assert_eq!(browser.submit(&other_code(&code, index)).await.json()["attempts_left"], left);
        stack.advance(150);
    }
    assert_eq!(browser.submit(&code).await.problem(), "login-request-over");
}

/// Everything short-lived carries the time at which `DynamoDB` may delete it, in seconds (K-08): a value in
/// milliseconds would never be deleted (A-09, P-05).
#[tokio::test]
async fn short_lived_items_say_when_they_end() {
    let stack = Stack::new().await;
    stack.browser().sign_in(ADA).await;
    stack.browser().request_code(ADA).await;
    let dump = stack.dump().await;
    for (prefix, longest) in [("REQUEST#", DAY), ("IP#", DAY), ("SESSION#", 31 * DAY), ("THROTTLE#", 400 * DAY)] {
        assert!(!dump.all(prefix).is_empty(), "no {prefix}");
        for item in dump.all(prefix) {
            let left = number(item, "expires_at") - stack.now().secs();
            assert!((1..=longest).contains(&left), "{prefix} ends in {left} s");
        }
    }
}

/// The sweep takes away what is over and leaves the account (K-08).
#[tokio::test]
async fn the_sweep_takes_only_what_is_over() {
    let stack = Stack::new().await;
    stack.browser().sign_in(ADA).await;
    stack.browser().request_code(ADA).await;
    stack.advance(31 * DAY);
    stack.sweep().await;
    let dump = stack.dump().await;
    for prefix in ["REQUEST#", "IP#", "SESSION#"] {
        assert!(dump.all(prefix).is_empty(), "{prefix} was left");
    }
    assert_eq!((dump.all("NUMBER#").len(), dump.all("USER#").is_empty()), (1, false));
}
