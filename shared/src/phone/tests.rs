//! Reading numbers, from what is typed to what is texted or refused.

use std::collections::BTreeSet;

use rlibphonenumber::PHONE_NUMBER_UTIL;
use rlibphonenumber::enums::{PhoneNumberFormat, PhoneNumberType};

use super::*;

fn read(input: &str) -> Result<String, Refusal> {
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
    assert_eq!(read("+54 9 11 2345 6789").unwrap(), "+5491123456789", "the 9 of Argentine mobiles");
    assert_eq!(read("+44 (0)7400 123456").unwrap(), "+447400123456");
    assert_eq!(read("+39 312 345 6789").unwrap(), "+393123456789");
}

/// Reads a number as it is dialled in `home`, where all countries are served.
fn dialled_in(home: &str, input: &str) -> Result<String, Refusal> {
    Countries::every(home).unwrap().read(input).map(|phone| phone.e164().to_owned())
}

/// The prefixes that people dial before a country code where they are, and `00`, which they know from elsewhere.
#[test]
fn numbers_are_read_as_they_are_dialled_abroad() {
    for (home, input) in [
        ("AU", "0011 354 611 1234"),
        ("AU", "00 354 611 1234"),
        ("HK", "001 354 611 1234"),
        ("SG", "001 354 611 1234"),
        ("KR", "00700 354 611 1234"),
        ("US", "011 354 611 1234"),
        ("US", "00 354 611 1234"),
        ("JP", "010 354 611 1234"),
        ("RU", "8~10 354 611 1234"),
        ("SE", "00354 611 1234"),
        ("IS", "611 1234"),
    ] {
        assert_eq!(dialled_in(home, input).unwrap(), "+3546111234", "{home}: {input}");
    }
    // A prefix of another country is no prefix.
    assert!(dialled_in("SE", "0011 46 70 174 06 05").is_err());
}

/// Mexico had them until 2019.
#[test]
fn old_mexican_prefixes_are_dropped() {
    for input in ["+52 1 55 1234 5678", "+52 044 55 1234 5678", "+52 55 1234 5678", "00 52 1 55 1234 5678"] {
        assert_eq!(read(input).unwrap(), "+525512345678", "{input}");
    }
    for input in ["044 55 1234 5678", "045 55 1234 5678", "01 55 1234 5678", "1 55 1234 5678", "55 1234 5678"] {
        assert_eq!(dialled_in("MX", input).unwrap(), "+525512345678", "{input}");
    }
}

#[test]
fn what_is_no_number_says_why() {
    for (reason, inputs) in [
        (InvalidReason::Empty, &["", " ", "+"][..]),
        (InvalidReason::Letters, &["hello", "1-800-FLOWERS"]),
        (InvalidReason::TooShort, &["1", "12", "070-174 06 0", "+4670174060", "+49 151 23"]),
        (InvalidReason::TooLong, &["070-174 06 05 12", "+467017406051234567", "+1 415 555 26711"]),
        (InvalidReason::Extension, &["+46701740605;ext=1", "+46701740605x12"]),
        (InvalidReason::TwoNumbers, &["+46701740605, +46701740606"]),
        (InvalidReason::NotANumber, &["+0701740605", "+999 123 45 67", "+46 70 174\0 06 05"]),
    ] {
        for input in inputs {
            let Err(Refusal::Invalid(refusal)) = read(input) else { panic!("{input:?} gave {:?}", read(input)) };
            assert_eq!(refusal.reason, reason, "{input:?}");
            assert!(refusal.detail.ends_with('.'), "{refusal:?}");
        }
    }
}

/// What refuses a number, as it is said.
fn said(countries: &Countries, input: &str) -> String {
    match countries.read(input) {
        Err(Refusal::Invalid(InvalidPhone { reason, detail })) => format!("{}: {detail}", reason.name()),
        Err(Refusal::Unsupported(UnsupportedNumber { reason, country, detail })) => {
            format!("{} {}: {detail}", reason.name(), country.map_or("--".to_owned(), String::from))
        }
        Ok(phone) => panic!("{input} gave {phone:?}"),
    }
}

#[test]
fn a_refusal_is_told_in_words_for_the_country() {
    let countries = Countries::parse("SE,GB,DE", "SE").unwrap();
    for (input, expected) in [
        ("", "empty: Type a mobile number, such as 070-174 06 99."),
        (
            "070-174 06",
            "too-short: This number is too short for Sweden. A mobile number there looks like 070-174 06 99.",
        ),
        (
            "+49 1512 3456",
            "too-short: This number is too short for Germany. A mobile number there looks like 01512 345xxxx.",
        ),
        (
            "+33 6 12 34 56 78",
            "country-not-served FR: This is a number of France. Codes go to mobile numbers of Germany, the United \
             Kingdom and Sweden only.",
        ),
        (
            "+44 7797 712345",
            "country-not-served JE: This is a number of Jersey. Codes go to mobile numbers of Germany, the United \
             Kingdom and Sweden only. For phone numbers, Jersey is not a part of the United Kingdom.",
        ),
        (
            "08-123 456 78",
            "fixed-line SE: This number of Sweden is a landline, which gets no codes. Use a mobile number, such as \
             070-174 06 99.",
        ),
        (
            "020-123 456",
            "other-kind SE: This number of Sweden is of a kind that gets no codes, such as a service number. Use a \
             mobile number, such as 070-174 06 99.",
        ),
        ("+800 1234 5678", "other-kind --: This number is of a kind that gets no codes, such as a service number."),
        (
            "070-174 06 05",
            "set-aside SE: This number of Sweden is set aside for films and books: nobody can get a code at it.",
        ),
    ] {
        assert_eq!(said(&countries, input), expected, "{input}");
    }
    let most = Countries::parse("SE,NO,DK,FI,IS,DE", "SE").unwrap();
    assert!(said(&most, "+33 6 12 34 56 78").contains("of 6 countries, and this is not one"));
}

