//! What the deployed functions are built from: one TLS stack, one HTTP stack, no SDK that nobody calls, and nothing of the
//! local program or the tests. Each of these is code that a function carries into every start.

use std::collections::BTreeMap;
use std::process::Command;

use crate::resources::FUNCTIONS;

/// Of these one version is enough; the default features of the AWS crates bring a second.
const ONCE: [&str; 7] = ["rustls", "tokio-rustls", "hyper-rustls", "hyper", "h2", "http", "ring"];

/// The SDKs of the services that functions call, and the one that `aws-config` cannot be had without: STS, for roles that
/// nobody takes on here. The linker leaves it out of the programs.
const SDKS: [&str; 4] = ["aws-sdk-dynamodb", "aws-sdk-secretsmanager", "aws-sdk-sns", "aws-sdk-sts"];

/// Second ways to do TLS, other ways to sign in to AWS than with the environment (features of `aws-config`), and what
/// belongs to the local program and the tests.
const NEVER: [&str; 13] = [
    "aws-lc-rs",
    "aws-sdk-sso",
    "aws-sdk-ssooidc",
    "aws-sdk-signin",
    "openssl",
    "native-tls",
    "dynoxide-rs",
    "rusqlite",
    "axum",
    "clap",
    "local",
    "tests",
    "proptest",
];

/// Requirement F-12.
#[test]
fn functions_carry_nothing_twice_and_nothing_for_others() {
    for (_, function) in FUNCTIONS {
        let packages = packages(function);
        for name in ONCE {
            assert_eq!(packages.get(name).map_or(0, Vec::len), 1, "{function}: versions of {name}");
        }
        let sdks: Vec<_> = packages.keys().filter(|name| name.starts_with("aws-sdk-")).collect();
        assert_eq!(sdks, SDKS, "{function}");
        for name in NEVER {
            assert!(!packages.contains_key(name), "{function} is built with {name}");
        }
    }
}

/// The packages that a function is built from, with their versions, as cargo tells them.
fn packages(function: &str) -> BTreeMap<String, Vec<String>> {
    let tree = ["tree", "--offline", "--package", function, "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let output = Command::new(env!("CARGO")).args(tree).output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut packages: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).expect("text").lines() {
        let mut words = line.split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let versions = packages.entry(name.to_owned()).or_default();
        if !versions.iter().any(|known| known == version) {
            versions.push(version.to_owned());
        }
    }
    assert!(packages.len() > 50, "{function}: only {} packages", packages.len());
    packages
}
