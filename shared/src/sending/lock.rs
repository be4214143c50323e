//! When an account is locked: after too many wrong codes since its last login.
//!
//! NIST SP 800-63B-4 section 3.2.2 allows at most 100 failed attempts in a row on one account, without a time window.
//! Failed are wrong codes that were compared with a code that was sent and had not run out, over all browsers together
//! (requirement G-06). Texts alone lock nothing.
//!
//! Texts end before the hundredth failure, because guesses at the codes that are under way can still come. In the ten
//! minutes of a code's life a throttle sends five texts (0, 30, 90, 210 and 450 seconds after the first), which are 15
//! tries. With 69 failures a text still goes to an unrecognized browser, so unrecognized browsers end at 69 + 15 = 84.
//! That does not reach the 85 at which a recognized browser's texts end: only its own failures do, and with its last 15
//! tries they are 84 + 15 = 99.

use super::throttle::ThrottleKind;

/// Failures from which on unrecognized browsers get no texts, and no code that they got is right.
const UNRECOGNIZED: i64 = 70;
/// Failures from which on recognized browsers get no texts.
const RECOGNIZED: i64 = 85;
/// Failures from which on no code is right, whoever got it. A code that a recognized browser has stays good until then:
/// else one mistyped digit of an owner, after 84 failures of somebody else, would be the last.
const MOST: i64 = 100;

/// The failed attempts at one account since its last login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failures(i64);

impl Failures {
    /// Those of an account for whose number `wrong_codes` have been counted, of which `seen` before its last login.
    #[must_use]
    pub fn since_login(wrong_codes: i64, seen: i64) -> Self {
        Self(wrong_codes.saturating_sub(seen).max(0))
    }

    /// With so many more.
    #[must_use]
    pub const fn plus(self, more: i64) -> Self {
        Self(self.0.saturating_add(more))
    }

    /// Whether this kind of browser gets no more texts. A number without account is never locked: there is nothing to
    /// lock, and others could keep its owner from ever registering (requirement G-11).
    #[must_use]
    pub const fn end_texts(self, kind: ThrottleKind) -> bool {
        match kind {
            ThrottleKind::Unrecognized => self.0 >= UNRECOGNIZED,
            ThrottleKind::Recognized => self.0 >= RECOGNIZED,
            ThrottleKind::NoAccount => false,
        }
    }

    /// Whether no code that was sent to this kind of browser is right any more.
    #[must_use]
    pub const fn end_codes(self, kind: ThrottleKind) -> bool {
        match kind {
            ThrottleKind::Unrecognized => self.0 >= UNRECOGNIZED,
            ThrottleKind::Recognized => self.0 >= MOST,
            ThrottleKind::NoAccount => false,
        }
    }

    /// The kind of browsers whose texts the last `more` of these failures ended.
    #[must_use]
    pub fn just_ended(self, more: i64) -> Option<ThrottleKind> {
        let before = Self(self.0 - more);
        let kinds = [ThrottleKind::Unrecognized, ThrottleKind::Recognized];
        kinds.into_iter().find(|kind| self.end_texts(*kind) && !before.end_texts(*kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(count: i64) -> Failures {
        Failures::default().plus(count)
    }

    #[test]
    fn only_what_came_after_the_last_login_counts() {
        assert_eq!(Failures::since_login(75, 70), failures(5));
        assert_eq!(Failures::since_login(5, 70), failures(0));
    }

    /// Requirement G-06.
    #[test]
    fn texts_end_at_seventy_and_at_eighty_five_and_codes_at_a_hundred() {
        let (unrecognized, recognized) = (ThrottleKind::Unrecognized, ThrottleKind::Recognized);
        let at = |end: fn(Failures, ThrottleKind) -> bool, kind| (0..200).find(|count| end(failures(*count), kind));
        assert_eq!([unrecognized, recognized].map(|kind| at(Failures::end_texts, kind)), [Some(70), Some(85)]);
        assert_eq!([unrecognized, recognized].map(|kind| at(Failures::end_codes, kind)), [Some(70), Some(100)]);
        assert_eq!([Failures::end_texts, Failures::end_codes].map(|end| at(end, ThrottleKind::NoAccount)), [None; 2]);
    }

    #[test]
    fn the_failure_that_ends_the_texts_is_noticed_once() {
        let ended: Vec<_> = (1..120).filter_map(|count| Some((count, failures(count).just_ended(1)?))).collect();
        assert_eq!(ended, [(70, ThrottleKind::Unrecognized), (85, ThrottleKind::Recognized)]);
        assert_eq!(failures(70).just_ended(0), None);
    }
}
