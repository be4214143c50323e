//! Whether a text fits one SMS segment, which arrives whole and costs one.

/// Septets of one segment in GSM-7 (3GPP TS 23.038).
const GSM7: usize = 160;
/// UTF-16 units of one segment in UCS-2, which a text with any other character is sent in.
const UCS2: usize = 70;

/// The basic characters of GSM-7, without the escape.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its other characters, each after an escape.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The septets of a character in GSM-7; none when it has no such character.
pub(super) fn septets(sign: char) -> Option<usize> {
    if BASIC.contains(sign) { Some(1) } else { EXTENSION.contains(sign).then_some(2) }
}

/// How much of one segment a text leaves, in characters that count one; none when it does not fit.
pub(super) fn room(text: &str) -> Option<usize> {
    match text.chars().map(septets).sum::<Option<usize>>() {
        Some(septets) => GSM7.checked_sub(septets),
        None => UCS2.checked_sub(text.encode_utf16().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gsm_7_has_its_127_characters_and_ten_more() {
        assert_eq!((BASIC.chars().count(), EXTENSION.chars().count()), (127, 10));
        assert_eq!(['a', 'Ä', 'è', '@', '\n', 'ç', 'á', 'ê', 'Č', '验'].map(septets).iter().flatten().count(), 5);
        assert_eq!(['{', '€', '\\'].map(septets), [Some(2); 3]);
    }

    /// Extension characters count double; one character outside GSM-7 makes the segment 70 units long.
    #[test]
    fn a_segment_is_160_septets_or_70_units() {
        assert_eq!(room(&"a".repeat(160)), Some(0));
        assert_eq!(room(&"a".repeat(161)), None);
        assert_eq!(room(&"€".repeat(80)), Some(0));
        assert_eq!(room(&"€".repeat(81)), None);
        assert_eq!(room(&format!("{}ж", "a".repeat(69))), Some(0));
        assert_eq!(room(&format!("{}ж", "a".repeat(70))), None);
        // Outside the basic plane a character is two units.
        assert_eq!(room(&"😀".repeat(35)), Some(0));
        assert_eq!(room(&"😀".repeat(36)), None);
    }
}
