//! The pages of Doorcode, and the answer to every request that no other function takes.
//!
//! - `page`: pages, in a language.
//! - `assets`, `bundle`: what they are served with.
//! - `compressed`: answers for browsers that take them compressed.
//! - `numbers`: what the script knows of phone numbers.
//!
//! All of it is part of the program, so that nothing has to be built, copied or fetched. Here: what an address gets, in
//! which language, and what is answered where there is nothing.

mod assets;
mod bundle;
mod compressed;
mod numbers;
mod page;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use lambda_http::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, RETRY_AFTER, VARY};
use lambda_http::http::{HeaderValue, Method, StatusCode};
use lambda_http::{Body, Request, Response};
use shared::brand::Brand;
use shared::error::{Error, RedactedError};
use shared::http::{self, CookieName, Problem, ProblemType, cookies, kept_for_a_year, secured};
use shared::phone::Countries;
use shared::text::Language;

use crate::assets::Assets;
use crate::compressed::Compressed;
use crate::page::{NOT_FOUND, PAGES, Page, Sentences, UNAVAILABLE, Visit};

/// What the SMS inbox of the local program looks like, which it shares with the pages.
pub const BASE_STYLE: &str = include_str!("../assets/base.css");

/// The methods that every page and asset takes.
const ALLOWED_FOR_FILES: &str = "GET, HEAD";

/// What a page depends on, for caches; none keeps it, though.
const PAGE_VARIES: HeaderValue = HeaderValue::from_static("accept-encoding, accept-language, cookie");

/// The addresses of the API, which other functions answer. They are known here because a call with a wrong method comes
/// here, and must be told the right ones. `infra/template.yaml` has the same list as routes.
pub const API: [ApiPath; 7] = [
    ApiPath { path: "/auth/login", allow: "POST" },
    ApiPath { path: "/auth/login/resend", allow: "POST" },
    ApiPath { path: "/auth/code", allow: "POST" },
    ApiPath { path: "/auth/register", allow: "POST" },
    ApiPath { path: "/auth/session", allow: "GET, DELETE" },
    ApiPath { path: "/auth/lock", allow: "POST" },
    ApiPath { path: "/auth/unlock", allow: "POST" },
];

/// An address of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiPath {
    /// The path, without anything that varies.
    pub path: &'static str,
    /// The methods that the path takes, as in the header `allow`.
    pub allow: &'static str,
}

impl ApiPath {
    /// The methods that the path takes, one by one.
    pub fn methods(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.allow.split(", ")
    }
}

/// The function `pages`. Pages are written once for each language and kept.
pub struct Pages {
    brand: Brand,
    country: String,
    assets: Assets,
    policy: HeaderValue,
    /// Whether the settings of the deployment are good.
    is_open: bool,
    written: Mutex<BTreeMap<Variant, Arc<Compressed>>>,
}

/// What one page differs by: its name, its language, and whether the browser has a session.
type Variant = (&'static str, &'static str, bool);

impl Pages {
    /// The pages of a service that takes numbers of these countries.
    #[must_use]
    pub fn new(brand: Brand, countries: &Countries) -> Self {
        Self::with(brand, countries.default_country().as_str(), &numbers::json(countries), true)
    }

    /// Pages while the settings of the deployment are wrong: `503` to everything but assets, which the page that says so
    /// needs too.
    #[must_use]
    pub fn without_settings() -> Self {
        Self::with(Brand::default(), "", "\"\"", false)
    }

    fn with(brand: Brand, country: &str, numbers: &str, is_open: bool) -> Self {
        let assets = Assets::new(brand.accent, numbers);
        let policy = HeaderValue::from_str(&page_policy(&assets.style_hash));
        let policy = policy.unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Self { brand, country: country.to_owned(), assets, policy, is_open, written: Mutex::default() }
    }

