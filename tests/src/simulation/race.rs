//! One account, at which an attacker keeps codes and guesses at them as late, and as many at once, as it takes to make
//! the most failures.
//!
//! What holds the attacker are the real throttles and the real counts at which texts end. Guesses that are made at once
//! see nothing of each other.

use shared::login::request::{CODE_LIFE, MAX_ATTEMPTS};
use shared::sending::lock::Failures;
use shared::sending::throttle::{Throttle, ThrottleCheck, ThrottleKind};
use shared::time::Timestamp;

/// An account under attack, whose owner does not sign in.
#[derive(Clone, Debug)]
pub struct Race {
    unrecognized: Throttle,
    /// The throttles of recognized browsers whose cookies the attacker copied.
    copied: Vec<Throttle>,
    texts: Vec<Text>,
    failures: i64,
}

/// A text whose code can be guessed at.
#[derive(Clone, Copy, Debug)]
struct Text {
    at: Timestamp,
    left: u8,
}

impl Race {
    /// One at which nobody guessed yet, by somebody with so many copied cookies.
    #[must_use]
    pub fn new(copied: usize) -> Self {
        let [unrecognized, of_copy] = [Throttle::default(); 2];
        Self { unrecognized, copied: vec![of_copy; copied], texts: Vec::new(), failures: 0 }
    }

    /// Requests a code, by the copied cookie of this index or without one. Tells whether a text goes out.
    pub fn request_code(&mut self, copy: Option<usize>, at: Timestamp) -> bool {
        let copy = copy.filter(|copy| !self.copied[*copy].is_revoked());
        let (throttle, kind) = match copy {
            Some(copy) => (&mut self.copied[copy], ThrottleKind::Recognized),
            None => (&mut self.unrecognized, ThrottleKind::Unrecognized),
        };
        let ThrottleCheck::Allowed(after) = throttle.check(kind, at) else { return false };
        *throttle = after;
        let goes_out = !Failures::default().plus(self.failures).end_texts(kind);
        if goes_out {
            self.texts.push(Text { at, left: MAX_ATTEMPTS });
        }
        goes_out
    }

    /// Makes up to `most` guesses at the codes that are alive.
    pub fn guess(&mut self, most: i64, at: Timestamp) {
        let alive = self.texts.iter_mut().filter(|text| at.since(text.at) < CODE_LIFE);
        let mut left = most;
        for text in alive {
            let guesses = left.min(text.left.into());
            text.left -= u8::try_from(guesses).unwrap_or_default();
            left -= guesses;
        }
        self.failures += most - left;
    }

    /// Failed attempts so far.
    #[must_use]
    pub const fn failures(&self) -> i64 {
        self.failures
    }
}
