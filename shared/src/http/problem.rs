//! How refusals are written: RFC 9457 problem details.

use std::borrow::Cow;

use lambda_http::http::header::{ALLOW, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;

use super::headers::secured;
use crate::error::{Error, RedactedError};
use crate::phone::Country;

/// Seconds until a call may be tried again after AWS failed.
const UNAVAILABLE_FOR: i64 = 2;

/// Declares [`ProblemType`], its names, statuses and sentences, and the list of all of them at once.
macro_rules! problem_types {
    ($($problem:ident = $name:literal, $status:ident, $title:literal, $detail:literal;)*) => {
        /// Which refusal it is. Callers may depend on the name and on the status, not on the sentences.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each has its sentence in the table below")]
        pub enum ProblemType {
            $($problem,)*
        }

        impl ProblemType {
            /// Every type that a problem of the API can have, in the order of the table in docs/integrate.md.
            pub const ALL: &[Self] = &[$(Self::$problem),*];

            /// The last part of its URN.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$problem => $name,)*
                }
            }

            /// Status, title and sentence.
            const fn parts(self) -> (StatusCode, &'static str, &'static str) {
                match self {
                    $(Self::$problem => (StatusCode::$status, $title, $detail),)*
                }
            }
        }
    };
}

problem_types! {
    InvalidPhone = "invalid-phone", BAD_REQUEST, "Not a phone number",
        "Write the number with its country code, such as +46 70 174 06 99.";
    UnsupportedNumber = "unsupported-number", UNPROCESSABLE_ENTITY, "Number not supported",
        "This service texts mobile numbers of some countries only, and this number is not one of them.";
    TooManyRequests = "too-many-requests", TOO_MANY_REQUESTS, "Too many requests",
        "There were too many requests. Wait, then try again.";
    NoLoginRequest = "no-login-request", NOT_FOUND, "No login request",
        "There is no login to send a code for. Start again with your number.";
    InvalidCode = "invalid-code", BAD_REQUEST, "Not a code",
        "A code is made of digits only. This did not count as an attempt.";
    WrongCode = "wrong-code", UNAUTHORIZED, "Wrong code",
        "The code is wrong. Use one of the newest two messages.";
    LoginRequestOver = "login-request-over", GONE, "Login request over",
        "This login is over. Start again with your number.";
    LoginRequestReplaced = "login-request-replaced", CONFLICT, "Login request replaced",
        "Another login was begun in this browser since. Go on there, or start again with your number.";
    InvalidName = "invalid-name", BAD_REQUEST, "Not a name",
        "A name has 1 to 64 characters, at least one of them visible. You can also leave it out.";
    NotVerified = "not-verified", FORBIDDEN, "Not verified",
        "The number is not verified, or not any more. Start again with your number.";
    RegistrationClosed = "registration-closed", FORBIDDEN, "Registration closed",
        "The code is right, but this number has no account, and new accounts cannot be made here.";
    NoSession = "no-session", UNAUTHORIZED, "Not signed in", "You are not signed in.";
    SignInAgain = "sign-in-again", FORBIDDEN, "Sign in again",
        "This needs a sign-in of the last twenty minutes. Sign out, sign in again, and come back.";
    UnrecognizedBrowser = "unrecognized-browser", FORBIDDEN, "Unrecognized browser",
        "The account does not remember this browser. Sign out, sign in again, and come back.";
    InvalidRequest = "invalid-request", BAD_REQUEST, "Invalid request",
        "The request is not one that this service takes.";
    ForbiddenOrigin = "forbidden-origin", FORBIDDEN, "Forbidden origin",
        "This call must come from a page of this service.";
    NotFound = "not-found", NOT_FOUND, "Not found", "There is nothing at this address.";
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "Method not allowed",
        "This address takes other methods.";
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, "Body too large",
        "The body may have at most 2048 bytes.";
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "Unsupported media type",
        "The content type must be application/json.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Not available",
        "The service cannot answer just now. Nothing was lost; try again.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Internal error",
        "Something is wrong on our side. Try again later.";
}

/// A refusal as the caller sees it: a stable name, a status, a plain sentence, and nothing from inside.
#[derive(Debug)]
pub struct Problem {
    kind: ProblemType,
    /// A sentence that says more than the one of the type.
    detail: Option<Cow<'static, str>>,
    /// What is wrong with a number, and the country that it belongs to.
    reason: Option<&'static str>,
    country: Option<Country>,
    attempts_left: Option<u8>,
    retry_after: Option<i64>,
    allow: Option<&'static str>,
    /// What the log gets and the caller does not.
    cause: Option<RedactedError>,
}

