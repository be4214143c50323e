//! Whole logins, from the first number to the end of the session, as a person goes through them.

use tests::phones::{ADA, ADA_MASKED, ADA_NATIONAL, BEA};
use tests::stack::Stack;

/// A person registers, signs out, and comes back to the same account (A-01, E-02).
#[tokio::test]
async fn a_person_registers_signs_out_and_comes_back_to_the_same_account() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();

    let code = browser.request_code(ADA).await;
    let proved = browser.submit(&code).await;
    assert_eq!(proved.json()["next"], "register");
    assert!(stack.dump().await.all("USER#").is_empty(), "a user before registration");
    let registered = browser.register("Ada").await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let account = registered.json()["user"].clone();
    assert_eq!(account["name"], "Ada");

    let session = browser.session().await;
    assert_eq!(session.json()["user"]["id"], account["id"]);
    assert_eq!(browser.sign_out().await.status, 204);
    assert_eq!(browser.session().await.problem(), "no-session");

    let code = browser.request_code(ADA).await;
    let proved = browser.submit(&code).await;
    assert_eq!(proved.json()["next"], "account");
    assert_eq!(proved.json()["user"], account);
    assert_eq!(browser.session().await.json()["user"]["id"], account["id"]);
}

/// The account belongs to the number, not to the browser.
#[tokio::test]
async fn the_same_account_opens_in_another_browser() {
    let stack = Stack::new().await;
    let (mut home, mut work) = (stack.browser(), stack.browser());
    let registered = home.sign_in(ADA).await;
    let proved = work.sign_in(ADA).await;
    assert_eq!(proved.json()["next"], "account");
    assert_eq!(proved.json()["user"]["id"], registered.json()["user"]["id"]);
    assert_eq!(home.session().await.status, 200, "signing in elsewhere ends no session");
    assert_eq!(stack.dump().await.all("SESSION#").len(), 2);
}

/// Two numbers are two accounts.
#[tokio::test]
async fn another_number_is_another_account() {
    let stack = Stack::new().await;
    let ada = stack.browser().sign_in(ADA).await;
    let bea = stack.browser().sign_in(BEA).await;
    assert_ne!(ada.json()["user"]["id"], bea.json()["user"]["id"]);
}

/// A name is optional.
#[tokio::test]
async fn a_person_may_register_without_a_name() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    browser.submit(&code).await;
    let registered = browser.post("/auth/register", &serde_json::json!({})).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    assert_eq!(browser.session().await.status, 200);
}

/// A wrong code costs an attempt, and the right one still works.
#[tokio::test]
async fn a_mistyped_code_can_be_typed_again() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    for (index, left) in [(0, 2), (1, 1)] {
        let refused = browser.submit(&tests::browser::other_code(&code, index)).await;
        assert_eq!((refused.status, refused.problem().as_str()), (401, "wrong-code"));
        assert_eq!(refused.json()["attempts_left"], left);
    }
    assert_eq!(browser.submit(&code).await.status, 200);
}

/// Three wrong codes end the login request; a new one works after the retry delay (G-01).
#[tokio::test]
async fn three_wrong_codes_end_the_login_request() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    for (index, left) in [(0, 2), (1, 1), (2, 0)] {
        assert_eq!(browser.submit(&tests::browser::other_code(&code, index)).await.json()["attempts_left"], left);
    }
    let compares = stack.compares();
    assert_eq!(browser.submit(&code).await.problem(), "login-request-over");
    assert_eq!(stack.compares(), compares, "the right code was looked at after the third attempt");
    assert_eq!(browser.resend().await.problem(), "no-login-request");

    stack.advance(30);
    let code = browser.request_code(ADA).await;
    assert_eq!(browser.submit(&code).await.status, 200);
}

/// Resending is no way around the three attempts (G-05).
#[tokio::test]
async fn new_codes_are_no_way_around_three_attempts() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    for index in 0..2 {
        browser.submit(&tests::browser::other_code(&code, index)).await;
    }
    stack.advance(30);
    let code = browser.resend_code(ADA).await;
    assert_eq!(browser.submit(&tests::browser::other_code(&code, 0)).await.json()["attempts_left"], 0);
    assert_eq!(browser.submit(&code).await.problem(), "login-request-over");
    assert_eq!(stack.compares(), 3);
}

/// Whoever requests codes too often is told when to come back: 30 s, then twice as long each time.
#[tokio::test]
async fn the_retry_delay_between_codes_doubles() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    browser.request_code(ADA).await;
    for wait in [30, 60, 120, 240] {
        stack.advance(wait - 1);
        let refused = browser.resend().await;
        assert_eq!((refused.status, refused.problem().as_str()), (429, "too-many-requests"), "after {wait} - 1 s");
        assert_eq!(refused.header("retry-after"), Some("1"));
        assert_eq!(refused.json()["retry_after"], 1);
        stack.advance(1);
        browser.resend_code(ADA).await;
    }
    assert_eq!(stack.texts(ADA).len(), 5);
}

/// The number may be written as at home.
#[tokio::test]
async fn the_national_form_is_the_same_number() {
    let stack = Stack::new().await;
    let account = stack.browser().sign_in(ADA).await.json()["user"]["id"].clone();
    let mut browser = stack.browser();
    assert_eq!(browser.start(ADA_NATIONAL).await.json()["sent_to"], ADA_MASKED);
    stack.deliver().await;
    let proved = browser.submit(&stack.newest_code(ADA)).await;
    assert_eq!(proved.json()["user"]["id"], account);
}

/// A code may be typed with spaces or hyphens.
#[tokio::test]
async fn a_code_may_be_typed_in_groups() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    let proved = browser.submit(&format!(" {}-{} ", &code[..3], &code[3..])).await;
    assert_eq!(proved.status, 200, "{proved:?}");
}

/// Signing out ends the session in the table, not only in the browser (C-11).
#[tokio::test]
async fn signing_out_ends_the_session_for_every_copy_of_the_cookie() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    browser.sign_in(ADA).await;
    let mut copy = browser.clone();
    assert_eq!(copy.session().await.status, 200);
    assert_eq!(browser.sign_out().await.status, 204);
    assert_eq!(copy.session().await.problem(), "no-session");
    assert_eq!(copy.sign_out().await.problem(), "no-session");
    assert!(stack.dump().await.all("SESSION#").is_empty());
}

/// Each login makes a new session and ends the one that the browser had (C-05).
#[tokio::test]
async fn each_login_makes_a_new_session_and_ends_the_old_one() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    browser.sign_in(ADA).await;
    let mut old = browser.clone();
    browser.sign_in(ADA).await;
    assert_ne!(browser.cookie("__Host-session"), old.cookie("__Host-session"));
    assert_ne!(browser.cookie("__Host-device"), old.cookie("__Host-device"), "the device cookie is made anew too");
    assert_eq!(browser.session().await.status, 200);
    assert_eq!(old.session().await.problem(), "no-session", "the session from before the login still works");
}

/// A session cookie that was put into the browser beforehand is not taken over (C-05).
#[tokio::test]
async fn a_planted_session_cookie_is_not_taken_over() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let planted = "A".repeat(43);
    browser.set_cookie("__Host-session", &planted);
    browser.sign_in(ADA).await;
    assert_ne!(browser.cookie("__Host-session"), Some(planted.as_str()));
    let mut attacker = stack.browser();
    attacker.set_cookie("__Host-session", &planted);
    assert_eq!(attacker.session().await.problem(), "no-session");
}
