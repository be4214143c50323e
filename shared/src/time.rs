//! A moment, in whole seconds.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// Seconds of an hour.
pub const HOUR: i64 = 3_600;

/// Seconds since 1970-01-01 00:00 UTC, the form of times in the API and in DynamoDB's TTL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `seconds` after the epoch.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0
    }

    /// The moment `seconds` later.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this moment; negative when `earlier` is the later one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The last multiple of `seconds` that is not later: the beginning of the UTC day, say, that this moment is in.
    #[must_use]
    pub const fn start_of(self, seconds: i64) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(seconds)))
    }

    /// The system's clock. Read once at the edge of an invocation and passed on as a value, so that one request
    /// sees one instant.
    #[must_use]
    pub fn now() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
        // A clock before 1970 would make every code look fresh; the end of time makes everything look expired.
        Self(elapsed.map_or(i64::MAX, |elapsed| i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)))
    }
}
