//! Every key that is derived from the root secret, and what is made with them: number ids, block ids, sealed numbers.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::CryptoRng;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, RedactedError};
use crate::root_secret::RootSecret;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// Enough that no two of the million blocks of the world share an id.
const BLOCK_ID_BYTES: usize = 12;
/// A sealed text is padded to this length, so that the size of an item tells nothing about the number.
const PADDED_BYTES: usize = 16;

/// One key for each use, derived by HKDF-SHA-256 under a label of its own, and the id that is stored with every value
/// made with them, so that a new root secret can take over.
#[derive(Clone)]
pub struct Keys(Arc<Pair>);

struct Pair {
    first: Derived,
    other: Option<Derived>,
}

struct Derived {
    id: String,
    code: SecretBox<[u8; KEY_BYTES]>,
    number_id: SecretBox<[u8; KEY_BYTES]>,
    number_block: SecretBox<[u8; KEY_BYTES]>,
    number_seal: SecretBox<[u8; KEY_BYTES]>,
}

impl Keys {
    /// All keys of one root secret.
    #[must_use]
    pub fn derive(root: &RootSecret) -> Self {
        let other = root.other.as_ref().map(|other| Derived::of(other.expose_secret()));
        Self(Arc::new(Pair { first: Derived::of(root.first.expose_secret()), other }))
    }

    /// Names the root secret that makes new values, without telling anything about it: eight characters of base64url.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.first.id
    }

    /// The secret of the code hashes that were made under the root secret called `id`.
    ///
    /// # Errors
    /// [`Error::Internal`] when this deployment has no root secret of that id.
    pub(crate) fn code(&self, id: &str) -> Result<&[u8; KEY_BYTES], Error> {
        Ok(self.named(id)?.code.expose_secret())
    }

    /// The id of a number: an HMAC, since an unkeyed hash of a number is found by trying all numbers
    /// (requirement K-07). It begins with the key id.
    #[must_use]
    pub fn number_id(&self, e164: &str) -> NumberId {
        self.0.first.number_id(e164)
    }

    /// The ids of a number: under the secret that makes new values, and under the other one.
    #[must_use]
    pub fn ids_of(&self, e164: &str) -> NumberIds {
        let other = self.0.other.as_ref().map(|other| other.number_id(e164));
        NumberIds { first: self.number_id(e164), other }
    }

    /// The ids of the number that was sealed in `context` and is called `id`: under the secret that makes new values,
    /// and under the other one. With one secret the number need not be opened.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was sealed under a root secret that this deployment no longer has.
    pub(crate) fn number_ids(&self, id: &NumberId, sealed: &SealedNumber, context: &str) -> Result<NumberIds, Error> {
        if self.0.other.is_none() && id.key_id() == self.id() {
            return Ok(NumberIds::one(id.clone()));
        }
        Ok(self.ids_of(self.open(sealed, context)?.expose_secret()))
    }

    /// The id of a number block. An HMAC as well: a number block and a masked number together are nearly the whole
    /// number.
    #[must_use]
    pub fn block_id(&self, block: &str) -> BlockId {
        let mac = mac(self.0.first.number_block.expose_secret(), block);
        BlockId(URL_SAFE_NO_PAD.encode(&mac.as_ref()[..BLOCK_ID_BYTES]))
    }

    /// Encrypts a number so that it opens only with these keys and in the same `context` (the login request that it
    /// belongs to).
    ///
    /// # Errors
    /// [`Error::Internal`] when the text is longer than any phone number.
    pub fn seal(&self, e164: &str, context: &str, random: &mut impl CryptoRng) -> Result<SealedNumber, Error> {
        let mut padded = Zeroizing::new([0_u8; PADDED_BYTES]);
        padded.get_mut(..e164.len()).ok_or_else(|| malformed("too long"))?.copy_from_slice(e164.as_bytes());
        let mut nonce = [0; NONCE_BYTES];
        random.fill_bytes(&mut nonce);
        let payload = Payload { msg: padded.as_slice(), aad: context.as_bytes() };
        let cipher = self.0.first.cipher();
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| malformed("cannot seal"))?;
        Ok(SealedNumber(format!("{}.{}", self.id(), URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))))
    }

    /// Opens a sealed number.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was sealed with other keys or in another context, or was changed.
    pub fn open(&self, sealed: &SealedNumber, context: &str) -> Result<SecretString, Error> {
        let (id, text) = sealed.0.split_once('.').ok_or_else(|| malformed("malformed"))?;
        let cipher = self.named(id)?.cipher();
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed("malformed"))?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or_else(|| malformed("malformed"))?;
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        let mut padded = cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| malformed("cannot open"))?;
        let text = std::str::from_utf8(&padded).map(|text| SecretString::from(text.trim_end_matches('\0')));
        let text = text.map_err(|_| malformed("malformed"));
        padded.zeroize();
        text
    }

    /// The keys of the root secret called `id`.
    fn named(&self, id: &str) -> Result<&Derived, Error> {
        let mut secrets = [Some(&self.0.first), self.0.other.as_ref()].into_iter().flatten();
        secrets.find(|derived| derived.id == id).ok_or_else(|| malformed("of an unknown root secret"))
    }
}