    /// Answers a request for a page or an asset, and every request that has no other place to go.
    #[must_use]
    pub fn handle(&self, request: &Request) -> Response<Body> {
        let is_asset = self.assets.at(request.uri().path()).is_some();
        let mut response = if self.is_open || is_asset { self.answer(request) } else { self.refusal(request) };
        if request.method() == Method::HEAD {
            *response.body_mut() = Body::Empty;
        }
        response
    }

    fn refusal(&self, request: &Request) -> Response<Body> {
        let problem = Problem::from(Error::Unavailable(RedactedError::new("settings", "wrong"))).into_response();
        if !is_for_a_person(request) {
            return problem;
        }
        let mut page = self.page(&UNAVAILABLE, request, problem.status());
        page.headers_mut().extend(problem.headers().get(RETRY_AFTER).map(|wait| (RETRY_AFTER, wait.clone())));
        page
    }

    fn answer(&self, request: &Request) -> Response<Body> {
        let path = request.uri().path();
        if let Some(api) = API.iter().find(|api| api.path == path)
            && !api.methods().any(|method| method == request.method().as_str())
        {
            return Problem::method_not_allowed(api.allow).into_response();
        }
        let (asset, page) = (self.assets.at(path), page_at(path));
        if (asset.is_some() || page.is_some()) && ![Method::GET, Method::HEAD].contains(request.method()) {
            return Problem::method_not_allowed(ALLOWED_FOR_FILES).into_response();
        }
        if let Some(asset) = asset {
            let mut response = asset.body.response(request.headers());
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
            // Not under another version: caches would keep this content under an address that names other content.
            return if self.assets.is_current(path) { kept_for_a_year(response) } else { secured(response) };
        }
        match page {
            Some(page) if page.path == path => self.page(page, request, StatusCode::OK),
            Some(page) => moved(page.path),
            None if is_for_a_person(request) => self.page(&NOT_FOUND, request, StatusCode::NOT_FOUND),
            None => Problem::from(ProblemType::NotFound).into_response(),
        }
    }

    fn page(&self, page: &'static Page, request: &Request, status: StatusCode) -> Response<Body> {
        let mut response = self.written(page, visit(request)).response(request.headers());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        headers.insert(VARY, PAGE_VARIES);
        secured(response)
    }

    /// The page for a visit, written now or before.
    fn written(&self, page: &'static Page, visit: Visit) -> Arc<Compressed> {
        let key = (page.name, visit.language.tag(), visit.has_session);
        // Nothing is half done where a thread might panic.
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let html = || {
            let words = Sentences::of(visit.language, &self.brand);
            page.html(visit, &words, &self.brand, &self.assets, &self.country)
        };
        written.entry(key).or_insert_with(|| Arc::new(Compressed::new(html()))).clone()
    }
}

/// What a page may do (requirement C-13): load its own files, and call its own API. No script in the page, no style but
/// the one that is written into it, and no script may turn text into markup.
fn page_policy(style_hash: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src {style_hash}; img-src 'self'; connect-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"
    )
}

/// The page at an address, also where a slash follows it.
fn page_at(path: &str) -> Option<&'static Page> {
    let shorter = path.strip_suffix('/').filter(|shorter| *shorter != "/");
    let is_at = |page: &&Page| page.path == path || Some(page.path) == shorter;
    PAGES.iter().find(is_at)
}

fn moved(path: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(path));
    secured(response)
}

fn visit(request: &Request) -> Visit {
    Visit {
        language: chosen_language(request).unwrap_or_else(|| http::language(request)),
        has_session: cookies::read(request, CookieName::Session).is_some(),
    }
}

/// The language that the person chose before, in a cookie that the page's script sets.
fn chosen_language(request: &Request) -> Option<Language> {
    let tag = cookies::values(request, "__Host-language").next()?;
    Language::ALL.iter().copied().find(|language| language.tag().as_bytes() == tag)
}

/// A browser that shows the answer to a person accepts HTML; a script or `curl` does not.
fn is_for_a_person(request: &Request) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/html") && !request.uri().path().starts_with("/auth/")
}

#[cfg(test)]
mod tests;
