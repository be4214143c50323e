//! Several conditional writes that happen together or not at all.

use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, ConditionCheck, Delete, Put, TransactWriteItem, Update};

use super::{Item, Table, unavailable};
use crate::error::{Error, RedactedError};
use crate::random;

const OPERATION: &str = "dynamodb TransactWriteItems";
/// The longest wait before each retry after a transient cancellation, in milliseconds (requirement R-08). Two transactions
/// that held one item, and waited equally long, would meet again.
const LONGEST_WAITS: [u64; 3] = [40, 100, 240];
/// Transient cancellations: another transaction held one of the items, or the table was busy. The SDK does not retry
/// them.
const TRANSIENT: [&str; 2] = ["TransactionConflict", "ThrottlingError"];

/// The first write whose condition did not hold: nothing was written.
#[derive(Debug, PartialEq)]
pub(super) struct Refused {
    /// Its place in the transaction.
    pub(super) index: usize,
    /// The item as it is, where the write requested it.
    pub(super) item: Item,
}

impl Table {
    /// Writes all `items` or none. The SDK sends the same idempotency token with each of its tries, so a write that
    /// was applied before its answer got lost is not applied twice (requirement R-03).
    pub(super) async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<Result<(), Refused>, Error> {
        let mut waits = waits();
        loop {
            let call = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            let Err(error) = call.send().await else { return Ok(Ok(())) };
            let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
            else {
                return Err(unavailable(OPERATION, &error));
            };
            let reasons = cancelled.cancellation_reasons();
            if let Some(index) = position(reasons, "ConditionalCheckFailed") {
                return Ok(Err(Refused { index, item: reasons[index].item.clone().unwrap_or_default() }));
            }
            let is_transient = TRANSIENT.iter().any(|code| position(reasons, code).is_some());
            match waits.next().filter(|_| is_transient) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(Error::Unavailable(RedactedError::new(OPERATION, first_code(reasons)))),
            }
        }
    }
}

/// How long to wait before each retry.
fn waits() -> impl Iterator<Item = Duration> + Send {
    LONGEST_WAITS.into_iter().map(|longest| random::wait_up_to(Duration::from_millis(longest)))
}

fn position(reasons: &[CancellationReason], code: &str) -> Option<usize> {
    reasons.iter().position(|reason| reason.code() == Some(code))
}

fn first_code(reasons: &[CancellationReason]) -> String {
    let code = reasons.iter().filter_map(CancellationReason::code).find(|code| *code != "None");
    code.unwrap_or("cancelled").to_owned()
}

/// A put, as a part of a transaction.
pub(super) fn put(put: Put) -> TransactWriteItem {
    TransactWriteItem::builder().put(put).build()
}

/// A condition on an item that is not written, as a part of a transaction.
pub(super) fn check(check: ConditionCheck) -> TransactWriteItem {
    TransactWriteItem::builder().condition_check(check).build()
}

/// An update, as a part of a transaction.
pub(super) fn update(update: Update) -> TransactWriteItem {
    TransactWriteItem::builder().update(update).build()
}

/// A delete, as a part of a transaction.
pub(super) fn delete(delete: Delete) -> TransactWriteItem {
    TransactWriteItem::builder().delete(delete).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requirement R-08.
    #[test]
    fn retries_are_few_and_wait_differently_each_time() {
        let draws: Vec<Vec<_>> = (0..64).map(|_| waits().collect()).collect();
        let all = |longest: fn(u64) -> u64| LONGEST_WAITS.map(|wait| Duration::from_millis(longest(wait)));
        let (longest, half) = (all(|wait| wait), all(|wait| wait / 2));
        assert!(longest.len() <= 3 && longest.iter().sum::<Duration>() < Duration::from_secs(1));
        for place in 0..longest.len() {
            assert!(draws.iter().all(|waits| waits.len() == longest.len() && waits[place] <= longest[place]));
            // By chance all are on one side once in 2^63 runs.
            assert!(draws.iter().any(|waits| waits[place] < half[place]), "never a short wait");
            assert!(draws.iter().any(|waits| waits[place] > half[place]), "never a long wait");
        }
    }
}
