//! Records of the table's stream: each opened login request gets its code.
//!
//! Here, out of sight of whoever asked, it is decided whether a number is texted. The code is born here, goes into the
//! message and is forgotten; the table gets its hash. A record can come twice, late, or together with broken ones; each
//! is taken by a conditional write, and none holds up the others.

use std::sync::Arc;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use futures_util::future::join_all;
use rand::CryptoRng;
use shared::error::{Error, Fault};
use shared::keys::Keys;
use shared::login::code::{Code, CodeHash, Digits, Salt};
use shared::sending::breaker::Breaker;
use shared::sending::decision::{Plan, Policy, Ruling, Standing};
use shared::sending::job::Order;
use shared::sms::{NotSent, Sms};
use shared::store::Table;
use shared::store::jobs::{self, Claim, Permit};
use shared::telemetry::Metrics;
use shared::time::Timestamp;

/// How often what moved is read again before the record is left to the stream's own retry.
const CLAIM_TRIES: u32 = 5;

/// The function, and what it needs.
pub struct DeliverCode {
    table: Table,
    keys: Keys,
    sms: Sms,
    policy: Policy,
    metrics: Arc<Metrics>,
}

impl DeliverCode {
    /// Sends by `sms` what `policy` allows, and counts in `metrics`.
    #[must_use]
    pub fn new(table: Table, keys: Keys, sms: Sms, policy: Policy, metrics: Arc<Metrics>) -> Self {
        Self { table, keys, sms, policy, metrics }
    }

