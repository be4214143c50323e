//! Only Doorcode's own pages may change anything: methods, content types, origins, fetch metadata (C-08, C-09).

use bytes::Bytes;
use http::Method;
use tests::answer::Answer;
use tests::browser::{Browser, ORIGIN};
use tests::phones::ADA;
use tests::stack::Stack;

/// What a request says about where it comes from, and whether it may pass.
type Cell = (Option<&'static str>, Option<&'static str>, bool);

/// `Origin`, `Sec-Fetch-Site`, allowed.
const ORIGINS: [Cell; 26] = [
    (Some(ORIGIN), Some("same-origin"), true),
    (Some(ORIGIN), None, true),
    (None, Some("same-origin"), true),
    (None, None, false),
    (Some(ORIGIN), Some("same-site"), false),
    (Some(ORIGIN), Some("cross-site"), false),
    (Some(ORIGIN), Some("none"), false),
    (Some(ORIGIN), Some(""), false),
    (Some(ORIGIN), Some("Same-Origin"), false),
    (None, Some("same-site"), false),
    (None, Some("cross-site"), false),
    (None, Some("none"), false),
    (Some("null"), Some("same-origin"), false),
    (Some("null"), None, false),
    (Some(""), None, false),
    (Some("https://evil.example"), Some("same-origin"), false),
    (Some("https://evil.example"), Some("cross-site"), false),
    (Some("https://evil.example"), None, false),
    (Some("http://login.example"), None, false),
    (Some("https://login.example.evil.example"), None, false),
    (Some("https://evil-login.example"), None, false),
    (Some("https://sub.login.example"), None, false),
    (Some("https://login.example:444"), None, false),
    (Some("https://login.example/"), None, false),
    (Some("https://login.example@evil.example"), None, false),
    (Some("https://login.example, https://evil.example"), None, false),
];

