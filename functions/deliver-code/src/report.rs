//! What became of a code request, as the operator sees it. All metrics of this function are counted here.

use shared::error::RedactedError;
use shared::login::code::CodeHash;
use shared::phone::Country;
use shared::sending::decision::{Effect, Reason};
use shared::sending::quota::QuotaScope;
use shared::sending::throttle::ThrottleKind;
use shared::store::jobs::Reservation;
use shared::telemetry::Metrics;

/// How the metric of locked numbers calls a recognized browser that lost its trust.
const REVOKED: &str = "revoked";

/// A text that is reserved and not sent yet.
pub(crate) struct ReservedText {
    pub(crate) reservation: Reservation,
    pub(crate) effect: Effect,
    pub(crate) hash: CodeHash,
}

/// What became of one code request.
pub(crate) enum Outcome {
    /// SNS took the text.
    Sent(Effect),
    /// SNS failed or did not answer. There may be a text, so its code stays valid and counted.
    Unknown(Effect, RedactedError),
    /// SNS refused the text, or was never reached. There is none, and its reservation is given back.
    Refused(RedactedError),
    /// No text, but counted as one.
    Suppressed(Reason, Effect),
    /// No text, and nothing counted.
    Denied(Reason),
    /// Another delivery of the same record has it, or a newer code request.
    AlreadyTaken,
}

impl Outcome {
    /// Counts and logs it. The country is named; a number block is nearly a number, and is not.
    pub(crate) fn report(self, metrics: &Metrics, country: Country) {
        match self {
            Self::Sent(effect) => {
                metrics.texts_sent.add_one_for(effect.kind.as_str(), country);
                report_effect(&effect, metrics, country);
            }
            Self::Unknown(effect, error) => {
                tracing::warn!(%error, "text may or may not be sent: SNS failed or did not answer, its code stays valid");
                metrics.texts_failed.add_one();
                report_effect(&effect, metrics, country);
            }
            Self::Refused(error) => {
                tracing::warn!(%error, "text not sent: SNS refused it, a new code can be requested");
                metrics.texts_failed.add_one();
            }
            Self::Suppressed(reason, effect) => {
                metrics.texts_suppressed.add_one_for(reason.as_str(), country);
                report_quota(&effect, metrics, country);
            }
            Self::Denied(reason) => metrics.texts_suppressed.add_one_for(reason.as_str(), country),
            Self::AlreadyTaken => {}
        }
    }
}

/// What a text that was sent, or may have been, changed.
fn report_effect(effect: &Effect, metrics: &Metrics, country: Country) {
    report_quota(effect, metrics, country);
    if effect.kind == ThrottleKind::Recognized && effect.throttle.is_revoked() {
        metrics.numbers_locked.add_one_for(REVOKED, country);
    }
}

/// What is counted, whether a text goes out or not, can use up a quota.
fn report_quota(effect: &Effect, metrics: &Metrics, country: Country) {
    if effect.is_half_used {
        metrics.quota_half_used.add_one_for(effect.kind.as_str(), country);
    }
}

/// The reason for no text when the shards of a counter have no room, although together they do.
pub(crate) const fn reason_of(scope: &QuotaScope) -> Reason {
    match scope {
        QuotaScope::Unrecognized => Reason::UnrecognizedQuota,
        QuotaScope::Recognized | QuotaScope::RecognizedOfNumber(_) => Reason::RecognizedQuota,
        QuotaScope::Country(_) => Reason::CountryQuota,
        QuotaScope::Block(_) => Reason::BlockQuota,
    }
}
