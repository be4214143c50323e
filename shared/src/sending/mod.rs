//! Whether a text is sent.
//!
//! - [`ip_limit`]: how many logins one IP address may start.
//! - [`job`]: one code request, on its way to a text.
//! - [`lock`]: how many failed attempts lock an account.
//! - [`throttle`]: when a number may be texted again.
//! - [`quota`]: how many texts are sent in all, to one country, to one number block.
//! - [`decision`]: from all of these, whether a text is sent.

pub mod decision;
pub mod ip_limit;
pub mod job;
pub mod lock;
pub mod quota;
pub mod throttle;
