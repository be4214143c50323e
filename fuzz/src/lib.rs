//! The targets, which the tests replay too.

#[path = "../../tests/src/fuzz/mod.rs"]
pub mod targets;

/// A fuzzer of the target of this name.
#[macro_export]
macro_rules! fuzz {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::targets::run($name, data));
    };
}
