//! Fuzzes `tests/src/fuzz/number.rs`.

#![no_main]

doorcode_fuzz::fuzz!("number");
