//! Quotas: how many texts are sent in all, to one country, to one number block.
//!
//! A throttle bounds the texts to one number. Quotas bound the texts to many numbers: they limit the bill, and the
//! chance of an attacker who makes a few guesses at each of many accounts (requirements S-01, S-05, S-07, G-14). Texts
//! to recognized browsers have a quota of their own, which unrecognized browsers cannot use up.
//!
//! The unverified texts of a day are released over the day ([`released`]), so that nobody uses up those of a whole day at
//! once.

use serde::{Deserialize, Serialize};

use crate::keys::{BlockId, NumberId};
use crate::phone::Country;
use crate::time::{DAY, Timestamp};

/// The limits of a deployment. The defaults fit a small service; the template has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaLimits {
    /// Texts to unrecognized browsers in a day that no login followed. Each of them is a chance of three guesses at
    /// some account: with 300 texts a day and six digits, an attacker is expected to open one account in three years.
    pub unverified_per_day: u32,
    /// Texts to unrecognized browsers in a day, verified or not. This bounds what somebody can make the operator pay
    /// who has phones and types the codes that they receive.
    pub unrecognized_per_day: u32,
    /// Texts to recognized browsers in a day.
    pub recognized_per_day: u32,
    /// Texts to unrecognized browsers of one country in an hour.
    pub country_per_hour: u32,
    /// Texts to unrecognized browsers of one country in a day.
    pub country_per_day: u32,
    /// Texts to unrecognized browsers of one country in a day that no login followed. A country with many logins may
    /// have more; see [`QuotaLimits::country`].
    pub country_unverified_per_day: u32,
    /// Numbers of one number block that get texts for unrecognized browsers in an hour.
    pub block_numbers_per_hour: u32,
}

impl Default for QuotaLimits {
    fn default() -> Self {
        Self {
            unverified_per_day: 300,
            unrecognized_per_day: 2_000,
            recognized_per_day: 1_000,
            country_per_hour: 200,
            country_per_day: 1_000,
            country_unverified_per_day: 100,
            block_numbers_per_hour: 5,
        }
    }
}

impl QuotaLimits {
    /// No limit at all, for one machine where a text costs nothing: nobody sends so many.
    pub const NONE: Self = Self {
        unverified_per_day: u32::MAX,
        unrecognized_per_day: u32::MAX,
        recognized_per_day: u32::MAX,
        country_per_hour: u32::MAX,
        country_per_day: u32::MAX,
        country_unverified_per_day: u32::MAX,
        block_numbers_per_hour: u32::MAX,
    };

    /// How many unverified texts a country may have for each verified one: where fewer than a fifth of the texts lead
    /// to a login, the texts are not for people who sign in.
    const UNVERIFIED_FOR_EACH_VERIFIED: u32 = 4;

    /// The quota of all recognized browsers of one number together. A login gives a browser a new name, and with it a
    /// new throttle, so that no throttle stops somebody with a phone from using up what all recognized browsers share.
    pub const RECOGNIZED_OF_A_NUMBER: Quota = Quota { per_day: 24, per_hour: None, unverified_per_day: None };

    /// The quota of all unrecognized browsers, in the whole day.
    #[must_use]
    pub const fn unrecognized(&self) -> Quota {
        Quota { per_day: self.unrecognized_per_day, per_hour: None, unverified_per_day: Some(self.unverified_per_day) }
    }

    /// The quota of all recognized browsers.
    #[must_use]
    pub const fn recognized(&self) -> Quota {
        Quota { per_day: self.recognized_per_day, per_hour: None, unverified_per_day: None }
    }

