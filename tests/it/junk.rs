//! Calls that no page makes: refused before anything is asked of the table, so that they cost nothing there.

use bytes::Bytes;
use http::Method;
use tests::browser::Browser;
use tests::phones::{ADA, BRITISH, LANDLINE};
use tests::stack::Stack;

/// What changes the table, with a body that is right.
const CALLS: [(&str, &str, &str); 7] = [
    ("POST", "/auth/login", r#"{"phone": "+46701740605"}"#),
    ("POST", "/auth/login/resend", "{}"),
    ("POST", "/auth/code", r#"{"code": "123456"}"#),
    ("POST", "/auth/register", "{}"),
    ("POST", "/auth/lock", "{}"),
    ("POST", "/auth/unlock", "{}"),
    ("DELETE", "/auth/session", ""),
];

/// Sends a call with one thing changed.
async fn send(browser: &Browser, (method, path, body): (&str, &str, &str), header: (&str, &str)) -> u16 {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = browser.request(&method, path).body(Bytes::from(body.to_owned())).unwrap();
    let (name, value) = header;
    if !name.is_empty() {
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    browser.clone().send(request).await.status
}

/// Requirements I-06, S-09: each way of being junk, at each handler.
#[tokio::test]
async fn junk_asks_nothing_of_the_table() {
    let stack = Stack::watched().await;
    let browser = stack.browser();
    let long = format!(r#"{{"phone": "{}"}}"#, "1".repeat(3_000));
    let mut junk = 0;
    for call @ (method, path, _) in CALLS {
        let with_query = format!("{path}?a=b");
        let mut cases = vec![
            (call, ("origin", "https://elsewhere.example")),
            (call, ("sec-fetch-site", "cross-site")),
            ((method, with_query.as_str(), call.2), ("", "")),
        ];
        if method == "POST" {
            cases.push((call, ("content-type", "text/plain")));
        }
        let bodies = ["[]", "{", "null", r#"{"other": 1}"#, r#"{"phone": 1}"#, "\u{0}", long.as_str()];
        cases.extend(bodies.map(|body| ((method, path, body), ("", ""))));
        if path != "/auth/login" {
            // Who has no cookie, or one that was never given, has nothing to go on with.
            cases.push((call, ("", "")));
            let name = if path.ends_with("lock") || method == "DELETE" { "__Host-session" } else { "__Host-login" };
            for value in
                ["", "short", "%00", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]
            {
                let cookie = format!("{name}={value}");
                assert!((400..500).contains(&send(&browser, call, ("cookie", &cookie)).await), "{path} {cookie}");
                junk += 1;
            }
        }
        for (call, header) in cases {
            let status = send(&browser, call, header).await;
            assert!((400..500).contains(&status), "{call:?} {header:?}: {status}");
            junk += 1;
        }
    }
    for phone in ["", "one", "112", LANDLINE, BRITISH, "+46701740605 +46701740606"] {
        let body = format!(r#"{{"phone": "{phone}"}}"#);
        assert!((400..500).contains(&send(&browser, ("POST", "/auth/login", &body), ("", "")).await), "{phone}");
        junk += 1;
    }
    let country = format!(r#"{{"phone": "{ADA}", "country": "GB"}}"#);
    assert_eq!(send(&browser, ("POST", "/auth/login", &country), ("", "")).await, 400);
    assert!(junk > 90, "{junk} kinds of junk");
    assert_eq!(stack.proxy().signatures(), Vec::<String>::new());
}
