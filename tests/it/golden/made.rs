//! How golden items are made: people who sign in, guess, wait and are out of reach, with the same root secret, time and
//! randomness each time.

use secrecy::SecretString;
use shared::time::DAY;
use tests::browser::Browser;
use tests::phones::{ADA, BEA, CEC, mobile};
use tests::stack::Stack;

use super::file::Golden;
use crate::countries::set_override;

/// The root secret of the golden items, and of nothing else.
const SECRET: &str = "golden-items-of-doorcode-only-for-the-tests";
const SEED: u64 = 1;

/// A number of a country whose texts the operator stopped.
const NORWEGIAN: &str = "+4740612345";

/// What the code writes now: one item of each kind, and of login requests one in each state.
pub(super) async fn made() -> Golden {
    let stack = Stack::seeded(&SecretString::from(SECRET), SEED).await;
    let [mut owner, mut laptop, mut guesser] = [stack.browser(), stack.browser(), stack.browser()];
    owner.sign_in(ADA).await;
    stack.advance(600);
    laptop.sign_in(ADA).await;

    // The owner is signed in, on a number that somebody locked since then, and has one more code.
    stack.advance(60 * DAY);
    owner.sign_in(ADA).await;
    let mut delay = 30;
    for _ in 0..24 {
        stack.advance(delay);
        delay = DAY.min(2 * delay);
        guesser = stack.browser();
        guesser.guess(ADA, 3).await;
    }
    assert_eq!(owner.session().await.json()["security_notices"]["locked"], true);
    let mut repeated = stack.browser();
    repeated.request_code(&mobile(6)).await;
    stack.advance(60);
    let second = repeated.resend_code(&mobile(6)).await;
    // A call in the second of a code request repeats it.
    stack.advance(1);
    let code = owner.request_code(ADA).await;

    // The operator has an eye on two countries.
    stack.browser().request_code(NORWEGIAN).await;
    set_override(&stack, "NO", "block").await;
    set_override(&stack, "SE", "allow").await;

    // Somebody's registration got no answer.
    let mut unanswered = stack.browser();
    let typed = unanswered.request_code(&mobile(5)).await;
    unanswered.submit(&typed).await;
    assert_eq!(unanswered.clone().register("Ada").await.status, 201);
    stack.browser().sign_in(&mobile(5)).await;
    let mut newcomer = stack.browser();
    let right = newcomer.request_code(BEA).await;
    assert_eq!(newcomer.submit(&right).await.json()["next"], "register");
    let mut waiting = stack.browser();
    let sent = waiting.request_code(CEC).await;
    let unreached = unreached(&stack).await;
    let mut asking = stack.browser();
    asking.start(&mobile(4)).await;
    Golden::of(
        &stack,
        SECRET,
        &[
            ("owner", &owner, Some(&code)),
            ("laptop", &laptop, None),
            ("guesser", &guesser, None),
            ("newcomer", &newcomer, None),
            ("repeated", &repeated, Some(&second)),
            ("waiting", &waiting, Some(&sent)),
            ("unreached", &unreached, None),
            ("asking", &asking, None),
            ("unanswered", &unanswered, Some(&typed)),
        ],
    )
    .await
}

async fn unreached(stack: &Stack) -> Browser {
    let mut browser = stack.browser();
    stack.inbox().refuse_next();
    browser.start(&mobile(3)).await;
    stack.deliver().await;
    assert!(stack.texts(&mobile(3)).is_empty());
    browser
}
