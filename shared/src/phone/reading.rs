//! Which numbers some digits can be: as they are dialled in a country, and as people write them from habit.

use rlibphonenumber::enums::{NumberLengthType, PhoneNumberType, Region};
use rlibphonenumber::{PHONE_NUMBER_UTIL, ParseError, PhoneNumber as Parsed, ValidationError};

use super::refusal::InvalidReason;
use super::typed::Typed;
use super::{example, plan};
use crate::test_numbers::set_aside_in;

/// What most of the world dials before a country code. Countries that dial something else see it on the web.
const USUAL_INTERNATIONAL_PREFIX: &str = "00";

/// What Mexicans dialled before the ten digits of a mobile number until 2019, from abroad and at home.
const MEXICAN_PREFIXES: [&str; 5] = ["1", "01", "02", "044", "045"];
const MEXICO: i32 = 52;
const MEXICAN_LENGTH: usize = 10;

/// One reading of some digits.
pub(super) enum Reading {
    /// A number of the plans, or one that is set aside for fiction: of no country, or of this one.
    Number(Parsed),
    /// No number that is known to be in use, but one that fits into the plan of this country, and is as long as a
    /// mobile number there.
    NewRange(Parsed, Region),
    /// No number.
    No(InvalidReason, Option<Region>),
}

/// The readings of some digits, the likeliest first: as dialled in `home`, with its own international prefixes; then
/// with `00` as one.
pub(super) fn readings(typed: &Typed, home: Region) -> impl Iterator<Item = Reading> {
    let text = if typed.has_plus { format!("+{}", typed.digits) } else { typed.digits.clone() };
    let abroad = typed.digits.strip_prefix(USUAL_INTERNATIONAL_PREFIX).filter(|_| !typed.has_plus);
    let abroad = abroad.map(|rest| format!("+{rest}"));
    [Some(text), abroad].into_iter().flatten().map(move |text| reading(&text, home))
}

fn reading(text: &str, home: Region) -> Reading {
    let number = match PHONE_NUMBER_UTIL.parse(text, Some(home)) {
        Ok(number) => number,
        // Below three signs it looks for no number.
        Err(_) if text.len() < 3 => return Reading::No(InvalidReason::TooShort, None),
        Err(error) => return Reading::No(reason(&error), None),
    };
    if exists(&number) {
        return Reading::Number(number);
    }
    if let Some(number) = without_old_prefix(&number) {
        return Reading::Number(number);
    }
    let region = PHONE_NUMBER_UTIL.get_region_for_country_code(number.country_code);
    let Some(region) = region.filter(|region| *region != Region::World) else {
        return Reading::No(InvalidReason::NotANumber, None);
    };
    match PHONE_NUMBER_UTIL.is_possible_number_for_type_with_reason(&number, PhoneNumberType::Mobile) {
        Ok(NumberLengthType::IsPossible) if plan::may_be_new(&number, region) => Reading::NewRange(number, region),
        Ok(NumberLengthType::IsPossible) => Reading::No(InvalidReason::NotANumber, Some(region)),
        Ok(NumberLengthType::IsPossibleLocalOnly) => Reading::No(InvalidReason::TooShort, Some(region)),
        Err(flaw) => Reading::No(length_reason(flaw, &number, region), Some(region)),
    }
}

/// Numbers that some authorities set aside are in no plan.
fn exists(number: &Parsed) -> bool {
    number.is_valid() || set_aside_in(number).is_some()
}

/// Mexico dropped these prefixes, and the plans with them; people have not, nor have their address books.
fn without_old_prefix(number: &Parsed) -> Option<Parsed> {
    if number.country_code != MEXICO {
        return None;
    }
    let national = number.get_national_significant_number();
    let rests = MEXICAN_PREFIXES.iter().filter_map(|prefix| national.strip_prefix(prefix));
    let rest = rests.into_iter().find(|rest| rest.len() == MEXICAN_LENGTH)?;
    PHONE_NUMBER_UTIL.parse(format!("+{MEXICO}{rest}"), None).ok().filter(exists)
}

fn reason(error: &ParseError) -> InvalidReason {
    match error {
        ParseError::TooShortNsn | ParseError::TooShortAfterIdd => InvalidReason::TooShort,
        ParseError::TooLongNsn => InvalidReason::TooLong,
        _ => InvalidReason::NotANumber,
    }
}

fn length_reason(flaw: ValidationError, number: &Parsed, region: Region) -> InvalidReason {
    let length = |number: &Parsed| number.get_national_significant_number().len();
    match flaw {
        ValidationError::TooShort => InvalidReason::TooShort,
        ValidationError::TooLong => InvalidReason::TooLong,
        ValidationError::InvalidLength => match example::number(region) {
            Some(example) if length(number) > length(&example) => InvalidReason::TooLong,
            _ => InvalidReason::TooShort,
        },
        ValidationError::InvalidCountryCode => InvalidReason::NotANumber,
    }
}