impl Derived {
    fn of(secret: &[u8]) -> Self {
        let kdf = Hkdf::<Sha256>::new(None, secret);
        let mut id = [0; 6];
        expand(&kdf, "doorcode/v1/key-id", &mut id);
        Self {
            id: URL_SAFE_NO_PAD.encode(id),
            code: key(&kdf, "doorcode/v1/code"),
            number_id: key(&kdf, "doorcode/v1/number-id"),
            number_block: key(&kdf, "doorcode/v1/number-block"),
            number_seal: key(&kdf, "doorcode/v1/number-seal"),
        }
    }

    fn number_id(&self, e164: &str) -> NumberId {
        NumberId(format!("{}.{}", self.id, URL_SAFE_NO_PAD.encode(mac(self.number_id.expose_secret(), e164))))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.number_seal.expose_secret().into())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Keys({})", self.id())
    }
}

/// Stands for a phone number in keys of the table. Only who holds the root secret can tell which number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NumberId(String);

impl NumberId {
    /// The text used in keys of the table.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Names the root secret that it was made under.
    fn key_id(&self) -> &str {
        self.0.split_once('.').map_or("", |(id, _)| id)
    }

    /// The first 48 bits after the key id: enough to tell apart the few numbers of one block.
    pub(crate) fn brief(&self) -> &str {
        let mac = self.0.split_once('.').map_or(self.0.as_str(), |(_, mac)| mac);
        &mac[..mac.len().min(8)]
    }
}

/// The ids of one number. New items are written under the first; older items may be under the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberIds {
    pub(crate) first: NumberId,
    /// While one root secret takes over from another.
    pub(crate) other: Option<NumberId>,
}

impl NumberIds {
    /// The one id of a number, where there is one root secret.
    #[must_use]
    pub const fn one(id: NumberId) -> Self {
        Self { first: id, other: None }
    }

    /// Both, where there are two.
    pub(crate) fn all(&self) -> impl Iterator<Item = &NumberId> {
        [Some(&self.first), self.other.as_ref()].into_iter().flatten()
    }
}

/// Stands for a number block in keys of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlockId(String);

