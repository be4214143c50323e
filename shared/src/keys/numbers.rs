//! What the number secret makes: number ids, block ids, network ids, sealed numbers, the MACs of device cookies.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use rand::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::pair::{Derivation, DerivedKey, NamedKeys, Pair, has_mac, mac};
use crate::error::{Error, RedactedError};
use crate::root_secret::RootSecret;
use crate::token::TokenHash;

const NONCE_BYTES: usize = 24;
const NUMBER_ID_BYTES: usize = 32;
/// Enough that no two of the million blocks of the world, and no two networks of a day, share an id.
const SHORT_ID_BYTES: usize = 12;
/// Nobody guesses a MAC of this length: each guess is a call.
const DEVICE_MAC_BYTES: usize = 16;
/// A sealed text is padded to this length, so that the size of an item tells nothing about the number.
const PADDED_BYTES: usize = 16;

/// The keys that are derived from the number secret, one for each use. The id of the secret is stored with every value,
/// so that a new one can take over.
#[derive(Clone)]
pub struct NumberKeys(Arc<Pair<OfNumbers>>);

struct OfNumbers {
    number_id: DerivedKey,
    number_block: DerivedKey,
    number_seal: DerivedKey,
    network: DerivedKey,
    device: DerivedKey,
}

impl NumberKeys {
    /// All keys of one root secret, or of two.
    #[must_use]
    pub fn derive(root: &RootSecret) -> Self {
        let keys = |derivation: &Derivation| OfNumbers {
            number_id: derivation.key("doorcode/v1/number-id"),
            number_block: derivation.key("doorcode/v1/number-block"),
            number_seal: derivation.key("doorcode/v1/number-seal"),
            network: derivation.key("doorcode/v1/network"),
            device: derivation.key("doorcode/v1/device"),
        };
        Self(Arc::new(Pair::derive(root, keys)))
    }

    /// Names the root secret that makes new values.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.first.id
    }

    /// The id of a number: an HMAC, since an unkeyed hash of a number is found by trying all numbers
    /// (requirement K-07). It begins with the key id.
    #[must_use]
    pub fn number_id(&self, e164: &str) -> NumberId {
        number_id(&self.0.first, e164)
    }

    /// The ids of a number: under the secret that makes new values, and under the other one.
    #[must_use]
    pub fn ids_of(&self, e164: &str) -> NumberIds {
        let other = self.0.other.as_ref().map(|other| number_id(other, e164));
        NumberIds { first: self.number_id(e164), other }
    }

    /// The ids of the number that was sealed in `context`: under the secret that makes new values, and under the other
    /// one. Whoever writes an item can write any id into it; only the number that a text goes to counts.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was sealed under a root secret that this deployment no longer has.
    pub(crate) fn number_ids(&self, sealed: &SealedNumber, context: &str) -> Result<NumberIds, Error> {
        Ok(self.ids_of(self.open(sealed, context)?.expose_secret()))
    }

    /// The id of a number block. An HMAC as well: a number block and a masked number together are nearly the whole
    /// number.
    #[must_use]
    pub fn block_id(&self, block: &str) -> BlockId {
        BlockId(mac(&self.0.first.keys.number_block, block, SHORT_ID_BYTES))
    }

    /// The id of a network, or of whatever else code requests are counted for. An HMAC as well: an IP address is
    /// personal data, and a hash of one is found by trying all (requirement P-02).
    #[must_use]
    pub fn network_id(&self, network: &str) -> NetworkId {
        NetworkId(mac(&self.0.first.keys.network, network, SHORT_ID_BYTES))
    }

    /// Certifies that the browser with this device cookie signed in with this number.
    #[must_use]
    pub fn device_mac(&self, device: &TokenHash, number: &NumberIds) -> DeviceMac {
        DeviceMac(mac(&self.0.first.keys.device, &signed_in_with(device, &number.first), DEVICE_MAC_BYTES))
    }

    /// Whether the browser with this device cookie signed in with the number of these ids.
    #[must_use]
    pub fn has_certified(&self, device: &TokenHash, number: &NumberIds, claimed: &DeviceMac) -> bool {
        number.all().any(|number| {
            let key = self.0.named(number.key_id()).map(|named| &named.keys.device);
            key.is_ok_and(|key| has_mac(key, &signed_in_with(device, number), DEVICE_MAC_BYTES, &claimed.0))
        })
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
        let cipher = cipher(&self.0.first);
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| malformed("cannot seal"))?;
        Ok(SealedNumber(format!("{}.{}", self.id(), URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))))
    }

    /// Opens a sealed number.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was sealed with other keys or in another context, or was changed.
    pub fn open(&self, sealed: &SealedNumber, context: &str) -> Result<SecretString, Error> {
        let (id, text) = sealed.0.split_once('.').ok_or_else(|| malformed("malformed"))?;
        let cipher = cipher(self.0.named(id)?);
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed("malformed"))?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or_else(|| malformed("malformed"))?;
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        let mut padded = cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| malformed("cannot open"))?;
        let text = std::str::from_utf8(&padded).map(|text| SecretString::from(text.trim_end_matches('\0')));
        let text = text.map_err(|_| malformed("malformed"));
        padded.zeroize();
        text
    }
}

