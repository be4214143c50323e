//! `infra/openapi.yaml` against the code: routes, problems, and what bodies may hold. `tests/stacks/openapi.sh` calls a
//! running Doorcode with it.

use std::collections::BTreeSet;

use pages::API;
use proptest::prelude::*;
use proptest::string::string_regex;
use regex::Regex;
use serde_json::Value;
use shared::http::ProblemType;
use shared::login::code::Code;

use crate::resources::{TEXT, Template, list, text};

const FILE: &str = include_str!("../../infra/openapi.yaml");
const PREFIX: &str = "urn:doorcode:problem:";

/// The problem of an address that is none, so that no call of the file can have it.
const OF_NO_CALL: &str = "not-found";

fn file() -> Value {
    serde_saphyr::from_str(FILE).expect("YAML")
}

/// `POST /auth/login` and so on.
fn calls(file: &Value) -> BTreeSet<String> {
    let paths = file["paths"].as_object().expect("paths");
    let calls = paths.iter().flat_map(|(path, item)| {
        item.as_object().expect("operations").keys().map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    calls.collect()
}

/// Collects every value below `value` that stands under `key`.
fn values<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == key {
                    found.push(member);
                }
                values(member, key, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| values(item, key, found)),
        _ => {}
    }
}

fn names(types: &[Value]) -> BTreeSet<&str> {
    types.iter().map(|kind| text(kind).strip_prefix(PREFIX).expect("a problem's type")).collect()
}

#[test]
fn its_calls_are_the_routes_of_the_template() {
    let template = Template::parse(TEXT);
    let routes = template.events("HttpApi").filter_map(|(_, event)| {
        let (method, path) = (event["Method"].as_str()?, event["Path"].as_str()?);
        Some(format!("{method} {path}"))
    });
    assert_eq!(calls(&file()), routes.collect());
}

#[test]
fn its_calls_are_those_that_the_pages_point_to() {
    let known = API.iter().flat_map(|api| api.methods().map(|method| format!("{method} {}", api.path)));
    assert_eq!(calls(&file()), known.collect());
}

#[test]
fn its_problems_are_those_of_the_code_in_the_same_order() {
    let file = file();
    let types = list(&file["components"]["schemas"]["ProblemType"]["enum"]);
    let types: Vec<_> = types.iter().map(|kind| text(kind).trim_start_matches(PREFIX)).collect();
    assert_eq!(types, problem_names());
    let told = text(&file["components"]["schemas"]["ProblemType"]["description"]);
    for name in problem_names() {
        assert!(told.contains(&format!("- `{name}`: ")), "what to do about {name}");
    }
}

#[test]
fn each_problem_has_an_answer_and_an_example() {
    let file = file();
    let mut contents = Vec::new();
    values(&file, "application/problem+json", &mut contents);
    let mut answered = BTreeSet::new();
    for content in contents {
        let promised = names(list(&content["schema"]["allOf"][1]["properties"]["type"]["enum"]));
        let examples: Vec<_> = content["examples"].as_object().expect("examples").values().collect();
        let shown: Vec<_> = examples.iter().map(|example| example["value"]["type"].clone()).collect();
        assert_eq!(names(&shown), promised, "the examples of an answer");
        for example in examples {
            let status = &content["schema"]["allOf"][1]["properties"]["status"]["const"];
            assert_eq!(&example["value"]["status"], status, "{example}");
        }
        answered.extend(promised.into_iter().map(str::to_owned));
    }
    let mut expected: BTreeSet<_> = problem_names().into_iter().map(str::to_owned).collect();
    expected.remove(OF_NO_CALL);
    assert_eq!(answered, expected);
}

fn problem_names() -> Vec<&'static str> {
    ProblemType::ALL.iter().map(|problem| problem.name()).collect()
}

/// What a field of a body must look like.
fn pattern(schema: &str, field: &str) -> String {
    let file = file();
    text(&file["components"]["schemas"][schema]["properties"][field]["pattern"]).to_owned()
}

/// The pattern of a field and the code that reads it take the same texts: those that the pattern makes, and those that
/// `near` makes.
fn agree(pattern: &str, near: &str, takes: impl Fn(&str) -> bool) {
    let matcher = Regex::new(pattern).expect("a pattern");
    let inside = string_regex(pattern.trim_start_matches('^').trim_end_matches('$')).expect("a pattern");
    let near = string_regex(near).expect("a pattern");
    proptest!(ProptestConfig::with_cases(512), |(typed in prop_oneof![inside, near])| {
        prop_assert_eq!(matcher.is_match(&typed), takes(&typed), "{:?}", typed);
    });
}

#[test]
fn its_codes_are_those_that_are_read() {
    agree(&pattern("CheckCode", "code"), "[0-9]{4,10}|[0-9 \\-\t\n\u{a0}\u{2003}a\u{661}]{0,12}", |typed| {
        Code::read(typed).is_ok()
    });
}
