//! Doorcode from outside: whole logins, attacks, the table's contract, and the rules of the source.
//!
//! Reading order: [`logins`] and [`bodies`] show what a person and a page see; the others each take one thing that must
//! hold whatever happens. Each test says which requirements it stands for.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it cannot go on")]

mod again;
mod binding;
mod blocks;
mod bodies;
mod calls;
mod cloudfront;
mod countries;
mod delivery_faults;
mod dependencies;
mod documents;
mod either_text;
mod enumeration;
mod events;
mod faults;
mod forged_rows;
mod fuzz;
mod generated;
mod golden;
mod headers;
mod input;
mod instances;
mod junk;
mod languages;
mod layers;
mod leaks;
mod lists;
mod lock;
mod locks;
mod logins;
mod lost_answers;
mod notices;
mod numbers;
mod openapi;
mod orders;
mod origin;
mod quotas;
mod races;
mod recognized;
mod recognized_only;
mod registration;
mod requirements;
mod roles;
mod rotation;
mod simulation;
mod sns;
mod source;
mod storage;
mod stream;
mod table;
mod template;
mod throttles;
mod time;
mod watch;

// What several of them share.
mod files;
mod forgery;
mod mutant;
mod proxy;
mod resources;
mod steps;
mod stolen;
