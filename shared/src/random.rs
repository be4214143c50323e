//! Randomness: the operating system's generator, taken once at the edge of an invocation and passed on. Only how long
//! something waits is drawn where it waits.

use std::time::Duration;

use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use rand::{CryptoRng, RngExt};

/// The operating system's generator (requirement K-04). It keeps no state in the process, so two functions started
/// from one snapshot never repeat each other.
///
/// When the system gives no randomness, the caller panics and the invocation fails: no code is better than a
/// predictable one.
#[must_use]
pub fn source() -> impl CryptoRng + Send {
    UnwrapErr(SysRng)
}

/// How long to wait before something is tried again: anything up to `longest`, all lengths alike. Callers who met, and
/// were refused for it, do not meet again after it. Nothing else depends on it, so it is no argument of those who wait.
#[must_use]
pub fn wait_up_to(longest: Duration) -> Duration {
    longest.mul_f64(source().random::<f64>())
}
