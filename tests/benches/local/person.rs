//! A person at the local program, over HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::stack::code_in;

/// A text that has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at the inbox.
const LOOK_EVERY: Duration = Duration::from_millis(3);

/// Registers a number that has no account, in E.164 form, at the program with these two addresses. Gives back how long
/// the text took after the code was requested.
#[must_use]
pub fn sign_up(site: &str, inbox: &str, phone: &str) -> Duration {
    let started = post(site, "/auth/login", "", &json!({ "phone": phone }));
    let (cookie, requested) = (started.cookie(), Instant::now());
    let code = code(inbox, phone, requested);
    let text_after = requested.elapsed();
    let verified = post(site, "/auth/code", &cookie, &json!({ "code": code }));
    assert_eq!(verified.body["next"], "register", "{}", verified.body);
    post(site, "/auth/register", &cookie, &json!({ "name": "Ada" }));
    text_after
}

/// The code, once the text is there.
fn code(inbox: &str, phone: &str, requested: Instant) -> String {
    let look = format!("GET /messages?to={phone}");
    while requested.elapsed() < PATIENCE {
        let messages = exchange(inbox, &look, "", "").body;
        if let Some(text) = messages[0]["text"].as_str() {
            return code_in(text);
        }
        thread::sleep(LOOK_EVERY);
    }
    panic!("no text came to {phone}");
}

struct Answer {
    head: String,
    body: Value,
}

impl Answer {
    /// The first cookie that is set, as a browser sends it back.
    fn cookie(&self) -> String {
        let header = self.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
        header.split(';').next().unwrap_or_default().to_owned()
    }
}

fn post(host: &str, path: &str, cookie: &str, body: &Value) -> Answer {
    let headers = format!(
        "origin: http://{host}\r\nsec-fetch-site: same-origin\r\ncontent-type: application/json\r\ncookie: {cookie}\r\n"
    );
    exchange(host, &format!("POST {path}"), &headers, &body.to_string())
}

/// One request on a connection of its own.
fn exchange(host: &str, what: &str, headers: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(host).expect("a program that listens");
    let length = body.len();
    let request = format!(
        "{what} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("a program that reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole answer");
    assert!(head.starts_with("HTTP/1.1 2"), "{what}: {answer}");
    Answer { head: head.to_owned(), body: serde_json::from_str(body).unwrap_or_default() }
}
