//! Each requirement of the sections G, S, E, C, K, L, F and R is named by a test that shows it, or `requirements.txt` says
//! why none does.
//!
//! A test names a requirement in its doc comment. The list is in the repository, since the note with the requirements
//! stands beside it and not in it; where the note is there, the list must have exactly its requirements.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;

use crate::files::{File, sources};

const LIST: &str = include_str!("../requirements.txt");

/// The sections that the list is about.
const LISTED: &str = "CEFGKLRS";

/// The other sections, with how many requirements each has. Tests may name them; nobody asks that they do.
const OTHERS: [(char, u32); 4] = [('A', 13), ('D', 6), ('I', 11), ('P', 10)];

/// Characters of the shortest reason that says something.
const SHORTEST_REASON: usize = 20;

/// What the list says of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// Tests show all of it.
    Whole,
    /// Tests show some of it; the reason says what they do not.
    InPart,
    /// No test shows any of it, and the reason says why.
    Not,
}

/// The list, and what is wrong with its lines.
struct List(BTreeMap<String, Shown>, Vec<String>);

impl List {
    fn read(text: &str) -> Self {
        let (mut known, mut flaws) = (BTreeMap::new(), Vec::new());
        let line = Regex::new(r"^([A-Z]-\d\d)(?: (in part|not built|not tested): (.*))?$").expect("a pattern");
        for text in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let Some(parts) = line.captures(text) else {
                flaws.push(format!("{text:?} is no line of the list"));
                continue;
            };
            let shown = match parts.get(2).map(|kind| kind.as_str()) {
                None => Shown::Whole,
                Some("in part") => Shown::InPart,
                Some(_) => Shown::Not,
            };
            if shown != Shown::Whole && parts[3].len() < SHORTEST_REASON {
                flaws.push(format!("{text:?} gives no reason"));
            }
            if known.insert(parts[1].to_owned(), shown).is_some() {
                flaws.push(format!("{} is there twice", &parts[1]));
            }
        }
        Self(known, flaws)
    }

    /// What is wrong with the list, when tests name some requirements and comments others.
    fn flaws(&self, named: &BTreeSet<String>, mentioned: &BTreeSet<String>) -> Vec<String> {
        let Self(known, flaws) = self;
        let unknown = mentioned.union(named).filter(|id| !known.contains_key(*id) && !is_of_others(id));
        let unshown = known.iter().filter(|(id, shown)| **shown != Shown::Not && !named.contains(*id));
        let excused = known.iter().filter(|(id, shown)| **shown == Shown::Not && named.contains(*id));
        let unknown = unknown.map(|id| format!("a comment names {id}, which is no requirement"));
        let unshown = unshown.map(|(id, _)| format!("no test names {id}, and the list does not say why"));
        let excused = excused.map(|(id, _)| format!("a test names {id}, and the list says why none does"));
        flaws.iter().cloned().chain(unknown).chain(unshown).chain(excused).collect()
    }
}

/// Every requirement is shown, or it is said why not; and no comment names one that does not exist.
#[test]
fn every_requirement_is_shown_or_it_is_said_why_not() {
    let files = sources();
    let named = files.iter().flat_map(|file| ids(&docs_of_tests(&file.text))).collect();
    let mentioned = files.iter().flat_map(|file: &File| ids(&comments(&file.text))).collect();
    let flaws = List::read(LIST).flaws(&named, &mentioned);
    assert!(flaws.is_empty(), "tests/requirements.txt:\n{}", flaws.join("\n"));
}

/// The list has the requirements of the note, where the note is there.
#[test]
fn the_list_has_the_requirements_of_the_note() {
    let note = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/security.md");
    let Ok(note) = fs::read_to_string(note) else { return };
    let heading = Regex::new(r"(?m)^\*\*([A-Z]-\d\d) \(").expect("a pattern");
    let of_note: BTreeSet<String> = heading.captures_iter(&note).map(|parts| parts[1].to_owned()).collect();
    let List(known, _) = List::read(LIST);
    let (listed, others): (BTreeSet<_>, BTreeSet<_>) = of_note.into_iter().partition(|id| id.starts_with(is_listed));
    assert_eq!(known.into_keys().collect::<BTreeSet<_>>(), listed);
    assert_eq!(others.len(), OTHERS.iter().map(|(_, count)| *count as usize).sum::<usize>());
    assert!(others.iter().all(|id| is_of_others(id)), "{others:?}");
}

