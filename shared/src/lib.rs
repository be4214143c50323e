//! Phone-number login: the logic that every function of Doorcode shares.
//!
//! # Layout
//!
//! The domain, in the order in which a login meets it. These files hold values that cannot be wrong and decisions
//! that depend on their arguments alone: no I/O, no clock, no environment, no AWS, no HTTP.
//!
//! - [`phone`]: what a person typed becomes a phone number that may be texted, or is refused; `test_numbers`: those
//!   that nobody has.
//! - [`address`]: how often one network address may ask.
//! - [`request`], [`order`]: a login request, from the first ask to the proof that the code was right; one ask, on its
//!   way to a text.
//! - [`lane`]: when a number may be texted again.
//! - [`budget`], [`breaker`]: how many texts are sent in all, and where texts stop that nobody uses.
//! - [`sending`]: from all of these, whether a text is sent.
//! - [`code`]: the one-time code and the hash that is kept of it.
//! - [`user`], [`session`], [`device`], [`token`]: who signed in, for how long, in which browsers, and the random values
//!   that browsers hold.
//! - [`keys`]: the root secret and all that is derived from it.
//! - [`error`], [`time`]: refusals and failures; a moment.
//!
//! The edges, each the only place that knows its subject:
//!
//! - [`table`]: keys, items and expressions of the DynamoDB table; one verb for each atomic step.
//! - [`sms`]: SNS and the text of the message.
//! - [`http`]: status codes, cookies, headers and problems.
//! - `aws`: how a function reaches AWS.
//! - [`settings`], [`telemetry`], [`random`]: environment, logs and metrics, randomness.

pub mod address;
mod aws;
pub mod breaker;
pub mod budget;
pub mod code;
pub mod device;
pub mod error;
pub mod http;
pub mod keys;
pub mod lane;
pub mod order;
pub mod phone;
pub mod random;
pub mod request;
pub mod sending;
pub mod session;
pub mod settings;
pub mod sms;
pub mod table;
pub mod telemetry;
mod test_numbers;
pub mod time;
pub mod token;
pub mod user;
