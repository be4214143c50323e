//! How keys are derived from a root secret, and from two while one takes over from the other.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::{Error, RedactedError};
use crate::root_secret::RootSecret;

pub(super) const KEY_BYTES: usize = 32;
const KEY_ID_BYTES: usize = 6;

/// A key for one use.
pub(super) type DerivedKey = SecretBox<[u8; KEY_BYTES]>;

/// The keys of one root secret, and what names it.
pub(super) struct NamedKeys<T> {
    /// Stored with every value that is made with the keys, so that a new root secret can take over. It tells nothing
    /// about the secret: eight characters of base64url.
    pub(super) id: String,
    pub(super) keys: T,
}

/// The keys of the root secret that makes new values, and of the other one while one takes over.
pub(super) struct Pair<T> {
    pub(super) first: NamedKeys<T>,
    pub(super) other: Option<NamedKeys<T>>,
}

impl<T> Pair<T> {
    /// Derives with `keys` from each of the two.
    pub(super) fn derive(root: &RootSecret, keys: fn(&Derivation) -> T) -> Self {
        let named = |secret: &SecretBox<Vec<u8>>| {
            let derivation = Derivation(Hkdf::new(None, secret.expose_secret()));
            let mut id = [0; KEY_ID_BYTES];
            derivation.expand("doorcode/v1/key-id", &mut id);
            NamedKeys { id: URL_SAFE_NO_PAD.encode(id), keys: keys(&derivation) }
        };
        Self { first: named(&root.first), other: root.other.as_ref().map(named) }
    }

    /// The first, then the other.
    pub(super) fn all(&self) -> impl Iterator<Item = &NamedKeys<T>> {
        [Some(&self.first), self.other.as_ref()].into_iter().flatten()
    }

    /// The keys of the root secret called `id`.
    ///
    /// # Errors
    /// [`Error::Internal`] when this deployment has no root secret of that id.
    pub(super) fn named(&self, id: &str) -> Result<&NamedKeys<T>, Error> {
        let unknown = || Error::Internal(RedactedError::new("stored value", "of an unknown root secret"));
        self.all().find(|named| named.id == id).ok_or_else(unknown)
    }
}

/// Derives keys by HKDF-SHA-256, each under a label of its own.
pub(super) struct Derivation(Hkdf<Sha256>);

impl Derivation {
    /// The key of this label.
    pub(super) fn key(&self, label: &str) -> DerivedKey {
        SecretBox::init_with_mut(|key: &mut [u8; KEY_BYTES]| self.expand(label, key))
    }

    fn expand(&self, label: &str, key: &mut [u8]) {
        // HKDF refuses only outputs of more than 255 blocks.
        let expanded = self.0.expand(label.as_bytes(), key);
        debug_assert!(expanded.is_ok(), "an HKDF output of one block");
    }
}

fn hmac(key: &DerivedKey) -> Hmac<Sha256> {
    // HMAC pads a key that is shorter than its block with zeros; doing it here leaves no length that could be wrong.
    let mut block = Zeroizing::new([0; 64]);
    block[..KEY_BYTES].copy_from_slice(key.expose_secret());
    Hmac::new((&*block).into())
}

/// The first bytes of the HMAC-SHA-256 of `text`, in base64url.
pub(super) fn mac(key: &DerivedKey, text: &str, bytes: usize) -> String {
    URL_SAFE_NO_PAD.encode(&hmac(key).chain_update(text).finalize().into_bytes()[..bytes])
}

/// Whether `claimed` is the MAC of `text` of this length, as [`mac`] writes it. In constant time.
pub(super) fn has_mac(key: &DerivedKey, text: &str, bytes: usize, claimed: &str) -> bool {
    bool::from(mac(key, text, bytes).as_bytes().ct_eq(claimed.as_bytes()))
}
