//! An attacker and people at one service, for some days.
//!
//! The attacker goes through numbers in a row, one code request after the other at an even pace, day and night. People
//! come at any moment of the day, on recognized and on new browsers; a minute after a text most of them type its code.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use std::ops::Range;

use shared::sending::decision::SendPolicy;
use shared::sending::ip_limit::{ClientIp, IpLimits};
use shared::sending::throttle::ThrottleKind;
use shared::time::{DAY, Timestamp};

use super::number::Browser;
use super::rules::Rules;
use super::service::{Draws, Phone, Service, Text};
use super::{BEGINNING, GUESSES};

/// Seconds from a text to the login.
const TYPING: i64 = 60;
/// The first midnight (UTC).
const FIRST_DAY: Timestamp = BEGINNING.start_of(DAY);
/// Where the number blocks of people begin: no attacker has a number of theirs.
const OF_PEOPLE: u32 = 1_000_000;
/// Where the numbers of people begin in a number block that an attacker has numbers of too.
const LINES_OF_PEOPLE: u32 = 500;

/// A service, who attacks it, and who uses it.
#[derive(Clone, Debug)]
pub struct Siege {
    /// What the service allows.
    pub policy: SendPolicy,
    /// Who attacks.
    pub attacker: Attacker,
    /// Who uses it.
    pub people: People,
    /// For how long.
    pub days: i64,
}

/// Who attacks.
#[derive(Clone, Debug)]
pub struct Attacker {
    /// On which days.
    pub days: Range<i64>,
    /// Seconds between two code requests.
    pub every: i64,
    /// The numbers.
    pub numbers: Numbers,
    /// Where the code requests come from, one address after the other.
    pub addresses: Addresses,
    /// How many of a hundred of these phones the attacker has, and types the codes.
    pub typed_of_a_hundred: u32,
}

impl Attacker {
    /// Nobody.
    pub const NOBODY: Self = Self { days: 0..0, every: DAY, ..Self::BOTNET };

    /// Somebody with 10^5 addresses and 10^5 numbers of ten countries: enough to request a code for each of them once
    /// in 34 days, after which its codes are short again.
    pub const BOTNET: Self = Self {
        days: 0..i64::MAX,
        every: 30,
        numbers: Numbers { countries: 10, blocks: 1_000, lines: 10 },
        addresses: Addresses::V4(100_000),
        typed_of_a_hundred: 0,
    };

    /// Somebody who is paid for texts to 100,000 numbers of one country.
    pub const RING: Self = Self { numbers: Numbers { countries: 1, blocks: 100, lines: 1_000 }, ..Self::BOTNET };
}

/// Numbers: some in each block, some blocks in each country. A row of them takes one of each country, then one of each
/// block, and only then the next in the same block.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    /// Countries.
    pub countries: u32,
    /// Number blocks of each country.
    pub blocks: u32,
    /// Numbers of each block.
    pub lines: u32,
}

impl Numbers {
    fn phone(self, index: u32) -> Phone {
        let Self { countries, blocks, lines } = self;
        let (country, rest) = (index % countries, index / countries);
        Phone { country, block: rest % blocks, line: rest / blocks % lines }
    }
}

/// Where code requests come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// So many IPv4 addresses.
    V4(u32),
    /// All of one /48 network of IPv6: one customer of an internet provider.
    OneNetwork,
}

impl Addresses {
    fn address(self, index: u32) -> ClientIp {
        match self {
            Self::V4(count) => ClientIp::V4(Ipv4Addr::from_bits(0x0100_0000 + index % count)),
            Self::OneNetwork => {
                let [.., high, low] = index.to_be_bytes();
                ClientIp::V6([0x2001, 0xdb8, 1, u16::from_be_bytes([high, low])])
            }
        }
    }
}

/// Who uses the service.
#[derive(Clone, Copy, Debug)]
pub struct People {
    /// Countries, of which the attacker is in the first ones.
    pub countries: u32,
    /// Owners of each country.
    pub owners: u32,
    /// Logins on recognized browsers in a day, in all countries together.
    pub recognized: u32,
    /// Code requests on new browsers in a day, in all countries together.
    pub new: u32,
    /// How many of a hundred of these type the code.
    pub typed_of_a_hundred: u32,
    /// Seconds from the beginning of a day (UTC) to when they begin to come.
    pub from: u32,
    /// Seconds in which they come, of which those behind midnight are the first of the day.
    pub within: u32,
    /// How many of a hundred of them come on the last two days of a week.
    pub at_weekends: u32,
    /// Where their number blocks begin.
    pub blocks_from: u32,
    /// How many of them have a number of one block.
    pub neighbours: u32,
}

impl People {
    /// Nobody.
    pub const NOBODY: Self =
        Self { countries: 1, owners: 1, recognized: 0, new: 0, typed_of_a_hundred: 0, ..Self::SOME };

    /// Those of a small service, half of them in the first country.
    pub const SOME: Self = Self {
        countries: 2,
        owners: 2_000,
        recognized: 200,
        new: 100,
        typed_of_a_hundred: 60,
        from: 0,
        within: 86_400,
        at_weekends: 100,
        blocks_from: OF_PEOPLE,
        neighbours: 20,
    };

    fn phone(&self, index: u32) -> Phone {
        let (country, owner) = (index % self.countries, index / self.countries % self.owners);
        let blocks = self.owners.div_ceil(self.neighbours);
        Phone { country, block: self.blocks_from + owner % blocks, line: LINES_OF_PEOPLE + owner / blocks }
    }
}

/// What one kind of code requests met in a day.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Code requests.
    pub requests: u32,
    /// Texts that were sent for them.
    pub texts: u32,
    /// Why no text was sent, and how often.
    pub refused: BTreeMap<&'static str, u32>,
}

