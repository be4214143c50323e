//! One record of the table's stream, in the form in which Lambda hands it to a function.

use aws_sdk_dynamodbstreams::types::{AttributeValue, Record as Read, StreamRecord};
use serde_json::{Value, json};
use shared::time::Timestamp;
use std::collections::HashMap;

/// A record: its place in the stream, when it was written, and its JSON.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) sequence_number: String,
    pub(crate) written_at: Timestamp,
    pub(crate) json: Value,
}

impl Record {
    /// The record as the Streams API gave it. None when it has no place in the stream.
    pub(crate) fn read(record: Read, stream: &str) -> Option<Self> {
        let change = record.dynamodb?;
        let sequence_number = change.sequence_number.clone()?;
        let written_at = Timestamp::from_secs(change.approximate_creation_date_time.map_or(0, |time| time.secs()));
        let json = json!({
            "eventID": record.event_id.unwrap_or_default(),
            "eventName": record.event_name.map_or_else(String::new, |name| name.as_str().to_owned()),
            "eventVersion": record.event_version.unwrap_or_default(),
            "eventSource": "aws:dynamodb",
            "eventSourceARN": stream,
            "awsRegion": record.aws_region.unwrap_or_default(),
            "dynamodb": changed(change, written_at),
        });
        Some(Self { sequence_number, written_at, json })
    }
}

fn changed(change: StreamRecord, written_at: Timestamp) -> Value {
    let mut json = json!({
        "ApproximateCreationDateTime": written_at,
        "Keys": item(change.keys.unwrap_or_default()),
        "SequenceNumber": change.sequence_number,
        "SizeBytes": change.size_bytes.unwrap_or_default(),
        "StreamViewType": change.stream_view_type.map(|view| view.as_str().to_owned()),
    });
    // A removed item has no new image.
    if let Some(image) = change.new_image {
        json["NewImage"] = item(image);
    }
    json
}

fn item(attributes: HashMap<String, AttributeValue>) -> Value {
    // The SDK's values have one form for each that DynamoDB has; none fails to become JSON.
    serde_json::to_value(serde_dynamo::Item::from(attributes)).unwrap_or_default()
}

#[cfg(test)]
impl Record {
    /// A record without contents, for tests of what is done with records.
    pub(crate) fn numbered(sequence_number: &str) -> Self {
        Self { sequence_number: sequence_number.to_owned(), written_at: Timestamp::from_secs(0), json: Value::Null }
    }
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::event::dynamodb::Event;
    use aws_sdk_dynamodbstreams::primitives::{Blob, DateTime};
    use aws_sdk_dynamodbstreams::types::{OperationType, StreamViewType};

    use super::*;

    fn read(name: OperationType, image: Option<HashMap<String, AttributeValue>>) -> Record {
        let key = HashMap::from([("pk".to_owned(), AttributeValue::S("REQUEST#1".to_owned()))]);
        let change = StreamRecord::builder()
            .approximate_creation_date_time(DateTime::from_secs(1_700_000_000))
            .set_keys(Some(key))
            .set_new_image(image)
            .sequence_number("100000000000000000007")
            .size_bytes(42)
            .stream_view_type(StreamViewType::NewImage)
            .build();
        let record = Read::builder().event_id("7").event_name(name).event_version("1.1").aws_region("here");
        Record::read(record.dynamodb(change).build(), "arn:stream").unwrap()
    }

    #[test]
    fn a_function_can_read_what_it_gets() {
        let image = HashMap::from([
            ("state".to_owned(), AttributeValue::S("requested".to_owned())),
            ("code_requests".to_owned(), AttributeValue::N("2".to_owned())),
            ("sealed".to_owned(), AttributeValue::B(Blob::new([0, 255]))),
            ("hash".to_owned(), AttributeValue::M(HashMap::from([("a".to_owned(), AttributeValue::Bool(true))]))),
        ]);
        let record = read(OperationType::Modify, Some(image));
        assert_eq!(record.sequence_number, "100000000000000000007");
        assert_eq!(record.written_at, Timestamp::from_secs(1_700_000_000));
        assert_eq!(
            record.json["dynamodb"]["NewImage"],
            json!({ "state": { "S": "requested" }, "code_requests": { "N": "2" }, "sealed": { "B": "AP8=" }, "hash": { "M": { "a": { "BOOL": true } } } })
        );
        let event: Event = serde_json::from_value(json!({ "Records": [record.json] })).unwrap();
        let [record] = event.records.as_slice() else { panic!("one record") };
        assert_eq!((record.event_id.as_str(), record.event_name.as_str()), ("7", "MODIFY"));
        assert_eq!(record.event_source.as_deref(), Some("aws:dynamodb"));
        assert_eq!(record.change.sequence_number.as_deref(), Some("100000000000000000007"));
        assert_eq!(record.change.approximate_creation_date_time.timestamp(), 1_700_000_000);
    }

    #[test]
    fn a_removed_item_has_no_new_image() {
        assert_eq!(read(OperationType::Remove, None).json["dynamodb"].get("NewImage"), None);
    }
}
