//! Whether an unrecognized browser that measures can tell numbers apart: `cargo bench -p tests --bench timing`.
//!
//! Requirements E-04 and G-17. Two kinds of call are made in random order in one process, each by a browser at an
//! address of its own, on a table that begins empty. Their times must pass for one distribution (Kolmogorov and
//! Smirnov, p above 0.01) with medians less than a millisecond apart; a pair that fails is measured once more, since
//! one honest pair in a hundred fails. A third arm makes the first kind of call and works two milliseconds more: if
//! that is not seen, the rig is blind and proves nothing. On a machine that does much else it can be; then as many
//! samples again are added to those that there are. What is measured are functions that run; their starts cannot know
//! the number.
//!
//! It ends with a failure when times differ, and takes some six minutes on a machine that does nothing else. No
//! test does this: tests do not measure time.

#![expect(clippy::expect_used, reason = "a benchmark ends where it cannot go on")]

mod arms;
mod pairs;

use std::process::ExitCode;
use std::time::Duration;

use arms::Times;
use pairs::Pair;
use tests::bench::Options;
use tests::times::Comparison;

/// Above it two samples pass for one distribution.
const LEAST_P: f64 = 0.01;
/// Below it the third arm was seen.
const GREATEST_P_OF_CONTROL: f64 = 1e-6;
/// How far medians may be apart.
const GREATEST_DIFFERENCE: Duration = Duration::from_millis(1);
/// How often a pair may be measured.
const TRIES: usize = 2;

/// What a pair of samples and its control say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Alike,
    Different,
    /// The control was not seen.
    Blind,
}

#[tokio::main]
async fn main() -> ExitCode {
    if Options::read().is_none() {
        return ExitCode::SUCCESS;
    }
    println!("{:64}{:>8}{:>20}{:>13}{:>10}{:>10}", "", "samples", "medians, ms", "apart, µs", "p", "control");
    let mut hold = true;
    for pair in Pair::ALL {
        hold &= holds(pair).await;
    }
    if hold { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures a pair until it holds, but no more often than is allowed. One that need not hold is measured once.
async fn holds(pair: Pair) -> bool {
    let mut times = arms::measure(pair).await;
    let mut verdict = tell(pair, &times);
    if !pair.must_hold() {
        return true;
    }
    for _ in 1..TRIES {
        match verdict {
            Verdict::Alike => break,
            Verdict::Different => times = arms::measure(pair).await,
            Verdict::Blind => times.extend(arms::measure(pair).await),
        }
        verdict = tell(pair, &times);
    }
    verdict == Verdict::Alike
}

/// Prints what the times of a pair say.
fn tell(pair: Pair, times: &Times) -> Verdict {
    let comparison = Comparison::of(times.first.clone(), times.second.clone());
    let control = Comparison::of(times.first.clone(), times.delayed.clone());
    let (verdict, word) = if control.p >= GREATEST_P_OF_CONTROL {
        (Verdict::Blind, "BLIND: the delay was not seen")
    } else if comparison.p <= LEAST_P || comparison.difference() >= GREATEST_DIFFERENCE {
        (Verdict::Different, if pair.must_hold() { "DIFFERENT" } else { "different, and may be" })
    } else {
        (Verdict::Alike, "alike")
    };
    println!(
        "{:64}{:>8}{:>10.2}{:>10.2}{:>13.0}{:>10.1e}{:>10.0e}  {word}",
        pair.name(),
        times.second.len(),
        milliseconds(comparison.medians[0]),
        milliseconds(comparison.medians[1]),
        milliseconds(comparison.difference()) * 1_000.0,
        comparison.p,
        control.p
    );
    verdict
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
