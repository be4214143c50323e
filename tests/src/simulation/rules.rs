//! Rules that could stand where one of the service's rules stands, to be compared with it.
//!
//! [`Rules::DEPLOYED`] changes nothing. Any other rule takes the place of one that is deployed: [`Rules::take_out`] lifts that
//! one, and after all that is left allowed a text, [`Ledger::check`] decides by the other.

use std::collections::{BTreeMap, HashMap, HashSet};

use shared::sending::decision::Snapshot;
use shared::sending::quota::{OperatorOverride, Usage, released};
use shared::sending::throttle::ThrottleKind;
use shared::time::{DAY, Timestamp};

use super::breaker::{Breaker, Conversion, Rule};
use super::service::Phone;

/// Which rules a service has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// For the texts of a country.
    pub country: CountryRule,
    /// For the numbers of a block.
    pub block: BlockRule,
    /// For the texts of one number in a day.
    pub number: NumberRule,
}

/// What holds texts to unrecognized browsers of one country, beside its hourly and daily quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountryRule {
    /// The deployed quota of unverified texts.
    Deployed,
    /// Nothing.
    Nothing,
    /// A circuit breaker.
    Breaker,
    /// Unverified texts of a day, released over it: as many as `floor`, or `each` for each verified text of the day before,
    /// whichever is more.
    Yesterday {
        /// What a country has at least.
        floor: i64,
        /// Unverified texts for each verified one.
        each: i64,
    },
    /// The same, where the verified texts of the day that runs count too, and at once: of the two days the better one.
    BothDays {
        /// What a country has at least.
        floor: i64,
        /// Unverified texts for each verified one.
        each: i64,
    },
}

/// What holds the numbers of one block, beside five numbers an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockRule {
    /// Nothing, as deployed.
    Deployed,
    /// A circuit breaker.
    Breaker,
    /// So many numbers a day, verified or not.
    NumbersADay(usize),
}

/// What holds the texts of one number in a UTC day, beside its throttles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberRule {
    /// 24 for each throttle, and 24 for all recognized browsers together.
    Deployed,
    /// 24 for each throttle.
    EachThrottle,
    /// 24 for unrecognized browsers and 24 for all recognized ones, both counted in one place.
    EachKind,
    /// 24 in all, counted in one place.
    OneForAll,
}

/// Texts of a number in a day, in each of the rules.
pub const OF_A_NUMBER: i64 = 24;

impl Rules {
    /// What is deployed.
    pub const DEPLOYED: Self =
        Self { country: CountryRule::Deployed, block: BlockRule::Deployed, number: NumberRule::Deployed };
    /// Circuit breakers instead of a country's quota of unverified texts.
    pub const BREAKERS: Self = Self { country: CountryRule::Breaker, block: BlockRule::Breaker, ..Self::DEPLOYED };

    /// Takes out of what is known whatever the deployed rules decide by that these rules take the place of.
    pub fn take_out(self, snapshot: &mut Snapshot) {
        if self.country != CountryRule::Deployed {
            // It lifts the quota of unverified texts and no other.
            snapshot.country.operator_override = Some(OperatorOverride::Allow);
        }
        if matches!(self.number, NumberRule::EachThrottle | NumberRule::OneForAll) {
            snapshot.recognized_of_number = Usage::default();
        }
        if matches!(self.number, NumberRule::EachKind | NumberRule::OneForAll) {
            snapshot.throttle.sent_that_day = 0;
            if let Some(throttle) = &mut snapshot.recognized_throttle {
                throttle.sent_that_day = 0;
            }
        }
    }
}

/// What the rules count.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    countries: HashMap<u32, CountryState>,
    blocks: HashMap<(u32, u32), BlockState>,
    numbers: HashMap<Phone, NumberState>,
}

#[derive(Clone, Debug, Default)]
struct CountryState {
    /// Texts and verified texts of each day.
    days: BTreeMap<i64, Conversion>,
    all: Conversion,
    breaker: Breaker,
}

#[derive(Clone, Debug, Default)]
struct BlockState {
    day: i64,
    numbers: HashSet<u32>,
    all: Conversion,
    breaker: Breaker,
}

/// Texts of one number on one day.
#[derive(Clone, Copy, Debug, Default)]
struct NumberState {
    day: i64,
    unrecognized: i64,
    recognized: i64,
}

/// Which rule stopped a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// That of the country.
    Country,
    /// That of the block.
    Block,
    /// That of the number.
    Number,
}

impl Stop {
    /// How tables call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Country => "country-rule",
            Self::Block => "block-rule",
            Self::Number => "number-rule",
        }
    }
}

