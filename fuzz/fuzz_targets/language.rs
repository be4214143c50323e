//! Fuzzes `tests/src/fuzz/language.rs`.

#![no_main]

doorcode_fuzz::fuzz!("language");
