//! The random values that a browser holds in its cookies, and what the table keeps of them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use rand::CryptoRng;
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const BYTES: usize = 32;
const SEED_BYTES: usize = 16;

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

    /// The token that this one and `salt` make for one `purpose`, by HKDF-SHA-256: the same each time.
    pub(crate) fn derive(&self, purpose: &str, salt: &[u8]) -> Self {
        let kdf = Hkdf::<Sha256>::new(Some(salt), self.0.expose_secret());
        Self(SecretBox::init_with_mut(|bytes: &mut [u8; BYTES]| {
            // HKDF refuses only outputs of more than 255 blocks.
            let expanded = kdf.expand(format!("doorcode/v1/token/{purpose}").as_bytes(), bytes);
            debug_assert!(expanded.is_ok(), "an HKDF output of one block");
        }))
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

/// What a session and a device cookie are made with, besides the login cookie and the code secret: the id of that secret
/// and 128 random bits. The table keeps it: alone it is worth nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(String);

impl Seed {
    /// A new one, for the secret called `key_id`.
    pub(crate) fn generate(key_id: &str, random: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; SEED_BYTES];
        random.fill_bytes(&mut bytes);
        Self(format!("{key_id}.{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Names the secret.
    pub(crate) fn key_id(&self) -> &str {
        self.0.split_once('.').map_or("", |(id, _)| id)
    }

    /// The text that the table keeps.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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
    fn a_token_is_derived_from_token_purpose_and_salt() {
        let [one, other] = [(); 2].map(|()| Token::generate(&mut random::source()));
        let derived = one.derive("session", b"salt").hash();
        assert_eq!(derived, one.derive("session", b"salt").hash());
        for different in
            [one.derive("device", b"salt"), one.derive("session", b"salz"), other.derive("session", b"salt"), one]
        {
            assert_ne!(different.hash(), derived);
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
