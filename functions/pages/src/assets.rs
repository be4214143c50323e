//! The script, the style and the logo: the same for everybody, so that browsers may keep the first and the last, at
//! addresses that change when either does: `/assets/<version>/<name>`. The style is written into each page.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use shared::brand::{Accent, Themed};

use crate::bundle::bundle;
use crate::compressed::Compressed;

/// Where assets are.
const ASSETS_AT: &str = "/assets/";

/// Bytes of the digest that make a version: enough that no two are ever the same by chance, in 16 characters.
const VERSION_BYTES: usize = 12;

/// What the pages look like: what the SMS inbox of the local program shares with them, and the rest.
const STYLES: [&str; 2] = [include_str!("../assets/base.css"), include_str!("../assets/style.css")];

/// A service with a logo of its own puts it there.
const LOGO: &str = include_str!("../brand/logo.svg");

/// The modules of the script.
pub const MODULES: [(&str, &str); 14] = [
    // One for each page, and what starts it.
    ("door.js", include_str!("../assets/door.js")),
    ("login.js", include_str!("../assets/login.js")),
    ("code.js", include_str!("../assets/code.js")),
    ("register.js", include_str!("../assets/register.js")),
    ("account.js", include_str!("../assets/account.js")),
    // What they share.
    ("api.js", include_str!("../assets/api.js")),
    ("cookies.js", include_str!("../assets/cookies.js")),
    ("countries.js", include_str!("../assets/countries.js")),
    ("form.js", include_str!("../assets/form.js")),
    ("login-request.js", include_str!("../assets/login-request.js")),
    ("phone.js", include_str!("../assets/phone.js")),
    ("problems.js", include_str!("../assets/problems.js")),
    ("typed.js", include_str!("../assets/typed.js")),
    ("words.js", include_str!("../assets/words.js")),
];

/// What all pages are served with.
pub struct Assets {
    /// Of both files, from their names and content: they and the pages belong together.
    version: String,
    files: [Asset; 2],
    /// The style, as it is written into pages.
    pub style: String,
    /// What a page's policy says of it: `'sha256-…'`.
    pub style_hash: String,
}

/// A file that browsers keep.
pub struct Asset {
    name: &'static str,
    /// Its type.
    pub content_type: &'static str,
    /// What is served.
    pub body: Compressed,
}

impl Assets {
    /// Those of a service with this colour, whose script knows these numbers (a JSON text).
    pub fn new(accent: Accent, numbers: &str) -> Self {
        let script = bundle(&MODULES).replace("\"{numbers}\"", numbers);
        let files = [("door.js", "text/javascript; charset=utf-8", script), ("logo.svg", "image/svg+xml", LOGO.into())];
        let version = version_of(&files);
        let style = style(accent);
        let style_hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(&style)));
        let asset = |(name, content_type, text)| Asset { name, content_type, body: Compressed::new(text) };
        Self { version, files: files.map(asset), style, style_hash }
    }

    /// The asset at an address. It is served under every version, since a page may come from before a deployment, or from
    /// another instance during one. It is not served without a version, since no page names such an address.
    pub fn at(&self, path: &str) -> Option<&Asset> {
        let (_, name) = version_and_name(path)?;
        self.files.iter().find(|asset| asset.name == name)
    }

    /// Whether an address has the version of what is served there now.
    pub fn is_current(&self, path: &str) -> bool {
        version_and_name(path).is_some_and(|(version, _)| version == self.version)
    }

    /// The address of an asset.
    pub fn address(&self, name: &str) -> String {
        format!("{ASSETS_AT}{}/{name}", self.version)
    }
}

fn version_and_name(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix(ASSETS_AT)?.split_once('/')
}

fn version_of(files: &[(&str, &str, String)]) -> String {
    let mut digest = Sha256::new();
    for (name, _, text) in files {
        // A zero is in none of them, so that the end of one is not taken for the beginning of another.
        for part in [name, text.as_str()] {
            digest.update(part);
            digest.update([0]);
        }
    }
    URL_SAFE_NO_PAD.encode(&digest.finalize()[..VERSION_BYTES])
}

