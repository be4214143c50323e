//! Which requests are accepted, and how their bodies are read.

use lambda_http::http::Method;
use lambda_http::http::header::{CONTENT_TYPE, HeaderName, ORIGIN};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Problem, ProblemType};

/// The most bytes of a body (requirement I-06). The largest body of the API has some 300.
const LARGEST_BODY: usize = 2_048;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origins whose pages may call the API: those of the deployment itself.
#[derive(Clone, Debug)]
pub enum Origins {
    /// `https://` and the domain name that API Gateway was called by.
    OfTheApi,
    /// The listed ones.
    Listed(Vec<String>),
}

impl Origins {
    /// The origin of the API itself: right for every deployment, with its own domain name or not.
    #[must_use]
    pub fn of_the_api() -> Self {
        Self::OfTheApi
    }

    /// Reads a list such as `http://localhost:8080,http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// An entry that is not a scheme and a host. It would match no origin, although the operator relies on it.
    pub fn parse(list: &str) -> Result<Self, BadOrigin> {
        let origins: Vec<_> = list.split(',').map(str::trim).filter(|origin| !origin.is_empty()).collect();
        match origins.iter().find(|origin| !is_origin(origin)) {
            Some(origin) => Err(BadOrigin((*origin).to_owned())),
            None if origins.is_empty() => Err(BadOrigin(String::new())),
            None => Ok(Self::Listed(origins.into_iter().map(str::to_owned).collect())),
        }
    }

    /// Compared as a whole: an origin that only begins or ends like an allowed one is another.
    fn allow(&self, origin: &str, request: &Request) -> bool {
        match self {
            Self::Listed(origins) => origins.iter().any(|allowed| allowed == origin),
            Self::OfTheApi => {
                domain_name(request).is_some_and(|domain| origin.strip_prefix("https://") == Some(domain))
            }
        }
    }
}

/// A text that is not an origin.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an origin such as \"https://login.example.com\"")]
pub struct BadOrigin(String);

/// Accepts a call that changes state only from a page of the deployment itself (requirements C-08, C-09). A body must
/// be JSON, where there is one, and there must be no query.
///
/// # Errors
/// `forbidden-origin`, `unsupported-media-type`, `invalid-request`.
pub fn let_in(request: &Request, origins: &Origins) -> Result<(), Problem> {
    if !is_same_origin(request, origins) {
        return Err(ProblemType::ForbiddenOrigin.into());
    }
    if request.method() == Method::POST && !is_empty(request) && !is_json(request) {
        return Err(ProblemType::UnsupportedMediaType.into());
    }
    without_query(request)
}

/// Refuses a query: no call has one, and URLs are logged in many places (requirement I-09).
///
/// # Errors
/// `invalid-request`.
pub fn without_query(request: &Request) -> Result<(), Problem> {
    match request.uri().query() {
        None | Some("") => Ok(()),
        Some(_) => Err(Problem::invalid_request("This call takes no query.")),
    }
}

/// Reads the body straight into the type that the handler works with.
///
/// # Errors
/// `body-too-large`, `invalid-request`.
pub fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Problem> {
    let invalid =
        || Problem::invalid_request("The body must be a JSON object with exactly the fields of this call, each once.");
    let bytes = bytes(request)?;
    // The parser would also read a struct from an array of its fields.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(invalid());
    }
    // The parser's own words would repeat the input.
    serde_json::from_slice(bytes).map_err(|_| invalid())
}

/// Reads the body, where there is one.
///
/// # Errors
/// `body-too-large`, `invalid-request`.
pub fn optional_body<T: DeserializeOwned + Default>(request: &Request) -> Result<T, Problem> {
    if bytes(request)?.trim_ascii().is_empty() { Ok(T::default()) } else { body(request) }
}

/// Refuses a body where none is needed; an empty object is none.
///
/// # Errors
/// `body-too-large`, `invalid-request`.
pub fn no_body(request: &Request) -> Result<(), Problem> {
    let nothing = bytes(request)?.trim_ascii().is_empty() || body::<Nothing>(request).is_ok();
    if nothing { Ok(()) } else { Err(Problem::invalid_request("This call takes no body.")) }
}

/// An object without fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

fn is_empty(request: &Request) -> bool {
    match request.body() {
        Body::Text(text) => text.is_empty(),
        Body::Binary(bytes) => bytes.is_empty(),
        _ => true,
    }
}

fn bytes(request: &Request) -> Result<&[u8], Problem> {
    let bytes: &[u8] = match request.body() {
        Body::Text(text) => text.as_bytes(),
        Body::Binary(bytes) => bytes,
        _ => &[],
    };
    if bytes.len() > LARGEST_BODY { Err(ProblemType::BodyTooLarge.into()) } else { Ok(bytes) }
}

/// A page of the deployment itself. Browsers say so in `Sec-Fetch-Site`, which no page can set, or in `Origin`; a call
/// with neither is not from such a page.
fn is_same_origin(request: &Request, origins: &Origins) -> bool {
    let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    match (header(&SEC_FETCH_SITE), header(&ORIGIN)) {
        (None, None) => false,
        (site, origin) => {
            site.is_none_or(|site| site == "same-origin") && origin.is_none_or(|origin| origins.allow(origin, request))
        }
    }
}

fn is_json(request: &Request) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ', '*']))
}

/// The domain name that API Gateway itself was called by, not the `Host` header as the client wrote it.
fn domain_name(request: &Request) -> Option<&str> {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.domain_name.as_deref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        assert!(Origins::parse("https://login.example.com, http://localhost:8080").is_ok());
        for list in
            ["", "example.com", "https://", "https://example.com/", "https://*.example.com", "null", "https://a@b"]
        {
            assert!(Origins::parse(list).is_err(), "{list:?}");
        }
    }

    #[test]
    fn look_alikes_of_an_origin_are_refused() {
        let origins = Origins::parse("https://example.com").unwrap();
        let allow = |origin| origins.allow(origin, &Request::default());
        assert!(allow("https://example.com"));
        for origin in [
            "null",
            "",
            "http://example.com",
            "https://example.com.evil.com",
            "https://evilexample.com",
            "https://example.com:8443",
            "https://EXAMPLE.com",
        ] {
            assert!(!allow(origin), "{origin:?}");
        }
    }
}
