//! Records of the table's stream: each code request gets its text, or none.
//!
//! One send job goes through five steps: load a snapshot, decide, reserve, send, report. Whether a number gets a text
//! is decided here, where the person who requested it cannot see it. The code is made here, goes into the text and is
//! forgotten; the table gets its hash. A record can come twice or late, or in a batch with unreadable ones. A
//! conditional write takes each job once, and no job holds up the others.

mod material;
mod report;

use std::sync::Arc;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use futures_util::future::join_all;
use rand::CryptoRng;
use shared::error::{Error, RedactedError};
use shared::keys::{CodeKeys, NumberKeys};
use shared::login::code::CodeHash;
use shared::sending::decision::{Decision, SendPolicy};
use shared::sending::job::SendJob;
use shared::sms::{NotSent, Sms};
use shared::store::Table;
use shared::store::jobs::{CommitOutcome, send_job};
use shared::telemetry::Metrics;
use shared::time::Timestamp;

use crate::material::CodeMaterial;
use crate::report::Outcome;

/// How often a snapshot that changed is loaded again, before the record is left to the stream's own retry.
const MAX_TRIES: u32 = 5;

/// The function, and what it needs.
pub struct DeliverCode {
    table: Table,
    numbers: NumberKeys,
    codes: CodeKeys,
    sms: Sms,
    policy: SendPolicy,
    metrics: Arc<Metrics>,
}

/// What became of the attempt to reserve a text.
enum Reserved {
    /// It is reserved, and has to be sent.
    Text(Box<report::ReservedText>),
    /// Nothing is left to do except the report.
    Over(Outcome),
}

impl DeliverCode {
    /// Sends by `sms` what `policy` allows, and counts in `metrics`.
    #[must_use]
    pub fn new(
        table: Table,
        (numbers, codes): (NumberKeys, CodeKeys),
        sms: Sms,
        policy: SendPolicy,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { table, numbers, codes, sms, policy, metrics }
    }

    /// Delivers all records of one batch concurrently, and gives back those that the stream must repeat.
    pub async fn handle(
        &self,
        event: Event,
        now: Timestamp,
        random: &mut (impl CryptoRng + Send),
    ) -> DynamoDbEventResponse {
        let records = event.records.into_iter();
        let deliveries = records.map(|record| self.take(record, now, CodeMaterial::draw(random)));
        // Collected first, since all material comes from one source of randomness.
        let deliveries: Vec<_> = deliveries.collect();
        let mut response = DynamoDbEventResponse::default();
        response.batch_item_failures = join_all(deliveries).await.into_iter().flatten().collect();
        response
    }

    /// Delivers one record. The stream must repeat a record that is given back.
    async fn take(
        &self,
        record: EventRecord,
        now: Timestamp,
        material: CodeMaterial,
    ) -> Option<DynamoDbBatchItemFailure> {
        let sequence_number = record.change.sequence_number.clone();
        match self.deliver(record, now, material).await {
            Ok(()) => None,
            Err(Error::Unavailable(error)) => {
                tracing::warn!(%error, "code request not decided: AWS failed, the stream brings the record again");
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = sequence_number;
                Some(failure)
            }
            Err(error) => {
                // A repeat would change nothing, and would hold up the records behind it.
                tracing::error!(%error, "stream record dropped: it cannot be read");
                None
            }
        }
    }

    async fn deliver(&self, record: EventRecord, now: Timestamp, material: CodeMaterial) -> Result<(), Error> {
        let job = send_job(record.change.new_image)?;
        if job.is_stale(now) {
            tracing::warn!("code request dropped: too late for a text");
            return Ok(());
        }
        let outcome = match self.reserve(&job, &material).await? {
            Reserved::Text(text) => self.send(&job, *text, &material).await?,
            Reserved::Over(outcome) => outcome,
        };
        outcome.report(&self.metrics, job.country());
        Ok(())
    }

    /// Loads, decides and reserves. It starts over when something changed in between.
    async fn reserve(&self, job: &SendJob, material: &CodeMaterial) -> Result<Reserved, Error> {
        let number = job.number_ids(&self.numbers)?;
        let mut hashes = material.hashes(job.context(), &self.codes);
        for _ in 0..MAX_TRIES {
            let loaded = self.table.load_snapshot(job, &number, &self.policy.limits).await?;
            let decision = loaded.snapshot().decide(&self.policy, job.requested_at());
            let (suppressed, effect) = match decision {
                Decision::Deny(reason) => return Ok(Reserved::Over(Outcome::Denied(reason))),
                Decision::Suppress(reason, effect) => (Some(reason), effect),
                Decision::Send(effect) => (None, effect),
            };
            let reservation = match loaded.reservation(job, &effect, material.draw) {
                Ok(reservation) => reservation,
                Err(full) => return Ok(Reserved::Over(Outcome::Denied(report::reason_of(&full)))),
            };
            let (committed, over) = if let Some(reason) = suppressed {
                let committed = self.table.reserve_suppressed(job, &reservation).await?;
                (committed, Reserved::Over(Outcome::Suppressed(reason, effect)))
            } else {
                let hash = hashes.of(effect.code_length)?;
                let committed = self.table.reserve(job, &reservation, &hash).await?;
                (committed, Reserved::Text(Box::new(report::ReservedText { reservation, effect, hash })))
            };
            match committed {
                CommitOutcome::Committed => return Ok(over),
                CommitOutcome::AlreadyTaken => return Ok(Reserved::Over(Outcome::AlreadyTaken)),
                CommitOutcome::Conflict => {}
            }
        }
        Err(Error::Unavailable(RedactedError::new("throttle or quota", "changed at each try")))
    }

    /// Hands the text to SNS, and gives the reservation back when SNS refuses it.
    async fn send(&self, job: &SendJob, text: report::ReservedText, material: &CodeMaterial) -> Result<Outcome, Error> {
        let number = job.number(&self.numbers)?;
        let code = material.code(text.effect.code_length);
        match self.sms.send(&number, job.country(), job.language(), code).await {
            Ok(()) => Ok(Outcome::Sent(text.effect)),
            Err(NotSent::Unknown(error)) => Ok(Outcome::Unknown(text.effect, error)),
            Err(NotSent::Refused(error)) => {
                self.release(job, &text, &material.decoy).await;
                Ok(Outcome::Refused(error))
            }
        }
    }

    /// When even this fails, the request keeps a code that nobody got and the throttle keeps its step. That is safe,
    /// and a repeat of the record could not change it.
    async fn release(&self, job: &SendJob, text: &report::ReservedText, decoy: &CodeHash) {
        if let Err(error) = self.table.release(job, &text.reservation, &text.hash, decoy).await {
            tracing::warn!(%error, "reservation not released: the refused text stays counted");
        }
    }
}
