//! The way from the table's stream to the phone: records that come twice, late, broken, or while SNS is down.

use aws_sdk_dynamodb::types::AttributeValue;
use tests::browser::other_code;
use tests::dump::number;
use tests::phones::{ADA, BEA, CEC};
use tests::proxy::{InjectedFault, Times};
use tests::stack::Stack;
use tokio::task::JoinSet;

use crate::forgery;

/// A record that comes again sends no second text.
#[tokio::test]
async fn a_record_that_comes_twice_sends_one_text() {
    let stack = Stack::new().await;
    // Another reader of the same stream, at its beginning: it brings every record again.
    let again = stack.twin().await;
    let mut browser = stack.browser();
    browser.start(ADA).await;
    assert_eq!((stack.deliver().await, again.deliver().await), (1, 1));
    assert_eq!((stack.texts(ADA).len(), again.texts(ADA).len()), (1, 0));
    assert_eq!(number(stack.dump().await.only("THROTTLE#"), "backoff_step"), 1, "the second record moved the throttle");
    assert_eq!(browser.submit(&stack.newest_code(ADA)).await.status, 200, "the code that was sent is the good one");
}

/// A program that ends before it delivers loses nothing: the next one on the table sends what is owed, and the one
/// after that sends nothing.
#[tokio::test]
async fn what_was_requested_before_a_restart_is_sent_once_after_it() {
    let ended = Stack::new().await;
    let (mut served, mut owed) = (ended.browser(), ended.browser());
    served.start(BEA).await;
    ended.deliver().await;
    owed.start(ADA).await;
    let next = ended.twin().await;
    assert_eq!(next.deliver().await, 2, "the stream is read from its beginning");
    assert_eq!((next.texts(ADA).len(), next.texts(BEA).len()), (1, 0));
    let after = ended.twin().await;
    after.deliver().await;
    assert!(after.inbox().messages().is_empty());
    assert_eq!(owed.submit(&next.newest_code(ADA)).await.status, 200);
    assert_eq!(served.submit(&ended.newest_code(BEA)).await.status, 200);
}

/// A record that comes ten times at the same instant sends one text.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_comes_ten_times_at_once_sends_one_text() {
    for _ in 0..5 {
        let stack = Stack::new().await;
        let mut readers = vec![stack.clone()];
        while readers.len() < 10 {
            readers.push(stack.twin().await);
        }
        let mut browser = stack.browser();
        browser.start(ADA).await;
        let deliveries: JoinSet<_> =
            readers.iter().cloned().map(|reader| async move { reader.deliver().await }).collect();
        assert_eq!(deliveries.join_all().await, [1; 10]);
        let texts: Vec<_> = readers.iter().flat_map(|reader| reader.texts(ADA)).collect();
        assert_eq!(texts.len(), 1, "{texts:?}");
        assert_eq!(number(stack.dump().await.only("THROTTLE#"), "backoff_step"), 1);
        let code = tests::stack::code_in(&texts[0].text);
        assert_eq!(browser.submit(&code).await.status, 200);
    }
}

/// The record of a start and the record of a resend, delivered together and again: one text for each code request that
/// the throttle allows, and the newest code is the good one.
#[tokio::test]
async fn only_the_newest_code_request_of_a_request_is_answered() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    browser.start(ADA).await;
    stack.advance(30);
    browser.resend().await;
    stack.deliver().await;
    assert_eq!(stack.texts(ADA).len(), 1, "a code request that was made anew was answered twice");
    assert_eq!(browser.submit(&stack.newest_code(ADA)).await.status, 200);
}

