//! How many logins one IP address may start.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::keys::{NetworkId, NumberKeys};
use crate::time::{DAY, Timestamp};
use crate::token::TokenHash;

/// Seconds of the short window.
const QUARTER: i64 = 900;
/// All callers without a readable address together: one login a minute (requirement S-10).
const LIMITS_OF_UNKNOWN_IPS: IpLimits = IpLimits { per_quarter_hour: 15, per_day: 1_440 };
/// A /48 network is one customer of an internet provider, with up to 65,536 networks of /64; it may start as many
/// logins as five of them (requirement S-08).
const NETWORKS: u32 = 5;

/// How many login requests one address may start. Resends are limited by the login request itself, whose retry delays
/// leave room for five in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpLimits {
    /// In 15 minutes. People behind one router share it; a person needs one or two.
    pub per_quarter_hour: u32,
    /// In a day (UTC). It is also how many phone numbers one address can try in a day (requirement E-09).
    pub per_day: u32,
}

impl IpLimits {
    /// No limit at all, for one machine, where everybody comes from one address: nobody starts so many logins.
    pub const NONE: Self = Self { per_quarter_hour: u32::MAX, per_day: u32::MAX };
}

/// For a small service: an office can sign in together, but a probe of many numbers does not get far. The template has
/// the same defaults.
impl Default for IpLimits {
    fn default() -> Self {
        Self { per_quarter_hour: 20, per_day: 60 }
    }
}

/// The address that login requests are counted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientIp {
    /// One IPv4 address. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is the same.
    V4(Ipv4Addr),
    /// An IPv6 address, of which the first 64 bits count: one subscriber has a whole /64 (requirement S-08).
    V6([u16; 4]),
    /// No address that can be read. All such callers share one small limit.
    Unknown,
}

impl ClientIp {
    /// Reads the address that the gateway saw. Nothing that the client wrote may come here (requirement S-09).
    #[must_use]
    pub fn read(source: Option<&str>) -> Self {
        // A zone (`fe80::1%eth0`) names the gateway's interface, not the caller.
        let without_zone = source.map(|text| text.trim().split('%').next().unwrap_or_default());
        match without_zone.and_then(|text| text.parse::<IpAddr>().ok()).map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => Self::V4(address),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
            None => Self::Unknown,
        }
    }

    /// The windows in which a login request from this address at `now` is counted: its own, and for IPv6 that of the
    /// network around it.
    #[must_use]
    pub fn windows(&self, limits: IpLimits, now: Timestamp) -> Vec<IpWindow> {
        let window = |network: String, limits| IpWindow { network, limits, now };
        match self {
            Self::V4(address) => vec![window(address.to_string(), limits)],
            Self::V6([a, b, c, d]) => {
                let network = |d, bits| format!("{}/{bits}", Ipv6Addr::new(*a, *b, *c, d, 0, 0, 0, 0));
                let wide = IpLimits {
                    per_quarter_hour: limits.per_quarter_hour.saturating_mul(NETWORKS),
                    per_day: limits.per_day.saturating_mul(NETWORKS),
                };
                vec![window(network(*d, 64), limits), window(network(0, 48), wide)]
            }
            Self::Unknown => vec![window("UNKNOWN".to_owned(), LIMITS_OF_UNKNOWN_IPS)],
        }
    }
}

/// One network at one moment: where a login request is counted, and up to which limits. Windows begin at multiples of
/// their length, so that no state is needed to find them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpWindow {
    network: String,
    /// How many login requests its windows allow.
    pub limits: IpLimits,
    now: Timestamp,
}

impl IpWindow {
    /// The window of a browser that signed in with the number before. It is counted by itself, so that nobody else at its
    /// address can use up what it may start (requirement G-09).
    #[must_use]
    pub fn of_device(device: &TokenHash, limits: IpLimits, now: Timestamp) -> Self {
        Self { network: format!("device {}", device.as_str()), limits, now }
    }

    /// What is counted, in clear.
    #[must_use]
    pub fn network(&self) -> &str {
        &self.network
    }

    /// What the table calls it. It never sees an address in clear.
    #[must_use]
    pub fn id(&self, keys: &NumberKeys) -> NetworkId {
        keys.network_id(&self.network)
    }

