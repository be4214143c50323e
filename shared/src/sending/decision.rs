//! Whether a text is sent: everything that is known when a code was asked for, and one decision about it.
//!
//! The order of the questions: does the number's lane say yes, is there money left, are texts of this country and range used
//! at all; and last, after all is counted, what depends on an account. Each no has a reason that the operator sees counted
//! and the caller never learns.

use crate::login::code::Digits;
use crate::login::user::SignUps;
use crate::sending::breaker::{Breaker, Conversion, Rule, Switch, Verdict};
use crate::sending::quota::{SHARDS, Shards, Spent, TextLimits};
use crate::sending::throttle::{Decision, Lane, LaneKind};
use crate::time::Timestamp;

/// What is known when a code was asked for.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Whether the number has an account.
    pub has_account: bool,
    /// The lane of all strangers.
    pub stranger: Lane,
    /// The lane of the device that asks, where it is one of the account's.
    pub device: Option<Lane>,
    /// Texts to strangers of all countries.
    pub strangers: Shards,
    /// Texts to known devices.
    pub devices: Shards,
    /// Texts to the known devices of the number.
    pub devices_of_number: Spent,
    /// What happens in the number's country.
    pub country: CountryStanding,
    /// What happens in the number's range.
    pub range: RangeStanding,
}

/// What is known of a country.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountryStanding {
    /// Texts to strangers.
    pub spent: Shards,
    /// How many of them were used.
    pub conversion: Conversion,
    /// Stops those that nobody uses.
    pub breaker: Breaker,
    /// What the operator set.
    pub switch: Option<Switch>,
}

/// What is known of a range of numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct RangeStanding {
    /// Numbers that got texts in the hour.
    pub numbers: usize,
    /// Whether this number is one of them.
    pub has_this_number: bool,
    /// Numbers that got a first text, and how many logins followed.
    pub conversion: Conversion,
    /// Stops texts that nobody uses.
    pub breaker: Breaker,
}

/// What a deployment allows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// The budgets.
    pub limits: TextLimits,
    /// Who may register.
    pub sign_ups: SignUps,
}

/// A text that may be sent, and what it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Whose lane it goes by.
    pub kind: LaneKind,
    /// That lane after the send.
    pub lane: Lane,
    /// How long the code is.
    pub digits: Digits,
    /// The shard of the budget of all strangers, or of all devices, that it is counted in.
    pub shard: usize,
    /// The shard of the country that it is counted in. A device's text is not.
    pub country_shard: Option<usize>,
    /// Whether no text went to the number since its last login. The range counts only these, numbers and not texts: asking
    /// again and again for one number must not stop its neighbours.
    pub is_first: bool,
    /// Whether at least half of that budget is used up: time to look who asks (requirement G-14).
    pub half_is_spent: bool,
    /// Why no text goes out, although all is counted as if one did. What depends on an account is told by no budget: a
    /// stranger with a phone in the same range could see what is left of its numbers (requirement E-05).
    pub silence: Option<Reason>,
}

/// Why no text is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The number has no account, and nobody may register.
    NoSignUps,
    /// The lane's wait is not over.
    LaneWaits,
    /// The lane is closed.
    LaneClosed,
    /// The lane had its texts of this day.
    LaneDay,
    /// The operator closed the country.
    CountryClosed,
    /// Too few texts of the country are used.
    CountryUnused,
    /// Too few texts of the range are used.
    RangeUnused,
    /// The budget of the range is spent.
    RangeSpent,
    /// The budget of the country is spent.
    CountrySpent,
    /// The budget of all strangers is spent: of texts that no login followed.
    UnusedSpent,
    /// The budget of all strangers is spent: of texts, used or not.
    StrangersSpent,
    /// The budget of all known devices is spent.
    DevicesSpent,
}

impl Reason {
    /// How logs and metrics call it. What ends in `-spent` raises the alarm of budgets.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoSignUps => "no-sign-ups",
            Self::LaneWaits => "lane-waits",
            Self::LaneClosed => "lane-closed",
            Self::LaneDay => "lane-day",
            Self::CountryClosed => "country-closed",
            Self::CountryUnused => "country-unused",
            Self::RangeUnused => "range-unused",
            Self::RangeSpent => "range-spent",
            Self::CountrySpent => "country-spent",
            Self::UnusedSpent => "unused-spent",
            Self::StrangersSpent => "strangers-spent",
            Self::DevicesSpent => "devices-spent",
        }
    }
}

/// The decision, and the breakers that it moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// What to send, or why not.
    pub outcome: Result<Plan, Reason>,
    /// The country's breaker, where it is another now.
    pub country_breaker: Option<Breaker>,
    /// The range's breaker, where it is another now.
    pub range_breaker: Option<Breaker>,
}

