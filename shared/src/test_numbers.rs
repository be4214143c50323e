//! Numbers that authorities have set aside for films and books: nobody has one, and no text to one can arrive. A
//! deployment can accept them for trying Doorcode out.
//!
//! Only what an authority's own list, or reports of it, confirm is here. A number that is not listed is treated like
//! any other.

use std::ops::RangeInclusive;

use rlibphonenumber::PhoneNumber as Parsed;
use rlibphonenumber::enums::{PhoneNumberFormat, PhoneNumberType, Region};

/// Whole blocks, as digits after the plus sign. Those of France and the United Kingdom are in no numbering plan, so
/// that the metadata takes them for no numbers.
const BLOCKS: [(RangeInclusive<u64>, Region); 3] = [
    // PTS: 070-174 06 05 to 99.
    (46_701_740_605..=46_701_740_699, Region::SE),
    // Ofcom, numbers for drama use: 07700 900000 to 900999.
    (447_700_900_000..=447_700_900_999, Region::GB),
    // ARCEP, national numbering plan: 06 39 98 00 00 to 99 99.
    (33_639_980_000..=33_639_989_999, Region::FR),
];

/// ACMA, phone numbers for use in TV shows, films and creative works: 0491 570 006 and 29 others. Here are their last
/// digits, after `61 491 57`.
const AUSTRALIAN: [u64; 30] = [
    6, 110, 156, 157, 158, 159, 313, 737, 1_266, 1_491, 1_804, 2_549, 2_665, 2_983, 3_087, 3_770, 4_118, 4_632, 5_254,
    5_789, 6_398, 6_801, 7_426, 7_644, 8_148, 8_888, 8_957, 9_212, 9_455, 9_760,
];

/// What all Australian ones begin with.
const AUSTRALIAN_BEGINNING: u64 = 6_149_157;

/// NANPA: 555-0100 to 555-0199 in each area of these countries, as the digits between the area and the last two.
const FICTIONAL_EXCHANGE: u64 = 55_501;
const NORTH_AMERICA: [Region; 2] = [Region::US, Region::CA];

/// The country that has set this number aside; none when it is a number like any other.
pub(crate) fn set_aside_in(number: &Parsed) -> Option<Region> {
    let digits: u64 = number.format_as(PhoneNumberFormat::E164).trim_start_matches('+').parse().ok()?;
    let block = BLOCKS.iter().find(|(block, _)| block.contains(&digits)).map(|(_, region)| *region);
    block.or_else(|| is_australian(digits).then_some(Region::AU)).or_else(|| north_american(number, digits))
}

fn is_australian(digits: u64) -> bool {
    digits / 10_000 == AUSTRALIAN_BEGINNING && AUSTRALIAN.contains(&(digits % 10_000))
}

/// Non-geographic numbers are not set aside: 800 555 0199 is a toll-free number.
fn north_american(number: &Parsed, digits: u64) -> Option<Region> {
    let region = number.get_region_code().filter(|region| NORTH_AMERICA.contains(region))?;
    let is_set_aside = digits / 100 % 100_000 == FICTIONAL_EXCHANGE;
    (is_set_aside && number.get_type() == PhoneNumberType::FixedLineOrMobile).then_some(region)
}

#[cfg(test)]
mod tests {
    use rlibphonenumber::PHONE_NUMBER_UTIL;

    use super::*;

    fn country(number: &str) -> Option<Region> {
        set_aside_in(&PHONE_NUMBER_UTIL.parse(number, None).unwrap())
    }

    #[test]
    fn blocks_end_where_the_authorities_say() {
        for (inside, region) in [
            ("+46701740605", Region::SE),
            ("+46701740699", Region::SE),
            ("+447700900000", Region::GB),
            ("+447700900999", Region::GB),
            ("+33639980000", Region::FR),
            ("+33639989999", Region::FR),
            ("+61491570006", Region::AU),
            ("+61491579760", Region::AU),
            ("+12125550100", Region::US),
            ("+14155550199", Region::US),
            ("+16135550123", Region::CA),
        ] {
            assert_eq!(country(inside), Some(region), "{inside}");
        }
        for outside in [
            "+46701740604",
            "+46701740700",
            "+447700899999",
            "+447700901000",
            "+33639979999",
            "+33639990000",
            "+61491570007",
            "+61491570000",
            "+61491560006",
            "+12125550099",
            "+12125550200",
            "+12125540100",
            "+18005550199",
            "+18765550100",
            "+49491570006",
        ] {
            assert_eq!(country(outside), None, "{outside}");
        }
    }
}
