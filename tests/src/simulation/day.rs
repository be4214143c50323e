//! One number on one day: who has texts sent to it, and who gets none for it.

use std::net::Ipv4Addr;

use shared::sending::decision::SendPolicy;
use shared::sending::ip_limit::{ClientIp, IpLimits};
use shared::sending::throttle::ThrottleKind;
use shared::time::{DAY, Timestamp};

use super::BEGINNING;
use super::number::Browser;
use super::rules::Rules;
use super::service::{Phone, Service};

const NUMBER: Phone = Phone { country: 0, block: 0, line: 0 };
/// Seconds between two code requests of an attacker, and from a text to the login.
const PACE: i64 = 60;

/// Somebody who requests codes for the number each minute, and signs in or does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Through an unrecognized browser.
    pub unrecognized: bool,
    /// Through the recognized one, by a person with the phone, or by a copy of the cookie.
    pub recognized: bool,
    /// Whether the codes are typed.
    pub types_codes: bool,
}

/// A day of one number.
#[derive(Clone, Copy, Debug)]
pub struct NumberDay {
    /// Who has texts sent.
    pub attacker: Requests,
    /// Seconds between two logins of the owner on the recognized browser, where there are any.
    pub recognized_every: Option<i64>,
    /// The same on unrecognized browsers.
    pub unrecognized_every: Option<i64>,
    /// Who comes first in a minute.
    pub owner_is_first: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Texts for the attacker by the throttle of unrecognized browsers.
    pub unrecognized: u32,
    /// The same by that of a recognized one.
    pub recognized: u32,
    /// Owner's requests at the recognized browser, and those of them that got a text.
    pub at_recognized: [u32; 2],
    /// The same at unrecognized browsers.
    pub at_unrecognized: [u32; 2],
    /// The most texts that one recognized throttle sent between two logins.
    pub most_of_a_throttle: u32,
}

impl NumberDay {
    /// Plays one day (UTC) by these rules.
    #[must_use]
    pub fn play_by(self, rules: Rules) -> Counted {
        let mut service = Service::new(SendPolicy::default(), IpLimits::default()).with(rules);
        service.recognize(NUMBER);
        let (mut counted, mut of_throttle) = (Counted::default(), 0);
        let start = BEGINNING.start_of(DAY);
        for minute in 0..DAY / PACE {
            let at = start.plus(minute * PACE);
            let owner = if self.owner_is_first { at } else { at.plus(2) };
            let mut attacker_and_owner = [(at.plus(1), true), (owner, false)];
            attacker_and_owner.sort_by_key(|(at, _)| *at);
            for (at, is_attacker) in attacker_and_owner {
                if is_attacker {
                    self.attack(&mut service, at, &mut counted, &mut of_throttle);
                } else {
                    self.visit(&mut service, minute * PACE, at, &mut counted, &mut of_throttle);
                }
            }
        }
        counted
    }

    fn attack(self, service: &mut Service, at: Timestamp, counted: &mut Counted, of_throttle: &mut u32) {
        let browsers = [(self.attacker.unrecognized, Browser::New), (self.attacker.recognized, Browser::Recognized)];
        for (_, browser) in browsers.into_iter().filter(|(has, _)| *has) {
            let Ok(text) = service.request_code(NUMBER, &address(at), browser, at) else { continue };
            if text.kind == ThrottleKind::Recognized {
                counted.recognized += 1;
                *of_throttle += 1;
                counted.most_of_a_throttle = counted.most_of_a_throttle.max(*of_throttle);
            } else {
                counted.unrecognized += 1;
            }
            if self.attacker.types_codes {
                service.log_in(text);
                *of_throttle = if browser == Browser::Recognized { 0 } else { *of_throttle };
            }
        }
    }

    fn visit(self, service: &mut Service, second: i64, at: Timestamp, counted: &mut Counted, of_throttle: &mut u32) {
        let comes = |every: Option<i64>| every.is_some_and(|every| second % every == 0);
        for (comes, browser) in
            [(comes(self.recognized_every), Browser::Recognized), (comes(self.unrecognized_every), Browser::New)]
        {
            if !comes {
                continue;
            }
            let tally =
                if browser == Browser::Recognized { &mut counted.at_recognized } else { &mut counted.at_unrecognized };
            tally[0] += 1;
            if let Ok(text) = service.request_code(NUMBER, &address(at), browser, at) {
                tally[1] += 1;
                service.log_in(text);
                *of_throttle = if browser == Browser::Recognized { 0 } else { *of_throttle };
            }
        }
    }
}

/// Each request comes from another address.
fn address(at: Timestamp) -> ClientIp {
    ClientIp::V4(Ipv4Addr::from_bits(0x0100_0000 + u32::try_from(at.secs() % DAY).unwrap_or_default()))
}
