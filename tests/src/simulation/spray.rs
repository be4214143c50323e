//! An attacker with many numbers, each of which is tried as long as its own throttle lets it.
//!
//! What holds such an attacker is no throttle but a quota that numbers share: by address, number block, country and
//! day. It comes in as a question for each text that a throttle would let out.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use shared::sending::throttle::ThrottleKind;
use shared::time::{DAY, Timestamp};

use super::number::Number;
use super::{BEGINNING, CodeLengths, GUESSES};

/// A text that a throttle would let out.
#[derive(Clone, Copy, Debug)]
pub struct Send {
    /// Which number, counted from zero: neighbours belong to one number block.
    pub number: usize,
    /// When.
    pub at: Timestamp,
}

/// What became of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sprayed {
    /// Texts that went out.
    pub sends: u32,
    /// Guesses that were made at their codes.
    pub guesses: u32,
    /// How many accounts the attacker got, on average.
    pub takeovers: f64,
}

/// Lets the attacker at `count` numbers for `days`. `quota` says whether a text goes out, in the order of time; after a
/// no the attacker goes on with that number a day later.
#[must_use]
pub fn spray(count: usize, days: i64, code_lengths: CodeLengths, mut quota: impl FnMut(Send) -> bool) -> Sprayed {
    let end = BEGINNING.plus(days * DAY);
    let mut numbers = vec![Number::new(code_lengths); count];
    let mut queue: BinaryHeap<_> = (0..count).map(|number| Reverse((BEGINNING.secs(), number))).collect();
    let mut sprayed = Sprayed::default();
    while let Some(Reverse((at, number))) = queue.pop() {
        let at = Timestamp::from_secs(at);
        if at >= end {
            break;
        }
        let next = if quota(Send { number, at }) {
            assert!(numbers[number].attack(ThrottleKind::Unrecognized, at), "a throttle that opens and does not send");
            sprayed.sends += 1;
            numbers[number].opens(ThrottleKind::Unrecognized, at)
        } else {
            Some(at.plus(DAY))
        };
        queue.extend(next.map(|next| Reverse((next.secs(), number))));
    }
    sprayed.guesses = sprayed.sends * GUESSES;
    sprayed.takeovers = numbers.iter().map(|number| number.chance.value()).sum();
    sprayed
}
