//! The headers of every answer: security, and who may keep it.

use lambda_http::http::HeaderValue;
use lambda_http::http::header::{CACHE_CONTROL, HeaderName};
use lambda_http::{Body, Response};

/// The headers of requirement C-13, on every answer beside `cache-control`. An answer that needs another policy sets its own
/// first.
const SECURITY_HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), otp-credentials=(self)"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
];

/// No cache keeps the answer.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Browsers and shared caches keep the answer for a year, and do not request it a second time.
const ONE_YEAR: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Adds the security headers that the answer does not set itself, and forbids caches to keep it.
#[must_use]
pub fn secured(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    for (name, value) in SECURITY_HEADERS {
        let name = HeaderName::from_static(name);
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Adds the same headers, but lets every cache keep the answer for a year. This is the one exception from `no-store`.
/// It is for content that is the same for everybody, holds nothing personal (ASVS 14.3.2 is about sensitive data) and
/// has its version in its address.
#[must_use]
pub fn kept_for_a_year(response: Response<Body>) -> Response<Body> {
    let mut response = secured(response);
    response.headers_mut().insert(CACHE_CONTROL, ONE_YEAR);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requirement C-13: an answer does not lose `no-store` by what it sets itself.
    #[test]
    fn an_answer_is_cached_only_where_the_code_says_so() {
        let response = || Response::builder().header("cache-control", "max-age=60").body(Body::Empty).unwrap();
        let told = |response: Response<Body>| -> Vec<_> {
            assert_eq!(response.headers().get("x-content-type-options").unwrap(), "nosniff");
            response.headers().get_all(CACHE_CONTROL).into_iter().cloned().collect()
        };
        assert_eq!(told(secured(response())), ["no-store"]);
        assert_eq!(told(kept_for_a_year(response())), ["public, max-age=31536000, immutable"]);
        assert_eq!(told(secured(kept_for_a_year(response()))), ["no-store"]);
    }
}
