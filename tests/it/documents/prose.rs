//! The length of the README, links, files that are named, and words.

use std::collections::BTreeSet;

use regex::Regex;

use super::{Documents, root};

const LONGEST_README: usize = 160;

/// Words that the glossary replaced. They may stand in its last line alone.
const OLD_WORDS: &str = r"(?i)\b(lane|stranger|ask(s|ed)? again|unused text|standing|ruling)s?\b";

pub(super) fn length(documents: &Documents) -> Vec<String> {
    let lines = documents.get("README.md").lines().count();
    (lines > LONGEST_README).then(|| format!("README.md has {lines} lines")).into_iter().collect()
}

pub(super) fn links(documents: &Documents) -> Vec<String> {
    let link = Regex::new(r"\]\(([^)\s]+)\)").expect("a pattern");
    let mut flaws = Vec::new();
    for (path, text) in &documents.0 {
        for target in link.captures_iter(text).map(|parts| parts.extract::<1>().1[0]) {
            if target.starts_with("https://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let place = if file.is_empty() { path.clone() } else { from_root(path, file) };
            let is_there = root().join(&place).exists();
            if !is_there || !anchor.is_empty() && !anchors(documents.get(&place)).contains(anchor) {
                flaws.push(format!("{path} links to {target}"));
            }
        }
    }
    flaws
}

pub(super) fn files(documents: &Documents) -> Vec<String> {
    let named = Regex::new(r"`((?:shared|functions|infra|tests|docs)/[\w./-]+)`").expect("a pattern");
    let named = documents
        .0
        .iter()
        .flat_map(|(path, text)| named.captures_iter(text).map(move |parts| (path, parts.extract::<1>().1[0])));
    named.filter(|(_, file)| !root().join(file).exists()).map(|(path, file)| format!("{path} names {file}")).collect()
}

pub(super) fn words(documents: &Documents) -> Vec<String> {
    let old = Regex::new(OLD_WORDS).expect("a pattern");
    let own = documents.0.iter().filter(|(path, _)| path == "README.md" || path.starts_with("docs/"));
    let lines = own.flat_map(|(path, text)| text.lines().map(move |line| (path, line)));
    lines
        .filter(|(path, line)| old.is_match(line) && !(*path == "docs/glossary.md" && line.starts_with("Old words")))
        .map(|(path, line)| format!("{path}: {line}"))
        .collect()
}

/// The place of a file that a document names from its own folder.
fn from_root(document: &str, target: &str) -> String {
    let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    match target.strip_prefix("../") {
        Some(above) => above.to_owned(),
        None if folder.is_empty() => target.to_owned(),
        None => format!("{folder}/{target}"),
    }
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(document: &str) -> BTreeSet<String> {
    let mut is_code = false;
    let prose = document.lines().filter(move |line| {
        is_code ^= line.starts_with("```");
        !is_code
    });
    let headings = prose.filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |sign: &char| sign.is_alphanumeric() || " -_".contains(*sign);
    headings.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}