    /// The quota of one country at a moment. In SMS pumping, somebody who is paid for texts has them sent to numbers where
    /// nobody types the codes. So the verified texts of a country decide how many unverified ones it may have, and each
    /// country may have a few in any case (requirement S-06). docs/promises.md compares this with a circuit breaker. An
    /// operator who allows a country lifts this limit and no other.
    ///
    /// What the logins of today earned needs no release: the people are there.
    #[must_use]
    pub fn country(&self, country: &CountryUsage, at: Timestamp) -> Quota {
        let earned = |verified: u32| verified.saturating_mul(Self::UNVERIFIED_FOR_EACH_VERIFIED);
        let of_the_day = self.country_unverified_per_day.max(earned(country.verified_the_day_before));
        let unverified = released(of_the_day, at).max(earned(country.verified_today));
        let is_allowed = country.operator_override == Some(OperatorOverride::Allow);
        Quota {
            per_day: self.country_per_day,
            per_hour: Some(self.country_per_hour),
            unverified_per_day: (!is_allowed).then_some(unverified),
        }
    }
}

/// How many of the unverified texts of a day are released at a moment of it (UTC): half of them when it begins, and the
/// rest evenly until it ends. What was not used stays for later.
///
/// Half, since people of one time zone come in its evening, which may be where the day begins (docs/promises.md, "The
/// release"). Evenly, not each hour: what comes at the full hour a flood takes in its first second.
#[must_use]
pub fn released(of_the_day: u32, at: Timestamp) -> u32 {
    let day = DAY.unsigned_abs();
    let seconds = at.since(at.start_of(DAY)).unsigned_abs();
    let released = (u64::from(of_the_day) * (day + seconds)).div_ceil(2 * day);
    u32::try_from(released).unwrap_or(of_the_day)
}

/// Whose texts are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuotaScope {
    /// Those of unrecognized browsers.
    Unrecognized,
    /// Those of recognized browsers.
    Recognized,
    /// Those of the recognized browsers of one number.
    RecognizedOfNumber(NumberId),
    /// Those of unrecognized browsers to one country.
    Country(Country),
    /// Those of unrecognized browsers to one number block.
    Block(BlockId),
}

/// What was counted for one scope, in the day and in the hour that run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Texts of the day.
    pub today: i64,
    /// Texts of the hour.
    pub this_hour: i64,
    /// Texts of the day that no login followed. A login takes its text out again.
    pub unverified_today: i64,
}

/// What is known of a country.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountryUsage {
    /// Texts to unrecognized browsers.
    pub usage: Usage,
    /// Texts of today that a login followed.
    pub verified_today: u32,
    /// The same of the day before.
    pub verified_the_day_before: u32,
    /// What the operator set.
    pub operator_override: Option<OperatorOverride>,
}

/// What is known of a number block. Nothing here depends on a login: what is left of a block's quota must not tell who
/// has an account (requirement E-05).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockUsage {
    /// Numbers that got texts in the hour.
    pub numbers: usize,
    /// Whether this number is one of them.
    pub has_this_number: bool,
}

impl BlockUsage {
    /// Whether the block has no place for this number.
    #[must_use]
    pub const fn is_full(self, limits: &QuotaLimits) -> bool {
        !self.has_this_number && self.numbers >= limits.block_numbers_per_hour as usize
    }
}

/// What the operator set for a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperatorOverride {
    /// No texts to unrecognized browsers.
    Block,
    /// Texts within all other quotas, however few of them are verified.
    Allow,
}

/// What one scope may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Texts in a day.
    pub per_day: u32,
    /// Texts in an hour, where hours have a limit.
    pub per_hour: Option<u32>,
    /// Texts in a day that no login followed, where these have a limit.
    pub unverified_per_day: Option<u32>,
}

impl Quota {
    /// The same, with the unverified texts that are released at a moment.
    #[must_use]
    pub fn released(self, at: Timestamp) -> Self {
        Self { unverified_per_day: self.unverified_per_day.map(|of_the_day| released(of_the_day, at)), ..self }
    }

    /// Whether there is room for one more text.
    #[must_use]
    pub fn has_room(self, usage: Usage) -> bool {
        let is_below = |count: i64, limit: Option<u32>| limit.is_none_or(|limit| count < i64::from(limit));
        is_below(usage.today, Some(self.per_day))
            && is_below(usage.this_hour, self.per_hour)
            && !self.unverified_is_used_up(usage)
    }

