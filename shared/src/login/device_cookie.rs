//! What a device cookie holds: the people who signed in in one browser, each with a token and what certifies it.
//!
//! The certificate is a MAC over the token and the number. By it `start-login`, which reads nothing, tells a browser that
//! signed in with this number before. It is worth nothing for another number, so whoever has one account can use it for
//! no more than texts to their own phone.

use crate::keys::{DeviceMac, NumberIds, NumberKeys};
use crate::token::{Token, TokenHash};

/// People that one browser remembers: a family at one computer. The one who signed in longest ago makes room.
const MAX_PEOPLE: usize = 3;
/// Between people. A cookie may have it, and neither base64url nor [`BETWEEN_PARTS`] is it.
const BETWEEN_PEOPLE: char = '~';
/// Between a token and its MAC.
const BETWEEN_PARTS: char = '.';

/// The content of a device cookie, the newest person first.
#[derive(Debug, Default)]
pub struct DeviceCookie(Vec<DeviceEntry>);

/// One person who signed in in the browser.
#[derive(Debug)]
struct DeviceEntry {
    token: Token,
    /// Cookies from before there were MACs have none.
    mac: Option<DeviceMac>,
}

impl DeviceCookie {
    /// Reads what a browser sent. One that Doorcode cannot have made is as none.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let entries = text.split(BETWEEN_PEOPLE).map(DeviceEntry::parse).collect::<Option<Vec<_>>>();
        Self(entries.filter(|entries| entries.len() <= MAX_PEOPLE).unwrap_or_default())
    }

    /// The form that goes into the cookie.
    #[must_use]
    pub fn expose(&self) -> String {
        let entries: Vec<_> = self.0.iter().map(DeviceEntry::expose).collect();
        entries.join(&BETWEEN_PEOPLE.to_string())
    }

    /// The names of its devices.
    #[must_use]
    pub fn names(&self) -> Vec<TokenHash> {
        self.0.iter().map(|entry| entry.token.hash()).collect()
    }

    /// The device of the person with this number, if the browser signed in with it.
    #[must_use]
    pub fn certified_for(&self, number: &NumberIds, keys: &NumberKeys) -> Option<TokenHash> {
        self.0.iter().find(|entry| entry.is_certified_for(number, keys)).map(|entry| entry.token.hash())
    }

    /// A device that may be of the number although no MAC says so: the newest from before there were MACs; else the newest
    /// of all, since the number secret that certified it may be gone.
    #[must_use]
    pub fn uncertified(&self) -> Option<TokenHash> {
        let entry = self.0.iter().find(|entry| entry.mac.is_none()).or_else(|| self.0.first());
        entry.map(|entry| entry.token.hash())
    }

    /// The devices of other people than the owner of the number, whose account has or had the devices `former`.
    #[must_use]
    pub fn of_others(self, number: &NumberIds, former: impl Fn(&TokenHash) -> bool, keys: &NumberKeys) -> Self {
        let is_other = |entry: &DeviceEntry| !entry.is_certified_for(number, keys) && !former(&entry.token.hash());
        Self(self.0.into_iter().filter(is_other).collect())
    }

    /// The cookie after a login that gave the browser this device. The oldest person makes way when there are too many.
    #[must_use]
    pub fn with(self, token: Token, mac: DeviceMac) -> Self {
        let name = token.hash();
        let others = self.0.into_iter().filter(|entry| entry.token.hash() != name);
        let entries = std::iter::once(DeviceEntry { token, mac: Some(mac) }).chain(others);
        Self(entries.take(MAX_PEOPLE).collect())
    }
}

impl DeviceEntry {
    fn parse(text: &str) -> Option<Self> {
        let (token, mac) = match text.split_once(BETWEEN_PARTS) {
            Some((token, mac)) => (token, Some(DeviceMac::claimed(mac)?)),
            None => (text, None),
        };
        Some(Self { token: Token::parse(token)?, mac })
    }

    fn expose(&self) -> String {
        let token = self.token.expose();
        self.mac.as_ref().map_or_else(|| token.clone(), |mac| format!("{token}{BETWEEN_PARTS}{}", mac.as_str()))
    }

