//! A login request: one browser that wants to prove that it holds one phone.
//!
//! ```text
//!            deliver-code           the right code            register
//!  opened ───────────────► sent ───────────────────► ticket ───────────► gone      (a number without account)
//!    ▲                      │  └─────────────────────────────────────────► gone      (a number with account)
//!    └──────── resend ──────┘
//! ```
//!
//! From its first moment a request has a code hash that a guess is compared with: one that no code has, until a message
//! is sent. So trying a code costs the same, and tells the same, whether one was sent, will be sent, or never is. A
//! request whose message SNS refused is `undelivered`: it has again a hash that no code has, and can be asked again.

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::keys::{Keys, NumberId, NumberIds, RangeId, SealedNumber};
use crate::login::code::{Code, CodeContext, CodeHash};
use crate::phone::{Country, MaskedNumber, PhoneNumber};
use crate::sending::throttle::{FIRST_WAIT, LaneName};
use crate::time::Timestamp;
use crate::token::{Token, TokenHash};

/// Seconds that a login request lives, whatever is asked in it.
pub const REQUEST_LIFE: i64 = 900;
/// Seconds that a code is good, counted from the moment it was asked for (NIST SP 800-63B-4 section 3.1.3.2, OWASP
/// ASVS 6.5.5; requirement G-07).
pub const CODE_LIFE: i64 = 600;
/// Codes that may be tried on one login request, counted across resends (requirement G-01).
pub const MAX_ATTEMPTS: u8 = 3;

/// Names a login request: the hash of the browser's cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(TokenHash);

impl RequestId {
    /// The login request of the browser that holds `cookie`.
    #[must_use]
    pub fn of(cookie: &Token) -> Self {
        Self(cookie.hash())
    }

    /// The text used in keys of the table.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The login request whose key in the table has this text.
    pub(crate) fn from_key(text: &str) -> Self {
        Self(TokenHash::from_key(text))
    }
}

/// What a code is for. A code for one purpose proves nothing for another (requirement C-02).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Signing in, or registering.
    Login,
    /// Adding a number to an account. Not built: it is here so that a code for it can never be one for a login.
    AddNumber,
    /// Getting back into an account. Not built either.
    Recovery,
}

impl Purpose {
    /// The text that goes into a code's binding.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::AddNumber => "add-number",
            Self::Recovery => "recovery",
        }
    }
}

/// What a code is good for: this login request, this number, this purpose (requirement C-02).
pub struct Binding<'a> {
    /// The login request that the code was made for.
    pub request: &'a RequestId,
    /// The number that it was sent to.
    pub number: &'a NumberId,
    /// What the person wants to do with it.
    pub purpose: Purpose,
}

impl Binding<'_> {
    /// A digest of the three. The parts have fixed alphabets without `/`, so that no two bindings read the same.
    #[must_use]
    pub fn context(&self) -> CodeContext {
        let (request, number, purpose) = (self.request.as_str(), self.number.as_str(), self.purpose.as_str());
        CodeContext(Sha256::digest(format!("doorcode/v1/{purpose}/{request}/{number}")).into())
    }
}

/// A login request as a browser opens it: all that `deliver-code` needs, and no code yet.
pub struct LoginRequest {
    /// Names the request.
    pub id: RequestId,
    /// What the code will be for.
    pub purpose: Purpose,
    /// The number, as the table's keys know it.
    pub number_id: NumberId,
    /// The number, for the send. It opens only in this request.
    pub sealed_number: SealedNumber,
    /// The number, for people.
    pub phone: MaskedNumber,
    /// The country whose texts it is counted with.
    pub country: Country,
    /// The range whose texts it is counted with.
    pub range: RangeId,
    /// The device that the browser says it is.
    pub device: Option<TokenHash>,
    /// When the code was asked for.
    pub asked_at: Timestamp,
    /// What a guess is compared with until a code is sent.
    pub no_code: CodeHash,
}

impl LoginRequest {
    /// Opens a request for `phone` in the browser that gets `cookie`.
    ///
    /// # Errors
    /// [`Error::Internal`] when the number cannot be sealed.
    pub fn open(
        cookie: &Token,
        phone: &PhoneNumber,
        device: Option<TokenHash>,
        keys: &Keys,
        now: Timestamp,
        random: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        let id = RequestId::of(cookie);
        Ok(Self {
            purpose: Purpose::Login,
            number_id: keys.number_id(phone.e164()),
            sealed_number: keys.seal(phone.e164(), id.as_str(), random)?,
            phone: phone.masked().clone(),
            country: phone.country(),
            range: keys.range_id(phone.range()),
            device,
            asked_at: now,
            no_code: CodeHash::of_no_code(keys, random),
            id,
        })
    }
}

/// What a browser is told after it asked for a code: the same for every number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The number, masked.
    pub sent_to: MaskedNumber,
    /// Seconds until the code is dead.
    pub expires_in: i64,
    /// Seconds until the browser may ask again.
    pub resend_in: i64,
}

impl Asked {
    /// The answer to the `asks`-th ask of a request that ends at `expires_at`.
    #[must_use]
    pub fn new(phone: MaskedNumber, asks: u32, expires_at: Timestamp, now: Timestamp) -> Self {
        Self { sent_to: phone, expires_in: CODE_LIFE.min(expires_at.since(now)), resend_in: wait_after(asks) }
    }
}

