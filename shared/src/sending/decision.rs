//! Whether a text is sent: a [`Snapshot`] of everything that is known when a code is requested, and one [`Decision`].
//!
//! The throttle is checked first, then the quotas. What depends on an account comes last, after everything is counted.
//! Each refusal has a [`Reason`], which the operator sees and the caller never learns.

use super::lock::Failures;
use super::quota::{BlockUsage, CountryUsage, OperatorOverride, QuotaLimits, Usage};
use super::throttle::{Throttle, ThrottleCheck, ThrottleKind};
use crate::login::code::CodeLength;
use crate::login::user::RegistrationPolicy;
use crate::time::Timestamp;

/// What is known when a code is requested.
#[derive(Clone, Copy, Debug, Default)]
pub struct Snapshot {
    /// Whether the number has an account.
    pub has_account: bool,
    /// Failed attempts at the account since its last login.
    pub failures: Failures,
    /// Whether the account signed in within the last 30 days.
    pub signed_in_lately: bool,
    /// Whether its owner wants texts for recognized browsers only.
    pub recognized_only: bool,
    /// The throttle of all unrecognized browsers.
    pub throttle: Throttle,
    /// The throttle of the browser that requests the code, where it is one that the account recognizes.
    pub recognized_throttle: Option<Throttle>,
    /// Texts to all unrecognized browsers.
    pub unrecognized: Usage,
    /// Texts to all recognized browsers.
    pub recognized: Usage,
    /// Texts to the recognized browsers of the number.
    pub recognized_of_number: Usage,
    /// Texts to the number's country.
    pub country: CountryUsage,
    /// Texts to the number's block.
    pub block: BlockUsage,
}

/// What a deployment allows.
#[derive(Clone, Copy, Debug, Default)]
pub struct SendPolicy {
    /// The limits of the quotas.
    pub limits: QuotaLimits,
    /// Who may register.
    pub registration: RegistrationPolicy,
}

/// What becomes of one code request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A text goes out.
    Send(Effect),
    /// No text goes out, and everything is counted as if one did. The reason depends on an account. What is left of a
    /// quota must not tell who has one, because somebody with a phone in the same number block could see it
    /// (requirement E-05).
    Suppress(Reason, Effect),
    /// No text goes out, and nothing is counted.
    Deny(Reason),
}

/// What a text changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Whose throttle and whose quotas it is counted in.
    pub kind: ThrottleKind,
    /// That throttle after the text.
    pub throttle: Throttle,
    /// How long the code is.
    pub code_length: CodeLength,
    /// Whether at least half of the quota of all browsers of this kind is used. The operator should then look who
    /// requests texts (requirement G-14).
    pub is_half_used: bool,
}

/// Declares [`Reason`], its names and the list of all of them at once, so that none can be left out.
macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident = $name:literal,)*) => {
        /// Why no text is sent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Reason {
            $($(#[$doc])* $reason,)*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$reason),*];

            /// How logs and metrics call it. A name that ends in `-quota` raises the alarm `QuotaUsedUp`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$reason => $name,)*
                }
            }
        }
    };
}

reasons! {
    /// The retry delay of the throttle is not over.
    Backoff = "backoff",
    /// The throttle had its texts of this day.
    DailyLimit = "daily-limit",
    /// The number is locked.
    Locked = "locked",
    /// The owner of the number wants texts for recognized browsers only, and this is none.
    RecognizedOnly = "recognized-only",
    /// The number has no account, and nobody may register.
    RegistrationClosed = "registration-closed",
    /// The operator blocked the country.
    CountryBlocked = "country-blocked",
    /// The quota of the number block is used up.
    BlockQuota = "block-quota",
    /// The country's quota of texts is used up.
    CountryQuota = "country-quota",
    /// The country's quota of unverified texts is used up.
    CountryUnverifiedQuota = "country-unverified-quota",
    /// The quota of all unrecognized browsers is used up.
    UnrecognizedQuota = "unrecognized-quota",
    /// The quota of all unverified texts is used up.
    UnverifiedQuota = "unverified-quota",
    /// The quota of all recognized browsers is used up.
    RecognizedQuota = "recognized-quota",
}