    /// When the day began.
    #[must_use]
    pub fn day_start(&self) -> Timestamp {
        self.now.start_of(DAY)
    }

    /// When the day ends, and with it the use of its counters.
    #[must_use]
    pub fn day_end(&self) -> Timestamp {
        day_end(self.now)
    }

    /// Which quarter of an hour of the day it is, from 0 to 95.
    #[must_use]
    pub fn quarter(&self) -> i64 {
        quarter(self.now)
    }

    /// Seconds until the next login request is allowed, after `today` of them.
    #[must_use]
    pub fn retry_after(&self, today: u32) -> i64 {
        let day_is_full = today >= self.limits.per_day;
        let end = if day_is_full { self.day_end() } else { self.now.start_of(QUARTER).plus(QUARTER) };
        end.since(self.now)
    }
}

/// When the day ends that a start at this time is counted in.
#[must_use]
pub fn day_end(at: Timestamp) -> Timestamp {
    at.start_of(DAY).plus(DAY)
}

/// The quarter of an hour of its day that a start at this time is counted in.
#[must_use]
pub fn quarter(at: Timestamp) -> i64 {
    at.since(at.start_of(DAY)) / QUARTER
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(source: &str) -> Vec<String> {
        let windows = ClientIp::read(Some(source)).windows(IpLimits::default(), Timestamp::from_secs(0));
        windows.into_iter().map(|window| window.network).collect()
    }

    #[test]
    fn one_subscriber_is_one_address() {
        assert_eq!(networks("192.0.2.1"), ["192.0.2.1"]);
        assert_eq!(networks("::ffff:192.0.2.1"), ["192.0.2.1"]);
        assert_eq!(networks("::FFFF:c000:201"), ["192.0.2.1"]);
        assert_eq!(networks("2001:db8:0:1::1"), ["2001:db8:0:1::/64", "2001:db8::/48"]);
        assert_eq!(networks("2001:DB8:0:1:ffff:ffff:ffff:ffff"), networks("2001:db8:0:1::1"));
        assert_eq!(networks("2001:db8:0:2::1"), ["2001:db8:0:2::/64", "2001:db8::/48"]);
        assert_eq!(networks("fe80::1%eth0"), networks("fe80::2"));
    }

    #[test]
    fn a_wide_network_may_start_as_many_logins_as_five_narrow_ones() {
        let windows = ClientIp::read(Some("2001:db8::1")).windows(IpLimits::default(), Timestamp::from_secs(0));
        let limits: Vec<_> =
            windows.iter().map(|window| (window.limits.per_quarter_hour, window.limits.per_day)).collect();
        assert_eq!(limits, [(20, 60), (100, 300)]);
    }

    /// Requirement S-10: never "no limit".
    #[test]
    fn an_unreadable_address_gets_the_strictest_limit() {
        for source in [None, Some(""), Some("unknown"), Some("192.0.2.1, 10.0.0.1"), Some("192.0.2.256")] {
            let address = ClientIp::read(source);
            assert_eq!(address, ClientIp::Unknown, "{source:?}");
            let windows = address.windows(IpLimits::default(), Timestamp::from_secs(0));
            assert!(windows[0].limits.per_quarter_hour < IpLimits::default().per_quarter_hour);
        }
    }

    #[test]
    fn a_window_holds_its_first_second_and_not_its_last() {
        let at = |now| ClientIp::Unknown.windows(IpLimits::default(), Timestamp::from_secs(now)).remove(0);
        assert_eq!([0, 899, 900, 86_399, 86_400].map(|now| at(now).quarter()), [0, 0, 1, 95, 0]);
        assert_eq!(at(86_400).day_start(), Timestamp::from_secs(86_400));
    }

    #[test]
    fn retry_after_lasts_until_the_window_that_is_full_ends() {
        let window =
            ClientIp::V4(Ipv4Addr::LOCALHOST).windows(IpLimits::default(), Timestamp::from_secs(1_000)).remove(0);
        assert_eq!(window.retry_after(20), 800);
        assert_eq!(window.retry_after(60), 85_400);
    }
}
