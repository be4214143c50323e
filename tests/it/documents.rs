//! README and docs/ against the template, the OpenAPI file and the source. Each rule is also shown documents that break it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::Value;

use crate::files::sources;
use crate::resources::{TEXT, Template, list, text};

const API: &str = include_str!("../../infra/openapi.yaml");
const PREFIX: &str = "urn:doorcode:problem:";

/// Problems that any call can have, so that the table of calls leaves them out.
const OF_ANY_CALL: [&str; 7] = [
    "body-too-large",
    "forbidden-origin",
    "internal",
    "invalid-request",
    "method-not-allowed",
    "unavailable",
    "unsupported-media-type",
];
const LONGEST_README: usize = 160;
const FORTY_LINES: &str = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";

/// Words that the glossary replaced. They may stand in its last line alone.
const OLD_WORDS: &str = r"(?i)\b(lane|stranger|ask(s|ed)? again|unused text|standing|ruling)s?\b";

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

const RULES: [Rule; 12] = [
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
        let paths = folders.filter(|path| path.ends_with(".md"));
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

fn length(documents: &Documents) -> Vec<String> {
    let lines = documents.get("README.md").lines().count();
    (lines > LONGEST_README).then(|| format!("README.md has {lines} lines")).into_iter().collect()
}

fn links(documents: &Documents) -> Vec<String> {
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

fn files(documents: &Documents) -> Vec<String> {
    let named = Regex::new(r"`((?:shared|functions|infra|tests|docs)/[\w./-]+)`").expect("a pattern");
    let named = documents
        .0
        .iter()
        .flat_map(|(path, text)| named.captures_iter(text).map(move |parts| (path, parts.extract::<1>().1[0])));
    named.filter(|(_, file)| !root().join(file).exists()).map(|(path, file)| format!("{path} names {file}")).collect()
}

fn words(documents: &Documents) -> Vec<String> {
    let old = Regex::new(OLD_WORDS).expect("a pattern");
    let lines = documents.0.iter().flat_map(|(path, text)| text.lines().map(move |line| (path, line)));
    lines
        .filter(|(path, line)| old.is_match(line) && !(*path == "docs/glossary.md" && line.starts_with("Old words")))
        .map(|(path, line)| format!("{path}: {line}"))
        .collect()
}

fn calls(documents: &Documents) -> Vec<String> {
    let told = documents.table("docs/integrate.md", "## Calls").into_iter().map(|row| {
        let answers = format!("{} {}", row[2], row[3]);
        let answer = Regex::new(r"`(\d{3})(?: ([\w-]+))?`").expect("a pattern");
        let answers = answer.captures_iter(&answers).map(|parts| {
            parts.get(2).map_or_else(|| parts[1].to_owned(), |problem| format!("{} {}", &parts[1], problem.as_str()))
        });
        format!("{}: {}", row[0].trim_matches('`'), joined(answers))
    });
    let api = api();
    let paths = api["paths"].as_object().expect("paths").iter();
    let made = paths.flat_map(|(path, item)| item.as_object().expect("calls").iter().map(move |call| (path, call)));
    let made = made.map(|(path, (method, call))| {
        let answers = call["responses"].as_object().expect("answers").iter();
        let answers = answers.flat_map(|(status, answer)| match status.as_bytes()[0] {
            b'2' => vec![status.clone()],
            _ => types(resolved(&api, answer)).into_iter().map(|problem| format!("{status} {problem}")).collect(),
        });
        let own = answers.filter(|answer| !OF_ANY_CALL.iter().any(|problem| answer.ends_with(problem)));
        format!("{} {path}: {}", method.to_uppercase(), joined(own))
    });
    difference(told.collect(), made.collect())
}

fn problems(documents: &Documents) -> Vec<String> {
    let told = documents.table("docs/integrate.md", "## Problems");
    let told: Vec<_> = told.iter().map(|row| format!("{} {}", row[0].trim_matches('`'), row[1])).collect();
    let api = api();
    let answers = api["paths"].as_object().expect("paths").values().flat_map(|item| item.as_object().expect("calls"));
    let answers = answers.flat_map(|(_, call)| call["responses"].as_object().expect("answers"));
    let statuses: BTreeSet<_> = answers
        .flat_map(|(status, answer)| {
            types(resolved(&api, answer)).into_iter().map(move |name| format!("{name} {status}"))
        })
        .chain(["not-found 404".to_owned()])
        .collect();
    // In the order of the file, which is that of the code.
    let all = list(&api["components"]["schemas"]["ProblemType"]["enum"]).iter();
    let made: Vec<_> = all
        .map(|kind| text(kind).trim_start_matches(PREFIX))
        .flat_map(|name| statuses.iter().filter(move |pair| pair.split(' ').next() == Some(name)).cloned())
        .collect();
    let order = (told != made).then(|| format!("the order is {made:?}"));
    difference(told.into_iter().collect(), made.iter().cloned().collect()).into_iter().chain(order).collect()
}

fn alarms(documents: &Documents) -> Vec<String> {
    let template = Template::parse(TEXT);
    let made = template.of_type("AWS::CloudWatch::Alarm").map(|(name, _)| name.to_owned());
    difference(documents.names("docs/operate.md", "## Alarms"), made.collect())
}

fn metrics(documents: &Documents) -> Vec<String> {
    let template = Template::parse(TEXT);
    let filters = template.of_type("AWS::Logs::MetricFilter");
    let made = filters.flat_map(|(_, filter)| list(&filter["Properties"]["MetricTransformations"]));
    let made = made.map(|metric| text(&metric["MetricName"]).to_owned());
    difference(documents.names("docs/operate.md", "## Metrics"), made.collect())
}

fn messages(documents: &Documents) -> Vec<String> {
    let told = documents.table("docs/operate.md", "## Log messages");
    let told = told.iter().map(|row| format!("{} {}", row[1], row[0].trim_matches('`')));
    let written = Regex::new(r#"tracing::(info|warn|error)!\([^;]*?"([^"{}]+)",?\s*\)"#).expect("a pattern");
    let counted = Regex::new(r#"(?m)^    (\w+) = "([^"]+)",$"#).expect("a pattern");
    let mut made = BTreeSet::new();
    for file in sources().iter().filter(|file| file.path.starts_with("shared/") || file.path.starts_with("functions/"))
    {
        let code: String = file.code().map(|(_, line)| format!("{line}\n")).collect();
        made.extend(written.captures_iter(&code).map(|parts| format!("{} {}", parts[1].to_uppercase(), &parts[2])));
        if file.path.ends_with("telemetry.rs") {
            made.extend(counted.captures_iter(&code).map(|parts| format!("INFO {}", &parts[2])));
        }
    }
    difference(told.collect(), made)
}

fn reasons(documents: &Documents) -> Vec<String> {
    let name = Regex::new(r#"(?m)^\s+(?:\w+ =|Self::\w+ =>) "([a-z-]+)",$"#).expect("a pattern");
    let sources = sources();
    let file = sources.iter().find(|file| file.path.starts_with("shared/") && file.text.contains("pub enum Reason"));
    let code: String = file.expect("the file of the reasons").code().map(|(_, line)| format!("{line}\n")).collect();
    let made = name.captures_iter(&code).map(|parts| parts[1].to_owned());
    difference(documents.names("docs/operate.md", "## Why a text was not sent"), made.collect())
}

fn parameters(documents: &Documents) -> Vec<String> {
    let told = documents.table("docs/deploy.md", "## All parameters");
    let told = told.iter().map(|row| (row[0].trim_matches('`'), row[1].trim_matches('`')));
    let template = Template::parse(TEXT);
    let made = template.all()["Parameters"].as_object().expect("parameters").iter();
    let made = made.map(|(name, parameter)| format!("{name} {}", plain(&parameter["Default"])));
    difference(told.map(|(name, default)| format!("{name} {}", shortest(default))).collect(), made.collect())
}

fn limits(documents: &Documents) -> Vec<String> {
    let template = Template::parse(TEXT);
    let default = |name: &str| template.all()["Parameters"][name]["Default"].as_f64().unwrap_or(f64::NAN);
    let groups = list(&template.all()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]);
    let quotas = groups.iter().find(|group| text(&group["Label"]["default"]) == "How many texts it sends");
    let quotas = list(&quotas.expect("the group of the quotas")["Parameters"]).iter().map(text);
    let told = documents.table("docs/deploy.md", "## Quotas");
    let told = told.iter().map(|row| format!("{} {}", row[0].trim_matches('`'), row[1]));
    let mut flaws = difference(told.collect(), quotas.map(|name| format!("{name} {}", default(name))).collect());

    let all = default("UnrecognizedTextsPerDay");
    let spent = [
        default("UnverifiedTextsPerDay"),
        default("CountryUnverifiedTextsPerDay"),
        default("CountryTextsPerDay"),
        all,
        all + default("RecognizedTextsPerDay"),
    ];
    let spent = spent.map(|texts| [texts, texts * 0.05, texts * default("MaxPrice")].map(|amount| amount.round()));
    let told = documents.table("docs/promises.md", "## What attackers can spend");
    let told = told.iter().map(|row| [1, 2, 3].map(|cell| row[cell].replace(',', "").parse().unwrap_or(f64::NAN)));
    let told: Vec<[f64; 3]> = told.collect();
    if told != spent {
        flaws.push(format!("what attackers can spend is {spent:?}, and docs/promises.md says {told:?}"));
    }
    let promise = format!("at most {} texts a day", spent[0][0]);
    flaws.extend((!documents.get("README.md").contains(&promise)).then(|| format!("README.md has no {promise:?}")));
    flaws
}

/// What one side has and the other has not.
fn difference(told: BTreeSet<String>, made: BTreeSet<String>) -> Vec<String> {
    let missing = made.difference(&told).map(|one| format!("missing: {one}"));
    missing.chain(told.difference(&made).map(|one| format!("told, and not so: {one}"))).collect()
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}

fn api() -> Value {
    serde_saphyr::from_str(API).expect("YAML")
}

/// An answer, wherever the file keeps it.
fn resolved<'a>(api: &'a Value, answer: &'a Value) -> &'a Value {
    let Some(place) = answer["$ref"].as_str() else { return answer };
    api.pointer(place.trim_start_matches('#')).expect("what a reference names")
}

/// The names of the problems that an answer can be.
fn types(answer: &Value) -> Vec<&str> {
    let kinds = &answer["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["type"]["enum"];
    kinds.as_array().into_iter().flatten().map(|kind| text(kind).trim_start_matches(PREFIX)).collect()
}

/// A default as text; a number without zeros at its end.
fn plain(default: &Value) -> String {
    default.as_str().map_or_else(|| shortest(&default.to_string()), str::to_owned)
}

fn shortest(default: &str) -> String {
    default.parse::<f64>().map_or_else(|_| default.to_owned(), |number| number.to_string())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
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
