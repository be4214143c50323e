//! One script out of the small modules of `assets/`, so that a browser loads one file and nobody needs a build tool.
//!
//! The modules are written as any are, with `import` and `export`, and this reads no JavaScript: it relies on their form,
//! which a test checks. An import is one line. What is exported is a function or a constant of a name that no other
//! module exports. Each module becomes a function that gives back its exports, after those that it imports from.

/// Puts modules together, each after those that it names. `modules` are names and texts.
pub fn bundle(modules: &[(&str, &str)]) -> String {
    let mut done = Vec::new();
    let mut script = String::new();
    for (name, _) in modules {
        add(name, modules, &mut done, &mut script);
    }
    script
}

fn add<'a>(name: &'a str, modules: &[(&'a str, &'a str)], done: &mut Vec<&'a str>, script: &mut String) {
    let Some((_, text)) = modules.iter().find(|(known, _)| *known == name) else { return };
    if done.contains(&name) {
        return;
    }
    done.push(name);
    for imported in imports(text) {
        add(imported, modules, done, script);
    }
    let exports = exports(text).collect::<Vec<_>>().join(", ");
    if !exports.is_empty() {
        script.extend(["const { ", exports.as_str(), " } = "]);
    }
    script.push_str("(() => {\n");
    for line in text.lines().map(str::trim).filter(|line| is_code(line)) {
        script.push_str(line.strip_prefix("export ").unwrap_or(line));
        script.push('\n');
    }
    if !exports.is_empty() {
        script.extend(["return { ", exports.as_str(), " };\n"]);
    }
    script.push_str("})();\n");
}

/// The names of the modules that a module imports from.
pub fn imports(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter(|line| line.starts_with("import "));
    lines.filter_map(|line| line.split_once("from \"./")?.1.strip_suffix("\";"))
}

/// The names that a module exports.
pub fn exports(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("export "));
    lines.filter_map(|line| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        let name = line.strip_prefix("function ").or_else(|| line.strip_prefix("const "))?;
        name.split(['(', ' ']).next()
    })
}

/// Neither a comment that has lines of its own, nor an import, nor empty.
fn is_code(line: &str) -> bool {
    !["//", "/*", "* ", "*/", "import "].iter().any(|begin| line.starts_with(begin)) && !line.is_empty() && line != "*"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_come_once_each_after_what_it_imports() {
        let modules = [
            ("a.js", "// First.\n\nimport { b } from \"./b.js\";\nimport { c } from \"./c.js\";\n\nb(c);\n"),
            (
                "b.js",
                "import { c } from \"./c.js\";\n\n/** One. */\nexport function b(x) {\n  return c * 2; // twice\n}\n",
            ),
            ("c.js", "/**\n * Three.\n */\nexport const c = 3;\nexport async function d() {}\n"),
        ];
        assert_eq!(
            bundle(&modules),
            "const { c, d } = (() => {\nconst c = 3;\nasync function d() {}\nreturn { c, d };\n})();\n\
             const { b } = (() => {\nfunction b(x) {\nreturn c * 2; // twice\n}\nreturn { b };\n})();\n\
             (() => {\nb(c);\n})();\n"
        );
    }
}
