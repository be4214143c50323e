//! The table fails: at each call of each function, in each way, on every try or on one. The answer is 503, nothing is
//! half done, and the person gets in once the table is well again.

use tests::answer::Answer;
use tests::browser::other_code;
use tests::dump::{Dump, number, string};
use tests::phones::ADA;
use tests::proxy::{InjectedFault, Times};
use tests::stack::Stack;

use crate::steps::{Cases, Ready, Step};

/// Every call of every step fails on every try: 503, nothing half done, and a later login works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_fails_leaves_nothing_half_done() {
    let mut cases = Cases::new();
    for step in Step::ALL {
        for signature in step.calls().await {
            for fault in InjectedFault::of(&signature) {
                cases.begin(fails_on_every_try(step, signature.clone(), fault));
            }
        }
    }
    cases.finish().await;
}

async fn fails_on_every_try(step: Step, signature: String, fault: InjectedFault) {
    let case = format!("{step:?}: {signature} is {fault:?}");
    let mut ready = step.prepare().await;
    let (before, compares) = (ready.stack.dump().await, ready.stack.compares());
    ready.stack.proxy().fail(&signature, fault, Times::Always);
    let answer = step.take(&mut ready).await;
    assert!(ready.stack.proxy().has_failed(), "{case}: the call was not made");
    ready.stack.proxy().heal();
    let after = ready.stack.dump().await;

    if step.can_do_without(&signature) {
        assert_eq!(answer.status, step.success(), "{case}: {answer:?}");
    } else {
        assert_unavailable(&case, &answer);
        if fault == InjectedFault::LostAfter {
            assert_whole(&case, &before, &after);
        } else {
            assert_untouched(&case, &before, &after);
        }
        if signature.starts_with("UpdateItem REQUEST") && fault != InjectedFault::LostAfter {
            assert_eq!(ready.stack.compares(), compares, "{case}: a code was looked at that was not counted");
        }
    }
    // What a refused call leaves is what a lost one leaves: the table as it was, as was just seen.
    if matches!(fault, InjectedFault::InternalServerError | InjectedFault::LostAfter) {
        gets_in(&case, &mut ready).await;
    }
}

/// Every call of every step fails once: the SDK tries again, or the table does after a transaction that was cancelled,
/// and the person notices nothing but a lost attempt at the worst.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_fails_once_is_made_again() {
    let mut cases = Cases::new();
    for step in Step::ALL {
        for signature in step.calls().await {
            for fault in InjectedFault::of(&signature) {
                cases.begin(fails_once(step, signature.clone(), fault));
            }
        }
    }
    cases.finish().await;
}

async fn fails_once(step: Step, signature: String, fault: InjectedFault) {
    let case = format!("{step:?}: {signature} is {fault:?} once");
    let mut ready = step.prepare().await;
    ready.stack.proxy().fail(&signature, fault, Times::Once);
    let answer = step.take(&mut ready).await;
    assert!(ready.stack.proxy().has_failed(), "{case}: the call was not made");
    ready.stack.proxy().heal();
    if step == Step::SignOut && fault == InjectedFault::LostAfter {
        // The delete that is made again finds nothing to delete, and the browser is told that it is signed out.
        assert_eq!(answer.problem(), "no-session", "{case}");
    } else {
        assert_eq!(answer.status, step.success(), "{case}: {answer:?}");
    }
    let after = ready.stack.dump().await;
    assert_eq!(after.all("SESSION#").len(), step.sessions(), "{case}");
    if step == Step::WrongCode {
        assert_eq!(number(after.request(), "attempts"), 1, "{case}: one guess is one attempt");
        assert_eq!(answer.json()["attempts_left"], 2, "{case}");
    }
    if answer.cookie("__Host-session").is_some_and(|cookie| !cookie.clears()) {
        assert_eq!(ready.browser.session().await.status, 200, "{case}");
    }
}

/// Failures after the attempt was taken give it back to nobody: three of them use up the login request.
#[tokio::test]
async fn three_failures_after_the_count_use_up_the_login_request() {
    let stack = Stack::watched().await;
    stack.browser().sign_in(ADA).await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    for attempt in 1..=3 {
        stack.proxy().forget();
        stack.proxy().fail(
            "BatchGetItem NUMBER/OWNER, WRONG_CODES/WRONG_CODES",
            InjectedFault::Throttled,
            Times::Always,
        );
        assert_unavailable("the owner cannot be read", &browser.submit(&code).await);
        assert!(stack.proxy().has_failed());
        stack.proxy().heal();
        assert_eq!(number(stack.dump().await.request(), "attempts"), attempt);
    }
    assert_eq!(browser.submit(&code).await.problem(), "login-request-over");
}