/// Each route that changes something, with the status that it gives to a browser without cookies when it lets the
/// request pass.
const ROUTES: [(Method, &str, &str, u16); 5] = [
    (Method::POST, "/auth/login", r#"{"phone":"+46701740605"}"#, 202),
    (Method::POST, "/auth/login/resend", "{}", 404),
    (Method::POST, "/auth/code", r#"{"code":"123456"}"#, 410),
    (Method::POST, "/auth/register", r#"{"name":"Ada"}"#, 403),
    (Method::DELETE, "/auth/session", "", 401),
];

/// The matrix of origins: every cell on every route that changes something (C-09).
#[tokio::test]
async fn only_an_allowed_origin_changes_anything() {
    let stack = Stack::watched().await;
    for (method, path, body, passes) in &ROUTES {
        for (origin, site, allowed) in ORIGINS {
            stack.proxy().forget();
            let answer = from(&stack.browser(), method, path, body, origin, site).await;
            let cell = format!("{method} {path}, origin {origin:?}, sec-fetch-site {site:?}");
            if allowed {
                assert_eq!(answer.status, *passes, "{cell}: {answer:?}");
                assert_ne!(answer_problem(&answer), "forbidden-origin", "{cell}");
            } else {
                assert_eq!((answer.status, answer.problem().as_str()), (403, "forbidden-origin"), "{cell}");
                assert!(answer.cookies().is_empty(), "{cell}");
                assert!(stack.proxy().calls().is_empty(), "{cell}: the table was asked");
            }
        }
    }
}

/// The attacker's own right code, sent by the victim's browser from another site, signs nobody in (C-08).
#[tokio::test]
async fn nobody_is_signed_in_from_another_site() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    let body = format!(r#"{{"code":"{code}"}}"#);
    let evil = Some("https://evil.example");
    let answer = from(&browser, &Method::POST, "/auth/code", &body, evil, Some("cross-site")).await;
    assert_eq!(answer.problem(), "forbidden-origin");
    assert!(answer.cookies().is_empty());
    assert_eq!(stack.compares(), 0);
    assert_eq!(browser.submit(&code).await.status, 200, "and the code is still good");
}

/// Bodies are JSON and say so: what an HTML form can send is refused (C-09).
#[tokio::test]
async fn only_json_is_read() {
    let stack = Stack::watched().await;
    let types = [
        None,
        Some(""),
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/jsonp"),
        Some("application/problem+json"),
        Some("text/json"),
        Some("text/plain; application/json"),
        Some("application/json, text/plain"),
    ];
    for (method, path, body, _) in ROUTES.iter().filter(|(method, ..)| method == Method::POST) {
        for content_type in types {
            let answer = typed(&stack.browser(), method, path, body, content_type).await;
            let cell = format!("{path} as {content_type:?}");
            assert_eq!((answer.status, answer.problem().as_str()), (415, "unsupported-media-type"), "{cell}");
        }
    }
    assert!(stack.proxy().calls().is_empty());
    for content_type in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        let body = r#"{"phone":"+46701740605"}"#;
        let answer = typed(&stack.browser(), &Method::POST, "/auth/login", body, Some(content_type)).await;
        assert_eq!(answer.status, 202, "{content_type}: {answer:?}");
    }
}

/// Other methods are refused, and the answer says which are allowed (C-09).
#[tokio::test]
async fn other_methods_are_refused() {
    let stack = Stack::watched().await;
    let routes = [
        ("/auth/login", "POST"),
        ("/auth/login/resend", "POST"),
        ("/auth/code", "POST"),
        ("/auth/register", "POST"),
        ("/auth/session", "GET, DELETE"),
    ];
    for (path, allowed) in routes {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"] {
            if allowed.split(", ").any(|known| known == method) {
                continue;
            }
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let answer = stack.browser().ask(&method, path, Bytes::new()).await;
            let cell = format!("{method} {path}");
            assert_eq!((answer.status, answer.problem().as_str()), (405, "method-not-allowed"), "{cell}");
            assert!(answer.headers("access-control-allow-origin").next().is_none(), "{cell}");
            let mut names: Vec<_> = answer.header("allow").expect(&cell).split(", ").collect();
            names.retain(|name| *name != "HEAD");
            names.sort_unstable();
            let mut expected: Vec<_> = allowed.split(", ").collect();
            expected.sort_unstable();
            assert_eq!(names, expected, "{cell}");
        }
    }
    assert!(stack.proxy().calls().is_empty());
}

/// No answer opens the API to pages of another origin (C-09).
#[tokio::test]
async fn no_answer_allows_another_origin() {
    let stack = Stack::new().await;
    for (method, path, body, _) in &ROUTES {
        let answer = from(&stack.browser(), method, path, body, Some("https://evil.example"), None).await;
        let opens = answer.headers.iter().any(|(name, _)| name.starts_with("access-control-"));
        assert!(!opens, "{answer:?}");
    }
}

async fn from(
    browser: &Browser,
    method: &Method,
    path: &str,
    body: &str,
    origin: Option<&str>,
    site: Option<&str>,
) -> Answer {
    let mut request = browser.request(method, path).body(Bytes::from(body.to_owned())).expect("a request");
    let headers = request.headers_mut();
    for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
        headers.remove(name);
        if let Some(value) = value {
            headers.insert(name, value.parse().expect("a header"));
        }
    }
    browser.clone().send(request).await
}

async fn typed(browser: &Browser, method: &Method, path: &str, body: &str, content_type: Option<&str>) -> Answer {
    let mut request = browser.request(method, path).body(Bytes::from(body.to_owned())).expect("a request");
    request.headers_mut().remove("content-type");
    if let Some(content_type) = content_type {
        request.headers_mut().insert("content-type", content_type.parse().expect("a header"));
    }
    browser.clone().send(request).await
}

fn answer_problem(answer: &Answer) -> String {
    if answer.status >= 400 { answer.problem() } else { String::new() }
}
