//! `docs/requirements.md` says of each requirement which tests show it, or why none does.
//!
//! A test names a requirement in its doc comment. What the document lists is compared with what the tests name, and
//! `UPDATE_DOCS=1` writes the lists anew instead.

mod comments;
mod document;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use comments::{Found, comments, ids, named_by_tests};
use document::Document;

use crate::files::{self, File};

/// Kinds of file that are searched for ids besides Rust, in which only comments are.
const TEXTS: [&str; 10] = ["css", "html", "js", "json", "md", "py", "sh", "toml", "yaml", "yml"];

/// Every id that is named is there, each requirement has its tests or a reason, and the document lists these tests.
#[test]
fn every_requirement_is_shown_or_it_is_said_why_not() {
    let path = root().join("docs/requirements.md");
    let text = fs::read_to_string(&path).expect("docs/requirements.md");
    let sources = files::sources();
    let shown = named_by_tests(&sources);
    let mentioned = sources.iter().map(of_comments).chain(of_texts()).collect();
    let document = Document::read(&text);
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, document.updated(&text, &shown)).expect("a file that can be written");
    }
    let text = fs::read_to_string(&path).expect("docs/requirements.md");
    let flaws = Document::read(&text).flaws(&text, &shown, &mentioned);
    assert!(flaws.is_empty(), "docs/requirements.md:\n{}", flaws.join("\n"));
    assert_eq!(document.len(), 143, "a requirement came or went");
}

/// The ids in the comments of a file of Rust.
fn of_comments(file: &File) -> (String, BTreeSet<String>) {
    (file.path.clone(), ids(&comments(&file.text)))
}

