//! The body of each call, through the whole function. The first byte chooses the call, the second what stands around the
//! body, the rest is the body.

use std::sync::{Arc, LazyLock};

use lambda_http::http::{Method, Request as HttpRequest};
use lambda_http::{Body, Request, Response};
use register::Register;
use serde_json::Value;
use session::SessionFunction;
use shared::http::{Origins, TrustedProxy};
use shared::login::user::RegistrationPolicy;
use shared::phone::Countries;
use shared::random;
use shared::sending::ip_limit::IpLimits;
use start_login::{Callers, StartLogin};
use tokio::runtime::{Builder, Runtime};
use verify_code::VerifyCode;

use super::service::{NOW, Nobody, code_keys, number_keys};

const ORIGIN: &str = "http://localhost:8080";
/// A cookie that Doorcode could have made.
const TOKEN: &str = "Zm9yLXRoZS1mdXp6ZXItYW5kLWZvci1ub2JvZHktZWw";

/// Each call with the fields that its body may have.
const CALLS: [(&str, &str, &[&str]); 7] = [
    ("POST", "/auth/login", &["phone", "country"]),
    ("POST", "/auth/login/resend", &["login"]),
    ("POST", "/auth/code", &["code", "login"]),
    ("POST", "/auth/register", &["name"]),
    ("POST", "/auth/unlock", &[]),
    ("DELETE", "/auth/session", &[]),
    ("GET", "/auth/session", &[]),
];

/// What stands around the body.
const WITHOUT_COOKIES: usize = 1;
const AS_BYTES: usize = 2;
const WITHOUT_TYPE: usize = 4;

struct Service {
    nobody: Nobody,
    start: StartLogin,
    verify: VerifyCode,
    register: Register,
    session: SessionFunction,
}

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    let (nobody, origins) = (Nobody::default(), || Origins::parse(ORIGIN).expect("an origin"));
    let callers = Callers { origins: origins(), proxy: TrustedProxy::None, limits: IpLimits::default() };
    let countries = Countries::every("SE").expect("a country");
    Service {
        start: StartLogin::new(nobody.table(), number_keys(), countries, callers, Arc::default()),
        verify: VerifyCode::new(
            nobody.table(),
            (number_keys(), code_keys()),
            origins(),
            RegistrationPolicy::default(),
            Arc::default(),
        ),
        register: Register::new(nobody.table(), code_keys(), origins()),
        session: SessionFunction::new(nobody.table(), origins()),
        nobody,
    }
});

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
}

/// A refused call changes nothing: it does not reach for the table. One that does has a body of this call, with no field
/// that is not known or there twice. Every answer is a problem that repeats no secret, and none is a bug.
pub(super) fn target(data: &[u8]) {
    let Some(([call, around], body)) = super::chosen(data) else { return };
    let (method, path, fields) = CALLS[call % CALLS.len()];
    let request = request(method, path, around, body);
    let response = RUNTIME.with(|runtime| runtime.block_on(SERVICE.answer(path, request)));
    let (status, calls) = (response.status().as_u16(), SERVICE.nobody.calls());
    assert_eq!(calls > 0, status == 503, "{path}: {status} after {calls} calls of the table");
    assert!((400..500).contains(&status) || status == 503, "{path}: {status}");
    if status == 503 && method == "POST" {
        assert!(is_body_of(fields, body), "{path} takes {:?}", super::text(body));
    }
    is_problem(&response, status, body);
}

fn request(method: &str, path: &str, around: usize, body: &[u8]) -> Request {
    let mut request = HttpRequest::builder().method(method).uri(path).header("origin", ORIGIN);
    if around & WITHOUT_TYPE == 0 {
        request = request.header("content-type", "application/json");
    }
    if around & WITHOUT_COOKIES == 0 {
        request =
            request.header("cookie", format!("__Host-login={TOKEN}; __Host-session={TOKEN}; __Host-device={TOKEN}"));
    }
    let body = match String::from_utf8(body.to_vec()) {
        Ok(text) if around & AS_BYTES == 0 => Body::Text(text),
        _ => Body::Binary(body.to_vec()),
    };
    request.body(body).expect("a request")
}

impl Service {
    async fn answer(&self, path: &str, request: Request) -> Response<Body> {
        let mut random = random::source();
        match (path, request.method()) {
            ("/auth/login" | "/auth/login/resend", _) => self.start.handle(request, NOW, &mut random).await,
            ("/auth/code", &Method::POST) => self.verify.handle(request, NOW, &mut random).await,
            ("/auth/register", _) => self.register.handle(request, NOW, &mut random).await,
            _ => self.session.handle(request, NOW).await,
        }
    }
}

/// Nothing at all, or an object with some of these fields, each once, and each a text or `null`.
fn is_body_of(fields: &[&str], body: &[u8]) -> bool {
    if body.trim_ascii().is_empty() {
        return true;
    }
    let Ok(Value::Object(object)) = serde_json::from_slice::<Value>(body) else { return false };
    let is_known =
        |(name, value): (&String, &Value)| fields.contains(&name.as_str()) && (value.is_string() || value.is_null());
    // Written again it has each field once. A value may have been written in many ways, a colon behind a name in one only.
    let written: usize = super::text(body).matches(':').count();
    let inside: usize = object.values().filter_map(Value::as_str).map(|value| value.matches(':').count()).sum();
    object.iter().all(is_known) && written <= object.len() + inside
}

fn is_problem(response: &Response<Body>, status: u16, typed: &[u8]) {
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!((header("content-type"), header("cache-control")), ("application/problem+json", "no-store"));
    assert!(!response.headers().contains_key("set-cookie"), "a cookie with a refusal");
    let Body::Text(text) = response.body() else { panic!("a problem that is no text") };
    let problem: Value = serde_json::from_str(text).expect("a problem in JSON");
    assert_eq!(problem["status"], status);
    assert!(problem["type"].as_str().is_some_and(|kind| kind.starts_with("urn:doorcode:problem:")), "{text}");
    assert!(!text.contains(TOKEN), "a cookie in an answer");
    // Only what is wrong with a number is said with an example, whose digits may have been typed.
    if let Ok(Value::Object(object)) = serde_json::from_slice(typed) {
        for value in ["code", "name", "login"].iter().filter_map(|name| object.get(*name)?.as_str()) {
            assert!(super::digits(value).len() < 6 || !text.contains(value), "{value:?} in an answer");
        }
    }
}
