//! What `deliver-code` reads, claims and gives back.

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, Put, Update};
use serde::{Deserialize, Serialize};

use super::accounts::OwnerRow;
use super::key::{Key, PK, request_id};
use super::requests::{RequestRow, State};
use super::sessions::DeviceRow;
use super::transaction::{put, update};
use super::{Item, Table, from_item, number, string, time, to_item, unavailable, unbuildable};
use crate::code::CodeHash;
use crate::error::{Error, Fault};
use crate::lane::{Decision, Lane, LaneName};
use crate::request::Order;
use crate::time::Timestamp;

/// Seconds that an open lane is kept after its last change: longer than any of its waits (requirement P-05). A closed
/// one stays, since time must not open it (requirement G-06).
pub(super) const LANE_LIFE: i64 = 400 * 86_400;

/// Reads the image of a login request out of a record of the table's stream.
///
/// # Errors
/// [`Error::Internal`] when it is no login request that Doorcode wrote.
pub fn order(image: serde_dynamo::Item) -> Result<Order, Error> {
    let item: Item = image.into();
    let pk = item.get(PK).and_then(|pk| pk.as_s().ok());
    let id = pk.and_then(|pk| request_id(pk));
    let id = id.ok_or_else(|| Error::Internal(Fault::new("stream record", "no login request")))?;
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
        lane: row.lane,
        sends: row.sends,
    })
}

/// The lane that an order goes by, as it was read.
pub struct LaneState {
    name: LaneName,
    version: i64,
    lane: Lane,
}

/// Leave to send one order: its lane said yes.
pub struct Permit {
    name: LaneName,
    version: i64,
    /// The lane as it is after the send.
    after: Lane,
}

impl LaneState {
    /// What the lane says to the order.
    #[must_use]
    pub fn decide(&self, order: &Order) -> Decision {
        self.lane.ask(self.name.kind(), order.asked_at)
    }

    /// Leave to send the order, when the lane says yes.
    #[must_use]
    pub fn permit(self, order: &Order) -> Option<Permit> {
        match self.decide(order) {
            Decision::Send(after) => Some(Permit { name: self.name, version: self.version, after }),
            Decision::Wait | Decision::Closed => None,
        }
    }
}

