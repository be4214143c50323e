//! One number: its throttles, and what is done to it.

use shared::sending::lock::Failures;
use shared::sending::throttle::{Throttle, ThrottleCheck, ThrottleKind};
use shared::time::{DAY, Timestamp};

use super::{Chance, CodeLengths, GUESSES};

/// Where the owner signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    /// The one that has the device cookie.
    Recognized,
    /// One that was never used before.
    New,
}

/// A number that has an account, and one browser that its owner signed in with.
#[derive(Clone, Debug)]
pub struct Number {
    code_lengths: CodeLengths,
    unrecognized: Throttle,
    /// The throttle of the device cookie that the recognized browser has now.
    device: Throttle,
    /// Failed attempts since the owner's last login.
    failures: Failures,
    /// Whether a thief who copied that cookie at the beginning still has the one that counts.
    stolen: bool,
    /// When an attacker had a text sent.
    pub attacks: Vec<Timestamp>,
    /// How likely it is that the attacker got in.
    pub chance: Chance,
}

impl Number {
    /// One for which no code was requested yet, with codes as long as `code_lengths` says.
    #[must_use]
    pub fn new(code_lengths: CodeLengths) -> Self {
        let (unrecognized, device) = (Throttle::default(), Throttle::default());
        let failures = Failures::default();
        Self {
            code_lengths,
            unrecognized,
            device,
            failures,
            stolen: true,
            attacks: Vec::new(),
            chance: Chance::default(),
        }
    }

    /// The first moment from `from` on at which this throttle sends; none when it is locked.
    #[must_use]
    pub fn opens(&self, kind: ThrottleKind, from: Timestamp) -> Option<Timestamp> {
        let throttle = self.throttle(kind);
        let sends = |after: i64| matches!(throttle.check(kind, from.plus(after)), ThrottleCheck::Allowed(_));
        if self.is_locked(kind) {
            return None;
        }
        // Between two sends a throttle opens once, and a day after the last at the latest.
        let (mut before, mut after) = (-1, DAY.max(throttle.last_send + DAY - from.secs()));
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if sends(middle) { after = middle } else { before = middle }
        }
        Some(from.plus(after))
    }

    /// Somebody requests a code who does not have the phone, and makes three guesses when a text goes out. Tells whether
    /// one did.
    pub fn attack(&mut self, kind: ThrottleKind, at: Timestamp) -> bool {
        let code_length = (self.code_lengths)(self.throttle(kind), kind, at);
        let rings = self.ring(kind, at);
        if rings {
            self.failures = self.failures.plus(GUESSES.into());
            self.chance.add(code_length);
        }
        rings
    }

    /// Somebody requests a code and makes no guess. Tells whether a text went out.
    pub fn ring(&mut self, kind: ThrottleKind, at: Timestamp) -> bool {
        let throttle = self.throttle(kind);
        if self.is_locked(kind) {
            return false;
        }
        let ThrottleCheck::Allowed(after) = throttle.check(kind, at) else { return false };
        self.attacks.push(at);
        *self.throttle_mut(kind) = after;
        true
    }

    /// The owner requests a code, and signs in when a text comes. Tells whether one did.
    pub fn sign_in(&mut self, browser: Browser, at: Timestamp) -> bool {
        let kind = self.throttle_of(browser);
        if self.is_locked(kind) {
            return false;
        }
        let ThrottleCheck::Allowed(after) = self.throttle(kind).check(kind, at) else { return false };
        *self.throttle_mut(kind) = after.logged_in(1);
        self.failures = Failures::default();
        if browser == Browser::Recognized {
            // The login makes the device cookie anew, with a throttle of its own, and the old one recognizes nobody.
            (self.device, self.stolen) = (Throttle::default(), false);
        }
        true
    }

    /// The throttle of a browser. A recognized browser that is revoked counts as an unrecognized one.
    #[must_use]
    pub fn throttle_of(&self, browser: Browser) -> ThrottleKind {
        match browser {
            Browser::Recognized if !self.device.is_revoked() => ThrottleKind::Recognized,
            _ => ThrottleKind::Unrecognized,
        }
    }

    /// Whether a thief's copy of the device cookie still opens its throttle.
    #[must_use]
    pub const fn is_stolen(&self) -> bool {
        self.stolen
    }

    /// Whether this throttle sends nothing more until the owner signs in: the number is locked for its kind of browser, or
    /// the recognized browser is revoked.
    #[must_use]
    pub fn is_locked(&self, kind: ThrottleKind) -> bool {
        self.failures.end_texts(kind) || (kind == ThrottleKind::Recognized && self.device.is_revoked())
    }

    const fn throttle(&self, kind: ThrottleKind) -> Throttle {
        match kind {
            ThrottleKind::Unrecognized | ThrottleKind::NoAccount => self.unrecognized,
            ThrottleKind::Recognized => self.device,
        }
    }

    const fn throttle_mut(&mut self, kind: ThrottleKind) -> &mut Throttle {
        match kind {
            ThrottleKind::Unrecognized | ThrottleKind::NoAccount => &mut self.unrecognized,
            ThrottleKind::Recognized => &mut self.device,
        }
    }
}
