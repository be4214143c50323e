//! A code is good for one browser, one login request, one number, one purpose; and no step opens without the one
//! before it.

use http::Method;
use serde_json::json;
use tests::browser::{Browser, other_code};
use tests::dump::number;
use tests::phones::{ADA, BEA};
use tests::stack::Stack;

/// The right code without the cookie of the browser that requested it is refused, and costs that browser nothing
/// (C-01).
#[tokio::test]
async fn the_right_code_without_the_cookie_is_refused() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    let refused = stack.browser().submit(&code).await;
    assert_eq!((refused.status, refused.problem().as_str()), (410, "login-request-over"));
    assert!(refused.cookie("__Host-session").is_none());
    assert_eq!(stack.compares(), 0);
    assert_eq!(attempts(&stack).await, [0]);
    assert_eq!(browser.submit(&code).await.status, 200);
}

/// The right code in another browser with a login request of its own is a wrong code there (C-01, C-02).
#[tokio::test]
async fn the_right_code_in_another_browser_is_a_wrong_code() {
    let stack = Stack::new().await;
    let (mut browser, mut other) = (stack.browser(), stack.browser());
    let code = browser.request_code(ADA).await;
    let others = other.request_code(BEA).await;
    if code != others {
        let refused = other.submit(&code).await;
        assert_eq!(refused.problem(), "wrong-code");
        assert_eq!(refused.json()["attempts_left"], 2);
    }
    assert_eq!(browser.submit(&code).await.status, 200, "the first browser lost nothing");
}

/// Two browsers request codes for the same number: the code of one is wrong in the other (C-01, C-02).
#[tokio::test]
async fn the_code_of_another_browser_for_the_same_number_is_a_wrong_code() {
    let stack = Stack::new().await;
    let (mut first, mut second) = (stack.browser(), stack.browser());
    let first_code = first.request_code(ADA).await;
    stack.advance(30);
    let second_code = second.request_code(ADA).await;
    if first_code != second_code {
        assert_eq!(first.submit(&second_code).await.problem(), "wrong-code");
        assert_eq!(second.submit(&first_code).await.problem(), "wrong-code");
    }
    assert_eq!(first.submit(&first_code).await.status, 200);
    assert_eq!(second.submit(&second_code).await.status, 200);
}

/// A browser that requests a code for another number has given up its older login request: the old cookie opens nothing
/// (C-01).
#[tokio::test]
async fn the_cookie_of_an_older_request_is_over() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let old_code = browser.request_code(ADA).await;
    let mut old = browser.clone();
    stack.advance(30);
    let code = browser.request_code(BEA).await;
    assert_ne!(old.cookie("__Host-login"), browser.cookie("__Host-login"));
    assert_eq!(old.submit(&old_code).await.problem(), "login-request-over", "the request that was replaced");
    assert_eq!(browser.submit(&code).await.status, 200);
}

/// Unrecognized browsers that request codes for the same number, and guess, do not disturb the browser that came first
/// (G-10).
#[tokio::test]
async fn unrecognized_browsers_do_not_disturb_a_login() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    for _ in 0..5 {
        let mut unrecognized = stack.browser();
        unrecognized.start(ADA).await;
        stack.deliver().await;
        for index in 0..3 {
            unrecognized.submit(&other_code(&code, index)).await;
        }
    }
    assert_eq!(browser.submit(&code).await.status, 200);
}

/// Unrecognized browsers that drive a number's retry delay to hours do not keep out a browser that signed in before
/// (G-09).
#[tokio::test]
async fn unrecognized_browsers_do_not_keep_a_recognized_browser_out() {
    let stack = Stack::new().await;
    let mut recognized = stack.browser();
    recognized.sign_in(ADA).await;
    for wait in [30, 60, 120, 240, 480, 960, 1920] {
        stack.browser().start(ADA).await;
        stack.deliver().await;
        stack.advance(wait);
    }
    stack.browser().start(ADA).await;
    stack.deliver().await;
    let texts = stack.texts(ADA).len();
    let code = recognized.request_code(ADA).await;
    assert_eq!(stack.texts(ADA).len(), texts + 1, "the recognized browser was made to wait");
    assert_eq!(recognized.submit(&code).await.status, 200);
}

/// A hash that was moved to another login request proves nothing there: the request is part of what was hashed (C-02).
#[tokio::test]
async fn a_hash_moved_to_another_request_proves_nothing() {
    let stack = Stack::new().await;
    let (mut first, mut second) = (stack.browser(), stack.browser());
    let code = first.request_code(ADA).await;
    let hash = stack.dump().await.request()["code_hash"].clone();
    stack.advance(30);
    second.request_code(ADA).await;
    for item in stack.dump().await.all("REQUEST#") {
        let mut item = item.clone();
        item.insert("code_hash".to_owned(), hash.clone());
        let put = stack.dynamodb().put_item().table_name(stack.table_name()).set_item(Some(item));
        put.send().await.expect("a write past the functions");
    }
    assert_eq!(second.submit(&code).await.problem(), "wrong-code");
    assert_eq!(first.submit(&code).await.status, 200, "the hash is good where it was made");
}

