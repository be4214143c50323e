//! The example number of each country, in every spelling, against what the package `phonenumbers` of Python reads:
//! `regions.tsv`, which tests/stacks/phone-numbers.sh writes and compares.

use std::collections::BTreeMap;

use super::*;

const EXPECTED: &str = include_str!("regions.tsv");

/// What is dialled before a calling code in ten countries, as in `tests/stacks/phone_numbers.py`; each also dials `00`.
const PREFIXES: [(&str, &str); 10] = [
    ("AU", "0011"),
    ("HK", "001"),
    ("SG", "001"),
    ("KR", "00700"),
    ("BR", "0014"),
    ("KE", "000"),
    ("RU", "810"),
    ("JP", "010"),
    ("US", "011"),
    ("FI", "990"),
];

/// The zeros of four scripts.
const SCRIPTS: [char; 4] = ['0', '\u{660}', '\u{966}', '\u{ff10}'];

fn in_script(text: &str, zero: char) -> String {
    let other = |digit: char| digit.to_digit(10).and_then(|value| char::from_u32(u32::from(zero) + value));
    text.chars().map(|c| other(c).unwrap_or(c)).collect()
}

/// A number of no mobile phone is refused as one that was read all the same: there is one country without an example of
/// a mobile number.
fn read(countries: &Countries, typed: &str) -> String {
    match countries.read(typed) {
        Ok(phone) => phone.e164().to_owned(),
        Err(Refusal::Unsupported(refusal)) => refusal.reason.name().to_owned(),
        Err(Refusal::Invalid(_)) => "-".to_owned(),
    }
}

/// Requirements I-01, I-02.
#[test]
fn the_example_of_each_country_is_read_in_every_spelling() {
    let every = |home: &str| Countries::every(home).unwrap();
    let homes = PREFIXES.map(|(home, prefix)| (home, prefix, every(home)));
    let sweden = every("SE");
    let mut spellings = 0;
    for (index, line) in EXPECTED.lines().enumerate() {
        let mut columns = line.split('\t');
        let [region, e164, national, international] = [(); 4].map(|()| columns.next().unwrap());
        let others: BTreeMap<_, _> = columns.filter_map(|column| column.rsplit_once(' ')).collect();
        let mut check = |home: &Countries, typed: &str, expected: &str| {
            spellings += 1;
            let expected = if region == "TA" && expected == e164 { "fixed-line" } else { expected };
            assert_eq!(read(home, typed), expected, "{typed} in {}", home.default_country());
        };
        let here = every(region);
        for zero in SCRIPTS {
            check(&here, &in_script(national, zero), e164);
            check(&sweden, &in_script(international, zero), e164);
        }
        let zero = SCRIPTS[index % SCRIPTS.len()];
        for (home, own, there) in &homes {
            for prefix in [*own, "00"] {
                let expected = others.get(&*format!("{home} {prefix}")).copied().unwrap_or(e164);
                check(there, &in_script(&format!("{prefix}{}", &e164[1..]), zero), expected);
            }
        }
        check(&sweden, &format!("00{}", &e164[1..]), e164);
    }
    assert!(spellings > 7_000, "{spellings} spellings");
}
