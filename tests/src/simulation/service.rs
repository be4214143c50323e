//! A whole service in memory: many numbers with their lanes, and the budgets that they share.
//!
//! Whether a text is sent is decided by [`Standing::decide`] and by the limits of [`Address::budgets`], as in the deployed
//! service; here is only what becomes of it.

use std::collections::HashMap;

use shared::login::code::Digits;
use shared::sending::decision::{Policy, Reason, Standing};
use shared::sending::ip_limit::{Address, AskLimits};
use shared::sending::throttle::{Lane, LaneKind};
use shared::time::Timestamp;

use super::counters::{Asks, Counter, CountryCounter, DayCounter, RangeCounter};
use super::number::Browser;

/// A phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Phone {
    /// Its country.
    pub country: u32,
    /// Its range of a thousand, counted within the country.
    pub range: u32,
    /// Its place in the range.
    pub line: u32,
}

/// The service.
#[derive(Clone, Debug)]
pub struct Service {
    policy: Policy,
    asks: AskLimits,
    addresses: Asks,
    lanes: HashMap<Phone, Lanes>,
    strangers: Counter,
    devices: Counter,
    countries: HashMap<u32, CountryCounter>,
    ranges: HashMap<(u32, u32), RangeCounter>,
    draws: Draws,
}

/// The lanes of one number: that of strangers, and that of the browser whose owner signed in with it.
#[derive(Clone, Copy, Debug, Default)]
struct Lanes {
    strangers: Lane,
    device: Option<Lane>,
    device_texts: DayCounter,
}

/// A text that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// To whom.
    pub phone: Phone,
    /// When it was asked for.
    pub at: Timestamp,
    /// Whose lane it went by.
    pub kind: LaneKind,
    /// How long its code is.
    pub digits: Digits,
    /// Whether it is one with which half of its budget is spent.
    pub half_is_spent: bool,
    browser: Browser,
    shard: usize,
}

/// Why no text was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The address asked too often, and is told so.
    Address,
    /// Something that nobody is told.
    Silent(Reason),
}

impl Refusal {
    /// How tables call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Silent(reason) => reason.as_str(),
        }
    }
}

impl Service {
    /// One that nobody has asked yet.
    #[must_use]
    pub fn new(policy: Policy, asks: AskLimits) -> Self {
        Self {
            policy,
            asks,
            addresses: Asks::default(),
            lanes: HashMap::new(),
            strangers: Counter::default(),
            devices: Counter::default(),
            countries: HashMap::new(),
            ranges: HashMap::new(),
            draws: Draws::default(),
        }
    }

    /// The owner of a number has signed in before, with the browser that is known from now on.
    pub fn know(&mut self, phone: Phone) {
        self.lanes.entry(phone).or_default().device = Some(Lane::default());
    }

    /// Somebody asks for a code.
    ///
    /// # Errors
    /// Why none is sent.
    pub fn ask(&mut self, phone: Phone, from: &Address, browser: Browser, at: Timestamp) -> Result<Text, Refusal> {
        if !self.addresses.add(from, self.asks, at) {
            return Err(Refusal::Address);
        }
        let lanes = self.lanes.entry(phone).or_default();
        let country = self.countries.entry(phone.country).or_default();
        let range = self.ranges.entry((phone.country, phone.range)).or_default();
        let standing = Standing {
            has_account: true,
            stranger: lanes.strangers,
            device: lanes.device.filter(|_| browser == Browser::Known),
            strangers: self.strangers.spent(at),
            devices: self.devices.spent(at),
            devices_of_number: lanes.device_texts.spent(at),
            country: country.standing(at),
            range: range.standing(phone.line, at),
        };
        let ruling = standing.decide(&self.policy, at, self.draws.draw());
        country.breaker = ruling.country_breaker.unwrap_or(country.breaker);
        range.breaker = ruling.range_breaker.unwrap_or(range.breaker);
        let plan = ruling.outcome.map_err(Refusal::Silent)?;
        match plan.kind {
            LaneKind::Device => lanes.device = Some(plan.lane),
            LaneKind::Stranger | LaneKind::Unclaimed => lanes.strangers = plan.lane,
        }
        if let Some(country_shard) = plan.country_shard {
            self.strangers.add(plan.shard, at, 1);
            country.texts.add(country_shard, at, 1);
            country.conversion.sent += 1;
            range.add(phone.line, at);
            range.conversion.sent += i64::from(plan.is_first);
        } else {
            self.devices.add(plan.shard, at, 1);
            lanes.device_texts.add_one(at);
        }
        if let Some(reason) = plan.silence {
            return Err(Refusal::Silent(reason));
        }
        let (digits, half_is_spent) = (plan.digits, plan.half_is_spent);
        Ok(Text { phone, at, kind: plan.kind, digits, half_is_spent, browser, shard: plan.shard })
    }

    /// Whoever has the phone types the code of a text.
    pub fn log_in(&mut self, text: Text) {
        let lanes = self.lanes.entry(text.phone).or_default();
        match text.kind {
            LaneKind::Stranger => {
                lanes.strangers = lanes.strangers.logged_in(1);
                self.strangers.use_one(text.shard, text.at);
                self.countries.entry(text.phone.country).or_default().conversion.verified += 1;
                let range = (text.phone.country, text.phone.range);
                self.ranges.entry(range).or_default().conversion.verified += 1;
            }
            LaneKind::Device | LaneKind::Unclaimed => {}
        }
        // A login makes the device cookie anew, with a lane of its own.
        if text.browser == Browser::Known {
            lanes.device = Some(Lane::default());
        }
    }

    /// The owner, signed in, opens the lane of strangers again.
    pub fn reopen(&mut self, phone: Phone) {
        let lane = &mut self.lanes.entry(phone).or_default().strangers;
        if lane.unverified > 0 {
            *lane = lane.reopened();
        }
    }

    /// Whether a number's lane of strangers is closed, which its owner is told.
    #[must_use]
    pub fn is_closed(&self, phone: Phone) -> bool {
        self.lanes.get(&phone).is_some_and(|lanes| lanes.strangers.is_closed(LaneKind::Stranger))
    }
}

/// Numbers in no order that anybody sees, the same each time: a simulation that is played again is the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct Draws(u64);

impl Draws {
    /// The next one: a step of `SplitMix64`.
    pub fn draw(&mut self) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or_default()
    }

    /// One below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.draw() % end.max(1) as usize).unwrap_or_default()
    }
}
