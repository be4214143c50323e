//! What the code secret makes: the keys of code hashes, and the MACs of tickets.

use std::fmt;
use std::sync::Arc;

use rand::CryptoRng;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::pair::{Derivation, DerivedKey, KEY_BYTES, Pair, has_mac, mac};
use crate::error::Error;
use crate::root_secret::RootSecret;
use crate::token::{Seed, Token};

/// Nobody guesses a MAC of this length: each guess is a call. A longer one would make the item of a ticket larger than a
/// write unit.
const TICKET_MAC_BYTES: usize = 16;
const SALT_BYTES: usize = 32;

/// The keys that are derived from the code secret. `start-login` has none of them: what it can write into the table
/// proves nothing (requirement K-06).
#[derive(Clone)]
pub struct CodeKeys(Arc<Pair<OfCodes>>);

struct OfCodes {
    code: DerivedKey,
    ticket: DerivedKey,
    session: DerivedKey,
}

impl CodeKeys {
    /// All keys of one root secret, or of two.
    #[must_use]
    pub fn derive(root: &RootSecret) -> Self {
        let keys = |derivation: &Derivation| OfCodes {
            code: derivation.key("doorcode/v1/code"),
            ticket: derivation.key("doorcode/v1/ticket"),
            session: derivation.key("doorcode/v1/session"),
        };
        Self(Arc::new(Pair::derive(root, keys)))
    }

    /// Names the root secret that makes new values.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.first.id
    }

    /// The secret of the code hashes that were made under the root secret called `id`.
    ///
    /// # Errors
    /// [`Error::Internal`] when this deployment has no root secret of that id.
    pub(crate) fn code(&self, id: &str) -> Result<&[u8; KEY_BYTES], Error> {
        Ok(self.0.named(id)?.keys.code.expose_secret())
    }

    /// A new seed of a session.
    #[must_use]
    pub fn seed(&self, random: &mut impl CryptoRng) -> Seed {
        Seed::generate(self.id(), random)
    }

    /// The token that a browser's login cookie and `seed` make for one `purpose`: the same each time. The code secret is
    /// part of it, so that whoever made the login cookie and reads the seed cannot make it (requirement K-06).
    ///
    /// # Errors
    /// [`Error::Internal`] when the seed is of a root secret that this deployment no longer has.
    pub fn derive_token(&self, login: &Token, purpose: &str, seed: &Seed) -> Result<Token, Error> {
        let named = self.0.named(seed.key_id())?;
        let salt = Zeroizing::new(mac(&named.keys.session, seed.as_str(), SALT_BYTES));
        Ok(login.derive(purpose, salt.as_bytes()))
    }

    /// Certifies the facts of a ticket.
    pub(crate) fn certify(&self, facts: &str) -> TicketMac {
        let named = &self.0.first;
        TicketMac(format!("{}.{}", named.id, mac(&named.keys.ticket, facts, TICKET_MAC_BYTES)))
    }

    /// Whether these are the facts that were certified.
    pub(crate) fn has_certified(&self, facts: &str, mac: &TicketMac) -> bool {
        let Some((id, mac)) = mac.0.split_once('.') else { return false };
        self.0.named(id).is_ok_and(|named| has_mac(&named.keys.ticket, facts, TICKET_MAC_BYTES, mac))
    }
}

impl fmt::Debug for CodeKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CodeKeys({})", self.id())
    }
}

/// The proof of a ticket: only who has the code secret can make one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketMac(String);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    fn keys() -> CodeKeys {
        CodeKeys::derive(&RootSecret::generate(&mut random::source()))
    }

    #[test]
    fn each_use_has_a_key_of_its_own() {
        let keys = keys();
        let OfCodes { code, ticket, session } = &keys.0.first.keys;
        let mut all = [code, ticket, session].map(|key| *key.expose_secret());
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn a_ticket_is_certified_by_its_keys_for_its_facts_only() {
        let keys = self::keys();
        let mac = keys.certify("facts");
        assert!(keys.has_certified("facts", &mac));
        assert!(!keys.has_certified("other facts", &mac));
        assert!(!self::keys().has_certified("facts", &mac));
        for forged in ["", ".", &format!("{}.", keys.id()), &mac.0[..mac.0.len() - 1], &format!("{}A", mac.0)] {
            assert!(!keys.has_certified("facts", &TicketMac(forged.to_owned())), "{forged}");
        }
    }

    /// Whoever has the login cookie and the seed, and not the secret, makes another token (requirement K-06).
    #[test]
    fn a_session_is_of_login_cookie_seed_and_secret() {
        let (keys, login) = (self::keys(), Token::generate(&mut random::source()));
        let seed = keys.seed(&mut random::source());
        let token = keys.derive_token(&login, "session", &seed).unwrap().hash();
        assert_eq!(token, keys.derive_token(&login, "session", &seed).unwrap().hash(), "the same each time");
        assert_ne!(token, keys.derive_token(&login, "device", &seed).unwrap().hash());
        assert_ne!(token, keys.derive_token(&login, "session", &keys.seed(&mut random::source())).unwrap().hash());
        assert_ne!(token, login.derive("session", seed.as_str().as_bytes()).hash());
        assert!(self::keys().derive_token(&login, "session", &seed).is_err());
    }

    /// Requirement K-05.
    #[test]
    fn a_new_secret_takes_over_from_an_old_one() {
        let [old, new] = [(); 2].map(|()| RootSecret::generate(&mut random::source()).to_text());
        let keys = |text: &str| CodeKeys::derive(&RootSecret::parse(text).unwrap());
        let (old, new) = (old.expose_secret(), new.expose_secret());
        let mac = keys(old).certify("facts");
        assert!(keys(&format!("{new} {old}")).has_certified("facts", &mac));
        assert!(!keys(new).has_certified("facts", &mac));
    }
}
