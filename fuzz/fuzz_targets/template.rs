//! Fuzzes `tests/src/fuzz/template.rs`.

#![no_main]

doorcode_fuzz::fuzz!("template");