/// Seconds that a browser waits after its `asks`-th ask: 30, 60, 120, and so on.
#[must_use]
pub fn wait_after(asks: u32) -> i64 {
    FIRST_WAIT << asks.saturating_sub(1).min(16)
}

/// An attempt that is already taken. Only the table makes one, in the write that counts the attempt; so no code is
/// ever compared that was not counted first (requirement G-02).
pub struct Challenge {
    pub(crate) purpose: Purpose,
    pub(crate) code_hash: CodeHash,
    pub(crate) code_is_alive: bool,
    pub(crate) attempts: u8,
    /// What the code was made for; the subject may have another id by now.
    pub(crate) number_id: NumberId,
    pub(crate) sealed_number: SealedNumber,
    pub(crate) subject: Subject,
}

impl Challenge {
    /// The ids of the number whose owner is asked for, whichever root secret they were made under.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was sealed under a root secret that is not known any more.
    pub fn find_number(&mut self, keys: &Keys) -> Result<NumberIds, Error> {
        self.subject.number = keys.number_ids(&self.number_id, &self.sealed_number, self.subject.id.as_str())?;
        Ok(self.subject.number.clone())
    }

    /// Compares the code with the hash that was read when the attempt was taken. A dead code is compared like any other,
    /// and is wrong.
    ///
    /// # Errors
    /// [`Error::WrongCode`], and [`Error::Internal`] when the compare cannot be made. The attempt stays taken.
    pub fn check(self, code: &Code, keys: &Keys) -> Result<Verified, Error> {
        let Self { purpose, code_hash, code_is_alive, attempts, number_id, subject, .. } = self;
        let binding = Binding { request: &subject.id, number: &number_id, purpose };
        if code_hash.matches(code, &binding.context(), keys)? && code_is_alive {
            Ok(Verified(Proof { subject, proved_by: ProvedBy::Code(code_hash) }))
        } else {
            Err(Error::WrongCode { attempts_left: MAX_ATTEMPTS.saturating_sub(attempts) })
        }
    }
}

/// What a login request is about, and what ending it changes besides.
pub(crate) struct Subject {
    pub(crate) id: RequestId,
    pub(crate) number: NumberIds,
    pub(crate) phone: MaskedNumber,
    /// The lane that the request's sends were counted in, and how many there were.
    pub(crate) lane: LaneName,
    pub(crate) sends: u32,
    /// Where its newest text is counted, if a stranger's.
    pub(crate) counted: Option<Counted>,
    pub(crate) country: Country,
    pub(crate) range: RangeId,
}

/// Where a stranger's text is counted: a day, and a shard of the budget of all and of its country's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub(crate) day: Timestamp,
    pub(crate) shard: usize,
    #[serde(default)]
    pub(crate) country_shard: usize,
}

/// A login request whose code was right: what is needed to end it, by a login or by a registration.
pub struct Proof {
    pub(crate) subject: Subject,
    pub(crate) proved_by: ProvedBy,
}

/// How the request must still be recognised when it is ended.
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
        &self.subject.number
    }

    /// The number that was proved, for people.
    #[must_use]
    pub fn phone(&self) -> &MaskedNumber {
        &self.subject.phone
    }
}

/// Proof that the browser held the right code. Needed to sign in, or to get a ticket.
pub struct Verified(pub(crate) Proof);

impl Verified {
    /// What was proved.
    #[must_use]
    pub fn proof(&self) -> &Proof {
        &self.0
    }
}

/// The right to register one number once: a login request whose code was right, for a number without account.
pub struct Ticket {
    pub(crate) proof: Proof,
    /// Wrong codes that had been typed for the number by then.
    pub(crate) wrong_codes: i64,
}

impl Ticket {
    /// What was proved.
    #[must_use]
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// How many wrong codes had been typed for the number when it was proved: news to nobody who registers.
    #[must_use]
    pub const fn wrong_codes(&self) -> i64 {
        self.wrong_codes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_is_of_one_request_one_number_and_one_purpose() {
        let mut random = crate::random::source();
        let keys = Keys::derive(&crate::root_secret::RootSecret::generate(&mut random));
        let [request, other_request] = [(); 2].map(|()| RequestId::of(&Token::generate(&mut random)));
        let [number, other_number] = ["+46701740605", "+46701740606"].map(|number| keys.number_id(number));
        let binding = Binding { request: &request, number: &number, purpose: Purpose::Login };
        let context = binding.context();
        assert_eq!(context, Binding { ..binding }.context());
        for other in [
            Binding { request: &other_request, ..binding },
            Binding { number: &other_number, ..binding },
            Binding { purpose: Purpose::AddNumber, ..binding },
            Binding { purpose: Purpose::Recovery, ..binding },
        ] {
            assert_ne!(context, other.context());
        }
    }

    #[test]
    fn each_wait_is_twice_the_one_before() {
        assert_eq!([1, 2, 3, 4].map(wait_after), [30, 60, 120, 240]);
        assert!(wait_after(u32::MAX) > 0);
    }

    #[test]
    fn a_late_resend_does_not_promise_more_than_the_request_has() {
        let phone = crate::phone::Countries::every("SE").unwrap().read("+46701740605").unwrap().masked().clone();
        let end = Timestamp::from_secs(900);
        assert_eq!(Asked::new(phone.clone(), 1, end, Timestamp::from_secs(0)).expires_in, 600);
        assert_eq!(Asked::new(phone, 2, end, Timestamp::from_secs(599)).expires_in, 301);
    }
}
