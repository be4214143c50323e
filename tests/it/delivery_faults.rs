//! The table fails while a text is on its way: at most one text, and the person gets in in the end.

use tests::phones::ADA;
use tests::proxy::{InjectedFault, Times};
use tests::stack::Stack;

use crate::steps::Cases;

/// The calls of one delivery, when nothing fails and when SNS takes no text.
async fn calls(sns_works: bool) -> Vec<String> {
    let stack = requested(sns_works).await;
    stack.deliver().await;
    let mut signatures = stack.proxy().signatures();
    signatures.dedup();
    assert!(signatures.len() >= 2, "{signatures:?}");
    signatures
}

/// A Doorcode in which one recognized browser and one unrecognized browser requested a code for the number.
async fn requested(sns_works: bool) -> Stack {
    let stack = Stack::watched().await;
    let mut recognized = stack.browser();
    recognized.sign_in(ADA).await;
    if !sns_works {
        stack.inbox().refuse_next();
    }
    recognized.start(ADA).await;
    stack.proxy().forget();
    stack
}

/// Each call fails on every try: the record is given up, at most one text was sent, and nobody is shut out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_fails_during_a_delivery_shuts_nobody_out() {
    let mut cases = Cases::new();
    for sns_works in [true, false] {
        for signature in calls(sns_works).await {
            for fault in InjectedFault::of(&signature) {
                cases.begin(fails(sns_works, signature.clone(), fault, Times::Always));
            }
        }
    }
    cases.finish().await;
}

/// Each call fails once: the SDK tries again, and one text arrives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_fails_once_during_a_delivery_is_made_again() {
    let mut cases = Cases::new();
    for signature in calls(true).await {
        for fault in InjectedFault::of(&signature) {
            cases.begin(fails(true, signature.clone(), fault, Times::Once));
        }
    }
    cases.finish().await;
}

async fn fails(sns_works: bool, signature: String, fault: InjectedFault, times: Times) {
    let case = format!("{signature} is {fault:?} {times:?}, SNS works: {sns_works}");
    let stack = requested(sns_works).await;
    let texts = stack.texts(ADA).len();
    stack.proxy().fail(&signature, fault, times);
    stack.deliver().await;
    assert!(stack.proxy().has_failed(), "{case}: the call was not made");
    stack.proxy().heal();
    stack.inbox().heal();
    let new = stack.texts(ADA).len() - texts;
    assert!(new <= 1, "{case}: {new} texts");
    if times == Times::Once {
        assert_eq!(new, 1, "{case}: no text");
    }

    let mut browser = stack.browser();
    stack.advance(3_600);
    browser.sign_in(ADA).await;
    assert_eq!(browser.session().await.status, 200, "{case}");
}