/// The body of RFC 9457, with the members that Doorcode adds.
#[derive(Serialize)]
struct ProblemBody {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<Country>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts_left: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<i64>,
}

impl Problem {
    /// `405`: the address exists, and takes the methods in `allow`.
    #[must_use]
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self { allow: Some(allow), ..ProblemType::MethodNotAllowed.into() }
    }

    /// `500`: a bug. The log gets `operation` and `kind`.
    #[must_use]
    pub fn internal(operation: &'static str, kind: &'static str) -> Self {
        Error::Internal(RedactedError::new(operation, kind)).into()
    }

    /// `400`: what is wrong with a request that no page makes.
    #[must_use]
    pub fn invalid_request(detail: &'static str) -> Self {
        Self { detail: Some(detail.into()), ..ProblemType::InvalidRequest.into() }
    }

    /// The whole answer, with the security headers.
    #[must_use]
    pub fn into_response(self) -> Response<Body> {
        let (status, title, detail) = self.kind.parts();
        let body = ProblemBody {
            r#type: format!("urn:doorcode:problem:{}", self.kind.name()),
            title,
            status: status.as_u16(),
            detail: self.detail.unwrap_or(detail.into()),
            reason: self.reason,
            country: self.country,
            attempts_left: self.attempts_left,
            retry_after: self.retry_after.filter(|_| self.kind == ProblemType::TooManyRequests),
        };
        let mut response = Response::new(Body::Text(serde_json::to_string(&body).unwrap_or_default()));
        *response.status_mut() = status;
        let retry_after = self.retry_after.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds)));
        let allow = self.allow.map(|methods| (ALLOW, HeaderValue::from_static(methods)));
        let content_type = (CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let headers: [Option<(HeaderName, HeaderValue)>; 3] = [Some(content_type), retry_after, allow];
        response.headers_mut().extend(headers.into_iter().flatten());
        secured(response)
    }

    /// Logs a problem, once, with the request id that the gateway logs too.
    pub(crate) fn log(&self, request_id: &str) {
        let problem = self.kind.name();
        match &self.cause {
            Some(error) if self.kind == ProblemType::Unavailable => {
                tracing::warn!(request_id, problem, %error, "request failed: the caller may try again");
            }
            Some(error) => tracing::error!(request_id, problem, %error, "request failed: a bug, or a damaged item"),
            None => tracing::info!(request_id, problem, "request refused"),
        }
    }
}

impl From<ProblemType> for Problem {
    fn from(kind: ProblemType) -> Self {
        Self {
            kind,
            detail: None,
            reason: None,
            country: None,
            attempts_left: None,
            retry_after: None,
            allow: None,
            cause: None,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidPhone(invalid) => Self {
                reason: Some(invalid.reason.name()),
                detail: Some(invalid.detail.into()),
                ..ProblemType::InvalidPhone.into()
            },
            Error::UnsupportedNumber(unsupported) => Self {
                reason: Some(unsupported.reason.name()),
                country: unsupported.country,
                detail: Some(unsupported.detail.into()),
                ..ProblemType::UnsupportedNumber.into()
            },
            Error::TooManyRequests { retry_after } => {
                Self { retry_after: Some(retry_after), ..ProblemType::TooManyRequests.into() }
            }
            Error::NoLoginRequest => ProblemType::NoLoginRequest.into(),
            Error::InvalidCode => ProblemType::InvalidCode.into(),
            Error::WrongCode { attempts_left, .. } => {
                Self { attempts_left: Some(attempts_left), ..ProblemType::WrongCode.into() }
            }
            Error::LoginRequestOver => ProblemType::LoginRequestOver.into(),
            Error::LoginRequestReplaced => ProblemType::LoginRequestReplaced.into(),
            Error::InvalidName => ProblemType::InvalidName.into(),
            Error::NotVerified => ProblemType::NotVerified.into(),
            Error::RegistrationClosed => ProblemType::RegistrationClosed.into(),
            Error::SignInAgain => ProblemType::SignInAgain.into(),
            Error::UnrecognizedBrowser => ProblemType::UnrecognizedBrowser.into(),
            Error::NoSession => ProblemType::NoSession.into(),
            Error::Unavailable(error) => {
                let retry_after = Some(UNAVAILABLE_FOR);
                Self { retry_after, cause: Some(error), ..ProblemType::Unavailable.into() }
            }
            Error::Internal(error) => Self { cause: Some(error), ..ProblemType::Internal.into() },
        }
    }
}
