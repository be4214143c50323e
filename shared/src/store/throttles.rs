//! The items of throttles: written after a text, changed by expressions without a read.

use aws_sdk_dynamodb::types::{Put, Update};
use serde::{Deserialize, Serialize};

use super::item_key::Key;
use super::{Found, SCHEMA, SCHEMA_VERSION, Table, number, time, to_item, unbuildable};
use crate::error::Error;
use crate::keys::{NumberId, NumberIds};
use crate::login::proof::Target;
use crate::login::request::ThrottleName;
use crate::sending::throttle::Throttle;
use crate::time::{DAY, Timestamp};

/// Seconds that a throttle is kept after its last change: longer than any of its retry delays (requirement P-05).
pub(super) const THROTTLE_LIFE: i64 = 400 * DAY;

/// A throttle as the table keeps it. Step and count are signed, since logins subtract from them without reading them.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ThrottleRow {
    backoff_step: i64,
    unverified: i64,
    last_send: i64,
    #[serde(default)]
    sent_that_day: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last_unverified: Option<i64>,
    version: i64,
    /// A number that an older version locked has a throttle without an end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    expires_at: Option<Timestamp>,
}

impl ThrottleRow {
    fn of(write: &ThrottleWrite, now: Timestamp) -> Self {
        let Throttle { backoff_step, unverified, last_send, sent_that_day, last_unverified } = write.after;
        Self {
            backoff_step: backoff_step.into(),
            unverified: unverified.into(),
            last_send,
            sent_that_day: sent_that_day.into(),
            last_unverified,
            version: write.version + 1,
            expires_at: Some(now.plus(THROTTLE_LIFE)),
        }
    }

    pub(super) fn throttle(&self) -> Throttle {
        let count = |value: i64| u32::try_from(value.max(0)).unwrap_or(u32::MAX);
        Throttle {
            backoff_step: count(self.backoff_step),
            unverified: count(self.unverified),
            last_send: self.last_send,
            sent_that_day: count(self.sent_that_day),
            last_unverified: self.last_unverified,
        }
    }
}

/// What one text changes in its throttle.
pub(super) struct ThrottleWrite {
    /// The id of the number that the throttle is kept under.
    pub(super) number: NumberId,
    pub(super) name: ThrottleName,
    /// The version that was read. The write is refused when it is another by now.
    pub(super) version: i64,
    pub(super) after: Throttle,
}

impl ThrottleWrite {
    fn key(&self) -> Key {
        Key::throttle(&self.number, &self.name)
    }
}

impl Table {
    pub(super) fn put_throttle(&self, write: &ThrottleWrite, now: Timestamp) -> Result<Put, Error> {
        Put::builder()
            .table_name(&self.name)
            .set_item(Some(write.key().with(to_item(&ThrottleRow::of(write, now))?)))
            .condition_expression("attribute_not_exists(version) OR version = :version")
            .expression_attribute_values(":version", number(write.version))
            .build()
            .map_err(unbuildable)
    }

    /// [`Throttle::send_failed`] as an expression.
    pub(super) fn take_back_send(&self, write: &ThrottleWrite, now: Timestamp) -> Result<Update, Error> {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(write.key().item()))
            .update_expression(
                "SET backoff_step = backoff_step - :one, unverified = unverified - :one, \
                 sent_that_day = sent_that_day - :one, version = version + :one, expires_at = :end",
            )
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":end", time(now.plus(THROTTLE_LIFE)))
            .build()
            .map_err(unbuildable)
    }

    /// [`Throttle::logged_in`] as an expression, so that it needs no read and no version. A throttle that was deleted
    /// comes back unused.
    pub(super) fn step_back(&self, target: &Target, now: Timestamp) -> Result<Update, Error> {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::throttle(&target.number.first, &target.throttle).item()))
            .update_expression(
                "SET backoff_step = if_not_exists(backoff_step, :sends) - :sends, unverified = :zero, \
                 last_send = if_not_exists(last_send, :zero), #schema = :schema, \
                 version = if_not_exists(version, :zero) + :one, expires_at = :end",
            )
            .expression_attribute_names("#schema", SCHEMA)
            .expression_attribute_values(":schema", number(SCHEMA_VERSION))
            .expression_attribute_values(":sends", number(target.sends))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":end", time(now.plus(THROTTLE_LIFE)))
            .build()
            .map_err(unbuildable)
    }
}

/// The keys of one throttle, under each id of its number.
pub(super) fn keys(number: &NumberIds, name: &ThrottleName) -> Vec<Key> {
    number.all().map(|id| Key::throttle(id, name)).collect()
}

/// A throttle, and the version of the item under the first of its keys. While one root secret takes over from another,
/// a throttle can have two items, of which the one with the newest text counts. One that was never used has none.
pub(super) fn newest(found: &mut Found, keys: &[Key]) -> Result<(Throttle, i64), Error> {
    let rows = keys.iter().map(|key| found.row::<ThrottleRow>(key)).collect::<Result<Vec<_>, _>>()?;
    let version = rows.first().and_then(Option::as_ref).map_or(0, |row| row.version);
    let newest = rows.into_iter().flatten().max_by_key(|row| row.last_send);
    Ok((newest.map_or_else(Throttle::default, |row| row.throttle()), version))
}
