//! How refusals are told: RFC 9457 problem details.

use lambda_http::http::header::{ALLOW, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use problemdetails::Problem as Details;

use super::secured;
use crate::error::{Error, Fault};

/// Seconds after which a call that AWS failed at may be tried again.
const UNAVAILABLE_FOR: i64 = 2;

/// Every name that a problem of the API can have, in the order of the list in the README.
pub const PROBLEM_NAMES: [&str; 20] = [
    "invalid-phone",
    "unsupported-number",
    "too-many-requests",
    "no-login-request",
    "invalid-code",
    "wrong-code",
    "login-request-over",
    "invalid-name",
    "not-verified",
    "registration-closed",
    "no-session",
    "sign-in-again",
    "invalid-request",
    "forbidden-origin",
    "not-found",
    "method-not-allowed",
    "body-too-large",
    "unsupported-media-type",
    "unavailable",
    "internal",
];

/// A refusal as the caller sees it: a stable name, a status, a plain sentence, and nothing from inside.
#[derive(Debug)]
pub struct Problem {
    name: &'static str,
    details: Details,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// What the log gets and the caller does not.
    fault: Option<Fault>,
}

impl Problem {
    /// `404`: there is nothing at this address.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new("not-found", StatusCode::NOT_FOUND, "Not found", "There is nothing at this address.")
    }

    /// `405`: the address exists, and takes the methods in `allow`.
    #[must_use]
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self::new(
            "method-not-allowed",
            StatusCode::METHOD_NOT_ALLOWED,
            "Method not allowed",
            "This address takes other methods.",
        )
        .header(ALLOW, HeaderValue::from_static(allow))
    }

    /// `500`: a bug. The log gets `operation` and `kind`.
    #[must_use]
    pub fn internal(operation: &'static str, kind: &'static str) -> Self {
        Error::Internal(Fault::new(operation, kind)).into()
    }

    pub(super) fn invalid_request(detail: &str) -> Self {
        Self::new("invalid-request", StatusCode::BAD_REQUEST, "Invalid request", detail)
    }

    pub(super) fn forbidden_origin() -> Self {
        let detail = "This call must come from a page of this service.";
        Self::new("forbidden-origin", StatusCode::FORBIDDEN, "Forbidden origin", detail)
    }

    pub(super) fn body_too_large() -> Self {
        let detail = "The body may have at most 2048 bytes.";
        Self::new("body-too-large", StatusCode::PAYLOAD_TOO_LARGE, "Body too large", detail)
    }

    pub(super) fn unsupported_media_type() -> Self {
        let detail = "The content type must be application/json.";
        Self::new("unsupported-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", detail)
    }

    /// The whole answer, with the security headers.
    #[must_use]
    pub fn into_response(self) -> Response<Body> {
        let body = serde_json::to_string(&self.details.body).unwrap_or_default();
        let mut response = Response::new(Body::Text(body));
        *response.status_mut() = self.details.status_code;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.headers_mut().extend(self.headers);
        secured(response)
    }

    /// Writes a failure down, once, with the id that the gateway logs too. A refusal is no failure.
    pub(crate) fn log(&self, request_id: &str) {
        match &self.fault {
            Some(fault) if self.details.status_code == StatusCode::SERVICE_UNAVAILABLE => {
                tracing::warn!(request_id, problem = self.name, %fault, "the caller was told to try again");
            }
            Some(fault) => tracing::error!(request_id, problem = self.name, %fault, "a bug, or a damaged item"),
            None => tracing::info!(request_id, problem = self.name, "refused"),
        }
    }

    fn new(name: &'static str, status: StatusCode, title: &str, detail: &str) -> Self {
        let details = problemdetails::new(status)
            .with_type(format!("urn:doorcode:problem:{name}"))
            .with_title(title)
            .with_value("status", status.as_u16())
            .with_detail(detail);
        Self { name, details, headers: Vec::new(), fault: None }
    }

    fn member(mut self, name: &str, value: i64) -> Self {
        self.details = self.details.with_value(name, value);
        self
    }

    fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    fn retry_after(self, seconds: i64) -> Self {
        self.header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    fn caused_by(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidPhone => Self::new(
                "invalid-phone",
                StatusCode::BAD_REQUEST,
                "Not a phone number",
                "Write the number with its country code, such as +46 70 174 06 05.",
            ),
            Error::UnsupportedNumber => Self::new(
                "unsupported-number",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Number not supported",
                "This service texts mobile numbers of some countries only, and this number is not one of them.",
            ),
            Error::TooManyRequests { retry_after } => Self::new(
                "too-many-requests",
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests",
                "You asked too often. Wait, then ask again.",
            )
            .member("retry_after", retry_after)
            .retry_after(retry_after),
            Error::NoLoginRequest => Self::new(
                "no-login-request",
                StatusCode::NOT_FOUND,
                "No login request",
                "There is no login to send a code for. Start again with your number.",
            ),
            Error::InvalidCode => Self::new(
                "invalid-code",
                StatusCode::BAD_REQUEST,
                "Not a code",
                "A code is made of digits only. This did not count as an attempt.",
            ),
            Error::WrongCode { attempts_left } => Self::new(
                "wrong-code",
                StatusCode::UNAUTHORIZED,
                "Wrong code",
                "The code is wrong. Use the one from the newest message.",
            )
            .member("attempts_left", attempts_left.into()),
            Error::LoginRequestOver => Self::new(
                "login-request-over",
                StatusCode::GONE,
                "Login request over",
                "This login is over. Start again with your number.",
            ),
            Error::InvalidName => Self::new(
                "invalid-name",
                StatusCode::BAD_REQUEST,
                "Not a name",
                "A name has 1 to 64 characters. You can also leave it out.",
            ),
            Error::NotVerified => Self::new(
                "not-verified",
                StatusCode::FORBIDDEN,
                "Not verified",
                "The number is not verified, or not any more. Start again with your number.",
            ),
            Error::RegistrationClosed => Self::new(
                "registration-closed",
                StatusCode::FORBIDDEN,
                "Registration closed",
                "The code is right, but this number has no account, and new accounts cannot be made here.",
            ),
            Error::SignInAgain => Self::new(
                "sign-in-again",
                StatusCode::FORBIDDEN,
                "Sign in again",
                "This needs a sign-in of the last twenty minutes. Sign out, sign in again, and come back.",
            ),
            Error::NoSession => {
                Self::new("no-session", StatusCode::UNAUTHORIZED, "Not signed in", "You are not signed in.")
            }
            Error::Unavailable(fault) => Self::new(
                "unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "Not available",
                "The service cannot answer just now. Nothing was lost; try again.",
            )
            .retry_after(UNAVAILABLE_FOR)
            .caused_by(fault),
            Error::Internal(fault) => Self::new(
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Internal error",
                "Something is wrong on our side. Try again later.",
            )
            .caused_by(fault),
        }
    }
}
