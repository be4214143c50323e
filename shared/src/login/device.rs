//! Devices: the browsers that signed in to an account before.
//!
//! A device cookie gives its browser a throttle of its own for the account's number, which unrecognized browsers cannot
//! use up, and starts that nobody else at its address can use up. It gives nothing else (requirement C-15). Each login
//! replaces it. A device is named by the hash of its token. The cookie itself is in [`device_cookie`](super::device_cookie).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::{DAY, Timestamp};
use crate::token::TokenHash;

/// Seconds that a browser is remembered as a device after its last login.
pub const DEVICE_LIFE: i64 = 180 * DAY;
/// Devices of one account. The one that signed in longest ago makes room for a new one.
pub const MAX_DEVICES: usize = 10;

/// One browser that signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its first login with a device cookie that was kept since.
    pub since: Timestamp,
    /// When it is forgotten.
    pub until: Timestamp,
    /// Wrong codes that had been typed for the number at its last login. It is told only of later ones.
    pub wrong_codes: i64,
}

impl Device {
    /// Its last login.
    #[must_use]
    pub const fn last_login(self) -> Timestamp {
        self.until.plus(-DEVICE_LIFE)
    }
}

/// The devices of one account, by the hashes of their cookies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Devices(BTreeMap<TokenHash, Device>);

/// What a login changes in the devices of its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The name that the browser gets.
    pub new: TokenHash,
    /// What is kept under it.
    pub device: Device,
    /// Names that are removed: the browser's old one, those that expired, and the oldest when there are too many.
    pub forgotten: Vec<TokenHash>,
}

impl Devices {
    /// The device of this name, while it is remembered. The table may keep it longer (requirement G-08). Concurrent
    /// logins may briefly store eleven devices; the oldest is then ignored.
    #[must_use]
    pub fn get(&self, name: &TokenHash, now: Timestamp) -> Option<Device> {
        let device = self.0.get(name).copied().filter(|device| now < device.until)?;
        let newer = self.0.iter().filter(|(other, their)| (their.until, *other) > (device.until, name));
        (newer.count() < MAX_DEVICES).then_some(device)
    }