impl BlockId {
    /// The text used in keys of the table.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An encrypted phone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedNumber(String);

fn key(kdf: &Hkdf<Sha256>, label: &str) -> SecretBox<[u8; KEY_BYTES]> {
    SecretBox::init_with_mut(|key: &mut [u8; KEY_BYTES]| expand(kdf, label, key))
}

fn expand(kdf: &Hkdf<Sha256>, label: &str, key: &mut [u8]) {
    // HKDF refuses only outputs of more than 255 blocks.
    let expanded = kdf.expand(label.as_bytes(), key);
    debug_assert!(expanded.is_ok(), "an HKDF output of one block");
}

fn mac(key: &[u8; KEY_BYTES], text: &str) -> impl AsRef<[u8]> {
    // HMAC pads a key that is shorter than its block with zeros; doing it here leaves no length that could be wrong.
    let mut block = Zeroizing::new([0; 64]);
    block[..KEY_BYTES].copy_from_slice(key);
    <Hmac<Sha256> as hmac::KeyInit>::new((&*block).into()).chain_update(text).finalize().into_bytes()
}

fn malformed(kind: &'static str) -> Error {
    Error::Internal(RedactedError::new("sealed number", kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    fn keys() -> Keys {
        Keys::derive(&RootSecret::generate(&mut random::source()))
    }

    #[test]
    fn a_secret_read_back_derives_the_same_keys() {
        let root = RootSecret::generate(&mut random::source());
        let again = RootSecret::parse(root.to_text().expose_secret()).unwrap();
        let (one, two) = (Keys::derive(&root), Keys::derive(&again));
        assert_eq!(one.id(), two.id());
        assert_eq!(one.number_id("+46701740605"), two.number_id("+46701740605"));
        assert_ne!(one.number_id("+46701740605"), one.number_id("+46701740606"));
        assert_ne!(one.number_id("+46701740605"), keys().number_id("+46701740605"));
    }

    #[test]
    fn each_use_has_a_key_of_its_own() {
        let keys = keys();
        let Derived { code, number_id, number_block, number_seal, .. } = &keys.0.first;
        let mut all = [code, number_id, number_block, number_seal].map(|key| *key.expose_secret());
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn a_sealed_number_opens_with_its_keys_in_its_context_only() {
        let keys = self::keys();
        let sealed = keys.seal("+46701740605", "request one", &mut random::source()).unwrap();
        assert_eq!(keys.open(&sealed, "request one").unwrap().expose_secret(), "+46701740605");
        assert!(keys.open(&sealed, "request two").is_err());
        assert!(self::keys().open(&sealed, "request one").is_err());
        let mut changed = sealed.0.clone().into_bytes();
        *changed.last_mut().unwrap() ^= 1;
        assert!(keys.open(&SealedNumber(String::from_utf8(changed).unwrap()), "request one").is_err());
    }

    #[test]
    fn a_new_secret_takes_over_from_an_old_one() {
        let [old, new] = [(); 2].map(|()| RootSecret::generate(&mut random::source()).to_text());
        let keys = |text: &str| Keys::derive(&RootSecret::parse(text).unwrap());
        let (old, new) = (old.expose_secret(), new.expose_secret());
        let (before, after, both) = (keys(old), keys(new), keys(&format!("{new} {old}")));
        assert_eq!(both.id(), after.id());
        let sealed = before.seal("+46701740605", "request", &mut random::source()).unwrap();
        assert_eq!(both.open(&sealed, "request").unwrap().expose_secret(), "+46701740605");
        assert!(after.open(&sealed, "request").is_err());
        let (old_id, new_id) = (before.number_id("+46701740605"), after.number_id("+46701740605"));
        let ids = both.number_ids(&old_id, &sealed, "request").unwrap();
        assert_eq!(ids, NumberIds { first: new_id, other: Some(old_id.clone()) });
        assert_eq!(before.number_ids(&old_id, &sealed, "request").unwrap(), NumberIds { first: old_id, other: None });
        assert!(RootSecret::parse(&format!("{new} {old} {old}")).is_err());
        assert!(RootSecret::parse(&format!("{new} short")).is_err());
    }

    #[test]
    fn sealed_numbers_all_have_one_length() {
        let keys = self::keys();
        let seal = |number| keys.seal(number, "", &mut random::source()).unwrap().0.len();
        assert_eq!(seal("+4712345678"), seal("+491234567890123"));
        assert!(keys.seal("+4912345678901234", "", &mut random::source()).is_err());
    }
}
