//! Percentiles of measured times.

use std::fmt;
use std::time::Duration;

/// The median and the time that one in a hundred exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percentiles {
    /// The median.
    pub p50: Duration,
    /// What one in a hundred exceeds.
    pub p99: Duration,
}

impl Percentiles {
    /// Of at least one time.
    #[must_use]
    pub fn of(times: impl IntoIterator<Item = Duration>) -> Self {
        let mut times: Vec<_> = times.into_iter().collect();
        times.sort_unstable();
        // The nearest rank: a time that was measured, never one between two.
        let rank = |percent: usize| times[(times.len() * percent).div_ceil(100).max(1) - 1];
        Self { p50: rank(50), p99: rank(99) }
    }
}

/// Both in milliseconds.
impl fmt::Display for Percentiles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:>8} {:>8}", milliseconds(self.p50), milliseconds(self.p99))
    }
}

/// A time as it stands in a table.
#[must_use]
pub fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1_000.0)
}
