//! A login that is begun again in the browser that has one under way, and pages that were left behind by it.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;
use tests::browser::{Browser, ORIGIN};
use tests::phones::{ADA, BEA};
use tests::stack::Stack;

/// Two tabs and two numbers: the page of the login that was replaced is told so, and uses up nothing of the other.
#[tokio::test]
async fn a_page_that_was_left_behind_costs_nothing() {
    let stack = Stack::watched().await;
    let mut browser = stack.browser();
    let first = browser.start(ADA).await.json()["login"].clone();
    let second = browser.start(BEA).await.json()["login"].clone();
    stack.deliver().await;
    let code = stack.newest_code(BEA);
    stack.advance(60);
    stack.proxy().forget();
    for (path, body) in [
        ("/auth/code", json!({"code": code, "login": first})),
        ("/auth/code", json!({"code": "000000", "login": "something else"})),
        ("/auth/login/resend", json!({"login": first})),
    ] {
        let refused = browser.post(path, &body).await;
        assert_eq!((refused.status, refused.problem().as_str()), (409, "login-request-replaced"), "{body}");
    }
    assert!(stack.proxy().calls().is_empty(), "no attempt and no code request");
    assert_eq!(browser.post("/auth/login/resend", &json!({"login": second})).await.json()["attempts_left"], 3);
    assert_eq!(browser.post("/auth/code", &json!({"code": code, "login": second})).await.status, 200);
}

/// The name of a login opens nothing, and it is neither in the cookie nor in the table.
#[tokio::test]
async fn the_name_of_a_login_opens_nothing() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let started = browser.start(ADA).await;
    stack.deliver().await;
    let login = started.json()["login"].as_str().unwrap().to_owned();
    assert!(!browser.cookie("__Host-login").unwrap().contains(&login));
    assert!(stack.dump().await.texts().iter().all(|text| !text.contains(&login)));
    let code = stack.newest_code(ADA);
    let body = json!({"code": code, "login": login});
    assert_eq!(stack.browser().post("/auth/code", &body).await.problem(), "login-request-over");
    assert_eq!(browser.resend().await.problem(), "too-many-requests");
    stack.advance(30);
    assert_eq!(browser.resend().await.json()["login"], login, "the same login, the same name");
}

/// A body that is not there needs no content type, if the call comes from a page of the service (C-09).
#[tokio::test]
async fn a_call_without_a_body_needs_no_content_type() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    browser.sign_in(ADA).await;
    stack.advance(60);
    browser.start(ADA).await;
    stack.advance(60);
    for (path, status) in [("/auth/login/resend", 202), ("/auth/unlock", 204), ("/auth/register", 400)] {
        for (header, value) in [("origin", ORIGIN), ("sec-fetch-site", "same-origin")] {
            let request = bare(&browser, path).header(header, value).body(Bytes::new()).unwrap();
            let answer = browser.clone().send(request).await;
            assert_eq!(answer.status, status, "{path} with {header}: {answer:?}");
        }
        let foreign = bare(&browser, path).header("origin", "https://evil.example").body(Bytes::new()).unwrap();
        assert_eq!(browser.clone().send(foreign).await.problem(), "forbidden-origin");
        let silent = bare(&browser, path).body(Bytes::new()).unwrap();
        assert_eq!(browser.clone().send(silent).await.problem(), "forbidden-origin");
        let text = bare(&browser, path).header("origin", ORIGIN).body(Bytes::from_static(b"{}")).unwrap();
        assert_eq!(browser.clone().send(text).await.problem(), "unsupported-media-type");
    }
}

/// A call with the cookies of the browser and nothing else.
fn bare(browser: &Browser, path: &str) -> http::request::Builder {
    let request = Request::builder().method(Method::POST).uri(path).header("host", "login.example");
    request.header("cookie", browser.cookie_header())
}
