//! The header `Accept-Language`, which any caller writes. The input is the header.

use shared::text::Language;

/// There is always a language, and asking for it alone leads to it.
pub(super) fn target(data: &[u8]) {
    let header = super::text(data);
    let language = Language::lookup(&header);
    assert_eq!(Language::lookup(language.tag()), language, "{header:?}");
    assert_eq!(Language::lookup(&header.to_ascii_uppercase()), language, "{header:?} in capitals");
    assert_eq!(Language::lookup(&format!("{header},{}", language.tag())), language, "{header:?}, and again");
}
