//! One number: its lanes, and what is done to it.

use shared::sending::throttle::{Decision, Lane, LaneKind};
use shared::time::{DAY, Timestamp};

use super::{Chance, CodeLength};

/// Where the owner signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    /// The one that has the device cookie.
    Known,
    /// One that was never used before.
    New,
}

/// A number that has an account, and one browser that its owner signed in with.
#[derive(Clone, Debug)]
pub struct Number {
    digits: CodeLength,
    strangers: Lane,
    /// The lane of the device cookie that the known browser has now.
    device: Lane,
    /// Whether a thief who copied that cookie at the beginning still has the one that counts.
    stolen: bool,
    /// When an attacker had a text sent.
    pub attacks: Vec<Timestamp>,
    /// How likely it is that the attacker got in.
    pub chance: Chance,
}

impl Number {
    /// One that was never asked for, with codes as long as `digits` says.
    #[must_use]
    pub fn new(digits: CodeLength) -> Self {
        let (strangers, device) = (Lane::default(), Lane::default());
        Self { digits, strangers, device, stolen: true, attacks: Vec::new(), chance: Chance::default() }
    }

    /// The first moment from `from` on at which this lane sends; none when it is closed.
    #[must_use]
    pub fn opens(&self, kind: LaneKind, from: Timestamp) -> Option<Timestamp> {
        let lane = self.lane(kind);
        let sends = |after: i64| matches!(lane.ask(kind, from.plus(after)), Decision::Send(_));
        if lane.is_closed(kind) {
            return None;
        }
        // Between two sends a lane opens once, and a day after the last at the latest.
        let (mut before, mut after) = (-1, DAY.max(lane.last_send + DAY - from.secs()));
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if sends(middle) { after = middle } else { before = middle }
        }
        Some(from.plus(after))
    }

    /// Somebody asks who does not have the phone, and makes three guesses when a text goes out. Tells whether one did.
    pub fn attack(&mut self, kind: LaneKind, at: Timestamp) -> bool {
        let lane = self.lane(kind);
        let Decision::Send(after) = lane.ask(kind, at) else { return false };
        self.chance.add((self.digits)(lane, kind, at));
        self.attacks.push(at);
        *self.lane_mut(kind) = after;
        true
    }

    /// The owner asks, and signs in when a text comes. Tells whether one did.
    pub fn sign_in(&mut self, browser: Browser, at: Timestamp) -> bool {
        let kind = self.lane_of(browser);
        let Decision::Send(after) = self.lane(kind).ask(kind, at) else { return false };
        *self.lane_mut(kind) = after.logged_in(1);
        if browser == Browser::Known {
            // The login makes the device cookie anew, with a lane of its own, and whoever has the old one is a stranger.
            (self.device, self.stolen) = (Lane::default(), false);
        }
        true
    }

    /// The lane that a browser's asks go by: a device whose lane is closed is a stranger.
    #[must_use]
    pub fn lane_of(&self, browser: Browser) -> LaneKind {
        match browser {
            Browser::Known if !self.is_closed(LaneKind::Device) => LaneKind::Device,
            _ => LaneKind::Stranger,
        }
    }

    /// Whether a thief's copy of the device cookie still opens its lane.
    #[must_use]
    pub const fn is_stolen(&self) -> bool {
        self.stolen
    }

    /// The owner, signed in on the known browser, opens the strangers' lane again: the count of failures begins anew,
    /// the wait stays.
    pub fn reopen(&mut self) {
        if self.is_closed(LaneKind::Stranger) {
            self.strangers = self.strangers.reopened();
        }
    }

    /// Whether this lane is closed.
    #[must_use]
    pub fn is_closed(&self, kind: LaneKind) -> bool {
        self.lane(kind).is_closed(kind)
    }

    const fn lane(&self, kind: LaneKind) -> Lane {
        match kind {
            LaneKind::Stranger | LaneKind::Unclaimed => self.strangers,
            LaneKind::Device => self.device,
        }
    }

    const fn lane_mut(&mut self, kind: LaneKind) -> &mut Lane {
        match kind {
            LaneKind::Stranger | LaneKind::Unclaimed => &mut self.strangers,
            LaneKind::Device => &mut self.device,
        }
    }
}
