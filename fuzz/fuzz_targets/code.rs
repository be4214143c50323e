//! Fuzzes `tests/src/fuzz/code.rs`.

#![no_main]

doorcode_fuzz::fuzz!("code");