    fn is_certified_for(&self, number: &NumberIds, keys: &NumberKeys) -> bool {
        self.mac.as_ref().is_some_and(|mac| keys.has_certified(&self.token.hash(), number, mac))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use crate::root_secret::RootSecret;

    const NUMBERS: [&str; 4] = ["+46701740605", "+46701740606", "+46701740607", "+46701740608"];

    fn keys() -> NumberKeys {
        NumberKeys::derive(&RootSecret::generate(&mut random::source()))
    }

    /// The cookie after a login with `number`, and the name that the browser got.
    fn sign_in(cookie: DeviceCookie, number: &str, keys: &NumberKeys) -> (DeviceCookie, TokenHash) {
        let (token, ids) = (Token::generate(&mut random::source()), keys.ids_of(number));
        let name = token.hash();
        let mac = keys.device_mac(&name, &ids);
        let cookie = cookie.of_others(&ids, |_| false, keys).with(token, mac);
        (DeviceCookie::parse(&cookie.expose()), name)
    }

    #[test]
    fn three_people_are_remembered_in_one_browser() {
        let (keys, mut cookie, mut names) = (keys(), DeviceCookie::default(), Vec::new());
        for number in NUMBERS {
            let (next, name) = sign_in(cookie, number, &keys);
            names.push(name);
            cookie = next;
        }
        let device = |cookie: &DeviceCookie, number| cookie.certified_for(&keys.ids_of(number), &keys);
        let found = NUMBERS.map(|number| device(&cookie, number));
        assert_eq!(found, [None, Some(names[1].clone()), Some(names[2].clone()), Some(names[3].clone())]);
        let (cookie, name) = sign_in(cookie, NUMBERS[1], &keys);
        assert_eq!(cookie.names(), [name.clone(), names[3].clone(), names[2].clone()], "each person once");
        assert_eq!((device(&cookie, NUMBERS[1]), cookie.uncertified()), (Some(name.clone()), Some(name)));
    }

    /// A cookie is as long as it must be, and no browser refuses it.
    #[test]
    fn the_longest_cookie_has_two_hundred_signs() {
        let keys = keys();
        let cookie = NUMBERS.iter().fold(DeviceCookie::default(), |cookie, number| sign_in(cookie, number, &keys).0);
        assert_eq!(cookie.expose().len(), 200);
        let is_octet = |sign: char| sign.is_ascii_alphanumeric() || "-_.~".contains(sign);
        assert!(cookie.expose().chars().all(is_octet));
    }

    #[test]
    fn a_cookie_without_a_mac_goes_on() {
        let token = Token::generate(&mut random::source());
        let (name, keys) = (token.hash(), keys());
        let cookie = DeviceCookie::parse(&token.expose());
        assert_eq!((cookie.uncertified(), cookie.names()), (Some(name.clone()), vec![name.clone()]));
        assert_eq!(cookie.certified_for(&keys.ids_of(NUMBERS[0]), &keys), None);
        assert_eq!(cookie.expose(), token.expose());

        // Somebody else signs in in the browser, and the owner of the old cookie is still who they were.
        let (cookie, _) = sign_in(cookie, NUMBERS[1], &keys);
        assert_eq!((cookie.names().len(), cookie.uncertified()), (2, Some(name.clone())));
        let cookie = cookie.of_others(&keys.ids_of(NUMBERS[0]), |other| *other == name, &keys);
        assert_eq!(cookie.names().len(), 1, "until the owner signs in");
    }

    #[test]
    fn what_doorcode_cannot_have_made_is_as_none() {
        let (cookie, _) = sign_in(DeviceCookie::default(), NUMBERS[0], &keys());
        let good = cookie.expose();
        let four = [good.as_str(); 4].join("~");
        let long = format!("{good}A");
        for text in ["", "~", ".", "forged", &good[1..], &four, &long, &format!("{good}~"), &format!("{good}.AAAA")] {
            assert!(DeviceCookie::parse(text).names().is_empty(), "{text}");
        }
    }
}
