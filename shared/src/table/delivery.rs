//! What `deliver-code` reads, claims and gives back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, Put, Update};
use serde::{Deserialize, Serialize};

use super::accounts::OwnerRow;
use super::key::{Key, PK, STRANGER, device_sort_key, request_id};
use super::requests::{RequestRow, State};
use super::sessions::DeviceRow;
use super::transaction::{put, update};
use super::{Item, Table, from_item, number, string, time, to_item, unavailable, unbuildable};
use crate::code::CodeHash;
use crate::error::{Error, Fault};
use crate::lane::{Decision, Lane, LaneKind};
use crate::request::{Order, RequestId};
use crate::time::Timestamp;

/// Seconds that a lane is kept after its last change: longer than any of its waits (requirement P-05).
const LANE_LIFE: i64 = 400 * 86_400;

/// Reads the image of a login request out of a record of the table's stream.
///
/// # Errors
/// [`Error::Internal`] when it is no login request that Doorcode wrote.
pub fn order(image: serde_dynamo::Item) -> Result<Order, Error> {
    let item: Item = image.into();
    let pk = item.get(PK).and_then(|pk| pk.as_s().ok()).and_then(|pk| request_id(pk)).map(str::to_owned);
    let id: RequestId = pk
        .and_then(|id| serde_dynamo::from_attribute_value(AttributeValue::S(id)).ok())
        .ok_or_else(|| Error::Internal(Fault::new("stream record", "no login request")))?;
    let row: RequestRow = from_item(item)?;
    Ok(Order {
        id,
        purpose: row.purpose,
        number_id: row.number_id,
        sealed_number: row.sealed_number,
        device: row.device,
        asked_at: row.asked_at,
        expires_at: row.expires_at,
        asks: row.asks,
    })
}

/// The lane that an order goes by, as it was read.
pub struct LaneState {
    kind: LaneKind,
    sort_key: String,
    version: i64,
    lane: Lane,
}

impl LaneState {
    /// Whether the order may be sent now.
    #[must_use]
    pub fn decide(&self, order: &Order) -> Decision {
        self.lane.ask(self.kind, order.asked_at())
    }
}

/// What became of the claim of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The order is ours: the hash is written, the lane counted.
    Taken,
    /// Another delivery of the same record, or a newer ask, has it.
    AlreadyTaken,
    /// The lane moved since it was read. Nothing was written; read it again.
    LaneMoved,
}

