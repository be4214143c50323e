//! What `deliver-code` loads, reserves and gives back.
//!
//! A send job becomes a text in three steps: [`Table::load_snapshot`], [`Table::reserve`], and, when SNS refuses the
//! text, [`Table::release`]. Between them the domain decides (`sending::decision`), and `deliver-code` sends.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};

use super::item_key::{Key, PK, request_id};
use super::request_row::{RequestRow, State};
use super::throttles::ThrottleWrite;
use super::transaction::{put, update};
use super::usage::{BlockCharge, Charge};
use super::{
    Found, Item, Table, attribute, from_item, number, owners, string, throttles, time, to_item, unbuildable, usage,
};
use crate::error::{Error, RedactedError};
use crate::keys::{NumberId, NumberIds};
use crate::login::code::CodeHash;
use crate::login::proof::UsageRef;
use crate::login::request::ThrottleName;
use crate::sending::decision::{Effect, Snapshot};
use crate::sending::job::SendJob;
use crate::sending::quota::{QuotaLimits, QuotaScope};
use crate::sending::throttle::ThrottleKind;
use crate::time::DAY;
use crate::token::TokenHash;

/// Reads the image of a login request out of a record of the table's stream.
///
/// # Errors
/// [`Error::Internal`] when it is no login request that Doorcode wrote.
pub fn send_job(image: serde_dynamo::Item) -> Result<SendJob, Error> {
    let item: Item = image.into();
    let pk = item.get(PK).and_then(|pk| pk.as_s().ok());
    let request = pk.and_then(|pk| request_id(pk));
    let request = request.ok_or_else(|| Error::Internal(RedactedError::new("stream record", "no login request")))?;
    let row: RequestRow = from_item(item)?;
    Ok(SendJob {
        request,
        purpose: row.purpose,
        sealed_number: row.sealed_number,
        country: row.country,
        block: row.block,
        device: row.device,
        language: row.language,
        requested_at: row.requested_at,
        expires_at: row.expires_at,
        code_requests: row.code_requests,
        throttle: row.throttle,
        sends: row.sends,
    })
}

/// A [`Snapshot`] as it was loaded for one job, with everything that the writes of its reservation are conditional on.
pub struct LoadedSnapshot {
    snapshot: Snapshot,
    number: NumberId,
    /// The version of the throttle of unrecognized browsers.
    version: i64,
    /// The recognized browser that made the request, and the version of its throttle.
    recognized: Option<(TokenHash, i64)>,
    limits: QuotaLimits,
    found: Found,
}

/// The writes that reserve one text.
pub struct Reservation {
    throttle: ThrottleWrite,
    /// The quota of all, then that of the country or of the number.
    charges: [Charge; 2],
    /// The number block, for an unrecognized browser, where it has a place for the number.
    block: Option<BlockCharge>,
}

/// What became of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitOutcome {
    /// The text is reserved: the login request is marked, throttle and quotas count the text.
    Committed,
    /// Another delivery of the same record has the job, or there is a newer code request, or the login request is gone.
    AlreadyTaken,
    /// The throttle or a counter changed since it was loaded. Nothing was written: load again.
    Conflict,
}

impl LoadedSnapshot {
    /// What is known.
    #[must_use]
    pub const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The writes that reserve a text of this `effect`, in shards with room. The search for a shard begins at `draw`.
    ///
    /// # Errors
    /// The scope whose shards have no room, although together they do.
    pub fn reservation(self, job: &SendJob, effect: &Effect, draw: usize) -> Result<Reservation, QuotaScope> {
        let (limits, now) = (&self.limits, job.requested_at);
        let charge = |scope: QuotaScope, quota, draw| {
            Charge::with_room(&self.found, scope.clone(), quota, (limits, draw), now).ok_or(scope)
        };
        let recognized = self.recognized.filter(|_| effect.kind == ThrottleKind::Recognized);
        let (name, version) = recognized.map_or((ThrottleName::Unrecognized, self.version), |(device, version)| {
            (ThrottleName::Recognized(device), version)
        });
        let (charges, block) = if effect.kind == ThrottleKind::Recognized {
            let of_number = QuotaScope::RecognizedOfNumber(self.number.clone());
            let all = charge(QuotaScope::Recognized, limits.recognized(), draw)?;
            ([all, charge(of_number, QuotaLimits::RECOGNIZED_OF_A_NUMBER, draw)?], None)
        } else {
            let (country, block) = (QuotaScope::Country(job.country), QuotaScope::Block(job.block.clone()));
            let all = charge(QuotaScope::Unrecognized, limits.unrecognized().released(now), draw / usage::SHARDS)?;
            let country = charge(country, limits.country(&self.snapshot.country, now), draw)?;
            // A block that is full stays so until its hour ends.
            let has_place = !self.snapshot.block.is_full(limits);
            let place = || BlockCharge::of(&self.found, block, &self.number, limits.block_numbers_per_hour, now);
            ([all, country], has_place.then(place))
        };
        let throttle = ThrottleWrite { number: self.number, name, version, after: effect.throttle };
        Ok(Reservation { throttle, charges, block })
    }
}

