//! Refusals and failures. Nothing here knows of HTTP; `http` turns each into a problem as the last step.

use std::fmt;

use crate::phone::{InvalidPhone, Refusal, UnsupportedNumber};

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input cannot be read as a phone number.
    #[error("not a phone number")]
    InvalidPhone(InvalidPhone),
    /// A phone number that this deployment does not text.
    #[error("number not supported")]
    UnsupportedNumber(UnsupportedNumber),
    /// The caller sent too many requests.
    #[error("too many requests")]
    TooManyRequests {
        /// Seconds until the caller may request a new code.
        retry_after: i64,
    },
    /// The browser has no login request for which a new code could be requested.
    #[error("no login request")]
    NoLoginRequest,
    /// The input does not have the form of a code.
    #[error("not a code")]
    InvalidCode,
    /// The code was wrong. The attempt is used up.
    #[error("wrong code")]
    WrongCode {
        /// How many codes may still be tried on this login request.
        attempts_left: u8,
        /// Whether it counts as a failed attempt: it was compared with a code that was sent and had not run out.
        is_failure: bool,
    },
    /// The login request is expired, used up, replaced or unknown.
    #[error("login request over")]
    LoginRequestOver,
    /// The page belongs to another login request than the browser has now.
    #[error("login request replaced")]
    LoginRequestReplaced,
    /// The input is not a name.
    #[error("not a name")]
    InvalidName,
    /// The browser has no ticket.
    #[error("not verified")]
    NotVerified,
    /// Nobody may register here, and the number has no account.
    #[error("registration closed")]
    RegistrationClosed,
    /// The session is too old for this call, which needs a login of the last twenty minutes.
    #[error("sign in again")]
    SignInAgain,
    /// The call needs a browser that the account recognizes, and this one is not.
    #[error("unrecognized browser")]
    UnrecognizedBrowser,
    /// The browser holds no session.
    #[error("no session")]
    NoSession,
    /// AWS failed. Nothing is half done, and the same step may be tried again.
    #[error("unavailable: {0}")]
    Unavailable(RedactedError),
    /// A bug, or an item in the table that no version of Doorcode wrote.
    #[error("internal error: {0}")]
    Internal(RedactedError),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(invalid) => Self::InvalidPhone(invalid),
            Refusal::Unsupported(unsupported) => Self::UnsupportedNumber(unsupported),
        }
    }
}

/// An error without its values: which operation failed, and the kind of failure. It is safe in a log.
#[derive(Debug, PartialEq, Eq)]
pub struct RedactedError {
    operation: &'static str,
    kind: String,
}

impl RedactedError {
    /// The failure of `operation` (`"dynamodb UpdateItem"`). `kind` is an error's name, not its message: messages of
    /// AWS can repeat keys and values.
    #[must_use]
    pub fn new(operation: &'static str, kind: impl Into<String>) -> Self {
        Self { operation, kind: kind.into() }
    }
}

impl fmt::Display for RedactedError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.operation, self.kind)
    }
}
