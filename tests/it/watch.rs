//! `cargo lambda`: what it reads is the same as what is deployed and what the local program uses.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;
use shared::http::Origins;
use shared::phone::Countries;
use shared::root_secret::RootSecret;
use shared::sms::{MaxPrice, SenderId};
use shared::text::{ServiceName, SmsDomain};

use crate::resources::{FUNCTIONS, TEXT, Template};

const SETTINGS: &str = include_str!("../../.env.local");

/// What the function for all other routes gets there: all paths, since there is no `$default`.
const REST: [&str; 2] = ["/", "/{*rest}"];

#[test]
fn its_routes_are_those_of_the_template() {
    assert_eq!(routes_of_watch(), routes_of_the_template());
}

#[test]
fn its_functions_are_programs_that_a_bare_cargo_run_finds() {
    let workspace = workspace();
    let members: Vec<_> = workspace["workspace_default_members"].as_array().unwrap().iter().collect();
    let packages = workspace["packages"].as_array().unwrap().iter();
    let found: BTreeSet<_> = packages
        .filter(|package| members.contains(&&package["id"]))
        .flat_map(|package| package["targets"].as_array().unwrap())
        .filter(|target| target["kind"][0] == "bin")
        .map(|target| target["name"].as_str().unwrap())
        .collect();
    for (_, function) in FUNCTIONS {
        assert!(found.contains(function), "cargo run --bin {function} finds nothing: {found:?}");
    }
}

/// `cargo lambda deploy` gives a function the memory and the time that the template gives it.
#[test]
fn it_deploys_with_the_memory_and_the_time_of_the_template() {
    let (template, workspace) = (Template::parse(TEXT), workspace());
    let packages = workspace["packages"].as_array().unwrap();
    for (name, function) in FUNCTIONS {
        let package = packages.iter().find(|package| package["name"] == function).unwrap();
        let (here, globals) = (template.properties(name), &template.all()["Globals"]["Function"]);
        for (of_the_template, of_cargo_lambda) in [("MemorySize", "memory"), ("Timeout", "timeout")] {
            let expected = here.get(of_the_template).unwrap_or(&globals[of_the_template]);
            assert_eq!(
                &package["metadata"]["lambda"]["deploy"][of_cargo_lambda], expected,
                "{function}: {of_cargo_lambda}"
            );
        }
    }
}

/// The settings of the functions on one machine can be read, and lead to the local program.
#[test]
fn the_settings_of_one_machine_are_whole() {
    let lines = SETTINGS.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let settings: BTreeMap<_, _> = lines.map(|line| line.split_once('=').unwrap()).collect();
    for secret in ["DOORCODE_NUMBER_SECRET", "DOORCODE_CODE_SECRET"] {
        assert!(RootSecret::parse(settings[secret]).is_ok());
    }
    assert!(Countries::parse(settings["DOORCODE_COUNTRIES"], settings["DOORCODE_DEFAULT_COUNTRY"]).is_ok());
    assert!(SmsDomain::parse(settings["DOORCODE_DOMAIN"]).is_ok());
    assert!(Origins::parse(settings["DOORCODE_ORIGINS"]).is_ok());
    assert!(SenderId::parse(settings["DOORCODE_SENDER_ID"]).is_some());
    assert!(ServiceName::parse(settings["DOORCODE_SERVICE_NAME"]).is_some());
    assert!(MaxPrice::parse(settings["DOORCODE_MAX_PRICE"]).is_some());
    assert_eq!(settings["DOORCODE_TABLE"], "doorcode");
    assert_eq!(settings["DOORCODE_TEST_NUMBERS"], "yes");
    assert_eq!(settings["AWS_ENDPOINT_URL_SNS"], "http://127.0.0.1:8081");
    assert_eq!(settings["AWS_ENDPOINT_URL_DYNAMODB"], "http://127.0.0.1:8000");
}

/// Each route as `POST /auth/login start-login`.
fn routes_of_the_template() -> BTreeSet<String> {
    let template = Template::parse(TEXT);
    let mut routes = BTreeSet::new();
    for (name, event) in template.events("HttpApi") {
        let (_, function) = FUNCTIONS.into_iter().find(|(known, _)| *known == name).unwrap();
        match (event["Method"].as_str(), event["Path"].as_str()) {
            (Some(method), Some(path)) => drop(routes.insert(format!("{} {path} {function}", method.to_uppercase()))),
            _ => routes.extend(REST.map(|path| format!("ANY {path} {function}"))),
        }
    }
    routes
}

fn routes_of_watch() -> BTreeSet<String> {
    let workspace = workspace();
    let paths = workspace["metadata"]["lambda"]["watch"]["router"].as_object().unwrap();
    let mut routes = BTreeSet::new();
    for (path, leads_to) in paths {
        match leads_to {
            Value::String(function) => drop(routes.insert(format!("ANY {path} {function}"))),
            leads_to => routes.extend(leads_to.as_array().unwrap().iter().map(|route| {
                format!("{} {path} {}", route["method"].as_str().unwrap(), route["function"].as_str().unwrap())
            })),
        }
    }
    routes
}

/// The manifests, as cargo reads them.
pub fn workspace() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}
