//! A phone number, as it is typed or pasted. The first byte chooses in which country, the rest is the text.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use shared::phone::{Countries, NumberKinds, PhoneNumber, Refusal};

/// Plans that are read differently: with and without a national prefix, with other international prefixes, without any
/// difference of kinds, with old prefixes.
const HOMES: [&str; 12] = ["SE", "US", "MX", "AU", "BR", "JP", "IT", "AR", "GB", "SG", "KE", "DE"];

/// Those, each serving all countries; then two that serve few, and take few.
static COUNTRIES: LazyLock<Vec<Countries>> = LazyLock::new(|| {
    let everywhere = HOMES.iter().map(|home| Countries::every(home));
    let few = [("SE,NO", "SE"), ("GB,JE", "GB")].map(|(served, home)| Countries::parse(served, home));
    let few = few.map(|countries| countries.map(|countries| countries.with_kinds(NumberKinds::Mobile)));
    everywhere.chain(few).collect::<Result<_, _>>().expect("countries")
});

/// The sentences that people were told, by what is left of them without digits.
static SENTENCES: Mutex<BTreeMap<(usize, String), String>> = Mutex::new(BTreeMap::new());

/// A number is one in every country and in every spelling of it, and does not print. A refusal tells nothing of what was
/// typed.
pub(super) fn target(data: &[u8]) {
    let Some(([home], typed)) = super::chosen(data) else { return };
    let (home, typed) = (home % COUNTRIES.len(), super::text(typed));
    match COUNTRIES[home].read(&typed) {
        Ok(phone) => is_one_number(&phone, &typed),
        Err(refusal) => tells_nothing(home, &refusal, &typed),
    }
}

fn is_one_number(phone: &PhoneNumber, typed: &str) {
    let e164 = phone.e164();
    let national = e164.strip_prefix('+').expect("a plus sign");
    assert!((7..=15).contains(&national.len()) && national.bytes().all(|byte| byte.is_ascii_digit()), "{typed:?}");
    assert!(!national.starts_with('0'), "{typed:?}: {e164}");
    assert_eq!(super::digits(phone.international()), national, "{typed:?}");
    assert_eq!(phone.block(), &e164[..e164.len() - 3], "{typed:?}");
    let printed = format!("{phone:?}");
    assert!(super::digits(&printed).len() <= 5 && !printed.contains(e164), "{typed:?} prints");

    let wide: String = e164.chars().map(|sign| char::from_u32(u32::from(sign) + 0xfee0).unwrap_or(sign)).collect();
    let spaced: String = e164.chars().flat_map(|sign| [sign, '\u{a0}']).collect();
    for spelling in [e164, phone.international(), &wide, &spaced, &format!("tel: {e164}")] {
        for home in [0, 1, 3] {
            let again = COUNTRIES[home].read(spelling);
            let again = again.unwrap_or_else(|refusal| panic!("{typed:?}: {spelling:?} at {home}: {refusal:?}"));
            let (one, other) = ((e164, phone.country()), (again.e164(), again.country()));
            assert_eq!(one, other, "{typed:?}: {spelling:?} at {home}");
            assert_eq!(phone.is_set_aside(), again.is_set_aside(), "{typed:?}");
        }
    }
}

/// The same reason for the same country is the same sentence, whatever was typed.
fn tells_nothing(home: usize, refusal: &Refusal, typed: &str) {
    let sentence = match refusal {
        Refusal::Invalid(invalid) => &invalid.detail,
        Refusal::Unsupported(unsupported) => &unsupported.detail,
    };
    assert!(sentence.ends_with('.') && sentence.len() < 400, "{typed:?}: {sentence}");
    let is_word = |sign: &char| sign.is_alphabetic() && *sign != 'x' || *sign == ' ';
    let words = sentence.chars().filter(is_word).collect();
    let mut sentences = SENTENCES.lock().unwrap_or_else(PoisonError::into_inner);
    let before = sentences.entry((home, words)).or_insert_with(|| sentence.clone());
    assert_eq!(before, sentence, "{typed:?} changes what is said");
}