/// One day (UTC).
#[derive(Clone, Debug, Default)]
pub struct Day {
    /// What the attacker got.
    pub attack: Tally,
    /// What people on new browsers got, in the countries where the attacker is.
    pub new: Tally,
    /// The same, in other countries.
    pub new_elsewhere: Tally,
    /// What people on recognized browsers got.
    pub recognized: Tally,
    /// Texts to unrecognized browsers that were requested on that day and not verified.
    pub unverified: u32,
    /// Texts to unrecognized browsers of each country.
    pub of_countries: BTreeMap<u32, u32>,
    /// Texts with which half of the unrecognized browsers' quota is used up.
    pub warnings: u32,
    /// How many accounts the attacker's guesses of that day are worth.
    pub takeovers: f64,
}

/// Who requests codes.
#[derive(Clone, Copy, Debug)]
enum Who {
    Attacker,
    Recognized,
    New,
}

impl Siege {
    /// Plays it and tells of each day.
    #[must_use]
    pub fn play(&self) -> Vec<Day> {
        self.play_by(Rules::DEPLOYED)
    }

    /// Plays it by other rules.
    #[must_use]
    pub fn play_by(&self, rules: Rules) -> Vec<Day> {
        let mut play = Play {
            siege: self,
            service: Service::new(self.policy, IpLimits::default()).with(rules),
            days: Vec::new(),
            draws: Draws::default(),
            typing: VecDeque::new(),
            attacks: 0,
            visitors: 0,
        };
        for owner in 0..self.people.countries * self.people.owners {
            play.service.recognize(self.people.phone(owner));
        }
        for day in 0..self.days {
            play.day(day);
        }
        play.days
    }
}

/// A siege that is being played.
struct Play<'a> {
    siege: &'a Siege,
    service: Service,
    days: Vec<Day>,
    draws: Draws,
    /// Texts whose codes are being typed, in the order of time.
    typing: VecDeque<Text>,
    attacks: u32,
    visitors: u32,
}

impl Play<'_> {
    fn day(&mut self, day: i64) {
        let (siege, start) = (self.siege, FIRST_DAY.plus(day * DAY));
        let (attacker, people) = (&siege.attacker, &siege.people);
        let pace = usize::try_from(attacker.every).unwrap_or(1);
        let attacks = (0..DAY).step_by(pace).filter(|_| attacker.days.contains(&day));
        let mut requests: Vec<_> = attacks.map(|at| (at, Who::Attacker)).collect();
        let share = if day % 7 >= 5 { people.at_weekends } else { 100 };
        let visits = [(people.recognized, Who::Recognized), (people.new, Who::New)];
        for who in visits.into_iter().flat_map(|(count, who)| (0..count * share / 100).map(move |_| who)) {
            let at = people.from + self.draws.below(people.within);
            requests.push((i64::from(at) % DAY, who));
        }
        requests.sort_by_key(|(at, _)| *at);
        self.days.push(Day::default());
        for (at, who) in requests {
            self.request(who, start.plus(at));
        }
    }

    fn request(&mut self, who: Who, at: Timestamp) {
        while let Some(text) = self.typing.pop_front_if(|text| at.since(text.at) >= TYPING) {
            self.log_in(text);
        }
        let (phone, from, browser) = match who {
            Who::Attacker => self.next_attack(),
            Who::Recognized => self.next_visit(Browser::Recognized),
            Who::New => self.next_visit(Browser::New),
        };
        let answer = self.service.request_code(phone, &from, browser, at);
        let types = match who {
            // The same numbers each time: those whose phones the attacker has.
            Who::Attacker => (self.attacks - 1) % 100 < self.siege.attacker.typed_of_a_hundred,
            Who::Recognized => true,
            Who::New => self.draws.below(100) < self.siege.people.typed_of_a_hundred,
        };
        let Some(day) = self.days.last_mut() else { return };
        let tally = match who {
            Who::Attacker => &mut day.attack,
            Who::Recognized => &mut day.recognized,
            Who::New if phone.country < self.siege.attacker.numbers.countries => &mut day.new,
            Who::New => &mut day.new_elsewhere,
        };
        tally.requests += 1;
        match answer {
            Err(refusal) => *tally.refused.entry(refusal.as_str()).or_default() += 1,
            Ok(text) => {
                tally.texts += 1;
                if text.kind == ThrottleKind::Unrecognized {
                    day.unverified += 1;
                    day.warnings += u32::from(text.is_half_used);
                    *day.of_countries.entry(phone.country).or_default() += 1;
                }
                if types {
                    self.typing.push_back(text);
                } else if matches!(who, Who::Attacker) {
                    day.takeovers += f64::from(GUESSES) / f64::from(text.code_length.codes());
                }
            }
        }
    }

    fn log_in(&mut self, text: Text) {
        self.service.log_in(text);
        let day = usize::try_from(text.at.since(FIRST_DAY) / DAY).unwrap_or_default();
        if text.kind == ThrottleKind::Unrecognized {
            self.days[day].unverified -= 1;
        }
    }

    fn next_attack(&mut self) -> (Phone, ClientIp, Browser) {
        let (attacker, index) = (&self.siege.attacker, self.attacks);
        self.attacks += 1;
        (attacker.numbers.phone(index), attacker.addresses.address(index), Browser::New)
    }

    /// One owner after the other, each at an address of their own.
    fn next_visit(&mut self, browser: Browser) -> (Phone, ClientIp, Browser) {
        let index = self.visitors;
        self.visitors += 1;
        (self.siege.people.phone(index), ClientIp::V4(Ipv4Addr::from_bits(0x6440_0000 + index)), browser)
    }
}
