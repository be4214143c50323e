//! What pages hold: words, elements, and nothing that their policy would block.

use std::collections::BTreeSet;

use shared::brand::{Accent, Link};
use shared::text::ServiceName;

use super::*;
use crate::assets::MODULES;

fn acme() -> Brand {
    Brand {
        service: ServiceName::parse("Acme & Co").unwrap(),
        accent: Accent::parse("#5b2a86").unwrap(),
        terms: Link::parse("https://acme.example/terms?a=1&b=2"),
        privacy: Link::parse("https://acme.example/privacy"),
        support: None,
    }
}

#[test]
fn the_service_is_named_and_its_links_are_there() {
    let pages = Pages::new(acme(), &Countries::parse("SE", "SE").unwrap());
    for page in written(&pages, "en") {
        assert!(between(&page, "<title>", "</title>").next().unwrap().ends_with(" · Acme &amp; Co"));
        assert!(
            page.contains("<span>Acme &amp; Co</span>") && !page.contains("Doorcode") && !page.contains("{service}")
        );
        assert!(page.contains("<a href=\"https://acme.example/terms?a=1&amp;b=2\">Terms</a>"));
        assert!(page.contains("<a href=\"https://acme.example/privacy\">Privacy</a>") && !page.contains(">Help</a>"));
        assert!(page.contains("--accent: #5b2a86;"));
    }
}

/// What the registration of a sender with carriers in North America asks for, beside the links to both documents.
#[test]
fn people_who_are_texted_learn_how_often_what_it_costs_and_how_to_stop_where_there_are_terms() {
    let with = |brand| written(&Pages::new(brand, &Countries::parse("US", "US").unwrap()), "en").remove(0);
    let page = with(acme());
    for words in ["one message from Acme &amp; Co each time you ask", "data rates may apply", "STOP", "HELP"] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!with(Brand::default()).contains("data rates may apply"));
}

#[test]
fn pages_hold_nothing_that_their_policy_would_block() {
    for page in Language::ALL.iter().flat_map(|language| written(&pages(), language.tag())) {
        for script in between(&page, "<script", "</script>") {
            let is_file = script.starts_with(" type=\"module\" src=\"/assets/") && script.ends_with("\">");
            assert!(is_file || script.starts_with(" type=\"application/json\" id=\"told\">{"), "{script}");
            assert!(!script.contains('<'), "{script}");
        }
        assert_eq!(page.matches("<style").count(), 1);
        for tag in between(&page, "<", ">") {
            for attribute in between(tag, " ", "=").filter(|_| !tag.contains('\n')) {
                assert!(attribute != "style" && !attribute.starts_with("on"), "{tag}");
            }
        }
        assert!(!page.contains("javascript:") && !page.contains("//"), "an address elsewhere");
        assert!(!page.contains("{{"), "a place that nothing was put in");
    }
}

#[test]
fn every_page_says_what_it_is_and_that_it_needs_scripts() {
    for language in Language::ALL {
        let pages = written(&pages(), language.tag());
        let titles: BTreeSet<_> = pages.iter().filter_map(|page| between(page, "<title>", "<").next()).collect();
        assert_eq!(titles.len(), pages.len(), "two of one title: {titles:?}");
        for page in &pages[..EVERY_PATH.len()] {
            assert!(page.contains("<noscript><p class=\"note\">"));
            assert!(page.contains("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1,"));
        }
    }
}

/// Requirements P-08, D-02, D-04.
#[test]
fn the_notice_stands_before_the_first_send() {
    let page = written(&pages(), "en").remove(0);
    for words in
        ["id=\"notice\"", "text message", "charges", "not safe", "SIM swap", "Intercepted", "false page", "payments"]
    {
        assert!(page.contains(words), "{words}");
    }
}

/// Requirements C-17 and G-15: the code can be filled in and pasted, and nothing says how long it is.
#[test]
fn the_code_field_takes_every_spelling_and_tells_no_length() {
    let page = written(&pages(), "en").remove(1);
    assert!(page.contains("autocomplete=\"one-time-code\" inputmode=\"numeric\""));
    let main = between(&page, "<main>", "</main>").next().unwrap();
    for hint in ["maxlength", "minlength", "pattern", "placeholder", "size=", "six", "eight", "6", "8 "] {
        assert!(!main.contains(hint), "{hint}");
    }
}

