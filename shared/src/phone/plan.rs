//! What the numbering plans say of a country, beyond what is asked of them by a call each.

use rlibphonenumber::enums::Region;
use rlibphonenumber::interfaces::AsOriginal;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber as Parsed};

use super::country::Country;
use super::example;

/// How many digits name an area where plans do not keep ranges for mobile phones.
const AREA: usize = 3;

/// The calling code of North America.
const NORTH_AMERICA: i32 = 1;

/// How numbers of one country are dialled and written. Patterns are regular expressions that a browser reads alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Whose.
    pub country: Country,
    /// What follows the plus sign.
    pub calling_code: i32,
    /// The first of the countries that share the calling code: whose number it is where no other's pattern fits.
    pub main: Country,
    /// The others, each with the pattern of its numbers.
    pub others: Vec<(Country, String)>,
    /// What is dialled before a calling code, as a pattern.
    pub international_prefix: String,
    /// What is dialled before a number of the same country.
    pub national_prefix: String,
    /// The digits that a mobile number has.
    pub length: usize,
    /// A mobile number of nobody, as it is written there.
    pub example: String,
    /// How numbers are grouped after the calling code; the first that fits counts.
    pub formats: Vec<Format>,
}

/// How some numbers of a plan are grouped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// Their groups: `(\d{2})(\d{3})(\d{2})`.
    pub pattern: String,
    /// What they begin with, as a pattern; empty where that does not matter.
    pub leading_digits: String,
    /// How the groups are written: `$1 $2 $3`.
    pub format: String,
}

impl Plan {
    pub(super) fn of(region: Region) -> Option<Self> {
        let plan = PHONE_NUMBER_UTIL.as_original().get_metadata_for_region(region)?;
        let calling_code = plan.original.country_code?;
        let main = PHONE_NUMBER_UTIL.get_region_for_country_code(calling_code)?;
        let example = example::number(region)?;
        Some(Self {
            country: Country::of(region)?,
            calling_code,
            main: Country::of(main)?,
            others: others(calling_code, main),
            international_prefix: plan.international_prefix().original_base().to_owned(),
            national_prefix: plan.original.national_prefix().to_owned(),
            length: example.get_national_significant_number().len(),
            example: example::national(region),
            formats: formats(main),
        })
    }
}

/// The countries that share a calling code with the main one, and have numbers of their own.
fn others(calling_code: i32, main: Region) -> Vec<(Country, String)> {
    let regions = PHONE_NUMBER_UTIL.get_regions_for_country_calling_code(calling_code).into_iter().flatten();
    let own = regions.filter(|region| {
        *region != main && example::number(*region).and_then(|number| number.get_region_code()) == Some(*region)
    });
    own.filter_map(|region| Some((Country::of(region)?, pattern(region)?))).collect()
}

/// What tells the numbers of a country from others of its calling code: their first digits, or else all of them.
fn pattern(region: Region) -> Option<String> {
    let plan = PHONE_NUMBER_UTIL.as_original().get_metadata_for_region(region)?;
    let leading = plan.leading_digits().original_base();
    if leading.is_empty() {
        return Some(plan.mobile.national_number_pattern().original_base().to_owned());
    }
    Some(format!("(?:{leading})\\d*"))
}

/// The formats for other countries, which plans have where they are not those for their own.
fn formats(main: Region) -> Vec<Format> {
    let Some(plan) = PHONE_NUMBER_UTIL.as_original().get_metadata_for_region(main) else { return Vec::new() };
    let formats = if plan.intl_number_format.is_empty() { &plan.number_format } else { &plan.intl_number_format };
    let formats = formats.iter().map(|format| Format {
        pattern: format.pattern().original_base().to_owned(),
        // Each says more than the one before.
        leading_digits: format.leading_digits_pattern().last().map_or("", |digits| digits.original_base()).to_owned(),
        format: format.original.format.clone(),
    });
    formats.collect()
}

/// Whether a number, as long as a mobile one, may be of a range that is newer than the plans known here.
///
/// A whole plan fits more than its ranges do. Where these are areas, the digits after the area must be such as other
/// areas have, and the area one that can be given out.
pub(super) fn may_be_new(number: &Parsed, region: Region) -> bool {
    let national = number.get_national_significant_number();
    if !fits(&national, region) || tells_mobile_apart(region) {
        return fits(&national, region);
    }
    let (Some(area), Some(rest), Some(example)) = (national.get(..AREA), national.get(AREA..), example::number(region))
    else {
        return false;
    };
    let is_area = number.country_code != NORTH_AMERICA || is_north_american_area(area);
    let elsewhere = example.get_national_significant_number();
    let elsewhere = elsewhere.get(..AREA).map(|area| format!("+{}{area}{rest}", number.country_code));
    let elsewhere = elsewhere.and_then(|text| PHONE_NUMBER_UTIL.parse(text, None).ok());
    is_area && elsewhere.is_some_and(|number| number.is_valid())
}

/// NANPA gives out no area with a 9 in the middle, none that begins with 37 or 96, and keeps those with two like digits at
/// the end for services.
fn is_north_american_area(area: &str) -> bool {
    let [first, middle, last] = area.as_bytes() else { return false };
    (b'2'..=b'9').contains(first)
        && *middle != b'9'
        && middle != last
        && !area.starts_with("37")
        && !area.starts_with("96")
}

/// Whether the plan of a country keeps ranges for mobile phones; in others a number may be of either kind.
pub(super) fn tells_mobile_apart(region: Region) -> bool {
    let plan = PHONE_NUMBER_UTIL.as_original().get_metadata_for_region(region);
    plan.is_none_or(|plan| {
        let [mobile, fixed] =
            [&plan.mobile, &plan.fixed_line].map(|kind| kind.national_number_pattern().original_base());
        mobile != fixed
    })
}

fn fits(national: &str, region: Region) -> bool {
    let plan = PHONE_NUMBER_UTIL.as_original().get_metadata_for_region(region);
    let pattern = plan.and_then(|plan| plan.general_desc.national_number_pattern().anchor_full().ok().flatten());
    pattern.is_some_and(|pattern| pattern.is_match(national))
}
