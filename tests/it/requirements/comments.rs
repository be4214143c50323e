//! Which requirements tests and comments name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::files::File;

/// An id, or the two ends of a range of them.
static IDS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b([A-Z])-(\d\d)(?:(?:…| to )([A-Z])-(\d\d))?\b").expect("a pattern"));

/// The tests that name each requirement, by file.
pub(super) type Found = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// What the tests of `files` name in their doc comments.
pub(super) fn named_by_tests(files: &[File]) -> Found {
    let mut found = Found::new();
    for file in files {
        for (test, doc) in tests(&file.text) {
            for id in ids(&doc) {
                found.entry(id).or_default().entry(file.path.clone()).or_default().insert(test.clone());
            }
        }
    }
    found
}

/// The tests in a file, each with its doc comment.
fn tests(text: &str) -> Vec<(String, String)> {
    let function = Regex::new(r"\bfn (\w+)").expect("a pattern");
    let (mut tests, mut doc, mut is_test, mut in_attribute) = (Vec::new(), String::new(), false, false);
    for line in text.lines().map(str::trim) {
        if in_attribute {
            in_attribute = !line.ends_with(']');
        } else if let Some(words) = line.strip_prefix("///") {
            doc = doc + words + "\n";
        } else if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            in_attribute = !line.ends_with(']');
        } else if !line.starts_with("//") {
            if let Some(name) = function.captures(line).filter(|_| is_test) {
                tests.push((name[1].to_owned(), doc));
            }
            (doc, is_test) = (String::new(), false);
        }
    }
    tests
}

/// The lines of a file of Rust that are comments.
pub(super) fn comments(text: &str) -> String {
    text.lines().filter(|line| line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The requirements that a text names: alone, or as a range (from one `…` or `to` another of the same section).
pub(super) fn ids(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for parts in IDS.captures_iter(text) {
        let number = |group: usize| parts.get(group).map(|digits| digits.as_str().parse::<u32>().expect("two digits"));
        let first = number(2).unwrap_or_default();
        let last = number(4).unwrap_or(first);
        match parts.get(3).map(|letter| letter.as_str()) {
            Some(other) if other != &parts[1] => {
                found.extend([format!("{}-{first:02}", &parts[1]), format!("{other}-{last:02}")]);
            }
            _ => found.extend((first..=last).map(|number| format!("{}-{number:02}", &parts[1]))),
        }
    }
    found
}

#[test]
fn ids_are_found_alone_in_lists_and_in_ranges() {
    let found = |text: &str| ids(text).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(found("one (G-06, G-09 and G-11), W13, SHA-256, UTF-8, P-2560"), "G-06 G-09 G-11");
    assert_eq!(found("a few (S-05…S-07)"), "S-05 S-06 S-07");
    assert_eq!(found("a few (S-05 to S-07, R-01)"), "R-01 S-05 S-06 S-07");
    assert_eq!(found("from S-05 to R-01"), "R-01 S-05");
    assert_eq!(found("CVE-2025-4094, GHSA-7w99-5wm4-3g79, NIST SP 800-63B-4"), "");
}

#[test]
fn only_the_doc_comment_of_a_test_names_a_requirement() {
    // In words that are put together here, so that these lines are no comments of this file.
    let doc = format!("{} One thing", "/".repeat(3));
    let text = format!(
        "{doc} (G-01,\n{doc} and G-02).\n#[tokio::test(flavor = \"multi_thread\")]\n#[expect(\n    other\n)]\n\
         async fn one() {{}}\n\n{doc} (G-03).\nfn help() {{}}\n\n    {doc} (G-04).\n    #[test]\n    fn two() {{}}\n\n\
         #[test]\nfn three() {{}}\n"
    );
    let named: Vec<_> = tests(&text).into_iter().map(|(test, doc)| (test, ids(&doc))).collect();
    let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(
        named,
        [
            ("one".to_owned(), set(&["G-01", "G-02"])),
            ("two".to_owned(), set(&["G-04"])),
            ("three".to_owned(), set(&[]))
        ]
    );
    assert_eq!(ids(&comments(&text)).len(), 4);
    let files = [File { path: "tests/it/a.rs".to_owned(), text }];
    let found = named_by_tests(&files);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["G-01", "G-02", "G-04"]);
    assert_eq!(found["G-04"]["tests/it/a.rs"], set(&["two"]));
}
