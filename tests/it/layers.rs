//! Which file imports which: only from lower floors, and never in a circle. docs/architecture.md draws the floors.
//!
//! An import of a name counts as an import of the file that defines it, also where a `mod.rs` only hands the name on.

mod imports;

use std::collections::BTreeMap;

use crate::files::{File, sources};
use imports::imports;

/// The floors of `shared`, from the lowest. A file or folder imports from lower floors. It does not import from its own
/// floor, but for the base, and within a folder.
const FLOORS: [&[&str]; 7] = [
    &[
        "error.rs",
        "time.rs",
        "random.rs",
        "token.rs",
        "root_secret.rs",
        "keys/",
        "test_numbers.rs",
        "digits.rs",
        "phone/",
        "text/",
        "brand/",
    ],
    &["login/"],
    &["sending/"],
    &["store/", "sms/", "http/", "telemetry.rs", "aws.rs"],
    &["settings/"],
    &["runtime.rs"],
    &["lib.rs"],
];
const BASE: usize = 0;

const SHARED: &str = "shared/src/";

type Imports = BTreeMap<String, Vec<String>>;

#[test]
fn files_import_from_lower_floors_and_never_in_a_circle() {
    let files: Vec<_> = sources().into_iter().filter(|file| is_looked_at(&file.path)).collect();
    let imports = imports(&files);
    assert!(imports.values().map(Vec::len).sum::<usize>() > 200, "few imports were found: {imports:#?}");
    let flaws = flaws(&imports);
    assert!(flaws.is_empty(), "{flaws:#?}");
}

fn is_looked_at(path: &str) -> bool {
    path.starts_with(SHARED) || path.starts_with("infra/local/src/") || path.starts_with("functions/")
}

fn flaws(imports: &Imports) -> Vec<String> {
    let homeless = imports.keys().filter(|path| path.starts_with(SHARED) && home(path).is_none());
    let homeless = homeless.map(|path| format!("{path} has no floor"));
    let pairs = imports.iter().flat_map(|(file, targets)| targets.iter().map(move |target| (file, target)));
    let wrong = pairs.filter(|(file, target)| is_wrong(file, target));
    let wrong = wrong.map(|(file, target)| format!("{file} imports {target}"));
    homeless.chain(wrong).chain(circle(imports)).collect()
}

/// Whether `file` stands too low for what it imports.
fn is_wrong(file: &str, target: &str) -> bool {
    let (Some(from), Some(to)) = (home(file), home(target)) else { return false };
    let is_near = from.0 == to.0 && (from.0 == BASE || from.1 == to.1);
    from.0 <= to.0 && !is_near
}

/// The floor of a file of `shared`, and the file or folder that it is there.
fn home(path: &str) -> Option<(usize, &'static str)> {
    let path = path.strip_prefix(SHARED)?;
    let homes = FLOORS.iter().enumerate().flat_map(|(floor, names)| names.iter().map(move |name| (floor, *name)));
    homes.into_iter().find(|(_, name)| if name.ends_with('/') { path.starts_with(name) } else { path == *name })
}

/// A circle, when there is one: the files on it, the first again at the end.
fn circle(imports: &Imports) -> Option<String> {
    let mut left = imports.clone();
    // Files whose imports are all gone are on no circle.
    while let Some(free) =
        left.iter().find(|(_, targets)| targets.iter().all(|target| !left.contains_key(target))).map(|(file, _)| file)
    {
        let free = free.clone();
        left.remove(&free);
    }
    let mut way = vec![left.keys().next()?.clone()];
    loop {
        let next = left[&way[way.len() - 1]].iter().find(|target| left.contains_key(*target))?.clone();
        let start = way.iter().position(|file| *file == next);
        way.push(next);
        if let Some(start) = start {
            return Some(format!("a circle: {}", way[start..].join(" -> ")));
        }
    }
}

