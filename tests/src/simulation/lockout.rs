//! Somebody on unrecognized browsers who wants an owner not to sign in, at a whole service.
//!
//! They request codes for the owner's number each minute, from as many addresses as it takes. So whoever else requests
//! one comes second, but for the one moment in a minute. An owner with a recognized browser signs in daily there, and wants
//! to on a new one at times, where the owner requests a code once an hour.

use std::net::Ipv4Addr;

use shared::sending::decision::SendPolicy;
use shared::sending::ip_limit::{ClientIp, IpLimits};
use shared::time::{DAY, HOUR, Timestamp};

use super::number::Browser;
use super::rules::Rules;
use super::scenario::Visits;
use super::service::{Phone, Service};
use super::{BEGINNING, GUESSES};

/// Seconds between two code requests of the unrecognized browsers.
const PACE: i64 = 60;
const OWNED: Phone = Phone { country: 0, block: 0, line: 0 };

/// How long it lasts, and what the owner does.
#[derive(Clone, Copy, Debug)]
pub struct Lockout {
    /// Days on which unrecognized browsers request codes.
    pub attacked: i64,
    /// Days in all.
    pub days: i64,
    /// Days between two logins on a new browser.
    pub new: i64,
    /// Whether the unrecognized browsers type three wrong codes for each text.
    pub guesses: bool,
    /// Whether the owner has a recognized browser.
    pub recognized: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LockedOut {
    /// Texts that the unrecognized browsers had sent.
    pub texts: u32,
    /// What the owner met at the recognized browser.
    pub recognized: Visits,
    /// What the owner met at new browsers.
    pub new: Visits,
    /// The longest wait at a new browser of which none was during the attack, or what of it was not.
    pub longest_wait_after: i64,
    /// Seconds until the number was locked for the first time.
    pub locked_after: Option<i64>,
}

impl Lockout {
    /// Plays it.
    #[must_use]
    pub fn play(self) -> LockedOut {
        self.play_by(Rules::DEPLOYED)
    }

    /// Plays it by other rules.
    #[must_use]
    pub fn play_by(self, rules: Rules) -> LockedOut {
        let mut service = Service::new(SendPolicy::default(), IpLimits::default()).with(rules);
        if self.recognized {
            service.recognize(OWNED);
        }
        let (mut out, mut sits_since) = (LockedOut::default(), None);
        let attack_ends = BEGINNING.plus(self.attacked * DAY);
        for (minute, at) in (0..).map(|minute| (minute, BEGINNING.plus(minute * PACE))).take(self.minutes()) {
            if at < attack_ends
                && let Ok(text) = service.request_code(OWNED, &of_unrecognized(minute), Browser::New, at)
            {
                out.texts += 1;
                service.guess(text, if self.guesses { GUESSES } else { 0 });
                if service.is_locked(OWNED) {
                    out.locked_after = out.locked_after.or(Some(at.since(BEGINNING)));
                }
            }
            let at = at.plus(PACE / 2);
            if self.recognized && minute * PACE % DAY == DAY / 2 {
                let signed_in = sign_in(&mut service, Browser::Recognized, at, &mut out.recognized, at);
                out.recognized.still_waits |= !signed_in;
            }
            if minute * PACE % (self.new * DAY) == DAY / 4 {
                sits_since = sits_since.or(Some(at));
            }
            if let Some(since) = sits_since
                && at.since(since) % HOUR == 0
            {
                let wait_after = at.since(since).min(at.since(attack_ends)).max(0);
                out.longest_wait_after = out.longest_wait_after.max(wait_after);
                if sign_in(&mut service, Browser::New, at, &mut out.new, since) {
                    sits_since = None;
                }
            }
        }
        out.new.still_waits = sits_since.is_some();
        out
    }

    fn minutes(self) -> usize {
        usize::try_from(self.days * DAY / PACE).unwrap_or_default()
    }
}

/// The owner requests a code, and signs in when a text comes. Tells whether one did.
fn sign_in(service: &mut Service, browser: Browser, at: Timestamp, visits: &mut Visits, since: Timestamp) -> bool {
    visits.longest_retry_delay = visits.longest_retry_delay.max(at.since(since));
    let Ok(text) = service.request_code(OWNED, &ClientIp::V4(Ipv4Addr::new(192, 0, 2, 1)), browser, at) else {
        return false;
    };
    service.log_in(text);
    visits.logins += 1;
    true
}

/// An address that was long not used.
fn of_unrecognized(minute: i64) -> ClientIp {
    ClientIp::V4(Ipv4Addr::from_bits(0x0100_0000 + u32::try_from(minute % 100_000).unwrap_or_default()))
}
