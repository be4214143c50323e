//! The imports of files of Rust: `use` statements and paths in the code, led back to the files that define what they name.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::Imports;
use crate::files::File;

/// More steps than any name needs to be handed on.
const MAX_STEPS: usize = 8;

/// A path such as `crate::login::code::Code`, and the name that it has in the file.
#[derive(Debug)]
struct Import {
    path: Vec<String>,
    name: String,
}

/// A file as a module.
struct Module<'a> {
    file: &'a str,
    imports: Vec<Import>,
    /// Names that the file hands on and does not use itself.
    handed_on: BTreeSet<String>,
    /// Paths in the code.
    paths: Vec<Vec<String>>,
}

/// The modules by their places: `["shared", "login", "code"]`.
type Modules<'a> = BTreeMap<Vec<String>, Module<'a>>;

/// For each file, the others that it imports from.
pub(super) fn imports(files: &[File]) -> Imports {
    let modules: Modules = files.iter().map(|file| (place(&file.path), module(file))).collect();
    let imports = modules.iter().map(|(place, module)| {
        let used = module.imports.iter().filter(|import| !module.handed_on.contains(&import.name));
        let paths = used.map(|import| &import.path).chain(&module.paths);
        let targets: BTreeSet<_> = paths.filter_map(|path| resolved(&modules, place, path, MAX_STEPS)).collect();
        let others = targets.into_iter().filter(|target| *target != module.file).map(str::to_owned);
        (module.file.to_owned(), others.collect())
    });
    imports.collect()
}

/// The module that a file is. A program's `main.rs` is a module of its own beside the library.
fn place(path: &str) -> Vec<String> {
    let (member, file) = path.split_once("/src/").expect("a file in src");
    let name = member.rsplit('/').next().unwrap_or_default();
    let parts = file.trim_end_matches(".rs").split('/').filter(|part| !["lib", "mod"].contains(part));
    [name].into_iter().chain(parts).map(str::to_owned).collect()
}

fn module(file: &File) -> Module<'_> {
    let code = file.code().map(|(_, line)| line).collect::<Vec<_>>().join("\n");
    let statement = Regex::new(r"(?m)^\s*(pub(?:\([a-z]+\))? )?use ([^;]+);").expect("a pattern");
    let rest = statement.replace_all(&code, "");
    let mut imports = Vec::new();
    let mut handed_on = BTreeSet::new();
    for found in statement.captures_iter(&code) {
        let tree: String = found[2].split_whitespace().collect::<Vec<_>>().join(" ");
        let from = imports.len();
        expand(&[], &tree, &mut imports);
        if found.get(1).is_some() {
            let names = imports[from..].iter().map(|import| import.name.clone());
            let is_used = |name: &str| Regex::new(&format!(r"\b{name}\b")).expect("a pattern").is_match(&rest);
            handed_on.extend(names.filter(|name| !is_used(name)));
        }
    }
    let path = Regex::new(r"\b\w+(?:::\w+)+").expect("a pattern");
    let paths = path.find_iter(&rest).map(|path| path.as_str().split("::").map(str::to_owned).collect());
    Module { file: &file.path, imports, handed_on, paths: paths.collect() }
}

/// Every path of a tree such as `crate::{error::Error, keys::{self, Keys as K}}`.
fn expand(before: &[String], tree: &str, imports: &mut Vec<Import>) {
    let tree = tree.trim();
    if let Some((head, group)) = tree.split_once('{') {
        let before = joined(before, head.trim_end_matches("::"));
        let group = group.trim().strip_suffix('}').expect("the end of a group");
        for part in split(group) {
            expand(&before, part, imports);
        }
        return;
    }
    let (path, renamed) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name)));
    let mut path = joined(before, path);
    if ["self", "*"].contains(&path.last().map_or("", String::as_str)) && path.len() > 1 {
        path.pop();
    }
    let name = renamed.map_or_else(|| path.last().cloned().unwrap_or_default(), |name| name.trim().to_owned());
    imports.push(Import { path, name });
}