/// The style in the colours of a service, without its comments and indentation.
fn style(accent: Accent) -> String {
    let mut style = String::new();
    let mut rest = STYLES.concat();
    while let Some((before, after)) = rest.split_once("/*") {
        style.push_str(before);
        rest = after.split_once("*/").map_or_else(String::new, |(_, after)| after.to_owned());
    }
    style.push_str(&rest);
    let lines = style.lines().map(str::trim).filter(|line| !line.is_empty());
    let plain = lines.collect::<Vec<_>>().join("\n");
    plain + "\n" + &colors(accent)
}

/// Stands last, so that it wins over the colours of the files, which are Doorcode's own.
fn colors(accent: Accent) -> String {
    let variables = |Themed { accent, strong, on_accent }: Themed| {
        format!(":root {{ --accent: {accent}; --accent-strong: {strong}; --on-accent: {on_accent}; }}")
    };
    let (light, dark) = (variables(accent.light()), variables(accent.dark()));
    format!("{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::bundle::{exports, imports};

    /// What `bundle` relies on.
    #[test]
    fn modules_have_the_form_that_they_are_put_together_by() {
        let names: BTreeSet<_> = MODULES.iter().map(|(name, _)| *name).collect();
        let all: Vec<_> = MODULES.iter().flat_map(|(_, text)| exports(text)).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "two exports of one name: {all:?}");
        let mut imported = BTreeSet::from(["door.js"]);
        for (name, text) in &MODULES {
            assert_eq!(text.matches("import ").count(), imports(text).count(), "{name}: an import in another form");
            assert_eq!(text.matches("export ").count(), exports(text).count(), "{name}: an export in another form");
            for module in imports(text) {
                assert!(names.contains(module), "{name}: no module {module}");
                imported.insert(module);
            }
            for line in text.lines() {
                assert!(line.matches('`').count() % 2 == 0, "{name}: a text of several lines: {line}");
                let braces = line.strip_prefix("import { ").and_then(|line| line.split_once(" }"));
                for export in braces.iter().flat_map(|(names, _)| names.split(", ")) {
                    assert!(all.contains(&export), "{name}: nobody exports {export}");
                }
            }
        }
        assert_eq!(imported, names, "a module that is used nowhere");
    }

    #[test]
    fn scripts_make_no_markup_and_keep_nothing_for_good() {
        for (name, text) in &MODULES {
            for word in ["HTML", "document.write", "eval(", "Function(", "localStorage", "console."] {
                assert!(!text.contains(word), "{name}: {word}");
            }
            assert!(*name == "cookies.js" || !text.contains("document.cookie"), "{name}: a cookie");
        }
    }

    #[test]
    fn the_version_is_short_fits_into_an_address_and_changes_with_every_name_and_text() {
        let assets = Assets::new(Accent::default(), "[]");
        assert_eq!(assets.version.len(), 16);
        assert!(assets.version.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        assert_ne!(assets.version, Assets::new(Accent::default(), "[1]").version);
        let file = |name, text: &str| (name, "", text.to_owned());
        let versions = [
            version_of(&[file("a.js", "1"), file("b.js", "2")]),
            version_of(&[file("a.js", "1"), file("b.js", "3")]),
            version_of(&[file("a.js", "1"), file("c.js", "2")]),
            version_of(&[file("a.js", "1b.js2")]),
            version_of(&[file("a.js", "1")]),
        ];
        assert_eq!(BTreeSet::from(versions).len(), 5);
    }

    #[test]
    fn the_style_has_the_colors_of_the_service_and_no_comments() {
        let accent = Accent::parse("#5b2a86,#d0b3ff").unwrap();
        let own = style(accent);
        assert!(own.contains("--accent: #5b2a86;") && own.contains("--accent: #d0b3ff;"));
        assert!(!own.contains("/*") && !own.contains("url(") && own.len() < STYLES.concat().len());
        assert_ne!(Assets::new(accent, "[]").style_hash, Assets::new(Accent::default(), "[]").style_hash);
    }
}
