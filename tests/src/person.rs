//! A person at the local program, over HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::phones::ADA;
use tests::stack::code_in;

/// A text that has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Registers [`ADA`] at the program with these two addresses.
pub fn log_in(site: &str, inbox: &str) {
    let started = post(site, "/auth/login", "", &json!({ "phone": ADA }));
    let cookie = started.cookie();
    let code = code(inbox);
    let verified = post(site, "/auth/code", &cookie, &json!({ "code": code }));
    assert_eq!(verified.body["next"], "register", "{}", verified.body);
    post(site, "/auth/register", &cookie, &json!({ "name": "Ada" }));
}

/// The code, once the text is there.
fn code(inbox: &str) -> String {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        let messages = exchange(inbox, "GET /messages", "", "").body;
        if let Some(text) = messages[0]["text"].as_str() {
            return code_in(text);
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("no text came");
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
