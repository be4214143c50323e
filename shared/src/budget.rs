//! How many texts are sent: in all, to one country, to one range of numbers.
//!
//! A lane bounds what one number gets; it says nothing about many numbers. Here is what bounds the bill, and with it the
//! chance of somebody who tries one guess at each of many accounts (requirements S-01, S-05, S-07, G-14). Texts to known
//! devices have a budget of their own, which strangers cannot use up.
//!
//! Counters that every send changes are split over [`SHARDS`] items, each with its part of the limit: together they never
//! pass it, and reach it, since a send goes to a shard that has room.

use serde::{Deserialize, Serialize};

use crate::keys::RangeId;
use crate::phone::Country;

/// Items over which a counter is split.
pub const SHARDS: usize = 16;
/// What a shard must be good for in its shortest window. A smaller limit uses fewer shards: it bounds the load by itself,
/// and in parts of one or two the limits of day and hour would not fit together.
const LEAST_PART: usize = 8;

/// The limits of a deployment. The defaults fit a small service; the template has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLimits {
    /// Texts to strangers in a day that no login followed. Each of them is a chance of three guesses at some account: with
    /// 300 and six digits, one account is expected to fall in three years of full-time spraying.
    pub unused_in_a_day: u32,
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
            to_devices_in_a_day: 1_000,
            of_a_country_in_an_hour: 200,
            of_a_country_in_a_day: 1_000,
            of_a_range_in_an_hour: 5,
        }
    }
}

impl TextLimits {
    /// What the budget of all strangers allows.
    #[must_use]
    pub const fn strangers(&self) -> Allowance {
        Allowance { in_a_day: self.unused_in_a_day, in_an_hour: None }
    }

    /// What the budget of known devices allows.
    #[must_use]
    pub const fn devices(&self) -> Allowance {
        Allowance { in_a_day: self.to_devices_in_a_day, in_an_hour: None }
    }

    /// What the budget of one country allows.
    #[must_use]
    pub const fn country(&self) -> Allowance {
        Allowance { in_a_day: self.of_a_country_in_a_day, in_an_hour: Some(self.of_a_country_in_an_hour) }
    }
}

/// Whose texts are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Those of strangers.
    Strangers,
    /// Those of known devices.
    Devices,
    /// Those of strangers to one country.
    Country(Country),
    /// Those of strangers to one range of a thousand numbers.
    Range(RangeId),
}

/// What one shard of a counter has counted, in the day and in the hour that run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// In the day. A login takes its text out of the strangers' count again, whichever shard it was counted in.
    pub in_the_day: i64,
    /// In the hour.
    pub in_the_hour: i64,
}

/// All shards of one counter.
pub type Shards = [Spent; SHARDS];

/// What one counter allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// In a day.
    pub in_a_day: u32,
    /// In an hour, where hours have a limit.
    pub in_an_hour: Option<u32>,
}

impl Allowance {
    /// The part of one shard.
    #[must_use]
    pub fn part(self, shard: usize) -> Self {
        let smallest = self.in_an_hour.map_or(self.in_a_day, |hour| hour.min(self.in_a_day));
        let shards = (smallest as usize / LEAST_PART).clamp(1, SHARDS);
        let part = |limit| part(limit, shard, shards);
        Self { in_a_day: part(self.in_a_day), in_an_hour: self.in_an_hour.map(part) }
    }

    /// A shard with room for one more, from a random one on, so that sends at the same time seldom meet in one.
    #[must_use]
    pub fn shard_with_room(self, spent: &Shards, draw: usize) -> Option<usize> {
        (0..SHARDS).map(|step| draw.wrapping_add(step) % SHARDS).find(|&shard| self.part(shard).has_room(spent[shard]))
    }

    fn has_room(self, spent: Spent) -> bool {
        let hour_has_room = self.in_an_hour.is_none_or(|limit| spent.in_the_hour < i64::from(limit));
        spent.in_the_day < i64::from(self.in_a_day) && hour_has_room
    }
}

/// What all shards have counted in the day.
#[must_use]
pub fn in_the_day(spent: &Shards) -> i64 {
    spent.iter().map(|shard| shard.in_the_day).sum()
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

    #[test]
    fn the_parts_of_a_limit_are_the_limit() {
        for (day, hour) in [(0, 0), (1, 1), (5, 3), (15, 15), (17, 16), (300, 40), (1_000, 200), (65_537, 9_999)] {
            let allowance = Allowance { in_a_day: day, in_an_hour: Some(hour) };
            let sum = |part: fn(Allowance) -> u32| (0..SHARDS).map(|shard| part(allowance.part(shard))).sum::<u32>();
            assert_eq!((sum(|part| part.in_a_day), sum(|part| part.in_an_hour.unwrap())), (day, hour));
        }
    }

    #[test]
    fn a_limit_is_reached_and_not_passed_whatever_is_drawn() {
        for draws in [|_| 0, |send| send, |send| send * 7 + 3] as [fn(usize) -> usize; 3] {
            let allowance = Allowance { in_a_day: 100, in_an_hour: None };
            let mut spent = Shards::default();
            let mut texts = 0;
            while let Some(shard) = allowance.shard_with_room(&spent, draws(texts)) {
                spent[shard].in_the_day += 1;
                texts += 1;
            }
            assert_eq!((texts, in_the_day(&spent)), (100, 100));
        }
    }

    #[test]
    fn the_hour_has_a_limit_too_where_one_is_set() {
        let allowance = Allowance { in_a_day: 1_000, in_an_hour: Some(16 * 8) };
        assert_eq!(allowance.shard_with_room(&[Spent { in_the_day: 8, in_the_hour: 8 }; SHARDS], 5), None);
        let by_the_day = Allowance { in_an_hour: None, ..allowance };
        assert_eq!(by_the_day.shard_with_room(&[Spent { in_the_day: 8, in_the_hour: 8 }; SHARDS], 5), Some(5));
    }

    #[test]
    fn a_shard_that_logins_emptied_below_zero_does_not_lift_the_limit_of_the_others() {
        let mut spent = [Spent { in_the_day: 8, in_the_hour: 0 }; SHARDS];
        spent[3].in_the_day = -20;
        let allowance = Allowance { in_a_day: 16 * 8, in_an_hour: None };
        assert_eq!(allowance.shard_with_room(&spent, 0), Some(3));
        spent[3].in_the_day = 8;
        assert_eq!(allowance.shard_with_room(&spent, 0), None);
    }
}
