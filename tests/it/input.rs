//! Bad input, one case a line: codes, bodies, names, cookies, addresses.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use tests::dump::number;
use tests::phones::{ADA, BEA};
use tests::stack::Stack;

/// Sixty things that are not six to eight ASCII digits (I-04). None costs an attempt, none is compared.
fn bad_codes() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "-",
        "1",
        "12",
        "123",
        "1234",
        "12345",
        "123456789",
        "1234567890123456",
        "abcdef",
        "12345a",
        "a12345",
        "12 34a 56",
        "+123456",
        "-123456x",
        "+12345",
        "1e5000",
        "1E10000",
        "123456.0",
        "1234.56",
        "12,345,6",
        "0x1E240",
        "0b111111",
        "0o361100",
        "1_000_000",
        "१२३४५",
        "１２３４５６７８９",
        "𝟏𝟐𝟑𝟒𝟓",
        "½½½½½½",
        "12345\u{200b}",
        "²³¹⁴⁵⁶",
        "①②③④⑤⑥",
        "一二三四五六",
        "123456\u{0}",
        "\u{0}123456",
        "123\u{0}456",
        "123456;",
        "123456'--",
        "' OR 1=1 --",
        "%31%32%33%34%35%36",
        "\u{202e}54321",
        "123456#",
        "*",
        "null",
        "true",
        "undefined",
        "NaN",
        "Infinity",
        "{}",
        "[]",
    ];
    let mut codes: Vec<Value> = texts.iter().map(|text| json!(text)).collect();
    codes.extend([
        Value::Null,
        json!(true),
        json!(123_456),
        json!(123_456.0),
        json!(["123456"]),
        json!(["000000", "000001", "000002"]),
        json!({"code": "123456"}),
        json!({"S": "123456"}),
        json!("1".repeat(1_900)),
    ]);
    assert!(codes.len() >= 60, "{}", codes.len());
    codes
}

/// No bad code is compared or counted, before and after the text went out (I-04, I-05).
#[tokio::test]
async fn a_bad_code_is_neither_compared_nor_counted() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    browser.start(ADA).await;
    for sent in [false, true] {
        if sent {
            stack.deliver().await;
        }
        for code in bad_codes() {
            let refused = browser.post("/auth/code", &json!({ "code": code })).await;
            let name = refused.problem();
            assert!(name == "invalid-code" || name == "invalid-request", "{code}: {name}");
            assert_eq!(refused.status, 400, "{code}");
        }
    }
    assert_eq!(stack.compares(), 0);
    assert_eq!(number(stack.dump().await.request(), "attempts"), 0);
    assert_eq!(browser.submit(&stack.newest_code(ADA)).await.status, 200);
}

