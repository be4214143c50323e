//! What `deliver-code` reads, claims and gives back.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Update};

use super::accounts::OwnerRow;
use super::item_key::{Key, PK, request_id};
use super::requests::{RequestRow, State};
use super::transaction::{put, update};
use super::usage::Counter;
use super::{Found, Item, Table, attribute, from_item, number, string, throttles, time, to_item, unbuildable, usage};
use crate::error::{Error, Fault};
use crate::keys::{NumberId, NumberIds};
use crate::login::code::CodeHash;
use crate::login::request::Counted;
use crate::sending::decision::{Plan, Ruling, Standing};
use crate::sending::job::Order;
use crate::sending::quota::{Allowance, Scope, TextLimits};
use crate::sending::throttle::{LaneKind, LaneName};
use crate::time::DAY;
use crate::token::TokenHash;

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
        country: row.country,
        range: row.range,
        device: row.device,
        asked_at: row.asked_at,
        expires_at: row.expires_at,
        asks: row.asks,
        lane: row.lane,
        sends: row.sends,
    })
}

/// What an order was read with: all that decides about it, and what its writes are conditional on.
pub struct Reading {
    standing: Standing,
    number: NumberId,
    versions: Versions,
    limits: TextLimits,
    found: Found,
}

/// The versions of the lanes that were read.
struct Versions {
    stranger: i64,
    device: Option<(TokenHash, i64)>,
}

/// Leave to send one order.
pub struct Permit {
    /// The id of the number that its lanes are kept under.
    pub(super) number: NumberId,
    pub(super) name: LaneName,
    pub(super) version: i64,
    pub(super) plan: Plan,
    pub(super) limits: TextLimits,
    /// What the text is counted in, and what each of them allows.
    pub(super) counters: Vec<(Counter, Allowance)>,
    /// The range of numbers that a stranger's text is counted in too.
    pub(super) range: Option<Counter>,
}

impl Permit {
    /// What it is leave for.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }
}

impl Reading {
    /// What is known.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Leave to send `order` as planned.
    #[must_use]
    pub fn permit(self, order: &Order, plan: Plan) -> Permit {
        let (name, version) = match (plan.kind, self.versions.device) {
            (LaneKind::Device, Some((device, version))) => (LaneName::Device(device), version),
            _ => (LaneName::Stranger, self.versions.stranger),
        };
        let limits = self.limits;
        let counter = |scope, shard| Counter::of(&self.found, scope, shard, order.asked_at);
        let (counters, range) = match plan.country_shard {
            None => {
                let of_number = (counter(Scope::DevicesOf(self.number.clone()), 0), TextLimits::DEVICES_OF_A_NUMBER);
                (vec![(counter(Scope::Devices, plan.shard), limits.devices()), of_number], None)
            }
            Some(shard) => {
                let country = (counter(Scope::Country(order.country), shard), limits.country());
                let counters = vec![(counter(Scope::Strangers, plan.shard), limits.strangers()), country];
                (counters, Some(counter(Scope::Range(order.range.clone()), 0)))
            }
        };
        Permit { number: self.number, name, version, plan, limits, counters, range }
    }
}

/// What became of the claim of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The order is ours: the hash is written, the lane counted.
    Taken,
    /// Another delivery of the same record has it, or a newer ask, or the request is gone.
    NotOurs,
    /// The lane or a budget moved since it was read. Nothing was written; read again.
    Moved,
}

impl Table {
    /// Everything that decides about `order` within `limits`, in one call.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn read_for(&self, order: &Order, number: &NumberIds, limits: &TextLimits) -> Result<Reading, Error> {
        let now = order.asked_at;
        let (country, range) = (Scope::Country(order.country), Scope::Range(order.range.clone()));
        let strangers = throttles::keys(number, &LaneName::Stranger);
        let name = order.device.clone().map(LaneName::Device);
        let devices = name.map_or_else(Vec::new, |name| throttles::keys(number, &name));
        let counters = usage::shards(&Scope::Strangers, limits.strangers());
        let counters = counters.chain(usage::shards(&country, limits.country()));
        let of_number = Scope::DevicesOf(number.first.clone());
        let of_devices = || {
            let of_all = usage::shards(&Scope::Devices, limits.devices());
            of_all.chain(usage::shards(&of_number, TextLimits::DEVICES_OF_A_NUMBER))
        };
        let device_counters = devices.first().into_iter().flat_map(|_| of_devices());
        let keys = number.all().map(Key::owner).chain(strangers.clone()).chain([Key::budget(&range, 0)]);
        let mut found = self.read_all(keys.chain(counters).chain(device_counters).chain(devices.clone())).await?;

