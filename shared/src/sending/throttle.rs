//! When a number may be texted again.
//!
//! Each number has one lane for strangers; each device of its account has a lane of its own, which strangers cannot
//! fill (requirements G-04, G-06, G-09; what it is worth, the README says). The state is two numbers and a time,
//! and everything that happens to it is a pure function of it.

use serde::{Deserialize, Serialize};

use crate::login::code::Digits;
use crate::time::{DAY, HOUR, Timestamp};
use crate::token::TokenHash;

/// Seconds between the first send and the second; each further wait is twice the one before. A browser is told the same
/// waits, so that it does not ask when its number's lane would say no.
pub const FIRST_WAIT: i64 = 30;
/// Texts that one lane sends in a UTC day, logins or not. The waits of strangers allow twelve without a login; with one
/// after each text they allow any number, and whoever is paid for texts to a number of their own would use them.
const SENDS_A_DAY: u32 = 24;
/// Seconds for which a text to a stranger that no login followed makes the next codes of the number longer.
const SUSPICION: i64 = 30 * DAY;

/// Who asks: anyone, or a browser that signed in to this account before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneKind {
    /// A browser without a device cookie of the account.
    Stranger,
    /// A browser with one.
    Device,
    /// A browser that asks for a number which has no account.
    Unclaimed,
}

impl LaneKind {
    /// How logs and metrics call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::Device => "device",
            Self::Unclaimed => "unclaimed",
        }
    }

    /// The longest wait, in seconds. For strangers it is also the longest that they can make the owner wait.
    const fn longest_wait(self) -> i64 {
        match self {
            Self::Stranger | Self::Unclaimed => DAY,
            Self::Device => HOUR,
        }
    }

    /// Sends without a login after which the lane closes. Each send allows three guesses, so 33 sends are the 99
    /// failures after which NIST SP 800-63B-4 section 3.2.2 wants the authenticator disabled. A guess that was not
    /// made counts as one that failed: that is stricter, and needs no write for each wrong code.
    ///
    /// The lane of a number without account never closes: there is nothing to disable, and nobody who could open it again,
    /// so that strangers could keep its owner from ever registering (requirement G-11).
    const fn closes_after(self) -> Option<u32> {
        match self {
            Self::Stranger => Some(33),
            Self::Device => Some(10),
            Self::Unclaimed => None,
        }
    }
}

/// Which lane of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LaneName {
    /// The one that all strangers share.
    Stranger,
    /// The one of a device of the number's account.
    Device(TokenHash),
}

/// The state of one lane. A lane that was never used is [`Lane::default`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// How often the wait was doubled.
    pub level: u32,
    /// Sends since the last login.
    pub unverified: u32,
    /// When the last send was asked for, in epoch seconds.
    pub last_send: i64,
    /// Sends on the day of the last send.
    pub sent_that_day: u32,
    /// The last send that had not been used when the next one was asked for, in epoch seconds. A login does not clear it:
    /// an owner's habit must not shorten the codes that somebody else is guessing at.
    pub last_unused: Option<i64>,
}

/// What the lane says to one ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send: the lane as it is after the send.
    Send(Lane),
    /// Too early after the send before: nothing is sent, and nobody is told.
    Wait,
    /// Enough for one day.
    DayIsFull,
    /// Closed until an authenticated browser reopens it: no text. The lane is as it would be after one, so that what is
    /// counted for a number tells nobody whether its lane is closed, which it can be only with an account.
    Closed(Lane),
}

impl Lane {
    /// Whether the lane is closed: time does not open it (requirement G-06).
    #[must_use]
    pub const fn is_closed(self, kind: LaneKind) -> bool {
        match kind.closes_after() {
            Some(sends) => self.unverified >= sends,
            None => false,
        }
    }

    /// Whether a code asked for at `asked_at` may be sent.
    #[must_use]
    pub fn ask(self, kind: LaneKind, asked_at: Timestamp) -> Decision {
        let quiet = asked_at.secs().saturating_sub(self.last_send);
        if quiet < self.wait(kind) {
            return Decision::Wait;
        }
        let sent_that_day = if self.last_send_was_on_the_day_of(asked_at) { self.sent_that_day } else { 0 };
        if sent_that_day >= SENDS_A_DAY {
            return Decision::DayIsFull;
        }
        let level = self.level.saturating_sub(days(quiet)).saturating_add(1);
        let is_closed = self.is_closed(kind);
        let after = Self {
            level,
            unverified: self.unverified + u32::from(!is_closed),
            last_send: asked_at.secs(),
            sent_that_day: sent_that_day + 1,
            last_unused: self.last_unused(),
        };
        if is_closed { Decision::Closed(after) } else { Decision::Send(after) }
    }

