//! Fuzzes `tests/src/fuzz/devices.rs`.

#![no_main]

doorcode_fuzz::fuzz!("devices");
