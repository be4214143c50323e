//! Doorcode as people meet it: the real pages in a real browser.
//!
//! Each test starts a whole Doorcode on ports of its own ([`doorcode`]), with a clock that the test moves, and lets a
//! person use it ([`person`]): they find fields and buttons by what is written there, and read their codes in the SMS
//! inbox. The browser is headless Chromium, driven through ChromeDriver ([`chromium`]). Where others use the number
//! too, they call the API without a window ([`unrecognized`]).
//!
//! The tests: [`logins`], the ways that lead in; [`refusals`], what people are told when something is wrong;
//! [`notices`], what they are told of others; [`again`], people who go back, begin anew or use two tabs; [`states`],
//! what pages say of each answer; [`access`] and [`axe`], pages for every hand, eye and ear; [`assets`], what is loaded
//! and what was kept; [`privacy`], what is left of a person, and what a page may do; [`planted`], cookies that a sibling
//! host plants.

#![expect(clippy::expect_used, reason = "a rig that cannot be built fails its test, and should")]

mod access;
mod again;
mod assets;
mod axe;
mod chromium;
mod doorcode;
mod logins;
mod notices;
mod person;
mod planted;
mod privacy;
mod refusals;
mod senses;
mod states;
mod unrecognized;
mod walks;
