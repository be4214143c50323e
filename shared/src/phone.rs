//! Phone numbers: what a person typed, as one canonical number that may be texted.

use std::collections::BTreeSet;
use std::fmt;

use rlibphonenumber::enums::{PhoneNumberFormat, PhoneNumberType, Region};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber as Parsed};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::test_numbers::set_aside_in;

/// The longest input that is looked at. The longest number takes 16 characters; the rest is room for separators.
const LONGEST_INPUT: usize = 64;

/// Last digits by which the numbers of one block differ: operators assign numbers by the thousand.
const WITHIN_A_BLOCK: usize = 3;

/// A mobile number in E.164 form (`+` and 7 to 15 digits). It prints masked.
#[derive(Clone)]
pub struct PhoneNumber {
    e164: SecretString,
    masked: MaskedNumber,
    country: Country,
    is_set_aside: bool,
}

impl PhoneNumber {
    /// The number in clear, for the two places that need it: the key derivation and SNS.
    #[must_use]
    pub fn e164(&self) -> &str {
        self.e164.expose_secret()
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

/// Which kinds of numbers a deployment texts, by the numbering plan of their country. All others are refused whatever
/// is set: fixed lines, `VoIP`, premium-rate, shared-cost, toll-free, personal and satellite numbers (requirement
/// S-03).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberKinds {
    /// Numbers that the plan keeps for mobile phones.
    Mobile,
    /// These, and the numbers of countries whose plan does not tell mobile and fixed ones apart, as in North America.
    #[default]
    MobileOrEither,
}

impl NumberKinds {
    /// Reads `mobile` or `mobile-or-either`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "mobile" => Some(Self::Mobile),
            "mobile-or-either" => Some(Self::MobileOrEither),
            _ => None,
        }
    }

    fn take(self, kind: PhoneNumberType) -> bool {
        match kind {
            PhoneNumberType::Mobile => true,
            PhoneNumberType::FixedLineOrMobile => self == Self::MobileOrEither,
            _ => false,
        }
    }
}

/// The numbers that a deployment texts: of which countries and kinds, and in which country's national form they are
/// read.
#[derive(Clone, Debug)]
pub struct Countries {
    served: BTreeSet<Region>,
    default: Region,
    kinds: NumberKinds,
    test_numbers: bool,
}

impl Countries {
    /// Reads a list of two-letter ISO 3166 codes and the default country (`"SE,NO"`, `"SE"`). An empty list serves
    /// nobody (requirement S-02).
    ///
    /// # Errors
    /// A code that names no country with a telephone network.
    pub fn parse(served: &str, default: &str) -> Result<Self, UnknownCountry> {
        let served = served.split(',').map(str::trim).filter(|code| !code.is_empty());
        let served = served.map(region).collect::<Result<_, _>>()?;
        Ok(Self { served, default: region(default.trim())?, kinds: NumberKinds::default(), test_numbers: false })
    }

    /// Takes numbers of these kinds alone.
    #[must_use]
    pub fn with_kinds(self, kinds: NumberKinds) -> Self {
        Self { kinds, ..self }
    }

    /// Takes numbers of these countries that are set aside for fiction too, for trying things out.
    #[must_use]
    pub fn with_test_numbers(self) -> Self {
        Self { test_numbers: true, ..self }
    }

    /// Serves every country and takes numbers that are set aside for fiction. For one machine, where a text costs
    /// nothing.
    ///
    /// # Errors
    /// A default that names no country.
    pub fn every(default: &str) -> Result<Self, UnknownCountry> {
        let served = PHONE_NUMBER_UTIL.get_supported_regions().collect();
        Ok(Self { served, default: region(default)?, kinds: NumberKinds::default(), test_numbers: true })
    }

    /// Unpacks what the numbering plans say of the default country, so that the first number is read as fast as the
    /// others.
    pub fn prepare(&self) {
        let example = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(self.default, PhoneNumberType::Mobile);
        if let Ok(example) = example {
            // Through every step that a number takes.
            drop(self.read(&example.format_as(PhoneNumberFormat::International)));
        }
    }

    /// Reads what a person typed, in international or in the default country's national form.
    ///
    /// All spellings of one number give the same [`PhoneNumber`] (requirements I-01, I-02).
    ///
    /// # Errors
    /// [`Error::InvalidPhone`] when it is no number, [`Error::UnsupportedNumber`] when it is one that is not texted.
    pub fn read(&self, input: &str) -> Result<PhoneNumber, Error> {
        let parsed = self.parse_number(input).ok_or(Error::InvalidPhone)?;
        let set_aside = set_aside_in(&parsed);
        let country = self.country_to_text(&parsed, set_aside).ok_or(Error::UnsupportedNumber)?;
        let e164 = parsed.format_as(PhoneNumberFormat::E164).into_owned();
        let masked = MaskedNumber::of(&e164, &parsed.country_code.to_string());
        Ok(PhoneNumber { e164: SecretString::from(e164), masked, country, is_set_aside: set_aside.is_some() })
    }

