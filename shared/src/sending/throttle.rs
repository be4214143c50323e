//! When a number may be texted again.
//!
//! Each number has one throttle for all unrecognized browsers. Each recognized browser of its account has one of its
//! own, which unrecognized browsers cannot use up (requirements G-04, G-09). The state is a backoff step, counts and
//! times, and everything that happens to it is a pure function of it.

use serde::{Deserialize, Serialize};

use crate::login::code::CodeLength;
use crate::login::request::FIRST_RETRY_DELAY;
use crate::time::{DAY, HOUR, Timestamp};

/// Texts that one throttle allows in a UTC day, whether logins follow or not. Without a login the retry delays of
/// unrecognized browsers allow twelve. With a login after each text they allow any number, which somebody could use who
/// is paid for texts to their own number.
const TEXTS_PER_DAY: u32 = 24;
/// Texts without a login after which a recognized browser is no longer treated as one: a copy of its cookie is worth
/// little. The number is not locked by texts; `lock` says what locks it.
const TEXTS_OF_A_RECOGNIZED_BROWSER: u32 = 10;
/// Seconds for which an unverified text to an unrecognized browser makes the next codes of its number longer.
const LONGER_CODES: i64 = 30 * DAY;

/// Who requests a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrottleKind {
    /// A browser without a device cookie of the account.
    Unrecognized,
    /// A browser that signed in to the account before, recognized by its device cookie.
    Recognized,
    /// A browser that requests a code for a number which has no account.
    NoAccount,
}

impl ThrottleKind {
    /// How logs and metrics call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unrecognized => "unrecognized",
            Self::Recognized => "recognized",
            Self::NoAccount => "no-account",
        }
    }

    /// The longest retry delay, in seconds. For unrecognized browsers it is also the longest that they can make the
    /// owner wait.
    const fn longest_retry_delay(self) -> i64 {
        match self {
            Self::Unrecognized | Self::NoAccount => DAY,
            Self::Recognized => HOUR,
        }
    }
}

/// The state of one throttle. One that was never used is [`Throttle::default`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    /// How often the retry delay was doubled.
    pub backoff_step: u32,
    /// Texts since the last login, all unverified.
    pub unverified: u32,
    /// When the last text was requested, in epoch seconds.
    pub last_send: i64,
    /// Texts on the UTC day of the last one.
    pub sent_that_day: u32,
    /// The last text that was still unverified when the next one was requested, in epoch seconds. A login does not
    /// clear it: the owner's logins must not shorten the codes that somebody else is guessing.
    pub last_unverified: Option<i64>,
}

/// What a throttle says to one code request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrottleCheck {
    /// A text may go out; the throttle after it.
    Allowed(Throttle),
    /// The retry delay is not over. Nothing is sent, and no caller learns it.
    TooEarly,
    /// Enough texts for one day.
    DailyLimit,
}

impl Throttle {
    /// Whether the recognized browser whose throttle this is had so many unverified texts that it counts as an
    /// unrecognized one.
    #[must_use]
    pub const fn is_revoked(self) -> bool {
        self.unverified >= TEXTS_OF_A_RECOGNIZED_BROWSER
    }

    /// Whether a code requested at `requested_at` may be sent.
    #[must_use]
    pub fn check(self, kind: ThrottleKind, requested_at: Timestamp) -> ThrottleCheck {
        let quiet = requested_at.secs().saturating_sub(self.last_send);
        if quiet < self.retry_delay(kind) {
            return ThrottleCheck::TooEarly;
        }
        let sent_that_day = if self.last_send_was_on_the_day_of(requested_at) { self.sent_that_day } else { 0 };
        if sent_that_day >= TEXTS_PER_DAY {
            return ThrottleCheck::DailyLimit;
        }
        let backoff_step = self.backoff_step.saturating_sub(days(quiet)).saturating_add(1);
        ThrottleCheck::Allowed(Self {
            backoff_step,
            unverified: self.unverified.saturating_add(1),
            last_send: requested_at.secs(),
            sent_that_day: sent_that_day + 1,
            last_unverified: self.last_unverified(),
        })
    }