impl Ruling {
    const fn of(outcome: Result<Plan, Reason>) -> Self {
        Self { outcome, country_breaker: None, range_breaker: None }
    }
}

impl Standing {
    /// Decides about a code asked for at `asked_at`. `draw` chooses among shards.
    #[must_use]
    pub fn decide(&self, policy: &Policy, asked_at: Timestamp, draw: usize) -> Ruling {
        let Some(lane) = self.device.filter(|lane| self.is_trusted(*lane)) else {
            return self.to_stranger(policy, asked_at, draw);
        };
        match self.to_device(lane, policy, asked_at, draw) {
            // Whoever used them all up does not keep this browser out: it may have what strangers have.
            Err(spent @ Reason::DevicesSpent) => {
                let ruling = self.to_stranger(policy, asked_at, draw);
                Ruling { outcome: ruling.outcome.map_err(|_| spent), ..ruling }
            }
            outcome => Ruling::of(outcome),
        }
    }

    /// Whether a known device is more than a stranger. One whose lane is closed was revoked; so are all of a number, for
    /// the rest of the day, that have had as many texts as anybody needs.
    fn is_trusted(&self, lane: Lane) -> bool {
        !lane.is_closed(LaneKind::Device) && TextLimits::DEVICES_OF_A_NUMBER.has_room(self.devices_of_number)
    }

    /// Strangers' budgets and breakers do not concern a known device: its text has a reserved share (requirement S-05).
    fn to_device(&self, lane: Lane, policy: &Policy, asked_at: Timestamp, draw: usize) -> Result<Plan, Reason> {
        let (after, closed) = ask(lane, LaneKind::Device, asked_at)?;
        let allowance = policy.limits.devices();
        let shard = allowance.shard_with_room(&self.devices, draw).ok_or(Reason::DevicesSpent)?;
        Ok(Plan {
            kind: LaneKind::Device,
            lane: after,
            digits: lane.digits(LaneKind::Device, asked_at),
            shard,
            country_shard: None,
            is_first: lane.unverified == 0,
            half_is_spent: allowance.is_half_spent(&self.devices),
            silence: closed,
        })
    }

    fn to_stranger(&self, policy: &Policy, asked_at: Timestamp, draw: usize) -> Ruling {
        // The breakers come last, so that only a text that would be sent takes one of their probes.
        let plan = match self.stranger_plan(policy, asked_at, draw) {
            Ok(plan) => plan,
            Err(reason) => return Ruling::of(Err(reason)),
        };
        let shards = policy.limits.country().shards();
        let of_country = self.country.breaker.over(shards, self.country.conversion);
        let (country, country_breaker) = match self.country.switch {
            Some(Switch::Open) => (Verdict::Pass, of_country),
            _ => of_country.ask(Rule::COUNTRY, self.country.conversion, asked_at),
        };
        let (range, range_breaker) = match country {
            Verdict::Pass => {
                let rule = Rule::range(policy.limits.of_a_range_in_an_hour);
                self.range.breaker.ask(rule, self.range.conversion, asked_at)
            }
            Verdict::Stop => (Verdict::Stop, self.range.breaker),
        };
        let outcome = match (country, range) {
            (Verdict::Stop, _) => Err(Reason::CountryUnused),
            (_, Verdict::Stop) => Err(Reason::RangeUnused),
            _ => Ok(plan),
        };
        // A text that its range stops must not take the country's probe: whoever asks there again and again would keep it
        // from everybody.
        let probed = outcome != Err(Reason::RangeUnused);
        Ruling {
            outcome,
            country_breaker: Some(country_breaker).filter(|breaker| probed && *breaker != self.country.breaker),
            range_breaker: Some(range_breaker).filter(|breaker| *breaker != self.range.breaker),
        }
    }

    fn stranger_plan(&self, policy: &Policy, asked_at: Timestamp, draw: usize) -> Result<Plan, Reason> {
        let limits = &policy.limits;
        let kind = if self.has_account { LaneKind::Stranger } else { LaneKind::Unclaimed };
        let (after, closed) = ask(self.stranger, kind, asked_at)?;
        let may_register = self.has_account || policy.sign_ups != SignUps::Closed;
        if self.country.switch == Some(Switch::Closed) {
            return Err(Reason::CountryClosed);
        }
        if !self.range.has_this_number && self.range.numbers >= limits.of_a_range_in_an_hour as usize {
            return Err(Reason::RangeSpent);
        }
        let (country, all) = (limits.country(), limits.strangers());
        let spent = || {
            if all.unused_are_spent(&self.strangers) { Reason::UnusedSpent } else { Reason::StrangersSpent }
        };
        Ok(Plan {
            kind,
            lane: after,
            digits: self.stranger.digits(kind, asked_at),
            country_shard: Some(country.shard_with_room(&self.country.spent, draw).ok_or(Reason::CountrySpent)?),
            is_first: self.stranger.unverified == 0,
            shard: all.shard_with_room(&self.strangers, draw / SHARDS).ok_or_else(spent)?,
            half_is_spent: all.is_half_spent(&self.strangers),
            silence: if may_register { closed } else { Some(Reason::NoSignUps) },
        })
    }
}

