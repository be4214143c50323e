//! The ticket: the right to register one number once, for a browser that proved a number without account.
//!
//! It is kept in the login request. Several functions may write login requests, so a state alone would prove nothing:
//! `verify-code` certifies the ticket, and `register` checks that (requirement K-06).

use serde::{Deserialize, Serialize};

use super::proof::{Proof, Target, Verified};
use crate::keys::{CodeKeys, DeviceMac, TicketMac};
use crate::token::Seed;

/// What makes a login request a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketStamp {
    /// Wrong codes that had been typed for the number by then.
    wrong_codes: i64,
    /// What the session and the device cookie of the registration are made with.
    seed: Seed,
    /// What certifies that device cookie. It is made with the ticket, because `register` does not have the number secret.
    device_mac: DeviceMac,
    mac: TicketMac,
}

impl TicketStamp {
    /// Certifies that the browser proved the number.
    #[must_use]
    pub fn new(verified: &Verified, wrong_codes: i64, seed: Seed, device_mac: DeviceMac, keys: &CodeKeys) -> Self {
        let facts = facts(&verified.proof().target, wrong_codes, &seed, &device_mac);
        Self { mac: keys.certify(&facts), wrong_codes, seed, device_mac }
    }

    /// Whether `verify-code` made it, for this login request as it is.
    pub(crate) fn is_genuine(&self, target: &Target, keys: &CodeKeys) -> bool {
        keys.has_certified(&facts(target, self.wrong_codes, &self.seed, &self.device_mac), &self.mac)
    }
}

/// What decides whose account a registration makes, until when, and with which cookies. The certified parts have alphabets
/// without `/`, and their number is fixed, so that no two tickets read the same.
fn facts(target: &Target, wrong_codes: i64, seed: &Seed, device_mac: &DeviceMac) -> String {
    let (request, number) = (target.request.as_str(), target.number.first.as_str());
    let other = target.number.other.as_ref().map_or("", |other| other.as_str());
    let (end, seed, device) = (target.expires_at.secs(), seed.as_str(), device_mac.as_str());
    format!("{request}/{number}/{other}/{end}/{wrong_codes}/{seed}/{device}")
}

/// The ticket of one browser. Only `store` makes one, from a stamp that is genuine.
pub struct Ticket {
    pub(crate) proof: Proof,
    pub(crate) stamp: TicketStamp,
    /// Whether it was used.
    pub(crate) is_used: bool,
}

impl Ticket {
    /// What was proved.
    #[must_use]
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// Whether it was used already. It is then good for the same answer again, which may have got lost, and for nothing
    /// else.
    #[must_use]
    pub const fn is_used(&self) -> bool {
        self.is_used
    }

    /// How many wrong codes had been typed for the number when it was proved. A person who registers gets no notice of
    /// them.
    #[must_use]
    pub const fn wrong_codes(&self) -> i64 {
        self.stamp.wrong_codes
    }

    /// What the session and the device cookie of the registration are made with.
    #[must_use]
    pub const fn seed(&self) -> &Seed {
        &self.stamp.seed
    }

    /// What certifies that device cookie.
    #[must_use]
    pub const fn device_mac(&self) -> &DeviceMac {
        &self.stamp.device_mac
    }
}