/// Only a code request brings `deliver-code`. Were a guess to bring it, one send job that got no text would be decided
/// and counted once more with each guess, at a moment that the caller chooses.
#[tokio::test]
async fn a_guess_has_no_code_request_decided_again() {
    let stack = Stack::watched().await;
    stack.browser().request_code(ADA).await;
    let mut waiting = stack.browser();
    waiting.start(ADA).await;
    assert_eq!(stack.deliver().await, 1);
    assert_eq!((stack.texts(ADA).len(), stack.metrics().texts_suppressed.value()), (1, 1), "no retry delay");
    for _ in 0..3 {
        assert_eq!(waiting.submit("000000").await.problem(), "wrong-code");
        stack.proxy().forget();
        assert_eq!(stack.deliver().await, 0, "a guess brought a record");
        assert_eq!(stack.proxy().signatures(), Vec::<String>::new());
    }
    assert_eq!(
        (stack.texts(ADA).len(), stack.metrics().texts_suppressed.value()),
        (1, 1),
        "one send job was counted again"
    );
}

/// Guesses made before the text goes out neither keep it back nor bring it twice: `deliver-code` does what it does for
/// a code request without guesses.
#[tokio::test]
async fn guesses_before_a_late_text_change_nothing_about_it() {
    let mut seen = Vec::new();
    for guesses in 0..3 {
        let stack = Stack::watched().await;
        let mut browser = stack.browser();
        browser.start(ADA).await;
        for _ in 0..guesses {
            assert_eq!(browser.submit("000000").await.problem(), "wrong-code");
        }
        stack.proxy().forget();
        assert_eq!(stack.deliver().await, 1, "{guesses} guesses");
        seen.push(stack.proxy().signatures());
        assert_eq!((stack.texts(ADA).len(), stack.metrics().texts_suppressed.value()), (1, 0), "{guesses} guesses");
        assert_eq!(browser.submit(&stack.newest_code(ADA)).await.status, 200, "{guesses} guesses");
    }
    assert!(seen.iter().all(|other| *other == seen[0]), "{seen:#?}");
}

/// A resend after a guess brings one text, whether the start got one or not, and a guess after that none.
#[tokio::test]
async fn resending_after_a_guess_brings_one_text() {
    for is_suppressed in [false, true] {
        let stack = Stack::new().await;
        if is_suppressed {
            stack.browser().request_code(ADA).await;
        }
        let before = stack.texts(ADA).len();
        let mut browser = stack.browser();
        browser.start(ADA).await;
        stack.deliver().await;
        let first = stack.texts(ADA).len() - before;
        assert_eq!(first, usize::from(!is_suppressed));
        let wrong = other_code(&stack.newest_code(ADA), 0);
        assert_eq!(browser.submit(&wrong).await.problem(), "wrong-code");
        stack.advance(60);
        assert_eq!(browser.resend().await.status, 202);
        assert_eq!(browser.submit(&wrong).await.problem(), "wrong-code");
        assert_eq!(stack.deliver().await, 1, "suppressed at first: {is_suppressed}");
        assert_eq!(stack.texts(ADA).len() - before, first + 1, "suppressed at first: {is_suppressed}");
        assert_eq!(browser.submit(&stack.newest_code(ADA)).await.status, 200);
    }
}

/// A record that the stream brings again after a failure is delivered, also when a guess was made meanwhile.
#[tokio::test]
async fn a_record_that_comes_again_after_a_guess_is_delivered() {
    let stack = Stack::watched().await;
    let again = stack.twin().await;
    let mut browser = stack.browser();
    browser.start(ADA).await;
    stack.proxy().fail_all("BatchGetItem", InjectedFault::InternalServerError, Times::Always);
    assert_eq!(stack.deliver().await, 1);
    assert!(stack.texts(ADA).is_empty());
    stack.proxy().heal();
    assert_eq!(browser.submit("000000").await.problem(), "wrong-code");
    assert_eq!((again.deliver().await, again.texts(ADA).len()), (1, 1));
    assert_eq!(browser.submit(&again.newest_code(ADA)).await.status, 200);
}

