//! The DynamoDB table: the only place that knows keys, items and expressions.
//!
//! Each method of [`Table`] is one atomic step of a login, with its condition. A refused condition is an answer, not an
//! error: it comes back as a value or as a refusal of the domain. Items can outlive their `expires_at` by days. So
//! access is decided by comparing it with the given time, never by the absence of the item (requirement G-08).
//!
//! Every item carries the version of its shape (`SCHEMA_VERSION`). docs/develop.md says what may change in a shape and
//! how.
//!
//! - [`starts`], [`requests`], `request_row`: a login request is started, started again, resent, tried, turned into a
//!   ticket; its item.
//! - [`jobs`]: what `deliver-code` loads and reserves, and what it gives back.
//! - `throttles`, `usage`, `ip_counts`: the items of throttles; the counters of texts, in shards; code requests by
//!   address.
//! - [`accounts`]: signing in, registering.
//! - [`owners`], `wrong_codes`: who has which number, what they are told and chose; wrong codes.
//! - [`sessions`]: sessions are read, kept alive and ended.
//! - `item`, `item_key`: the form of items, and their keys.
//! - `transaction`: conditional writes that happen together or not at all.

pub mod accounts;
mod ip_counts;
mod item;
mod item_key;
pub mod jobs;
pub mod owners;
mod request_row;
pub mod requests;
pub mod sessions;
pub mod starts;
mod throttles;
mod transaction;
mod usage;
mod wrong_codes;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{ConditionCheck, Delete, KeysAndAttributes, Put};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::item::SCHEMA_VERSION;
use self::item::{Item, SCHEMA, attribute, from_item, number, string, time, to_item};
use self::item_key::Key;
use crate::error::{Error, RedactedError};

/// The table of one deployment. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// The table called `name`.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// Opens a connection, which then waits for the first real call. `DescribeEndpoints` is the one call that DynamoDB
    /// answers whatever the caller's role allows ("Required policy for endpoints" in its guide). What it answers does
    /// not matter.
    pub async fn connect(&self) {
        drop(self.client.describe_endpoints().send().await);
    }

    /// Reads one item, strongly consistent: access is decided on it (requirement K-10).
    async fn read<T: DeserializeOwned>(&self, key: Key) -> Result<Option<T>, Error> {
        let call = self.client.get_item().table_name(&self.name).set_key(Some(key.item())).consistent_read(true);
        let output = call.send().await.map_err(|error| unavailable("dynamodb GetItem", &error))?;
        output.item.map(from_item).transpose()
    }

    /// Reads several items in one call, strongly consistent.
    async fn read_all(&self, keys: impl IntoIterator<Item = Key>) -> Result<Found, Error> {
        const OPERATION: &str = "dynamodb BatchGetItem";
        let keys = keys.into_iter().map(Key::item).collect();
        let keys = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(keys)).build();
        let call = self.client.batch_get_item().request_items(&self.name, keys.map_err(unbuildable)?);
        let output = call.send().await.map_err(|error| unavailable(OPERATION, &error))?;
        if output.unprocessed_keys().is_some_and(|left| !left.is_empty()) {
            return Err(Error::Unavailable(RedactedError::new(OPERATION, "throttled")));
        }
        let items = output.responses.unwrap_or_default().into_values().flatten();
        Ok(Found(items.filter_map(|item| Some((Key::of(&item)?, item))).collect()))
    }

    /// A put, whatever was there.
    fn put(&self, key: Key, row: &impl Serialize) -> Result<Put, Error> {
        let put = Put::builder().table_name(&self.name).set_item(Some(key.with(to_item(row)?)));
        put.build().map_err(unbuildable)
    }

    /// A put of something new.
    fn put_absent(&self, key: Key, row: &impl Serialize) -> Result<Put, Error> {
        let put = Put::builder().table_name(&self.name).set_item(Some(key.with(to_item(row)?)));
        put.condition_expression("attribute_not_exists(pk)").build().map_err(unbuildable)
    }

    /// That there is no such item.
    fn absent(&self, key: Key) -> Result<ConditionCheck, Error> {
        let check = ConditionCheck::builder().table_name(&self.name).set_key(Some(key.item()));
        check.condition_expression("attribute_not_exists(pk)").build().map_err(unbuildable)
    }

    /// A delete, whatever is there.
    fn delete(&self, key: Key) -> Result<Delete, Error> {
        Delete::builder().table_name(&self.name).set_key(Some(key.item())).build().map_err(unbuildable)
    }
}

/// The items that one call found.
struct Found(HashMap<Key, Item>);

impl Found {
    /// The item, where there is one.
    fn get(&self, key: &Key) -> Option<&Item> {
        self.0.get(key)
    }

    /// The item in its Rust form, where there is one.
    fn row<T: DeserializeOwned>(&mut self, key: &Key) -> Result<Option<T>, Error> {
        self.0.remove(key).map(from_item).transpose()
    }
}

/// Whether a conditional write was made; false when its condition refused it.
fn succeeded<T, E: ProvideErrorMetadata, R>(
    operation: &'static str,
    result: Result<T, SdkError<E, R>>,
) -> Result<bool, Error> {
    match result {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
        Err(error) => Err(unavailable(operation, &error)),
    }
}

/// A failed call, in words that are safe in a log.
fn unavailable<E: ProvideErrorMetadata, R>(operation: &'static str, error: &SdkError<E, R>) -> Error {
    let kind = match error {
        SdkError::ConstructionFailure(_) => "request not built",
        SdkError::TimeoutError(_) => "timed out",
        SdkError::DispatchFailure(_) => "not reached",
        SdkError::ResponseError(_) => "unreadable answer",
        SdkError::ServiceError(service) => service.err().code().unwrap_or("unnamed error"),
        _ => "unknown error",
    };
    Error::Unavailable(RedactedError::new(operation, kind))
}

/// A request that the SDK's builder refuses: a bug.
fn unbuildable(_: aws_sdk_dynamodb::error::BuildError) -> Error {
    Error::Internal(RedactedError::new("dynamodb request", "incomplete"))
}
