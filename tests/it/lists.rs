//! Lists that stand in more than one place name the same things: a new function that is missing in one of them fails here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use shared::telemetry::OWN_CRATES;

use crate::resources::{FUNCTIONS, TEXT, Template, text};
use crate::watch::workspace;

/// Lists in files that no test can import, each with the text before it and the text after it.
const WRITTEN: [(&str, &str, &str); 3] = [
    ("tests/benches/lambda/main.rs", "const FUNCTIONS: [&str; 6] = [", "]"),
    ("tests/stack/settings.rs", "TABLE,\n        None,\n        \"is not set\",\n        &[", "]"),
    ("tests/stacks/watch.sh", "for function in ", "; do"),
];

/// The members of the workspace, each with its folder.
fn members() -> BTreeSet<(String, String)> {
    let workspace = workspace();
    let root = text(&workspace["workspace_root"]).to_owned();
    let member = |package: &serde_json::Value| {
        let manifest = text(&package["manifest_path"]).trim_start_matches(&root).to_owned();
        (text(&package["name"]).to_owned(), manifest.trim_matches('/').trim_end_matches("/Cargo.toml").to_owned())
    };
    workspace["packages"].as_array().unwrap().iter().map(member).collect()
}

#[test]
fn each_folder_of_a_function_is_a_function_of_the_template() {
    let members = members();
    let folders = members.iter().filter_map(|(_, folder)| folder.strip_prefix("functions/")).collect::<BTreeSet<_>>();
    assert_eq!(folders, FUNCTIONS.map(|(_, folder)| folder).into());
    let template = Template::parse(TEXT);
    let names = template.of_type("AWS::Serverless::Function").map(|(name, _)| name).collect::<BTreeSet<_>>();
    assert_eq!(names, FUNCTIONS.map(|(name, _)| name).into());
}

/// Log lines of a crate that is missing there are not written.
#[test]
fn each_member_but_the_tests_is_heard_in_the_log() {
    let members = members();
    let names = members.iter().map(|(name, _)| name.replace('-', "_")).filter(|name| name != "tests");
    assert_eq!(names.collect::<BTreeSet<_>>(), OWN_CRATES.map(str::to_owned).into());
}

#[test]
fn lists_of_all_functions_are_whole() {
    let expected: BTreeSet<_> = FUNCTIONS.map(|(_, folder)| folder.to_owned()).into();
    for (path, before, after) in WRITTEN {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        let file = fs::read_to_string(&path).unwrap();
        let list = file.split_once(before).and_then(|(_, rest)| rest.split_once(after));
        let (list, _) = list.unwrap_or_else(|| panic!("{}: no list of functions", path.display()));
        let names = list.split([',', ' ', '\n']).map(|name| name.trim_matches('"')).filter(|name| !name.is_empty());
        assert_eq!(names.map(str::to_owned).collect::<BTreeSet<_>>(), expected, "{}", path.display());
    }
}
