//! Every public body and every cookie, word for word.

use std::fmt::Write;

use bytes::Bytes;
use http::{HeaderValue, Method};
use insta::assert_snapshot;
use serde_json::json;
use tests::answer::Answer;
use tests::browser::other_code;
use tests::phones::{ADA, BRITISH};
use tests::proxy::{InjectedFault, Times};
use tests::stack::Stack;

/// The body with the user's id taken out; times are those of the test's clock.
fn body(answer: &Answer) -> String {
    let text = answer.text_but_names();
    match answer.json()["user"]["id"].as_str() {
        Some(id) => text.replace(id, "[id]"),
        None => text,
    }
}

#[tokio::test]
async fn the_bodies_of_a_first_login() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let answer = browser.start(ADA).await;
    assert_snapshot!(body(&answer), @r#"{"number":"[number]","login":"[login]","sent_to":"+46•••••••05","country":"SE","code_requests":1,"requested":true,"expires_in":600,"resend_in":30,"attempts_left":3}"#);
    stack.deliver().await;
    let code = stack.newest_code(ADA);
    assert_snapshot!(body(&browser.submit(&code).await), @r#"{"next":"register"}"#);
    assert_snapshot!(body(&browser.register("Ada").await), @r#"{"user":{"id":"[id]","name":"Ada"}}"#);
    assert_snapshot!(
        body(&browser.session().await),
        @r#"{"user":{"id":"[id]","name":"Ada","phone":"+46•••••••05"},"created_at":4000500000,"expires_at":4001709600,"recognized_only":false,"security_notices":{"wrong_codes":0,"new_browsers":0,"locked":false}}"#
    );
    let signed_out = browser.sign_out().await;
    assert_eq!((signed_out.status, signed_out.body.len()), (204, 0));
}

#[tokio::test]
async fn the_bodies_of_a_later_login() {
    let stack = Stack::new().await;
    stack.browser().sign_in(ADA).await;
    let mut browser = stack.browser();
    let code = browser.request_code(ADA).await;
    assert_snapshot!(
        body(&browser.submit(&code).await),
        @r#"{"next":"account","user":{"id":"[id]","name":"Ada"}}"#
    );
}

#[tokio::test]
async fn the_body_of_resending() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    browser.request_code(ADA).await;
    stack.advance(30);
    let answer = browser.resend().await;
    assert_snapshot!(body(&answer), @r#"{"login":"[login]","sent_to":"+46•••••••05","country":"SE","code_requests":2,"requested":true,"expires_in":600,"resend_in":60,"attempts_left":3}"#);
}

/// Requirement I-10.
#[tokio::test]
async fn the_problems_of_code_requests() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let mut answers = vec![browser.start("hello").await, browser.start(BRITISH).await, browser.resend().await];
    browser.start(ADA).await;
    answers.push(browser.resend().await);
    assert_snapshot!(told(&answers), @r#"
    400 invalid-phone {"reason":"letters"}
      Not a phone number. Write the number in digits, without letters, such as 070-174 06 99.
    422 unsupported-number {"country":"GB","reason":"country-not-served"}
      Number not supported. This is a number of the United Kingdom. Codes go to mobile numbers of Norway and Sweden only.
    404 no-login-request
      No login request. There is no login to send a code for. Start again with your number.
    429 too-many-requests {"retry_after":30}
      Too many requests. There were too many requests. Wait, then try again.
    "#);
}

/// Requirement I-10.
#[tokio::test]
async fn the_problems_of_a_code() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let mut answers = vec![browser.submit("123456").await];
    let code = browser.request_code(ADA).await;
    answers.push(browser.submit("12345").await);
    answers.push(browser.submit(&other_code(&code, 0)).await);
    answers.push(browser.post("/auth/code", &json!({"code": code, "login": "another"})).await);
    assert_snapshot!(told(&answers), @r#"
    410 login-request-over
      Login request over. This login is over. Start again with your number.
    400 invalid-code
      Not a code. A code is made of digits only. This did not count as an attempt.
    401 wrong-code {"attempts_left":2}
      Wrong code. The code is wrong. Use one of the newest two messages.
    409 login-request-replaced
      Login request replaced. Another login was begun in this browser since. Go on there, or start again with your number.
    "#);
}

/// Requirement I-10.
#[tokio::test]
async fn the_problems_of_an_account() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let mut answers = vec![browser.register("Ada").await, browser.session().await];
    let code = browser.request_code(ADA).await;
    browser.submit(&code).await;
    answers.push(browser.register(&"A".repeat(65)).await);
    assert_snapshot!(told(&answers), @r#"
    403 not-verified
      Not verified. The number is not verified, or not any more. Start again with your number.
    401 no-session
      Not signed in. You are not signed in.
    400 invalid-name
      Not a name. A name has 1 to 64 characters, at least one of them visible. You can also leave it out.
    "#);
}

/// Requirement I-10.
#[tokio::test]
async fn the_problems_of_a_request() {
    let stack = Stack::watched().await;
    let mut browser = stack.browser();
    let foreign = browser.request(&Method::POST, "/auth/code").header("origin", "https://evil.example");
    let mut text = browser.request(&Method::POST, "/auth/code").body(Bytes::from_static(b"code=1")).unwrap();
    text.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
    let mut answers = vec![
        browser.post("/auth/login", &json!({"phone": ADA, "user": 1})).await,
        browser.post("/auth/login?phone=1", &json!({})).await,
        browser.post("/auth/login/resend", &json!({"phone": ADA})).await,
        browser.post("/auth/login", &json!({"phone": "1".repeat(2_048)})).await,
        browser.ask(&Method::PUT, "/auth/login", Bytes::new()).await,
        browser.post("/auth/nothing", &json!({})).await,
        browser.send(foreign.body(Bytes::new()).unwrap()).await,
        browser.send(text).await,
    ];
    stack.proxy().fail_all("TransactWriteItems", InjectedFault::Throttled, Times::Always);
    answers.push(browser.start(ADA).await);
    assert_snapshot!(told(&answers), @r#"
    400 invalid-request
      Invalid request. The body must be a JSON object with exactly the fields of this call, each once.
    400 invalid-request
      Invalid request. This call takes no query.
    400 invalid-request
      Invalid request. The body must be a JSON object with exactly the fields of this call, each once.
    413 body-too-large
      Body too large. The body may have at most 2048 bytes.
    405 method-not-allowed
      Method not allowed. This address takes other methods.
    404 not-found
      Not found. There is nothing at this address.
    403 forbidden-origin
      Forbidden origin. This call must come from a page of this service.
    415 unsupported-media-type
      Unsupported media type. The content type must be application/json.
    503 unavailable
      Not available. The service cannot answer just now. Nothing was lost; try again.
    "#);
}

/// Problems in the order in which they came: status, name and title, what to do, and what else is told.
fn told(answers: &[Answer]) -> String {
    let mut told = String::new();
    for answer in answers {
        let name = answer.problem();
        let mut body = answer.json();
        let members = body.as_object_mut().expect("an object");
        let [title, detail] = ["title", "detail"].map(|member| members.remove(member).expect("a member"));
        for member in ["type", "status"] {
            members.remove(member);
        }
        let (title, detail) = (title.as_str().unwrap_or_default(), detail.as_str().unwrap_or_default());
        let rest = if members.is_empty() { String::new() } else { format!(" {}", serde_json::json!(members)) };
        writeln!(told, "{} {name}{rest}\n  {title}. {detail}", answer.status).expect("text");
    }
    told
}

/// The cookies are set with exactly these attributes (C-07; docs/integrate.md, "Cookies and sessions"), and signing out
/// clears the session's alone (C-14). A browser cannot be made to send them anywhere else: `__Host-` needs Secure and
/// Path=/ and forbids Domain.
#[tokio::test]
async fn the_cookies_have_exactly_these_attributes() {
    let stack = Stack::new().await;
    let mut browser = stack.browser();
    let answer = browser.start(ADA).await;
    stack.deliver().await;
    browser.submit(&stack.newest_code(ADA)).await;
    let registered = browser.register("Ada").await;
    assert_cookie(&answer, "__Host-login", "HttpOnly; Max-Age=900; Path=/; SameSite=Strict; Secure", 43);
    assert_cookie(&registered, "__Host-session", "HttpOnly; Max-Age=2592000; Path=/; SameSite=Lax; Secure", 43);
    // A token, and what certifies it.
    assert_cookie(
        &registered,
        "__Host-device",
        "HttpOnly; Max-Age=15552000; Path=/; SameSite=Strict; Secure",
        43 + 1 + 22,
    );
    let ended = registered.cookie("__Host-login").expect("the login cookie is cleared");
    assert!(ended.clears() && ended.value.is_empty(), "{ended:?}");
    assert_eq!(answer.cookies().len(), 1);
    assert_eq!(registered.cookies().len(), 3);

    let signed_out = browser.sign_out().await;
    let names: Vec<_> = signed_out.cookies().into_iter().map(|cookie| (cookie.clears(), cookie.name)).collect();
    assert_eq!(names, [(true, "__Host-session".to_owned())], "signing out keeps the device cookie");
}

fn assert_cookie(answer: &Answer, name: &str, attributes: &str, length: usize) {
    let cookie = answer.cookie(name).unwrap_or_else(|| panic!("no {name}: {answer:?}"));
    assert_eq!(cookie.sorted_attributes(), attributes, "{name}");
    assert_eq!(cookie.value.len(), length, "{name} is 256 bits in base64url");
}

/// The text: one GSM-7 segment, and its last line binds the code to the domain (I-08).
#[tokio::test]
async fn the_text_fits_one_message_and_binds_the_code_to_the_domain() {
    let stack = Stack::new().await;
    let code = stack.browser().request_code(ADA).await;
    let text = &stack.texts(ADA)[0].text;
    assert!(text.len() <= 160 && text.is_ascii(), "{text:?}");
    let (_, last) = text.rsplit_once('\n').expect("two lines");
    let (domain, rest) = last.strip_prefix('@').and_then(|line| line.split_once(" #")).expect("@domain #code");
    assert_eq!(rest, code);
    assert!(
        !domain.is_empty() && domain.bytes().all(|byte| byte.is_ascii_lowercase() || b".-0123456789".contains(&byte))
    );
    assert!(!text.contains("://"), "no links: {text:?}");
}
