//! A whole service in memory: many numbers with their throttles, and the quotas that they share.
//!
//! Whether a text is sent is decided by [`Snapshot::decide`] and by the limits of [`ClientIp::windows`], as in the deployed
//! service; here is only what becomes of it. Rules that are compared with those of the service are in [`super::rules`].

use std::collections::HashMap;

use shared::login::code::CodeLength;
use shared::sending::decision::{Decision, Reason, SendPolicy, Snapshot};
use shared::sending::ip_limit::{ClientIp, IpLimits};
use shared::sending::lock::Failures;
use shared::sending::throttle::{Throttle, ThrottleKind};
use shared::time::{DAY, Timestamp};

use super::counters::{BlockCounter, CountryCounter, DayCounter, IpCounter, TextCounter};
use super::number::Browser;
use super::rules::{Ledger, Rules, Stop};

/// Seconds after its last login within which an account is not held by its block.
const LATELY: i64 = 30 * DAY;

/// A phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Phone {
    /// Its country.
    pub country: u32,
    /// Its block of a thousand numbers, counted within the country.
    pub block: u32,
    /// Its place in the block.
    pub line: u32,
}

/// The service.
#[derive(Clone, Debug)]
pub struct Service {
    policy: SendPolicy,
    ip_limits: IpLimits,
    ips: IpCounter,
    throttles: HashMap<Phone, Throttles>,
    unrecognized: TextCounter,
    recognized: TextCounter,
    countries: HashMap<u32, CountryCounter>,
    blocks: HashMap<(u32, u32), BlockCounter>,
    rules: Rules,
    ledger: Ledger,
}

/// The throttles of one number: that of unrecognized browsers, and that of the recognized browser; and what is kept of its
/// account.
#[derive(Clone, Copy, Debug, Default)]
struct Throttles {
    unrecognized: Throttle,
    recognized: Option<Throttle>,
    recognized_texts: DayCounter,
    /// Of the account: failed attempts since its last login, and when that was.
    failures: Failures,
    last_login: Option<Timestamp>,
}

/// A text that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// To whom.
    pub phone: Phone,
    /// When it was requested.
    pub at: Timestamp,
    /// Whose throttle it went by.
    pub kind: ThrottleKind,
    /// How long its code is.
    pub code_length: CodeLength,
    /// Whether it is one with which half of its quota is used.
    pub is_half_used: bool,
    browser: Browser,
}

/// Why no text was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There were too many code requests from the address, which is told so.
    ClientIp,
    /// Something that nobody is told.
    Silent(Reason),
    /// A rule that the deployed service does not have.
    Rule(Stop),
}

impl Refusal {
    /// How tables call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientIp => "ip-limit",
            Self::Silent(reason) => reason.as_str(),
            Self::Rule(stop) => stop.as_str(),
        }
    }
}

impl Service {
    /// One that nobody has used yet.
    #[must_use]
    pub fn new(policy: SendPolicy, ip_limits: IpLimits) -> Self {
        Self {
            policy,
            ip_limits,
            ips: IpCounter::default(),
            throttles: HashMap::new(),
            unrecognized: TextCounter::default(),
            recognized: TextCounter::default(),
            countries: HashMap::new(),
            blocks: HashMap::new(),
            rules: Rules::DEPLOYED,
            ledger: Ledger::default(),
        }
    }

    /// The same service with other rules.
    #[must_use]
    pub fn with(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// The owner of a number has signed in before, with the browser that is recognized from now on.
    pub fn recognize(&mut self, phone: Phone) {
        self.throttles.entry(phone).or_default().recognized = Some(Throttle::default());
    }

    /// Somebody types wrong codes for a text.
    pub fn guess(&mut self, text: Text, times: u32) {
        let throttles = self.throttles.entry(text.phone).or_default();
        throttles.failures = throttles.failures.plus(times.into());
    }

    /// Somebody requests a code.
    ///
    /// # Errors
    /// Why none is sent.
    pub fn request_code(
        &mut self,
        phone: Phone,
        from: &ClientIp,
        browser: Browser,
        at: Timestamp,
    ) -> Result<Text, Refusal> {
        if !self.ips.add(from, self.ip_limits, at) {
            return Err(Refusal::ClientIp);
        }
        let throttles = self.throttles.entry(phone).or_default();
        let country = self.countries.entry(phone.country).or_default();
        let block = self.blocks.entry((phone.country, phone.block)).or_default();
        let mut snapshot = Snapshot {
            has_account: true,
            failures: throttles.failures,
            signed_in_lately: throttles.last_login.is_some_and(|last| at.since(last) < LATELY),
            recognized_only: false,
            throttle: throttles.unrecognized,
            recognized_throttle: throttles.recognized.filter(|_| browser == Browser::Recognized),
            unrecognized: self.unrecognized.usage(at),
            recognized: self.recognized.usage(at),
            recognized_of_number: throttles.recognized_texts.usage(at),
            country: country.usage(at),
            block: block.usage(phone.line, at),
        };
        self.rules.take_out(&mut snapshot);
        let (suppressed, effect) = match snapshot.decide(&self.policy, at) {
            Decision::Send(effect) => (None, effect),
            Decision::Suppress(reason, effect) => (Some(reason), effect),
            Decision::Deny(reason) => return Err(Refusal::Silent(reason)),
        };
        self.ledger.check(self.rules, phone, effect.kind, at).map_err(Refusal::Rule)?;
        self.ledger.count(phone, effect.kind, throttles.unrecognized.unverified == 0, at);
        if effect.kind == ThrottleKind::Recognized {
            throttles.recognized = Some(effect.throttle);
            self.recognized.add_one(at);
            throttles.recognized_texts.add_one(at);
        } else {
            throttles.unrecognized = effect.throttle;
            self.unrecognized.add_one(at);
            country.texts.add_one(at);
            if !snapshot.block.is_full(&self.policy.limits) {
                block.add(phone.line, at);
            }
        }
        if let Some(reason) = suppressed {
            return Err(Refusal::Silent(reason));
        }
        let (kind, code_length, is_half_used) = (effect.kind, effect.code_length, effect.is_half_used);
        Ok(Text { phone, at, kind, code_length, is_half_used, browser })
    }

    /// Whoever has the phone types the code of a text.
    pub fn log_in(&mut self, text: Text) {
        let throttles = self.throttles.entry(text.phone).or_default();
        match text.kind {
            ThrottleKind::Unrecognized => {
                throttles.unrecognized = throttles.unrecognized.logged_in(1);
                self.unrecognized.verify_one(text.at);
                self.countries.entry(text.phone.country).or_default().verify_one(text.at);
                self.ledger.verify(text.phone, text.at);
            }
            ThrottleKind::Recognized | ThrottleKind::NoAccount => {}
        }
        (throttles.failures, throttles.last_login) = (Failures::default(), Some(text.at));
        // A login makes the device cookie anew, with a throttle of its own.
        if text.browser == Browser::Recognized {
            throttles.recognized = Some(Throttle::default());
        }
    }

    /// Whether a number is locked, which its owner is told.
    #[must_use]
    pub fn is_locked(&self, phone: Phone) -> bool {
        self.throttles.get(&phone).is_some_and(|throttles| throttles.failures.end_texts(ThrottleKind::Unrecognized))
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
