//! Several conditional writes that happen together or not at all.

use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, ConditionCheck, Delete, Put, TransactWriteItem, Update};

use super::{Item, Table, unavailable};
use crate::error::{Error, RedactedError};

const OPERATION: &str = "dynamodb TransactWriteItems";
/// Milliseconds before each retry after a transient cancellation (requirement R-08).
const RETRY_DELAYS: [u64; 3] = [20, 50, 120];
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
        let mut delays = RETRY_DELAYS.iter();
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
            match delays.next().filter(|_| is_transient) {
                Some(delay) => tokio::time::sleep(Duration::from_millis(*delay)).await,
                None => return Err(Error::Unavailable(RedactedError::new(OPERATION, first_code(reasons)))),
            }
        }
    }
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
