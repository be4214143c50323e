//! What the function answers; in `content`, what its pages hold.

mod content;

use lambda_http::http;

use super::*;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const EVERY_PATH: [&str; 4] = ["/", "/code", "/register", "/account"];

fn pages() -> Pages {
    Pages::new(Brand::default(), &Countries::parse("SE,NO", "SE").unwrap())
}

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request {
    let request = http::Request::builder().method(method).uri(path);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).body(Body::Empty).unwrap()
}

fn call(method: &str, path: &str, accept: &str) -> Response<Body> {
    pages().handle(&request(method, path, &[("accept", accept)]))
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn text(response: &Response<Body>) -> &str {
    match response.body() {
        Body::Text(text) => text,
        body => panic!("{body:?}"),
    }
}

/// The pages of a service, as a browser gets them that takes these languages.
fn written(pages: &Pages, accept_language: &str) -> Vec<String> {
    let page = |path: &&str| {
        let headers = [("accept", BROWSER), ("accept-language", accept_language)];
        text(&pages.handle(&request("GET", path, &headers))).to_owned()
    };
    EVERY_PATH.iter().chain(&["/nothing"]).map(page).collect()
}

/// The text between each `before` and the `after` that follows it.
fn between<'a>(text: &'a str, before: &'a str, after: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).filter_map(move |rest| rest.split(after).next())
}

/// The address at which an asset is served, as the sign-in page names it.
fn current(name: &str) -> String {
    pages().assets.address(name)
}

#[test]
fn a_page_has_its_own_policy() {
    for path in EVERY_PATH {
        let response = call("GET", path, BROWSER);
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
        let policy = header(&response, "content-security-policy");
        let (before, hash) = policy.split_once("style-src 'sha256-").unwrap();
        let (hash, after) = hash.split_once("'; ").unwrap();
        assert_eq!(before, "default-src 'none'; script-src 'self'; ");
        assert_eq!(hash.len(), 44);
        assert_eq!(
            after,
            "img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
             require-trusted-types-for 'script'"
        );
        assert_eq!(header(&response, "cache-control"), "no-store");
        assert_eq!(header(&response, "vary"), "accept-encoding, accept-language, cookie");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
    }
}

#[test]
fn an_asset_has_its_type_and_the_strictest_policy() {
    for (name, content_type) in [("door.js", "text/javascript; charset=utf-8"), ("logo.svg", "image/svg+xml")] {
        let response = call("GET", &current(name), "*/*");
        assert_eq!(response.status(), 200, "{name}");
        assert_eq!(header(&response, "content-type"), content_type, "{name}");
        assert_eq!(header(&response, "vary"), "accept-encoding", "{name}");
        assert!(header(&response, "content-security-policy").starts_with("default-src 'none'; base-uri"));
        assert!(!response.body().is_empty());
    }
}

/// Requirement C-13: what a browser keeps for a year under an address is what belongs there.
#[test]
fn an_asset_is_kept_under_the_present_version_alone() {
    for name in ["door.js", "logo.svg"] {
        let now = call("GET", &current(name), "*/*");
        assert_eq!(header(&now, "cache-control"), "public, max-age=31536000, immutable", "{name}");
        for version in ["AAAAAAAAAAAAAAAA", "a", "..", ""] {
            let path = format!("/assets/{version}/{name}");
            let then = call("GET", &path, "*/*");
            assert_eq!((then.status().as_u16(), header(&then, "cache-control")), (200, "no-store"), "{path}");
            assert_eq!(then.body().as_ref(), now.body().as_ref(), "{path}");
        }
        let without = call("GET", &format!("/assets/{name}"), "*/*");
        assert_eq!((without.status().as_u16(), header(&without, "cache-control")), (404, "no-store"));
    }
    for (method, path) in [("POST", "door.js"), ("GET", "login.html"), ("GET", "login.js"), ("GET", "")] {
        let refused = call(method, &current(path), BROWSER);
        assert!(refused.status().is_client_error(), "{method} {path}");
        assert_eq!(header(&refused, "cache-control"), "no-store", "{method} {path}");
    }
}

#[test]
fn head_is_get_without_the_body() {
    for path in ["/", &current("door.js"), "/nothing", "/auth/nothing", "/auth/login", "/code/"] {
        let head = call("HEAD", path, BROWSER);
        assert!(head.body().is_empty(), "{path}");
        let get = call("GET", path, BROWSER);
        assert_eq!((head.status(), head.headers()), (get.status(), get.headers()), "{path}");
    }
}