/// A failed text holds up no other of its batch.
#[tokio::test]
async fn a_text_that_fails_holds_up_no_other() {
    let stack = Stack::new().await;
    stack.inbox().opt_out(ADA);
    for phone in [ADA, BEA, CEC] {
        stack.browser().start(phone).await;
    }
    stack.deliver().await;
    assert_eq!([ADA, BEA, CEC].map(|phone| stack.texts(phone).len()), [0, 1, 1]);
}

/// Records that no function wrote are dropped, and those behind them are delivered.
#[tokio::test]
async fn a_record_that_makes_the_function_fail_holds_up_no_other() {
    let stack = Stack::new().await;
    let good = stack.clone();
    stack.browser().start(ADA).await;
    for item in poison(&stack).await {
        forgery::put(&stack, item).await;
    }
    let mut browser = good.browser();
    browser.start(BEA).await;
    let records = stack.deliver().await;
    assert!(records >= 8, "{records} records: the poison was not delivered");
    assert_eq!((stack.texts(ADA).len(), stack.texts(BEA).len()), (1, 1));
    assert_eq!(browser.submit(&stack.newest_code(BEA)).await.status, 200);
    assert_eq!(stack.deliver().await, 0, "the poison comes again");
}

/// Items that the stream's filter lets through and that are no login requests, or only nearly.
async fn poison(stack: &Stack) -> Vec<tests::dump::Item> {
    let opened = |mut item: tests::dump::Item| {
        item.insert("state".to_owned(), forgery::string("requested"));
        item.insert("untried".to_owned(), forgery::string("yes"));
        item
    };
    let good = stack.dump().await.request().clone();
    let mut items = vec![
        opened(forgery::keys("REQUEST#garbage", "REQUEST")),
        opened(forgery::keys("OTHER#garbage", "OTHER")),
        opened(forgery::keys("REQUEST#", "REQUEST")),
    ];
    for (name, value) in [
        ("sealed_number", forgery::string("not sealed")),
        ("code_requests", AttributeValue::N("-1".to_owned())),
        ("requested_at", forgery::string("yesterday")),
        ("number_id", AttributeValue::Null(true)),
    ] {
        let mut item = opened(good.clone());
        item.insert("pk".to_owned(), forgery::string(&format!("REQUEST#broken-{name}")));
        item.insert(name.to_owned(), value);
        items.push(item);
    }
    items
}

/// A throttle that no function wrote stops its own number and no other.
#[tokio::test]
async fn a_damaged_throttle_holds_up_no_other_number() {
    let stack = Stack::new().await;
    stack.browser().request_code(ADA).await;
    let mut throttle = stack.dump().await.only("THROTTLE#").clone();
    throttle.insert("backoff_step".to_owned(), forgery::string("many"));
    forgery::put(&stack, throttle).await;
    stack.advance(30);
    stack.browser().start(ADA).await;
    stack.browser().start(BEA).await;
    stack.deliver().await;
    assert_eq!((stack.texts(ADA).len(), stack.texts(BEA).len()), (1, 1));
}

/// A code that two texts followed is a wrong code, and the answer is the one for any wrong code.
#[tokio::test]
async fn an_older_code_gets_the_answer_of_any_wrong_code() {
    let mut answers = Vec::new();
    for types_the_old_one in [true, false] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        let old = browser.request_code(ADA).await;
        stack.advance(30);
        let newer = browser.resend_code(ADA).await;
        stack.advance(60);
        let newest = browser.resend_code(ADA).await;
        let typed = if types_the_old_one && old != newer && old != newest { old } else { other_code(&newest, 0) };
        let answer = browser.submit(&typed).await;
        answers.push((answer.shape(), answer.text().to_owned()));
    }
    assert_eq!(answers[0], answers[1]);
}

/// Every text is marked as transactional (S-11).
#[tokio::test]
async fn texts_are_transactional() {
    let stack = Stack::new().await;
    stack.browser().request_code(ADA).await;
    let attributes = &stack.texts(ADA)[0].attributes;
    assert_eq!(attributes.get("AWS.SNS.SMS.SMSType").map(String::as_str), Some("Transactional"));
}