#[test]
fn every_element_that_a_script_names_is_in_its_page() {
    for (page, name) in written(&pages(), "en").iter().zip(["login", "code", "register", "account"]) {
        let (_, script) = MODULES.iter().find(|(module, _)| *module == format!("{name}.js")).unwrap();
        let ids: BTreeSet<_> = between(page, " id=\"", "\"").collect();
        for id in between(script, "element(\"", "\"").chain(["problem"]) {
            assert!(ids.contains(id), "{name}: no element {id:?}");
        }
        for label in between(page, "<label for=\"", "\"") {
            assert!(ids.contains(label), "{name}: nothing is labelled {label:?}");
        }
        for described in between(page, "aria-describedby=\"", "\"").flat_map(str::split_whitespace) {
            assert!(ids.contains(described), "{name}: nothing describes as {described:?}");
        }
    }
}

/// The words that pages and scripts name are there, and there are no others.
#[test]
fn every_sentence_is_there_and_every_one_is_used() {
    let file: serde_json::Value = serde_json::from_str(Language::default().json()).unwrap();
    let keys = |part: &str| file[part].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let sources: String = include_str!("../page.rs").to_owned()
        + &MODULES.iter().map(|(_, text)| *text).collect::<String>()
        + include_str!("../../assets/layout.html")
        + &PAGES.iter().chain([&NOT_FOUND, &UNAVAILABLE]).map(|page| page.main).collect::<String>();
    for key in keys("page") {
        let name = key.trim_end_matches(".one").trim_end_matches(".other");
        let is_named = [format!("\"{name}\""), format!("{{{{{name}}}}}")].iter().any(|form| sources.contains(form));
        assert!(is_named || name.strip_suffix(".tab").is_some(), "{key} is used nowhere");
    }
    let pages = keys("page");
    for named in ["any.", "login.", "code.", "register.", "account."] {
        let in_html = between(&sources, "{{", "}}").filter(|key| key.starts_with(named));
        let in_scripts = between(&sources, "\"", "\"").filter(|key| key.starts_with(named) && !key.ends_with('.'));
        let is_sentence = |key: &&str| key.bytes().all(|byte| byte.is_ascii_lowercase() || b".-".contains(&byte));
        for key in in_html.chain(in_scripts).filter(is_sentence).filter(|key| key.strip_suffix(".js").is_none()) {
            assert!(pages.contains(key) || pages.contains(&format!("{key}.other")), "no sentence {key}");
        }
    }
}

#[test]
fn every_problem_has_a_sentence() {
    let file: serde_json::Value = serde_json::from_str(Language::default().json()).unwrap();
    let sentences = file["problem"].as_object().unwrap();
    // The last two are found by the browser: no answer, and none that can be read.
    for name in ProblemType::ALL.iter().map(|problem| problem.name()).chain(["network", "unreadable"]) {
        assert!(sentences[name].as_str().unwrap().ends_with('.'), "{name}");
    }
}

/// The budget of a first visit: what is loaded for the sign-in page, compressed.
#[test]
fn a_first_visit_is_three_requests_and_thirty_kilobytes() {
    let pages = pages();
    for language in Language::ALL {
        let visit = [("accept", BROWSER), ("accept-encoding", "gzip, br"), ("accept-language", language.tag())];
        let get = |path: &str| pages.handle(&request("GET", path, &visit));
        let page = get("/");
        let plain = pages.handle(&request("GET", "/", &visit[..1]));
        let named: BTreeSet<_> = text(&plain).split('"').filter(|quoted| quoted.starts_with("/assets/")).collect();
        assert_eq!(named.len(), 2, "{named:?}");
        let bytes: usize = named.iter().map(|path| get(path).body().len()).sum::<usize>() + page.body().len();
        println!("{}: {} bytes of HTML, {bytes} in all", language.tag(), page.body().len());
        assert!(bytes < 30_000, "{}: {bytes}", language.tag());
    }
}