/// The ids in the other texts of the repository.
fn of_texts() -> impl Iterator<Item = (String, BTreeSet<String>)> {
    let mut paths = Vec::new();
    collect(root(), &mut paths);
    assert!(paths.len() > 20, "only {} texts were found", paths.len());
    paths.into_iter().map(|path| {
        let text = fs::read(&path).expect("a file");
        (path.strip_prefix(root()).unwrap_or(&path).display().to_string(), ids(&String::from_utf8_lossy(&text)))
    })
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            let is_made = name == "target" || name == "node_modules" || name.starts_with('.') && name != ".github";
            if !is_made {
                collect(&path, paths);
            }
        } else if path.extension().is_some_and(|kind| TEXTS.iter().any(|text| kind == *text)) {
            paths.push(path);
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

/// A document of two sections for the tests below.
const GOOD: &str = "\
# Requirements

| severity | shown | in part | not built | not testable here | all |
| --- | ---: | ---: | ---: | ---: | ---: |
| Critical | 1 | 0 | 0 | 0 | 1 |
| High | 0 | 1 | 1 | 0 | 2 |
| Medium | 0 | 0 | 0 | 1 | 1 |
| Low | 0 | 0 | 0 | 0 | 0 |
| all | 1 | 1 | 1 | 1 | 4 |

### G-01 Three attempts (Critical)
A code has three attempts.
- Source: own
- State: shown
- Shown by: `tests/it/a.rs` (`one`, `two`); `tests/it/b.rs` (`three`)

### G-02 Something else (High)
Another thing, as G-01 has it.
- Source: own
- State: in part: the other half is missing
- Shown by: `tests/it/a.rs` (`two`)

### C-12 A list (High)
A person sees a list.
- Source: own
- State: not built: there is no list of sessions

### C-13 A time (Medium)
Takes one time.
- Source: own
- State: not testable here: no test measures time

## Sources

What follows a heading is no requirement.
";

/// What tests show in the documents below.
fn shown(tests: &[(&str, &str, &str)]) -> Found {
    let mut found = Found::new();
    for (id, file, test) in tests {
        let files: &mut BTreeMap<_, BTreeSet<_>> = found.entry((*id).to_owned()).or_default();
        files.entry((*file).to_owned()).or_default().insert((*test).to_owned());
    }
    found
}

fn good() -> [(&'static str, &'static str, &'static str); 4] {
    [
        ("G-01", "tests/it/a.rs", "one"),
        ("G-01", "tests/it/a.rs", "two"),
        ("G-01", "tests/it/b.rs", "three"),
        ("G-02", "tests/it/a.rs", "two"),
    ]
}

fn flaws(text: &str, tests: &[(&str, &str, &str)], mentioned: &[&str]) -> Vec<String> {
    let mentioned = [("some.rs".to_owned(), mentioned.iter().map(|id| (*id).to_owned()).collect())].into();
    Document::read(text).flaws(text, &shown(tests), &mentioned)
}

#[test]
fn what_tests_and_document_say_must_agree() {
    assert_eq!(flaws(GOOD, &good(), &["C-12", "G-01"]), Vec::<String>::new());
    assert_eq!(flaws(GOOD, &good(), &["G-03"]), ["some.rs names G-03, which is no requirement"]);
    let more = |test| [good().as_slice(), &[test]].concat();
    assert_eq!(
        flaws(GOOD, &more(("G-03", "tests/it/a.rs", "one")), &[]),
        ["tests/it/a.rs (one) names G-03, which is no requirement"]
    );
    assert_eq!(
        flaws(GOOD, &more(("C-12", "tests/it/a.rs", "one")), &[])[0],
        "C-12: it is said why no test shows it, and `tests/it/a.rs` (`one`) does"
    );
    assert_eq!(
        flaws(GOOD, &good()[..3], &[])[0],
        "G-02: no test names it, and its state is not one that says why (not built, not testable here)"
    );
    for (tests, line) in [
        (more(("G-02", "tests/it/b.rs", "three")), "`tests/it/a.rs` (`two`); `tests/it/b.rs` (`three`)"),
        (
            good()[..3].iter().copied().chain([("G-02", "tests/it/a.rs", "renamed")]).collect(),
            "`tests/it/a.rs` (`renamed`)",
        ),
    ] {
        let found = flaws(GOOD, &tests, &[]);
        assert_eq!(found, [format!("G-02: what shows it is `tests/it/a.rs` (`two`) there, and {line} here")]);
    }
}

#[test]
fn what_is_missing_or_malformed_is_found() {
    for (from, to, found) in [
        ("- State: shown\n", "", "G-01: it has no state"),
        ("- State: shown\n", "- State: maybe\n", "G-01: its state is \"maybe\""),
        (
            "- State: shown\n",
            "- State: shown: or so it is believed by all\n",
            "G-01: its state is \"shown: or so it is believed by all\"",
        ),
        (": there is no list of sessions", ": no", "C-12: its state is \"not built: no\""),
        (": there is no list of sessions", "", "C-12: its state is \"not built\""),
        ("A code has three attempts.\n", "", "G-01: it says nothing"),
        ("three attempts.\n- Source: own\n", "three attempts.\n", "G-01: it has no source"),
        ("attempts (Critical)", "attempts", "### G-01 Three attempts: no heading of a requirement"),
        ("attempts (Critical)", "attempts (Grave)", "### G-01 Three attempts (Grave): no heading of a requirement"),
        ("### G-02 ", "### G-01 ", "G-01 is there twice"),
        ("| High | 0 | 1 | 1 | 0 | 2 |", "| High | 0 | 1 | 2 | 0 | 3 |", "the table of states is out of date"),
        ("as G-01 has it", "as G-07 has it", "it names G-07, which is no requirement"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let text = GOOD.replacen(from, to, 1);
        let flaws = flaws(&text, &good(), &[]);
        assert!(flaws.iter().any(|flaw| flaw == found), "{found:?} is not in {flaws:#?}");
    }
}

#[test]
fn lists_and_table_are_written_anew() {
    let tests = [("G-02", "tests/it/c.rs", "other"), ("G-01", "tests/it/a.rs", "renamed")];
    let updated = Document::read(GOOD).updated(GOOD, &shown(&tests));
    assert_eq!(flaws(&updated, &tests, &[]), Vec::<String>::new());
    assert!(updated.contains("- State: shown\n- Shown by: `tests/it/a.rs` (`renamed`)\n\n### G-02"));
    let without = GOOD.lines().filter(|line| !line.starts_with("- Shown by") && !line.starts_with("| High"));
    let without: String = without.flat_map(|line| [line, "\n"]).collect();
    assert_eq!(Document::read(&without).updated(&without, &shown(&good())), GOOD);
    assert_eq!(Document::read(GOOD).updated(GOOD, &shown(&good())), GOOD);
    // A state that is wrong is nobody's but the writer's to mend.
    let none = Document::read(GOOD).updated(GOOD, &Found::new());
    assert!(flaws(&none, &[], &[])[0].starts_with("G-01: no test names it"), "{none}");
}
