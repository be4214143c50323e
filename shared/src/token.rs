//! The random values that a browser holds in its cookies, and what the table keeps of them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::CryptoRng;
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const BYTES: usize = 32;

/// 256 random bits that name a login request, a session or a device. Shown to its browser once, kept nowhere.
pub struct Token(SecretBox<[u8; BYTES]>);

impl Token {
    /// A new value.
    #[must_use]
    pub fn generate(random: &mut impl CryptoRng) -> Self {
        Self(SecretBox::init_with_mut(|bytes: &mut [u8; BYTES]| random.fill_bytes(bytes)))
    }

    /// Reads what a browser sent. Anything that Doorcode cannot have made is refused here, before it costs a read of
    /// the table (requirement F-10).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let bytes: [u8; BYTES] = bytes.try_into().ok()?;
        Some(Self(SecretBox::new(Box::new(bytes))))
    }

    /// The form that goes into the cookie: 43 characters of base64url. The only way out in clear.
    #[must_use]
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.expose_secret())
    }

    /// What the table keeps. A plain SHA-256 is enough for a value with 256 random bits.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.expose_secret())))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// The SHA-256 of a [`Token`], in base64url. Who reads it cannot act as the browser.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenHash(String);

impl TokenHash {
    /// A hash that was read from a key of the table.
    pub(crate) fn from_key(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text used in keys of the table.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    #[test]
    fn what_a_browser_sends_back_is_the_same_token() {
        let token = Token::generate(&mut random::source());
        let again = Token::parse(&token.expose()).unwrap();
        assert_eq!(token.hash(), again.hash());
        assert_eq!(token.expose().len(), 43);
    }

    #[test]
    fn anything_else_is_no_token() {
        let token = Token::generate(&mut random::source()).expose();
        for text in
            ["", "a", &token[1..], &format!("{token}A"), &format!("{}=", &token[1..]), &format!(" {}", &token[1..])]
        {
            assert!(Token::parse(text).is_none(), "{text:?} was taken for a token");
        }
    }

    #[test]
    fn two_tokens_differ_and_neither_prints() {
        let one = Token::generate(&mut random::source());
        let two = Token::generate(&mut random::source());
        assert_ne!(one.hash(), two.hash());
        assert_eq!(format!("{one:?}"), "Token(…)");
    }
}
