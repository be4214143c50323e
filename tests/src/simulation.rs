//! Numbers under attack for years, in an instant: the real throttles and quotas under a clock that jumps, without a
//! table and without AWS.
//!
//! [`number`] is one number, and what can be done to it. [`scenario`] lets an attacker and an owner at it for some days,
//! [`attack`] is when the attacker requests codes, [`request`]
//! what a login request with several texts is worth to them, [`race`] how many failures an account can have at most. [`spray`] is an attacker who has many numbers to try.
//!
//! [`service`] is a whole service, which counts as the table does ([`counters`]). [`siege`] lets an attacker and people at
//! it, [`lockout`] somebody who wants an owner not to sign in. [`rules`] are rules that a service could have instead of those
//! that it has, of which [`breaker`] is one; [`day`] shows what they do to one number.
//!
//! Nobody guesses in a simulation: what is counted is how likely it is that none of the guesses was right.

pub mod attack;
pub mod breaker;
pub mod counters;
pub mod day;
pub mod lockout;
pub mod number;
pub mod race;
pub mod request;
pub mod rules;
pub mod scenario;
pub mod service;
pub mod siege;
pub mod spray;

use shared::login::code::CodeLength;
use shared::sending::throttle::{Throttle, ThrottleKind};
use shared::time::Timestamp;

/// When every simulation begins.
pub const BEGINNING: Timestamp = Timestamp::from_secs(1_800_000_000);
/// Guesses that one code allows.
pub const GUESSES: u32 = 3;
/// What a text costs, in US dollars: an example, since each country has its price.
pub const PRICE: f64 = 0.05;

/// How long the codes of a throttle are.
pub type CodeLengths = fn(Throttle, ThrottleKind, Timestamp) -> CodeLength;

/// Six digits, whatever happened before: what the longer codes are compared with.
#[must_use]
pub fn six(_: Throttle, _: ThrottleKind, _: Timestamp) -> CodeLength {
    CodeLength::Six
}

/// How likely it is that some guess was right.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chance {
    /// The logarithm of how likely it is that none was.
    survived: f64,
}

impl Chance {
    /// Three guesses more, all different, at one code.
    pub fn add(&mut self, length: CodeLength) {
        self.survived += (-f64::from(GUESSES) / f64::from(length.codes())).ln_1p();
    }

    /// Between 0 and 1.
    #[must_use]
    pub fn value(self) -> f64 {
        self.survived.exp_m1().abs()
    }
}
