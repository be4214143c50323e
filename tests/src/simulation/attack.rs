//! When an attacker requests codes for a number.

use shared::sending::throttle::ThrottleKind;
use shared::time::{DAY, Timestamp};

use super::number::Number;

/// Who attacks, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// Nobody.
    None,
    /// As soon as the unrecognized browsers' throttle sends, again and again.
    Greedy,
    /// `burst` texts as fast as possible, then `rest` days of quiet, in which the backoff step falls.
    Patient {
        /// Texts one after the other.
        burst: u32,
        /// Days before the next ones.
        rest: i64,
    },
    /// Somebody who copied the cookie of the recognized browser, and takes whatever throttle sends first.
    Thief,
}

/// A patient attacker of each kind that could be the best.
pub fn patient() -> impl Iterator<Item = Attack> {
    (1..=13).flat_map(|burst| (1..=31).map(move |rest| Attack::Patient { burst, rest }))
}

impl Attack {
    /// When to request a code next, and in which throttle; never when no throttle will send again by itself.
    #[must_use]
    pub fn next(self, number: &Number, from: Timestamp) -> Option<(Timestamp, ThrottleKind)> {
        let unrecognized = number
            .opens(ThrottleKind::Unrecognized, self.rested(number, from))
            .map(|at| (at, ThrottleKind::Unrecognized));
        match self {
            Self::None => None,
            Self::Greedy | Self::Patient { .. } => unrecognized,
            Self::Thief => {
                let device = number.opens(ThrottleKind::Recognized, from).filter(|_| number.is_stolen());
                device
                    .map(|at| (at, ThrottleKind::Recognized))
                    .into_iter()
                    .chain(unrecognized)
                    .min_by_key(|(at, _)| *at)
            }
        }
    }

    /// When the attacker wants the next text, if `from` has come.
    fn rested(self, number: &Number, from: Timestamp) -> Timestamp {
        match (self, number.attacks.last()) {
            (Self::Patient { burst, rest }, Some(last)) if number.attacks.len().is_multiple_of(burst as usize) => {
                from.max(last.plus(rest * DAY))
            }
            _ => from,
        }
    }
}
