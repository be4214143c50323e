//! What browsers load: four pages, a page for a mistyped address, a page for wrong settings, and their assets. All of
//! it is part of the program, so that nothing has to be built, copied or fetched.
//!
//! Assets are the same for everybody, so browsers may keep them, at addresses that change when any of them does:
//! `/assets/<version>/<name>`. In the files a page names `/assets/<name>`, and gets the version as it is served; a
//! script names the modules that stand beside it, `./<name>`, and so finds those of its own version.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lambda_http::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use sha2::{Digest, Sha256};
use shared::http::secured;

/// What a page may do (requirement C-13): load its own files, and call its own API. No inline script or style, and no
/// script may turn text into markup.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'",
);

/// Where assets are.
const ASSETS_AT: &str = "/assets/";

/// Bytes of the digest that make a version: enough that no two are ever the same by chance, in 16 characters.
const VERSION_BYTES: usize = 12;

/// One file.
pub struct File {
    /// The address of a page. An asset has the version in its address, and here it is as pages name it in the files.
    pub path: &'static str,
    kind: Kind,
    text: &'static str,
}

enum Kind {
    Page,
    Style,
    Script,
    Image,
}

pub static PAGES: [File; 4] = [
    page("/", include_str!("../assets/login.html")),
    page("/code", include_str!("../assets/code.html")),
    page("/register", include_str!("../assets/register.html")),
    page("/account", include_str!("../assets/account.html")),
];

/// Served with status 404 wherever a person looks for a page that does not exist.
pub static NOT_FOUND: File = page("", include_str!("../assets/not-found.html"));

/// Served with status 503 in place of every page while the settings are wrong.
pub static UNAVAILABLE: File = page("", include_str!("../assets/unavailable.html"));

pub static ASSETS: [File; 13] = [
    asset("/assets/style.css", Kind::Style, include_str!("../assets/style.css")),
    asset("/assets/door.svg", Kind::Image, include_str!("../assets/door.svg")),
    // One script for each page.
    asset("/assets/login.js", Kind::Script, include_str!("../assets/login.js")),
    asset("/assets/code.js", Kind::Script, include_str!("../assets/code.js")),
    asset("/assets/register.js", Kind::Script, include_str!("../assets/register.js")),
    asset("/assets/account.js", Kind::Script, include_str!("../assets/account.js")),
    // What they share.
    asset("/assets/api.js", Kind::Script, include_str!("../assets/api.js")),
    asset("/assets/problems.js", Kind::Script, include_str!("../assets/problems.js")),
    asset("/assets/form.js", Kind::Script, include_str!("../assets/form.js")),
    asset("/assets/login-request.js", Kind::Script, include_str!("../assets/login-request.js")),
    asset("/assets/phone.js", Kind::Script, include_str!("../assets/phone.js")),
    asset("/assets/typed.js", Kind::Script, include_str!("../assets/typed.js")),
    asset("/assets/words.js", Kind::Script, include_str!("../assets/words.js")),
];

/// The version of the assets, from the names and the content of all: scripts and style belong together.
static VERSION: LazyLock<String> = LazyLock::new(|| version_of(&ASSETS));

/// The file at an address. An asset is served under every version, since a page may come from before a deployment, or
/// from another instance during one. It is not served without a version, since no page names such an address.
pub fn at(path: &str) -> Option<&'static File> {
    match version_and_name(path) {
        Some((_, name)) => ASSETS.iter().find(|asset| asset.path.strip_prefix(ASSETS_AT) == Some(name)),
        None => PAGES.iter().find(|page| page.path == path),
    }
}

/// Whether an address has the version of what is served there now.
pub fn is_current(path: &str) -> bool {
    version_and_name(path).is_some_and(|(version, _)| version == *VERSION)
}

fn version_and_name(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix(ASSETS_AT)?.split_once('/')
}

impl File {
    /// Whether it is an asset: the same for everybody, and without anything personal.
    pub fn is_asset(&self) -> bool {
        !matches!(self.kind, Kind::Page)
    }

    /// The answer that carries the file, with the security headers.
    pub fn response(&self, status: StatusCode) -> Response<Body> {
        let mut response = Response::new(self.body());
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.kind.content_type()));
        if let Kind::Page = self.kind {
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, PAGE_POLICY);
        }
        secured(response)
    }

    /// The text as it is served: a page names its assets with their version.
    fn body(&self) -> Body {
        if self.is_asset() {
            return Body::from(self.text);
        }
        Body::from(self.text.replace("\"/assets/", &format!("\"/assets/{}/", *VERSION)))
    }
}

