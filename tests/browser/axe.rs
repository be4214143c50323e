//! What axe-core finds wrong with a page: rules of WCAG and of good practice, tried by a program that many rely on.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::person::Person;

/// As npm installs it from `tests/tools/package-lock.json`.
const AXE: &str = "target/node/node_modules/axe-core/axe.min.js";

impl Person<'_> {
    /// Finds no violation of any of its rules in the page as it is.
    pub(crate) async fn breaks_no_rule(&self, what: &str) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(AXE);
        let axe = fs::read_to_string(script).expect("axe-core: `tests/run` installs it");
        if self.runs("return typeof axe", Vec::new()).await == "undefined" {
            self.runs(&axe, Vec::new()).await;
        }
        let run = "const done = arguments[0];
            axe.run(document, { resultTypes: ['violations'] })
                .then(({ violations }) => done(violations.map(({ id, help, nodes }) =>
                    [id, help, ...nodes.map(node => node.html.slice(0, 200))])), error => done([String(error)]))";
        let violations = self.client().execute_async(run, Vec::new()).await.expect("an answer of axe");
        assert_eq!(violations, Value::Array(Vec::new()), "{what}: {}", json!(violations));
    }
}
