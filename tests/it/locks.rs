//! The lock files: each package is there with a digest of what was reviewed, so that no registry and no mirror can give
//! something else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::Value;

/// How a package of crates.io begins, and then comes its digest.
const OF_CRATES_IO: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The packages of a lock file of cargo: name and version with the lines of each.
fn crates(path: &str) -> BTreeMap<(String, String), String> {
    let field = |package: &str, name: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(&format!("{name} = \"")));
        line.and_then(|rest| rest.strip_suffix('"')).map(str::to_owned)
    };
    let text = text(path);
    let packages = text.split("[[package]]\n").skip(1).map(|package| {
        let (name, version) = (field(package, "name").expect("a name"), field(package, "version").expect("a version"));
        ((name, version), package.to_owned())
    });
    packages.collect()
}

/// A crate is of crates.io, with its digest, or of this repository.
#[test]
fn each_crate_has_its_digest() {
    for path in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let crates = crates(path);
        assert!(crates.len() > 200, "{path}: only {} packages", crates.len());
        for ((name, version), lines) in crates {
            // Without a source it is a folder of the workspace, or one that it names.
            let is_own = !lines.contains("source = ");
            assert!(is_own || lines.contains(OF_CRATES_IO), "{path}: {name} {version}");
        }
    }
}

/// Fuzzers try the versions that are deployed: `fuzz/Cargo.lock` has no other of a crate than `Cargo.lock`, but for what
/// it alone needs.
#[test]
fn fuzzers_are_built_from_the_same_versions() {
    let (deployed, fuzzed) = (crates("Cargo.lock"), crates("fuzz/Cargo.lock"));
    let names: BTreeSet<_> = deployed.keys().map(|(name, _)| name.clone()).collect();
    let other = fuzzed.keys().filter(|package| !deployed.contains_key(*package));
    let (other, alone): (Vec<_>, Vec<_>) = other.partition(|(name, _)| names.contains(name));
    assert_eq!(
        other,
        Vec::<&(String, String)>::new(),
        "copy Cargo.lock to fuzz/Cargo.lock and run `cargo metadata` there"
    );
    let alone: BTreeSet<_> = alone.into_iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(alone, ["arbitrary", "doorcode-fuzz", "jobserver", "libfuzzer-sys"].into());
}

#[test]
fn each_package_of_npm_has_its_digest() {
    let lock: Value = serde_json::from_str(&text("tests/tools/package-lock.json")).expect("JSON");
    let packages = lock["packages"].as_object().expect("packages");
    assert!(packages.len() > 100, "only {} packages", packages.len());
    for (place, package) in packages.iter().filter(|(place, _)| !place.is_empty()) {
        let digest = package["integrity"].as_str().unwrap_or_default();
        // What comes inside another package is under the digest of that one.
        assert!(digest.starts_with("sha512-") || package["inBundle"] == true, "{place}: {digest:?}");
        // It would bind the lock file to one registry.
        assert!(package.get("resolved").is_none(), "{place} says where it is from");
    }
}

/// `pip` refuses a package without a digest only where one package has one, or is told to (`tests/stacks/common.sh`).
#[test]
fn each_package_of_pip_has_its_digest() {
    let (package, digest) = (Regex::new(r"^[A-Za-z0-9]\S*==\S+").expect("a pattern"), "--hash=sha256:");
    let mut files = 0;
    for entry in fs::read_dir(root().join("tests/tools")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|kind| kind != "txt") {
            continue;
        }
        files += 1;
        let text = fs::read_to_string(&path).expect("a file");
        let whole = text.replace("\\\n", " ");
        let lines = whole.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty());
        for line in lines {
            assert!(package.is_match(line) && line.contains(digest), "{}: {line}", path.display());
        }
    }
    assert!(files >= 6, "only {files} lock files of pip");
    assert!(text("tests/stacks/common.sh").contains("--require-hashes"));
}
