//! What the tests of Doorcode are made with.
//!
//! A test builds a whole Doorcode in one process ([`stack`]), opens browsers ([`browser`]) and looks at what they get
//! ([`answer`]), at the texts, at the table ([`dump`]) and at the log ([`logs`]). Requests go through the same gateway
//! as those of the local program, and everything in the table goes through the AWS SDK to a real engine. Time is moved
//! by hand ([`clock`]), and a [`proxy`] in front of the engine writes down each call and fails it when told. Functions
//! that run as processes meet the stand-ins of [`aws`], and a real browser can meet [`tls`].
//!
//! `DOORCODE_TEST_DYNAMODB=http://127.0.0.1:8000` runs all of it on the engine at that address, `DynamoDB` Local say.
//!
//! The tests themselves are in `it/`, one module a subject.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a rig that cannot go on fails its test, and should"
)]

pub mod answer;
pub mod aws;
pub mod bench;
pub mod browser;
pub mod clock;
pub mod dump;
pub mod engine;
pub mod fuzz;
pub mod logs;
pub mod needles;
pub mod percentile;
pub mod phones;
pub mod process;
pub mod proxy;
pub mod seed;
pub mod simulation;
pub mod stack;
pub mod times;
pub mod tls;
pub mod walk;
