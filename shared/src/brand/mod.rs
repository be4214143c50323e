//! What a service shows of itself on the pages: its name, its colour, its links.

mod accent;

pub use accent::{Accent, BadAccent, Themed};

use crate::text::ServiceName;

/// What the pages show of the service. Without settings it is Doorcode's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    /// The name, in titles and headings.
    pub service: ServiceName,
    /// The colour of links and buttons.
    pub accent: Accent,
    /// The terms of the service.
    pub terms: Option<Link>,
    /// What the service does with personal data.
    pub privacy: Option<Link>,
    /// Where people get help.
    pub support: Option<Link>,
}

/// An address that pages link to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// Reads an address that begins with `https://` and holds nothing that HTML would have to escape but `&`; none when
    /// it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("https://")?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let is_host = host.contains('.') && !host.starts_with('.') && !host.contains('@');
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\`{}|^".contains(&byte);
        (is_host && text.len() <= Self::LONGEST && text.bytes().all(is_plain)).then(|| Self(text.to_owned()))
    }

    /// Bytes of the longest address.
    const LONGEST: usize = 500;

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_a_page_by_https_and_cannot_leave_its_attribute() {
        let long = |length: usize| format!("https://a.example/{}", "a".repeat(length - 18));
        for good in ["https://acme.example", "https://acme.example/terms?v=2&l=en#top", &long(Link::LONGEST)] {
            assert_eq!(Link::parse(good).map(|link| link.as_str().to_owned()), Some(good.to_owned()));
        }
        for bad in [
            "",
            "acme.example",
            "http://acme.example",
            "javascript:alert(1)",
            "https://",
            "https://localhost/",
            "https://.example",
            "https://acme.example@evil.example/",
            "https://acme.example/ x",
            "https://acme.example/\"onclick=",
            "https://acme.example/<b>",
            "https://åcme.example/",
            &long(Link::LONGEST + 1),
        ] {
            assert_eq!(Link::parse(bad), None, "{bad:?}");
        }
    }
}