    /// Works through one batch, all records at once, and tells which the stream should bring again.
    pub async fn handle(
        &self,
        event: Event,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> DynamoDbEventResponse {
        let deliveries =
            event.records.into_iter().map(|record| self.report(record, now, Draft::draw(&self.keys, random)));
        // Collected first, since all drafts come from one source.
        let deliveries: Vec<_> = deliveries.collect();
        let mut response = DynamoDbEventResponse::default();
        response.batch_item_failures = join_all(deliveries).await.into_iter().flatten().collect();
        response
    }

    /// Delivers one record. What comes back is to be brought again.
    async fn report(&self, record: EventRecord, now: Timestamp, draft: Draft) -> Option<DynamoDbBatchItemFailure> {
        let sequence_number = record.change.sequence_number.clone();
        match self.deliver(record, now, draft).await {
            Ok(()) => None,
            Err(Error::Unavailable(fault)) => {
                tracing::warn!(%fault, "AWS failed; the stream will bring the record again");
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = sequence_number;
                Some(failure)
            }
            Err(error) => {
                // Bringing it again would change nothing, and hold up the records behind it.
                tracing::error!(%error, "a record that cannot be worked on was dropped");
                None
            }
        }
    }

    async fn deliver(&self, record: EventRecord, now: Timestamp, draft: Draft) -> Result<(), Error> {
        let order = jobs::order(record.change.new_image)?;
        if order.is_stale(now) {
            tracing::warn!("an ask came too late for a text; it was dropped");
            return Ok(());
        }
        let number = order.number(&self.keys)?;
        let Some((permit, hash)) = self.claim(&order, &draft).await? else { return Ok(()) };
        let plan = permit.plan();
        match self.sms.send(&number, draft.code(plan.digits)).await {
            Ok(()) => {
                self.metrics.sent.add_one_for(plan.kind.as_str(), order.country());
                self.count_plan(plan, &order);
            }
            Err(NotSent::Unknown(fault)) => {
                tracing::warn!(%fault, "a message may or may not have been sent; its code stays good");
                self.metrics.undelivered.add_one();
                self.count_plan(plan, &order);
            }
            Err(NotSent::Refused(fault)) => {
                tracing::warn!(%fault, "a message was not sent; its login request can be asked again");
                self.metrics.undelivered.add_one();
                self.give_back(&order, &permit, &hash, &draft.no_code).await;
            }
        }
        Ok(())
    }

    /// Takes the order, if it may be sent and nobody else has it.
    ///
    /// An order that may not be sent is left as it is, or taken silently: it has a hash that no code has from its beginning,
    /// and nothing outside tells it from one that was sent.
    async fn claim(&self, order: &Order, draft: &Draft) -> Result<Option<(Permit, CodeHash)>, Error> {
        let number = order.number_ids(&self.keys)?;
        let mut hashed = None;
        for _ in 0..CLAIM_TRIES {
            let reading = self.table.read_for(order, &number, &self.policy.limits).await?;
            let ruling = reading.standing().decide(&self.policy, order.asked_at(), draft.shard);
            if !self.table.keep_breakers(order, reading.standing(), &ruling).await? {
                continue;
            }
            let Some(plan) = self.count_ruling(reading.standing(), &ruling, order) else { return Ok(None) };
            let permit = reading.permit(order, plan);
            if let Some(reason) = plan.silence {
                match self.table.claim_silently(order, &permit).await? {
                    Claim::Taken => self.metrics.suppressed.add_one_for(reason.as_str(), order.country()),
                    Claim::NotOurs => {}
                    Claim::Moved => continue,
                }
                return Ok(None);
            }
            let hash = match hashed.take() {
                Some((digits, hash)) if digits == plan.digits => hash,
                _ => CodeHash::make(draft.code(plan.digits), &draft.salt, &order.context(), &self.keys)?,
            };
            match self.table.claim(order, &permit, &hash).await? {
                Claim::Taken => return Ok(Some((permit, hash))),
                Claim::NotOurs => return Ok(None),
                Claim::Moved => hashed = Some((plan.digits, hash)),
            }
        }
        Err(Error::Unavailable(Fault::new("lane or budget", "moved at each try")))
    }

    /// What the operator hears of a ruling. The country is named; a range is nearly a number, and is not.
    fn count_ruling(&self, before: &Standing, ruling: &Ruling, order: &Order) -> Option<Plan> {
        let trips =
            |before: Breaker, after: Option<Breaker>| !before.is_tripped() && after.is_some_and(Breaker::is_tripped);
        if trips(before.country.breaker, ruling.country_breaker) {
            self.metrics.tripped.add_one_for("country", order.country());
        }
        if trips(before.range.breaker, ruling.range_breaker) {
            self.metrics.tripped.add_one_for("range", order.country());
        }
        if let Err(reason) = ruling.outcome {
            self.metrics.suppressed.add_one_for(reason.as_str(), order.country());
        }
        ruling.outcome.ok()
    }

    /// What the operator hears of a text that was sent, or may have been.
    fn count_plan(&self, plan: &Plan, order: &Order) {
        let (kind, country) = (plan.kind.as_str(), order.country());
        if plan.half_is_spent {
            self.metrics.half_spent.add_one_for(kind, country);
        }
        if plan.lane.is_closed(plan.kind) {
            self.metrics.lanes_closed.add_one_for(kind, country);
        }
    }

    /// When even this fails, the request keeps a code that nobody got and the lane keeps its step: that is safe, and
    /// bringing the record again could not change it.
    async fn give_back(&self, order: &Order, permit: &Permit, hash: &CodeHash, no_code: &CodeHash) {
        if let Err(error) = self.table.mark_undelivered(order, permit, hash, no_code).await {
            tracing::warn!(%error, "a send that failed was not given back");
        }
    }
}

/// The random values of one delivery.
struct Draft {
    six: Code,
    eight: Code,
    salt: Salt,
    no_code: CodeHash,
    /// Where the search for a shard with room begins.
    shard: usize,
}

impl Draft {
    fn draw(keys: &Keys, random: &mut impl CryptoRng) -> Self {
        Self {
            six: Code::generate(Digits::Six, random),
            eight: Code::generate(Digits::Eight, random),
            salt: Salt::generate(random),
            no_code: CodeHash::of_no_code(keys, random),
            shard: random.next_u32() as usize,
        }
    }

    const fn code(&self, digits: Digits) -> &Code {
        match digits {
            Digits::Six => &self.six,
            Digits::Eight => &self.eight,
        }
    }
}