/// Plans grow before the service knows.
#[test]
fn a_number_of_a_new_range_is_taken_where_it_may_be_a_mobile_one() {
    let countries = Countries::parse("US,SE,MX", "US").unwrap();
    assert_eq!(countries.read("(861) 234-5678").unwrap().e164(), "+18612345678");
    let refused = said(&countries, "+46 71 234 56 78");
    assert!(refused.starts_with("new-range SE: This number of Sweden is in a range"), "{refused}");
    // None of these can ever be given out.
    for input in ["911 234 5678", "299 234 5678", "370 234 5678", "822 234 5678", "415 155 2671", "+1 861 034 5678"] {
        let refused = said(&countries, input);
        assert!(refused.starts_with("not-a-number"), "{input}: {refused}");
    }
    let strict = countries.with_kinds(NumberKinds::Mobile);
    assert!(said(&strict, "(861) 234-5678").starts_with("new-range US"));
}

#[test]
fn a_number_is_read_in_the_form_of_the_country_that_the_caller_names() {
    let countries = Countries::parse("SE,NO", "SE").unwrap().with_test_numbers();
    let country = |code: &str| Country::try_from(code.to_owned()).unwrap();
    let norway = countries.home(Some(country("NO"))).unwrap();
    assert_eq!(countries.read_in("406 12 345", norway).unwrap().e164(), "+4740612345");
    assert_eq!(countries.read_in("+46 70 174 06 05", norway).unwrap().e164(), "+46701740605");
    let default = countries.home(None).unwrap();
    assert_eq!(countries.read_in("070-174 06 05", default).unwrap().country(), country("SE"));
    assert!(countries.home(Some(country("DE"))).is_none() && countries.home(Some(country("XX"))).is_none());
    assert_eq!((countries.default_country(), countries.served()), (country("SE"), vec![country("NO"), country("SE")]));
}

#[test]
fn numbers_that_are_not_texted_are_named_so() {
    // A fixed line, a premium-rate and a toll-free number of Sweden; Germany and the Bahamas (+1 242) are not
    // served.
    for input in ["+46 8 123 456 78", "+46 900 123 4567", "+46 20 123 456", "+49 1512 3456789", "+1 242 359 1234"] {
        assert!(matches!(read(input), Err(Refusal::Unsupported(_))), "{input:?} gave {:?}", read(input));
    }
    assert!(read("+1 415 555 2671").is_ok(), "North America does not tell mobile and fixed numbers apart");
}

#[test]
fn numbers_that_may_be_mobile_ones_are_refused_where_configured() {
    let strict = Countries::parse("SE,US", "SE").unwrap().with_kinds(NumberKinds::Mobile);
    assert!(matches!(strict.read("+1 415 555 2671"), Err(Refusal::Unsupported(_))));
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
                taken.insert(read.unwrap_or_else(|error| panic!("{region}, {kind:?}: {error:?}")).country());
            } else {
                refused += 1;
                assert!(matches!(read, Err(Refusal::Unsupported(_))), "{region}, {kind:?}: {read:?}");
            }
        }
    }
    assert!(taken.len() > 200 && refused > 500, "{} countries, {refused} refused", taken.len());
    for code in PHONE_NUMBER_UTIL.get_supported_global_network_calling_codes() {
        let number = PHONE_NUMBER_UTIL.get_example_number_for_non_geo_entity(code).unwrap();
        let read = countries.read(&number.format_as(PhoneNumberFormat::E164));
        assert!(matches!(read, Err(Refusal::Unsupported(_))), "+{code}: {read:?}");
    }
    let codes = [800, 808, 870, 878, 881, 882, 883, 888, 979];
    assert_eq!(PHONE_NUMBER_UTIL.get_supported_global_network_calling_codes().collect::<BTreeSet<_>>(), codes.into());
}

#[test]
fn numbers_that_are_set_aside_are_taken_only_where_configured() {
    let strict = Countries::parse("SE,GB,FR,US,CA,AU", "SE").unwrap();
    let lenient = strict.clone().with_test_numbers();
    for number in
        ["070-174 06 05", "+44 7700 900123", "+33 6 39 98 12 34", "+1 212 555 0100", "+1 613 555 0199", "+61491570006"]
    {
        assert!(matches!(strict.read(number), Err(Refusal::Unsupported(_))), "{number}");
        let phone = lenient.read(number).unwrap_or_else(|error| panic!("{number}: {error:?}"));
        assert!(phone.is_set_aside(), "{number}");
        let elsewhere = Countries::parse("NO", "SE").unwrap().with_test_numbers();
        assert!(matches!(elsewhere.read(number), Err(Refusal::Unsupported(_))), "{number}");
    }
    assert!(matches!(lenient.read("+1 800 555 0199"), Err(Refusal::Unsupported(_))));
    for countries in [strict, lenient] {
        assert!(!countries.read("070-123 45 67").unwrap().is_set_aside());
    }
}

#[test]
fn countries_are_checked_when_they_are_read() {
    assert!(Countries::parse("SE,XX", "SE").is_err());
    assert!(Countries::parse("SE", "Sweden").is_err());
    let nobody = Countries::parse("", "SE").unwrap();
    assert!(matches!(nobody.read("0701740605"), Err(Refusal::Unsupported(_))));
}
