//! Digits as people type and paste them, in codes and in phone numbers: of any script, with signs between them that mean
//! nothing.

use icu_properties::props::{Dash, DefaultIgnorableCodePoint};
use icu_properties::{CodePointSetData, CodePointSetDataBorrowed};

/// The zeros of all scripts but ASCII's (Unicode 14, general category Nd). The nine digits after each follow in order.
const ZEROS: [char; 65] = [
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{ff10}',
    '\u{104a0}',
    '\u{10d30}',
    '\u{11066}',
    '\u{110f0}',
    '\u{11136}',
    '\u{111d0}',
    '\u{112f0}',
    '\u{11450}',
    '\u{114d0}',
    '\u{11650}',
    '\u{116c0}',
    '\u{11730}',
    '\u{118e0}',
    '\u{11950}',
    '\u{11c50}',
    '\u{11d50}',
    '\u{11da0}',
    '\u{16a60}',
    '\u{16ac0}',
    '\u{16b50}',
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{1e140}',
    '\u{1e2f0}',
    '\u{1e950}',
    '\u{1fbf0}',
];

/// Dashes of any script, the minus sign too.
const DASHES: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<Dash>();
/// Signs that take no room: pasted text brings them along.
const IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();
/// What Japanese keyboards have in the place of a dash.
const LONG_VOWEL_MARK: char = '\u{30fc}';

/// A code as a person typed it: without space, dashes and signs that take no room, and with each digit in ASCII. All
/// else stays as it is.
pub(crate) fn of_code(typed: &str) -> String {
    let is_between =
        |sign: char| sign.is_whitespace() || is_dash(sign) || is_ignorable(sign) || sign == LONG_VOWEL_MARK;
    typed.chars().filter(|sign| !is_between(*sign)).map(|sign| ascii_digit(sign).unwrap_or(sign)).collect()
}

/// Whether it is a dash of any script.
pub(crate) fn is_dash(sign: char) -> bool {
    DASHES.contains(sign)
}

/// Whether it takes no room.
pub(crate) fn is_ignorable(sign: char) -> bool {
    IGNORABLE.contains(sign)
}

/// The ASCII digit of a decimal digit of any script; none for all else, such as ² and ③.
pub(crate) fn ascii_digit(sign: char) -> Option<char> {
    if sign.is_ascii_digit() {
        return Some(sign);
    }
    let zero = ZEROS.iter().rev().find(|zero| **zero <= sign)?;
    char::from_digit(u32::from(sign) - u32::from(*zero), 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_are_digits() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            for value in 0..10 {
                let digit = char::from_u32(u32::from(zero) + value).unwrap();
                assert!(digit.is_numeric(), "{digit:?}");
                assert_eq!(ascii_digit(digit), char::from_digit(value, 10), "{digit:?}");
            }
        }
    }

    #[test]
    fn what_is_no_digit_stays() {
        for sign in ['0', '9', '/', ':', 'a', '+', '.', '\0', '\u{65f}', '\u{66a}', '²', '①', 'Ⅷ', '五'] {
            assert_eq!(of_code(&sign.to_string()), sign.to_string());
        }
    }
}
