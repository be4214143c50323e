//! A code, as it is typed. The input is the text.

use shared::error::Error;
use shared::login::code::Code;

/// A code is six to eight digits, reads the same again however it is written, and does not print. What is none is said in
/// the same words each time.
pub(super) fn target(data: &[u8]) {
    let typed = super::text(data);
    match Code::read(&typed) {
        Ok(code) => {
            let read = code.expose();
            assert!((6..=8).contains(&read.len()) && read.bytes().all(|byte| byte.is_ascii_digit()), "{typed:?}");
            assert!(read.chars().count() <= typed.chars().count(), "{typed:?} has fewer signs than its code");
            assert_eq!(format!("{code:?}"), "Code(…)");
            let spaced: String = read.chars().flat_map(|digit| [digit, ' ']).collect();
            let wide: String =
                read.bytes().filter_map(|digit| char::from_u32(0xff10 + u32::from(digit - b'0'))).collect();
            for written in [read.to_owned(), spaced, wide, format!("\u{2068}{read}\u{2069}"), format!(" {typed}\n")] {
                let again = Code::read(&written).expect("a code that is written differently");
                assert_eq!(again.expose(), read, "{typed:?} as {written:?}");
            }
        }
        Err(error) => {
            assert!(matches!(error, Error::InvalidCode), "{typed:?}");
            assert_eq!(error.to_string(), "not a code");
        }
    }
}
