//! Fuzzes `tests/src/fuzz/bodies.rs`.

#![no_main]

doorcode_fuzz::fuzz!("bodies");