/// The lane after the text, and why there is none although it moves.
fn ask(lane: Lane, kind: LaneKind, asked_at: Timestamp) -> Result<(Lane, Option<Reason>), Reason> {
    match lane.ask(kind, asked_at) {
        Decision::Send(after) => Ok((after, None)),
        Decision::Closed(after) => Ok((after, Some(Reason::LaneClosed))),
        Decision::Wait => Err(Reason::LaneWaits),
        Decision::DayIsFull => Err(Reason::LaneDay),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn fresh() -> Standing {
        Standing {
            has_account: true,
            stranger: Lane::default(),
            device: None,
            strangers: Shards::default(),
            devices: Shards::default(),
            devices_of_number: Spent::default(),
            country: CountryStanding::default(),
            range: RangeStanding::default(),
        }
    }

    fn full() -> Shards {
        [Spent { in_the_day: 1_000_000, in_the_hour: 1_000_000, unused_in_the_day: 0 }; SHARDS]
    }

    /// What becomes of an ask: a text that goes out, or why none does.
    fn outcome(standing: &Standing) -> Result<Plan, Reason> {
        told(standing.decide(&Policy::default(), NOW, 7))
    }

    fn told(ruling: Ruling) -> Result<Plan, Reason> {
        ruling.outcome.and_then(|plan| plan.silence.map_or(Ok(plan), Err))
    }

    fn closed(kind: LaneKind) -> Lane {
        (0..40).fold(Lane::default(), |lane, day| {
            match lane.ask(kind, Timestamp::from_secs(day * 10 * crate::time::DAY)) {
                Decision::Send(lane) => lane,
                _ => lane,
            }
        })
    }

    #[test]
    fn a_first_text_is_sent_and_counted_in_a_drawn_shard() {
        let plan = outcome(&fresh()).unwrap();
        assert_eq!((plan.kind, plan.digits, plan.lane.level), (LaneKind::Stranger, Digits::Six, 1));
        assert_eq!((plan.shard, plan.country_shard, plan.half_is_spent), (0, Some(1), false));
    }

    #[test]
    fn each_thing_that_forbids_a_text_has_its_reason() {
        let sent = outcome(&fresh()).unwrap().lane;
        let day = Lane { sent_that_day: 1_000, last_send: NOW.secs() - 1, ..Lane::default() };
        let country = |country| Standing { country, ..fresh() };
        for (standing, reason) in [
            (Standing { stranger: sent, ..fresh() }, Reason::LaneWaits),
            (Standing { stranger: closed(LaneKind::Stranger), ..fresh() }, Reason::LaneClosed),
            (Standing { stranger: day, ..fresh() }, Reason::LaneDay),
            (Standing { strangers: full(), ..fresh() }, Reason::StrangersSpent),
            (
                Standing { strangers: [Spent { unused_in_the_day: 300, ..Spent::default() }; SHARDS], ..fresh() },
                Reason::UnusedSpent,
            ),
            (country(CountryStanding { spent: full(), ..Default::default() }), Reason::CountrySpent),
            (country(CountryStanding { switch: Some(Switch::Closed), ..Default::default() }), Reason::CountryClosed),
            (
                country(CountryStanding { conversion: Conversion { sent: 200, verified: 10 }, ..Default::default() }),
                Reason::CountryUnused,
            ),
            (Standing { range: RangeStanding { numbers: 5, ..Default::default() }, ..fresh() }, Reason::RangeSpent),
            (
                Standing {
                    range: RangeStanding { conversion: Conversion { sent: 20, verified: 1 }, ..Default::default() },
                    ..fresh()
                },
                Reason::RangeUnused,
            ),
        ] {
            assert_eq!(outcome(&standing), Err(reason));
        }
    }

    #[test]
    fn a_known_device_is_held_up_by_nothing_that_strangers_do() {
        let standing = Standing {
            device: Some(Lane::default()),
            stranger: closed(LaneKind::Stranger),
            strangers: full(),
            country: CountryStanding {
                spent: full(),
                conversion: Conversion { sent: 200, verified: 0 },
                switch: Some(Switch::Closed),
                ..Default::default()
            },
            range: RangeStanding { numbers: 50, ..Default::default() },
            ..fresh()
        };
        assert_eq!(outcome(&standing).unwrap().kind, LaneKind::Device);
        let spent = Standing { devices: full(), ..standing.clone() };
        assert_eq!(outcome(&spent), Err(Reason::DevicesSpent));
        let among_strangers = Standing { device: spent.device, devices: full(), ..fresh() };
        assert_eq!(outcome(&among_strangers).unwrap().kind, LaneKind::Stranger);
        let revoked = Standing { device: Some(closed(LaneKind::Device)), ..standing };
        assert_eq!(outcome(&revoked), Err(Reason::CountryClosed));
    }

    #[test]
    fn the_devices_of_a_number_that_had_enough_are_strangers() {
        let known = |texts| {
            let devices_of_number = Spent { in_the_day: texts, ..Spent::default() };
            outcome(&Standing { device: Some(Lane::default()), devices_of_number, ..fresh() }).unwrap().kind
        };
        assert_eq!([23, 24, 25].map(known), [LaneKind::Device, LaneKind::Stranger, LaneKind::Stranger]);
    }

    /// Requirement G-11: nobody could open it again.
    #[test]
    fn the_lane_of_a_number_without_account_is_never_closed() {
        let stranger = closed(LaneKind::Stranger);
        assert_eq!(outcome(&Standing { stranger, ..fresh() }), Err(Reason::LaneClosed));
        let plan = outcome(&Standing { stranger, has_account: false, ..fresh() }).unwrap();
        assert_eq!((plan.kind, plan.digits), (LaneKind::Unclaimed, Digits::Eight));
        assert!(!plan.lane.is_closed(plan.kind));
    }

    #[test]
    fn the_operator_is_above_the_breaker_but_not_above_the_budget() {
        let unused = Conversion { sent: 200, verified: 0 };
        let open = CountryStanding { conversion: unused, switch: Some(Switch::Open), ..Default::default() };
        assert!(outcome(&Standing { country: open, ..fresh() }).is_ok());
        let spent = CountryStanding { spent: full(), ..open };
        assert_eq!(outcome(&Standing { country: spent, ..fresh() }), Err(Reason::CountrySpent));
    }

    #[test]
    fn a_text_that_is_not_sent_takes_no_probe() {
        let counted = Conversion { sent: 200, verified: 0 };
        let (_, tripped) = Breaker::default().ask(Rule::COUNTRY, counted, Timestamp::from_secs(0));
        let country = CountryStanding { conversion: counted, breaker: tripped, ..Default::default() };
        let waits = Standing { country, stranger: outcome(&fresh()).unwrap().lane, ..fresh() };
        assert_eq!(waits.decide(&Policy::default(), NOW, 0), Ruling::of(Err(Reason::LaneWaits)));
        let ruling = Standing { country, ..fresh() }.decide(&Policy::default(), NOW, 0);
        assert!(ruling.outcome.is_ok() && ruling.country_breaker.is_some());
    }

    #[test]
    fn a_text_that_its_range_stops_leaves_the_probe_to_another() {
        let counted = Conversion { sent: 200, verified: 0 };
        let long_ago = Timestamp::from_secs(0);
        let (_, tripped) = Breaker::default().ask(Rule::COUNTRY, counted, long_ago);
        let country = CountryStanding { conversion: counted, breaker: tripped, ..Default::default() };
        let (_, breaker) = Breaker::default().ask(Rule::range(5), counted, NOW);
        let range = RangeStanding { conversion: counted, breaker, ..Default::default() };
        let stopped = Standing { country, range, ..fresh() }.decide(&Policy::default(), NOW, 0);
        assert_eq!(stopped, Ruling::of(Err(Reason::RangeUnused)));
    }

    #[test]
    fn unknown_numbers_get_nothing_where_nobody_may_register() {
        let stranger = Standing { has_account: false, ..fresh() };
        let ask = |sign_ups, standing: &Standing| {
            told(standing.decide(&Policy { sign_ups, ..Policy::default() }, NOW, 0)).map(|plan| plan.kind)
        };
        assert_eq!(ask(SignUps::Closed, &stranger), Err(Reason::NoSignUps));
        assert_eq!(ask(SignUps::ClosedAfterCode, &stranger), Ok(LaneKind::Unclaimed));
        assert_eq!(ask(SignUps::Closed, &fresh()), Ok(LaneKind::Stranger));
    }

    #[test]
    fn half_of_a_budget_is_told() {
        let mut standing = fresh();
        standing.strangers[0].unused_in_the_day = 148;
        assert!(!outcome(&standing).unwrap().half_is_spent);
        standing.strangers[0].unused_in_the_day = 149;
        assert!(outcome(&standing).unwrap().half_is_spent);
    }
}
