//! The circuit breaker, as small as the comparison needs it.
//!
//! It stops the texts of a country, or of a number block, where too few of them lead to a login, and lets one through
//! now and then to see whether people are back.

use shared::time::{HOUR, Timestamp};

/// Texts (or numbers) and the logins that followed, since the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conversion {
    /// Texts of a country; numbers of a block that got a first text.
    pub sent: i64,
    /// Logins.
    pub verified: i64,
}

/// When it trips and how often it probes.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    window: i64,
    probe_every: i64,
    probes: i64,
}

impl Rule {
    /// Of a country.
    pub const COUNTRY: Self = Self { window: 200, probe_every: 300, probes: 10 };
    /// Of a number block that may have five numbers an hour.
    pub const BLOCK: Self = Self { window: 20, probe_every: HOUR, probes: 5 };
    const TRIPS_BELOW: i64 = 20;
    const RESETS_AT: i64 = 50;
}

/// Its state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    base: Conversion,
    probed_at: Option<Timestamp>,
    /// Whether a country's has begun its window anew once, as that of the service does after its first change.
    restarted: bool,
}

impl Breaker {
    /// That of a country, before it is checked.
    #[must_use]
    pub fn of_country(self, counted: Conversion) -> Self {
        if self.restarted || self == Self::default() { self } else { Self { base: counted, restarted: true, ..self } }
    }

    /// Whether a text may be sent, and the state after that.
    #[must_use]
    pub fn check(self, rule: Rule, counted: Conversion, now: Timestamp) -> (bool, Self) {
        let (sent, verified) = (counted.sent - self.base.sent, counted.verified - self.base.verified);
        let is_at_least = |percent| verified * 100 >= sent * percent;
        let Some(probed_at) = self.probed_at else {
            return match sent < rule.window {
                true => (true, self),
                false if is_at_least(Rule::TRIPS_BELOW) => {
                    // Half of the window stays in view.
                    let base = Conversion { sent: counted.sent - sent / 2, verified: counted.verified - verified / 2 };
                    (true, Self { base, ..self })
                }
                false => (false, Self { base: counted, probed_at: Some(now), ..self }),
            };
        };
        if sent >= rule.probes && is_at_least(Rule::RESETS_AT) {
            return (true, Self { base: counted, probed_at: None, ..self });
        }
        if now.since(probed_at) < rule.probe_every {
            return (false, self);
        }
        let base = if sent >= 2 * rule.probes { counted } else { self.base };
        (true, Self { base, probed_at: Some(now), ..self })
    }
}
