//! Every key that is derived from a root secret. There are two root secrets, so that a function gets no more keys than
//! its steps need: the number secret ([`NumberKeys`]) and the code secret ([`CodeKeys`]).

mod codes;
mod numbers;
mod pair;

pub use codes::{CodeKeys, TicketMac};
pub use numbers::{BlockId, DeviceMac, NetworkId, NumberId, NumberIds, NumberKeys, SealedNumber};