    fn parse_number(&self, input: &str) -> Option<Parsed> {
        let typed = input.trim();
        // Letters would be read as the keys of a keypad, and would let one number have a million spellings.
        if typed.len() > LONGEST_INPUT || typed.chars().any(|c| c.is_alphabetic() || c.is_control()) {
            return None;
        }
        let parsed = PHONE_NUMBER_UTIL.parse(typed, Some(self.default)).ok()?;
        let exists = parsed.is_valid() || set_aside_in(&parsed).is_some();
        (parsed.extension.is_none() && exists).then_some(parsed)
    }

    /// The country of a number that may be texted: only numbers of these kinds and of served countries (requirement
    /// S-03). A number set aside for fiction belongs to the country that set it aside, where such numbers are taken.
    fn country_to_text(&self, parsed: &Parsed, set_aside: Option<Region>) -> Option<Country> {
        let region = match set_aside {
            Some(region) => self.test_numbers.then_some(region),
            None => parsed.get_region_code().filter(|_| self.kinds.take(parsed.get_type())),
        };
        let region = region.filter(|region| self.served.contains(region))?;
        Country::try_from(region.to_string()).ok()
    }
}

/// A country code that names no country.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a two-letter country code such as \"SE\"")]
pub struct UnknownCountry(String);

fn region(code: &str) -> Result<Region, UnknownCountry> {
    let unknown = || UnknownCountry(code.to_owned());
    let region = Region::from_code(code).map_err(|_| unknown())?;
    PHONE_NUMBER_UTIL.get_country_code_for_region(region).map(|_| region).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &str) -> Result<String, Error> {
        let countries = Countries::parse("SE,NO,US,MX,AR,IT,GB,BR", "SE").unwrap().with_test_numbers();
        countries.read(input).map(|phone| phone.e164().to_owned())
    }

    /// Requirement I-01.
    #[test]
    fn spellings_of_one_number_are_one_number() {
        let spellings = [
            "+46701740605",
            "+46 70 174 06 05",
            "070-174 06 05",
            "0701740605",
            "0046701740605",
            "(070) 174 06 05",
            "+46 (0)70 174 06 05",
            "\u{ff0b}46701740605",
            "\u{ff10}\u{ff17}\u{ff10}1740605",
            "+46\u{a0}70\u{a0}1740605",
            " +46701740605\n",
            "070.174.06.05",
            "+46/70/1740605",
        ];
        for spelling in spellings {
            assert_eq!(read(spelling).unwrap(), "+46701740605", "{spelling:?}");
        }
    }

    /// Requirement I-02.
    #[test]
    fn national_twins_fold() {
        // The 1 that Mexican mobiles had until 2020 is gone from the numbering plan: one spelling is left.
        assert_eq!(read("+52 55 1234 5678").unwrap(), "+525512345678");
        assert!(read("+52 1 55 1234 5678").is_err());
        assert_eq!(read("+54 9 11 2345 6789").unwrap(), "+5491123456789", "the 9 of Argentine mobiles");
        assert_eq!(read("+44 (0)7400 123456").unwrap(), "+447400123456");
        assert_eq!(read("+39 312 345 6789").unwrap(), "+393123456789");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let inputs = [
            "",
            " ",
            "+",
            "1",
            "hello",
            "+46701740605;ext=1",
            "tel:+46701740605",
            "+46701740605x12",
            "+4670174060",
            "+0701740605",
            "+467017406051234567",
            "+46 70 174\0 06 05",
            "1-800-FLOWERS",
            "+46701740605, +46701740606",
            "+46701740605\r\nX: y",
        ];
        for input in inputs {
            assert!(matches!(read(input), Err(Error::InvalidPhone)), "{input:?} gave {:?}", read(input));
        }
    }

    #[test]
    fn numbers_that_are_not_texted_are_named_so() {
        // A fixed line, a premium-rate and a toll-free number of Sweden; Germany and the Bahamas (+1 242) are not
        // served.
        for input in ["+46 8 123 456 78", "+46 900 123 4567", "+46 20 123 456", "+49 1512 3456789", "+1 242 359 1234"] {
            assert!(matches!(read(input), Err(Error::UnsupportedNumber)), "{input:?} gave {:?}", read(input));
        }
        assert!(read("+1 415 555 2671").is_ok(), "North America does not tell mobile and fixed numbers apart");
    }

    #[test]
    fn numbers_that_may_be_mobile_ones_are_refused_where_configured() {
        let strict = Countries::parse("SE,US", "SE").unwrap().with_kinds(NumberKinds::Mobile);
        assert!(matches!(strict.read("+1 415 555 2671"), Err(Error::UnsupportedNumber)));
        assert!(strict.read("070-123 45 67").is_ok());
        assert_eq!(
            ["mobile", "mobile-or-either", "voip", ""].map(NumberKinds::parse),
            [Some(NumberKinds::Mobile), Some(NumberKinds::MobileOrEither), None, None]
        );
    }

    /// The example numbers of all countries and types in the metadata, and those of no country: only numbers of mobile
    /// phones, and those that may be mobile ones, are taken (requirement S-03).
    #[test]
    fn only_mobile_numbers_of_all_countries_are_taken() {
        let countries = Countries::every("SE").unwrap();
        let (mut taken, mut refused) = (BTreeSet::new(), 0);
        for region in PHONE_NUMBER_UTIL.get_supported_regions() {
            for kind in PHONE_NUMBER_UTIL.get_supported_types_for_region(region).unwrap() {
                let Ok(number) = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind) else {
                    continue;
                };
                let may_be_taken = match kind {
                    PhoneNumberType::Mobile => true,
                    // Where a country does not tell the two apart, its example of a fixed line is of either.
                    PhoneNumberType::FixedLine => number.get_type() == PhoneNumberType::FixedLineOrMobile,
                    _ => false,
                };
                let read = countries.read(&number.format_as(PhoneNumberFormat::E164));
                if may_be_taken {
                    taken.insert(read.unwrap_or_else(|error| panic!("{region}, {kind:?}: {error}")).country());
                } else {
                    refused += 1;
                    assert!(matches!(read, Err(Error::UnsupportedNumber)), "{region}, {kind:?}: {read:?}");
                }
            }
        }
        assert!(taken.len() > 200 && refused > 500, "{} countries, {refused} refused", taken.len());
        for code in PHONE_NUMBER_UTIL.get_supported_global_network_calling_codes() {
            let number = PHONE_NUMBER_UTIL.get_example_number_for_non_geo_entity(code).unwrap();
            let read = countries.read(&number.format_as(PhoneNumberFormat::E164));
            assert!(matches!(read, Err(Error::UnsupportedNumber)), "+{code}: {read:?}");
        }
        let codes = [800, 808, 870, 878, 881, 882, 883, 888, 979];
        assert_eq!(
            PHONE_NUMBER_UTIL.get_supported_global_network_calling_codes().collect::<BTreeSet<_>>(),
            codes.into()
        );
    }

    #[test]
    fn numbers_that_are_set_aside_are_taken_only_where_configured() {
        let strict = Countries::parse("SE,GB,FR,US,CA,AU", "SE").unwrap();
        let lenient = strict.clone().with_test_numbers();
        for number in [
            "070-174 06 05",
            "+44 7700 900123",
            "+33 6 39 98 12 34",
            "+1 212 555 0100",
            "+1 613 555 0199",
            "+61491570006",
        ] {
            assert!(matches!(strict.read(number), Err(Error::UnsupportedNumber)), "{number}");
            let phone = lenient.read(number).unwrap_or_else(|error| panic!("{number}: {error}"));
            assert!(phone.is_set_aside(), "{number}");
            let elsewhere = Countries::parse("NO", "SE").unwrap().with_test_numbers();
            assert!(matches!(elsewhere.read(number), Err(Error::UnsupportedNumber)), "{number}");
        }
        assert!(matches!(lenient.read("+1 800 555 0199"), Err(Error::UnsupportedNumber)));
        for countries in [strict, lenient] {
            assert!(!countries.read("070-123 45 67").unwrap().is_set_aside());
        }
    }

    /// Requirement P-07.
    #[test]
    fn a_number_prints_masked() {
        let phone = Countries::every("SE").unwrap().read("070-174 06 05").unwrap();
        assert_eq!(phone.masked().0, "+46•••••••05");
        assert!(!format!("{phone:?}").contains("1740"));
    }

    #[test]
    fn countries_are_checked_when_they_are_read() {
        assert!(Countries::parse("SE,XX", "SE").is_err());
        assert!(Countries::parse("SE", "Sweden").is_err());
        let nobody = Countries::parse("", "SE").unwrap();
        assert!(matches!(nobody.read("0701740605"), Err(Error::UnsupportedNumber)));
    }
}
