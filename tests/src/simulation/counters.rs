//! What the table counts, in memory: texts of all, of countries and of number blocks, and code requests by address.
//!
//! Each counter changes as the expressions of `store/usage.rs` and `store/ip_counts.rs` change it, and decides nothing. A
//! test plays the same code requests and logins on both and compares what is sent.

use std::collections::{HashMap, HashSet};

use shared::sending::ip_limit::{ClientIp, IpLimits, IpWindow};
use shared::sending::quota::{BlockUsage, CountryUsage, Usage};
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

/// A counter of texts.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextCounter {
    day: Window,
    hour: Window,
    unverified: Window,
}

impl TextCounter {
    /// Adds one text of the day and the hour of `at`.
    pub fn add_one(&mut self, at: Timestamp) {
        self.day.add(day_of(at), 1);
        self.hour.add(hour_of(at), 1);
        self.unverified.add(day_of(at), 1);
    }

    /// A text of the day of `at` was verified.
    pub fn verify_one(&mut self, at: Timestamp) {
        self.unverified.add(day_of(at), -1);
    }

    /// What is counted in the day and the hour of `now`.
    #[must_use]
    pub fn usage(&self, now: Timestamp) -> Usage {
        Usage {
            today: self.day.in_window(day_of(now)),
            this_hour: self.hour.in_window(hour_of(now)),
            unverified_today: self.unverified.in_window(day_of(now)),
        }
    }
}

/// A counter of the texts of a day.
#[derive(Clone, Copy, Debug, Default)]
pub struct DayCounter(Window);

impl DayCounter {
    /// Adds one text of the day of `at`.
    pub fn add_one(&mut self, at: Timestamp) {
        self.0.add(day_of(at), 1);
    }

    /// What is counted in the day of `now`.
    #[must_use]
    pub fn usage(self, now: Timestamp) -> Usage {
        Usage { today: self.0.in_window(day_of(now)), ..Usage::default() }
    }
}

/// What is kept of a country.
#[derive(Clone, Debug, Default)]
pub struct CountryCounter {
    /// Texts to unrecognized browsers.
    pub texts: TextCounter,
    /// Texts of each day that a login followed.
    verified: HashMap<i64, u32>,
}

impl CountryCounter {
    /// A text of the day of `at` was verified.
    pub fn verify_one(&mut self, at: Timestamp) {
        self.texts.verify_one(at);
        *self.verified.entry(day_of(at)).or_default() += 1;
    }

    /// What is known of it at `now`.
    #[must_use]
    pub fn usage(&self, now: Timestamp) -> CountryUsage {
        let of_day = |day| self.verified.get(&day).copied().unwrap_or_default();
        CountryUsage {
            usage: self.texts.usage(now),
            verified_today: of_day(day_of(now)),
            verified_the_day_before: of_day(day_of(now) - 1),
            operator_override: None,
        }
    }
}

/// What is kept of a number block.
#[derive(Clone, Debug, Default)]
pub struct BlockCounter {
    hour: i64,
    /// The numbers of that hour.
    numbers: HashSet<u32>,
}

impl BlockCounter {
    /// Counts a number that gets a text.
    pub fn add(&mut self, line: u32, at: Timestamp) {
        if self.hour != hour_of(at) {
            (self.hour, self.numbers) = (hour_of(at), HashSet::new());
        }
        self.numbers.insert(line);
    }

    /// What is known of it at `now`, for one of its numbers.
    #[must_use]
    pub fn usage(&self, line: u32, now: Timestamp) -> BlockUsage {
        let runs = self.hour == hour_of(now);
        BlockUsage {
            numbers: if runs { self.numbers.len() } else { 0 },
            has_this_number: runs && self.numbers.contains(&line),
        }
    }
}

/// Code requests by address.
#[derive(Clone, Debug, Default)]
pub struct IpCounter(HashMap<String, (Window, Window)>);

impl IpCounter {
    /// Counts a code request from `ip` in all of its windows, or in none where one of them is used up. Tells whether it did.
    pub fn add(&mut self, ip: &ClientIp, limits: IpLimits, now: Timestamp) -> bool {
        let windows = ip.windows(limits, now);
        let has_room = |window: &IpWindow| {
            let (day, quarter) = self.0.get(window.network()).copied().unwrap_or_default();
            let [day_count, quarter_count] = [day.in_window(day_of(now)), quarter.in_window(quarter_of(window))];
            day_count < i64::from(window.limits.per_day) && quarter_count < i64::from(window.limits.per_quarter_hour)
        };
        if !windows.iter().all(has_room) {
            return false;
        }
        for window in windows {
            let (day, quarter) = self.0.entry(window.network().to_owned()).or_default();
            day.add(day_of(now), 1);
            quarter.add(quarter_of(&window), 1);
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
fn quarter_of(window: &IpWindow) -> i64 {
    day_of(window.day_start()) * 96 + window.quarter()
}
