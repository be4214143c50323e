//! The root secret: how it is read, made and written. `keys` derives everything from it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::CryptoRng;
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// Bytes of the shortest secret.
const SECRET_BYTES: usize = 32;

/// At least 256 bits that exist outside the table. Whoever holds it and the table can read numbers and test codes.
///
/// While one secret takes over from another there are two: the first makes new values, and both read old ones
/// (requirement K-05).
pub struct RootSecret {
    pub(crate) first: SecretBox<Vec<u8>>,
    pub(crate) other: Option<SecretBox<Vec<u8>>>,
}

impl RootSecret {
    /// Reads a secret written as base64url without padding, or two with space between them.
    ///
    /// # Errors
    /// A text that is not base64url, or holds fewer than 256 bits: a function with such a secret must not start.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let mut secrets = text.split_whitespace().map(decode);
        let first = secrets.next().ok_or(BadSecret)??;
        let other = secrets.next().transpose()?;
        if secrets.next().is_some() { Err(BadSecret) } else { Ok(Self { first, other }) }
    }

    /// A new secret of 256 bits, for a deployment on one machine.
    #[must_use]
    pub fn generate(random: &mut impl CryptoRng) -> Self {
        let mut bytes = vec![0; SECRET_BYTES];
        random.fill_bytes(&mut bytes);
        Self { first: SecretBox::new(Box::new(bytes)), other: None }
    }

    /// The form that [`RootSecret::parse`] reads, for the file that keeps it.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        let secrets = [Some(&self.first), self.other.as_ref()].into_iter().flatten();
        let texts: Vec<_> = secrets.map(|secret| URL_SAFE_NO_PAD.encode(secret.expose_secret())).collect();
        SecretString::from(texts.join(" "))
    }
}

fn decode(text: &str) -> Result<SecretBox<Vec<u8>>, BadSecret> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadSecret)?;
    if bytes.len() < SECRET_BYTES { Err(BadSecret) } else { Ok(SecretBox::new(Box::new(bytes))) }
}

/// The root secret is not base64url of at least 32 bytes.
#[derive(Debug, thiserror::Error)]
#[error("the root secret must be at least 32 random bytes in base64url, such as 43 characters of A-Z a-z 0-9 - _")]
pub struct BadSecret;

#[cfg(test)]
mod tests {
    use super::*;

    /// Requirement K-06: a function without a good secret does not start.
    #[test]
    fn a_short_or_malformed_secret_is_refused() {
        for text in ["", "c2hvcnQ", &"A".repeat(42), &"!".repeat(64)] {
            assert!(RootSecret::parse(text).is_err(), "{text:?}");
        }
        assert!(RootSecret::parse(&"A".repeat(43)).is_ok());
    }
}
