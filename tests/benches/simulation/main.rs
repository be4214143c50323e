//! What attacks are worth: `cargo bench -p tests --bench simulation`.
//!
//! Every schedule runs through the real throttles and quotas for simulated
//! years, in seconds; [`countries`], [`blocks`] and [`number_days`] compare rules. The bounds that they show are asserted by tests (`it/simulation.rs`).

mod blocks;
mod countries;
mod number_days;
mod numbers;
mod services;

use tests::bench::Options;

fn main() {
    if Options::read().is_none() {
        return;
    }
    numbers::print();
    services::print();
    countries::print();
    blocks::print();
    number_days::print();
}