impl Snapshot {
    /// Decides about a code that was requested at `requested_at`.
    #[must_use]
    pub fn decide(&self, policy: &SendPolicy, requested_at: Timestamp) -> Decision {
        let Some(throttle) = self.recognized_throttle.filter(|throttle| self.is_trusted(*throttle)) else {
            return self.decide_unrecognized(policy, requested_at);
        };
        match self.decide_recognized(throttle, policy, requested_at) {
            // Whoever used up that quota does not lock this browser out: it may have what unrecognized browsers have.
            used_up @ Decision::Deny(Reason::RecognizedQuota) => match self.decide_unrecognized(policy, requested_at) {
                Decision::Deny(_) => used_up,
                decision => decision,
            },
            decision => decision,
        }
    }

    /// Whether a recognized browser is treated as one: its throttle did not revoke that. A used-up quota of the number's
    /// recognized browsers does, for the rest of the day.
    fn is_trusted(&self, throttle: Throttle) -> bool {
        !throttle.is_revoked() && QuotaLimits::RECOGNIZED_OF_A_NUMBER.has_room(self.recognized_of_number)
    }

    /// The quotas of unrecognized browsers do not apply to a recognized one: its texts have a quota of their own
    /// (requirement S-05).
    fn decide_recognized(&self, throttle: Throttle, policy: &SendPolicy, requested_at: Timestamp) -> Decision {
        let kind = ThrottleKind::Recognized;
        let quota = policy.limits.recognized();
        let after = match check(throttle, kind, requested_at) {
            Ok(after) => after,
            Err(reason) => return Decision::Deny(reason),
        };
        if !quota.has_room(self.recognized) {
            return Decision::Deny(Reason::RecognizedQuota);
        }
        Decision::with(
            self.failures.end_texts(kind).then_some(Reason::Locked),
            Effect {
                kind,
                throttle: after,
                code_length: throttle.code_length(kind, requested_at),
                is_half_used: quota.is_half_used(self.recognized),
            },
        )
    }

    fn decide_unrecognized(&self, policy: &SendPolicy, requested_at: Timestamp) -> Decision {
        let kind = if self.has_account { ThrottleKind::Unrecognized } else { ThrottleKind::NoAccount };
        let after = match check(self.throttle, kind, requested_at) {
            Ok(after) => after,
            Err(reason) => return Decision::Deny(reason),
        };
        if let Some(reason) = self.quota_used_up(&policy.limits, requested_at) {
            return Decision::Deny(reason);
        }
        Decision::with(
            self.suppressed(kind, policy),
            Effect {
                kind,
                throttle: after,
                code_length: self.throttle.code_length(kind, requested_at),
                is_half_used: policy.limits.unrecognized().is_half_used(self.unrecognized),
            },
        )
    }

    /// Why no text goes out to an unrecognized browser although all is counted: something that depends on the account.
    ///
    /// So does a full block. It does not hold a number whose account signed in lately, which five code requests for its
    /// neighbours would otherwise shut out for an hour. That text is counted in the wider quotas, so the texts that a full
    /// block keeps back are counted there too.
    fn suppressed(&self, kind: ThrottleKind, policy: &SendPolicy) -> Option<Reason> {
        if !self.has_account && policy.registration == RegistrationPolicy::Closed {
            Some(Reason::RegistrationClosed)
        } else if self.failures.end_texts(kind) {
            Some(Reason::Locked)
        } else if self.recognized_only && self.recognized_throttle.is_none() {
            // A browser of the owner whose trust was revoked is none that the owner wants to keep out.
            Some(Reason::RecognizedOnly)
        } else if self.block.is_full(&policy.limits) && !self.signed_in_lately {
            Some(Reason::BlockQuota)
        } else {
            None
        }
    }

    /// The first quota of unrecognized browsers that has no room, from the narrowest to the widest.
    fn quota_used_up(&self, limits: &QuotaLimits, at: Timestamp) -> Option<Reason> {
        let (country, all) = (limits.country(&self.country, at), limits.unrecognized().released(at));
        if self.country.operator_override == Some(OperatorOverride::Block) {
            Some(Reason::CountryBlocked)
        } else if country.unverified_is_used_up(self.country.usage) {
            Some(Reason::CountryUnverifiedQuota)
        } else if !country.has_room(self.country.usage) {
            Some(Reason::CountryQuota)
        } else if all.unverified_is_used_up(self.unrecognized) {
            Some(Reason::UnverifiedQuota)
        } else if !all.has_room(self.unrecognized) {
            Some(Reason::UnrecognizedQuota)
        } else {
            None
        }
    }
}

impl Decision {
    fn with(suppressed: Option<Reason>, effect: Effect) -> Self {
        match suppressed {
            None => Self::Send(effect),
            Some(reason) => Self::Suppress(reason, effect),
        }
    }
}