        let owners = number.all().map(|id| found.row::<OwnerRow>(&Key::owner(id))).collect::<Result<Vec<_>, _>>()?;
        let owner = owners.into_iter().flatten().next();
        let (stranger, stranger_version) = throttles::newest(&mut found, &strangers)?;
        let known = order
            .device
            .as_ref()
            .filter(|device| owner.as_ref().is_some_and(|owner| owner.devices.get(device, now).is_some()));
        let device = match known {
            Some(name) => Some((name.clone(), throttles::newest(&mut found, &devices)?)),
            None => None,
        };
        let standing = Standing {
            has_account: owner.is_some(),
            stranger,
            device: device.as_ref().map(|(_, (lane, _))| *lane),
            strangers: usage::spent(&found, &Scope::Strangers, now),
            devices: usage::spent(&found, &Scope::Devices, now),
            devices_of_number: usage::spent_in(&found, &of_number, 0, now),
            country: usage::country(&found, &country, now)?,
            range: usage::range(&found, &range, &order.number_id, now)?,
        };
        let device = device.map(|(name, (_, version))| (name, version));
        Ok(Reading {
            standing,
            number: number.first.clone(),
            versions: Versions { stranger: stranger_version, device },
            limits: *limits,
            found,
        })
    }

    /// Keeps the breakers that a ruling moved. Tells whether nobody else moved them meanwhile.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn keep_breakers(&self, order: &Order, before: &Standing, ruling: &Ruling) -> Result<bool, Error> {
        let country = (Scope::Country(order.country), before.country.breaker, ruling.country_breaker);
        let range = (Scope::Range(order.range.clone()), before.range.breaker, ruling.range_breaker);
        for (scope, before, after) in [country, range] {
            if let Some(after) = after
                && !self.keep_breaker(&scope, before, after).await?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes an order: the request gets the hash of the code that is being sent, and the lane and the budgets count the
    /// send. The code of before, if any, is dead from here on.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn claim(&self, order: &Order, permit: &Permit, hash: &CodeHash) -> Result<Claim, Error> {
        self.take(self.mark_sent(order, permit, hash)?, order, permit).await
    }

    /// Takes an order for which no text goes out, and counts it as if one did. The code of before, if any, stays good.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn claim_silently(&self, order: &Order, permit: &Permit) -> Result<Claim, Error> {
        let request = self.mark(order).update_expression("SET #state = :sent");
        self.take(request.build().map_err(unbuildable)?, order, permit).await
    }

    async fn take(&self, request: Update, order: &Order, permit: &Permit) -> Result<Claim, Error> {
        let mut writes = vec![update(request), put(self.put_lane(order, permit)?)];
        writes.extend(self.spend(order, permit)?);
        Ok(match self.transact(writes).await? {
            Ok(()) => Claim::Taken,
            Err(refused) if refused.index == 0 => Claim::NotOurs,
            Err(_) => Claim::Moved,
        })
    }

    /// Takes back the code of a send that SNS refused: the request has `no_code` again, and can be asked again. The lane
    /// and the budgets get it back, unless a guess was made at the code meanwhile: a number that cannot be reached must never
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
        let mut writes = vec![update(untried.build().map_err(unbuildable)?), update(self.give_back(order, permit)?)];
        writes.extend(self.unspend(order, permit)?);
        if self.transact(writes).await?.is_ok() {
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
        let Plan { shard, country_shard, .. } = permit.plan;
        let day = order.asked_at.start_of(DAY);
        let counted = country_shard.map(|country_shard| Counted { day, shard, country_shard });
        let (set_counted, remove_counted) =
            if counted.is_some() { (", counted = :counted", "") } else { ("", " REMOVE counted") };
        let builder = self.mark(order);
        let builder = match counted {
            Some(counted) => builder.expression_attribute_values(":counted", attribute(&counted)?),
            None => builder,
        };
        builder
            .update_expression(format!(
                "SET #state = :sent, code_hash = :hash, code_expires_at = :end, attempts_before = attempts, \
                 lane = :lane, sends = :sends{set_counted}{remove_counted}",
            ))
            .expression_attribute_values(":hash", AttributeValue::M(to_item(hash)?))
            .expression_attribute_values(":end", time(order.code_expires_at()))
            .expression_attribute_values(":lane", attribute(&permit.name)?)
            .expression_attribute_values(":sends", number(order.sends_with_one_more(&permit.name)))
            .build()
            .map_err(unbuildable)
    }

    /// An update of the request of an order that nobody has taken yet, to the state `sent`.
    fn mark(&self, order: &Order) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::request(&order.id).item()))
            .condition_expression("#state = :opened AND asks = :asks")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":sent", string(State::Sent.as_str()))
            .expression_attribute_values(":opened", string(State::Opened.as_str()))
            .expression_attribute_values(":asks", number(order.asks))
    }
}
