//! Phone-number login: the logic that every function of Doorcode shares.
//!
//! # Layout
//!
//! From the lowest floor to the highest. A file imports from lower floors and from its own room, never in a circle;
//! `tests/it/layers.rs` checks it.
//!
//! The base, which imports no room:
//!
//! - [`phone`], `test_numbers`: what a person typed becomes a phone number that may be texted, or is refused.
//! - [`text`]: the languages, and the words of the text message.
//! - [`brand`]: what a service shows of itself.
//! - [`root_secret`], [`keys`], [`token`]: the root secret, the keys that are derived from it, the values that browsers
//!   hold.
//! - [`error`], [`time`], [`random`]: refusals and failures, a moment, randomness.
//!
//! The domain: values that cannot be wrong, and decisions that depend on their arguments alone. No I/O, clock,
//! environment, AWS or HTTP.
//!
//! - [`login`]: a login request, its code, the session, the browsers and the user that it ends in.
//! - [`sending`]: whether a text is sent.
//!
//! The edges, each the only place that knows its subject:
//!
//! - [`store`]: DynamoDB: keys, items and expressions; one method for each atomic step.
//! - [`sms`] knows SNS.
//! - [`http`]: status codes, cookies, headers and problems.
//! - `aws`, [`telemetry`]: how a function reaches AWS; logs and metrics.
//! - [`settings`]: the environment, and the connections that are made from it.
//! - [`runtime`]: a function at Lambda's runtime.

mod aws;
pub mod brand;
mod digits;
pub mod error;
pub mod http;
pub mod keys;
pub mod login;
pub mod phone;
pub mod random;
pub mod root_secret;
pub mod runtime;
pub mod sending;
pub mod settings;
pub mod sms;
pub mod store;
pub mod telemetry;
mod test_numbers;
pub mod text;
pub mod time;
pub mod token;
