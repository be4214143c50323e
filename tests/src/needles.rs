//! The search for something personal in a place where it must not be, in every form that it may take there.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use sha2::{Digest, Sha256};

/// A personal value and the forms under which it is looked for.
#[derive(Clone, Debug)]
pub struct Needle {
    /// What the value is (`the code`), for the message of a test that fails.
    pub what: &'static str,
    forms: Vec<(&'static str, String)>,
}

impl Needle {
    /// Looks for `value` plain, in hexadecimal, in base64 at any offset, URL-encoded, JSON-escaped and as a printed
    /// list of bytes.
    #[must_use]
    pub fn new(what: &'static str, value: &str) -> Self {
        assert!(value.len() >= 4, "{what} is too short to be looked for");
        let bytes = value.as_bytes();
        let mut forms = vec![
            ("plain", value.to_owned()),
            ("hex", hex(bytes)),
            ("HEX", hex(bytes).to_uppercase()),
            ("url", each(bytes, |byte| format!("%{byte:02X}"))),
            ("json", each(bytes, |byte| format!("\\u{byte:04x}"))),
            ("byte list", bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")),
        ];
        let escaped = url_encoded(value);
        if escaped != value {
            forms.push(("url", escaped));
        }
        for offset in 0..3 {
            forms.push(("base64", base64_at(bytes, offset, &GeneralPurpose::new(&STANDARD, NO_PAD))));
            forms.push(("base64url", base64_at(bytes, offset, &GeneralPurpose::new(&URL_SAFE, NO_PAD))));
        }
        Self { what, forms }
    }

    /// Looks for the forms of [`Needle::new`] and for unkeyed digests, which for a value with few possibilities are as
    /// good as the value itself.
    #[must_use]
    pub fn with_digests(what: &'static str, value: &str) -> Self {
        let mut needle = Self::new(what, value);
        let digest = Sha256::digest(value.as_bytes());
        for form in Self::new(what, &hex(&digest)).forms {
            needle.forms.push(("sha256", form.1));
        }
        needle.forms.push(("sha256", GeneralPurpose::new(&STANDARD, NO_PAD).encode(digest)));
        needle.forms.push(("sha256", GeneralPurpose::new(&URL_SAFE, NO_PAD).encode(digest)));
        needle
    }

    /// Looks for a cookie or a secret in base64url: its text as [`Needle::new`] does, and the bytes that it stands for.
    #[must_use]
    pub fn token(what: &'static str, text: &str) -> Self {
        let mut needle = Self::new(what, text);
        let bytes = GeneralPurpose::new(&URL_SAFE, NO_PAD).decode(text).expect("base64url");
        needle.forms.push(("bytes in hex", hex(&bytes)));
        needle.forms.push(("bytes in base64", GeneralPurpose::new(&STANDARD, NO_PAD).encode(&bytes)));
        needle.forms.push(("bytes as a list", bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")));
        needle
    }

    /// The form in which the value is in `hay`, if it is.
    #[must_use]
    pub fn find(&self, hay: &str) -> Option<&'static str> {
        self.forms.iter().find(|(_, form)| hay.contains(form.as_str())).map(|(name, _)| *name)
    }

    /// Fails when the value is in `hay`, without repeating it.
    pub fn assert_absent(&self, place: &str, hay: &str) {
        if let Some(form) = self.find(hay) {
            panic!("{} is in {place} ({form}):\n{hay}", self.what);
        }
    }
}

/// Bytes in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    each(bytes, |byte| format!("{byte:02x}"))
}

/// A value as it stands in a URL or a form.
#[must_use]
pub fn url_encoded(value: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    value.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn each(bytes: &[u8], write: impl Fn(&u8) -> String) -> String {
    bytes.iter().map(write).collect::<Vec<_>>().concat()
}

/// The characters of base64 that depend on `bytes` alone when `offset` bytes (modulo 3) stand before them.
fn base64_at(bytes: &[u8], offset: usize, engine: &GeneralPurpose) -> String {
    let padded = [&[0_u8; 3][..offset], bytes].concat();
    let text = engine.encode(&padded);
    let start = (offset * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    text[start..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_in_every_form() {
        let needle = Needle::with_digests("the number", "+46701740605");
        let standard = GeneralPurpose::new(&STANDARD, NO_PAD);
        let hays = [
            "to=+46701740605".to_owned(),
            "2b3436373031373430363035".to_owned(),
            "phone=%2B46701740605&x".to_owned(),
            standard.encode("{\"phone\":\"+46701740605\"}"),
            standard.encode("{ \"phone\":\"+46701740605\"}"),
            standard.encode("{  \"phone\":\"+46701740605\"}"),
            format!("{:?}", "+46701740605".as_bytes()),
            hex(&Sha256::digest("+46701740605")),
            standard.encode(Sha256::digest("+46701740605")),
        ];
        for hay in hays {
            assert!(needle.find(&hay).is_some(), "not found in {hay}");
        }
    }

    #[test]
    fn another_value_is_not_found() {
        let needle = Needle::with_digests("the number", "+46701740605");
        let other = "+46701740606";
        for hay in [other.to_owned(), hex(other.as_bytes()), format!("{:?}", other.as_bytes())] {
            assert_eq!(needle.find(&hay), None, "{hay}");
        }
    }
}
