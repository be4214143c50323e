//! The source of the whole workspace, read for tests on it.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of Rust.
pub struct File {
    /// Its place in the repository.
    pub path: String,
    /// All of it.
    pub text: String,
}

impl File {
    /// How many lines it has without its unit tests.
    pub fn lines(&self) -> usize {
        self.without_tests().lines().count()
    }

    /// The numbered lines of code: no comments, no unit tests.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.without_tests().lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn without_tests(&self) -> &str {
        self.text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default()
    }
}

/// Every file of Rust in the repository.
pub fn sources() -> Vec<File> {
    let mut files = Vec::new();
    for member in ["shared", "functions", "infra", "tests"] {
        collect(&root().join(member), &mut files);
    }
    assert!(files.len() > 40, "only {} files were found", files.len());
    files
}

/// The manifest of a member of the workspace.
pub fn manifest(member: &str) -> String {
    let path = root().join(member).join("Cargo.toml");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn collect(folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a file in UTF-8");
            let path = path.strip_prefix(root()).expect("a path in the workspace").to_string_lossy().replace('\\', "/");
            files.push(File { path, text });
        }
    }
}
