//! When an account is locked: after wrong codes since its last login, and not after texts.

use shared::time::DAY;
use tests::answer::Answer;
use tests::browser::{Browser, other_code};
use tests::dump::number;
use tests::phones::ADA;
use tests::stack::Stack;
use tokio::task::JoinSet;

/// Seconds from one text of a throttle to the next, for the five whose codes are alive together.
const DELAYS: [i64; 5] = [0, 30, 60, 120, 240];

/// With 69 failures a text goes out, with 70 none, however long one waits and whatever TTL deletes; the operator hears of
/// it once. A recognized browser still gets its code, is told nothing new, and its login unlocks the number (G-06, G-09,
/// G-11, L-05).
#[tokio::test]
async fn seventy_failures_lock_all_but_the_recognized_until_a_login() {
    let stack = Stack::new().await;
    let mut owner = stack.browser();
    owner.sign_in(ADA).await;
    fail(&stack, 69).await;
    let mut last = stack.browser();
    let code = last.request_code(ADA).await;
    assert_eq!(stack.metrics().numbers_locked.value(), 0);
    assert_eq!(last.submit(&other_code(&code, 0)).await.problem(), "wrong-code");
    assert_eq!(stack.metrics().numbers_locked.value(), 1);
    assert_eq!(last.submit(&other_code(&code, 1)).await.problem(), "wrong-code");
    assert_eq!(stack.metrics().numbers_locked.value(), 1);
    let before = texts(&stack).await;
    for days in [0, 1, 30, 100] {
        stack.advance(days * DAY);
        assert_eq!(texts(&stack).await, before, "a text after {days} days");
    }

    let code = owner.request_code(ADA).await;
    assert_eq!(owner.submit(&code).await.status, 200);
    assert!(!locked(&mut owner).await);
    stack.advance(2 * DAY);
    assert_eq!(texts(&stack).await, before + 2);
}

/// Who is signed in is told, and that a login is what ends it (G-11, G-18).
#[tokio::test]
async fn who_is_signed_in_is_told_of_the_lock() {
    let stack = Stack::new().await;
    let mut owner = stack.browser();
    owner.sign_in(ADA).await;
    let mut delay = 30;
    for count in 0..24 {
        assert!(!locked(&mut owner).await, "after {count} texts");
        stack.advance(delay);
        delay = DAY.min(2 * delay);
        stack.browser().guess(ADA, 3).await;
    }
    assert!(locked(&mut owner).await);
    assert_eq!(owner.unlock().await.problem(), "sign-in-again", "no way around a login");
    assert!(locked(&mut owner).await);
    owner.sign_in(ADA).await;
    assert!(!locked(&mut owner).await);
}

/// Time does not unlock a number: the count of its account is kept when all else is deleted (G-06).
#[tokio::test]
async fn a_locked_number_outlives_every_sweep() {
    let stack = Stack::new().await;
    stack.browser().sign_in(ADA).await;
    fail(&stack, 70).await;
    let before = stack.texts(ADA).len();
    stack.advance(1_000 * DAY);
    stack.sweep().await;
    assert!(stack.dump().await.all("THROTTLE#").is_empty());
    assert_eq!(texts(&stack).await, before);
}

/// What was typed before there was an account does not count for it, nor against it once its count was deleted (G-06, P-05).
#[tokio::test]
async fn a_count_from_before_the_account_is_deleted_and_lends_nothing() {
    let stack = Stack::new().await;
    fail(&stack, 90).await;
    stack.advance(2 * DAY);
    let mut owner = stack.browser();
    owner.sign_in(ADA).await;
    assert!(!locked(&mut owner).await);
    stack.advance(500 * DAY);
    stack.sweep().await;
    assert!(stack.dump().await.all("WRONG_CODES#").is_empty());

    fail(&stack, 69).await;
    let before = texts(&stack).await;
    stack.advance(2 * DAY);
    assert_eq!(texts(&stack).await, before + 1, "69 failures");
    stack.advance(2 * DAY);
    stack.browser().guess(ADA, 1).await;
    let before = texts(&stack).await;
    stack.advance(2 * DAY);
    assert_eq!(texts(&stack).await, before, "70 failures");
}

/// A right code of a locked number looks like a wrong one: the same answer and the same calls to the table. It signs nobody
/// in, and takes nothing from the request but the attempt (G-06, E-07).
#[tokio::test]
async fn a_right_code_of_a_locked_number_is_a_wrong_one() {
    let mut seen = Vec::new();
    for is_right in [true, false] {
        let stack = Stack::watched().await;
        stack.browser().sign_in(ADA).await;
        fail(&stack, 69).await;
        let mut waiting = stack.browser();
        let code = waiting.request_code(ADA).await;
        stack.advance(30);
        stack.browser().guess(ADA, 1).await;
        let sessions = stack.dump().await.all("SESSION#").len();
        let verified = stack.metrics().codes_verified.value();
        stack.proxy().forget();
        let answer = waiting.submit(&if is_right { code.clone() } else { other_code(&code, 0) }).await;
        assert_eq!((answer.problem().as_str(), &answer.json()["attempts_left"]), ("wrong-code", &2.into()));
        seen.push((answer.shape(), answer.text().to_owned(), stack.proxy().calls()));
        assert_eq!(stack.metrics().codes_verified.value(), verified);
        assert_eq!(stack.dump().await.all("SESSION#").len(), sessions);
    }
    assert_eq!(seen[0], seen[1]);
}

