//! A login: one browser proves that it holds one phone, and is signed in.
//!
//! - [`request`], [`proof`]: a login request, and the steps from an attempt to the proof that its code was right.
//! - [`ticket`]: the right to register.
//! - [`code`]: the one-time code, and the hash that is kept of it; `argon`: how it is hashed.
//! - [`user`], [`session`], [`device`], [`device_cookie`]: who signed in, for how long, in which browsers.

mod argon;
pub mod code;
pub mod device;
pub mod device_cookie;
pub mod proof;
pub mod request;
pub mod session;
pub mod ticket;
pub mod user;