#[test]
fn what_is_missing_unknown_or_excused_for_nothing_is_found() {
    let flaws = |list: &str, named: &[&str], mentioned: &[&str]| {
        let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        List::read(list).flaws(&set(named), &set(mentioned))
    };
    let reason = "there is nothing that a test could look at";
    let list = format!("# A list.\n\nG-01\nG-02 in part: {reason}\nC-12 not built: {reason}\n");
    assert_eq!(flaws(&list, &["G-01", "G-02", "A-13"], &["C-12", "I-01"]), Vec::<String>::new());

    assert_eq!(flaws(&list, &["G-02"], &[]), ["no test names G-01, and the list does not say why"]);
    assert_eq!(flaws(&list, &["G-01"], &[]), ["no test names G-02, and the list does not say why"]);
    assert_eq!(flaws(&list, &["G-01", "G-02", "C-12"], &[]), ["a test names C-12, and the list says why none does"]);
    for unknown in ["G-03", "A-14", "A-00", "X-01"] {
        let found = [format!("a comment names {unknown}, which is no requirement")];
        assert_eq!(flaws(&list, &["G-01", "G-02", unknown], &[]), found);
        assert_eq!(flaws(&list, &["G-01", "G-02"], &[unknown]), found);
    }
    for (line, found) in [
        ("G-03 not built: no", "\"G-03 not built: no\" gives no reason"),
        ("G-03 because", "\"G-03 because\" is no line of the list"),
        ("C-12 not built: there is nothing to look at", "C-12 is there twice"),
    ] {
        assert_eq!(flaws(&format!("{list}{line}"), &["G-01", "G-02"], &[]).first().map(String::as_str), Some(found));
    }
}

#[test]
fn ids_are_found_alone_in_lists_and_in_blocks() {
    let found = |text: &str| ids(text).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(found("one (G-06, G-09 and G-11), W13, SHA-256, UTF-8, P-2560"), "G-06 G-09 G-11");
    assert_eq!(found("a few (S-05…S-07)"), "S-05 S-06 S-07");
    assert_eq!(found("a few (S-05 to S-07, R-01)"), "R-01 S-05 S-06 S-07");
    assert_eq!(found("from S-05 to R-01"), "R-01 S-05");
}

#[test]
fn only_the_doc_comment_of_a_test_names_a_requirement() {
    // In words that are put together here, so that these lines are no comments of this file.
    let doc = format!("{} One thing", "/".repeat(3));
    let text = format!(
        "{doc} (G-01,\n{doc} and G-02).\n#[tokio::test(flavor = \"multi_thread\")]\n#[other]\nasync fn one() {{}}\n\n\
         {doc} (G-03).\nfn help() {{}}\n\n    {doc} (G-04).\n    #[test]\n    fn two() {{}}\n\n#[test]\nfn three() {{}}\n"
    );
    assert_eq!(ids(&docs_of_tests(&text)).into_iter().collect::<Vec<_>>(), ["G-01", "G-02", "G-04"]);
    assert_eq!(ids(&comments(&text)).len(), 4);
}

/// The doc comments of the tests in a file.
fn docs_of_tests(text: &str) -> String {
    let (mut docs, mut doc, mut is_test) = (String::new(), String::new(), false);
    for line in text.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("///") {
            doc = doc + words + " ";
        } else if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        } else {
            if is_test {
                docs = docs + &doc + "\n";
            }
            (doc, is_test) = (String::new(), false);
        }
    }
    docs
}

/// The lines of a file that are comments.
fn comments(text: &str) -> String {
    text.lines().filter(|line| line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The requirements that a text names: alone, or as a range (from one `…` or `to` another of the same section).
fn ids(text: &str) -> BTreeSet<String> {
    let pattern = Regex::new(r"\b([A-Z])-(\d\d)(?:(?:…| to )([A-Z])-(\d\d))?\b").expect("a pattern");
    let mut found = BTreeSet::new();
    for parts in pattern.captures_iter(text) {
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

fn is_listed(section: char) -> bool {
    LISTED.contains(section)
}

fn is_of_others(id: &str) -> bool {
    let is_one = |(section, count): &(char, u32)| {
        let number =
            id.strip_prefix(*section).and_then(|rest| rest.strip_prefix('-')).and_then(|rest| rest.parse().ok());
        number.is_some_and(|number: u32| (1..=*count).contains(&number))
    };
    OTHERS.iter().any(is_one)
}
