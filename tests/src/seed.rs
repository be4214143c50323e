//! Randomness that is the same each time, for items that can be made anew.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use local::Randomness;
use rand::rand_core::{TryCryptoRng, TryRng};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// One generator, from which all calls of all functions draw in their order.
#[derive(Clone)]
struct Seeded(Arc<Mutex<StdRng>>);

/// What the functions draw from, beginning at `seed`.
#[must_use]
pub fn randomness(seed: u64) -> Randomness {
    let seeded = Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))));
    Arc::new(move || Box::new(seeded.clone()))
}

impl Seeded {
    fn draw<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.draw(StdRng::next_u32))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.draw(StdRng::next_u64))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.draw(|random| random.fill_bytes(bytes));
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}
