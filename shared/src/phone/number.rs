//! A number that may be texted.

use std::fmt;

use rlibphonenumber::PhoneNumber as Parsed;
use rlibphonenumber::enums::PhoneNumberFormat;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::country::Country;

/// Last digits by which the numbers of one block differ: operators assign numbers by the thousand.
const WITHIN_A_BLOCK: usize = 3;

/// A mobile number in E.164 form (`+` and 7 to 15 digits). It prints masked.
#[derive(Clone)]
pub struct PhoneNumber {
    e164: SecretString,
    international: SecretString,
    masked: MaskedNumber,
    country: Country,
    is_set_aside: bool,
}

impl PhoneNumber {
    pub(super) fn new(parsed: &Parsed, country: Country, is_set_aside: bool) -> Self {
        let e164 = parsed.format_as(PhoneNumberFormat::E164).into_owned();
        let international = parsed.format_as(PhoneNumberFormat::International).into_owned();
        let masked = MaskedNumber::of(&e164, &parsed.country_code.to_string());
        Self { e164: e164.into(), international: international.into(), masked, country, is_set_aside }
    }

    /// The number in clear, for the two places that need it: the key derivation and SNS.
    #[must_use]
    pub fn e164(&self) -> &str {
        self.e164.expose_secret()
    }

    /// The number in clear, grouped as in its country (`+46 70 174 06 05`), for the answer to whoever typed it.
    #[must_use]
    pub fn international(&self) -> &str {
        self.international.expose_secret()
    }

    /// The number block that it is in, as the common beginning of its numbers.
    #[must_use]
    pub fn block(&self) -> &str {
        let e164 = self.e164();
        &e164[..e164.len().saturating_sub(WITHIN_A_BLOCK)]
    }

    /// The country that it belongs to. It is read from the number, never told by the client (requirement S-02).
    #[must_use]
    pub const fn country(&self) -> Country {
        self.country
    }

    /// Whether it is set aside for fiction, so that nobody can get a text at it.
    #[must_use]
    pub const fn is_set_aside(&self) -> bool {
        self.is_set_aside
    }

    /// The form that may be shown and stored.
    #[must_use]
    pub fn masked(&self) -> &MaskedNumber {
        &self.masked
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PhoneNumber({})", self.masked.0)
    }
}

/// A number with all but its country code and last two digits hidden: `+46•••••••05` (requirement P-07).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MaskedNumber(String);

impl MaskedNumber {
    fn of(e164: &str, country_code: &str) -> Self {
        let shown = 1 + country_code.len();
        let hidden = e164.len().saturating_sub(shown + 2);
        let tail = &e164[e164.len().saturating_sub(2)..];
        Self(format!("+{country_code}{}{tail}", "•".repeat(hidden)))
    }
}

#[cfg(test)]
mod tests {
    use crate::phone::Countries;

    /// Requirement P-07.
    #[test]
    fn a_number_prints_masked() {
        let phone = Countries::every("SE").unwrap().read("070-174 06 05").unwrap();
        assert_eq!(phone.masked().0, "+46•••••••05");
        assert!(!format!("{phone:?}").contains("1740"));
        assert_eq!(phone.international(), "+46 70 174 06 05");
    }
}