/// Unknown and doubled fields, queries, and bodies that are no object are refused (I-09).
#[tokio::test]
async fn only_the_known_fields_are_read_and_each_once() {
    let stack = Stack::watched().await;
    let bodies = [
        ("/auth/login", format!(r#"{{"phone":"{ADA}","phone":"{BEA}"}}"#)),
        ("/auth/login", format!(r#"{{"phone":"{ADA}","lang":"en"}}"#)),
        ("/auth/login", format!(r#"{{"Phone":"{ADA}"}}"#)),
        ("/auth/login", format!(r#"[{{"phone":"{ADA}"}}]"#)),
        ("/auth/login", format!(r#""{ADA}""#)),
        ("/auth/login", format!(r#"{{"phone":"{ADA}"}} {{}}"#)),
        ("/auth/login", format!("{{\"phone\":\"{ADA}\"")),
        ("/auth/login", format!(r#"{{"phone":["{ADA}"]}}"#)),
        ("/auth/login", format!(r#"{{"phone":{}}}"#, &ADA[1..])),
        ("/auth/login", format!("\u{feff}{{\"phone\":\"{ADA}\"}}")),
        ("/auth/login", "{}".to_owned()),
        ("/auth/login", String::new()),
        ("/auth/login", "null".to_owned()),
        ("/auth/login/resend", format!(r#"{{"phone":"{ADA}"}}"#)),
        ("/auth/login/resend", "[]".to_owned()),
        ("/auth/code", r#"{"code":"123456","code":"123457"}"#.to_owned()),
        ("/auth/register", r#"{"name":"Ada","id":"1"}"#.to_owned()),
        ("/auth/register", r#"{"name":"Ada","name":"Eve"}"#.to_owned()),
    ];
    for (path, body) in bodies {
        let refused = stack.browser().ask(&Method::POST, path, Bytes::from(body.clone())).await;
        assert_eq!((refused.status, refused.problem().as_str()), (400, "invalid-request"), "{path} {body}");
    }
    for path in ["/auth/login?phone=1", "/auth/login?x", "/auth/code?code=123456", "/auth/session?id=1"] {
        let method = if path.starts_with("/auth/session") { Method::GET } else { Method::POST };
        let refused = stack.browser().ask(&method, path, Bytes::from(format!(r#"{{"phone":"{ADA}"}}"#))).await;
        assert_eq!((refused.status, refused.problem().as_str()), (400, "invalid-request"), "{path}");
    }
    assert!(stack.proxy().calls().is_empty());
}

/// Large, deep and undecodable bodies are refused before anything is done with them (I-06).
#[tokio::test]
async fn large_and_deep_bodies_are_refused() {
    let stack = Stack::watched().await;
    for path in ["/auth/login", "/auth/login/resend", "/auth/code", "/auth/register"] {
        for size in [2_049, 4_096, 1_000_000] {
            let body = format!(r#"{{"phone":"{}"}}"#, "1".repeat(size - 12));
            let refused = stack.browser().ask(&Method::POST, path, Bytes::from(body)).await;
            assert_eq!((refused.status, refused.problem().as_str()), (413, "body-too-large"), "{path}, {size} bytes");
        }
        for body in [nested("[", "]", 1_000), nested(r#"{"a":"#, "}", 250), nested("[", "", 2_000)] {
            let refused = stack.browser().ask(&Method::POST, path, Bytes::from(body)).await;
            assert_eq!(refused.problem(), "invalid-request", "{path}");
        }
        for body in [&[0xff, 0xfe, 0x00][..], &[0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d], &[0]] {
            let refused = stack.browser().ask(&Method::POST, path, Bytes::from(body.to_vec())).await;
            assert_eq!(refused.problem(), "invalid-request", "{path} {body:?}");
        }
    }
    assert!(stack.proxy().calls().is_empty());
}

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

/// Names: 1 to 64 characters, no control characters.
#[tokio::test]
async fn bad_names_do_not_use_up_the_right_to_register() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    browser.submit(&code).await;
    let long = "x".repeat(65);
    for name in ["", "   ", "\u{0}", "A\nB", "A\u{7f}", "a\u{202e}dA", "\u{3164}", long.as_str()] {
        assert_eq!(browser.register(name).await.problem(), "invalid-name", "{name:?}");
    }
    for name in [json!(1), json!(["Ada"]), json!({})] {
        assert_eq!(browser.post("/auth/register", &json!({ "name": name })).await.problem(), "invalid-request");
    }
    assert_eq!(browser.register(&"Å".repeat(64)).await.status, 201);
}

/// Cookies that Doorcode cannot have made are refused before they cost a call to the table (F-10).
#[tokio::test]
async fn forged_cookies_cost_no_call_to_the_table() {
    let stack = Stack::watched().await;
    let long = "A".repeat(5_000);
    let forged = [
        "",
        "x",
        "null",
        "../../etc/passwd",
        "AAAA",
        &"A".repeat(42),
        &"A".repeat(44),
        &"A".repeat(43).replace('A', "!"),
        &format!("{}=", "A".repeat(42)),
        &format!("{}B", "A".repeat(42)),
        &"%41".repeat(43),
        "REQUEST#1",
        long.as_str(),
    ];
    for value in forged {
        let mut browser = stack.browser();
        for name in ["__Host-session", "__Host-login", "__Host-device"] {
            browser.set_cookie(name, value);
        }
        assert_eq!(browser.session().await.problem(), "no-session", "{value:?}");
        assert_eq!(browser.sign_out().await.problem(), "no-session", "{value:?}");
        assert_eq!(browser.submit("123456").await.problem(), "login-request-over", "{value:?}");
        assert_eq!(browser.resend().await.problem(), "no-login-request", "{value:?}");
        assert_eq!(browser.register("Eve").await.problem(), "not-verified", "{value:?}");
    }
    assert!(stack.proxy().calls().is_empty(), "{:?}", stack.proxy().calls());
}

/// Cookies of others, and huge ones, do not break a login (C-19).
#[tokio::test]
async fn unknown_cookies_do_not_break_a_login() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    browser.set_cookie("theme", "dark");
    browser.set_cookie("huge", &"x".repeat(6_000));
    browser.set_cookie("odd", "a=b=c%00\"");
    browser.sign_in(ADA).await;
    assert_eq!(browser.session().await.status, 200);
}

/// The `Host` header does not reach the text (I-07).
#[tokio::test]
async fn the_host_header_does_not_reach_the_text() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let mut request =
        browser.request(&Method::POST, "/auth/login").body(Bytes::from(format!(r#"{{"phone":"{ADA}"}}"#)));
    for name in ["host", "x-forwarded-host"] {
        let headers = request.as_mut().expect("a request").headers_mut();
        headers.insert(name, "evil.example".parse().expect("a header"));
    }
    browser.send(request.expect("a request")).await;
    stack.deliver().await;
    for message in stack.texts(ADA) {
        assert!(!message.text.contains("evil"), "{}", message.text);
    }
}
