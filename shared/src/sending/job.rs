//! An ask for a code, on its way to a text.

use secrecy::SecretString;

use crate::error::Error;
use crate::keys::{Keys, NumberId, NumberIds, RangeId, SealedNumber};
use crate::login::code::CodeContext;
use crate::login::request::{Binding, CODE_LIFE, Purpose, RequestId};
use crate::phone::Country;
use crate::sending::throttle::LaneName;
use crate::time::Timestamp;
use crate::token::TokenHash;

/// An ask for a code, as the table's stream tells `deliver-code` of it.
pub struct Order {
    pub(crate) id: RequestId,
    pub(crate) purpose: Purpose,
    pub(crate) number_id: NumberId,
    pub(crate) sealed_number: SealedNumber,
    pub(crate) country: Country,
    pub(crate) range: RangeId,
    pub(crate) device: Option<TokenHash>,
    pub(crate) asked_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// Counts the asks of the request, so that only the newest one is sent.
    pub(crate) asks: u32,
    /// The lane that earlier sends of the request were counted in, and how many there were.
    pub(crate) lane: LaneName,
    pub(crate) sends: u32,
}

/// Seconds after which an ask is no longer answered: a text that comes minutes late only confuses (requirement F-05).
const LONGEST_DELAY: i64 = 120;

impl Order {
    /// The ids of the number, whichever root secret they were made under.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was sealed under a root secret that is not known any more.
    pub fn number_ids(&self, keys: &Keys) -> Result<NumberIds, Error> {
        keys.number_ids(&self.number_id, &self.sealed_number, self.id.as_str())
    }

    /// When the code was asked for.
    #[must_use]
    pub const fn asked_at(&self) -> Timestamp {
        self.asked_at
    }

    /// The country of the number.
    #[must_use]
    pub const fn country(&self) -> Country {
        self.country
    }

    /// Whether it is too late for a text.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp) -> bool {
        now.since(self.asked_at) > LONGEST_DELAY || now >= self.expires_at
    }

    /// When the code is dead.
    #[must_use]
    pub fn code_expires_at(&self) -> Timestamp {
        self.asked_at.plus(CODE_LIFE).min(self.expires_at)
    }

    /// The sends of the request in `lane`, with one more. Sends in another lane are not counted with them: a login takes
    /// back steps of one lane, and never one that a stranger made.
    pub(crate) fn sends_with_one_more(&self, lane: &LaneName) -> u32 {
        if self.lane == *lane { self.sends.saturating_add(1) } else { 1 }
    }

    /// What the code will be good for.
    #[must_use]
    pub fn context(&self) -> CodeContext {
        Binding { request: &self.id, number: &self.number_id, purpose: self.purpose }.context()
    }

    /// The number in clear, for the send.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was sealed with another root secret, or for another request.
    pub fn number(&self, keys: &Keys) -> Result<SecretString, Error> {
        keys.open(&self.sealed_number, self.id.as_str())
    }
}
