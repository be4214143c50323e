//! A send job: one code request, on its way to a text.

use secrecy::SecretString;

use crate::error::Error;
use crate::keys::{BlockId, NumberIds, NumberKeys, SealedNumber};
use crate::login::code::CodeContext;
use crate::login::request::{Binding, CODE_LIFE, Purpose, RequestId, ThrottleName};
use crate::phone::Country;
use crate::text::Language;
use crate::time::Timestamp;
use crate::token::TokenHash;

/// Seconds after which a send job is dropped: a text that comes minutes late would only confuse (requirement F-05). The
/// template's stream trigger has the same maximum age.
pub const MAX_JOB_AGE: i64 = 120;
/// Seconds by which the clock of another function may be ahead (requirement R-11).
const MAX_CLOCK_DIFFERENCE: i64 = 300;

/// A code request, as the table's stream brings it to `deliver-code`.
pub struct SendJob {
    pub(crate) request: RequestId,
    pub(crate) purpose: Purpose,
    pub(crate) sealed_number: SealedNumber,
    pub(crate) country: Country,
    pub(crate) block: BlockId,
    pub(crate) device: Option<TokenHash>,
    pub(crate) language: Language,
    pub(crate) requested_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// Counts the code requests of the login request, so that only the newest one is sent.
    pub(crate) code_requests: u32,
    /// The throttle that earlier texts of the login request were counted in, and how many there were.
    pub(crate) throttle: ThrottleName,
    pub(crate) sends: u32,
}

impl SendJob {
    /// The ids of the number, whichever root secret they were made under.
    ///
    /// # Errors
    /// [`Error::Internal`] when the number was sealed under a root secret that this deployment no longer has.
    pub fn number_ids(&self, keys: &NumberKeys) -> Result<NumberIds, Error> {
        keys.number_ids(&self.sealed_number, self.request.as_str())
    }

    /// When the code was requested.
    #[must_use]
    pub const fn requested_at(&self) -> Timestamp {
        self.requested_at
    }

    /// The country of the number.
    #[must_use]
    pub const fn country(&self) -> Country {
        self.country
    }

    /// The language of the text: that of the browser that requested it.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// Whether it is too late for a text. A job from the future is none: its time would decide in which windows of the
    /// quotas it is counted.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp) -> bool {
        let age = now.secs().saturating_sub(self.requested_at.secs());
        !(-MAX_CLOCK_DIFFERENCE..=MAX_JOB_AGE).contains(&age) || now >= self.expires_at
    }

    /// When the code runs out.
    #[must_use]
    pub fn code_expires_at(&self) -> Timestamp {
        self.requested_at.plus(CODE_LIFE).min(self.expires_at)
    }

    /// Whether the login request had requested a code before.
    pub(crate) const fn is_repeated(&self) -> bool {
        self.code_requests > 1
    }

    /// The texts of the login request in `throttle`, with one more. Texts in another throttle are not counted with
    /// them: a login takes back backoff steps of one throttle, and never one that another browser caused.
    pub(crate) fn sends_with_one_more(&self, throttle: &ThrottleName) -> u32 {
        if self.throttle == *throttle { self.sends.saturating_add(1) } else { 1 }
    }

    /// What the code will be good for.
    #[must_use]
    pub fn context(&self) -> CodeContext {
        let (request, number) = (&self.request, &self.sealed_number);
        Binding { request, number, purpose: self.purpose, expires_at: self.code_expires_at() }.context()
    }

    /// The number in clear, for the text.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was sealed with another root secret, or for another request.
    pub fn number(&self, keys: &NumberKeys) -> Result<SecretString, Error> {
        keys.open(&self.sealed_number, self.request.as_str())
    }
}