/// The throttle after the text.
fn check(throttle: Throttle, kind: ThrottleKind, requested_at: Timestamp) -> Result<Throttle, Reason> {
    match throttle.check(kind, requested_at) {
        ThrottleCheck::Allowed(after) => Ok(after),
        ThrottleCheck::TooEarly => Err(Reason::Backoff),
        ThrottleCheck::DailyLimit => Err(Reason::DailyLimit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At the end of a day, when all of its texts are released.
    const NOW: Timestamp = Timestamp::from_secs(1_800_057_599);
    const FULL: Usage = Usage { today: 1_000_000, this_hour: 1_000_000, unverified_today: 0 };

    fn fresh() -> Snapshot {
        Snapshot { has_account: true, ..Snapshot::default() }
    }

    fn decide(snapshot: &Snapshot) -> Decision {
        snapshot.decide(&SendPolicy::default(), NOW)
    }

    /// The effect of a text that goes out.
    fn sent(snapshot: &Snapshot) -> Effect {
        match decide(snapshot) {
            Decision::Send(effect) => effect,
            other => panic!("{other:?}"),
        }
    }

    /// What is kept of the account of `fresh` with so many failures.
    fn failed(failures: i64) -> Snapshot {
        Snapshot { failures: Failures::default().plus(failures), ..fresh() }
    }

    /// The throttle of a browser that had forty texts without a login.
    fn unverified() -> Throttle {
        Throttle { unverified: 40, ..Throttle::default() }
    }

    fn reason(snapshot: &Snapshot) -> Option<Reason> {
        match decide(snapshot) {
            Decision::Suppress(reason, _) => Some(reason),
            Decision::Send(_) => None,
            Decision::Deny(reason) => panic!("{reason:?} is not counted"),
        }
    }

    #[test]
    fn a_first_text_is_sent() {
        let effect = sent(&fresh());
        assert_eq!((effect.kind, effect.code_length), (ThrottleKind::Unrecognized, CodeLength::Six));
        assert_eq!((effect.throttle.backoff_step, effect.is_half_used), (1, false));
    }

    #[test]
    fn everything_that_forbids_a_text_has_its_reason() {
        let day = Throttle { sent_that_day: 1_000, last_send: NOW.secs() - 1, ..Throttle::default() };
        let country = |country| Snapshot { country, ..fresh() };
        let unverified = |unverified_today| Usage { unverified_today, ..Usage::default() };
        for (snapshot, reason) in [
            (Snapshot { throttle: sent(&fresh()).throttle, ..fresh() }, Reason::Backoff),
            (Snapshot { throttle: day, ..fresh() }, Reason::DailyLimit),
            (Snapshot { unrecognized: FULL, ..fresh() }, Reason::UnrecognizedQuota),
            (Snapshot { unrecognized: unverified(300), ..fresh() }, Reason::UnverifiedQuota),
            (country(CountryUsage { usage: FULL, ..Default::default() }), Reason::CountryQuota),
            (country(CountryUsage { usage: unverified(100), ..Default::default() }), Reason::CountryUnverifiedQuota),
            (
                country(CountryUsage { operator_override: Some(OperatorOverride::Block), ..Default::default() }),
                Reason::CountryBlocked,
            ),
        ] {
            assert_eq!(decide(&snapshot), Decision::Deny(reason));
        }
    }

    /// What depends on an account is counted as a text (requirement E-05).
    #[test]
    fn what_depends_on_an_account_is_counted_and_has_its_reason() {
        let full = BlockUsage { numbers: 5, has_this_number: false };
        for (snapshot, expected) in [
            (failed(70), Some(Reason::Locked)),
            (failed(69), None),
            (Snapshot { recognized_only: true, ..fresh() }, Some(Reason::RecognizedOnly)),
            (Snapshot { block: full, ..fresh() }, Some(Reason::BlockQuota)),
            (Snapshot { block: BlockUsage { has_this_number: true, ..full }, ..fresh() }, None),
            (Snapshot { block: full, signed_in_lately: true, ..fresh() }, None),
        ] {
            assert_eq!(reason(&snapshot), expected);
        }
    }

    /// Requirement G-06: texts alone lock nothing, and a recognized browser has fifteen failures more.
    #[test]
    fn failures_end_the_texts_of_a_recognized_browser_later() {
        let recognized = |failures| {
            reason(&Snapshot {
                recognized_throttle: Some(Throttle::default()),
                throttle: unverified(),
                ..failed(failures)
            })
        };
        assert_eq!([0, 84, 85].map(recognized), [None, None, Some(Reason::Locked)]);
        assert_eq!(reason(&Snapshot { throttle: unverified(), ..fresh() }), None);
    }

    /// The owner's choice keeps out browsers that never signed in, and no others.
    #[test]
    fn recognized_only_keeps_no_browser_of_the_owner_out() {
        let kind =
            |throttle| sent(&Snapshot { recognized_only: true, recognized_throttle: Some(throttle), ..fresh() }).kind;
        assert_eq!(
            [Throttle::default(), unverified()].map(kind),
            [ThrottleKind::Recognized, ThrottleKind::Unrecognized]
        );
    }

    #[test]
    fn a_recognized_browser_is_held_up_by_nothing_that_unrecognized_browsers_do() {
        let snapshot = Snapshot {
            recognized_throttle: Some(Throttle::default()),
            throttle: unverified(),
            failures: Failures::default().plus(84),
            recognized_only: true,
            unrecognized: FULL,
            country: CountryUsage {
                usage: Usage { unverified_today: 1_000, ..FULL },
                operator_override: Some(OperatorOverride::Block),
                ..Default::default()
            },
            block: BlockUsage { numbers: 50, has_this_number: false },
            ..fresh()
        };
        assert_eq!(sent(&snapshot).kind, ThrottleKind::Recognized);
        let used_up = Snapshot { recognized: FULL, ..snapshot };
        assert_eq!(decide(&used_up), Decision::Deny(Reason::RecognizedQuota));
        let as_unrecognized =
            Snapshot { recognized_throttle: used_up.recognized_throttle, recognized: FULL, ..fresh() };
        assert_eq!(sent(&as_unrecognized).kind, ThrottleKind::Unrecognized);
        let revoked = Snapshot { recognized_throttle: Some(unverified()), ..snapshot };
        assert_eq!(decide(&revoked), Decision::Deny(Reason::CountryBlocked));
    }

    #[test]
    fn recognized_browsers_of_a_number_that_had_enough_count_as_unrecognized() {
        let kind = |texts| {
            let recognized_of_number = Usage { today: texts, ..Usage::default() };
            sent(&Snapshot { recognized_throttle: Some(Throttle::default()), recognized_of_number, ..fresh() }).kind
        };
        let (recognized, unrecognized) = (ThrottleKind::Recognized, ThrottleKind::Unrecognized);
        assert_eq!([23, 24, 25].map(kind), [recognized, unrecognized, unrecognized]);
    }

    /// Requirement G-11: nobody could unlock it.
    #[test]
    fn a_number_without_account_is_never_locked() {
        let effect = sent(&Snapshot { throttle: unverified(), has_account: false, ..failed(1_000) });
        assert_eq!((effect.kind, effect.code_length), (ThrottleKind::NoAccount, CodeLength::Eight));
    }

    #[test]
    fn an_operator_allows_unverified_texts_but_no_more_texts() {
        let usage = Usage { unverified_today: 250, ..Usage::default() };
        let allowed = CountryUsage { usage, operator_override: Some(OperatorOverride::Allow), ..Default::default() };
        assert!(matches!(decide(&Snapshot { country: allowed, ..fresh() }), Decision::Send(_)));
        let full = CountryUsage { usage: FULL, ..allowed };
        assert_eq!(decide(&Snapshot { country: full, ..fresh() }), Decision::Deny(Reason::CountryQuota));
    }

    #[test]
    fn numbers_without_account_get_nothing_where_nobody_may_register() {
        let without_account = Snapshot::default();
        let decide = |registration, snapshot: &Snapshot| {
            snapshot.decide(&SendPolicy { registration, ..SendPolicy::default() }, NOW)
        };
        assert!(matches!(
            decide(RegistrationPolicy::Closed, &without_account),
            Decision::Suppress(Reason::RegistrationClosed, _)
        ));
        assert!(matches!(decide(RegistrationPolicy::ClosedAfterCode, &without_account), Decision::Send(_)));
        assert!(matches!(decide(RegistrationPolicy::Closed, &fresh()), Decision::Send(_)));
    }

    #[test]
    fn half_of_a_quota_is_noticed() {
        let used = |unverified_today| {
            sent(&Snapshot { unrecognized: Usage { unverified_today, ..Usage::default() }, ..fresh() }).is_half_used
        };
        assert_eq!([148, 149].map(used), [false, true]);
    }

    #[test]
    fn reasons_have_names_of_their_own() {
        let mut names: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
