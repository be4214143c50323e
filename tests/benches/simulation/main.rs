//! What attacks are worth: `cargo bench -p tests --bench simulation`.
//!
//! Every schedule runs through the real throttles, quotas and breakers for simulated
//! years, in seconds. The bounds that it shows are asserted by tests (`it/simulation.rs`).

mod numbers;
mod services;

use tests::bench::Options;

fn main() {
    if Options::read().is_none() {
        return;
    }
    numbers::print();
    services::print();
}
