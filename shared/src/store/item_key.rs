//! The keys of the table's items.
//!
//! | partition key | sort key | |
//! | --- | --- | --- |
//! | `REQUEST#` hash of the cookie | `REQUEST` | a login request |
//! | `IP#` network id | start of a day | its starts, or those of a recognized browser |
//! | `THROTTLE#` number id | `UNRECOGNIZED`, `DEVICE#` hash | when texts may be sent |
//! | `WRONG_CODES#` number id | `WRONG_CODES` | wrong codes |
//! | `QUOTA#` scope `#` shard | `QUOTA` | texts that were sent, the operator's override |
//! | `NUMBER#` number id | `OWNER` | whose number it is, and the recognized browsers |
//! | `USER#` user id | `PROFILE` | a user |
//! | `SESSION#` hash of the cookie | `SESSION` | a session |

use super::item::{Item, SCHEMA, SCHEMA_VERSION, number, string};
use crate::keys::{NetworkId, NumberId};
use crate::login::request::{RequestId, ThrottleName};
use crate::login::user::UserId;
use crate::sending::quota::QuotaScope;
use crate::time::{DAY, Timestamp};
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

    /// The starts of the day of `at`.
    pub(super) fn ip(network: &NetworkId, at: Timestamp) -> Self {
        Self::new(format!("IP#{}", network.as_str()), at.start_of(DAY).secs().to_string())
    }

    pub(super) fn throttle(number: &NumberId, throttle: &ThrottleName) -> Self {
        let sk = match throttle {
            ThrottleName::Unrecognized => "UNRECOGNIZED".to_owned(),
            ThrottleName::Recognized(device) => format!("DEVICE#{}", device.as_str()),
        };
        Self::new(format!("THROTTLE#{}", number.as_str()), sk)
    }

    pub(super) fn wrong_codes(number: &NumberId) -> Self {
        Self::new(format!("WRONG_CODES#{}", number.as_str()), "WRONG_CODES")
    }

    pub(super) fn quota(scope: &QuotaScope, shard: usize) -> Self {
        let scope = match scope {
            QuotaScope::Unrecognized => "UNRECOGNIZED".to_owned(),
            QuotaScope::Recognized => "RECOGNIZED".to_owned(),
            QuotaScope::RecognizedOfNumber(number) => format!("NUMBER#{}", number.as_str()),
            QuotaScope::Country(country) => format!("COUNTRY#{}", country.as_str()),
            QuotaScope::Block(block) => format!("BLOCK#{}", block.as_str()),
        };
        Self::new(format!("QUOTA#{scope}#{shard}"), "QUOTA")
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

    /// A whole item: the two attributes, the version of its shape, and the others.
    pub(super) fn with(self, attributes: Item) -> Item {
        let mut item = self.item();
        item.insert(SCHEMA.to_owned(), number(SCHEMA_VERSION));
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