    /// How long the code is that the lane's next text has: longer for a number whose last text was not used, and for one
    /// that had such a text in the last 30 days, so that whoever guesses at it has a hundred times less of a chance
    /// (requirement G-15, which asks for the 30 days; patience alone should not bring the short code back). A known
    /// device keeps its six: it gets ten texts at the most.
    #[must_use]
    pub fn digits(self, kind: LaneKind, asked_at: Timestamp) -> Digits {
        let lately = |send| asked_at.secs().saturating_sub(send) < SUSPICION;
        let suspicious = self.unverified > 0 || self.last_unused.is_some_and(lately);
        if kind != LaneKind::Device && suspicious { Digits::Eight } else { Digits::Six }
    }

    /// The lane after a login that took `sends` sends: it takes back its own steps, and no others, so that an owner's
    /// habit never pays for an attack; and the count of sends without a login begins again. The table does the same in
    /// an expression, which needs no read; its contract test compares the two.
    #[must_use]
    pub fn logged_in(self, sends: u32) -> Self {
        Self { level: self.level.saturating_sub(sends), unverified: 0, ..self }
    }

    /// The lane after its number's owner, signed in, opened it again (requirement G-06): the count begins again, the wait
    /// and the longer codes stay. The table does the same in an expression.
    #[must_use]
    pub fn reopened(self) -> Self {
        Self { unverified: 0, last_unused: self.last_unused(), ..self }
    }

    /// The lane after a send that SNS did not take: nothing was sent, so the step is given back. The table does the same
    /// in an expression.
    #[must_use]
    pub fn undelivered(self) -> Self {
        let less = |count: u32| count.saturating_sub(1);
        Self {
            level: less(self.level),
            unverified: less(self.unverified),
            sent_that_day: less(self.sent_that_day),
            ..self
        }
    }

    /// The last send that is not used by now.
    fn last_unused(self) -> Option<i64> {
        if self.unverified > 0 { Some(self.last_send) } else { self.last_unused }
    }

    fn last_send_was_on_the_day_of(self, asked_at: Timestamp) -> bool {
        Timestamp::from_secs(self.last_send).start_of(DAY) == asked_at.start_of(DAY)
    }

    /// Seconds from the last send to the next: none, then 30 s doubling to the longest wait.
    fn wait(self, kind: LaneKind) -> i64 {
        match self.level {
            0 => 0,
            level => kind.longest_wait().min(FIRST_WAIT << (level - 1).min(32)),
        }
    }
}

