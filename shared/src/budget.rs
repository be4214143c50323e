//! How often one network address may ask for a code.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::time::Timestamp;

/// Seconds of one window of the budget.
const WINDOW: i64 = 900;
/// Login requests that one address may open in a window. People behind one router share it; a person needs one or two.
/// Asks for a new code are limited by the request itself: its waits leave room for five in its life.
const LIMIT: u32 = 20;
/// Asks of all callers without a readable address together: one a minute (requirement S-10).
const LIMIT_OF_THE_UNKNOWN: u32 = 15;

/// The address that a budget is counted for: an IPv4 address, or the /64 network of an IPv6 address, since one
/// subscriber has a whole /64 (requirement S-08).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// One IPv4 address. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is the same.
    V4(Ipv4Addr),
    /// The first 64 bits of an IPv6 address.
    V6Network([u16; 4]),
    /// No address that can be read: all such callers share one small budget.
    Unknown,
}

impl Address {
    /// Reads the address that the gateway saw. Nothing that the client wrote may come here (requirement S-09).
    #[must_use]
    pub fn read(source: Option<&str>) -> Self {
        // A zone (`fe80::1%eth0`) names the gateway's interface, not the caller.
        let without_zone = source.map(|text| text.trim().split('%').next().unwrap_or_default());
        match without_zone.and_then(|text| text.parse::<IpAddr>().ok()).map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => Self::V4(address),
            Some(IpAddr::V6(address)) => Self::network(address),
            None => Self::Unknown,
        }
    }

    /// The text used in keys of the table.
    #[must_use]
    pub fn as_key(&self) -> String {
        match self {
            Self::V4(address) => address.to_string(),
            Self::V6Network([a, b, c, d]) => format!("{}/64", Ipv6Addr::new(*a, *b, *c, *d, 0, 0, 0, 0)),
            Self::Unknown => "UNKNOWN".to_owned(),
        }
    }

    fn network(address: Ipv6Addr) -> Self {
        let [a, b, c, d, ..] = address.segments();
        Self::V6Network([a, b, c, d])
    }
}

/// One address in the window that holds `now`: where to count, up to how many, and when the next window begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressBudget {
    /// Who asks.
    pub address: Address,
    /// When the window began.
    pub window_start: Timestamp,
    /// How many asks the window allows.
    pub limit: u32,
    /// When the window ends, and with it the use of the counter.
    pub window_end: Timestamp,
}

impl AddressBudget {
    /// The budget of `address` at `now`. Windows begin at multiples of their length, so that no state is needed to
    /// find them.
    #[must_use]
    pub fn at(address: Address, now: Timestamp) -> Self {
        let window_start = Timestamp::from_secs(now.secs().div_euclid(WINDOW).saturating_mul(WINDOW));
        let limit = if address == Address::Unknown { LIMIT_OF_THE_UNKNOWN } else { LIMIT };
        Self { address, window_start, limit, window_end: window_start.plus(WINDOW) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(source: &str) -> String {
        Address::read(Some(source)).as_key()
    }

    #[test]
    fn one_subscriber_is_one_address() {
        assert_eq!(key("192.0.2.1"), "192.0.2.1");
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(key("::FFFF:c000:201"), "192.0.2.1");
        assert_eq!(key("2001:db8:0:1::1"), "2001:db8:0:1::/64");
        assert_eq!(key("2001:DB8:0:1:ffff:ffff:ffff:ffff"), "2001:db8:0:1::/64");
        assert_eq!(key("fe80::1%eth0"), key("fe80::2"));
        assert_ne!(key("2001:db8:0:2::1"), key("2001:db8:0:1::1"));
    }

    #[test]
    fn an_unreadable_address_gets_the_strictest_budget() {
        for source in [None, Some(""), Some("unknown"), Some("192.0.2.1, 10.0.0.1"), Some("192.0.2.256")] {
            assert_eq!(Address::read(source), Address::Unknown, "{source:?}");
        }
        let now = Timestamp::from_secs(1_000_000);
        assert!(
            AddressBudget::at(Address::Unknown, now).limit
                < AddressBudget::at(Address::read(Some("192.0.2.1")), now).limit
        );
    }

    #[test]
    fn a_window_holds_its_first_second_and_not_its_last() {
        let start = |now| AddressBudget::at(Address::Unknown, Timestamp::from_secs(now)).window_start.secs();
        assert_eq!((start(899), start(900), start(1799), start(1800)), (0, 900, 900, 1800));
    }
}
