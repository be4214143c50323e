//! Logs and metrics.
//!
//! Logs are JSON lines on standard error. No number, code, cookie or key may reach one (requirement L-02); since
//! libraries write requests and answers at their lower levels, of theirs only errors are heard, whatever level is set.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::phone::Country;

/// The variable that sets the level: `error`, `warn`, `info` (the default), `debug` or `trace`.
const LEVEL_VARIABLE: &str = "DOORCODE_LOG";

/// The target of counts. They are written at every level: alarms hang on them.
const METRIC: &str = "metric";

/// Crates whose log lines are ours.
const OWN_CRATES: [&str; 8] =
    ["shared", "start_login", "deliver_code", "verify_code", "register", "session", "pages", "local"];

/// Starts logging, at the level that the environment asks for. A second call changes nothing.
pub fn init() {
    let level = std::env::var(LEVEL_VARIABLE).ok().and_then(|level| level.parse().ok()).unwrap_or(Level::INFO);
    let _ = subscriber(level, io::stderr).try_init();
}

/// What [`init`] installs, with a writer of one's own.
pub fn subscriber<W>(level: Level, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let targets = OWN_CRATES.iter().map(|name| (*name, LevelFilter::from_level(level)));
    // Errors of libraries are heard too, but never one that could carry what they were given.
    let others = LevelFilter::from_level(level).min(LevelFilter::ERROR);
    let filter = Targets::new().with_default(others).with_targets(targets).with_target(METRIC, LevelFilter::INFO);
    let lines =
        fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false).with_writer(writer);
    tracing_subscriber::registry().with(filter).with(lines)
}

/// What is counted. Each count is also a log line with the counter's name in `metric`, from which CloudWatch makes a
/// metric.
#[derive(Debug)]
pub struct Metrics {
    /// Codes that were compared with a stored hash.
    pub compares: Counter,
    /// Codes that were right.
    pub verified: Counter,
    /// Messages that SNS took, each with whose lane it went by.
    pub sent: Counter,
    /// Sends that were not made, each with its reason.
    pub suppressed: Counter,
    /// Sends of which the budget was at least half used up, each with whose lane it went by.
    pub half_spent: Counter,
    /// Breakers that tripped: of a country, or of a range.
    pub tripped: Counter,
    /// Sends that closed their lane, each with whose. Strangers get no more texts until the owner opens theirs; a known
    /// device is a stranger from then on.
    pub lanes_closed: Counter,
    /// Sends that SNS refused, or did not confirm.
    pub undelivered: Counter,
    /// Numbers set aside for fiction that were taken; in production, none.
    pub test_numbers: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            compares: Counter::new("compares"),
            verified: Counter::new("verified"),
            sent: Counter::new("sent"),
            suppressed: Counter::new("suppressed"),
            half_spent: Counter::new("half_spent"),
            tripped: Counter::new("tripped"),
            lanes_closed: Counter::new("lanes_closed"),
            undelivered: Counter::new("undelivered"),
            test_numbers: Counter::new("test_numbers"),
        }
    }
}

/// One count of a running function.
#[derive(Debug)]
pub struct Counter {
    name: &'static str,
    value: AtomicU64,
}

impl Counter {
    const fn new(name: &'static str) -> Self {
        Self { name, value: AtomicU64::new(0) }
    }

    /// Counts one.
    pub fn add_one(&self) {
        self.value.fetch_add(1, Ordering::Relaxed);
        tracing::info!(target: METRIC, metric = self.name, "counted");
    }

    /// Counts one of texts to a country, and says why or to whom: a word of ours, never one of a caller.
    pub fn add_one_for(&self, reason: &str, country: Country) {
        self.value.fetch_add(1, Ordering::Relaxed);
        tracing::info!(target: METRIC, metric = self.name, reason, country = country.as_str(), "counted");
    }

    /// How often it was counted since the function started.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.value.load(Ordering::Relaxed)
    }
}
