//! The pages of Doorcode, and the answer to every request that no other function takes.
//!
//! `files` holds what is served. Here: which file an address gets, and what is answered where there is none.

mod files;
pub mod numbers;

use lambda_http::http::header::{ACCEPT, RETRY_AFTER};
use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use shared::error::{Error, RedactedError};
use shared::http::{Problem, ProblemType, kept_for_a_year};

/// The methods that every page and asset takes.
const ALLOWED_FOR_FILES: &str = "GET, HEAD";

/// The addresses of the API, which other functions answer. They are known here because a call with a wrong method comes
/// here, and must be told the right ones. `infra/template.yaml` has the same list as routes.
pub const API: [ApiPath; 6] = [
    ApiPath { path: "/auth/login", allow: "POST" },
    ApiPath { path: "/auth/login/resend", allow: "POST" },
    ApiPath { path: "/auth/code", allow: "POST" },
    ApiPath { path: "/auth/register", allow: "POST" },
    ApiPath { path: "/auth/session", allow: "GET, DELETE" },
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

/// Answers a request for a page or an asset, and every request that has no other place to go.
#[must_use]
pub fn handle(request: &Request) -> Response<Body> {
    finished(request, answer(request))
}

/// Answers in place of [`handle`] while the settings of the deployment are wrong: `503` to everything but assets, which
/// the page that says so needs too.
#[must_use]
pub fn refuse(request: &Request) -> Response<Body> {
    if files::at(request.uri().path()).is_some_and(files::File::is_asset) {
        return handle(request);
    }
    let mut refusal = Problem::from(Error::Unavailable(RedactedError::new("settings", "wrong"))).into_response();
    if is_for_a_person(request) {
        let problem = refusal;
        refusal = files::UNAVAILABLE.response(problem.status());
        refusal.headers_mut().extend(problem.headers().get(RETRY_AFTER).map(|wait| (RETRY_AFTER, wait.clone())));
    }
    finished(request, refusal)
}

/// Removes the body from the answer to `HEAD`.
fn finished(request: &Request, mut response: Response<Body>) -> Response<Body> {
    if request.method() == Method::HEAD {
        *response.body_mut() = Body::Empty;
    }
    response
}

fn answer(request: &Request) -> Response<Body> {
    let path = request.uri().path();
    if let Some(api) = API.iter().find(|api| api.path == path)
        && !api.methods().any(|method| method == request.method().as_str())
    {
        return Problem::method_not_allowed(api.allow).into_response();
    }
    match files::at(path) {
        Some(_) if ![Method::GET, Method::HEAD].contains(request.method()) => {
            Problem::method_not_allowed(ALLOWED_FOR_FILES).into_response()
        }
        // Not under another version: caches would keep this content under an address that names other content.
        Some(file) if files::is_current(path) => kept_for_a_year(file.response(StatusCode::OK)),
        Some(file) => file.response(StatusCode::OK),
        None if is_for_a_person(request) => files::NOT_FOUND.response(StatusCode::NOT_FOUND),
        None => Problem::from(ProblemType::NotFound).into_response(),
    }
}

/// A browser that shows the answer to a person accepts HTML; a script or `curl` does not.
fn is_for_a_person(request: &Request) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/html") && !request.uri().path().starts_with("/auth/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    fn call(method: &str, path: &str, accept: &str) -> Response<Body> {
        let request = lambda_http::http::Request::builder().method(method).uri(path).header(ACCEPT, accept);
        handle(&request.body(Body::Empty).unwrap())
    }

    fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The address at which an asset is served, as the sign-in page names it.
    fn current(asset: &str) -> String {
        let page = call("GET", "/", BROWSER);
        let Body::Text(text) = page.body() else { panic!("{page:?}") };
        let version = text.split("\"/assets/").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
        asset.replace("/assets/", &format!("/assets/{version}/"))
    }

    #[test]
    fn a_page_has_its_own_policy() {
        for page in &files::PAGES {
            let response = call("GET", page.path, BROWSER);
            assert_eq!(response.status(), 200, "{}", page.path);
            assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
            assert_eq!(
                header(&response, "content-security-policy"),
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                 form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"
            );
            assert_eq!(header(&response, "cache-control"), "no-store");
            assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        }
    }

    #[test]
    fn an_asset_has_its_type_and_the_strictest_policy() {
        for asset in &files::ASSETS {
            let response = call("GET", &current(asset.path), "*/*");
            let content_type = match asset.path.rsplit_once('.').unwrap().1 {
                "css" => "text/css; charset=utf-8",
                "js" => "text/javascript; charset=utf-8",
                "svg" => "image/svg+xml",
                other => panic!("{other}"),
            };
            assert_eq!(response.status(), 200, "{}", asset.path);
            assert_eq!(header(&response, "content-type"), content_type, "{}", asset.path);
            assert!(header(&response, "content-security-policy").starts_with("default-src 'none'; base-uri"));
            assert!(!response.body().is_empty());
        }
    }

    /// Requirement C-13: what a browser keeps for a year under an address is what belongs there.
    #[test]
    fn an_asset_is_kept_under_the_present_version_alone() {
        for asset in &files::ASSETS {
            let now = call("GET", &current(asset.path), "*/*");
            assert_eq!(header(&now, "cache-control"), "public, max-age=31536000, immutable", "{}", asset.path);
            for version in ["AAAAAAAAAAAAAAAA", "a", "..", ""] {
                let path = asset.path.replace("/assets/", &format!("/assets/{version}/"));
                let then = call("GET", &path, "*/*");
                assert_eq!((then.status().as_u16(), header(&then, "cache-control")), (200, "no-store"), "{path}");
                assert_eq!(then.body().as_ref(), now.body().as_ref(), "{path}");
            }
            let without = call("GET", asset.path, "*/*");
            assert_eq!((without.status().as_u16(), header(&without, "cache-control")), (404, "no-store"));
        }
        for (method, path) in [("POST", "/assets/style.css"), ("GET", "/assets/login.html"), ("GET", "/assets/")] {
            let refused = call(method, &current(path), BROWSER);
            assert!(refused.status().is_client_error(), "{method} {path}");
            assert_eq!(header(&refused, "cache-control"), "no-store", "{method} {path}");
        }
    }

    #[test]
    fn head_is_get_without_the_body() {
        for path in ["/", &current("/assets/style.css"), "/nothing", "/auth/nothing", "/auth/login"] {
            let head = call("HEAD", path, BROWSER);
            assert!(head.body().is_empty(), "{path}");
            let get = call("GET", path, BROWSER);
            assert_eq!((head.status(), head.headers()), (get.status(), get.headers()), "{path}");
        }
    }

    #[test]
    fn nothing_but_assets_is_there_while_the_settings_are_wrong() {
        let refuse = |method: &str, path: &str, accept: &str| {
            let request = lambda_http::http::Request::builder().method(method).uri(path).header(ACCEPT, accept);
            super::refuse(&request.body(Body::Empty).unwrap())
        };
        for (path, accept, kind) in [
            ("/", BROWSER, "text/html; charset=utf-8"),
            ("/code", BROWSER, "text/html; charset=utf-8"),
            ("/nothing", BROWSER, "text/html; charset=utf-8"),
            ("/", "*/*", "application/problem+json"),
            ("/auth/login", BROWSER, "application/problem+json"),
        ] {
            let refusal = refuse("GET", path, accept);
            assert_eq!((refusal.status().as_u16(), header(&refusal, "content-type")), (503, kind), "{path}");
            assert_eq!(header(&refusal, "retry-after"), "2", "{path}");
            assert_eq!(header(&refusal, "cache-control"), "no-store", "{path}");
            assert!(!refusal.body().is_empty() && refuse("HEAD", path, accept).body().is_empty(), "{path}");
        }
        for version in [&current("/assets/style.css"), "/assets/another/style.css"] {
            assert_eq!(refuse("GET", version, "text/css").status(), 200, "{version}");
        }
    }

    #[test]
    fn a_query_does_not_hide_a_page() {
        assert_eq!(call("GET", "/?from=elsewhere", BROWSER).status(), 200);
    }

    #[test]
    fn a_person_gets_a_page_where_there_is_nothing_and_a_program_a_problem() {
        let page = call("GET", "/nothing", BROWSER);
        assert_eq!((page.status().as_u16(), header(&page, "content-type")), (404, "text/html; charset=utf-8"));
        assert!(header(&page, "content-security-policy").contains("style-src 'self'"));
        for (path, accept) in [
            ("/nothing", "*/*"),
            ("/auth/nothing", BROWSER),
            ("/favicon.ico", "image/*"),
            ("/code/", ""),
            ("/assets/../login.html", ""),
            ("/assets/style.css", "text/css"),
        ] {
            let problem = call("GET", path, accept);
            assert_eq!(
                (problem.status().as_u16(), header(&problem, "content-type")),
                (404, "application/problem+json")
            );
        }
    }

    #[test]
    fn a_file_is_only_read() {
        for path in ["/", "/code", &current("/assets/style.css"), "/assets/another/style.css"] {
            for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
                let response = call(method, path, BROWSER);
                assert_eq!(
                    (response.status().as_u16(), header(&response, "allow")),
                    (405, "GET, HEAD"),
                    "{method} {path}"
                );
                assert_eq!(header(&response, "content-type"), "application/problem+json");
            }
        }
    }

    #[test]
    fn a_call_with_a_wrong_method_is_told_the_right_ones() {
        for api in API {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                let response = call(method, api.path, "application/json");
                let is_right = api.methods().any(|right| right == method);
                // A right one comes here only where the route to its function is missing.
                let expected = if is_right { (404, "") } else { (405, api.allow) };
                assert_eq!((response.status().as_u16(), header(&response, "allow")), expected, "{method} {}", api.path);
            }
        }
    }
}
