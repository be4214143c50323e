//! Countries by their codes, and their names in English sentences.

use std::fmt;

use rlibphonenumber::enums::Region;
use serde::{Deserialize, Serialize};

/// Each country that has phone numbers, one a line: its code, its name as it stands in a sentence, and for a territory
/// the country that people take it for a part of. Its numbers are still those of a country of its own.
const NAMES: &str = include_str!("countries.txt");

/// A country, by its two letters of ISO 3166.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl Country {
    /// Its two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Its English name, as it stands in a sentence: "Sweden", "the United Kingdom".
    #[must_use]
    pub fn name(&self) -> &str {
        self.columns().next().unwrap_or_else(|| self.as_str())
    }

    /// The country that this territory belongs to.
    pub(super) fn parent(self) -> Option<Self> {
        self.columns().nth(1).and_then(|code| Self::try_from(code.to_owned()).ok())
    }

    pub(super) fn of(region: Region) -> Option<Self> {
        Self::try_from(region.to_string()).ok()
    }

    /// What the table of names has of it.
    fn columns(self) -> impl Iterator<Item = &'static str> {
        let line = NAMES.lines().find(|line| line.as_bytes().starts_with(&self.0));
        line.into_iter().flat_map(|line| line.split('\t').skip(1))
    }
}

impl TryFrom<String> for Country {
    type Error = UnknownCountry;

    fn try_from(code: String) -> Result<Self, UnknownCountry> {
        match code.as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([*a, *b])),
            _ => Err(UnknownCountry(code)),
        }
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A country code that names no country.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a two-letter country code such as \"SE\"")]
pub struct UnknownCountry(pub(super) String);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rlibphonenumber::PHONE_NUMBER_UTIL;

    use super::*;

    fn country(code: &str) -> Country {
        Country::try_from(code.to_owned()).unwrap()
    }

    /// Each country of the numbering plans has a name, and no other has.
    #[test]
    fn every_country_has_a_name() {
        let known: BTreeSet<_> = PHONE_NUMBER_UTIL.get_supported_regions().map(|region| region.to_string()).collect();
        let named: BTreeSet<_> = NAMES.lines().map(|line| line[..2].to_owned()).collect();
        assert_eq!(known, named);
        for code in named {
            assert!(country(&code).name().len() > 2, "{code}");
        }
        assert_eq!(country("SE").name(), "Sweden");
        assert_eq!(country("NL").name(), "the Netherlands");
    }

    #[test]
    fn territories_name_a_country_of_the_table() {
        assert_eq!(country("JE").parent(), Some(country("GB")));
        assert_eq!(country("RE").parent(), Some(country("FR")));
        assert_eq!(country("SE").parent(), None);
        for parent in NAMES.lines().filter_map(|line| line.split('\t').nth(2)) {
            assert!(country(parent).name().len() > 2 && country(parent).parent().is_none(), "{parent}");
        }
    }
}
