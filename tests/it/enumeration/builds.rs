//! Builds that tell who has an account: the calls of the real functions, altered on their way to the table.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tests::proxy::Alter;

/// What a build does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injected {
    /// A text to a number is counted in its block once more after its owner signed in: the circuit breaker of old.
    BlockCountsAgainAfterALogin,
    /// A text to a number with an account is not counted in this window of the counters that begin so.
    NotCounted { counter: &'static str, windows: &'static str },
    /// A number with an account does not take its place in its block.
    NotInTheBlock,
    /// What is suppressed is not counted. It depends on an account, of which each reason tells something else.
    SuppressedIsFree,
    /// The throttle of a number with an account has this value after each text.
    Throttle { attribute: &'static str, value: i64 },
    /// A number with an account is not held by its country's override.
    OverrideIsNotSeen,
}

impl Injected {
    /// What it does to the calls in one world, in which the number has this id.
    pub fn alter(self, has_account: bool, number: &str) -> Option<Alter> {
        let throttle = format!("THROTTLE#{number}");
        let is_for_the_number = move |body: &Value| body.to_string().contains(&throttle);
        match self {
            Self::BlockCountsAgainAfterALogin => Some(counting_again()),
            Self::SuppressedIsFree => Some(Arc::new(|_, body| do_not_count_suppressed(body))),
            _ if !has_account => None,
            Self::NotCounted { counter, windows } => Some(Arc::new(move |_, body| {
                if is_for_the_number(body) {
                    each(body, |key, update| key.starts_with(counter) && rename(update, windows));
                }
            })),
            Self::NotInTheBlock => Some(Arc::new(move |_, body| {
                if is_for_the_number(body) {
                    drop_items(body, "QUOTA#BLOCK#");
                }
            })),
            Self::Throttle { attribute, value } => Some(Arc::new(move |_, body| {
                if is_for_the_number(body) {
                    set_throttle(body, attribute, value);
                }
            })),
            Self::OverrideIsNotSeen => Some(Arc::new(move |operation, body| {
                if operation == "BatchGetItem" && is_for_the_number(body) {
                    let tables = body.get_mut("RequestItems").and_then(Value::as_object_mut).into_iter().flatten();
                    for keys in tables.filter_map(|(_, table)| table["Keys"].as_array_mut()) {
                        keys.retain(|key| key["pk"]["S"] != "QUOTA#COUNTRY#SE#0");
                    }
                }
            })),
        }
    }
}

/// What is suppressed changes the login request alone, and says only that it is done.
fn do_not_count_suppressed(body: &mut Value) {
    if each(body, |_, update| update["UpdateExpression"] == "SET #state = :sent") {
        drop_items(body, "QUOTA#");
    }
}

/// Sets a number of the throttle that a transaction puts.
fn set_throttle(body: &mut Value, attribute: &str, value: i64) {
    let puts = items_of(body).into_iter().flatten().filter_map(|item| item.get_mut("Put")?["Item"].as_object_mut());
    for throttle in puts.filter(|item| item.contains_key("backoff_step")) {
        throttle.insert(attribute.to_owned(), json!({"N": value.to_string()}));
    }
}

/// The writes of a transaction.
fn items_of(body: &mut Value) -> Option<&mut Vec<Value>> {
    body.get_mut("TransactItems")?.as_array_mut()
}

/// In a block a number has another name after each login.
fn counting_again() -> Alter {
    let logins: Mutex<BTreeMap<String, usize>> = Mutex::default();
    Arc::new(move |_, body| {
        let Some(throttle) = throttle_of(body) else { return };
        let mut logins = logins.lock().expect("no panic with the lock");
        let logins = logins.entry(throttle).or_default();
        if body.to_string().contains("seed = :seed") {
            *logins += 1;
        }
        each(body, |key, update| {
            let names = [
                &["ExpressionAttributeValues", ":number", "S"][..],
                &["ExpressionAttributeValues", ":numbers", "SS", "0"],
            ];
            for path in names.into_iter().filter(|_| key.starts_with("QUOTA#BLOCK#") && *logins > 0) {
                if let Some(name) = update.pointer_mut(&format!("/{}", path.join("/"))) {
                    *name = format!("{} {logins}", name.as_str().unwrap_or_default()).into();
                }
            }
            false
        });
    })
}

/// The key of the throttle in a transaction.
fn throttle_of(body: &Value) -> Option<String> {
    let items = body["TransactItems"].as_array()?;
    let mut keys = items.iter().flat_map(|item| [&item["Put"]["Item"]["pk"]["S"], &item["Update"]["Key"]["pk"]["S"]]);
    keys.find_map(|key| key.as_str().filter(|key| key.starts_with("THROTTLE#")).map(str::to_owned))
}

/// Looks at each update of a transaction, with its key, until one of them is `found`.
fn each(body: &mut Value, found: impl Fn(&str, &mut Value) -> bool) -> bool {
    items_of(body).into_iter().flatten().filter_map(|item| item.get_mut("Update")).any(|update| {
        let key = update["Key"]["pk"]["S"].as_str().unwrap_or_default().to_owned();
        found(&key, update)
    })
}

/// Leaves out the updates of items whose keys begin so.
fn drop_items(body: &mut Value, prefix: &str) {
    if let Some(items) = items_of(body) {
        items.retain(|item| !item["Update"]["Key"]["pk"]["S"].as_str().unwrap_or_default().starts_with(prefix));
    }
}

/// Lets an update count windows of these kinds elsewhere.
fn rename(update: &mut Value, windows: &str) -> bool {
    let names = update["ExpressionAttributeNames"].as_object_mut();
    for (_, name) in names.into_iter().flatten().filter(|(place, _)| place.starts_with("#w")) {
        let text = name.as_str().unwrap_or_default();
        if windows.contains(&text[..1]) {
            *name = format!("elsewhere-{text}").into();
        }
    }
    false
}
