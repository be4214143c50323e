//! The numbers that a deployment texts.

use std::collections::BTreeSet;

use rlibphonenumber::enums::{PhoneNumberFormat, Region};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber as Parsed};

use super::country::{Country, UnknownCountry};
use super::example;
use super::kinds::NumberKinds;
use super::number::PhoneNumber;
use super::plan::{self, Plan};
use super::reading::{Reading, readings};
use super::refusal::{InvalidPhone, InvalidReason, Refusal, UnsupportedNumber, UnsupportedReason};
use super::typed::Typed;
use crate::test_numbers::set_aside_in;

/// The numbers that a deployment texts: of which countries and kinds, and in which country's national form they are
/// read.
#[derive(Clone, Debug)]
pub struct Countries {
    served: BTreeSet<Region>,
    default: Region,
    default_country: Country,
    kinds: NumberKinds,
    test_numbers: bool,
}

/// A served country, in whose form a number is read.
#[derive(Clone, Copy, Debug)]
pub struct Home(Region);

impl Countries {
    /// Reads a list of two-letter ISO 3166 codes and the default country (`"SE,NO"`, `"SE"`). An empty list serves
    /// nobody (requirement S-02).
    ///
    /// # Errors
    /// A code that names no country with a telephone network.
    pub fn parse(served: &str, default: &str) -> Result<Self, UnknownCountry> {
        let served = served.split(',').map(str::trim).filter(|code| !code.is_empty());
        let served = served.map(region).collect::<Result<_, _>>()?;
        Self::of(served, default.trim())
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
        Self::of(served, default).map(Self::with_test_numbers)
    }

    fn of(served: BTreeSet<Region>, default: &str) -> Result<Self, UnknownCountry> {
        let (default, default_country) = (region(default)?, Country::try_from(default.to_owned())?);
        Ok(Self { served, default, default_country, kinds: NumberKinds::default(), test_numbers: false })
    }

    /// The served countries, by their codes.
    #[must_use]
    pub fn served(&self) -> Vec<Country> {
        let mut served: Vec<_> = self.served.iter().filter_map(|region| Country::of(*region)).collect();
        served.sort();
        served
    }

    /// The country in whose form numbers are read where the caller names none.
    #[must_use]
    pub const fn default_country(&self) -> Country {
        self.default_country
    }

    /// How numbers of the served countries are dialled and written.
    pub fn plans(&self) -> impl Iterator<Item = Plan> {
        self.served.iter().filter_map(|region| Plan::of(*region))
    }

    /// The country in whose form a number is read: the one that the caller names, else the default. None when it is not
    /// served.
    #[must_use]
    pub fn home(&self, country: Option<Country>) -> Option<Home> {
        let Some(country) = country else { return Some(Home(self.default)) };
        let region = region(country.as_str()).ok()?;
        (region == self.default || self.served.contains(&region)).then_some(Home(region))
    }

    /// Unpacks what the numbering plans say of the default country, so that the first number is read as fast as the
    /// others.
    pub fn prepare(&self) {
        if let Some(example) = example::number(self.default) {
            // Through every step that a number takes.
            drop(self.read(&example.format_as(PhoneNumberFormat::International)));
        }
    }

    /// Reads what a person typed, in international or in the default country's national form.
    ///
    /// # Errors
    /// As [`Self::read_in`].
    pub fn read(&self, input: &str) -> Result<PhoneNumber, Refusal> {
        self.read_in(input, Home(self.default))
    }

    /// Reads what a person typed, in international form, or as it is dialled in `home`.
    ///
    /// All spellings of one number give the same [`PhoneNumber`] (requirements I-01, I-02).
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when it is no number, [`Refusal::Unsupported`] when it is one that is not texted.
    pub fn read_in(&self, input: &str, Home(home): Home) -> Result<PhoneNumber, Refusal> {
        let typed = Typed::find(input, home).map_err(|reason| Refusal::Invalid(InvalidPhone::new(reason, home)))?;
        let mut invalid = (InvalidReason::NotANumber, home);
        let mut unsupported = None;
        for reading in readings(&typed, home) {
            let judged = match &reading {
                Reading::Number(number) => self.judge(number),
                Reading::NewRange(number, region) => self.judge_new_range(number, *region),
                Reading::No(reason, region) => {
                    invalid = (*reason, region.unwrap_or(home));
                    continue;
                }
            };
            match judged {
                Ok(phone) => return Ok(phone),
                Err(refusal) => unsupported = unsupported.or(Some(refusal)),
            }
        }
        Err(match unsupported {
            Some((reason, region)) => Refusal::Unsupported(UnsupportedNumber::new(reason, region, &self.served())),
            None => Refusal::Invalid(InvalidPhone::new(invalid.0, invalid.1)),
        })
    }

    /// Takes a number, or says why not. Only numbers of these kinds and of served countries are texted (requirement
    /// S-03). A number set aside for fiction belongs to the country that set it aside.
    fn judge(&self, number: &Parsed) -> Result<PhoneNumber, Unsupported> {
        let set_aside = set_aside_in(number);
        let region = set_aside.or_else(|| number.get_region_code()).filter(|region| *region != Region::World);
        let country = self.served_country(region)?;
        match set_aside {
            Some(_) if !self.test_numbers => Err((UnsupportedReason::SetAside, region)),
            Some(_) => Ok(PhoneNumber::new(number, country, true)),
            None => match self.kinds.take(number.get_type()) {
                Ok(()) => Ok(PhoneNumber::new(number, country, false)),
                Err(reason) => Err((reason, region)),
            },
        }
    }

    /// Where any number may be a mobile one, a number of a new range may too.
    fn judge_new_range(&self, number: &Parsed, region: Region) -> Result<PhoneNumber, Unsupported> {
        let country = self.served_country(Some(region))?;
        if self.kinds == NumberKinds::MobileOrEither && !plan::tells_mobile_apart(region) {
            Ok(PhoneNumber::new(number, country, false))
        } else {
            Err((UnsupportedReason::NewRange, Some(region)))
        }
    }

    fn served_country(&self, region: Option<Region>) -> Result<Country, Unsupported> {
        let region = region.ok_or((UnsupportedReason::OtherKind, None))?;
        let country = Country::of(region).filter(|_| self.served.contains(&region));
        country.ok_or((UnsupportedReason::CountryNotServed, Some(region)))
    }
}

/// Why a number is not texted, and whose it is.
type Unsupported = (UnsupportedReason, Option<Region>);

fn region(code: &str) -> Result<Region, UnknownCountry> {
    let unknown = || UnknownCountry(code.to_owned());
    let region = Region::from_code(code).map_err(|_| unknown())?;
    PHONE_NUMBER_UTIL.get_country_code_for_region(region).map(|_| region).ok_or_else(unknown)
}
