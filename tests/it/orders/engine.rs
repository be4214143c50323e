//! What the real engine answers to one call, and what the call changes. Each call is made once for each content of the
//! items that it names: nothing else decides what DynamoDB does with it.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use local::EmbeddedDynamoDb;
use serde_json::{Value, json};
use tests::clock::ManualClock;
use tests::stack::{Stack, policy};
use tokio::net::TcpStream;

use super::notes::{Id, Notes};

/// The table: its items by their keys, in order.
pub type Table = Vec<(Id, Id)>;

/// What became of a call.
pub struct Judged {
    /// Its answer, of the form `STATUS BODY`.
    pub reply: Id,
    /// Whether it was done.
    pub is_done: bool,
    /// The items that it changed, by their keys; none where it removed one.
    pub changes: Vec<(Id, Option<Id>)>,
}

/// The embedded engine, with a table of its own, of the same name as that of the functions.
pub struct Engine {
    stack: Stack,
    connection: SendRequest<Full<Bytes>>,
    /// What its table holds now.
    holds: HashMap<Id, Id>,
    named: HashMap<Id, Rc<[Id]>>,
    known: HashMap<(Id, Vec<Option<Id>>), Rc<Judged>>,
}

impl Engine {
    pub async fn start() -> Self {
        let engine = EmbeddedDynamoDb::memory(ManualClock::new().shared()).await.expect("an engine");
        let stack = Stack::on(engine, policy()).await;
        let stream = TcpStream::connect(stack.engine().trim_start_matches("http://")).await.expect("an engine");
        let (connection, driver) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("a connection");
        tokio::spawn(driver);
        Self { stack, connection, holds: HashMap::new(), named: HashMap::new(), known: HashMap::new() }
    }

    /// How many calls the engine answered.
    pub fn answered(&self) -> usize {
        self.known.len()
    }

    /// The keys that a call names.
    pub fn named(&mut self, notes: &mut Notes, call: Id) -> Rc<[Id]> {
        if let Some(named) = self.named.get(&call) {
            return named.clone();
        }
        let (_, body) = split(notes, call);
        let mut keys = BTreeSet::new();
        collect(&body, &mut keys);
        let keys: Rc<[Id]> = keys.iter().map(|key| notes.id(key)).collect();
        self.named.insert(call, keys.clone());
        keys
    }

    /// Makes `call`, of the form `OPERATION BODY`, on a table with these items.
    pub async fn judge(&mut self, notes: &mut Notes, call: Id, table: &Table) -> Rc<Judged> {
        let named = self.named(notes, call);
        let before: Vec<_> = named.iter().map(|key| item(table, *key)).collect();
        if let Some(judged) = self.known.get(&(call, before.clone())) {
            return judged.clone();
        }
        self.put_in_place(notes, &named, &before).await;
        let (operation, body) = split(notes, call);
        let (status, reply) = self.send(&operation, &body).await;
        let after = self.read(notes, &named).await;
        let mut changes = Vec::new();
        for ((key, before), after) in named.iter().zip(&before).zip(after) {
            if *before != after {
                changes.push((*key, after));
            }
            match after {
                Some(item) => self.holds.insert(*key, item),
                None => self.holds.remove(key),
            };
        }
        let body = notes.json(&reply);
        let reply = format!("{status} {}", notes.text(body));
        let judged = Rc::new(Judged { reply: notes.id(&reply), is_done: status == 200, changes });
        self.known.insert((call, before), judged.clone());
        judged
    }

    /// Makes the named items what they are in a state.
    async fn put_in_place(&mut self, notes: &Notes, named: &[Id], wanted: &[Option<Id>]) {
        let name = self.stack.table_name();
        let mut writes = Vec::new();
        for (key, wanted) in named.iter().zip(wanted) {
            if self.holds.get(key) == wanted.as_ref() {
                continue;
            }
            writes.push(match wanted {
                Some(item) => json!({"Put": {"TableName": name, "Item": notes.value(*item)}}),
                None => json!({"Delete": {"TableName": name, "Key": key_of(&notes.text(*key))}}),
            });
        }
        if !writes.is_empty() {
            let (status, answer) = self.send("TransactWriteItems", &json!({"TransactItems": writes})).await;
            assert_eq!(status, 200, "{answer}");
        }
    }

    async fn read(&mut self, notes: &mut Notes, named: &[Id]) -> Vec<Option<Id>> {
        let keys: Vec<_> = named.iter().map(|key| key_of(&notes.text(*key))).collect();
        let tables = json!({self.stack.table_name(): {"ConsistentRead": true, "Keys": keys}});
        let (status, answer) = self.send("BatchGetItem", &json!({"RequestItems": tables})).await;
        assert_eq!(status, 200, "{answer}");
        let found = answer["Responses"][self.stack.table_name()].as_array().cloned().unwrap_or_default();
        let found: HashMap<Id, Id> = found.iter().map(|item| (notes.id(&key_text(item)), notes.json(item))).collect();
        named.iter().map(|key| found.get(key).copied()).collect()
    }

    async fn send(&mut self, operation: &str, body: &Value) -> (u16, Value) {
        let request = Request::post("/")
            .header("host", "localhost")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-date", "20960101T000000Z")
            // The engine checks no signature, but that there is one.
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=e",
            )
            .body(Full::new(Bytes::from(body.to_string())))
            .expect("a request");
        let response = self.connection.send_request(request).await.expect("an answer of the engine");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        (parts.status.as_u16(), serde_json::from_slice(&body).expect("JSON"))
    }
}

/// The item of a key.
pub fn item(table: &Table, key: Id) -> Option<Id> {
    table.binary_search_by_key(&key, |(key, _)| *key).ok().map(|place| table[place].1)
}

/// Sets or removes the item of a key.
pub fn set(table: &mut Table, key: Id, item: Option<Id>) {
    match (table.binary_search_by_key(&key, |(key, _)| *key), item) {
        (Ok(place), Some(item)) => table[place].1 = item,
        (Ok(place), None) => drop(table.remove(place)),
        (Err(place), Some(item)) => table.insert(place, (key, item)),
        (Err(_), None) => {}
    }
}

/// The operation and the body of a call.
pub fn split(notes: &Notes, call: Id) -> (String, Value) {
    let text = notes.text(call);
    let (operation, body) = text.split_once(' ').expect("a call");
    (operation.to_owned(), serde_json::from_str(body).expect("the body of a call"))
}

/// How a key is written here.
fn key_text(item: &Value) -> String {
    format!("{} {}", item["pk"]["S"].as_str().expect("a key"), item["sk"]["S"].as_str().expect("a key"))
}

fn key_of(text: &str) -> Value {
    let (pk, sk) = text.rsplit_once(' ').expect("a key");
    json!({"pk": {"S": pk}, "sk": {"S": sk}})
}

/// The keys in a call: wherever something has both parts of one.
fn collect(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if members.contains_key("pk") && members.contains_key("sk") => {
            keys.insert(key_text(value));
        }
        Value::Object(members) => members.values().for_each(|value| collect(value, keys)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, keys)),
        _ => {}
    }
}
