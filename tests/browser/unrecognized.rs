//! Somebody who is not looked at: a browser of its own at an address of its own, which calls the API as the pages
//! would.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use http::Request;
use local::Gateway;
use serde_json::{Value, json};
use tests::answer::Answer;
use tests::stack::code_in;

use crate::doorcode::Doorcode;
use crate::senses::eventually;

/// Set aside for documentation: no browser of these tests comes from there.
const IP: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// A browser without a window.
pub struct Unrecognized<'a> {
    doorcode: &'a Doorcode,
    gateway: Gateway,
    cookies: Vec<(String, String)>,
}

impl<'a> Unrecognized<'a> {
    /// One that was never here.
    pub fn new(doorcode: &'a Doorcode) -> Self {
        Self { doorcode, gateway: doorcode.gateway(), cookies: Vec::new() }
    }

    /// Requests a code for this number, and gives it back once it is on the phone.
    pub async fn requests_a_code(&mut self, number: &str) -> String {
        let before = self.doorcode.texts(number).len();
        let answer = self.post("/auth/login", &json!({ "phone": number })).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        let newest = eventually(async || self.doorcode.texts(number).into_iter().nth(before)).await;
        code_in(&newest.expect("a text to the number"))
    }

    /// Requests a code for this number, and sees that the text that is requested next comes and this one does not.
    pub async fn gets_no_code(&mut self, number: &str, next: &str) {
        let before = self.doorcode.texts(number).len();
        let answer = self.post("/auth/login", &json!({ "phone": number })).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        Self::new(self.doorcode).requests_a_code(next).await;
        assert_eq!(self.doorcode.texts(number).len(), before);
    }

    /// Types a code.
    pub async fn types(&mut self, code: &str) -> Answer {
        self.post("/auth/code", &json!({ "code": code })).await
    }

    /// Requests a code and types it, as somebody who has the phone and an account.
    pub async fn signs_in(&mut self, number: &str) {
        let code = self.requests_a_code(number).await;
        let answer = self.types(&code).await;
        assert_eq!((answer.status, &answer.json()["next"]), (200, &json!("account")), "{answer:?}");
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> String {
        let cookie = self.cookies.iter().find(|(other, _)| other == name);
        cookie.unwrap_or_else(|| panic!("no {name}")).1.clone()
    }

    /// Registers with a number that was proved.
    pub async fn registers(&mut self, name: &str) {
        let answer = self.post("/auth/register", &json!({ "name": name })).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }

    async fn post(&mut self, path: &str, body: &Value) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::post(path)
            .header("origin", &self.doorcode.site)
            .header("content-type", "application/json")
            .header("cookie", cookies.join("; "));
        let request = request.body(Bytes::from(body.to_string())).expect("a request");
        let answer = Answer::new(self.gateway.call(request, IP).await);
        for cookie in answer.cookies() {
            self.cookies.retain(|(name, _)| *name != cookie.name);
            if !cookie.clears() {
                self.cookies.push((cookie.name, cookie.value));
            }
        }
        answer
    }
}
