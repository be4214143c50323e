//! Items and their attributes, from Rust and back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, RedactedError};
use crate::time::Timestamp;

/// The version of the shape of every item that is written. It is raised when old code could misread a new item.
pub const SCHEMA_VERSION: u8 = 1;
/// The attribute that carries it.
pub(super) const SCHEMA: &str = "schema_version";

pub(super) type Item = HashMap<String, AttributeValue>;

/// An item from its Rust form.
pub(super) fn to_item(row: &impl Serialize) -> Result<Item, Error> {
    serde_dynamo::to_item(row).map_err(|_| Error::Internal(RedactedError::new("item", "cannot be written")))
}

/// The Rust form of an item. One that does not parse was not written by Doorcode, and nobody may gain from it.
pub(super) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, Error> {
    // The error of serde_dynamo would repeat the value, so only the fact is kept.
    serde_dynamo::from_item(item).map_err(|_| Error::Internal(RedactedError::new("item", "cannot be read")))
}

pub(super) fn string(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl Into<i64>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

pub(super) fn attribute(value: &impl Serialize) -> Result<AttributeValue, Error> {
    serde_dynamo::to_attribute_value(value)
        .map_err(|_| Error::Internal(RedactedError::new("item", "cannot be written")))
}

pub(super) fn time(value: Timestamp) -> AttributeValue {
    number(value.secs())
}