/// Five codes are alive and all their tries come at once, with 69 failures before: 84 of them are counted and no more, and
/// with all tries of a copied device cookie besides 99. NIST allows 100 (G-06).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_that_race_the_lock_end_below_a_hundred() {
    for (has_copy, most) in [(false, 84), (true, 99)] {
        let stack = Stack::new().await;
        let mut owner = stack.browser();
        owner.sign_in(ADA).await;
        fail(&stack, 69).await;
        let tries = five_codes(&stack, &[Some(stack.browser()), has_copy.then_some(owner)]).await;
        assert!(at_once(tries).await.iter().all(|answer| answer.problem() == "wrong-code"));
        assert_eq!(failures(&stack).await, most);
        let before = stack.texts(ADA).len();
        stack.advance(3 * DAY);
        assert_eq!(texts(&stack).await, before);
    }
}

/// Who guesses on unrecognized browsers first, and then with a copied device cookie, gets no further (G-06).
#[tokio::test]
async fn a_copied_device_cookie_ends_below_a_hundred_too() {
    let stack = Stack::new().await;
    let mut owner = stack.browser();
    owner.sign_in(ADA).await;
    fail(&stack, 69).await;
    let tries = five_codes(&stack, &[Some(stack.browser())]).await;
    at_once(tries).await;
    assert_eq!(failures(&stack).await, 84);
    let tries = five_codes(&stack, &[Some(owner.clone())]).await;
    assert_eq!(stack.metrics().numbers_locked.value(), 1);
    at_once(tries).await;
    assert_eq!((failures(&stack).await, stack.metrics().numbers_locked.value()), (99, 2));
    let before = stack.texts(ADA).len();
    stack.advance(DAY);
    owner.forget("__Host-login");
    owner.start(ADA).await;
    stack.deliver().await;
    assert_eq!(stack.texts(ADA).len(), before, "a recognized browser gets texts");
}

/// Whatever others typed, one mistyped digit at the recognized browser is not the last: its code stays good (G-09, G-11).
#[tokio::test]
async fn a_recognized_browser_that_mistypes_signs_in_with_its_code() {
    let stack = Stack::new().await;
    let mut owner = stack.browser();
    owner.sign_in(ADA).await;
    fail(&stack, 69).await;
    at_once(five_codes(&stack, &[Some(stack.browser())]).await).await;
    let code = owner.request_code(ADA).await;
    assert_eq!(owner.submit(&other_code(&code, 0)).await.problem(), "wrong-code");
    assert_eq!(failures(&stack).await, 85);
    assert_eq!(owner.submit(&code).await.status, 200);
    assert!(!locked(&mut owner).await);
}

/// Types wrong codes in new browsers, three for each text, until there are so many failures more.
async fn fail(stack: &Stack, failures: u32) {
    for done in (0..failures).step_by(3) {
        stack.advance(2 * DAY);
        stack.browser().guess(ADA, 3.min(failures - done)).await;
    }
    stack.advance(2 * DAY);
}

/// Has five texts sent by the throttle of each of these browsers, as fast as it lets them, each in a login of its own. Gives
/// back all their tries.
async fn five_codes(stack: &Stack, browsers: &[Option<Browser>]) -> Vec<(Browser, String)> {
    let mut tries = Vec::new();
    for delay in DELAYS {
        stack.advance(delay);
        for browser in browsers.iter().flatten() {
            let texts = stack.texts(ADA).len();
            let mut guesser = browser.clone();
            guesser.forget("__Host-login");
            let code = guesser.request_code(ADA).await;
            assert_eq!(stack.texts(ADA).len(), texts + 1, "no text after {delay} s");
            tries.extend((0..3).map(|index| (guesser.clone(), other_code(&code, index))));
        }
    }
    tries
}

async fn at_once(tries: Vec<(Browser, String)>) -> Vec<Answer> {
    let mut begun = JoinSet::new();
    for (mut browser, code) in tries {
        begun.spawn(async move { browser.submit(&code).await });
    }
    begun.join_all().await
}

/// Failures since the last login, as the table has them.
async fn failures(stack: &Stack) -> i64 {
    let dump = stack.dump().await;
    number(dump.only("WRONG_CODES#"), "wrong_codes") - number(dump.only("NUMBER#"), "wrong_codes_seen")
}

/// How many texts there are after a new browser requested one more.
async fn texts(stack: &Stack) -> usize {
    assert_eq!(stack.browser().start(ADA).await.status, 202);
    stack.deliver().await;
    stack.texts(ADA).len()
}

async fn locked(browser: &mut Browser) -> bool {
    let answer = browser.session().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["security_notices"]["locked"].as_bool().expect("true or false")
}
