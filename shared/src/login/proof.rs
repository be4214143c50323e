//! Proofs: an attempt that is counted, a code that was right.
//!
//! Each step of a login needs a value that only the step before can make, so that no caller can leave one out: `store`
//! takes an attempt ([`TakenAttempt`]), its number is resolved ([`Challenge`]), the code is compared ([`Verified`]),
//! and either a session begins or `store` keeps a [`Ticket`](super::ticket::Ticket). Their fields are private to this crate.
//!
//! No other crate can make one. These fail to compile; the last one, with the same types, compiles:
//!
//! ```compile_fail
//! use shared::login::proof::{Challenge, TakenAttempt};
//! fn skip_the_number(attempt: TakenAttempt, code: &shared::login::code::Code, keys: &shared::keys::CodeKeys) {
//!     attempt.check(code, keys);
//! }
//! ```
//!
//! ```compile_fail
//! use shared::login::proof::{Proof, Verified};
//! fn forge(proof: Proof) -> Verified {
//!     return Verified { proof, attempts_left: 0 };
//! }
//! ```
//!
//! ```compile_fail
//! use shared::login::proof::Proof;
//! use shared::login::ticket::{Ticket, TicketStamp};
//! fn forge(proof: Proof, stamp: TicketStamp) -> Ticket {
//!     return Ticket { proof, stamp, is_used: false };
//! }
//! ```
//!
//! ```
//! use shared::login::proof::{Challenge, Proof, TakenAttempt, Verified};
//! use shared::login::ticket::Ticket;
//! use shared::keys::{CodeKeys, NumberKeys};
//! fn in_order(attempt: TakenAttempt, code: &shared::login::code::Code, numbers: &NumberKeys, codes: &CodeKeys) {
//!     let verified: Result<Verified, _> = attempt.resolve(numbers).and_then(|challenge| challenge.check(code, codes));
//! }
//! fn read(ticket: &Ticket) -> &Proof {
//!     ticket.proof()
//! }
//! ```

use serde::{Deserialize, Serialize};

use super::code::{Code, CodeHash};
use super::request::{Binding, MAX_ATTEMPTS, Purpose, RequestId, ThrottleName};
use crate::error::Error;
use crate::keys::{CodeKeys, NetworkId, NumberIds, NumberKeys, SealedNumber};
use crate::phone::{Country, MaskedNumber};
use crate::time::Timestamp;

/// An attempt that is counted already. Only `store` makes one, in the write that counts it, so that no code is ever
/// compared that was not counted first (requirement G-02).
pub struct TakenAttempt {
    pub(crate) purpose: Purpose,
    /// One until a second code is requested, then two, whether a second text was sent or not.
    pub(crate) codes: Vec<StoredCode>,
    /// How many attempts were taken, with this one.
    pub(crate) attempts: u8,
    pub(crate) sealed_number: SealedNumber,
    pub(crate) target: Target,
}

/// What an attempt is compared with.
pub(crate) struct StoredCode {
    pub(crate) hash: CodeHash,
    /// When it runs out. One that was never sent has no end.
    pub(crate) expires_at: Option<Timestamp>,
    /// Whether it was sent and has not run out.
    pub(crate) is_alive: bool,
}

impl TakenAttempt {
    /// Finds the ids of the number, whichever root secret they were made under.
    ///
    /// # Errors
    /// [`Error::Internal`] when the number was sealed under a root secret that this deployment no longer has.
    pub fn resolve(mut self, keys: &NumberKeys) -> Result<Challenge, Error> {
        self.target.number = keys.number_ids(&self.sealed_number, self.target.request.as_str())?;
        Ok(Challenge(self))
    }
}

/// An attempt whose number is resolved, so that its code can be compared.
pub struct Challenge(TakenAttempt);

impl Challenge {
    /// The number whose owner has to be found.
    #[must_use]
    pub fn number(&self) -> &NumberIds {
        &self.0.target.number
    }