#[test]
fn nothing_but_assets_is_there_while_the_settings_are_wrong() {
    let closed = Pages::without_settings();
    let refuse = |method: &str, path: &str, accept: &str| closed.handle(&request(method, path, &[("accept", accept)]));
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
    for path in [&closed.assets.address("logo.svg"), "/assets/another/logo.svg"] {
        assert_eq!(refuse("GET", path, "image/*").status(), 200, "{path}");
    }
}

#[test]
fn a_query_does_not_hide_a_page() {
    assert_eq!(call("GET", "/?from=elsewhere", BROWSER).status(), 200);
}

#[test]
fn a_slash_too_many_leads_to_the_page() {
    for (path, to) in [("/code/", "/code"), ("/register/", "/register"), ("/account/", "/account")] {
        let moved = call("GET", path, BROWSER);
        assert_eq!((moved.status().as_u16(), header(&moved, "location")), (308, to));
        assert_eq!(call("POST", path, BROWSER).status(), 405, "{path}");
    }
    for path in ["//", "/code//", "/nothing/", "/auth/login/"] {
        assert_eq!(call("GET", path, BROWSER).status(), 404, "{path}");
    }
}

#[test]
fn a_person_gets_a_page_where_there_is_nothing_and_a_program_a_problem() {
    let page = call("GET", "/nothing", BROWSER);
    assert_eq!((page.status().as_u16(), header(&page, "content-type")), (404, "text/html; charset=utf-8"));
    assert!(header(&page, "content-security-policy").contains("style-src 'sha256-"));
    for (path, accept) in [
        ("/nothing", "*/*"),
        ("/auth/nothing", BROWSER),
        ("/favicon.ico", "image/*"),
        ("/assets/../login.html", ""),
        ("/assets/door.js", "text/javascript"),
    ] {
        let problem = call("GET", path, accept);
        assert_eq!((problem.status().as_u16(), header(&problem, "content-type")), (404, "application/problem+json"));
    }
}

#[test]
fn a_file_is_only_read() {
    for path in ["/", "/code", &current("door.js"), "/assets/another/door.js"] {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            let response = call(method, path, BROWSER);
            assert_eq!((response.status().as_u16(), header(&response, "allow")), (405, "GET, HEAD"), "{method} {path}");
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

/// What is chosen goes before what the browser takes.
#[test]
fn a_page_is_in_the_language_that_was_chosen_or_that_the_browser_takes() {
    let pages = pages();
    let language = |headers: &[(&str, &str)]| {
        let page = pages.handle(&request("GET", "/", headers));
        between(text(&page), "<html lang=\"", "\"").next().unwrap().to_owned()
    };
    let known = |tag: &str| Language::ALL.iter().any(|language| language.tag() == tag);
    assert_eq!(language(&[]), "en");
    for (headers, expected) in [
        (vec![("accept-language", "sv-FI, en;q=0.5")], "sv"),
        (vec![("cookie", "__Host-language=sv")], "sv"),
        (vec![("cookie", "a=b;\t__Host-language=ar; c=d"), ("accept-language", "sv")], "ar"),
        (vec![("cookie", "__Host-language=tlh"), ("accept-language", "sv")], "sv"),
        (vec![("cookie", "\u{2000}__Host-language=ar"), ("accept-language", "sv")], "sv"),
        (vec![("cookie", "language=ar"), ("accept-language", "tlh")], "en"),
    ] {
        assert_eq!(language(&headers), if known(expected) { expected } else { "en" }, "{headers:?}");
    }
    for tag in Language::ALL.iter().filter(|language| language.is_right_to_left()).map(|language| language.tag()) {
        let page = pages.handle(&request("GET", "/", &[("accept-language", tag)]));
        assert!(text(&page).contains("dir=\"rtl\">"), "{tag}");
    }
}

/// Requirement P-7 of the pages: without a session's cookie the page asks for none, and so nothing is refused.
#[test]
fn a_page_knows_whether_there_may_be_a_session() {
    let pages = pages();
    for (cookie, expected) in [
        (format!("__Host-session={}", "A".repeat(43)), "\"hasSession\":true"),
        ("__Host-session=junk".to_owned(), "\"hasSession\":false"),
        ("a=b".to_owned(), "\"hasSession\":false"),
    ] {
        let page = pages.handle(&request("GET", "/", &[("cookie", &cookie)]));
        assert!(text(&page).contains(expected), "{cookie}");
    }
}
