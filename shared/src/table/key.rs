//! The keys of the table's items (design, section 5).

use super::{Item, string};
use crate::budget::AddressBudget;
use crate::keys::NumberId;
use crate::lane::LaneName;
use crate::request::RequestId;
use crate::token::TokenHash;
use crate::user::UserId;

pub(super) const PK: &str = "pk";
pub(super) const SK: &str = "sk";

const REQUEST: &str = "REQUEST#";

/// The primary key of one item.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) pk: String,
    pub(super) sk: String,
}

impl Key {
    pub(super) fn request(id: &RequestId) -> Self {
        Self::new(format!("{REQUEST}{}", id.as_str()), "REQUEST")
    }

    pub(super) fn address(budget: &AddressBudget) -> Self {
        Self::new(format!("ADDRESS#{}", budget.address.as_key()), budget.window_start.secs().to_string())
    }

    pub(super) fn lane(number: &NumberId, lane: &LaneName) -> Self {
        let sk = match lane {
            LaneName::Stranger => "STRANGER".to_owned(),
            LaneName::Device(device) => device_sort_key(device),
        };
        Self::new(format!("LANE#{}", number.as_str()), sk)
    }

    pub(super) fn owner(number: &NumberId) -> Self {
        Self::new(format!("NUMBER#{}", number.as_str()), "OWNER")
    }

    pub(super) fn user(user: &UserId) -> Self {
        Self::new(format!("USER#{}", user.as_str()), "PROFILE")
    }

    pub(super) fn device(user: &UserId, device: &TokenHash) -> Self {
        Self::new(format!("USER#{}", user.as_str()), device_sort_key(device))
    }

    pub(super) fn session(id: &TokenHash) -> Self {
        Self::new(format!("SESSION#{}", id.as_str()), "SESSION")
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

/// The sort key of a device, and of its lane.
fn device_sort_key(device: &TokenHash) -> String {
    format!("DEVICE#{}", device.as_str())
}

/// The login request that a partition key names.
pub(super) fn request_id(pk: &str) -> Option<RequestId> {
    pk.strip_prefix(REQUEST).map(RequestId::from_key)
}
