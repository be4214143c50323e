//! Phone numbers: what a person typed, as one canonical number that may be texted.
//!
//! `typed` finds the digits, `reading` finds out which numbers they can be, `countries` takes the first that this
//! deployment texts, and `refusal` says why none is. The numbering plans are those of libphonenumber; `plan`, `kinds` and
//! `example` are what is asked of them.

mod countries;
mod country;
mod example;
mod kinds;
mod number;
mod plan;
mod reading;
mod refusal;
mod typed;

pub use countries::{Countries, Home};
pub use country::{Country, UnknownCountry};
pub use kinds::NumberKinds;
pub use number::{MaskedNumber, PhoneNumber};
pub use plan::{Format, Plan};
pub use refusal::{InvalidPhone, InvalidReason, Refusal, UnsupportedNumber, UnsupportedReason};

#[cfg(test)]
mod regions;
#[cfg(test)]
mod tests;
