//! Digits as people type and paste them: of any script, with signs between them that are no part of a code.

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

/// What a person typed, without what separates digits, and with each digit in ASCII. All else stays as it is.
pub(super) fn plain(typed: &str) -> String {
    typed.chars().filter(|sign| !is_between_digits(*sign)).map(ascii_digit).collect()
}

/// Space of any kind, dashes, and signs that take no room: pasted text brings them along.
fn is_between_digits(sign: char) -> bool {
    let is_dash = matches!(
        sign,
        '-' | '\u{58a}' | '\u{5be}' | '\u{1806}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2212}'
                | '\u{2e3a}'
                | '\u{2e3b}'
                | '\u{301c}'
                | '\u{30fc}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
    );
    let has_no_width = matches!(
        sign,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    );
    sign.is_whitespace() || is_dash || has_no_width
}

fn ascii_digit(sign: char) -> char {
    let zero = ZEROS.iter().rev().find(|zero| **zero <= sign);
    let value = zero.map(|zero| u32::from(sign) - u32::from(*zero)).filter(|value| *value < 10);
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or(sign)
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
                assert_eq!(Some(ascii_digit(digit)), char::from_digit(value, 10), "{digit:?}");
            }
        }
    }

    #[test]
    fn what_is_no_digit_stays() {
        for sign in ['0', '9', '/', ':', 'a', '+', '.', '\0', '\u{65f}', '\u{66a}', '²', '①', 'Ⅷ', '五'] {
            assert_eq!(plain(&sign.to_string()), sign.to_string());
        }
    }
}
