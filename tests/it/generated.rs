//! Ten thousand generated inputs. Whatever comes in, the answer is a refusal that says so: no panic, no 5xx, no write,
//! no noise in the log (I-11).

use std::cell::Cell;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tests::answer::Answer;
use tests::browser::Browser;
use tests::logs::Logs;
use tests::stack::Stack;
use tokio::runtime::{Builder, Runtime};

const PATHS: [&str; 4] = ["/auth/login", "/auth/login/resend", "/auth/code", "/auth/register"];

/// Bodies of every kind, to every route that reads one (I-11).
#[test]
fn generated_bodies_are_refused() {
    let body = prop_oneof![
        4 => json_text(),
        2 => field_text(),
        1 => vec(any::<u8>(), 0..2_500),
        1 => any::<String>().prop_map(String::into_bytes),
        1 => (1_usize..1_500).prop_map(|depth| [vec![b'['; depth], vec![b']'; depth]].concat()),
    ];
    check(4_000, (0..PATHS.len(), body), |browser, (path, body)| {
        let request = browser.request(&Method::POST, PATHS[path]).body(Bytes::from(body));
        request.expect("a request")
    });
}

/// Phone numbers that are none, and some that are (I-11).
#[test]
fn generated_phone_numbers_are_refused_or_read() {
    let phone = prop_oneof![
        3 => "[+0-9 ()./-]{0,24}",
        2 => "\\+[0-9]{1,20}",
        2 => "[0-9٠-٩०-९０-９+]{0,20}",
        1 => "\\PC{0,64}",
        1 => any::<String>(),
        1 => Just("1".repeat(2_000)),
        1 => "[+0-9\\x00\\n\\r]{0,30}",
    ];
    check(3_000, phone, |browser, phone| {
        let body = serde_json::json!({ "phone": phone }).to_string();
        browser.request(&Method::POST, "/auth/login").body(Bytes::from(body)).expect("a request")
    });
}

/// Headers and cookies of every kind, on every route (I-11).
#[test]
fn generated_headers_and_cookies_are_refused() {
    let name = prop_oneof![
        2 => Just("cookie".to_owned()),
        1 => prop::sample::select(vec!["origin", "sec-fetch-site", "content-type", "host", "content-length"]).prop_map(str::to_owned),
        1 => "[a-zA-Z0-9-]{1,40}",
    ];
    let value = prop_oneof![
        2 => cookies().prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..200),
        1 => "[ -~]{0,100}".prop_map(String::into_bytes),
        1 => Just(vec![b'a'; 5_000]),
    ];
    let headers = vec((name, value), 1..5);
    check(3_000, (0..7_usize, headers), |browser, (route, headers)| {
        let (method, path) = match route {
            0..4 => (Method::POST, PATHS[route]),
            4 => (Method::GET, "/auth/session"),
            5 => (Method::DELETE, "/auth/session"),
            _ => (Method::PUT, "/auth/session"),
        };
        let mut request =
            browser.request(&method, path).body(Bytes::from_static(br#"{"code":"123456"}"#)).expect("a request");
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(&value)) {
                request.headers_mut().append(name, value);
            }
        }
        request
    });
}

/// Objects with the fields that the API knows, and values that it does not.
fn field_text() -> impl Strategy<Value = Vec<u8>> {
    let field = prop::sample::select(vec!["phone", "code", "name", "Phone", "state", "__proto__", ""]);
    let value = prop_oneof![any::<String>(), "[0-9]{0,5}", Just("\0".to_owned()), Just("1".repeat(2_000))];
    vec((field, value), 0..4).prop_map(|fields| {
        let fields =
            fields.into_iter().map(|(name, value)| format!("{}:{}", serde_json::json!(name), serde_json::json!(value)));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(",")).into_bytes()
    })
}

/// Any JSON.
fn json_text() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    let json = leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Into::into),
            vec(("phone|code|name|[a-z]{1,6}", inner), 0..6)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    });
    json.prop_map(|json| json.to_string().into_bytes())
}

fn cookies() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["__Host-session", "__Host-login", "__Host-device", "__host-session", "x", ""]);
    let value = prop_oneof!["[A-Za-z0-9_-]{40,46}", "[ -~]{0,60}", Just(String::new())];
    vec((name, value), 0..5).prop_map(|pairs| {
        pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    })
}

/// Sends `cases` generated requests, each from an address of its own, and checks each answer.
fn check<S: Strategy>(cases: u32, inputs: S, make: impl Fn(&Browser, S::Value) -> http::Request<Bytes>) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let stack = runtime.block_on(Stack::watched());
    let logs = Logs::capture();
    let taken = Cell::new(0);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&inputs, |input| {
        let answer = send(&runtime, &stack, &make, input);
        taken.set(taken.get() + u32::from(answer.status < 300));
        check_answer(&stack, &answer);
        Ok(())
    });
    outcome.expect("an answer as it should be");
    assert!(taken.get() < cases / 2, "{} of {cases} inputs were good: the generator is too tame", taken.get());
    for line in logs.lines() {
        let level = line["level"].as_str().expect("a level");
        assert!(["INFO", "DEBUG", "TRACE"].contains(&level), "noise in the log: {line}");
    }
    assert!(!logs.lines().is_empty(), "nothing was logged at all: the capture is broken");
}

fn send<V>(runtime: &Runtime, stack: &Stack, make: impl Fn(&Browser, V) -> http::Request<Bytes>, input: V) -> Answer {
    stack.proxy().forget();
    let mut browser = stack.browser();
    let request = make(&browser, input);
    runtime.block_on(browser.send(request))
}

/// A refusal is a problem and writes nothing; what is taken is a code request, in one transaction.
fn check_answer(stack: &Stack, answer: &Answer) {
    let calls = stack.proxy().calls();
    if answer.status == 202 {
        assert_eq!(calls.len(), 1, "{calls:?}");
        return;
    }
    assert!((400..500).contains(&answer.status), "{answer:?}");
    let name = answer.problem();
    assert_ne!(name, "unavailable");
    // A well-formed cookie that nobody was given is looked for, in vain.
    let written = calls.iter().filter(|call| call.writes() && !call.signature.starts_with("UpdateItem REQUEST"));
    assert_eq!(
        written.filter(|call| !call.signature.starts_with("DeleteItem SESSION")).count(),
        0,
        "{name}: {calls:?}"
    );
    assert_eq!(stack.compares(), 0);
}