impl Table {
    /// The lane that `order` goes by: its device's, when it comes from a browser that signed in to the number's
    /// account before and was not revoked, otherwise the lane of all strangers.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn lane_of(&self, order: &Order) -> Result<LaneState, Error> {
        let stranger_key = Key::lane(&order.number_id, STRANGER);
        let [owner, stranger] = self.read_both(Key::owner(&order.number_id), stranger_key).await?;
        let stranger = LaneState::of(LaneKind::Stranger, STRANGER.to_owned(), stranger)?;
        let (Some(device), Some(owner)) = (&order.device, owner) else { return Ok(stranger) };
        let owner: OwnerRow = from_item(owner)?;
        let lane_key = Key::lane(&order.number_id, &device_sort_key(device));
        let [known, lane] = self.read_both(Key::device(&owner.user_id, device), lane_key).await?;
        let known = known.map(from_item::<DeviceRow>).transpose()?;
        if known.is_none_or(|known| order.asked_at >= known.expires_at) {
            return Ok(stranger);
        }
        let lane = LaneState::of(LaneKind::Device, device_sort_key(device), lane)?;
        Ok(if lane.decide(order) == Decision::Closed { stranger } else { lane })
    }

    /// Takes an order: the request is sent, with `hash`, and the lane counts the send. When the decision was not to
    /// send, the same two writes are made, with a hash that no code has and the lane as it was.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn claim(&self, order: &Order, state: &LaneState, hash: &CodeHash) -> Result<Claim, Error> {
        let (lane, sends) = match state.decide(order) {
            Decision::Send(lane) => (lane, 1),
            Decision::Wait | Decision::Closed => (state.lane, 0),
        };
        let request = self.mark_sent(order, state, hash, sends)?;
        let lane = self.put_lane(order, state, lane)?;
        Ok(match self.transact(vec![update(request), put(lane)]).await? {
            Ok(()) => Claim::Taken,
            Err(refused) if refused.index == 0 => Claim::AlreadyTaken,
            Err(_) => Claim::LaneMoved,
        })
    }

    /// Gives back what a send took that SNS refused: the request can be asked again, the lane has its step back. The
    /// request's hash becomes `no_code`, so that an unreachable number never means free guesses.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn mark_undelivered(
        &self,
        order: &Order,
        state: &LaneState,
        hash: &CodeHash,
        no_code: &CodeHash,
    ) -> Result<(), Error> {
        let request = Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::request(&order.id).item()))
            .update_expression("SET #state = :undelivered, code_hash = :none, sends = sends - :one")
            .condition_expression("#state = :sent AND code_hash.#hash = :hash")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#hash", "hash")
            .expression_attribute_values(":undelivered", string(State::Undelivered.as_str()))
            .expression_attribute_values(":sent", string(State::Sent.as_str()))
            .expression_attribute_values(":hash", string(hash.as_str()))
            .expression_attribute_values(":none", AttributeValue::M(to_item(no_code)?))
            .expression_attribute_values(":one", number(1))
            .build()
            .map_err(unbuildable)?;
        let lane = Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::lane(&order.number_id, &state.sort_key).item()))
            .update_expression("SET #level = #level - :one, unverified = unverified - :one, version = version + :one")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#level", "level")
            .expression_attribute_values(":one", number(1))
            .build()
            .map_err(unbuildable)?;
        // A refused condition means that the request moved on, by a newer ask or by a login with the code after all.
        self.transact(vec![update(request), update(lane)]).await.map(|_| ())
    }

    fn mark_sent(&self, order: &Order, state: &LaneState, hash: &CodeHash, sends: i64) -> Result<Update, Error> {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::request(&order.id).item()))
            .update_expression(
                "SET #state = :sent, code_hash = :hash, code_expires_at = :end, lane = :lane, sends = sends + :sends",
            )
            .condition_expression("#state = :opened AND asks = :asks")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":sent", string(State::Sent.as_str()))
            .expression_attribute_values(":opened", string(State::Opened.as_str()))
            .expression_attribute_values(":hash", AttributeValue::M(to_item(hash)?))
            .expression_attribute_values(":end", time(order.code_expires_at()))
            .expression_attribute_values(":lane", string(&state.sort_key))
            .expression_attribute_values(":sends", number(sends))
            .expression_attribute_values(":asks", number(order.asks))
            .build()
            .map_err(unbuildable)
    }

    fn put_lane(&self, order: &Order, state: &LaneState, lane: Lane) -> Result<Put, Error> {
        let row = LaneRow::new(lane, state.version + 1, order.asked_at.plus(LANE_LIFE));
        Put::builder()
            .table_name(&self.name)
            .set_item(Some(Key::lane(&order.number_id, &state.sort_key).with(to_item(&row)?)))
            .condition_expression("attribute_not_exists(version) OR version = :version")
            .expression_attribute_values(":version", number(state.version))
            .build()
            .map_err(unbuildable)
    }

    /// Reads two items in one call, strongly consistent.
    async fn read_both(&self, one: Key, two: Key) -> Result<[Option<Item>; 2], Error> {
        const OPERATION: &str = "dynamodb BatchGetItem";
        let (one, two) = (one.item(), two.item());
        let keys = KeysAndAttributes::builder().consistent_read(true).keys(one).keys(two.clone());
        let keys = keys.build().map_err(unbuildable)?;
        let call = self.client.batch_get_item().request_items(&self.name, keys);
        let output = call.send().await.map_err(|error| unavailable(OPERATION, &error))?;
        if output.unprocessed_keys().is_some_and(|left| !left.is_empty()) {
            return Err(Error::Unavailable(Fault::new(OPERATION, "throttled")));
        }
        let found: HashMap<_, _> = output.responses.unwrap_or_default();
        let mut both = [None, None];
        for item in found.into_values().flatten() {
            let is_two = two.iter().all(|(name, value)| item.get(name) == Some(value));
            both[usize::from(is_two)] = Some(item);
        }
        Ok(both)
    }
}

/// A lane as the table keeps it. Level and count are signed, since logins subtract from them without reading them.
#[derive(Debug, Serialize, Deserialize)]
struct LaneRow {
    level: i64,
    unverified: i64,
    last_send: i64,
    version: i64,
    expires_at: Timestamp,
}

impl LaneRow {
    fn new(lane: Lane, version: i64, expires_at: Timestamp) -> Self {
        let (level, unverified) = (lane.level.into(), lane.unverified.into());
        Self { level, unverified, last_send: lane.last_send, version, expires_at }
    }
}

impl LaneState {
    fn of(kind: LaneKind, sort_key: String, item: Option<Item>) -> Result<Self, Error> {
        let Some(item) = item else { return Ok(Self { kind, sort_key, version: 0, lane: Lane::default() }) };
        let row: LaneRow = from_item(item)?;
        let count = |value: i64| u32::try_from(value.max(0)).unwrap_or(u32::MAX);
        let lane = Lane { level: count(row.level), unverified: count(row.unverified), last_send: row.last_send };
        Ok(Self { kind, sort_key, version: row.version, lane })
    }
}
