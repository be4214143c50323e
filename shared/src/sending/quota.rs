//! How many texts are sent: in all, to one country, to one range of numbers.
//!
//! A lane bounds what one number gets; it says nothing about many numbers. Here is what bounds the bill, and with it the
//! chance of somebody who tries a few guesses at each of many accounts (requirements S-01, S-05, S-07, G-14). Texts to known
//! devices have a budget of their own, which strangers cannot use up.
//!
//! Counters that every send changes are split over shards, up to [`SHARDS`] items with a part of the limit each: together they
//! never pass it, and nearly reach it, since a send goes to a shard that has room.

use serde::{Deserialize, Serialize};

use crate::keys::{NumberId, RangeId};
use crate::phone::Country;

/// The most items over which a counter is split.
pub const SHARDS: usize = 16;
/// What a shard is good for in its shortest window, at least. A smaller limit uses fewer shards: it bounds the load by
/// itself, and each shard is a read more for each text.
const LEAST_PART: usize = 100;

/// The limits of a deployment. The defaults fit a small service; the template has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLimits {
    /// Texts to strangers in a day that no login followed. Each of them is a chance of three guesses at some account: with
    /// 300 and six digits, one account is expected to fall in three years of full-time spraying.
    pub unused_in_a_day: u32,
    /// Texts to strangers in a day, used or not: what somebody can spend who has phones, and types the codes that they get.
    pub to_strangers_in_a_day: u32,
    /// Texts to known devices in a day.
    pub to_devices_in_a_day: u32,
    /// Texts to strangers of one country in an hour.
    pub of_a_country_in_an_hour: u32,
    /// Texts to strangers of one country in a day.
    pub of_a_country_in_a_day: u32,
    /// Numbers of one range of a thousand that strangers get texts sent to in an hour.
    pub of_a_range_in_an_hour: u32,
}

impl Default for TextLimits {
    fn default() -> Self {
        Self {
            unused_in_a_day: 300,
            to_strangers_in_a_day: 2_000,
            to_devices_in_a_day: 1_000,
            of_a_country_in_an_hour: 200,
            of_a_country_in_a_day: 1_000,
            of_a_range_in_an_hour: 5,
        }
    }
}

impl TextLimits {
    /// What the known devices of one number get together. A login names a device anew, and its lane begins anew, so no
    /// lane keeps somebody who has a phone and types the codes from spending what all devices have.
    pub const DEVICES_OF_A_NUMBER: Allowance = Allowance { in_a_day: 24, in_an_hour: None, unused_in_a_day: None };

    /// What the budget of all strangers allows.
    #[must_use]
    pub const fn strangers(&self) -> Allowance {
        Allowance {
            in_a_day: self.to_strangers_in_a_day,
            in_an_hour: None,
            unused_in_a_day: Some(self.unused_in_a_day),
        }
    }

    /// What the budget of known devices allows.
    #[must_use]
    pub const fn devices(&self) -> Allowance {
        Allowance { in_a_day: self.to_devices_in_a_day, in_an_hour: None, unused_in_a_day: None }
    }

    /// What the budget of one country allows.
    #[must_use]
    pub const fn country(&self) -> Allowance {
        Allowance {
            in_a_day: self.of_a_country_in_a_day,
            in_an_hour: Some(self.of_a_country_in_an_hour),
            unused_in_a_day: None,
        }
    }
}

/// Whose texts are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Those of strangers.
    Strangers,
    /// Those of known devices.
    Devices,
    /// Those of the known devices of one number.
    DevicesOf(NumberId),
    /// Those of strangers to one country.
    Country(Country),
    /// Those of strangers to one range of a thousand numbers.
    Range(RangeId),
}

/// What one shard of a counter has counted, in the day and in the hour that run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// In the day.
    pub in_the_day: i64,
    /// In the hour.
    pub in_the_hour: i64,
    /// In the day, without those that a login followed: it takes its text out again.
    pub unused_in_the_day: i64,
}

/// All shards of one counter. Those beyond the ones in use have counted nothing.
pub type Shards = [Spent; SHARDS];

/// What one counter allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// In a day.
    pub in_a_day: u32,
    /// In an hour, where hours have a limit.
    pub in_an_hour: Option<u32>,
    /// In a day, of texts that no login followed, where these have a limit.
    pub unused_in_a_day: Option<u32>,
}

impl Allowance {
    /// How many shards its counter has. A limit that is raised adds shards; one that is lowered leaves some, with their
    /// counts, behind.
    #[must_use]
    pub fn shards(self) -> usize {
        let smallest = [self.in_an_hour, self.unused_in_a_day].into_iter().flatten().fold(self.in_a_day, u32::min);
        (smallest as usize / LEAST_PART).clamp(1, SHARDS)
    }

    /// The part of one shard.
    #[must_use]
    pub fn part(self, shard: usize) -> Self {
        let shards = self.shards();
        let part = |limit| part(limit, shard, shards);
        Self {
            in_a_day: part(self.in_a_day),
            in_an_hour: self.in_an_hour.map(part),
            unused_in_a_day: self.unused_in_a_day.map(part),
        }
    }

    /// A shard with room for one more, from a random one on, so that sends at the same time seldom meet in one.
    #[must_use]
    pub fn shard_with_room(self, spent: &Shards, draw: usize) -> Option<usize> {
        let shards = self.shards();
        (0..shards).map(|step| draw.wrapping_add(step) % shards).find(|&shard| self.part(shard).has_room(spent[shard]))
    }

