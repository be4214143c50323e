//! What attacks are worth: `cargo bench -p tests --bench simulation`.
//!
//! Every schedule runs through the real lanes, budgets and breakers for simulated
//! years, in seconds. The bounds that it shows are asserted by tests (`it/simulation.rs`).

mod numbers;
mod services;

fn main() {
    // Without it cargo is testing all targets, and wants no benchmark.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    numbers::print();
    services::print();
}
