//! Fuzzes `tests/src/fuzz/settings.rs`.

#![no_main]

doorcode_fuzz::fuzz!("settings");