/// `POST /auth/code` takes a code and nothing else: not a number, not a user, not a request (C-03, I-09).
#[tokio::test]
async fn a_code_comes_without_a_number_or_a_user() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    for field in ["phone", "user_id", "user", "number_id", "request", "purpose", "attempts"] {
        let refused = browser.post("/auth/code", &json!({"code": code, field: BEA})).await;
        assert_eq!((refused.status, refused.problem().as_str()), (400, "invalid-request"), "{field}");
    }
    assert_eq!((stack.compares(), attempts(&stack).await), (0, vec![0]));
    assert_eq!(browser.submit(&code).await.status, 200);
}

/// No step opens without the one before it, whatever cookies a browser brings (C-04, I-05, E-02).
#[tokio::test]
async fn no_step_opens_without_the_one_before() {
    let stack = Stack::new().await;
    let nothing = stack.browser();
    let mut started = stack.browser();
    started.start(ADA).await;
    assert_eq!(steps(&nothing).await, [("login-request-over", "not-verified", "no-session"); 1][0]);
    assert_eq!(steps(&started).await, ("wrong-code", "not-verified", "no-session"));
    stack.deliver().await;
    assert_eq!(steps(&started).await, ("wrong-code", "not-verified", "no-session"));

    let mut proved = stack.browser();
    let code = proved.request_code(BEA).await;
    proved.submit(&code).await;
    let mut ticket = proved.clone();
    // The answer to the right code may have got lost: the same browser may send it again, and gets nothing more by it.
    assert_eq!(ticket.submit(&code).await.json()["next"], "register");
    assert_eq!(ticket.session().await.problem(), "no-session", "a ticket is no session");
    proved.register("Bea").await;

    // Each cookie in the place of each other one opens nothing.
    for from in ["__Host-session", "__Host-device"] {
        for to in ["__Host-login", "__Host-session", "__Host-device"] {
            if from != to {
                let mut thief = stack.browser();
                thief.set_cookie(to, proved.cookie(from).expect("a cookie"));
                assert_eq!(steps(&thief).await, ("login-request-over", "not-verified", "no-session"), "{from} as {to}");
            }
        }
    }
    assert_eq!(stack.dump().await.all("SESSION#").len(), 1);
}

/// A cookie whose name is there twice, or in other letters, is no cookie (C-07).
#[tokio::test]
async fn a_cookie_counts_once_and_by_its_exact_name() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    browser.sign_in(ADA).await;
    let value = browser.cookie("__Host-session").expect("a session").to_owned();
    let planted = "A".repeat(43);
    let refused = [
        format!("__host-session={value}"),
        format!("__HOST-SESSION={value}"),
        format!("__Host-Session={value}"),
        format!("__Host-session={planted}; __Host-session={value}"),
        format!("__Host-session={value}; __Host-session={planted}"),
        format!("__Host-session={value}; __Host-session={value}"),
        format!("__Host-session=\"{value}\""),
        format!("__Host-session={value}A"),
        format!("__Host-session={}", &value[1..]),
        format!("Host-session={value}"),
        format!("__Secure-session={value}"),
    ];
    for cookies in refused {
        assert_eq!(session_with(&mut browser, &cookies).await, 401, "{cookies}");
    }
    for cookies in [format!("__Host-session={value}"), format!("theme=dark; __Host-session={value}; __Host-other=1")] {
        assert_eq!(session_with(&mut browser, &cookies).await, 200, "{cookies}");
    }
}

/// A sibling host, or plain http on any host of the domain, can set a cookie whose name is one of ours behind white space
/// that HTTP does not know. It opens nothing, and does not hide the real one (C-07).
#[tokio::test]
async fn a_cookie_of_a_name_in_disguise_is_none() {
    let stack = Stack::new().await;
    let (mut ada, mut mallory) = (stack.browser(), stack.browser());
    ada.sign_in(ADA).await;
    mallory.sign_in(BEA).await;
    let own = ada.cookie("__Host-session").expect("a session").to_owned();
    let planted = mallory.cookie("__Host-session").expect("a session").to_owned();
    for sign in ['\u{2000}', '\u{a0}', '\u{85}', '\u{1680}', '\u{2028}', '\u{202f}', '\u{3000}'] {
        for name in [format!("{sign}__Host-session"), format!("__Host-session{sign}")] {
            let forged = format!("{name}={planted}");
            assert_eq!(session_with(&mut ada, &forged).await, 401, "{name:?}");
            assert_eq!(session_with(&mut ada, &format!("{forged}; __Host-session={own}")).await, 200, "{name:?}");
        }
    }
}

async fn session_with(browser: &mut Browser, cookies: &str) -> u16 {
    let address = browser.clone();
    let request = http::Request::builder().method(Method::GET).uri("/auth/session").header("host", "login.example");
    let request = request.header("sec-fetch-site", "same-origin").header("cookie", cookies.as_bytes());
    address.clone().send(request.body(bytes::Bytes::new()).expect("a request")).await.status
}

/// What a browser with these cookies gets at the three later steps.
async fn steps(browser: &Browser) -> (&'static str, &'static str, &'static str) {
    let mut browser = browser.clone();
    let names = [
        browser.submit("000000").await.problem(),
        browser.register("Eve").await.problem(),
        browser.session().await.problem(),
    ];
    let known = ["login-request-over", "wrong-code", "not-verified", "no-session"];
    let [code, register, session] = names.map(|name| *known.iter().find(|known| **known == name).expect(&name));
    (code, register, session)
}

/// The attempts of all login requests.
async fn attempts(stack: &Stack) -> Vec<i64> {
    stack.dump().await.all("REQUEST#").into_iter().map(|item| number(item, "attempts")).collect()
}