    /// Whether half of a day's texts is spent, with the one that is about to be sent: time to look who asks (requirement
    /// G-14).
    #[must_use]
    pub fn is_half_spent(self, spent: &Shards) -> bool {
        let is_half = |count: fn(&Spent) -> i64, limit: u32| 2 * (sum(spent, count) + 1) >= i64::from(limit);
        is_half(|shard| shard.in_the_day, self.in_a_day)
            || self.unused_in_a_day.is_some_and(|limit| is_half(|shard| shard.unused_in_the_day, limit))
    }

    /// Whether as many texts are unused as may be.
    #[must_use]
    pub fn unused_are_spent(self, spent: &Shards) -> bool {
        self.unused_in_a_day.is_some_and(|limit| sum(spent, |shard| shard.unused_in_the_day) >= i64::from(limit))
    }

    /// Whether a shard that has spent so much has room for one more, where this is its part.
    #[must_use]
    pub fn has_room(self, spent: Spent) -> bool {
        let has_room = |counted: i64, limit: Option<u32>| limit.is_none_or(|limit| counted < i64::from(limit));
        has_room(spent.in_the_day, Some(self.in_a_day))
            && has_room(spent.in_the_hour, self.in_an_hour)
            && has_room(spent.unused_in_the_day, self.unused_in_a_day)
    }
}

fn sum(spent: &Shards, count: fn(&Spent) -> i64) -> i64 {
    spent.iter().map(count).sum()
}

/// A limit in as many parts as shards are used, as equal as they can be.
fn part(limit: u32, shard: usize, shards: usize) -> u32 {
    if shard >= shards {
        return 0;
    }
    let limit = limit as usize;
    u32::try_from(limit / shards + usize::from(shard < limit % shards)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A limit of the day alone.
    const fn of_a_day(in_a_day: u32) -> Allowance {
        Allowance { in_a_day, in_an_hour: None, unused_in_a_day: None }
    }

    const fn spent(in_the_day: i64) -> Spent {
        Spent { in_the_day, in_the_hour: 0, unused_in_the_day: 0 }
    }

    #[test]
    fn the_parts_of_a_limit_are_the_limit() {
        for (day, hour) in [(0, 0), (1, 1), (5, 3), (15, 15), (217, 216), (300, 40), (1_000, 200), (65_537, 9_999)] {
            let allowance = Allowance { in_a_day: day, in_an_hour: Some(hour), unused_in_a_day: Some(day) };
            let sum = |part: fn(Allowance) -> u32| (0..SHARDS).map(|shard| part(allowance.part(shard))).sum::<u32>();
            assert_eq!((sum(|part| part.in_a_day), sum(|part| part.in_an_hour.unwrap())), (day, hour));
            assert_eq!(sum(|part| part.unused_in_a_day.unwrap()), day);
        }
    }

    #[test]
    fn a_counter_has_a_shard_for_each_hundred_of_its_smallest_limit() {
        let hourly = |in_an_hour| Allowance { in_an_hour: Some(in_an_hour), ..of_a_day(100_000) };
        assert_eq!([0, 99, 200, 1_599, 1_600, 9_999].map(|limit| hourly(limit).shards()), [1, 1, 2, 15, 16, 16]);
        let limits = TextLimits::default();
        let counters = [limits.strangers(), limits.country(), limits.devices()];
        assert_eq!(counters.map(Allowance::shards), [3, 2, 10]);
    }

    #[test]
    fn a_limit_is_reached_and_not_passed_whatever_is_drawn() {
        for draws in [|_| 0, |send| send, |send| send * 7 + 3] as [fn(usize) -> usize; 3] {
            let allowance = of_a_day(730);
            let mut spent = Shards::default();
            let mut texts = 0;
            while let Some(shard) = allowance.shard_with_room(&spent, draws(texts)) {
                spent[shard].in_the_day += 1;
                texts += 1;
            }
            assert_eq!((texts, sum(&spent, |shard| shard.in_the_day)), (730, 730));
        }
    }

    #[test]
    fn each_limit_that_is_set_holds() {
        let full = [Spent { in_the_day: 200, in_the_hour: 100, unused_in_the_day: 150 }; SHARDS];
        let roomy = Allowance { in_a_day: 10_000, in_an_hour: Some(10_000), unused_in_a_day: Some(10_000) };
        assert_eq!(roomy.shard_with_room(&full, 5), Some(5));
        assert_eq!(Allowance { in_a_day: 3_200, ..roomy }.shard_with_room(&full, 5), None);
        assert_eq!(Allowance { in_an_hour: Some(1_600), ..roomy }.shard_with_room(&full, 5), None);
        let unused = Allowance { unused_in_a_day: Some(2_400), ..roomy };
        assert_eq!(unused.shard_with_room(&full, 5), None);
        assert!(unused.unused_are_spent(&full) && !roomy.unused_are_spent(&full));
    }

    #[test]
    fn half_of_a_day_is_told_with_the_text_that_reaches_it() {
        let told = |count| {
            let mut shards = Shards::default();
            (shards[0], shards[1]) = (spent(count), spent(100));
            of_a_day(500).is_half_spent(&shards)
        };
        assert_eq!([148, 149].map(told), [false, true]);
    }

    #[test]
    fn a_shard_that_logins_emptied_below_zero_does_not_lift_the_limit_of_the_others() {
        let full = Spent { in_the_day: 0, in_the_hour: 0, unused_in_the_day: 100 };
        let mut spent = [full; SHARDS];
        spent[3].unused_in_the_day = -20;
        let allowance = Allowance { unused_in_a_day: Some(1_600), ..of_a_day(100_000) };
        assert_eq!(allowance.shard_with_room(&spent, 0), Some(3));
        spent[3] = full;
        assert_eq!(allowance.shard_with_room(&spent, 0), None);
    }
}