    /// Whether as many texts are unverified as may be.
    #[must_use]
    pub fn unverified_is_used_up(self, usage: Usage) -> bool {
        self.unverified_per_day.is_some_and(|limit| usage.unverified_today >= i64::from(limit))
    }

    /// Whether half of a day's texts is used, with the one that is about to be sent. The operator should then look who
    /// requests them (requirement G-14).
    #[must_use]
    pub fn is_half_used(self, usage: Usage) -> bool {
        let is_half = |count: i64, limit: u32| 2 * (count + 1) >= i64::from(limit);
        is_half(usage.today, self.per_day)
            || self.unverified_per_day.is_some_and(|limit| is_half(usage.unverified_today, limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_secs(20_000 * DAY);
    const END: Timestamp = START.plus(DAY - 1);
    const ROOMY: Quota = Quota { per_day: 1_000, per_hour: Some(1_000), unverified_per_day: Some(1_000) };

    #[test]
    fn each_limit_that_is_set_holds() {
        let usage = Usage { today: 200, this_hour: 100, unverified_today: 150 };
        assert!(ROOMY.has_room(usage));
        assert!(!Quota { per_day: 200, ..ROOMY }.has_room(usage));
        assert!(!Quota { per_hour: Some(100), ..ROOMY }.has_room(usage));
        let unverified = Quota { unverified_per_day: Some(150), ..ROOMY };
        assert!(!unverified.has_room(usage));
        assert!(unverified.unverified_is_used_up(usage) && !ROOMY.unverified_is_used_up(usage));
        assert!(Quota { per_day: 201, per_hour: None, unverified_per_day: None }.has_room(usage));
    }

    #[test]
    fn half_of_a_day_is_reached_with_the_text_that_reaches_it() {
        let quota = Quota { per_day: 500, per_hour: None, unverified_per_day: Some(100) };
        let is_half = |today, unverified_today| quota.is_half_used(Usage { today, unverified_today, this_hour: 0 });
        assert_eq!(
            [(248, 0), (249, 0), (0, 48), (0, 49)].map(|(all, some)| is_half(all, some)),
            [false, true, false, true]
        );
    }

    /// A country earns its unverified texts by verified ones (requirement S-06).
    #[test]
    fn a_country_may_have_four_unverified_texts_for_each_verified_one() {
        let limits = QuotaLimits::default();
        let allowed = |[verified_today, verified_the_day_before]: [u32; 2], operator_override| {
            let country =
                CountryUsage { verified_today, verified_the_day_before, operator_override, ..Default::default() };
            [START, END].map(|at| limits.country(&country, at).unverified_per_day)
        };
        assert_eq!(allowed([0, 0], None), [Some(50), Some(100)]);
        assert_eq!(allowed([0, 25], None), [Some(50), Some(100)]);
        assert_eq!(allowed([0, 500], None), [Some(1_000), Some(2_000)]);
        assert_eq!(allowed([500, 0], None), [Some(2_000); 2]);
        assert_eq!(allowed([0, 500], Some(OperatorOverride::Allow)), [None; 2]);
        let lifted = CountryUsage { operator_override: Some(OperatorOverride::Allow), ..Default::default() };
        assert_eq!(limits.country(&lifted, START).per_day, limits.country_per_day);
    }

    #[test]
    fn half_of_a_day_is_released_at_once_and_the_rest_evenly() {
        let at = |hours: i64| START.plus(hours * 3_600);
        assert_eq!([0, 1, 8, 16].map(|hours| released(300, at(hours))), [150, 157, 200, 250]);
        assert_eq!([START, END].map(|at| released(1, at)), [1, 1]);
        assert_eq!([START, END].map(|at| released(0, at)), [0, 0]);
        for limit in [1, 2, 99, 100, 300, 3_001] {
            let of_the_day: Vec<_> = (0..DAY).map(|second| released(limit, START.plus(second))).collect();
            assert!(of_the_day.is_sorted() && of_the_day.last() == Some(&limit), "{limit}");
        }
        let quota = ROOMY.released(START);
        assert_eq!((quota.unverified_per_day, quota.per_day), (Some(500), ROOMY.per_day));
    }
}