    /// The number's country.
    #[must_use]
    pub const fn country(&self) -> Country {
        self.0.target.country
    }

    /// Compares the code with all hashes that were read when the attempt was taken, so that the time does not tell with
    /// which. A code that ran out is compared like any other, and is wrong. A guess counts as a failed attempt if one of the
    /// hashes was of a code that was sent and had not run out; else it was a guess at nothing.
    ///
    /// # Errors
    /// [`Error::WrongCode`], and [`Error::Internal`] when the comparison fails. The attempt stays taken.
    pub fn check(self, code: &Code, keys: &CodeKeys) -> Result<Verified, Error> {
        let TakenAttempt { purpose, codes, attempts, sealed_number, target, .. } = self.0;
        let attempts_left = MAX_ATTEMPTS.saturating_sub(attempts);
        let (mut right, mut is_failure) = (None, false);
        for stored in codes {
            let expires_at = stored.expires_at.unwrap_or(target.expires_at);
            let context = Binding { request: &target.request, number: &sealed_number, purpose, expires_at }.context();
            is_failure |= stored.is_alive;
            if stored.hash.matches(code, &context, keys)? && stored.is_alive {
                right = right.or(Some(stored.hash));
            }
        }
        match right {
            Some(hash) => Ok(Verified { proof: Proof { target, proved_by: ProvedBy::Code(hash) }, attempts_left }),
            None => Err(Error::WrongCode { attempts_left, is_failure }),
        }
    }
}

/// The number of a login request, and what else changes when the request ends.
pub(crate) struct Target {
    pub(crate) request: RequestId,
    pub(crate) number: NumberIds,
    pub(crate) phone: MaskedNumber,
    /// The throttle that the request's texts were counted in, and how many there were.
    pub(crate) throttle: ThrottleName,
    pub(crate) sends: u32,
    /// Where its newest text is counted, if it went to an unrecognized browser.
    pub(crate) usage_ref: Option<UsageRef>,
    pub(crate) country: Country,
    /// The end of the request.
    pub(crate) expires_at: Timestamp,
    /// Where its start was counted.
    pub(crate) counted: Option<CountedStart>,
}

/// For which networks `store` counted a start, and when, so that a login can take it out again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CountedStart {
    pub(crate) networks: Vec<NetworkId>,
    pub(crate) at: Timestamp,
}

/// Where `store` counted a text, so that a login can take it out again. Only `store` reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UsageRef {
    pub(crate) day: Timestamp,
    pub(crate) shard: usize,
    pub(crate) country_shard: usize,
}

/// A login request whose code was right: what is needed to end it, by a login or by a registration.
pub struct Proof {
    pub(crate) target: Target,
    pub(crate) proved_by: ProvedBy,
}

/// How the request must still be recognized when it is ended.
pub(crate) enum ProvedBy {
    /// By the hash that the code was compared with.
    Code(CodeHash),
    /// As a ticket.
    Ticket,
}

impl Proof {
    /// The number that was proved.
    #[must_use]
    pub fn number(&self) -> &NumberIds {
        &self.target.number
    }

    /// The number that was proved, for people.
    #[must_use]
    pub fn phone(&self) -> &MaskedNumber {
        &self.target.phone
    }
}

/// Proof that the browser sent the right code. It is needed to sign in, or to get a ticket.
pub struct Verified {
    proof: Proof,
    attempts_left: u8,
}

impl Verified {
    /// What was proved.
    #[must_use]
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// Whether its text went to a browser as one that the account recognizes.
    #[must_use]
    pub const fn went_to_recognized(&self) -> bool {
        matches!(self.proof.target.throttle, ThrottleName::Recognized(_))
    }

    /// What a wrong code would have got, for a number that is locked.
    #[must_use]
    pub const fn refusal(&self) -> Error {
        Error::WrongCode { attempts_left: self.attempts_left, is_failure: false }
    }
}