/// A lost answer to the last attempt is recognised: the right code typed last still signs in.
#[tokio::test]
async fn a_lost_answer_to_the_last_attempt_is_recognised() {
    let stack = Stack::watched().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    for index in 0..2 {
        browser.submit(&other_code(&code, index)).await;
    }
    stack.proxy().forget();
    stack.proxy().fail("UpdateItem REQUEST/REQUEST", InjectedFault::LostAfter, Times::Once);
    assert_eq!(browser.submit(&code).await.status, 200);
    assert!(stack.proxy().has_failed());
    stack.proxy().heal();
    assert_eq!(browser.register("Ada").await.status, 201);
}

/// Reads that decide on access ask for what was written last (K-10).
#[tokio::test]
async fn reads_that_decide_on_access_are_strongly_consistent() {
    for step in Step::ALL {
        let mut ready = step.prepare().await;
        step.take(&mut ready).await;
        for call in ready.stack.proxy().calls() {
            assert_ne!(call.consistent, Some(false), "{step:?}: {}", call.signature);
            assert!(!call.signature.starts_with("Scan") && !call.signature.starts_with("Query"), "{step:?}: {call:?}");
        }
    }
}

fn assert_unavailable(case: &str, answer: &Answer) {
    assert_eq!((answer.status, answer.problem().as_str()), (503, "unavailable"), "{case}");
    let wait = answer.header("retry-after").and_then(|seconds| seconds.parse::<u32>().ok());
    assert!(wait.is_some_and(|seconds| seconds > 0), "{case}: {answer:?}");
    assert!(answer.cookies().is_empty(), "{case}: {answer:?}");
}

/// Nothing but what an attempt writes may have changed.
fn assert_untouched(case: &str, before: &Dump, after: &Dump) {
    assert_eq!(after.without(&["REQUEST#"]), before.without(&["REQUEST#"]), "{case}");
    assert_eq!(after.kinds(), before.kinds(), "{case}");
    for (was, is) in before.all("REQUEST#").into_iter().zip(after.all("REQUEST#")) {
        assert_eq!(string(is, "state"), string(was, "state"), "{case}");
        let used = number(is, "attempts") - number(was, "attempts");
        assert!((0..=1).contains(&used), "{case}: {used} attempts");
        let without = |item: &tests::dump::Item| {
            let mut item = item.clone();
            item.retain(|name, _| !["attempts", "last_try", "untried"].contains(&name.as_str()));
            item
        };
        assert_eq!(without(is), without(was), "{case}");
    }
}

/// The write happened or it did not: an owner has a user, a session has a user, and nothing doubled.
fn assert_whole(case: &str, before: &Dump, after: &Dump) {
    let users: Vec<_> = after.all("USER#").into_iter().filter(|item| string(item, "sk") == "PROFILE").collect();
    assert_eq!(users.len(), after.all("NUMBER#").len(), "{case}: owners and users");
    assert!(after.all("SESSION#").len() <= before.all("SESSION#").len() + 1, "{case}: sessions");
    for session in after.all("SESSION#") {
        let user = format!("USER#{}", string(session, "user_id"));
        assert!(users.iter().any(|item| string(item, "pk") == user), "{case}: a session of nobody");
    }
    for (was, is) in before.all("REQUEST#").into_iter().zip(after.all("REQUEST#")) {
        assert!(number(is, "attempts") <= number(was, "attempts") + 1, "{case}: more than one attempt");
    }
}

/// The person comes back when the table is well again, and gets in: to the one account of the number.
async fn gets_in(case: &str, ready: &mut Ready) {
    ready.stack.advance(1_000);
    ready.browser.sign_in(ADA).await;
    assert_eq!(ready.browser.session().await.status, 200, "{case}");
    let dump = ready.stack.dump().await;
    assert_eq!(dump.all("NUMBER#").len(), 1, "{case}: owners");
    assert_eq!(dump.kinds().iter().filter(|kind| *kind == "USER/PROFILE").count(), 1, "{case}: users");
}
