//! The clock of a test: it stands still until the test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use shared::time::Timestamp;

/// The moment at which every test begins: so far from now that an engine with a clock of its own, `DynamoDB` Local, finds
/// nothing over that is not over in the test. A window of fifteen minutes begins then.
pub const BEGINNING: Timestamp = Timestamp::from_secs(4_000_500_000);

/// Seconds from then to the last one of the same day (UTC), when all texts of the day are released.
pub const TO_THE_END_OF_THE_DAY: i64 = 79_199;

/// A clock that is moved by hand. Clones show the same time.
#[derive(Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows [`BEGINNING`].
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(BEGINNING.secs())))
    }

    /// What the clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.0.load(Ordering::SeqCst))
    }

    /// Moves the clock forward, or back with a negative number.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The form in which the engine and the functions take it.
    #[must_use]
    pub fn shared(&self) -> local::Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}
