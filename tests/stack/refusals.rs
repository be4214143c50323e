//! What is refused, and how that is told.

use bytes::Bytes;
use http::Method;
use serde_json::json;
use tests::phones::{BRITISH, LANDLINE};

use crate::person::Person;

/// Each refusal is the problem of that name, with its status (I-10).
#[tokio::test]
async fn refusals_are_problems() {
    let mut person = Person::new().await;
    let cases = [
        ("/auth/login", json!({ "phone": "hello" }), "invalid-phone", 400),
        ("/auth/login", json!({ "phone": LANDLINE }), "unsupported-number", 422),
        ("/auth/login", json!({ "phone": BRITISH, "more": 1 }), "invalid-request", 400),
        ("/auth/login", json!([]), "invalid-request", 400),
        ("/auth/login", json!({ "phone": "7".repeat(3_000) }), "body-too-large", 413),
        ("/auth/login/resend", json!({}), "no-login-request", 404),
        ("/auth/code", json!({ "code": "12" }), "invalid-code", 400),
        ("/auth/code", json!({ "code": "123456" }), "login-request-over", 410),
        ("/auth/register", json!({ "name": "x".repeat(65) }), "invalid-name", 400),
        ("/auth/register", json!({}), "not-verified", 403),
    ];
    for (path, body, problem, status) in cases {
        let answer = person.post(path, &body).await;
        assert_eq!((answer.problem().as_str(), answer.status), (problem, status), "{path} {body}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path} {body}");
    }
    for (method, path, problem, status) in [
        (Method::GET, "/auth/session", "no-session", 401),
        (Method::DELETE, "/auth/session", "no-session", 401),
        (Method::GET, "/auth/login", "method-not-allowed", 405),
        (Method::GET, "/nowhere", "not-found", 404),
    ] {
        let answer = person.ask(&method, path, Bytes::new()).await;
        assert_eq!((answer.problem().as_str(), answer.status), (problem, status), "{method} {path}");
    }
}

/// A call that changes something must come from a page of the stack.
#[tokio::test]
async fn other_sites_are_refused() {
    let mut person = Person::new().await;
    for (name, value) in [
        ("x-nothing", "neither header is there"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let request = person.request(&Method::POST, "/auth/login").header(name, value);
        let body = json!({ "phone": person.number }).to_string();
        let answer = person.send(request.body(Bytes::from(body)).expect("a request")).await;
        assert_eq!((answer.problem().as_str(), answer.status), ("forbidden-origin", 403), "{name}: {value}");
    }
    assert!(person.target.texts.to(&person.number).await.is_empty());
}
