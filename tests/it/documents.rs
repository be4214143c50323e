//! README and docs/ against the template, the `OpenAPI` file and the source. Each rule is also shown documents that break it.

mod prose;
mod tables;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use prose::{files, length, links, words};
use tables::{alarms, calls, languages, limits, messages, metrics, parameters, problems, reasons};

const FORTY_LINES: &str = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";

/// The documents, each with its place in the repository.
#[derive(Clone)]
struct Documents(Vec<(String, String)>);

/// One thing that must hold. It gives back what is wrong.
struct Rule {
    name: &'static str,
    look: fn(&Documents) -> Vec<String>,
    /// A document and a change of it that breaks the rule.
    broken_by: &'static [(&'static str, &'static str, &'static str)],
}

const RULES: [Rule; 13] = [
    Rule { name: "the README is short", look: length, broken_by: &[("README.md", "## Licence", FORTY_LINES)] },
    Rule {
        name: "links lead somewhere",
        look: links,
        broken_by: &[
            ("README.md", "promises.md#three-tries", "promises.md#four-tries"),
            ("docs/promises.md", "(#three-tries)", "(#four-tries)"),
            ("README.md", "(docs/speed.md)", "(docs/slow.md)"),
        ],
    },
    Rule {
        name: "files that are named are there",
        look: files,
        broken_by: &[("docs/develop.md", "`shared/src/telemetry.rs`", "`shared/src/telegraph.rs`")],
    },
    Rule {
        name: "words are those of the glossary",
        look: words,
        broken_by: &[
            ("README.md", "A person types", "A stranger types"),
            ("docs/glossary.md", "\nOld words", "\nWords"),
        ],
    },
    Rule {
        name: "calls are those of the API",
        look: calls,
        broken_by: &[
            ("docs/integrate.md", "| `DELETE /auth/session` |", "| `PUT /auth/session` |"),
            ("docs/integrate.md", "`404 no-login-request`, ", ""),
            ("docs/integrate.md", "| `201` ", "| `200` "),
        ],
    },
    Rule {
        name: "problems are those of the API",
        look: problems,
        broken_by: &[
            ("docs/integrate.md", "| `wrong-code` | 401 |", "| `wrong-code` | 403 |"),
            ("docs/integrate.md", "| `internal` | 500 |", "| `bug` | 500 |"),
        ],
    },
    Rule {
        name: "alarms are those of the template",
        look: alarms,
        broken_by: &[("docs/operate.md", "| `CodesGuessed` |", "| `CodesTyped` |")],
    },
    Rule {
        name: "metrics are those of the template",
        look: metrics,
        broken_by: &[("docs/operate.md", "| `texts_failed` |", "| `texts_lost` |")],
    },
    Rule {
        name: "log messages are those of the source",
        look: messages,
        broken_by: &[
            ("docs/operate.md", "| `text sent` | INFO |", "| `text went out` | INFO |"),
            ("docs/operate.md", "| `request refused` | INFO |", "| `request refused` | WARN |"),
        ],
    },
    Rule {
        name: "reasons are those of the source",
        look: reasons,
        broken_by: &[("docs/operate.md", "| `backoff` |", "| `delay` |")],
    },
    Rule {
        name: "parameters are those of the template, with their defaults",
        look: parameters,
        broken_by: &[
            ("docs/deploy.md", "| `MaxPrice` | `0.20` |", "| `MaxPrice` | `0.30` |"),
            ("docs/deploy.md", "| `KeyArn` | |", "| `KeyName` | |"),
            ("docs/deploy.md", "| `Registration` | `open` |", "| `Registration` | |"),
        ],
    },
    Rule {
        name: "languages have the room that their texts leave",
        look: languages,
        broken_by: &[("docs/deploy.md", "| `ja` | 25 |", "| `ja` | 26 |"), ("docs/deploy.md", "| `uk` | 24 |\n", "")],
    },
    Rule {
        name: "limits are the defaults",
        look: limits,
        broken_by: &[
            ("docs/deploy.md", "| `IpRequestsPerDay` | 60 |", "| `IpRequestsPerDay` | 70 |"),
            ("docs/deploy.md", "| `UnverifiedTextsPerDay` | 300 |", "| `UnverifiedTexts` | 300 |"),
            ("docs/promises.md", "| 300 | 15 | 60 |", "| 300 | 15 | 50 |"),
            ("docs/promises.md", "| 3,000 |", "| 2,000 |"),
            ("README.md", "at most 300 texts a day", "at most 200 texts a day"),
        ],
    },
];

/// Links lead somewhere, and the tables are those of the code, the template and the API; limits among them (D-05).
#[test]
fn the_documents_hold_all_rules() {
    let documents = Documents::read();
    let flaws: Vec<_> = RULES.iter().map(|rule| (rule.name, (rule.look)(&documents))).collect();
    let flaws: Vec<_> = flaws.iter().filter(|(_, flaws)| !flaws.is_empty()).collect();
    assert!(flaws.is_empty(), "{flaws:#?}");
}

#[test]
fn each_rule_finds_documents_that_break_it() {
    let documents = Documents::read();
    for rule in RULES {
        assert!(!rule.broken_by.is_empty(), "{}: nothing shows that it is looked at", rule.name);
        let before = (rule.look)(&documents);
        for (path, from, to) in rule.broken_by {
            let after = (rule.look)(&documents.with(path, from, to));
            assert_ne!(before, after, "{}: {from:?} became {to:?} and nobody saw it", rule.name);
            assert!(!after.is_empty(), "{}: {from:?} became {to:?}, which is right", rule.name);
        }
    }
}

impl Documents {
    fn read() -> Self {
        let folders = ["", "docs/"].iter().flat_map(|folder| {
            let entries = fs::read_dir(root().join(folder)).expect("a folder");
            entries.map(move |entry| format!("{folder}{}", entry.expect("a file").file_name().display()))
        });
        let paths = folders.filter(|path| Path::new(path).extension().is_some_and(|kind| kind == "md"));
        Self(paths.map(|path| (path.clone(), fs::read_to_string(root().join(path)).expect("a document"))).collect())
    }

    fn get(&self, path: &str) -> &str {
        self.0.iter().find(|(name, _)| name == path).map(|(_, text)| text.as_str()).unwrap_or_default()
    }

    /// The same with a change of one document.
    fn with(&self, path: &str, from: &str, to: &str) -> Self {
        assert!(self.get(path).contains(from), "{path} has no {from:?}");
        let changed = self
            .0
            .iter()
            .map(|(name, text)| (name.clone(), if name == path { text.replace(from, to) } else { text.clone() }));
        Self(changed.collect())
    }

    /// The rows of the first table under a heading, without its head.
    fn table(&self, path: &str, heading: &str) -> Vec<Vec<&str>> {
        let lines = self.get(path).lines().skip_while(|line| *line != heading).skip(1);
        let section = lines.take_while(|line| !line.starts_with("## "));
        let rows = section.skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|')).skip(2);
        rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
    }

    /// The words in backticks of the first column of such a table.
    fn names(&self, path: &str, heading: &str) -> BTreeSet<String> {
        self.table(path, heading).iter().map(|row| row[0].trim_matches('`').to_owned()).collect()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
