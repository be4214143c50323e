//! Records of the table's stream: each opened login request gets its code.
//!
//! Here, out of sight of whoever asked, it is decided whether a number is texted. The code is born here, goes into the
//! message and is forgotten; the table gets its hash. A record can come twice, late, or together with broken ones; each
//! is taken by a conditional write, and none holds up the others.

use std::sync::Arc;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use rand::CryptoRng;
use shared::code::{Code, CodeHash};
use shared::error::{Error, Fault};
use shared::keys::Keys;
use shared::lane::Decision;
use shared::request::Order;
use shared::sms::Sms;
use shared::table::Table;
use shared::table::delivery::{self, Claim, LaneState};
use shared::telemetry::Metrics;
use shared::time::Timestamp;

/// How often a lane that moved is read again before the record is left to the stream's own retry.
const CLAIM_TRIES: u32 = 5;

/// The function, and what it needs.
pub struct DeliverCode {
    table: Table,
    keys: Keys,
    sms: Sms,
    metrics: Arc<Metrics>,
}

impl DeliverCode {
    /// Sends by `sms`, and counts in `metrics`.
    #[must_use]
    pub fn new(table: Table, keys: Keys, sms: Sms, metrics: Arc<Metrics>) -> Self {
        Self { table, keys, sms, metrics }
    }

    /// Works through one batch, and tells which records the stream should bring again.
    pub async fn handle(
        &self,
        event: Event,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> DynamoDbEventResponse {
        let mut response = DynamoDbEventResponse::default();
        for record in event.records {
            let sequence_number = record.change.sequence_number.clone();
            match self.deliver(record, now, random).await {
                Ok(()) => {}
                Err(Error::Unavailable(fault)) => {
                    tracing::warn!(%fault, "AWS failed; the stream will bring the record again");
                    let mut failure = DynamoDbBatchItemFailure::default();
                    failure.item_identifier = sequence_number;
                    response.batch_item_failures.push(failure);
                }
                // Bringing it again would change nothing, and hold up the records behind it.
                Err(error) => tracing::error!(%error, "a record that cannot be worked on was dropped"),
            }
        }
        response
    }

    async fn deliver(
        &self,
        record: EventRecord,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> Result<(), Error> {
        let order = delivery::order(record.change.new_image)?;
        if order.is_stale(now) {
            tracing::warn!("an ask came too late for a text; it was dropped");
            return Ok(());
        }
        let number = order.number(&self.keys)?;
        let code = Code::generate(random);
        let hash = CodeHash::make(&code, &order.binding(), &self.keys, random)?;
        let no_code = CodeHash::of_no_code(&self.keys, random);
        let Some(lane) = self.claim(&order, &hash, &no_code).await? else { return Ok(()) };
        match self.sms.send(&number, &code).await {
            Ok(()) => self.metrics.sent.add_one(),
            Err(error) => {
                tracing::warn!(%error, "a message was not sent; its login request can be asked again");
                self.metrics.undelivered.add_one();
                self.table.mark_undelivered(&order, &lane, &hash, &no_code).await?;
            }
        }
        Ok(())
    }

    /// Takes the order. The lane comes back when a message is to be sent; none when another delivery of the record has
    /// it, or the lane says no.
    async fn claim(&self, order: &Order, hash: &CodeHash, no_code: &CodeHash) -> Result<Option<LaneState>, Error> {
        for _ in 0..CLAIM_TRIES {
            let lane = self.table.lane_of(order).await?;
            let send = matches!(lane.decide(order), Decision::Send(_));
            let claim = self.table.claim(order, &lane, if send { hash } else { no_code }).await?;
            match claim {
                Claim::Taken if send => return Ok(Some(lane)),
                Claim::Taken => {
                    self.metrics.suppressed.add_one();
                    return Ok(None);
                }
                Claim::AlreadyTaken => return Ok(None),
                Claim::LaneMoved => {}
            }
        }
        Err(Error::Unavailable(Fault::new("lane", "moved at each try")))
    }
}
