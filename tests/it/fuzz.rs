//! What fuzzers found worth keeping is read again: `fuzz/corpus/`, one folder for each target of `tests/src/fuzz/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tests::fuzz::TARGETS;

/// The corpus is what its fuzzer needs to get everywhere soon, and no more.
const LARGEST_CORPUS: usize = 200_000;

/// Into how many beginnings an input is cut besides.
const CUTS: usize = 8;

/// Every input of the corpus, and its beginnings (I-11).
#[test]
fn the_corpus_of_the_fuzzers_is_read_as_it_should_be() {
    let mut bytes = 0;
    for (name, target) in TARGETS {
        let inputs = inputs(name);
        assert!(inputs.len() >= 10, "{name}: only {} inputs", inputs.len());
        for input in inputs {
            bytes += input.len();
            target(&input);
            for cut in 0..CUTS {
                target(&input[..input.len() * cut / CUTS]);
            }
        }
    }
    assert!(bytes <= LARGEST_CORPUS, "the corpus has {bytes} bytes: leave out what adds nothing (docs/develop.md)");
}

/// A target has a fuzzer, a folder, and an entry in the manifest, and nothing else has.
#[test]
fn each_target_has_its_fuzzer_and_its_corpus() {
    let targets: BTreeSet<_> = TARGETS.map(|(name, _)| name.to_owned()).into();
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let entries =
        manifest.lines().filter_map(|line| line.strip_prefix("path = \"fuzz_targets/")?.strip_suffix(".rs\""));
    assert_eq!(entries.map(str::to_owned).collect::<BTreeSet<_>>(), targets);
    assert_eq!(names("corpus"), targets);
    for (name, _) in TARGETS {
        let fuzzer = fs::read_to_string(fuzz().join("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(fuzzer.contains(&format!("fuzz!(\"{name}\")")), "{name}: {fuzzer}");
    }
    assert_eq!(names("fuzz_targets"), targets);
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// The files of a folder, without their endings.
fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(fuzz().join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

fn inputs(target: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(fuzz().join("corpus").join(target)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}
