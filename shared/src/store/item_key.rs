//! The keys of the table's items.
//!
//! | partition key | sort key | |
//! | --- | --- | --- |
//! | `REQUEST#` hash of the cookie | `REQUEST` | a login request |
//! | `ADDRESS#` network | start of a day | how often it asked |
//! | `LANE#` number id | `STRANGER`, `DEVICE#` hash | when texts may be sent |
//! | `GUESSES#` number id | `GUESSES` | wrong codes |
//! | `BUDGET#` scope `#` shard | `BUDGET` | texts that were sent, a breaker, a switch |
//! | `NUMBER#` number id | `OWNER` | whose number it is, and the devices that are known |
//! | `USER#` user id | `PROFILE` | a user |
//! | `SESSION#` hash of the cookie | `SESSION` | a session |

use super::{Item, string};
use crate::keys::NumberId;
use crate::login::request::RequestId;
use crate::login::user::UserId;
use crate::sending::ip_limit::AddressBudget;
use crate::sending::quota::Scope;
use crate::sending::throttle::LaneName;
use crate::token::TokenHash;

pub(super) const PK: &str = "pk";
pub(super) const SK: &str = "sk";

const REQUEST: &str = "REQUEST#";

/// The primary key of one item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) pk: String,
    pub(super) sk: String,
}

impl Key {
    pub(super) fn request(id: &RequestId) -> Self {
        Self::new(format!("{REQUEST}{}", id.as_str()), "REQUEST")
    }

    pub(super) fn address(budget: &AddressBudget) -> Self {
        Self::new(format!("ADDRESS#{}", budget.network()), budget.day_start().secs().to_string())
    }

    pub(super) fn lane(number: &NumberId, lane: &LaneName) -> Self {
        let sk = match lane {
            LaneName::Stranger => "STRANGER".to_owned(),
            LaneName::Device(device) => format!("DEVICE#{}", device.as_str()),
        };
        Self::new(format!("LANE#{}", number.as_str()), sk)
    }

    pub(super) fn guesses(number: &NumberId) -> Self {
        Self::new(format!("GUESSES#{}", number.as_str()), "GUESSES")
    }

    pub(super) fn budget(scope: &Scope, shard: usize) -> Self {
        let scope = match scope {
            Scope::Strangers => "STRANGERS".to_owned(),
            Scope::Devices => "DEVICES".to_owned(),
            Scope::DevicesOf(number) => format!("NUMBER#{}", number.as_str()),
            Scope::Country(country) => format!("COUNTRY#{}", country.as_str()),
            Scope::Range(range) => format!("RANGE#{}", range.as_str()),
        };
        Self::new(format!("BUDGET#{scope}#{shard}"), "BUDGET")
    }

    pub(super) fn owner(number: &NumberId) -> Self {
        Self::new(format!("NUMBER#{}", number.as_str()), "OWNER")
    }

    pub(super) fn user(user: &UserId) -> Self {
        Self::new(format!("USER#{}", user.as_str()), "PROFILE")
    }

    pub(super) fn session(id: &TokenHash) -> Self {
        Self::new(format!("SESSION#{}", id.as_str()), "SESSION")
    }

    /// The key of an item.
    pub(super) fn of(item: &Item) -> Option<Self> {
        let text = |name| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        Some(Self { pk: text(PK)?, sk: text(SK)? })
    }

    /// The two attributes.
    pub(super) fn item(self) -> Item {
        Item::from([(PK.to_owned(), string(self.pk)), (SK.to_owned(), string(self.sk))])
    }

    /// The two attributes in front of others.
    pub(super) fn with(self, attributes: Item) -> Item {
        let mut item = self.item();
        item.extend(attributes);
        item
    }

    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }
}

/// The login request that a partition key names.
pub(super) fn request_id(pk: &str) -> Option<RequestId> {
    pk.strip_prefix(REQUEST).map(RequestId::from_key)
}