fn joined(before: &[String], path: &str) -> Vec<String> {
    let parts = path.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned);
    before.iter().cloned().chain(parts).collect()
}

/// The parts between the commas of a group that are in no group within it.
fn split(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let parts = group.split(|sign| {
        depth += match sign {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        sign == ',' && depth == 0
    });
    parts.filter(|part| !part.trim().is_empty()).collect()
}

/// The file that defines what a path names, seen from a module. None when that is in no file that was looked at.
fn resolved<'a>(modules: &Modules<'a>, from: &[String], path: &[String], steps: usize) -> Option<&'a str> {
    let (first, mut rest) = path.split_first()?;
    let child = [from, std::slice::from_ref(first)].concat();
    let mut here = match first.as_str() {
        "crate" => from[..1].to_vec(),
        "self" => from.to_vec(),
        "super" => from[..from.len() - 1].to_vec(),
        // What another member of the workspace calls it.
        "shared" if from[0] != "shared" => vec!["shared".to_owned()],
        _ if modules.contains_key(&child) => child,
        _ => return None,
    };
    while let Some((next, after)) = rest.split_first() {
        let child = [here.as_slice(), std::slice::from_ref(next)].concat();
        if next == "super" {
            here.pop();
        } else if modules.contains_key(&child) {
            here = child;
        } else {
            let import = modules.get(&here)?.imports.iter().find(|import| import.name == *next);
            let Some(import) = import.filter(|_| steps > 0) else { break };
            let on = [import.path.as_slice(), after].concat();
            return resolved(modules, &here, &on, steps - 1).or_else(|| file(modules, &here));
        }
        rest = after;
    }
    file(modules, &here)
}

fn file<'a>(modules: &Modules<'a>, place: &[String]) -> Option<&'a str> {
    modules.get(place).map(|module| module.file)
}

/// What is imported from where, whichever way it is written.
#[test]
fn imports_are_led_back_to_the_file_that_defines_the_name() {
    let hub =
        "mod depth;\npub mod inner;\npub use inner::{Plain, Other as Renamed};\nuse depth::Deep;\npub fn own() {}";
    let of = |code: &str| {
        let text = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let files = [
            text("shared/src/lib.rs", "pub mod hub;\npub mod user;"),
            text("shared/src/hub/mod.rs", hub),
            text("shared/src/hub/inner.rs", ""),
            text("shared/src/hub/depth.rs", "use super::inner::Plain;"),
            text("functions/f/src/lib.rs", code),
            text("functions/f/src/part.rs", ""),
        ];
        let mut found = imports(&files);
        assert_eq!(found["shared/src/hub/mod.rs"], ["shared/src/hub/depth.rs"], "what is handed on is not imported");
        found.remove("functions/f/src/lib.rs").expect("the file").join(" ")
    };
    for (code, files) in [
        ("use shared::hub::own;", "shared/src/hub/mod.rs"),
        ("use shared::hub::Plain;", "shared/src/hub/inner.rs"),
        ("use shared::hub::Renamed;", "shared/src/hub/inner.rs"),
        ("use shared::hub::{self, inner};", "shared/src/hub/inner.rs shared/src/hub/mod.rs"),
        ("use shared::{\n    hub::{own, inner::{A, B}},\n};", "shared/src/hub/inner.rs shared/src/hub/mod.rs"),
        ("use shared::hub::inner::*;", "shared/src/hub/inner.rs"),
        ("pub(crate) use shared::hub::Plain as P;\nfn f(_: P) {}", "shared/src/hub/inner.rs"),
        ("pub use shared::hub::Plain;", ""),
        ("fn f() { shared::hub::own() }", "shared/src/hub/mod.rs"),
        ("fn f() -> crate::part::X {}", "functions/f/src/part.rs"),
        ("mod part;\nfn f() { part::g() }", "functions/f/src/part.rs"),
        ("use std::fs;\nfn f() { Vec::new() }", ""),
        ("// use shared::hub::own;", ""),
        ("fn f() {}\n#[cfg(test)]\nmod tests {\n    use shared::hub::own;\n}", ""),
    ] {
        assert_eq!(of(code), files, "{code}");
    }
}