/// What became of the claim of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The order is ours: the hash is written, the lane counted.
    Taken,
    /// Another delivery of the same record has it, or a newer ask, or the request is gone.
    NotOurs,
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
        let stranger_key = Key::lane(&order.number_id, &LaneName::Stranger);
        let [owner, stranger] = self.read_both(Key::owner(&order.number_id), stranger_key).await?;
        let stranger = LaneState::of(LaneName::Stranger, stranger)?;
        let (Some(device), Some(owner)) = (&order.device, owner) else { return Ok(stranger) };
        let owner: OwnerRow = from_item(owner)?;
        let name = LaneName::Device(device.clone());
        let lane_key = Key::lane(&order.number_id, &name);
        let [known, lane] = self.read_both(Key::device(&owner.user_id, device), lane_key).await?;
        let known = known.map(from_item::<DeviceRow>).transpose()?;
        if known.is_none_or(|known| order.asked_at >= known.expires_at) {
            return Ok(stranger);
        }
        let lane = LaneState::of(name, lane)?;
        Ok(if lane.decide(order) == Decision::Closed { stranger } else { lane })
    }

    /// Takes an order: the request gets the hash of the code that is being sent, and the lane counts the send. The code
    /// of before, if any, is dead from here on.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn claim(&self, order: &Order, permit: &Permit, hash: &CodeHash) -> Result<Claim, Error> {
        let request = self.mark_sent(order, permit, hash)?;
        let lane = self.put_lane(order, permit)?;
        Ok(match self.transact(vec![update(request), put(lane)]).await? {
            Ok(()) => Claim::Taken,
            Err(refused) if refused.index == 0 => Claim::NotOurs,
            Err(_) => Claim::LaneMoved,
        })
    }

    /// Takes back the code of a send that SNS refused: the request has `no_code` again, and can be asked again. The lane
    /// gets its step back, unless a guess was made at the code meanwhile: a number that cannot be reached must never
    /// mean free guesses.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn mark_undelivered(
        &self,
        order: &Order,
        permit: &Permit,
        hash: &CodeHash,
        no_code: &CodeHash,
    ) -> Result<(), Error> {
        let request = || {
            Update::builder()
                .table_name(&self.name)
                .set_key(Some(Key::request(&order.id).item()))
                .expression_attribute_names("#state", "state")
                .expression_attribute_names("#hash", "hash")
                .expression_attribute_values(":undelivered", string(State::Undelivered.as_str()))
                .expression_attribute_values(":sent", string(State::Sent.as_str()))
                .expression_attribute_values(":hash", string(hash.as_str()))
        };
        let no_code = AttributeValue::M(to_item(no_code)?);
        let untried = request()
            .update_expression("SET #state = :undelivered, code_hash = :none, sends = sends - :one")
            .condition_expression("#state = :sent AND code_hash.#hash = :hash AND attempts = attempts_before")
            .expression_attribute_values(":none", no_code.clone())
            .expression_attribute_values(":one", number(1));
        let lane = self.give_back(order, permit)?;
        if self.transact(vec![update(untried.build().map_err(unbuildable)?), update(lane)]).await?.is_ok() {
            return Ok(());
        }
        let tried = request()
            .update_expression("SET #state = :undelivered, code_hash = :none")
            .condition_expression("#state = :sent AND code_hash.#hash = :hash")
            .expression_attribute_values(":none", no_code);
        // Refused again: the request moved on, by a newer ask or by a login with the code after all.
        self.transact(vec![update(tried.build().map_err(unbuildable)?)]).await.map(|_| ())
    }

    fn mark_sent(&self, order: &Order, permit: &Permit, hash: &CodeHash) -> Result<Update, Error> {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::request(&order.id).item()))
            .update_expression(
                "SET #state = :sent, code_hash = :hash, code_expires_at = :end, attempts_before = attempts, \
                 lane = :lane, sends = :sends",
            )
            .condition_expression("#state = :opened AND asks = :asks")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":sent", string(State::Sent.as_str()))
            .expression_attribute_values(":opened", string(State::Opened.as_str()))
            .expression_attribute_values(":hash", AttributeValue::M(to_item(hash)?))
            .expression_attribute_values(":end", time(order.code_expires_at()))
            .expression_attribute_values(":lane", attribute(&permit.name)?)
            .expression_attribute_values(":sends", number(order.sends_with_one_more(&permit.name)))
            .expression_attribute_values(":asks", number(order.asks))
            .build()
            .map_err(unbuildable)
    }

    fn put_lane(&self, order: &Order, permit: &Permit) -> Result<Put, Error> {
        let row = LaneRow::of(permit, order.asked_at);
        Put::builder()
            .table_name(&self.name)
            .set_item(Some(Key::lane(&order.number_id, &permit.name).with(to_item(&row)?)))
            .condition_expression("attribute_not_exists(version) OR version = :version")
            .expression_attribute_values(":version", number(permit.version))
            .build()
            .map_err(unbuildable)
    }

    /// [`Lane::undelivered`] as an expression.
    fn give_back(&self, order: &Order, permit: &Permit) -> Result<Update, Error> {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::lane(&order.number_id, &permit.name).item()))
            .update_expression(
                "SET #level = #level - :one, unverified = unverified - :one, version = version + :one, \
                 expires_at = :end",
            )
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#level", "level")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":end", time(order.asked_at.plus(LANE_LIFE)))
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
        let mut both = [None, None];
        for item in output.responses.unwrap_or_default().into_values().flatten() {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

impl LaneRow {
    fn of(permit: &Permit, now: Timestamp) -> Self {
        let Lane { level, unverified, last_send } = permit.after;
        let expires_at = (!permit.after.is_closed(permit.name.kind())).then(|| now.plus(LANE_LIFE));
        Self { level: level.into(), unverified: unverified.into(), last_send, version: permit.version + 1, expires_at }
    }
}

impl LaneState {
    fn of(name: LaneName, item: Option<Item>) -> Result<Self, Error> {
        let Some(item) = item else { return Ok(Self { name, version: 0, lane: Lane::default() }) };
        let row: LaneRow = from_item(item)?;
        let count = |value: i64| u32::try_from(value.max(0)).unwrap_or(u32::MAX);
        let lane = Lane { level: count(row.level), unverified: count(row.unverified), last_send: row.last_send };
        Ok(Self { name, version: row.version, lane })
    }
}

fn attribute(value: &impl Serialize) -> Result<AttributeValue, Error> {
    serde_dynamo::to_attribute_value(value).map_err(|_| Error::Internal(Fault::new("item", "cannot be written")))
}
