//! What a call to the table costs in DynamoDB's capacity units, as the engine tells it.

use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use serde_json::Value;

/// What a call that succeeded was charged.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// The call; see [`super::Call::signature`].
    pub signature: String,
    /// Read capacity units.
    pub read: f64,
    /// Write capacity units.
    pub write: f64,
}

impl Cost {
    /// Reads the cost out of the engine's answer. An engine that tells none leaves it at zero.
    pub(super) fn read(signature: String, answer: &Bytes) -> Self {
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        let told = &answer["ConsumedCapacity"];
        // One object for a call about one table, a list for a batch or a transaction.
        let tables = told.as_array().map_or(std::slice::from_ref(told), Vec::as_slice);
        let units = tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum();
        let (read, write) = if super::call::reads(&signature) { (units, 0.0) } else { (0.0, units) };
        Self { signature, read, write }
    }
}

/// The body of the same call, which also asks what the call costs.
pub(super) fn ask(parts: &mut http::request::Parts, body: &Bytes) -> Bytes {
    let Ok(Value::Object(mut call)) = serde_json::from_slice(body) else { return body.clone() };
    call.insert("ReturnConsumedCapacity".to_owned(), "TOTAL".into());
    let body = Bytes::from(Value::Object(call).to_string());
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(signature: &str, answer: &str) -> (f64, f64) {
        let cost = Cost::read(signature.to_owned(), &Bytes::from(answer.to_owned()));
        (cost.read, cost.write)
    }

    #[test]
    fn an_answer_tells_its_cost_in_either_form() {
        let one = r#"{"ConsumedCapacity":{"TableName":"t","CapacityUnits":1.5}}"#;
        assert_eq!(cost("GetItem SESSION/SESSION", one), (1.5, 0.0));
        assert_eq!(cost("UpdateItem REQUEST/REQUEST", one), (0.0, 1.5));
        let many = r#"{"ConsumedCapacity":[{"TableName":"t","CapacityUnits":4.0},{"CapacityUnits":2.0}]}"#;
        assert_eq!(cost("TransactWriteItems Put SESSION/SESSION", many), (0.0, 6.0));
        assert_eq!(cost("BatchGetItem NUMBER/OWNER", "{}"), (0.0, 0.0));
    }

    #[test]
    fn a_call_that_requests_has_its_new_length() {
        let (mut parts, ()) = http::Request::builder().header(CONTENT_LENGTH, "2").body(()).unwrap().into_parts();
        let body = ask(&mut parts, &Bytes::from_static(b"{}"));
        assert_eq!(body, r#"{"ReturnConsumedCapacity":"TOTAL"}"#);
        assert_eq!(parts.headers[CONTENT_LENGTH], "34");
    }
}
