//! Who may register, where not everybody may.

use shared::login::user::RegistrationPolicy;
use shared::sending::decision::SendPolicy;
use tests::phones::{ADA, BEA};
use tests::stack::{Stack, policy};

/// Where nobody may register, a number without account gets no text and the same answers; one with an account signs in
/// (E-02).
#[tokio::test]
async fn nobody_registers_where_registration_is_closed() {
    let stack = Stack::new().await;
    stack.browser().sign_in(ADA).await;
    let closed = stack.twin_with(SendPolicy { registration: RegistrationPolicy::Closed, ..policy() }).await;
    closed.deliver().await;
    let (mut known, mut unknown) = (closed.browser(), closed.browser());
    let answers = [known.start(ADA).await, unknown.start(BEA).await];
    assert_eq!(answers[0].shape(), answers[1].shape());
    closed.deliver().await;
    assert_eq!((closed.texts(ADA).len(), closed.texts(BEA).len()), (1, 0));
    assert_eq!(closed.metrics().texts_suppressed.value(), 1);
    let code = closed.newest_code(ADA);
    assert_eq!(known.submit(&code).await.json()["next"], "account");
    assert_eq!(unknown.submit("123456").await.problem(), "wrong-code");
}

/// Told after the right code, and only then (E-02).
#[tokio::test]
async fn who_may_not_register_is_told_after_the_right_code() {
    let stack = Stack::with(SendPolicy { registration: RegistrationPolicy::ClosedAfterCode, ..policy() }).await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    assert_eq!(browser.submit("000001").await.problem(), "wrong-code");
    let told = browser.submit(&code).await;
    assert_eq!((told.status, told.problem().as_str()), (403, "registration-closed"));
    assert!(told.cookies().is_empty());
    assert_eq!(browser.register("Eve").await.problem(), "not-verified");
    assert_eq!(browser.resend().await.problem(), "no-login-request", "the request goes on");
    assert!(stack.dump().await.all("USER#").is_empty());
}
