//! What reads input from outside, for a fuzzer: each target takes any bytes, and asserts more than that nothing panics.
//!
//! `fuzz/` includes this folder and runs each target under libFuzzer (docs/develop.md says how). `tests/it/fuzz.rs` replays
//! what that found worth keeping, `fuzz/corpus/`, with the toolchain that everything else is built with.

mod bodies;
mod code;
mod cookies;
mod devices;
mod language;
mod number;
mod records;
mod service;
mod settings;
mod template;

/// A target: it panics when something is wrong.
pub type Target = fn(&[u8]);

/// All of them, by the names of their files in `fuzz/fuzz_targets/` and of their folders in `fuzz/corpus/`.
pub const TARGETS: [(&str, Target); 9] = [
    ("bodies", bodies::target),
    ("code", code::target),
    ("cookies", cookies::target),
    ("devices", devices::target),
    ("language", language::target),
    ("number", number::target),
    ("records", records::target),
    ("settings", settings::target),
    ("template", template::target),
];

/// Runs the target of this name.
///
/// # Panics
/// When there is none, or when it finds something.
pub fn run(name: &str, data: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("a target of this name");
    target(data);
}

/// Bytes as text. Most of what is read is text, and what is not UTF-8 does not get there.
fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

/// The first bytes choose, the others are the input.
fn chosen<const COUNT: usize>(data: &[u8]) -> Option<([usize; COUNT], &[u8])> {
    let (chosen, rest) = data.split_first_chunk::<COUNT>()?;
    Some((chosen.map(usize::from), rest))
}

/// The ASCII digits of a text.
fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
