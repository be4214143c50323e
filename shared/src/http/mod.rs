//! HTTP: the only place that knows status codes, cookies and headers.
//!
//! - [`guard`]: which requests are accepted, and how their bodies are read.
//! - [`proxy`]: the trusted proxy in front of the API, and the addresses of callers.
//! - [`cookies`]: what browsers hold.
//! - [`problem`]: how refusals are written (RFC 9457).
//! - [`language()`]: the language that a browser asks for.
//! - `headers`: what every answer carries.
//!
//! Here: how answers are made.

pub mod cookies;
pub mod guard;
mod headers;
mod language;
pub mod problem;
pub mod proxy;

use lambda_http::http::header::{CONTENT_TYPE, HeaderName, SET_COOKIE};
use lambda_http::http::{HeaderMap, HeaderValue, StatusCode};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt, Response};
use serde::Serialize;

pub use cookies::{Cookie, CookieName, SignInCookies, SignedIn};
pub use guard::Origins;
pub use headers::{kept_for_a_year, secured};
pub use language::language;
pub use problem::{Problem, ProblemType};
pub use proxy::TrustedProxy;

use crate::sending::ip_limit::ClientIp;

/// An answer that is being built.
#[derive(Debug)]
pub struct ApiResponse {
    status: StatusCode,
    body: Option<Vec<u8>>,
    headers: HeaderMap,
}

impl ApiResponse {
    /// `200` with a body.
    ///
    /// # Errors
    /// The problem `internal` when the body cannot be written as JSON.
    pub fn ok(body: &impl Serialize) -> Result<Self, Problem> {
        Self::json(StatusCode::OK, body)
    }

    /// `201` with a body.
    ///
    /// # Errors
    /// The problem `internal` when the body cannot be written as JSON.
    pub fn created(body: &impl Serialize) -> Result<Self, Problem> {
        Self::json(StatusCode::CREATED, body)
    }

    /// `202` with a body.
    ///
    /// # Errors
    /// The problem `internal` when the body cannot be written as JSON.
    pub fn accepted(body: &impl Serialize) -> Result<Self, Problem> {
        Self::json(StatusCode::ACCEPTED, body)
    }

    /// `204`, without a body.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None, headers: HeaderMap::new() }
    }

    /// Gives the browser its session and its device, and takes the login request from it.
    #[must_use]
    pub fn signed_in(self, signed_in: &SignedIn) -> Self {
        let [session, devices] = signed_in.cookies();
        self.cookie(&session).cookie(&devices).cookie(&Cookie::clear(CookieName::Login))
    }

    /// Sets or clears a cookie.
    #[must_use]
    pub fn cookie(mut self, cookie: &Cookie) -> Self {
        self.headers.append(SET_COOKIE, cookie.to_header());
        self
    }

    /// Tells the browser to forget what the pages stored; its cookies stay, since one of them is the device
    /// (requirement C-14).
    #[must_use]
    pub fn clear_site_data(mut self) -> Self {
        let name = HeaderName::from_static("clear-site-data");
        self.headers.insert(name, HeaderValue::from_static("\"cache\", \"storage\""));
        self
    }

    fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(body).map_err(|_| Problem::internal("answer", "cannot be written as JSON"))?;
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Ok(Self { status, body: Some(body), headers })
    }

    fn into_response(self) -> Response<Body> {
        // Text, so that API Gateway does not have to decode base64.
        let text = self.body.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let mut response = Response::new(text.map_or(Body::Empty, Body::Text));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// The answer to a request: what a handler returned, with the security headers. A failure is logged here, once.
#[must_use]
pub fn respond(request: &Request, result: Result<ApiResponse, Problem>) -> Response<Body> {
    let response = match result {
        Ok(answer) => answer.into_response(),
        Err(problem) => {
            problem.log(request_id(request));
            problem.into_response()
        }
    };
    secured(response)
}

/// The address that the gateway saw. Forwarded headers are never read: the client writes them (requirement S-09).
fn gateway_address(request: &Request) -> ClientIp {
    ClientIp::read(match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.as_deref(),
        _ => None,
    })
}

/// The id under which the gateway logs the request.
pub(crate) fn request_id(request: &Request) -> &str {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.as_deref().unwrap_or("none"),
        _ => "none",
    }
}