fn number_id(keys: &NamedKeys<OfNumbers>, e164: &str) -> NumberId {
    NumberId(format!("{}.{}", keys.id, mac(&keys.keys.number_id, e164, NUMBER_ID_BYTES)))
}

fn cipher(keys: &NamedKeys<OfNumbers>) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(keys.keys.number_seal.expose_secret().into())
}

/// The two have fixed alphabets without `/`, so that no two pairs read the same.
fn signed_in_with(device: &TokenHash, number: &NumberId) -> String {
    format!("{}/{}", device.as_str(), number.as_str())
}

impl fmt::Debug for NumberKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "NumberKeys({})", self.id())
    }
}

/// Stands for a phone number in keys of the table. Only who holds the number secret can tell which number.
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

/// Stands for a network in keys of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NetworkId(String);

impl NetworkId {
    /// The text used in keys of the table.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The part of a device cookie by which `start-login`, which reads nothing, tells that the service made it, and for
/// which number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceMac(String);

impl DeviceMac {
    /// What a browser sent, if it has the form of one.
    pub(crate) fn claimed(text: &str) -> Option<Self> {
        let is_one = URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == DEVICE_MAC_BYTES);
        is_one.then(|| Self(text.to_owned()))
    }

    /// The text that the cookie has.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// An encrypted phone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedNumber(String);

impl SealedNumber {
    /// The text that the table keeps.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn malformed(kind: &'static str) -> Error {
    Error::Internal(RedactedError::new("sealed number", kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    fn keys() -> NumberKeys {
        NumberKeys::derive(&RootSecret::generate(&mut random::source()))
    }

    #[test]
    fn a_secret_read_back_derives_the_same_keys() {
        let root = RootSecret::generate(&mut random::source());
        let again = RootSecret::parse(root.to_text().expose_secret()).unwrap();
        let (one, two) = (NumberKeys::derive(&root), NumberKeys::derive(&again));
        assert_eq!(one.id(), two.id());
        assert_eq!(one.number_id("+46701740605"), two.number_id("+46701740605"));
        assert_ne!(one.number_id("+46701740605"), one.number_id("+46701740606"));
        assert_ne!(one.number_id("+46701740605"), keys().number_id("+46701740605"));
    }

    #[test]
    fn each_use_has_a_key_of_its_own() {
        let keys = keys();
        let OfNumbers { number_id, number_block, number_seal, network, device } = &keys.0.first.keys;
        let mut all = [number_id, number_block, number_seal, network, device].map(|key| *key.expose_secret());
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
        let keys = |text: &str| NumberKeys::derive(&RootSecret::parse(text).unwrap());
        let (old, new) = (old.expose_secret(), new.expose_secret());
        let (before, after, both) = (keys(old), keys(new), keys(&format!("{new} {old}")));
        assert_eq!(both.id(), after.id());
        let sealed = before.seal("+46701740605", "request", &mut random::source()).unwrap();
        assert_eq!(both.open(&sealed, "request").unwrap().expose_secret(), "+46701740605");
        assert!(after.open(&sealed, "request").is_err());
        let (old_id, new_id) = (before.number_id("+46701740605"), after.number_id("+46701740605"));
        let ids = both.number_ids(&sealed, "request").unwrap();
        assert_eq!(ids, NumberIds { first: new_id, other: Some(old_id.clone()) });
        assert_eq!(before.number_ids(&sealed, "request").unwrap(), NumberIds { first: old_id, other: None });
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

    /// Requirement C-15: a device cookie is good for the number that was proved with it, and for no other.
    #[test]
    fn a_device_is_certified_for_the_number_that_it_signed_in_with() {
        let [old, new] = [(); 2].map(|()| RootSecret::generate(&mut random::source()).to_text());
        let keys = |text: &str| NumberKeys::derive(&RootSecret::parse(text).unwrap());
        let (old, new) = (old.expose_secret(), new.expose_secret());
        let (before, after, both) = (keys(old), keys(new), keys(&format!("{new} {old}")));
        let [device, other] = [(); 2].map(|()| crate::token::Token::generate(&mut random::source()).hash());
        let mac = before.device_mac(&device, &before.ids_of("+46701740605"));
        let is_certified = |keys: &NumberKeys, device, number| keys.has_certified(device, &keys.ids_of(number), &mac);
        assert!(is_certified(&before, &device, "+46701740605") && is_certified(&both, &device, "+46701740605"));
        assert!(!is_certified(&after, &device, "+46701740605"), "the secret is gone");
        assert!(!is_certified(&before, &device, "+46701740606"), "another number");
        assert!(!is_certified(&before, &other, "+46701740605"), "another browser");
        let ids = before.ids_of("+46701740605");
        for forged in ["", &mac.0[..2], &mac.0[..mac.0.len() - 1], &format!("{}A", mac.0)] {
            assert_eq!(DeviceMac::claimed(forged), None);
            assert!(!before.has_certified(&device, &ids, &DeviceMac(forged.to_owned())), "{forged}");
        }
    }
}
