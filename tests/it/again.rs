//! A login that is begun again in the browser that has one under way, and pages that were left behind by it.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;
use tests::browser::{Browser, ORIGIN, other_code};
use tests::dump::number;
use tests::phones::{ADA, ADA_NATIONAL, BEA, of_another_block};
use tests::stack::Stack;

use crate::races::at_once;

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
    for (path, status) in
        [("/auth/login/resend", 202), ("/auth/lock", 204), ("/auth/unlock", 204), ("/auth/register", 400)]
    {
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

/// Back, and the same number again: the same login, and the code in hand signs in. One call to the table, and nothing is
/// counted for the address.
#[tokio::test]
async fn the_same_number_again_is_the_same_login() {
    let stack = Stack::watched().await;
    let mut browser = stack.browser();
    let first = browser.start(ADA).await.json();
    assert_eq!(stack.proxy().calls().len(), 1, "a first start is one call");
    stack.deliver().await;
    let (code, cookie) = (stack.newest_code(ADA), browser.cookie_header());
    for typed in [ADA, ADA_NATIONAL] {
        stack.advance(10);
        stack.proxy().forget();
        let again = browser.start(typed).await;
        assert_eq!(stack.proxy().signatures(), ["UpdateItem REQUEST/REQUEST"]);
        assert_eq!((again.status, again.cookies().len()), (202, 0), "{again:?}");
        let (body, age) = (again.json(), if typed == ADA { 10 } else { 20 });
        assert_eq!((&body["login"], &body["number"]), (&first["login"], &first["number"]));
        assert_eq!((&body["requested"], &body["code_requests"]), (&false.into(), &1.into()));
        assert_eq!((&body["expires_in"], &body["resend_in"]), (&(600 - age).into(), &(30 - age).into()));
    }
    assert_eq!((stack.deliver().await, stack.texts(ADA).len()), (0, 1), "no new text");
    assert_eq!(browser.cookie_header(), cookie);
    let dump = stack.dump().await;
    assert_eq!((dump.all("REQUEST#").len(), number(dump.only("IP#"), "count")), (1, 1));
    assert_eq!(browser.submit(&code).await.status, 200);
}

/// After its resend time a start is what a resend is: a new text in the same login, not counted for the address.
#[tokio::test]
async fn after_the_resend_time_it_is_a_resend() {
    let stack = Stack::watched().await;
    let mut browser = stack.browser();
    let first = browser.request_code(ADA).await;
    stack.advance(30);
    stack.proxy().forget();
    let again = browser.start(ADA).await;
    assert_eq!((stack.proxy().calls().len(), again.cookies().len()), (1, 0));
    let body = again.json();
    assert_eq!((&body["requested"], &body["code_requests"]), (&true.into(), &2.into()));
    assert_eq!((&body["expires_in"], &body["resend_in"]), (&600.into(), &60.into()));
    assert_eq!((stack.deliver().await, stack.texts(ADA).len()), (1, 2));
    assert_eq!(number(stack.dump().await.only("IP#"), "count"), 1);
    stack.advance(1);
    assert_eq!(browser.resend().await.header("retry-after"), Some("59"), "one wait for both");
    assert_eq!(browser.submit(&first).await.status, 200);
}

/// Attempts stay counted: two wrong codes, the number again, one more wrong code, and none is left (G-01).
#[tokio::test]
async fn starting_again_gives_no_attempt_back() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    for index in 0..2 {
        browser.submit(&other_code(&code, index)).await;
    }
    assert_eq!(browser.start(ADA).await.json()["attempts_left"], 1);
    assert_eq!(browser.submit(&other_code(&code, 2)).await.json()["attempts_left"], 0);
    assert_eq!(browser.submit(&code).await.problem(), "login-request-over");
}

/// A login that is over is followed by one that inherits its resend time and step: starting again is no way round the
/// delay.
#[tokio::test]
async fn a_login_that_is_over_leaves_its_delay() {
    let stack = Stack::watched().await;
    let mut browser = stack.browser();
    let first = browser.start(ADA).await.json()["login"].clone();
    stack.deliver().await;
    stack.advance(30);
    let code = browser.resend_code(ADA).await;
    for index in 0..3 {
        browser.submit(&other_code(&code, index)).await;
    }
    stack.advance(59);
    let before = stack.dump().await;
    stack.proxy().forget();
    let early = browser.start(ADA).await;
    assert_eq!((early.problem().as_str(), early.header("retry-after")), ("too-many-requests", Some("1")));
    assert_eq!((stack.proxy().calls().len(), &stack.dump().await), (1, &before));
    stack.advance(1);
    stack.proxy().forget();
    let next = browser.start(ADA).await;
    assert_eq!(stack.proxy().calls().len(), 2, "two calls at the most");
    let body = next.json();
    assert_ne!(body["login"], first);
    assert_eq!(
        (&body["requested"], &body["code_requests"], &body["attempts_left"]),
        (&true.into(), &3.into(), &3.into())
    );
    assert_eq!(body["resend_in"], 120);
    assert_eq!((stack.deliver().await, stack.texts(ADA).len()), (1, 3));
    assert_eq!(stack.dump().await.all("REQUEST#").len(), 1, "the old one is gone");
    assert_eq!(browser.submit(&code).await.problem(), "wrong-code", "the code of the old one");
    stack.advance(120);
    assert_eq!(browser.resend().await.json()["resend_in"], 240);
    assert_eq!(browser.submit(&stack.newest_code(ADA)).await.status, 200);
}

