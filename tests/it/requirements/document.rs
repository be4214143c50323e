//! The document of requirements, read, checked and written anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use regex::Regex;

use super::comments::{Found, ids};

const SEVERITIES: [&str; 4] = ["Critical", "High", "Medium", "Low"];
const STATES: [&str; 4] = ["shown", "in part", "not built", "not testable here"];

/// The line above the numbers in the table of states.
const TABLE: &str = "| --- | ---: | ---: | ---: | ---: | ---: |\n";

const STATE: &str = "- State: ";
const SHOWN_BY: &str = "- Shown by: ";

/// Characters of the shortest reason that says something.
const SHORTEST_REASON: usize = 20;

/// What the document says of one requirement.
#[derive(Default)]
struct Entry {
    severity: usize,
    sentence: bool,
    source: bool,
    state: Option<String>,
    shown_by: Option<String>,
}

impl Entry {
    /// The place of its state among [`STATES`], if it is one and gives the reason that it must.
    fn state(&self) -> Option<usize> {
        let state = self.state.as_deref()?;
        let (name, reason) = state.split_once(": ").map_or((state, None), |(name, reason)| (name, Some(reason)));
        let place = STATES.iter().position(|known| *known == name)?;
        let is_whole = match reason {
            None => place == 0,
            Some(reason) => place > 0 && reason.len() >= SHORTEST_REASON,
        };
        is_whole.then_some(place)
    }

    /// What is wrong with it, where `shown_by` are the tests that name it.
    fn flaws(&self, shown_by: Option<&str>) -> Vec<String> {
        let mut flaws = Vec::new();
        let excused = match (&self.state, self.state()) {
            (None, _) => return vec!["it has no state".to_owned()],
            (Some(state), None) => return vec![format!("its state is {state:?}")],
            (Some(_), Some(place)) => place > 1,
        };
        match (excused, shown_by) {
            (true, Some(tests)) => flaws.push(format!("it is said why no test shows it, and {tests} does")),
            (false, None) => flaws.push(format!(
                "no test names it, and its state is not one that says why ({}, {})",
                STATES[2], STATES[3]
            )),
            _ => {}
        }
        if self.shown_by.as_deref() != shown_by {
            let [there, here] = [self.shown_by.as_deref(), shown_by].map(|tests| tests.unwrap_or("nothing"));
            flaws.push(format!("what shows it is {there} there, and {here} here"));
        }
        if !self.sentence {
            flaws.push("it says nothing".to_owned());
        }
        if !self.source {
            flaws.push("it has no source".to_owned());
        }
        flaws
    }
}

/// The requirements, and what is wrong with the form of the document.
pub(super) struct Document {
    entries: BTreeMap<String, Entry>,
    flaws: Vec<String>,
}

impl Document {
    pub(super) fn read(text: &str) -> Self {
        let heading = Regex::new(r"^### ([A-Z]-\d\d) .+ \((\w+)\)$").expect("a pattern");
        let (mut entries, mut flaws) = (BTreeMap::new(), Vec::new());
        for part in text.split("\n#").skip(1).filter(|part| part.starts_with("## ")) {
            let mut lines = part.lines();
            let first = format!("#{}", lines.next().unwrap_or_default());
            let parts = heading.captures(&first);
            let severity = parts.as_ref().and_then(|parts| SEVERITIES.iter().position(|known| *known == &parts[2]));
            let (Some(parts), Some(severity)) = (parts, severity) else {
                flaws.push(format!("{first}: no heading of a requirement"));
                continue;
            };
            let mut entry = Entry { severity, ..Entry::default() };
            for line in lines {
                if let Some(state) = line.strip_prefix(STATE) {
                    entry.state = Some(state.to_owned());
                } else if let Some(tests) = line.strip_prefix(SHOWN_BY) {
                    entry.shown_by = Some(tests.to_owned());
                }
                entry.source |= line.starts_with("- Source: ");
                entry.sentence |= !line.is_empty() && !line.starts_with('-');
            }
            if entries.insert(parts[1].to_owned(), entry).is_some() {
                flaws.push(format!("{} is there twice", &parts[1]));
            }
        }
        Self { entries, flaws }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What is wrong with the document, whose text is `text`: in itself, with what tests show, and with the ids that
    /// files name.
    pub(super) fn flaws(
        &self,
        text: &str,
        shown: &Found,
        mentioned: &BTreeMap<String, BTreeSet<String>>,
    ) -> Vec<String> {
        let mut flaws = self.flaws.clone();
        for (id, entry) in &self.entries {
            let found = entry.flaws(shown.get(id).map(line).as_deref());
            flaws.extend(found.into_iter().map(|flaw| format!("{id}: {flaw}")));
        }
        let is_unknown = |id: &&String| !self.entries.contains_key(*id);
        for id in ids(text).iter().filter(is_unknown) {
            flaws.push(format!("it names {id}, which is no requirement"));
        }
        for (file, ids) in mentioned {
            flaws.extend(ids.iter().filter(is_unknown).map(|id| format!("{file} names {id}, which is no requirement")));
        }
        for (id, files) in shown.iter().filter(|(id, _)| is_unknown(id)) {
            let tests = line(files).replace('`', "");
            flaws.push(format!("{tests} names {id}, which is no requirement"));
        }
        if !text.contains(&format!("{TABLE}{}\n", self.table())) {
            flaws.push("the table of states is out of date".to_owned());
        }
        flaws
    }

    /// The text with the lines that say what shows each requirement, and the table of states, as they should be.
    pub(super) fn updated(&self, text: &str, shown: &Found) -> String {
        let (mut updated, mut id, mut in_table) = (String::with_capacity(text.len()), None, false);
        for old in text.lines() {
            in_table &= old.starts_with('|');
            if in_table || old.starts_with(SHOWN_BY) {
                continue;
            }
            updated.extend([old, "\n"]);
            if let Some(heading) = old.strip_prefix("### ") {
                id = heading.split(' ').next();
            } else if old.starts_with(STATE)
                && let Some(files) = id.and_then(|id| shown.get(id))
            {
                updated.extend([SHOWN_BY, &line(files), "\n"]);
            } else if old == TABLE.trim_end() {
                in_table = true;
                updated.push_str(&self.table());
            }
        }
        updated
    }

    /// How many requirements of each severity are in each state.
    fn table(&self) -> String {
        let mut rows = [[0; STATES.len() + 1]; SEVERITIES.len() + 1];
        for entry in self.entries.values() {
            for row in [entry.severity, SEVERITIES.len()] {
                for column in entry.state().into_iter().chain([STATES.len()]) {
                    rows[row][column] += 1;
                }
            }
        }
        let mut table = String::new();
        for (name, row) in SEVERITIES.into_iter().chain(["all"]).zip(rows) {
            let cells: Vec<_> = row.iter().map(u32::to_string).collect();
            // Writing to a String cannot fail.
            let _ = writeln!(table, "| {name} | {} |", cells.join(" | "));
        }
        table
    }
}

/// The tests of one requirement, as the document lists them.
fn line(files: &BTreeMap<String, BTreeSet<String>>) -> String {
    let files = files.iter().map(|(file, tests)| {
        let tests: Vec<_> = tests.iter().map(|test| format!("`{test}`")).collect();
        format!("`{file}` ({})", tests.join(", "))
    });
    files.collect::<Vec<_>>().join("; ")
}
