//! What Lambda does with the table's stream: it polls, filters, makes batches, retries.

mod batch;
pub(crate) mod filter;
pub(crate) mod poller;
pub(crate) mod position;
mod record;

use self::filter::Filter;

/// How a function gets the records of the table's stream.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    /// The function's folder in `functions/`.
    pub(crate) function: String,
    pub(crate) filter: Filter,
    pub(crate) batch_size: usize,
    pub(crate) maximum_age: i64,
    pub(crate) maximum_retries: u32,
    pub(crate) bisect: bool,
    pub(crate) reports_failures: bool,
}
