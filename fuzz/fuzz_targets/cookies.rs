//! Fuzzes `tests/src/fuzz/cookies.rs`.

#![no_main]

doorcode_fuzz::fuzz!("cookies");