    /// Which of these names is of this account, recognized or not any more.
    #[must_use]
    pub fn former<'a>(&self, names: &'a [TokenHash]) -> Option<&'a TokenHash> {
        names.iter().find(|name| self.0.contains_key(name))
    }

    /// A login at `now` of the browser whose name was `former` and becomes `new`. So far `wrong_codes` were typed for
    /// the number.
    #[must_use]
    pub fn sign_in(&self, former: Option<&TokenHash>, new: TokenHash, wrong_codes: i64, now: Timestamp) -> Rotation {
        let recognized = former.and_then(|former| self.get(former, now));
        let since = recognized.map_or(now, |device| device.since);
        let device = Device { since, until: now.plus(DEVICE_LIFE), wrong_codes };
        let is_kept = |name: &TokenHash, device: &Device| Some(name) != former && now < device.until;
        let (mut kept, gone): (Vec<_>, Vec<_>) = self.0.iter().partition(|(name, device)| is_kept(name, device));
        kept.sort_by_key(|(_, device)| device.until);
        let surplus = (kept.len() + 1).saturating_sub(MAX_DEVICES);
        let forgotten = gone.into_iter().chain(kept.into_iter().take(surplus));
        Rotation { new, device, forgotten: forgotten.map(|(name, _)| name.clone()).collect() }
    }

    /// The devices after a login.
    #[must_use]
    pub fn after(&self, rotation: &Rotation) -> Self {
        let mut devices = self.0.clone();
        devices.retain(|name, _| !rotation.forgotten.contains(name));
        devices.insert(rotation.new.clone(), rotation.device);
        Self(devices)
    }

    /// As they are where `less` fewer wrong codes are counted for the number.
    #[must_use]
    pub fn counted_from(mut self, less: i64) -> Self {
        self.0.values_mut().for_each(|device| device.wrong_codes -= less);
        self
    }

    /// When a browser last signed in, of those that are remembered.
    #[must_use]
    pub fn last_login(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.values().filter(|device| now < device.until).map(|device| device.last_login()).max()
    }

    /// How many of them signed in for the first time after `then`.
    #[must_use]
    pub fn new_since(&self, then: Timestamp, now: Timestamp) -> usize {
        self.0.values().filter(|device| device.since > then && now < device.until).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Token;

    fn name() -> TokenHash {
        Token::generate(&mut crate::random::source()).hash()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    #[test]
    fn a_login_replaces_the_name_and_keeps_the_first_login() {
        let first = Devices::default().sign_in(None, name(), 0, at(100));
        let devices = Devices::default().after(&first);
        let second = devices.sign_in(Some(&first.new), name(), 0, at(200));
        assert_eq!(second.forgotten, std::slice::from_ref(&first.new));
        assert_eq!((second.device.since, second.device.last_login()), (at(100), at(200)));
        let devices = devices.after(&second);
        assert!(devices.get(&first.new, at(201)).is_none());
        assert!(devices.get(&second.new, at(200 + DEVICE_LIFE - 1)).is_some());
        assert!(devices.get(&second.new, at(200 + DEVICE_LIFE)).is_none());
    }

    #[test]
    fn an_account_has_ten_devices_and_the_oldest_makes_room() {
        let (mut devices, mut names) = (Devices::default(), Vec::new());
        for second in 0..12 {
            let rotation = devices.sign_in(None, name(), 0, at(second));
            devices = devices.after(&rotation);
            names.push(rotation.new);
        }
        assert_eq!(devices.0.len(), MAX_DEVICES);
        let recognized: Vec<_> = names.iter().map(|name| devices.get(name, at(20)).is_some()).collect();
        assert_eq!(recognized, [vec![false; 2], vec![true; 10]].concat());
    }

    #[test]
    fn the_eleventh_device_is_ignored() {
        let names: Vec<_> = (0..=10).map(|_| name()).collect();
        let device =
            |second: usize| Device { since: at(0), until: at(100 + i64::try_from(second).unwrap()), wrong_codes: 0 };
        let devices = Devices(names.iter().enumerate().map(|(index, name)| (name.clone(), device(index))).collect());
        assert!(devices.get(&names[0], at(1)).is_none());
        assert!(names[1..].iter().all(|name| devices.get(name, at(1)).is_some()));
    }

    #[test]
    fn an_expired_device_is_removed_and_not_recognized() {
        let old = Devices::default().sign_in(None, name(), 0, at(0));
        let devices = Devices::default().after(&old);
        let later = devices.sign_in(Some(&old.new), name(), 0, at(DEVICE_LIFE));
        assert_eq!(later.device.since, at(DEVICE_LIFE), "a browser that was forgotten is a new one");
        assert_eq!(later.forgotten, [old.new]);
    }

    #[test]
    fn the_last_login_is_that_of_any_browser_that_is_remembered() {
        let mut devices = Devices::default();
        assert_eq!(devices.last_login(at(0)), None);
        for second in [100, 200] {
            devices = devices.after(&devices.sign_in(None, name(), 0, at(second)));
        }
        assert_eq!(devices.last_login(at(201)), Some(at(200)));
        assert_eq!(devices.last_login(at(200 + DEVICE_LIFE)), None);
    }

    #[test]
    fn new_ones_are_those_that_came_after() {
        let first = Devices::default().sign_in(None, name(), 0, at(100));
        let mut devices = Devices::default().after(&first);
        devices = devices.after(&devices.sign_in(None, name(), 0, at(200)));
        devices = devices.after(&devices.sign_in(Some(&first.new), name(), 0, at(300)));
        assert_eq!([99, 100, 200].map(|then| devices.new_since(at(then), at(301))), [2, 1, 0]);
    }
}
