//! A person with a phone and a browser.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use http::request::Builder;
use http::{Method, Request};
use rand::RngExt;
use serde_json::{Value, json};
use tests::answer::Answer;
use tests::phones::{MOBILES, mobile};

use crate::target::Target;

/// Which number is next. A run begins anywhere.
static NEXT: LazyLock<AtomicU32> = LazyLock::new(|| AtomicU32::new(shared::random::source().random_range(0..MOBILES)));

/// A person. The browser keeps cookies as browsers do.
pub struct Person {
    /// The stack that the person uses.
    pub target: Target,
    /// The person's number.
    pub number: String,
    cookies: Vec<(String, String)>,
}

impl Person {
    /// Somebody whose number no other test of this run has, and who never got a text.
    pub async fn new() -> Self {
        let target = Target::from_environment();
        for _ in 0..MOBILES {
            let number = mobile(NEXT.fetch_add(1, Ordering::Relaxed) % MOBILES);
            if target.texts.to(&number).await.is_empty() {
                return Self { target, number, cookies: Vec::new() };
            }
        }
        panic!("every number got a text from this stack already: begin with another");
    }

    /// Requests a code.
    pub async fn start(&mut self) -> Answer {
        let number = self.number.clone();
        self.post("/auth/login", &json!({ "phone": number })).await
    }

    /// Requests a code, which must work, and waits for the text.
    pub async fn request_code(&mut self) -> String {
        let known = self.target.texts.to(&self.number).await.len();
        let answer = self.start().await;
        assert_eq!(answer.status, 202, "{answer:?}");
        self.target.texts.code(&self.number, known).await
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

    /// Signs out.
    pub async fn sign_out(&mut self) -> Answer {
        self.ask(&Method::DELETE, "/auth/session", Bytes::new()).await
    }

    /// Sends JSON as a page of the stack does.
    pub async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.ask(&Method::POST, path, Bytes::from(body.to_string())).await
    }

    /// Sends what a page of the stack would send.
    pub async fn ask(&mut self, method: &Method, path: &str, body: Bytes) -> Answer {
        let mut request = self.request(method, path).header("sec-fetch-site", "same-origin");
        if *method != Method::GET {
            request = request.header("origin", &self.target.origin);
        }
        self.send(request.body(body).expect("a request")).await
    }

    /// A request that does not say where it comes from.
    pub fn request(&self, method: &Method, path: &str) -> Builder {
        let mut request = Request::builder().method(method).uri(path).header("host", &self.target.host);
        if *method == Method::POST {
            request = request.header("content-type", "application/json");
        }
        if !self.cookies.is_empty() {
            request = request.header("cookie", self.cookie_header());
        }
        request
    }

    /// Sends exactly this request, and keeps the cookies of the answer.
    pub async fn send(&mut self, request: Request<Bytes>) -> Answer {
        let answer = self.target.send(request).await;
        for cookie in answer.cookies() {
            self.cookies.retain(|(name, _)| *name != cookie.name);
            if !cookie.clears() {
                self.cookies.push((cookie.name, cookie.value));
            }
        }
        answer
    }

    /// The cookies as a browser sends them.
    pub fn cookie_header(&self) -> String {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    /// The names of the cookies that the browser has, in order.
    pub fn cookies(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.cookies.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }
}