    /// The length of the code in the throttle's next text. A code has eight digits when the last text to the number is
    /// unverified, or when it had an unverified text in the last 30 days (requirement G-15). A guess is then a hundred
    /// times less likely to be right, and waiting without a login does not bring the short code back. A recognized
    /// browser keeps six digits, since it is revoked after ten texts.
    #[must_use]
    pub fn code_length(self, kind: ThrottleKind, requested_at: Timestamp) -> CodeLength {
        let lately = |send| requested_at.secs().saturating_sub(send) < LONGER_CODES;
        let suspicious = self.unverified > 0 || self.last_unverified.is_some_and(lately);
        if kind != ThrottleKind::Recognized && suspicious { CodeLength::Eight } else { CodeLength::Six }
    }

    /// The throttle after a login that took `sends` texts. The login takes back its own backoff steps and no others, so
    /// that the owner's logins never undo the steps of an attack. The count of unverified texts begins again. The table
    /// does the same in an expression, which needs no read; a test of the table compares the two.
    #[must_use]
    pub fn logged_in(self, sends: u32) -> Self {
        Self { backoff_step: self.backoff_step.saturating_sub(sends), unverified: 0, ..self }
    }

    /// The throttle after a text that SNS refused: nothing was sent, so its backoff step is taken back. The table does
    /// the same in an expression.
    #[must_use]
    pub fn send_failed(self) -> Self {
        let less = |count: u32| count.saturating_sub(1);
        Self {
            backoff_step: less(self.backoff_step),
            unverified: less(self.unverified),
            sent_that_day: less(self.sent_that_day),
            ..self
        }
    }

    /// When the newest unverified text was requested.
    fn last_unverified(self) -> Option<i64> {
        if self.unverified > 0 { Some(self.last_send) } else { self.last_unverified }
    }

    fn last_send_was_on_the_day_of(self, requested_at: Timestamp) -> bool {
        Timestamp::from_secs(self.last_send).start_of(DAY) == requested_at.start_of(DAY)
    }

