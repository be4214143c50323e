//! What is written down of a login, and in which words: alarms and counts hang on these lines.

use serde_json::Value;
use tests::browser::other_code;
use tests::logs::Logs;
use tests::phones::{LANDLINE, of_another_block};
use tests::proxy::{InjectedFault, Times};
use tests::stack::Stack;

/// Each event of a scripted run is one line, in its order, and there is no other line (L-01).
#[tokio::test]
async fn each_event_is_one_line() {
    let logs = Logs::capture();
    let stack = Stack::watched().await;
    // Not one of those that are set aside, of which a line tells.
    let phone = &of_another_block(0);
    let before = logs.lines().len();
    let mut browser = stack.browser();

    browser.start(LANDLINE).await;
    let code = browser.request_code(phone).await;
    browser.submit(&other_code(&code, 0)).await;
    browser.submit(&code).await;
    browser.register("Ada").await;
    browser.sign_out().await;
    browser.session().await;

    stack.browser().start(phone).await;
    stack.deliver().await;
    stack.browser().start(phone).await;
    stack.deliver().await;

    stack.advance(3_600);
    stack.inbox().refuse_next();
    stack.browser().start(phone).await;
    stack.deliver().await;

    stack.proxy().fail_all("TransactWriteItems", InjectedFault::InternalServerError, Times::Always);
    browser.start(phone).await;
    stack.proxy().heal();

    let events: Vec<_> = logs.lines()[before..].iter().map(event).collect();
    assert_eq!(
        events,
        [
            "INFO problem unsupported-number",
            "INFO metric texts_sent",
            "INFO metric codes_compared",
            "INFO problem wrong-code",
            "INFO metric codes_compared",
            "INFO metric codes_verified",
            "INFO problem no-session",
            "INFO metric texts_sent",
            "INFO metric texts_suppressed",
            "WARN text not sent: SNS refused it, a new code can be requested",
            "INFO metric texts_failed",
            "WARN problem unavailable",
        ]
    );
}

/// A line in short: how grave it is, and what it counts, refuses or says.
fn event(line: &Value) -> String {
    let level = line["level"].as_str().expect("a level");
    for name in ["metric", "problem"] {
        if let Some(value) = line[name].as_str() {
            assert!(name != "problem" || line["request_id"].is_string(), "no request id: {line}");
            return format!("{level} {name} {value}");
        }
    }
    format!("{level} {}", line["message"].as_str().expect("a message"))
}