impl Ledger {
    /// Whether the rules allow a text by a throttle of this kind that all else allows.
    ///
    /// # Errors
    /// Which rule stops it.
    pub fn check(&mut self, rules: Rules, phone: Phone, kind: ThrottleKind, now: Timestamp) -> Result<(), Stop> {
        let (number, is_recognized) = (self.number(phone, now), kind == ThrottleKind::Recognized);
        let is_used_up = match rules.number {
            NumberRule::Deployed | NumberRule::EachThrottle => false,
            // The recognized ones are counted together as deployed.
            NumberRule::EachKind => !is_recognized && number.unrecognized >= OF_A_NUMBER,
            NumberRule::OneForAll => number.unrecognized + number.recognized >= OF_A_NUMBER,
        };
        if is_used_up {
            return Err(Stop::Number);
        }
        if is_recognized {
            return Ok(());
        }
        let country = self.countries.entry(phone.country).or_default();
        let (is_allowed, country_breaker) = country.check(rules.country, now);
        if !is_allowed {
            country.breaker = country_breaker;
            return Err(Stop::Country);
        }
        let block = self.blocks.entry((phone.country, phone.block)).or_default();
        let (is_allowed, breaker) = block.check(rules.block, phone.line, now);
        block.breaker = breaker;
        if !is_allowed {
            // The country keeps its probe for another block.
            return Err(Stop::Block);
        }
        country.breaker = country_breaker;
        Ok(())
    }

    /// Counts a text by a throttle of this kind; the first to its number since the number's last login, or not.
    pub fn count(&mut self, phone: Phone, kind: ThrottleKind, is_first: bool, now: Timestamp) {
        let number = self.number(phone, now);
        if kind == ThrottleKind::Recognized {
            number.recognized += 1;
            return;
        }
        number.unrecognized += 1;
        let country = self.countries.entry(phone.country).or_default();
        country.all.sent += 1;
        country.days.entry(day_of(now)).or_default().sent += 1;
        let block = self.blocks.entry((phone.country, phone.block)).or_default();
        block.all.sent += i64::from(is_first);
        block.today(now).insert(phone.line);
    }

    /// A login followed a text that was requested at `requested_at`.
    pub fn verify(&mut self, phone: Phone, requested_at: Timestamp) {
        let country = self.countries.entry(phone.country).or_default();
        country.all.verified += 1;
        country.days.entry(day_of(requested_at)).or_default().verified += 1;
        self.blocks.entry((phone.country, phone.block)).or_default().all.verified += 1;
    }

    fn number(&mut self, phone: Phone, now: Timestamp) -> &mut NumberState {
        let number = self.numbers.entry(phone).or_default();
        if number.day != day_of(now) {
            *number = NumberState { day: day_of(now), ..NumberState::default() };
        }
        number
    }
}

impl CountryState {
    fn check(&self, rule: CountryRule, now: Timestamp) -> (bool, Breaker) {
        let of = |day| self.days.get(&day).copied().unwrap_or_default();
        let (today, yesterday) = (of(day_of(now)), of(day_of(now) - 1));
        let unverified = today.sent - today.verified;
        let released = |texts: i64| i64::from(released(u32::try_from(texts).unwrap_or(u32::MAX), now));
        let is_allowed = match rule {
            CountryRule::Deployed | CountryRule::Nothing => true,
            CountryRule::Breaker => return self.breaker.of_country(self.all).check(Rule::COUNTRY, self.all, now),
            CountryRule::Yesterday { floor, each } => unverified < released(floor.max(each * yesterday.verified)),
            CountryRule::BothDays { floor, each } => {
                unverified < released(floor.max(each * yesterday.verified)).max(each * today.verified)
            }
        };
        (is_allowed, self.breaker)
    }
}

impl BlockState {
    fn check(&mut self, rule: BlockRule, line: u32, now: Timestamp) -> (bool, Breaker) {
        let is_allowed = match rule {
            BlockRule::Deployed => true,
            BlockRule::Breaker => return self.breaker.check(Rule::BLOCK, self.all, now),
            BlockRule::NumbersADay(most) => {
                let numbers = self.today(now);
                numbers.contains(&line) || numbers.len() < most
            }
        };
        (is_allowed, self.breaker)
    }

    /// The numbers of the day.
    fn today(&mut self, now: Timestamp) -> &mut HashSet<u32> {
        if self.day != day_of(now) {
            (self.day, self.numbers) = (day_of(now), HashSet::new());
        }
        &mut self.numbers
    }
}

fn day_of(at: Timestamp) -> i64 {
    at.secs().div_euclid(DAY)
}
