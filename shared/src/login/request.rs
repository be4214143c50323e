//! A login request: one browser that wants to prove that it holds one phone.
//!
//! ```text
//!               deliver-code           the right code            register
//!  requested ───────────────► sent ───────────────────► ticket ───────────► registered   (a number without account)
//!    ▲                         │  └─────────────────────────────────────────► signed-in    (a number with account)
//!    └───────── resend ────────┘
//! ```
//!
//! The last two are kept until the end of the request, with the seed of the session that began: when the answer got lost, the
//! browser proves the same again and gets the same session. Nothing else can be done with them.
//!
//! A request has a code hash from its first moment, so that a guess can always be compared. Until a text is sent it is
//! a decoy: a hash that no code has. Trying a code therefore takes as long, and answers the same, whether a text was
//! sent, will be sent, or never is. A request whose text SNS refused is `undelivered`: it has a decoy again, and a new
//! code can be requested.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::code::{CodeContext, CodeHash};
use crate::error::Error;
use crate::keys::{BlockId, NumberId, NumberKeys, SealedNumber};
use crate::phone::{Country, MaskedNumber, PhoneNumber};
use crate::text::Language;
use crate::time::Timestamp;
use crate::token::{Token, TokenHash};

/// Seconds that a login request lives, however often a code is requested in it.
pub const REQUEST_LIFE: i64 = 900;
/// Seconds that a code is good, counted from its code request (NIST SP 800-63B-4 section 3.1.3.2, OWASP ASVS 6.5.5;
/// requirement G-07).
pub const CODE_LIFE: i64 = 600;
/// Codes that may be tried on one login request, counted across resends (requirement G-01).
pub const MAX_ATTEMPTS: u8 = 3;
/// Seconds between the first text and the second; each further delay is twice the one before. A browser is told the
/// same delays as the throttle of its number has, so that it does not request a code that the throttle would refuse.
pub const FIRST_RETRY_DELAY: i64 = 30;

/// Bytes of a [`LoginName`]: enough that no two requests of one browser share it.
const NAME_BYTES: usize = 12;

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

    /// What the pages of the login request call it.
    #[must_use]
    pub fn name(&self) -> LoginName {
        let digest = Sha256::digest(format!("doorcode/v1/login-name/{}", self.0.as_str()));
        LoginName(URL_SAFE_NO_PAD.encode(&digest[..NAME_BYTES]))
    }

    /// The login request whose key in the table has this text.
    pub(crate) fn from_key(text: &str) -> Self {
        Self(TokenHash::from_key(text))
    }
}

/// Names a login request for its pages, so that each can tell whether the browser's cookie still belongs to it. It is
/// public: nothing can be done with it, and neither the cookie nor the key in the table follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LoginName(String);

impl LoginName {
    /// Refuses a page that belongs to another login request than `current`, which the browser's cookie names.
    ///
    /// # Errors
    /// [`Error::LoginRequestReplaced`].
    pub fn check(named: Option<&Self>, current: &RequestId) -> Result<(), Error> {
        match named {
            Some(named) if *named != current.name() => Err(Error::LoginRequestReplaced),
            _ => Ok(()),
        }
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

/// What a code is good for: this login request, this number, this purpose, until this moment (requirement C-02). A hash
/// proves nothing in an item in which one of them was changed.
pub struct Binding<'a> {
    /// The login request that the code was made for.
    pub request: &'a RequestId,
    /// The number that it was sent to, as it is sealed in the login request.
    pub number: &'a SealedNumber,
    /// What the person wants to do with it.
    pub purpose: Purpose,
    /// When the code runs out.
    pub expires_at: Timestamp,
}

impl Binding<'_> {
    /// A digest of the four. The parts have fixed alphabets without `/`, so that no two bindings read the same.
    #[must_use]
    pub fn context(&self) -> CodeContext {
        let (request, number, purpose) = (self.request.as_str(), self.number.as_str(), self.purpose.as_str());
        let end = self.expires_at.secs();
        CodeContext(Sha256::digest(format!("doorcode/v1/{purpose}/{request}/{number}/{end}")).into())
    }
}

