//! The tables of the documents against the template, the `OpenAPI` file and the source.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;
use shared::text::{Language, Messages};

use super::Documents;
use crate::files::{File, sources};
use crate::resources::{TEXT, Template, list, text};

const API: &str = include_str!("../../../infra/openapi.yaml");
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

pub(super) fn calls(documents: &Documents) -> Vec<String> {
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
    difference(told, made)
}

pub(super) fn problems(documents: &Documents) -> Vec<String> {
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
    difference(told, made.clone()).into_iter().chain(order).collect()
}

/// How much room the text of each language leaves.
pub(super) fn languages(documents: &Documents) -> Vec<String> {
    let told = documents.table("docs/deploy.md", "## What a text says");
    let told = told.iter().map(|row| format!("{} {}", row[0].trim_matches('`'), row[1]));
    let made = Language::ALL.iter().map(|language| format!("{} {}", language.tag(), Messages::room(*language)));
    difference(told, made)
}

pub(super) fn alarms(documents: &Documents) -> Vec<String> {
    let template = Template::parse(TEXT);
    let made = template.of_type("AWS::CloudWatch::Alarm").map(|(name, _)| name.to_owned());
    difference(documents.names("docs/operate.md", "## Alarms"), made)
}

pub(super) fn metrics(documents: &Documents) -> Vec<String> {
    let template = Template::parse(TEXT);
    let filters = template.of_type("AWS::Logs::MetricFilter");
    let made = filters.flat_map(|(_, filter)| list(&filter["Properties"]["MetricTransformations"]));
    let made = made.map(|metric| text(&metric["MetricName"]).to_owned());
    difference(documents.names("docs/operate.md", "## Metrics"), made)
}

pub(super) fn messages(documents: &Documents) -> Vec<String> {
    let told = documents.table("docs/operate.md", "## Log messages");
    let told = told.iter().map(|row| format!("{} {}", row[1], row[0].trim_matches('`')));
    let written = Regex::new(r#"tracing::(info|warn|error)!\([^;]*?"([^"{}]+)",?\s*\)"#).expect("a pattern");
    let counted = Regex::new(r#"(?m)^    (\w+) = "([^"]+)",$"#).expect("a pattern");
    let mut made = BTreeSet::new();
    for file in sources().iter().filter(|file| file.path.starts_with("shared/") || file.path.starts_with("functions/"))
    {
        let code = code(file);
        made.extend(written.captures_iter(&code).map(|parts| format!("{} {}", parts[1].to_uppercase(), &parts[2])));
        if file.path.ends_with("telemetry.rs") {
            made.extend(counted.captures_iter(&code).map(|parts| format!("INFO {}", &parts[2])));
        }
    }
    difference(told, made)
}

pub(super) fn reasons(documents: &Documents) -> Vec<String> {
    let name = Regex::new(r#"(?m)^\s+(?:\w+ =|Self::\w+ =>) "([a-z-]+)",$"#).expect("a pattern");
    let sources = sources();
    let file = sources.iter().find(|file| file.path.starts_with("shared/") && file.text.contains("pub enum Reason"));
    let code = code(file.expect("the file of the reasons"));
    let made = name.captures_iter(&code).map(|parts| parts[1].to_owned());
    difference(documents.names("docs/operate.md", "## Why a text was not sent"), made)
}

pub(super) fn parameters(documents: &Documents) -> Vec<String> {
    let told = documents.table("docs/deploy.md", "## All parameters");
    let told = told.iter().map(|row| (row[0].trim_matches('`'), row[1].trim_matches('`')));
    let template = Template::parse(TEXT);
    let made = template.all()["Parameters"].as_object().expect("parameters").iter();
    let made = made.map(|(name, parameter)| format!("{name} {}", plain(&parameter["Default"])));
    difference(told.map(|(name, default)| format!("{name} {}", shortest(default))), made)
}

pub(super) fn limits(documents: &Documents) -> Vec<String> {
    let template = Template::parse(TEXT);
    let default = |name: &str| template.all()["Parameters"][name]["Default"].as_f64().unwrap_or(f64::NAN);
    let groups = list(&template.all()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]);
    let quotas = groups.iter().find(|group| text(&group["Label"]["default"]) == "How many texts it sends");
    let quotas = list(&quotas.expect("the group of the quotas")["Parameters"]).iter().map(text);
    let told = documents.table("docs/deploy.md", "## Quotas");
    let told = told.iter().map(|row| format!("{} {}", row[0].trim_matches('`'), row[1]));
    let mut flaws = difference(told, quotas.map(|name| format!("{name} {}", default(name))));

    let all = default("UnrecognizedTextsPerDay");
    let spent = [
        default("UnverifiedTextsPerDay"),
        default("CountryUnverifiedTextsPerDay"),
        default("CountryTextsPerDay"),
        all,
        all + default("RecognizedTextsPerDay"),
    ];
    let spent = spent.map(|texts| [texts, texts * 0.05, texts * default("MaxPrice")].map(f64::round));
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
fn difference(told: impl IntoIterator<Item = String>, made: impl IntoIterator<Item = String>) -> Vec<String> {
    let (told, made): (BTreeSet<_>, BTreeSet<_>) = (told.into_iter().collect(), made.into_iter().collect());
    let missing = made.difference(&told).map(|one| format!("missing: {one}"));
    missing.chain(told.difference(&made).map(|one| format!("told, and not so: {one}"))).collect()
}

/// The lines of code of a file.
fn code(file: &File) -> String {
    file.code().map(|(_, line)| line).collect::<Vec<_>>().join("\n")
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
