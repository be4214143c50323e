//! The clock that everything here reads: the system's, or one that a test sets.

use std::sync::Arc;

use shared::time::Timestamp;

/// Gives the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