/// A login request as a browser starts it: all that `deliver-code` needs, and no code yet.
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
    /// The number block whose texts it is counted with.
    pub block: BlockId,
    /// The hash of the browser's device cookie, if it has one.
    pub device: Option<TokenHash>,
    /// The language of the text: that of the browser, never that of the number.
    pub language: Language,
    /// When the code was requested.
    pub requested_at: Timestamp,
    /// What a guess is compared with until a code is sent.
    pub decoy_hash: CodeHash,
}

impl LoginRequest {
    /// Starts a request for `phone` in the browser that gets `cookie`. Its text is in English; [`LoginRequest::in_language`]
    /// makes it another.
    ///
    /// # Errors
    /// [`Error::Internal`] when the number cannot be sealed.
    pub fn start(
        cookie: &Token,
        phone: &PhoneNumber,
        device: Option<TokenHash>,
        keys: &NumberKeys,
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
            block: keys.block_id(phone.block()),
            device,
            language: Language::default(),
            requested_at: now,
            decoy_hash: CodeHash::decoy(random),
            id,
        })
    }

    /// The same with a text in this language.
    #[must_use]
    pub fn in_language(self, language: Language) -> Self {
        Self { language, ..self }
    }
}

/// Which throttle of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThrottleName {
    /// The one that all unrecognized browsers share.
    Unrecognized,
    /// The one of a browser that the account recognizes by its device cookie.
    Recognized(TokenHash),
}

/// What a browser is told after a code request: the same for every number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodeRequested {
    /// Names the login request for its pages.
    pub login: LoginName,
    /// The number, masked.
    pub sent_to: MaskedNumber,
    /// The country of the number.
    pub country: Country,
    /// How many codes were requested in this login.
    pub code_requests: u32,
    /// Whether this call requested one.
    pub requested: bool,
    /// Seconds until the newest code expires.
    pub expires_in: i64,
    /// Seconds until the browser may request a new code.
    pub resend_in: i64,
    /// How many codes may still be tried.
    pub attempts_left: u8,
}

/// Seconds until the next code request, after code request number `count`: 30, 60, 120, and so on.
#[must_use]
pub fn retry_delay_after(count: u32) -> i64 {
    FIRST_RETRY_DELAY << count.saturating_sub(1).min(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_is_of_one_request_one_number_one_purpose_and_one_end() {
        let mut random = crate::random::source();
        let keys = NumberKeys::derive(&crate::root_secret::RootSecret::generate(&mut random));
        let [request, other_request] = [(); 2].map(|()| RequestId::of(&Token::generate(&mut random)));
        let mut seal = |number| keys.seal(number, request.as_str(), &mut random).unwrap();
        let [number, other_number] = ["+46701740605", "+46701740606"].map(&mut seal);
        let (purpose, expires_at) = (Purpose::Login, Timestamp::from_secs(600));
        let binding = Binding { request: &request, number: &number, purpose, expires_at };
        let context = binding.context();
        assert_eq!(context, Binding { ..binding }.context());
        for other in [
            Binding { request: &other_request, ..binding },
            Binding { number: &other_number, ..binding },
            Binding { purpose: Purpose::AddNumber, ..binding },
            Binding { purpose: Purpose::Recovery, ..binding },
            Binding { expires_at: expires_at.plus(1), ..binding },
        ] {
            assert_ne!(context, other.context());
        }
    }

    #[test]
    fn each_delay_is_twice_the_one_before() {
        assert_eq!([1, 2, 3, 4].map(retry_delay_after), [30, 60, 120, 240]);
        assert!(retry_delay_after(u32::MAX) > 0);
    }

    #[test]
    fn a_page_of_another_request_is_refused() {
        let [one, other] = [(); 2].map(|()| RequestId::of(&Token::generate(&mut crate::random::source())));
        assert!(LoginName::check(Some(&one.name()), &one).is_ok() && LoginName::check(None, &one).is_ok());
        assert!(matches!(LoginName::check(Some(&other.name()), &one), Err(Error::LoginRequestReplaced)));
        assert_eq!(one.name().0.len(), 16);
        assert!(!one.as_str().contains(&one.name().0), "a part of the key in the table");
    }
}