/// So does one whose code ran out, or whose code was right and whose person did not register; one that is older than
/// fifteen minutes leaves nothing.
#[tokio::test]
async fn how_a_login_ended_makes_no_difference() {
    for (age, count) in [(600, 2), (899, 2), (900, 1)] {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        browser.request_code(ADA).await;
        stack.advance(age);
        assert_eq!(browser.start(ADA).await.json()["code_requests"], count, "after {age} s");
    }
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    assert_eq!(browser.submit(&code).await.json()["next"], "register");
    stack.advance(29);
    assert_eq!(browser.start(ADA).await.header("retry-after"), Some("1"));
    stack.advance(1);
    assert_eq!(browser.start(ADA).await.json()["code_requests"], 2);
    assert_eq!(browser.register("Ada").await.problem(), "not-verified", "the old ticket is gone");
}

/// Another number is another login, also one that looks the same when masked, and the old one is gone. The same number
/// in another browser is another login too.
#[tokio::test]
async fn another_number_or_browser_is_another_login() {
    let stack = Stack::watched().await;
    let twin = of_another_block(0).replace("000", "005");
    let mut browser = stack.browser();
    let first = browser.start(ADA).await.json();
    stack.proxy().forget();
    let other = browser.start(&twin).await;
    assert_eq!(stack.proxy().calls().len(), 2, "two calls at the most");
    assert_eq!(first["sent_to"], other.json()["sent_to"]);
    assert_ne!(first["login"], other.json()["login"]);
    assert_eq!((other.json()["code_requests"].clone(), other.cookies().len()), (1.into(), 1));
    assert_eq!(stack.dump().await.all("REQUEST#").len(), 1);
    assert_ne!(stack.browser().start(&twin).await.json()["login"], other.json()["login"]);
    assert_eq!(stack.dump().await.all("REQUEST#").len(), 2);
}

/// The same number is the same under both root secrets (K-05).
#[tokio::test]
async fn a_login_goes_on_under_a_new_secret() {
    let old = Stack::new().await;
    let mut browser = old.browser();
    let login = browser.start(ADA).await.json()["login"].clone();
    let new = old.watched_twin_with_new_secret().await;
    let mut browser = browser.at(&new);
    assert_eq!(browser.start(ADA).await.json()["login"], login);
    new.advance(30);
    assert_eq!(browser.start(ADA).await.json()["code_requests"], 2);
    new.deliver().await;
    assert_eq!(browser.submit(&new.newest_code(ADA)).await.status, 200);
}

/// Starts and resends at once with one cookie are one code request, and all are told the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn starts_and_resends_at_once_are_one_code_request() {
    for _ in 0..10 {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        browser.request_code(ADA).await;
        stack.advance(30);
        let answers = at_once(8, |index| {
            let mut browser = browser.clone();
            async move { if index % 2 == 0 { browser.start(ADA).await } else { browser.resend().await } }
        })
        .await;
        for answer in &answers {
            assert_eq!((answer.status, &answer.json()["code_requests"]), (202, &2.into()), "{answer:?}");
        }
        while stack.deliver().await > 0 {}
        assert_eq!(stack.texts(ADA).len(), 2);
    }
}

/// Starts at once after a login that is over: one follows it, and the others wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_start_follows_a_login_that_is_over() {
    for _ in 0..10 {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        let code = browser.request_code(ADA).await;
        for index in 0..3 {
            browser.submit(&other_code(&code, index)).await;
        }
        stack.advance(30);
        let answers = at_once(4, |_| {
            let mut browser = browser.clone();
            async move { browser.start(ADA).await }
        })
        .await;
        let followed = answers.iter().filter(|answer| answer.status == 202).count();
        // Who comes after the old one is gone finds no history, as a browser without a cookie does.
        let fresh = answers.iter().filter(|answer| answer.status == 202 && answer.json()["code_requests"] == 1).count();
        assert_eq!(followed - fresh, 1, "{answers:?}");
    }
}

/// A start beside the delivery of the code request before it: whichever is first, the newest code works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_beside_a_delivery_leaves_a_code_that_works() {
    for _ in 0..10 {
        let stack = Stack::new().await;
        let mut browser = stack.browser();
        browser.start(ADA).await;
        stack.advance(30);
        let (again, _) = tokio::join!(browser.start(ADA), stack.deliver());
        assert_eq!(again.json()["requested"], true);
        while stack.deliver().await > 0 {}
        assert!((1..=2).contains(&stack.texts(ADA).len()));
        let number_of_texts = stack.texts(ADA).len();
        let code = tests::stack::code_in(&stack.texts(ADA)[number_of_texts - 1].text);
        assert_eq!(browser.submit(&code).await.status, 200);
    }
}

/// A call with the cookies of the browser and nothing else.
fn bare(browser: &Browser, path: &str) -> http::request::Builder {
    let request = Request::builder().method(Method::POST).uri(path).header("host", "login.example");
    request.header("cookie", browser.cookie_header())
}
