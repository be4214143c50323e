//! The domain in the last line of a text.

/// The domain that browsers bind a code to: they offer it for no other site (WICG origin-bound one-time codes). It
/// comes from configuration, never from a request (requirement I-07).
#[derive(Clone, Debug)]
pub struct SmsDomain(String);

impl SmsDomain {
    /// Characters of the longest domain: with it there is room for the default name of the service.
    const LONGEST: usize = 61;

    /// Reads a domain name such as `login.example.com`.
    ///
    /// # Errors
    /// A text that is not a domain name in lower case, or is too long.
    pub fn parse(text: &str) -> Result<Self, BadDomain> {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let is_domain = text.len() <= Self::LONGEST && text.split('.').all(label);
        if is_domain { Ok(Self(text.to_owned())) } else { Err(BadDomain(text.to_owned())) }
    }

    /// The domain.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is not a domain for messages.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a domain name in lower case, at most 61 characters long, such as \"login.example.com\"")]
pub struct BadDomain(String);

#[cfg(test)]
mod tests {
    use super::*;

    /// Requirement I-08.
    #[test]
    fn a_domain_is_a_domain_and_leaves_room_for_the_text() {
        let longest = format!("{}.com", "a".repeat(57));
        for domain in
            ["localhost", "example.com", "a-b.example.co.uk", "abc123.execute-api.eu-north-1.amazonaws.com", &longest]
        {
            assert!(SmsDomain::parse(domain).is_ok(), "{domain:?}");
        }
        for domain in [
            "",
            "Example.com",
            "https://example.com",
            "example.com/",
            "a b.com",
            "a..b",
            "-a.com",
            "ä.com",
            &format!("a{longest}"),
        ] {
            assert!(SmsDomain::parse(domain).is_err(), "{domain:?}");
        }
    }
}