    /// Seconds from the last text to the next: none at first, then 30, doubled each time up to the longest retry delay.
    fn retry_delay(self, kind: ThrottleKind) -> i64 {
        match self.backoff_step {
            0 => 0,
            backoff_step => kind.longest_retry_delay().min(FIRST_RETRY_DELAY << (backoff_step - 1).min(32)),
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
    use crate::login::request::CODE_LIFE;

    /// Requests a code as often as possible for `days`. Gives back the times of the texts, from second zero.
    fn greedy(kind: ThrottleKind, days: i64) -> (Vec<i64>, Throttle) {
        let (mut throttle, mut now, mut sends) = (Throttle::default(), 1_800_000_000, Vec::new());
        let start = now;
        loop {
            now = now.max(throttle.last_send + throttle.retry_delay(kind));
            if now >= start + days * DAY || (kind == ThrottleKind::Recognized && throttle.is_revoked()) {
                break;
            }
            match throttle.check(kind, Timestamp::from_secs(now)) {
                ThrottleCheck::Allowed(next) => {
                    sends.push(now - start);
                    throttle = next;
                }
                refusal => panic!("{refusal:?} after the retry delay"),
            }
        }
        (sends, throttle)
    }

    #[test]
    fn the_retry_delay_doubles_from_thirty_seconds() {
        let (sends, _) = greedy(ThrottleKind::Unrecognized, 1);
        assert_eq!(sends[..6], [0, 30, 90, 210, 450, 930]);
        assert_eq!(sends.len(), 12, "twelve sends on the first day");
    }

    /// On this depend the failures at which texts end (`lock`).
    #[test]
    fn within_the_life_of_a_code_five_texts_go_out() {
        for kind in [ThrottleKind::Unrecognized, ThrottleKind::NoAccount, ThrottleKind::Recognized] {
            let (sends, _) = greedy(kind, 40);
            let within = |first| sends.iter().filter(|send| (first..first + CODE_LIFE).contains(*send)).count();
            assert_eq!(sends.iter().map(|first| within(*first)).max(), Some(5), "{kind:?}");
        }
    }

    #[test]
    fn unverified_texts_stop_nothing_but_revoke_a_recognized_browser() {
        assert_eq!(greedy(ThrottleKind::Unrecognized, 400).0.len(), 12 + 399);
        assert_eq!(greedy(ThrottleKind::Recognized, 400).0.len(), 10);
    }

    #[test]
    fn an_owner_who_signs_in_every_hour_does_not_undo_the_backoff_of_a_guesser() {
        // The attacker requests a code whenever the throttle allows it. The owner, in a new browser each time, takes
        // back only the owner's own backoff step. The attacker has at most 12 texts at once and one a day in the long
        // run.
        let (mut throttle, start, mut guesses) = (Throttle::default(), 1_800_000_000, 0);
        for minute in 0..365 * 24 * 60 {
            let now = Timestamp::from_secs(start + minute * 60);
            if minute % 60 == 0
                && let ThrottleCheck::Allowed(next) = throttle.check(ThrottleKind::Unrecognized, now)
            {
                throttle = next.logged_in(1);
            } else if let ThrottleCheck::Allowed(next) = throttle.check(ThrottleKind::Unrecognized, now) {
                throttle = next;
                guesses += 3;
            }
        }
        assert!(guesses <= 3 * (12 + 365), "{guesses} guesses in a year");
    }

    #[test]
    fn whoever_logs_in_after_each_text_gets_no_more_than_a_days_worth() {
        let (mut throttle, mut sends) = (Throttle::default(), 0);
        for minute in 0..2 * 24 * 60 {
            if let ThrottleCheck::Allowed(next) =
                throttle.check(ThrottleKind::Unrecognized, Timestamp::from_secs(minute * 60))
            {
                throttle = next.logged_in(1);
                sends += 1;
            }
        }
        assert_eq!(sends, 2 * TEXTS_PER_DAY);
    }

    #[test]
    fn codes_are_longer_until_a_login_and_for_thirty_days_after_a_text_that_none_followed() {
        let code_length = |throttle: Throttle, kind, at| throttle.code_length(kind, Timestamp::from_secs(at));
        let ThrottleCheck::Allowed(throttle) =
            Throttle::default().check(ThrottleKind::Unrecognized, Timestamp::from_secs(1_000))
        else {
            panic!("no send")
        };
        assert_eq!(code_length(Throttle::default(), ThrottleKind::Unrecognized, 1_000), CodeLength::Six);
        assert_eq!(code_length(throttle, ThrottleKind::Unrecognized, 999 + LONGER_CODES), CodeLength::Eight);
        assert_eq!(code_length(throttle, ThrottleKind::Unrecognized, 1_000 + 100 * LONGER_CODES), CodeLength::Eight);
        assert_eq!(code_length(throttle, ThrottleKind::Recognized, 1_001), CodeLength::Six);
        assert_eq!(code_length(throttle.logged_in(1), ThrottleKind::Unrecognized, 1_001), CodeLength::Six);

        // Somebody else requested a code before the owner did: the owner's login leaves the codes long.
        let ThrottleCheck::Allowed(owner) = throttle.check(ThrottleKind::Unrecognized, Timestamp::from_secs(2_000))
        else {
            panic!("no send")
        };
        assert_eq!(code_length(owner.logged_in(1), ThrottleKind::Unrecognized, 3_000), CodeLength::Eight);
        assert_eq!(code_length(owner.logged_in(1), ThrottleKind::Unrecognized, 1_000 + LONGER_CODES), CodeLength::Six);
    }

    #[test]
    fn quiet_days_take_steps_back() {
        let throttle = Throttle { backoff_step: 5, unverified: 5, ..Throttle::default() };
        let ThrottleCheck::Allowed(next) = throttle.check(ThrottleKind::Unrecognized, Timestamp::from_secs(3 * DAY))
        else {
            panic!("no send")
        };
        assert_eq!((next.backoff_step, next.unverified), (3, 6));
    }

    #[test]
    fn a_login_takes_back_its_own_steps_and_a_failed_send_gives_its_step_back() {
        let throttle =
            Throttle { backoff_step: 5, unverified: 5, last_send: 7, sent_that_day: 5, last_unverified: None };
        assert_eq!(throttle.logged_in(2), Throttle { backoff_step: 3, unverified: 0, ..throttle });
        assert_eq!(throttle.send_failed(), Throttle { backoff_step: 4, unverified: 4, sent_that_day: 4, ..throttle });
        assert_eq!(Throttle::default().send_failed(), Throttle::default());
    }

    #[test]
    fn a_clock_that_runs_behind_gets_no_send() {
        let throttle = Throttle { backoff_step: 1, unverified: 1, last_send: 1_000, ..Throttle::default() };
        assert_eq!(throttle.check(ThrottleKind::Unrecognized, Timestamp::from_secs(900)), ThrottleCheck::TooEarly);
        assert_eq!(throttle.check(ThrottleKind::Unrecognized, Timestamp::from_secs(1_029)), ThrottleCheck::TooEarly);
        assert!(matches!(
            throttle.check(ThrottleKind::Unrecognized, Timestamp::from_secs(1_030)),
            ThrottleCheck::Allowed(_)
        ));
    }
}
