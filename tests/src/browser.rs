//! A person's browser: it keeps cookies, comes from one address, and sends what a page of Doorcode would send.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use http::request::Builder;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::stack::Stack;

/// The origin of the tests' deployment.
pub const ORIGIN: &str = "https://login.example";

/// A browser. A clone has the same cookies and address, and goes its own way from there.
#[derive(Clone)]
pub struct Browser {
    stack: Stack,
    address: IpAddr,
    cookies: Vec<(String, String)>,
    accept_language: Option<String>,
}

impl Browser {
    /// A browser without cookies.
    #[must_use]
    pub fn new(stack: Stack, address: IpAddr) -> Self {
        Self { stack, address, cookies: Vec::new(), accept_language: None }
    }

    /// The same browser, asking for languages from now on (`Accept-Language`).
    #[must_use]
    pub fn in_language(self, accept_language: &str) -> Self {
        Self { accept_language: Some(accept_language.to_owned()), ..self }
    }

    /// The same browser, talking to another Doorcode from now on.
    #[must_use]
    pub fn at(self, stack: &Stack) -> Self {
        Self { stack: stack.clone(), ..self }
    }

    /// Types a phone number and requests a code.
    pub async fn start(&mut self, phone: &str) -> Answer {
        self.post("/auth/login", &json!({ "phone": phone })).await
    }

    /// Requests another code.
    pub async fn resend(&mut self) -> Answer {
        self.post("/auth/login/resend", &json!({})).await
    }

    /// Types a code.
    pub async fn submit(&mut self, code: &str) -> Answer {
        self.post("/auth/code", &json!({ "code": code })).await
    }

    /// Registers under a name.
    pub async fn register(&mut self, name: &str) -> Answer {
        self.post("/auth/register", &json!({ "name": name })).await
    }

    /// Asks who is signed in.
    pub async fn session(&mut self) -> Answer {
        self.ask(&Method::GET, "/auth/session", Bytes::new()).await
    }

    /// Lets recognized browsers alone have codes.
    pub async fn lock(&mut self) -> Answer {
        self.post("/auth/lock", &json!({})).await
    }

    /// Lets every browser have codes again.
    pub async fn unlock(&mut self) -> Answer {
        self.post("/auth/unlock", &json!({})).await
    }

    /// Signs out.
    pub async fn sign_out(&mut self) -> Answer {
        self.ask(&Method::DELETE, "/auth/session", Bytes::new()).await
    }

    /// Requests a code and reads it from the phone.
    pub async fn request_code(&mut self, phone: &str) -> String {
        let answer = self.start(phone).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        self.stack.deliver().await;
        self.stack.newest_code(phone)
    }

    /// Requests a code, which comes, and types so many wrong ones, each of which is refused.
    pub async fn guess(&mut self, phone: &str, times: u32) {
        let texts = self.stack.texts(phone).len();
        let code = self.request_code(phone).await;
        assert_eq!(self.stack.texts(phone).len(), texts + 1, "no text to guess at");
        for index in 0..times {
            assert_eq!(self.submit(&other_code(&code, index)).await.problem(), "wrong-code");
        }
    }

    /// Requests another code and reads it from the phone.
    pub async fn resend_code(&mut self, phone: &str) -> String {
        let texts = self.stack.texts(phone).len();
        let answer = self.resend().await;
        assert_eq!(answer.status, 202, "{answer:?}");
        self.stack.deliver().await;
        assert_eq!(self.stack.texts(phone).len(), texts + 1, "no new text");
        self.stack.newest_code(phone)
    }

    /// The whole way: requests a code, types it, registers when the number is new. Gives back the last answer.
    pub async fn sign_in(&mut self, phone: &str) -> Answer {
        let code = self.request_code(phone).await;
        let answer = self.submit(&code).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        if answer.json()["next"] == "account" {
            return answer;
        }
        let answer = self.register("Ada").await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer
    }

    /// Sends a JSON body.
    pub async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.ask(&Method::POST, path, Bytes::from(body.to_string())).await
    }

    /// Sends what a page of Doorcode would send.
    pub async fn ask(&mut self, method: &Method, path: &str, body: Bytes) -> Answer {
        let request = self.request(method, path).body(body).expect("a request");
        self.send(request).await
    }

    /// A request with everything that a page of Doorcode would send, for a test to change.
    #[must_use]
    pub fn request(&self, method: &Method, path: &str) -> Builder {
        let mut request = Request::builder().method(method).uri(path).header("host", "login.example");
        if method != Method::GET {
            request = request.header("origin", ORIGIN);
        }
        request = request.header("sec-fetch-site", "same-origin");
        if method == Method::POST {
            request = request.header("content-type", "application/json");
        }
        if let Some(accept_language) = &self.accept_language {
            request = request.header("accept-language", accept_language);
        }
        if !self.cookies.is_empty() {
            request = request.header("cookie", self.cookie_header());
        }
        request
    }

    /// Sends exactly this request and keeps the cookies of the answer.
    pub async fn send(&mut self, request: Request<Bytes>) -> Answer {
        let answer = Answer::new(self.stack.gateway().call(request, self.address).await);
        for cookie in answer.cookies() {
            self.forget(&cookie.name);
            if !cookie.clears() {
                self.cookies.push((cookie.name, cookie.value));
            }
        }
        answer
    }

    /// The cookies as a browser sends them.
    #[must_use]
    pub fn cookie_header(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Puts a cookie into the browser.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.forget(name);
        self.cookies.push((name.to_owned(), value.to_owned()));
    }

    /// Takes a cookie out of the browser.
    pub fn forget(&mut self, name: &str) {
        self.cookies.retain(|(known, _)| known != name);
    }

    /// The Doorcode that this browser talks to.
    #[must_use]
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// Where this browser's requests come from.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address
    }
}

/// The address number `index` of those set aside for tests of networks. All are equally long, so that calls to the
/// table from two of them have one length.
#[must_use]
pub fn address(index: u32) -> IpAddr {
    let part = |value: u32| u8::try_from(100 + value % 100).expect("a number below 200");
    IpAddr::V4(Ipv4Addr::new(198, 18, part(index / 100), part(index)))
}

/// A code of the same form that is not `code`; different for each `index` below 999,999.
#[must_use]
pub fn other_code(code: &str, index: u32) -> String {
    let (right, length): (u32, _) = (code.parse().expect("a code"), code.len());
    format!("{:0length$}", (right + 1 + index) % 10_u32.pow(length.try_into().expect("a short text")))
}