/// Whole quiet days, each of which takes one step back.
fn days(seconds: i64) -> u32 {
    u32::try_from(seconds / DAY).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks as often as it can for `days`, from second zero, and tells the times of the sends.
    fn greedy(kind: LaneKind, days: i64) -> (Vec<i64>, Lane) {
        let (mut lane, mut now, mut sends) = (Lane::default(), 1_800_000_000, Vec::new());
        let start = now;
        loop {
            now = now.max(lane.last_send + lane.wait(kind));
            if now >= start + days * DAY {
                break;
            }
            match lane.ask(kind, Timestamp::from_secs(now)) {
                Decision::Send(next) => {
                    sends.push(now - start);
                    lane = next;
                }
                refusal @ (Decision::Wait | Decision::DayIsFull) => panic!("{refusal:?} after the wait"),
                Decision::Closed(_) => break,
            }
        }
        (sends, lane)
    }

    #[test]
    fn the_wait_doubles_from_thirty_seconds() {
        let (sends, _) = greedy(LaneKind::Stranger, 1);
        assert_eq!(sends[..6], [0, 30, 90, 210, 450, 930]);
        assert_eq!(sends.len(), 12, "twelve sends on the first day");
    }

    #[test]
    fn a_lane_closes_after_thirty_three_sends_and_time_does_not_open_it() {
        let (sends, lane) = greedy(LaneKind::Stranger, 400);
        assert_eq!(sends.len(), 33);
        let later = Timestamp::from_secs(lane.last_send + 400 * DAY);
        let Decision::Closed(after) = lane.ask(LaneKind::Stranger, later) else { panic!("open") };
        assert_eq!((after.unverified, after.last_send), (33, later.secs()), "all but the text happens");
        assert_eq!(after.ask(LaneKind::Stranger, later.plus(29)), Decision::Wait);
        assert_eq!(greedy(LaneKind::Device, 400).0.len(), 10);
    }

    #[test]
    fn an_owner_who_signs_in_every_hour_does_not_clear_the_way_for_a_guesser() {
        // The attacker asks whenever the lane allows it; the owner, on a new browser each time, takes back only the
        // owner's own step. The guesser has at most 12 sends at once and one a day in the long run.
        let (mut lane, start, mut guesses) = (Lane::default(), 1_800_000_000, 0);
        for minute in 0..365 * 24 * 60 {
            let now = Timestamp::from_secs(start + minute * 60);
            if minute % 60 == 0
                && let Decision::Send(next) = lane.ask(LaneKind::Stranger, now)
            {
                lane = next.logged_in(1);
            } else if let Decision::Send(next) = lane.ask(LaneKind::Stranger, now) {
                lane = next;
                guesses += 3;
            }
        }
        assert!(guesses <= 3 * (12 + 365), "{guesses} guesses in a year");
    }

    #[test]
    fn whoever_logs_in_after_each_text_gets_no_more_than_a_days_worth() {
        let (mut lane, mut sends) = (Lane::default(), 0);
        for minute in 0..2 * 24 * 60 {
            if let Decision::Send(next) = lane.ask(LaneKind::Stranger, Timestamp::from_secs(minute * 60)) {
                lane = next.logged_in(1);
                sends += 1;
            }
        }
        assert_eq!(sends, 2 * SENDS_A_DAY);
    }

    #[test]
    fn codes_are_longer_until_a_login_and_for_thirty_days_after_a_text_that_none_followed() {
        let digits = |lane: Lane, kind, at| lane.digits(kind, Timestamp::from_secs(at));
        let Decision::Send(lane) = Lane::default().ask(LaneKind::Stranger, Timestamp::from_secs(1_000)) else {
            panic!("no send")
        };
        assert_eq!(digits(Lane::default(), LaneKind::Stranger, 1_000), Digits::Six);
        assert_eq!(digits(lane, LaneKind::Stranger, 999 + SUSPICION), Digits::Eight);
        assert_eq!(digits(lane, LaneKind::Stranger, 1_000 + 100 * SUSPICION), Digits::Eight);
        assert_eq!(digits(lane, LaneKind::Device, 1_001), Digits::Six);
        assert_eq!(digits(lane.logged_in(1), LaneKind::Stranger, 1_001), Digits::Six);

        // Somebody asked before the owner did: the owner's login leaves the codes long.
        let Decision::Send(owner) = lane.ask(LaneKind::Stranger, Timestamp::from_secs(2_000)) else {
            panic!("no send")
        };
        assert_eq!(digits(owner.logged_in(1), LaneKind::Stranger, 3_000), Digits::Eight);
        assert_eq!(digits(owner.logged_in(1), LaneKind::Stranger, 1_000 + SUSPICION), Digits::Six);
        assert_eq!(digits(owner.reopened(), LaneKind::Stranger, 1_000 + SUSPICION), Digits::Eight);
        assert_eq!(digits(owner.reopened(), LaneKind::Stranger, 2_000 + SUSPICION), Digits::Six);
    }

    #[test]
    fn quiet_days_take_steps_back() {
        let lane = Lane { level: 5, unverified: 5, ..Lane::default() };
        let Decision::Send(next) = lane.ask(LaneKind::Stranger, Timestamp::from_secs(3 * DAY)) else {
            panic!("no send")
        };
        assert_eq!((next.level, next.unverified), (3, 6));
    }

    #[test]
    fn a_login_takes_back_its_own_steps_and_a_failed_send_gives_its_step_back() {
        let lane = Lane { level: 5, unverified: 5, last_send: 7, sent_that_day: 5, last_unused: None };
        assert_eq!(lane.logged_in(2), Lane { level: 3, unverified: 0, ..lane });
        assert_eq!(lane.undelivered(), Lane { level: 4, unverified: 4, sent_that_day: 4, ..lane });
        assert_eq!(Lane::default().undelivered(), Lane::default());
    }

    #[test]
    fn a_clock_that_runs_behind_gets_no_send() {
        let lane = Lane { level: 1, unverified: 1, last_send: 1_000, ..Lane::default() };
        assert_eq!(lane.ask(LaneKind::Stranger, Timestamp::from_secs(900)), Decision::Wait);
        assert_eq!(lane.ask(LaneKind::Stranger, Timestamp::from_secs(1_029)), Decision::Wait);
        assert!(matches!(lane.ask(LaneKind::Stranger, Timestamp::from_secs(1_030)), Decision::Send(_)));
    }
}
