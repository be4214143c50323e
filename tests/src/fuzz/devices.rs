//! The device cookie: who signed in in a browser, as the browser says. The input is its value.

use std::sync::LazyLock;

use shared::keys::{NumberIds, NumberKeys};
use shared::login::device_cookie::DeviceCookie;
use shared::token::Token;

use super::service::number_keys;

/// The corpus has certificates for the first of them.
const NUMBERS: [&str; 2] = ["+46701740605", "+46701740606"];

static KEYS: LazyLock<NumberKeys> = LazyLock::new(number_keys);

/// A cookie is taken as it is written, or not at all. Nobody is recognized without the MAC that the keys give for this
/// device and this number, and after a login the cookie is no longer than one of three people.
pub(super) fn target(data: &[u8]) {
    let value = super::text(data);
    let cookie = DeviceCookie::parse(&value);
    let names = cookie.names();
    assert!(names.len() <= 3, "{value:?}");
    assert!(names.is_empty() || cookie.expose() == value, "{value:?} is written in two ways");
    let is_bare = |entry: &&str| !entry.contains('.');
    let uncertified = names.iter().zip(value.split('~')).find(|(_, entry)| is_bare(entry)).map(|(name, _)| name);
    assert_eq!(cookie.uncertified().as_ref(), uncertified.or(names.first()), "{value:?}");
    for number in NUMBERS.map(|number| KEYS.ids_of(number)) {
        let expected = names.iter().zip(value.split('~')).find(|(_, entry)| *entry == certified(entry, &number));
        assert_eq!(cookie.certified_for(&number, &KEYS).as_ref(), expected.map(|(name, _)| name), "{value:?}");
    }
    let token = Token::parse(&"A".repeat(43)).expect("a token");
    let mac = KEYS.device_mac(&token.hash(), &KEYS.ids_of(NUMBERS[0]));
    let name = token.hash();
    let after = cookie.of_others(&KEYS.ids_of(NUMBERS[0]), |other| Some(other) == names.last(), &KEYS).with(token, mac);
    assert!(after.expose().len() <= 200 && after.names().first() == Some(&name), "{value:?}");
    assert_eq!(after.certified_for(&KEYS.ids_of(NUMBERS[0]), &KEYS), Some(name), "{value:?}");
    assert_eq!(DeviceCookie::parse(&after.expose()).names(), after.names(), "{value:?}");
}

/// The same device, as a login with this number would certify it.
fn certified(entry: &str, number: &NumberIds) -> String {
    let Some(token) = entry.split('.').next().and_then(Token::parse) else { return String::new() };
    let mac = KEYS.device_mac(&token.hash(), number);
    DeviceCookie::default().with(token, mac).expose()
}
