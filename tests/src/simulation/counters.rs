//! What the table counts, in memory: texts of all, of countries and of ranges, and the asks of addresses.
//!
//! Each counter changes as the expressions of `table/budgets.rs` and `table/asks.rs` change it, and decides nothing. A test
//! plays the same asks and logins on both and compares what is sent.

use std::collections::{HashMap, HashSet};

use shared::sending::breaker::{Breaker, Conversion};
use shared::sending::decision::{CountryStanding, RangeStanding};
use shared::sending::ip_limit::{Address, AddressBudget, AskLimits};
use shared::sending::quota::{SHARDS, Shards, Spent};
use shared::time::{DAY, HOUR, Timestamp};

/// A count of one window: a day, an hour, a quarter. The next window begins with nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    index: i64,
    count: i64,
}

impl Window {
    fn add(&mut self, index: i64, by: i64) {
        if index > self.index {
            *self = Self { index, count: 0 };
        }
        // A window that is over decides nothing any more.
        if index == self.index {
            self.count += by;
        }
    }

    const fn in_window(self, index: i64) -> i64 {
        if self.index == index { self.count } else { 0 }
    }
}

/// A counter of texts, in shards.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counter([Windows; SHARDS]);

#[derive(Clone, Copy, Debug, Default)]
struct Windows {
    day: Window,
    hour: Window,
    unused: Window,
}

impl Counter {
    /// Adds to one shard, in the day and the hour of `at`.
    pub fn add(&mut self, shard: usize, at: Timestamp, by: i64) {
        let windows = &mut self.0[shard];
        windows.day.add(day_of(at), by);
        windows.hour.add(hour_of(at), by);
        windows.unused.add(day_of(at), by);
    }

    /// A text of the day of `at` was used.
    pub fn use_one(&mut self, shard: usize, at: Timestamp) {
        self.0[shard].unused.add(day_of(at), -1);
    }

    /// What is counted in the day and the hour of `now`.
    #[must_use]
    pub fn spent(&self, now: Timestamp) -> Shards {
        self.0.map(|windows| Spent {
            in_the_day: windows.day.in_window(day_of(now)),
            in_the_hour: windows.hour.in_window(hour_of(now)),
            unused_in_the_day: windows.unused.in_window(day_of(now)),
        })
    }
}

/// A counter of the texts of a day, in one shard.
#[derive(Clone, Copy, Debug, Default)]
pub struct DayCounter(Window);

impl DayCounter {
    /// Adds one text of the day of `at`.
    pub fn add_one(&mut self, at: Timestamp) {
        self.0.add(day_of(at), 1);
    }

    /// What is counted in the day of `now`.
    #[must_use]
    pub fn spent(self, now: Timestamp) -> Spent {
        Spent { in_the_day: self.0.in_window(day_of(now)), ..Spent::default() }
    }
}

/// What is kept of a country.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountryCounter {
    /// Texts to strangers.
    pub texts: Counter,
    /// How many were used.
    pub conversion: Conversion,
    /// Its breaker.
    pub breaker: Breaker,
}

impl CountryCounter {
    /// What is known of it at `now`.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> CountryStanding {
        let Self { conversion, breaker, .. } = *self;
        CountryStanding { spent: self.texts.spent(now), conversion, breaker, switch: None }
    }
}

/// What is kept of a range.
#[derive(Clone, Debug, Default)]
pub struct RangeCounter {
    hour: i64,
    /// The numbers of that hour.
    numbers: HashSet<u32>,
    /// Numbers that got a first text, and logins.
    pub conversion: Conversion,
    /// Its breaker.
    pub breaker: Breaker,
}

impl RangeCounter {
    /// Counts a number that gets a text.
    pub fn add(&mut self, line: u32, at: Timestamp) {
        if self.hour != hour_of(at) {
            (self.hour, self.numbers) = (hour_of(at), HashSet::new());
        }
        self.numbers.insert(line);
    }

    /// What is known of it at `now`, for one of its numbers.
    #[must_use]
    pub fn standing(&self, line: u32, now: Timestamp) -> RangeStanding {
        let runs = self.hour == hour_of(now);
        RangeStanding {
            numbers: if runs { self.numbers.len() } else { 0 },
            has_this_number: runs && self.numbers.contains(&line),
            conversion: self.conversion,
            breaker: self.breaker,
        }
    }
}

/// What addresses asked for.
#[derive(Clone, Debug, Default)]
pub struct Asks(HashMap<String, (Window, Window)>);

impl Asks {
    /// Counts an ask from `address`, where none of its budgets is spent; in all of them or in none. Tells whether it did.
    pub fn add(&mut self, address: &Address, limits: AskLimits, now: Timestamp) -> bool {
        let budgets = address.budgets(limits, now);
        let has_room = |budget: &AddressBudget| {
            let (day, quarter) = self.0.get(budget.network()).copied().unwrap_or_default();
            let [day_count, quarter_count] = [day.in_window(day_of(now)), quarter.in_window(quarter_of(budget))];
            day_count < i64::from(budget.limits.in_a_day) && quarter_count < i64::from(budget.limits.in_a_quarter)
        };
        if !budgets.iter().all(has_room) {
            return false;
        }
        for budget in budgets {
            let (day, quarter) = self.0.entry(budget.network().to_owned()).or_default();
            day.add(day_of(now), 1);
            quarter.add(quarter_of(&budget), 1);
        }
        true
    }
}

fn day_of(at: Timestamp) -> i64 {
    at.secs().div_euclid(DAY)
}

fn hour_of(at: Timestamp) -> i64 {
    at.secs().div_euclid(HOUR)
}

/// Quarters of all days have numbers of their own.
fn quarter_of(budget: &AddressBudget) -> i64 {
    day_of(budget.day_start()) * 96 + budget.quarter()
}
