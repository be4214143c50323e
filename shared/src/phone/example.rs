//! An example of each country's mobile numbers that is the number of nobody.
//!
//! Where an authority has set numbers aside for fiction, one of these. Elsewhere every number that looks right may be
//! somebody's, so the last digits are written as `x`.

use rlibphonenumber::enums::{PhoneNumberFormat, PhoneNumberType, Region};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber as Parsed};

/// One of the numbers that `test_numbers` tells to be set aside.
const SET_ASIDE: [(Region, &str); 4] = [
    (Region::SE, "+46701740699"),
    (Region::GB, "+447700900123"),
    (Region::FR, "+33639981234"),
    (Region::AU, "+61491570006"),
];

/// The calling code of North America, where 555-0100 to 555-0199 of each area are set aside.
const NORTH_AMERICA: i32 = 1;
const AREA: usize = 3;
const SET_ASIDE_IN_EACH_AREA: &str = "5550123";

/// How many digits are not shown of a number that may be somebody's.
const HIDDEN: usize = 4;

/// The example as it is written in its country: `070-174 06 05`, `0664 12xxxx`.
pub(super) fn national(region: Region) -> String {
    let Some(number) = number(region) else { return String::new() };
    if let Some(set_aside) = set_aside(region, &number) {
        return set_aside.format_as(PhoneNumberFormat::National).into_owned();
    }
    hide_last_digits(&number.format_as(PhoneNumberFormat::National))
}

/// The numbering plans' own example of a mobile number, which may be somebody's; of any number where there is none.
pub(super) fn number(region: Region) -> Option<Parsed> {
    let mobile = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, PhoneNumberType::Mobile);
    mobile.or_else(|_| PHONE_NUMBER_UTIL.get_example_number(region)).ok()
}

fn set_aside(region: Region, example: &Parsed) -> Option<Parsed> {
    if let Some((_, number)) = SET_ASIDE.iter().find(|(of, _)| *of == region) {
        return PHONE_NUMBER_UTIL.parse(number, None).ok();
    }
    let national = example.get_national_significant_number();
    let area = national.get(..AREA).filter(|_| example.country_code == NORTH_AMERICA)?;
    PHONE_NUMBER_UTIL.parse(format!("+{NORTH_AMERICA}{area}{SET_ASIDE_IN_EACH_AREA}"), None).ok()
}

fn hide_last_digits(text: &str) -> String {
    let shown = text.bytes().filter(u8::is_ascii_digit).count().saturating_sub(HIDDEN);
    let mut digits = 0;
    let hide = |c: char| {
        digits += usize::from(c.is_ascii_digit());
        if c.is_ascii_digit() && digits > shown { 'x' } else { c }
    };
    text.chars().map(hide).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_numbers::set_aside_in;

    #[test]
    fn every_country_has_an_example_that_is_nobodys() {
        for region in PHONE_NUMBER_UTIL.get_supported_regions() {
            let example = national(region);
            assert!(example.len() >= 4, "{region}: {example:?}");
            if example.contains('x') {
                assert!(example.ends_with('x') && !example.ends_with("xxxxx"), "{region}: {example}");
                continue;
            }
            let number = PHONE_NUMBER_UTIL.parse(&example, Some(region)).unwrap();
            let fictional = number.country_code == NORTH_AMERICA && number.national_number / 100 % 100_000 == 55_501;
            assert!(fictional || set_aside_in(&number) == Some(region), "{region}: {example}");
        }
        assert_eq!(national(Region::SE), "070-174 06 99");
        assert_eq!(national(Region::GB), "07700 900123");
        assert_eq!(national(Region::US), "(201) 555-0123");
        assert_eq!(national(Region::JM), "(876) 555-0123");
        assert_eq!(national(Region::DE), "01512 345xxxx");
    }
}