fn version_of(assets: &[File]) -> String {
    let mut digest = Sha256::new();
    for asset in assets {
        // A zero is in none of them, so that the end of one is not taken for the beginning of another.
        for part in [asset.path, asset.text] {
            digest.update(part);
            digest.update([0]);
        }
    }
    URL_SAFE_NO_PAD.encode(&digest.finalize()[..VERSION_BYTES])
}

impl Kind {
    const fn content_type(&self) -> &'static str {
        match self {
            Self::Page => "text/html; charset=utf-8",
            Self::Style => "text/css; charset=utf-8",
            Self::Script => "text/javascript; charset=utf-8",
            Self::Image => "image/svg+xml",
        }
    }
}

const fn page(path: &'static str, text: &'static str) -> File {
    File { path, kind: Kind::Page, text }
}

const fn asset(path: &'static str, kind: Kind, text: &'static str) -> File {
    File { path, kind, text }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use shared::http::ProblemType;

    use super::*;

    /// The text between each `before` and the `after` that follows it.
    fn between<'a>(text: &'a str, before: &'a str, after: char) -> impl Iterator<Item = &'a str> {
        text.split(before).skip(1).filter_map(move |rest| rest.split(after).next())
    }

    fn every_page() -> impl Iterator<Item = &'static File> {
        PAGES.iter().chain([&NOT_FOUND, &UNAVAILABLE])
    }

    fn scripts() -> impl Iterator<Item = &'static File> {
        ASSETS.iter().filter(|file| matches!(file.kind, Kind::Script))
    }

    /// The text of a file as it was written, by the address that is written in others.
    fn text(path: &str) -> &'static str {
        let file = PAGES.iter().chain(&ASSETS).find(|file| file.path == path);
        file.unwrap_or_else(|| panic!("{path} is missing")).text
    }

    /// The modules that a script names, each as pages name it.
    fn named_by(script: &str) -> impl Iterator<Item = String> {
        between(script, "from \"", '"').map(|module| match module.strip_prefix("./") {
            Some(name) => format!("/assets/{name}"),
            None => panic!("{module} does not stand beside the script, so that its version may be another"),
        })
    }

    /// A script's modules, and theirs.
    fn modules(script: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<_> = named_by(script).collect();
        while let Some(module) = open.pop() {
            open.extend(named_by(text(&module)));
            found.insert(module);
        }
        found
    }

    /// A page as it is served.
    fn served(page: &File) -> String {
        match page.body() {
            Body::Text(text) => text,
            body => panic!("{}: {body:?}", page.path),
        }
    }

    #[test]
    fn pages_hold_nothing_that_their_policy_would_block() {
        for page in every_page() {
            for script in between(page.text, "<script", '<') {
                assert!(script.contains(" src=\"/assets/") && script.ends_with("\">"), "{}: {script}", page.path);
            }
            for tag in between(page.text, "<", '>') {
                assert!(!tag.starts_with("style"), "{}: {tag}", page.path);
                for attribute in between(tag, " ", '=') {
                    assert!(attribute != "style" && !attribute.starts_with("on"), "{}: {tag}", page.path);
                }
            }
            assert!(
                !page.text.contains("javascript:") && !page.text.contains("//"),
                "{}: an address elsewhere",
                page.path
            );
        }
    }

    #[test]
    fn scripts_make_no_markup_and_keep_nothing_for_good() {
        for script in scripts() {
            let forbidden =
                ["HTML", "document.write", "eval(", "Function(", "localStorage", "document.cookie", "console."];
            for word in forbidden {
                assert!(!script.text.contains(word), "{}: {word}", script.path);
            }
        }
    }

    #[test]
    fn every_file_that_is_named_exists_and_every_asset_is_named() {
        let mut named = BTreeSet::new();
        for page in every_page() {
            named.extend(between(page.text, "href=\"", '"').map(str::to_owned));
            named.extend(between(page.text, "src=\"", '"').map(str::to_owned));
        }
        for script in scripts() {
            named.extend(named_by(script.text));
            named.extend(between(script.text, "location.assign(\"", '"').map(str::to_owned));
            named.extend(between(script.text, "location.replace(\"", '"').map(str::to_owned));
        }
        for path in &named {
            assert!(!text(path).is_empty(), "{path} is empty");
        }
        for asset in &ASSETS {
            assert!(named.contains(asset.path), "{} is used nowhere", asset.path);
        }
    }

    #[test]
    fn a_page_is_served_as_it_is_written_but_for_the_version_of_its_assets() {
        let versioned = format!("{ASSETS_AT}{}/", *VERSION);
        for page in every_page() {
            let served = served(page);
            assert_eq!(served.replace(&versioned, ASSETS_AT), page.text, "{}", page.path);
            // In quotes or not: none is left without it.
            assert_eq!(served.matches(ASSETS_AT).count(), served.matches(&versioned).count(), "{}", page.path);
            for address in between(&served, "\"/assets/", '"').map(|rest| format!("/assets/{rest}")) {
                assert!(at(&address).is_some_and(File::is_asset) && is_current(&address), "{}: {address}", page.path);
            }
        }
    }

    #[test]
    fn the_version_is_short_fits_into_an_address_and_changes_with_every_name_and_text() {
        assert_eq!(VERSION.len(), 16);
        assert!(VERSION.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        let asset = |path, text| asset(path, Kind::Script, text);
        let versions = [
            version_of(&[asset("/assets/a.js", "1"), asset("/assets/b.js", "2")]),
            version_of(&[asset("/assets/a.js", "1"), asset("/assets/b.js", "3")]),
            version_of(&[asset("/assets/a.js", "1"), asset("/assets/c.js", "2")]),
            version_of(&[asset("/assets/a.js", "1/assets/b.js2")]),
            version_of(&[asset("/assets/a.js", "1")]),
        ];
        assert_eq!(BTreeSet::from(versions).len(), 5);
    }

    /// Without this the browser learns of each module only when it has read the one before.
    #[test]
    fn every_page_loads_the_modules_of_its_script_at_once() {
        for page in &PAGES {
            let script = between(page.text, "<script type=\"module\" src=\"", '"').next().unwrap();
            let preloaded = between(page.text, "<link rel=\"modulepreload\" href=\"", '"').map(str::to_owned);
            let preloaded: BTreeSet<_> = preloaded.collect();
            assert_eq!(preloaded, modules(text(script)), "{}", page.path);
        }
    }

    #[test]
    fn every_element_that_a_script_names_is_in_its_page() {
        for page in &PAGES {
            let script = between(page.text, "<script type=\"module\" src=\"", '"').next().unwrap();
            let ids: BTreeSet<_> = between(page.text, " id=\"", '"').collect();
            for id in between(text(script), "element(\"", '"').chain(["problem"]) {
                assert!(ids.contains(id), "{}: no element {id:?}", page.path);
            }
            for label in between(page.text, "<label for=\"", '"') {
                assert!(ids.contains(label), "{}: nothing is labelled {label:?}", page.path);
            }
            for described in between(page.text, "aria-describedby=\"", '"').flat_map(str::split_whitespace) {
                assert!(ids.contains(described), "{}: nothing describes as {described:?}", page.path);
            }
        }
    }

    #[test]
    fn every_problem_has_a_sentence() {
        let lines = between(text("/assets/problems.js"), "\n  \"", '\n');
        let sentences: BTreeSet<_> = lines
            .map(|line| {
                let (name, sentence) = line.split_once("\": \"").unwrap();
                assert!(sentence.ends_with(".\","), "{name}: not a sentence");
                name
            })
            .collect();
        // The last two are found by the browser: no answer, and none that can be read.
        let problems: BTreeSet<_> =
            ProblemType::ALL.iter().map(|problem| problem.name()).chain(["network", "unreadable"]).collect();
        assert_eq!(sentences, problems);
    }

    /// Requirements P-08, D-02, D-04.
    #[test]
    fn the_notice_stands_before_the_first_send() {
        let page = text("/");
        for words in [
            "id=\"notice\"",
            "text message",
            "charges",
            "not safe",
            "SIM swap",
            "Intercepted",
            "false page",
            "payments",
        ] {
            assert!(page.contains(words), "{words}");
        }
    }

    /// Requirements C-17 and G-15: the code can be filled in and pasted, and nothing says how long it is.
    #[test]
    fn the_code_field_takes_every_spelling_and_tells_no_length() {
        let page = text("/code");
        assert!(page.contains("autocomplete=\"one-time-code\" inputmode=\"numeric\""));
        for hint in ["maxlength", "minlength", "pattern", "placeholder", "size=", "six", "eight", "6", "8 "] {
            assert!(!between(page, "<main>", '\0').any(|main| main.contains(hint)), "{hint}");
        }
    }

    #[test]
    fn every_page_says_what_it_is_and_that_it_needs_scripts() {
        let mut titles = BTreeSet::new();
        for page in every_page() {
            assert!(page.text.starts_with("<!doctype html>\n<html lang=\"en\">"), "{}", page.path);
            assert!(page.text.contains("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"));
            assert!(
                titles.insert(between(page.text, "<title>", '<').next().unwrap()),
                "{}: another's title",
                page.path
            );
        }
        for page in &PAGES {
            assert!(page.text.contains("<noscript>"), "{}", page.path);
        }
    }
}
