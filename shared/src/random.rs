//! Randomness: the operating system's generator, taken once at the edge of an invocation and passed on.

use rand::CryptoRng;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;

/// The operating system's generator (requirement K-04). It keeps no state in the process, so two functions started
/// from one snapshot never repeat each other.
///
/// When the system gives no randomness, the caller panics and the invocation fails: no code is better than a
/// predictable one.
#[must_use]
pub fn source() -> impl CryptoRng + Send {
    UnwrapErr(SysRng)
}
