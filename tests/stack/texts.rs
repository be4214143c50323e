//! The texts that a stack sent, read from whatever took them instead of a telephone network.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri};
use serde_json::Value;
use tests::stack::code_in;

use crate::target::{authority, exchange};

/// How often, and how long after each other, is looked for a text.
const LOOKS: u32 = 300;
const PAUSE: Duration = Duration::from_millis(100);

/// Where texts are read.
pub struct Texts {
    url: Uri,
    number_member: &'static str,
    text_member: &'static str,
}

impl Texts {
    /// Reads `inbox http://…`.
    pub fn parse(setting: &str) -> Self {
        let (kind, url) = setting.split_once(' ').expect("DOORCODE_STACK_TEXTS: a kind, a space and a URL");
        let (number_member, text_member) = match kind {
            "inbox" => ("to", "text"),
            "ministack" => ("PhoneNumber", "Message"),
            "moto" => ("phone_number", "message"),
            other => panic!("DOORCODE_STACK_TEXTS: {other} is none of inbox, ministack and moto"),
        };
        Self { url: url.parse().expect("DOORCODE_STACK_TEXTS: a URL"), number_member, text_member }
    }

    /// All texts to a number, oldest first.
    pub async fn to(&self, number: &str) -> Vec<String> {
        let authority = authority(&self.url);
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::get(path).header("host", authority).body(Bytes::new()).expect("a request");
        let answer = exchange(authority, request).await;
        assert_eq!(answer.status(), 200, "{}", self.url);
        let mut texts = Vec::new();
        self.collect(&serde_json::from_slice(answer.body()).expect("JSON"), number, &mut texts);
        texts
    }

    /// Waits for the text to a number that comes after `known` others, and reads its code.
    pub async fn code(&self, number: &str, known: usize) -> String {
        for _ in 0..LOOKS {
            if let Some(text) = self.to(number).await.get(known) {
                return code_in(text);
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("no text to {number} within {:?}", PAUSE * LOOKS);
    }

    /// Each kind is a list of texts somewhere in a document, by number or not.
    fn collect(&self, value: &Value, number: &str, texts: &mut Vec<String>) {
        match value {
            Value::Object(members) if members.get(self.number_member).is_some_and(|to| to == number) => {
                texts.push(members[self.text_member].as_str().expect("a text").to_owned());
            }
            Value::Object(members) => members.values().for_each(|value| self.collect(value, number, texts)),
            Value::Array(values) => values.iter().for_each(|value| self.collect(value, number, texts)),
            _ => {}
        }
    }
}
