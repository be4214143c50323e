//! The clock that everything here reads: the system's, or one that a test sets.

use std::sync::Arc;

use shared::time::Timestamp;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
