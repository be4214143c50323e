//! What a login costs: `cargo bench -p tests --bench steps`.
//!
//! Three parts: the calls of each step to the table, the time that each step takes on this machine, and how fast and
//! how large the local program is. Times are told, never asserted; the calls are asserted by a test (`it/calls.rs`).
//! A run takes one to two minutes, and tells more on a machine that does nothing else.

#![expect(clippy::expect_used, reason = "a benchmark ends where it cannot go on")]

mod calls;
mod pages;
#[path = "../local/person.rs"]
mod person;
mod program;
#[path = "../local/running.rs"]
mod running;
mod spans;
mod times;

use spans::Spans;
use tests::bench::Options;
use tests::walk;

#[tokio::main]
async fn main() {
    if Options::read().is_none() {
        return;
    }
    let spans = Spans::install();
    let costs = walk::costs().await;
    calls::print(&costs);
    times::print(&spans, &costs).await;
    pages::print().await;
    program::print();
}
