//! Whether a text is sent.
//!
//! - [`ip_limit`]: how often one network address may request codes.
//! - [`job`]: one code request, on its way to a text.
//! - [`throttle`]: when a number may be texted again.
//! - [`quota`], [`breaker`]: how many texts are sent in all, and where texts stop that nobody uses.
//! - [`decision`]: from all of these, whether a text is sent.

pub mod breaker;
pub mod decision;
pub mod ip_limit;
pub mod job;
pub mod quota;
pub mod throttle;
