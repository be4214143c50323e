//! One call to the table, as the proxy saw it.

use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use serde_json::Value;

use super::InjectedFault;

/// A call to the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What was asked of which kinds of item: `UpdateItem REQUEST/REQUEST`,
    /// `TransactWriteItems Delete REQUEST/REQUEST, Put SESSION/SESSION`. Tries of one call have one signature.
    pub signature: String,
    /// The length of the call, so that a larger item shows.
    pub bytes: usize,
    /// Whether a read asked for what was written last (requirement K-10).
    pub consistent: Option<bool>,
    /// How the proxy failed it.
    pub fault: Option<InjectedFault>,
}

impl Call {
    pub(super) fn read(parts: &http::request::Parts, body: &Bytes) -> Self {
        let operation = operation(parts);
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        Self {
            signature: format!("{operation} {}", items(&body)),
            bytes: body.to_string().len(),
            consistent: is_consistent(operation, &body),
            fault: None,
        }
    }

    /// Whether the call can change the table.
    #[must_use]
    pub fn writes(&self) -> bool {
        !reads(&self.signature)
    }
}

/// What a call asks for: `UpdateItem`.
fn operation(parts: &http::request::Parts) -> &str {
    let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default()
}

/// The body of a call after `alter`.
pub(super) fn altered(parts: &mut http::request::Parts, body: &Bytes, alter: &dyn Fn(&str, &mut Value)) -> Bytes {
    let Ok(mut call) = serde_json::from_slice(body) else { return body.clone() };
    alter(operation(parts), &mut call);
    let body = Bytes::from(call.to_string());
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    body
}

/// Whether a read asks for what was written last; none when it is no read.
fn is_consistent(operation: &str, body: &Value) -> Option<bool> {
    match operation {
        "GetItem" => Some(body["ConsistentRead"] == true),
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object()?;
            Some(tables.values().all(|table| table["ConsistentRead"] == true))
        }
        _ => None,
    }
}

/// Whether a call with this signature only reads.
pub(super) fn reads(signature: &str) -> bool {
    let operation = signature.split(' ').next().unwrap_or_default();
    ["GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"].contains(&operation)
}

/// The kinds of item that a call is about.
fn items(body: &Value) -> String {
    if let Some(actions) = body["TransactItems"].as_array() {
        return actions.iter().map(action).collect::<Vec<_>>().join(", ");
    }
    if let Some(tables) = body["RequestItems"].as_object() {
        let keys = tables.values().filter_map(|table| table["Keys"].as_array()).flatten();
        let mut kinds: Vec<_> = keys.map(kind).collect();
        // The shards of a counter stand in one call, one after the other.
        kinds.dedup();
        return kinds.join(", ");
    }
    kind(item(body))
}

fn action(action: &Value) -> String {
    let Some((name, body)) = action.as_object().and_then(|action| action.iter().next()) else {
        return "?".to_owned();
    };
    format!("{name} {}", kind(item(body)))
}

fn item(body: &Value) -> &Value {
    if body["Key"].is_object() { &body["Key"] } else { &body["Item"] }
}

/// An item's kind is what its keys say before the first `#`: `THROTTLE/DEVICE`. A sort key of digits is a window.
fn kind(key: &Value) -> String {
    let part = |name: &str| {
        let text = key[name]["S"].as_str().unwrap_or("?");
        let part = text.split('#').next().unwrap_or_default();
        if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            "window".to_owned()
        } else {
            part.to_owned()
        }
    };
    format!("{}/{}", part("pk"), part("sk"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(operation: &str, body: &str) -> String {
        let request = http::Request::builder().header("x-amz-target", format!("DynamoDB_20120810.{operation}"));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Call::read(&parts, &Bytes::from(body.to_owned())).signature
    }

    #[test]
    fn a_call_is_known_by_its_operation_and_its_items() {
        let update = r#"{"Key":{"pk":{"S":"IP#198.18.0.1"},"sk":{"S":"1800000000"}}}"#;
        assert_eq!(signature("UpdateItem", update), "UpdateItem IP/window");
        let transaction = r#"{"TransactItems":[
            {"Delete":{"Key":{"pk":{"S":"REQUEST#abc"},"sk":{"S":"REQUEST"}}}},
            {"Put":{"Item":{"pk":{"S":"THROTTLE#1"},"sk":{"S":"DEVICE#2"}}}}]}"#;
        assert_eq!(
            signature("TransactWriteItems", transaction),
            "TransactWriteItems Delete REQUEST/REQUEST, Put THROTTLE/DEVICE"
        );
        let batch = r#"{"RequestItems":{"doorcode":{"Keys":[{"pk":{"S":"QUOTA#A#0"},"sk":{"S":"QUOTA"}},
            {"pk":{"S":"QUOTA#A#1"},"sk":{"S":"QUOTA"}},{"pk":{"S":"NUMBER#1"},"sk":{"S":"OWNER"}}]}}}"#;
        assert_eq!(signature("BatchGetItem", batch), "BatchGetItem QUOTA/QUOTA, NUMBER/OWNER");
    }
}
