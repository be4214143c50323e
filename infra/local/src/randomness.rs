//! Where the functions of this process draw codes and cookies from.

use std::sync::Arc;

use rand::CryptoRng;

/// Gives each call of a function its source of randomness.
pub type Randomness = Arc<dyn Fn() -> Box<dyn CryptoRng + Send> + Send + Sync>;

/// The operating system's randomness (requirement K-04).
#[must_use]
pub fn system_randomness() -> Randomness {
    Arc::new(|| Box::new(shared::random::source()))
}