/// Files that break no rule.
const SOUND: [(&str, &str); 18] = [
    ("shared/src/lib.rs", "pub mod error;\npub mod http;\npub mod login;\nmod aws;"),
    ("shared/src/error.rs", "pub enum Error {}"),
    ("shared/src/keys/mod.rs", "use crate::error::Error;"),
    ("shared/src/login/mod.rs", "pub mod code;\npub mod request;"),
    ("shared/src/login/code.rs", "use crate::keys::CodeKeys;"),
    ("shared/src/login/request.rs", "use super::code::Code;"),
    ("shared/src/sending/mod.rs", "pub mod job;"),
    ("shared/src/sending/job.rs", "use crate::login::request::Purpose;"),
    ("shared/src/store/mod.rs", "pub mod jobs;\nmod item;\nuse item::Item;"),
    ("shared/src/store/jobs.rs", "use super::Item;\nuse crate::sending::job::SendJob;"),
    ("shared/src/store/item.rs", "use crate::error::Error;"),
    ("shared/src/http/mod.rs", "pub mod problem;\npub use problem::Problem;"),
    ("shared/src/http/problem.rs", "use crate::error::Error;"),
    ("shared/src/sms/mod.rs", "use crate::login::code::Code;"),
    ("shared/src/settings/mod.rs", "use crate::sms::Sms;\nuse crate::store::Table;"),
    ("shared/src/runtime.rs", "use crate::http::Problem;\nuse crate::settings::Settings;"),
    ("infra/local/src/gateway/mod.rs", "mod event;\nuse shared::http::Problem;"),
    ("infra/local/src/gateway/event.rs", "use crate::gateway::Gateway;"),
];

fn made_up(change: Option<(&str, &str)>) -> Vec<String> {
    let mut texts = BTreeMap::from(SOUND);
    if let Some((path, text)) = change {
        texts.insert(path, text);
    }
    let files = texts.into_iter().map(|(path, text)| File { path: path.to_owned(), text: text.to_owned() });
    flaws(&imports(&files.collect::<Vec<_>>()))
}

#[test]
fn each_rule_finds_files_that_break_it() {
    assert_eq!(made_up(None), Vec::<String>::new());
    for (path, text, flaw) in [
        ("shared/src/news.rs", "", "shared/src/news.rs has no floor"),
        ("shared/src/error.rs", "use crate::login::code::Code;", "error.rs imports shared/src/login/code.rs"),
        ("shared/src/login/code.rs", "use crate::sending::job::SendJob;", "code.rs imports shared/src/sending/job.rs"),
        ("shared/src/sending/job.rs", "use crate::store::jobs::X;", "job.rs imports shared/src/store/jobs.rs"),
        ("shared/src/sending/job.rs", "fn f(_: crate::sms::Sms) {}", "job.rs imports shared/src/sms/mod.rs"),
        ("shared/src/store/item.rs", "use crate::http::Problem;", "item.rs imports shared/src/http/problem.rs"),
        ("shared/src/http/problem.rs", "use crate::store::item::X;", "problem.rs imports shared/src/store/item.rs"),
        ("shared/src/sms/mod.rs", "use crate::store::Table;", "sms/mod.rs imports shared/src/store/mod.rs"),
        (
            "shared/src/sms/mod.rs",
            "use crate::{error, http::Problem};",
            "sms/mod.rs imports shared/src/http/problem.rs",
        ),
        ("shared/src/http/mod.rs", "fn f() { crate::sms::X; }", "http/mod.rs imports shared/src/sms/mod.rs"),
        ("shared/src/aws.rs", "use crate::settings::X;", "aws.rs imports shared/src/settings/mod.rs"),
        ("shared/src/settings/mod.rs", "use crate::runtime::X;", "settings/mod.rs imports shared/src/runtime.rs"),
        ("shared/src/token.rs", "use crate::X;", "token.rs imports shared/src/lib.rs"),
        (
            "shared/src/login/code.rs",
            "use super::request::Purpose;",
            "a circle: shared/src/login/code.rs -> shared/src/login/request.rs -> shared/src/login/code.rs",
        ),
        (
            "shared/src/store/item.rs",
            "use super::jobs::X;",
            "a circle: shared/src/store/item.rs -> shared/src/store/jobs.rs -> shared/src/store/item.rs",
        ),
        (
            "infra/local/src/gateway/mod.rs",
            "use crate::gateway::event::X;",
            "a circle: infra/local/src/gateway/event.rs -> infra/local/src/gateway/mod.rs -> infra/local/src/gateway/event.rs",
        ),
    ] {
        let found = made_up(Some((path, text)));
        assert!(found.iter().any(|found| found.contains(flaw)), "{path}: {text}: {found:#?}");
    }
}