impl Reservation {
    /// Where the text is counted, if it goes to an unrecognized browser.
    fn usage_ref(&self, job: &SendJob) -> Option<UsageRef> {
        let [all, country] = &self.charges;
        let usage_ref =
            UsageRef { day: job.requested_at.start_of(DAY), shard: all.shard, country_shard: country.shard };
        (self.throttle.name == ThrottleName::Unrecognized).then_some(usage_ref)
    }
}

impl Table {
    /// Everything that decides about `job` within `limits`, in one call.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn load_snapshot(
        &self,
        job: &SendJob,
        number: &NumberIds,
        limits: &QuotaLimits,
    ) -> Result<LoadedSnapshot, Error> {
        let now = job.requested_at;
        let (country, block) = (QuotaScope::Country(job.country), QuotaScope::Block(job.block.clone()));
        let of_number = QuotaScope::RecognizedOfNumber(number.first.clone());
        let throttle = throttles::keys(number, &ThrottleName::Unrecognized);
        let mut keys: Vec<_> = owners::keys(number).chain(throttle.clone()).collect();
        for scope in [&QuotaScope::Unrecognized, &country, &block] {
            keys.extend(usage::keys(scope, limits));
        }
        let name = job.device.clone().map(ThrottleName::Recognized);
        let of_device = name.map_or_else(Vec::new, |name| throttles::keys(number, &name));
        if !of_device.is_empty() {
            keys.extend(usage::keys(&QuotaScope::Recognized, limits).chain(usage::keys(&of_number, limits)));
            keys.extend(of_device.clone());
        }
        let mut found = self.read_all(keys).await?;

        let (owner, wrong_codes) = owners::owner(&mut found, number)?;
        let owner = owner.map(|(owner, _)| owner);
        let (throttle, version) = throttles::newest(&mut found, &throttle)?;
        let is_recognized = |device: &TokenHash| owner.as_ref().is_some_and(|owner| owner.recognizes(device, now));
        let recognized = match job.device.as_ref().filter(|device| is_recognized(device)) {
            Some(device) => Some((device.clone(), throttles::newest(&mut found, &of_device)?)),
            None => None,
        };
        let snapshot = Snapshot {
            has_account: owner.is_some(),
            failures: owner.as_ref().map(|owner| owner.failures(wrong_codes)).unwrap_or_default(),
            signed_in_lately: owner.as_ref().is_some_and(|owner| owner.signed_in_lately(now)),
            recognized_only: owner.as_ref().is_some_and(|owner| owner.is_recognized_only(now)),
            throttle,
            recognized_throttle: recognized.as_ref().map(|(_, (throttle, _))| *throttle),
            unrecognized: usage::usage(&found, &QuotaScope::Unrecognized, now),
            recognized: usage::usage(&found, &QuotaScope::Recognized, now),
            recognized_of_number: usage::usage(&found, &of_number, now),
            country: usage::country(&found, &country, now)?,
            block: usage::block(&found, &block, &number.first, now),
        };
        let recognized = recognized.map(|(device, (_, version))| (device, version));
        Ok(LoadedSnapshot { snapshot, number: number.first.clone(), version, recognized, limits: *limits, found })
    }

    /// Reserves a text: the login request gets the hash of the code that is about to be sent, throttle and quotas count
    /// the text. The previous code, if any, stays valid beside it until its own end; the one before that is gone.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn reserve(
        &self,
        job: &SendJob,
        reservation: &Reservation,
        hash: &CodeHash,
    ) -> Result<CommitOutcome, Error> {
        self.commit(self.mark_sent(job, reservation, hash)?, job, reservation).await
    }

    /// Counts a text that does not go out as if it did. The previous code, if any, stays valid.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn reserve_suppressed(&self, job: &SendJob, reservation: &Reservation) -> Result<CommitOutcome, Error> {
        let request = self.mark(job).update_expression("SET #state = :sent");
        self.commit(request.build().map_err(unbuildable)?, job, reservation).await
    }

    async fn commit(&self, request: Update, job: &SendJob, reservation: &Reservation) -> Result<CommitOutcome, Error> {
        let now = job.requested_at;
        let mut writes = vec![update(request), put(self.put_throttle(&reservation.throttle, now)?)];
        for charge in &reservation.charges {
            writes.push(update(self.charge(charge, now)?));
        }
        if let Some(block) = &reservation.block {
            writes.push(update(self.charge_block(block, now)?));
        }
        Ok(match self.transact(writes).await? {
            Ok(()) => CommitOutcome::Committed,
            Err(refused) if refused.index == 0 => CommitOutcome::AlreadyTaken,
            Err(_) => CommitOutcome::Conflict,
        })
    }

    /// Gives a reservation back whose text SNS refused: the login request has its previous code again, or a decoy, and a
    /// new code can be requested. Throttle and quotas get the text back, unless a code was tried meanwhile: a number that cannot be
    /// reached must never mean free guesses.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn release(
        &self,
        job: &SendJob,
        reservation: &Reservation,
        hash: &CodeHash,
        decoy: &CodeHash,
    ) -> Result<(), Error> {
        let request = || {
            Update::builder()
                .table_name(&self.name)
                .set_key(Some(Key::request(&job.request).item()))
                .expression_attribute_names("#state", "state")
                .expression_attribute_names("#hash", "hash")
                .expression_attribute_values(":undelivered", string(State::Undelivered.as_str()))
                .expression_attribute_values(":sent", string(State::Sent.as_str()))
                .expression_attribute_values(":hash", string(hash.as_str()))
        };
        // As `mark_sent` kept it.
        let (code, remove) = if job.is_repeated() {
            ("code_hash = older_hash, code_expires_at = older_expires_at", " REMOVE older_hash, older_expires_at")
        } else {
            // No code was sent: a guess at the decoy is none.
            ("code_hash = :decoy", " REMOVE code_expires_at")
        };
        let decoy = AttributeValue::M(to_item(decoy)?);
        let with_decoy = |builder: UpdateBuilder| {
            if job.is_repeated() { builder } else { builder.expression_attribute_values(":decoy", decoy.clone()) }
        };
        let untried = with_decoy(request())
            .update_expression(format!("SET #state = :undelivered, {code}, sends = sends - :one{remove}"))
            .condition_expression("#state = :sent AND code_hash.#hash = :hash AND attempts = attempts_before")
            .expression_attribute_values(":one", number(1));
        let mut writes = vec![update(untried.build().map_err(unbuildable)?)];
        writes.extend(self.give_back(job, reservation)?);
        if self.transact(writes).await?.is_ok() {
            return Ok(());
        }
        let tried = with_decoy(request())
            .update_expression(format!("SET #state = :undelivered, {code}{remove}"))
            .condition_expression("#state = :sent AND code_hash.#hash = :hash");
        // Refused again: the login request moved on, by a newer code request or by a login with the code after all.
        self.transact(vec![update(tried.build().map_err(unbuildable)?)]).await.map(|_| ())
    }

    fn give_back(&self, job: &SendJob, reservation: &Reservation) -> Result<Vec<TransactWriteItem>, Error> {
        let now = job.requested_at;
        let charges = reservation.charges.iter().map(|charge| self.refund(charge, now));
        std::iter::once(self.take_back_send(&reservation.throttle, now))
            .chain(charges)
            .map(|write| write.map(update))
            .collect()
    }

    fn mark_sent(&self, job: &SendJob, reservation: &Reservation, hash: &CodeHash) -> Result<Update, Error> {
        let throttle = &reservation.throttle.name;
        let builder = self.mark(job);
        let (builder, usage_ref) = match reservation.usage_ref(job) {
            Some(usage_ref) => {
                (builder.expression_attribute_values(":usage_ref", attribute(&usage_ref)?), ", usage_ref = :usage_ref")
            }
            None => (builder, " REMOVE usage_ref"),
        };
        let (builder, older) = if job.is_repeated() {
            // What was no code keeps no life: a decoy has no end.
            let kept = ", older_hash = code_hash, older_expires_at = if_not_exists(code_expires_at, :never)";
            (builder.expression_attribute_values(":never", number(0)), kept)
        } else {
            (builder, "")
        };
        builder
            .update_expression(format!(
                "SET #state = :sent, code_hash = :hash, code_expires_at = :end, attempts_before = attempts, \
                 throttle = :throttle, sends = :sends{older}{usage_ref}",
            ))
            .expression_attribute_values(":hash", AttributeValue::M(to_item(hash)?))
            .expression_attribute_values(":end", time(job.code_expires_at()))
            .expression_attribute_values(":throttle", attribute(throttle)?)
            .expression_attribute_values(":sends", number(job.sends_with_one_more(throttle)))
            .build()
            .map_err(unbuildable)
    }

    /// An update of the login request of a job that nobody has taken yet, to the state `sent`.
    fn mark(&self, job: &SendJob) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::request(&job.request).item()))
            .condition_expression("#state = :requested AND code_requests = :code_requests")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":sent", string(State::Sent.as_str()))
            .expression_attribute_values(":requested", string(State::Requested.as_str()))
            .expression_attribute_values(":code_requests", number(job.code_requests))
    }
}
