//! What came back from the gateway, in the form in which tests ask about it.

use std::collections::BTreeSet;
use std::fmt;

use bytes::Bytes;
use serde_json::Value;

/// An HTTP answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case and values, in the order of the wire.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Bytes,
}

impl Answer {
    /// Takes a response of the gateway apart.
    #[must_use]
    pub fn new(response: http::Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        Self { status: parts.status.as_u16(), headers, body }
    }

    /// The values of all headers with this name.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of the only header with this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers(name);
        let first = values.next();
        assert_eq!(values.next(), None, "two headers {name}");
        first
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// The addresses of the assets that this page names: what a browser loads for it, if it has none of them.
    #[must_use]
    pub fn assets(&self) -> BTreeSet<&str> {
        self.text().split('"').filter(|quoted| quoted.starts_with("/assets/")).collect()
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }

    /// The body as text, without what names the login and the number of this very answer.
    #[must_use]
    pub fn text_but_names(&self) -> String {
        let body = self.json();
        let names = ["login", "number"].into_iter().filter_map(|name| Some((name, body[name].as_str()?)));
        names.fold(self.text().to_owned(), |text, (name, value)| text.replace(value, &format!("[{name}]")))
    }

    /// The name of the problem that this answer tells, after checking that it is told as RFC 9457 and docs/integrate.md
    /// ("Problems") say (requirement I-10).
    #[must_use]
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let body = self.json();
        assert_eq!(body["status"], self.status, "{self:?}");
        for member in ["title", "detail"] {
            assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "no {member}: {self:?}");
        }
        let name = body["type"].as_str().and_then(|kind| kind.strip_prefix("urn:doorcode:problem:"));
        name.unwrap_or_else(|| panic!("no type: {self:?}")).to_owned()
    }

    /// The cookies that this answer sets or clears.
    #[must_use]
    pub fn cookies(&self) -> Vec<SetCookie> {
        self.headers("set-cookie").map(SetCookie::parse).collect()
    }

    /// The cookie of this name that this answer sets or clears.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<SetCookie> {
        self.cookies().into_iter().find(|cookie| cookie.name == name)
    }

    /// Everything of this answer that an unrecognized browser could compare with another answer: the status, the names,
    /// order and lengths of headers and cookies, and the length of the body (requirement E-01).
    #[must_use]
    pub fn shape(&self) -> String {
        let headers = self.headers.iter().map(|(name, value)| format!("{name}({})", value.len()));
        format!("{} [{}] {} bytes", self.status, headers.collect::<Vec<_>>().join(" "), self.body.len())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(formatter, "{name}: {value}")?;
        }
        write!(formatter, "{}", String::from_utf8_lossy(&self.body))
    }
}

/// One `Set-Cookie` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCookie {
    /// The cookie's name.
    pub name: String,
    /// The cookie's value; empty when the cookie is cleared.
    pub value: String,
    /// Everything after the value, as it was written.
    pub attributes: Vec<String>,
}

impl SetCookie {
    fn parse(header: &str) -> Self {
        let mut parts = header.split(';').map(str::trim);
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a cookie with a name");
        Self { name: name.to_owned(), value: value.to_owned(), attributes: parts.map(str::to_owned).collect() }
    }

    /// Whether a browser forgets the cookie at this header.
    #[must_use]
    pub fn clears(&self) -> bool {
        self.attributes.iter().any(|attribute| attribute.eq_ignore_ascii_case("max-age=0"))
    }

    /// The attributes in alphabetical order, for comparison.
    #[must_use]
    pub fn sorted_attributes(&self) -> String {
        let mut attributes = self.attributes.clone();
        attributes.sort();
        attributes.join("; ")
    }
}
