//! Logs and metrics.
//!
//! Logs are JSON lines on standard error. No number, code, cookie or key may reach one (requirement L-02). Libraries
//! write requests and answers at their lower levels, so only their errors are logged, whatever level is set.

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

/// The target of counts. They are written at every level, since alarms depend on them.
const METRIC: &str = "metric";

/// The members of the workspace that log, whose lines are written. A function that is missing here is not heard.
pub const OWN_CRATES: [&str; 8] =
    ["shared", "start_login", "deliver_code", "verify_code", "register", "session", "pages", "local"];

/// Starts logging at the level that the environment sets. A second call changes nothing.
pub fn init() {
    let level = std::env::var(LEVEL_VARIABLE).ok().and_then(|level| level.parse().ok()).unwrap_or(Level::INFO);
    let _ = subscriber(level, io::stderr).try_init();
}

/// What [`init`] installs, with another writer.
pub fn subscriber<W>(level: Level, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let targets = OWN_CRATES.iter().map(|name| (*name, LevelFilter::from_level(level)));
    // Libraries log errors only: their lower levels can carry requests and answers.
    let others = LevelFilter::from_level(level).min(LevelFilter::ERROR);
    let filter = Targets::new().with_default(others).with_targets(targets).with_target(METRIC, LevelFilter::INFO);
    let lines =
        fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false).with_writer(writer);
    tracing_subscriber::registry().with(filter).with(lines)
}

/// Declares [`Metrics`], the names of its counters and the messages of their log lines at once.
macro_rules! metrics {
    ($($(#[$doc:meta])* $name:ident = $message:literal,)*) => {
        /// What is counted. Each count is also a log line with the counter's name in `metric`, from which CloudWatch
        /// makes a metric.
        #[derive(Debug)]
        pub struct Metrics {
            $($(#[$doc])* pub $name: Counter,)*
        }

        impl Metrics {
            /// The names of all metrics.
            pub const ALL: &[&str] = &[$(stringify!($name)),*];
        }

        impl Default for Metrics {
            fn default() -> Self {
                Self { $($name: Counter::new(stringify!($name), $message),)* }
            }
        }
    };
}

metrics! {
    /// Codes that were compared with a stored hash.
    codes_compared = "code compared",
    /// Codes that were right.
    codes_verified = "code verified",
    /// Texts that SNS took, each with the kind of its throttle.
    texts_sent = "text sent",
    /// Code requests that got no text, each with its reason.
    texts_suppressed = "text suppressed",
    /// Code requests after which at least half of a quota was used, each with the kind of its throttle.
    quota_half_used = "quota half used",
    /// Wrong codes that ended the texts of a kind of browser, each with that kind, and texts that revoked a recognized
    /// browser.
    numbers_locked = "number locked",
    /// Texts that SNS refused, or did not confirm.
    texts_failed = "text failed",
    /// Numbers set aside for fiction that were accepted; in production, none.
    test_numbers_used = "test number used",
}

/// One count of a running function.
#[derive(Debug)]
pub struct Counter {
    name: &'static str,
    message: &'static str,
    value: AtomicU64,
}

impl Counter {
    const fn new(name: &'static str, message: &'static str) -> Self {
        Self { name, message, value: AtomicU64::new(0) }
    }

    /// Counts one.
    pub fn add_one(&self) {
        self.value.fetch_add(1, Ordering::Relaxed);
        tracing::info!(target: METRIC, metric = self.name, "{}", self.message);
    }

    /// Counts one that concerns a text to a country. `reason` says why or to whom: a word of ours, never one of a
    /// caller.
    pub fn add_one_for(&self, reason: &str, country: Country) {
        self.value.fetch_add(1, Ordering::Relaxed);
        tracing::info!(target: METRIC, metric = self.name, reason, country = country.as_str(), "{}", self.message);
    }

    /// How often it was counted since the function started.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.value.load(Ordering::Relaxed)
    }
}
