//! Fuzzes `tests/src/fuzz/records.rs`.

#![no_main]

doorcode_fuzz::fuzz!("records");
