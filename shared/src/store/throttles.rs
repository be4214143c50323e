//! Lanes: put after a send, moved by expressions where nobody has read them, opened again.

use aws_sdk_dynamodb::types::{Put, Update};
use serde::{Deserialize, Serialize};

use super::item_key::Key;
use super::jobs::Permit;
use super::{Found, Table, made, number, time, to_item, unbuildable};
use crate::error::Error;
use crate::keys::{NumberId, NumberIds};
use crate::login::request::Subject;
use crate::sending::job::Order;
use crate::sending::throttle::{Lane, LaneKind, LaneName};
use crate::time::{DAY, Timestamp};

/// Seconds that a lane is kept after its last change: longer than any of its waits (requirement P-05). A closed one of
/// strangers stays, since time must not open it (requirement G-06).
pub(super) const LANE_LIFE: i64 = 400 * DAY;

/// A lane as the table keeps it. Level and count are signed, since logins subtract from them without reading them.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LaneRow {
    level: i64,
    unverified: i64,
    last_send: i64,
    #[serde(default)]
    sent_that_day: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last_unused: Option<i64>,
    version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

impl LaneRow {
    fn of(permit: &Permit, now: Timestamp) -> Self {
        let Lane { level, unverified, last_send, sent_that_day, last_unused } = permit.plan.lane;
        let stays = permit.plan.kind == LaneKind::Stranger && permit.plan.lane.is_closed(LaneKind::Stranger);
        let expires_at = (!stays).then(|| now.plus(LANE_LIFE));
        Self {
            level: level.into(),
            unverified: unverified.into(),
            last_send,
            sent_that_day: sent_that_day.into(),
            last_unused,
            version: permit.version + 1,
            expires_at,
        }
    }

    pub(super) fn lane(&self) -> Lane {
        let count = |value: i64| u32::try_from(value.max(0)).unwrap_or(u32::MAX);
        Lane {
            level: count(self.level),
            unverified: count(self.unverified),
            last_send: self.last_send,
            sent_that_day: count(self.sent_that_day),
            last_unused: self.last_unused,
        }
    }
}

impl Table {
    pub(super) fn put_lane(&self, order: &Order, permit: &Permit) -> Result<Put, Error> {
        let row = LaneRow::of(permit, order.asked_at);
        Put::builder()
            .table_name(&self.name)
            .set_item(Some(Key::lane(&permit.number, &permit.name).with(to_item(&row)?)))
            .condition_expression("attribute_not_exists(version) OR version = :version")
            .expression_attribute_values(":version", number(permit.version))
            .build()
            .map_err(unbuildable)
    }

    /// [`Lane::undelivered`] as an expression.
    pub(super) fn give_back(&self, order: &Order, permit: &Permit) -> Result<Update, Error> {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::lane(&permit.number, &permit.name).item()))
            .update_expression(
                "SET #level = #level - :one, unverified = unverified - :one, sent_that_day = sent_that_day - :one, \
                 version = version + :one, expires_at = :end",
            )
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#level", "level")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":end", time(order.asked_at.plus(LANE_LIFE)))
            .build()
            .map_err(unbuildable)
    }

    /// [`crate::sending::throttle::Lane::logged_in`] as an expression, so that it needs no read and meets no other writer. A lane that
    /// somebody deleted comes back unused.
    pub(super) fn step_back(&self, subject: &Subject, now: Timestamp) -> Result<Update, Error> {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::lane(&subject.number.first, &subject.lane).item()))
            .update_expression(
                "SET #level = if_not_exists(#level, :sends) - :sends, unverified = :zero, \
                 last_send = if_not_exists(last_send, :zero), \
                 version = if_not_exists(version, :zero) + :one, expires_at = :end",
            )
            .expression_attribute_names("#level", "level")
            .expression_attribute_values(":sends", number(subject.sends))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":end", time(now.plus(LANE_LIFE)))
            .build()
            .map_err(unbuildable)
    }

    /// [`Lane::reopened`] as an expression, for the lane of all strangers. A lane is closed by sends that were not used, so
    /// the last one is such a send.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn reopen_lane(&self, of: &NumberId, now: Timestamp) -> Result<(), Error> {
        let call = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(Key::lane(of, &LaneName::Stranger).item()))
            .update_expression(
                "SET unverified = :zero, last_unused = last_send, version = version + :one, expires_at = :end",
            )
            .condition_expression("unverified > :zero")
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":end", time(now.plus(LANE_LIFE)));
        // A lane without such sends is open.
        made("dynamodb UpdateItem", call.send().await).map(|_| ())
    }
}

/// The keys of one lane, under each id of its number.
pub(super) fn keys(number: &NumberIds, name: &LaneName) -> Vec<Key> {
    number.all().map(|id| Key::lane(id, name)).collect()
}

/// A lane, and the version of the item under the first of its keys. While one root secret takes over from another, a lane
/// can have two items, of which the one that sent last counts; a lane that was never used has none.
pub(super) fn newest(found: &mut Found, keys: &[Key]) -> Result<(Lane, i64), Error> {
    let rows = keys.iter().map(|key| found.row::<LaneRow>(key)).collect::<Result<Vec<_>, _>>()?;
    let version = rows.first().and_then(Option::as_ref).map_or(0, |row| row.version);
    let newest = rows.into_iter().flatten().max_by_key(|row| row.last_send);
    Ok((newest.map_or_else(Lane::default, |row| row.lane()), version))
}
