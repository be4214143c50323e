//! Numbers under attack for years, in an instant: the real lanes under a clock that jumps, without a table and without
//! AWS.
//!
//! [`number`] is one number, and what can be done to it. [`scenario`] lets an attacker and an owner at it for some days,
//! [`attack`] is when the attacker asks. [`spray`] is an attacker who has many numbers to try.
//!
//! Nobody guesses in a simulation: what is counted is how likely it is that none of the guesses was right.

pub mod attack;
pub mod number;
pub mod scenario;
pub mod spray;

use shared::lane::Lane;
use shared::time::Timestamp;

/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// When every simulation begins.
pub const BEGINNING: Timestamp = Timestamp::from_secs(1_800_000_000);
/// Guesses that one code allows.
pub const GUESSES: u32 = 3;
/// What a text costs, in US dollars: an example, since each country has its price.
pub const PRICE: f64 = 0.05;

/// What decides how long a code is: what is known of a number when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The lane, before the send.
    pub lane: Lane,
    /// The newest send that no login followed.
    pub unverified: Option<Timestamp>,
    /// When it is asked.
    pub at: Timestamp,
}

/// How many digits a code gets.
pub type Digits = fn(&Asked) -> u32;

/// Six digits, whatever happened before.
#[must_use]
pub fn six(_: &Asked) -> u32 {
    6
}

/// Eight digits for 30 days after a send that no login followed, otherwise six (requirement G-15).
#[must_use]
pub fn eight_after_unverified(asked: &Asked) -> u32 {
    let quiet = asked.unverified.is_none_or(|send| asked.at.since(send) >= 30 * DAY);
    if quiet { 6 } else { 8 }
}

/// How likely it is that some guess was right.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chance {
    /// The logarithm of how likely it is that none was.
    survived: f64,
}

impl Chance {
    /// Three guesses more, all different, at one code.
    pub fn add(&mut self, digits: u32) {
        self.survived += (-f64::from(GUESSES) / 10_f64.powf(f64::from(digits))).ln_1p();
    }

    /// Between 0 and 1.
    #[must_use]
    pub fn value(self) -> f64 {
        self.survived.exp_m1().abs()
    }
}
