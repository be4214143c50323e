//! A template, as the local program reads it. It is a file of the repository, but what reads it is a parser of YAML that
//! others wrote. The input is the text.

/// A template that cannot be used is one line that names the file. One that can has routes.
pub(super) fn target(data: &[u8]) {
    let text = super::text(data);
    let routes = local::routes_of(&text);
    match &routes {
        Ok(routes) => assert!(routes.iter().all(|route| route == "$default" || route.contains(' ')), "{routes:?}"),
        Err(error) => {
            let line = error.to_string();
            assert!(line.starts_with("infra/template.yaml: ") && !line.contains(['\n', '\r']), "{line:?}");
        }
    }
    assert_eq!(routes.ok(), local::routes_of(&text).ok(), "read again");
}
