//! Users: an id of their own, a name if they want one. Numbers point to users, not the other way round.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use icu_properties::props::{
    DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, JoinControl, VariationSelector,
};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed, CodePointSetData, CodePointSetDataBorrowed};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::error::Error;

const LONGEST_NAME: usize = 64;

/// Invisible characters: joiners, variation selectors, fillers, tags, those that turn the text around them.
const IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();
/// Names of many scripts, and emoji of families, are written with them.
const JOINERS: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<JoinControl>();
/// They choose how the character before them looks.
const VARIATIONS: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<VariationSelector>();
const CATEGORY: CodePointMapDataBorrowed<'static, GeneralCategory> = CodePointMapData::<GeneralCategory>::new();

/// Unicode counts it with the visible ones.
const BLANK_BRAILLE: char = '\u{2800}';
const ENDS_OF_LINES: [char; 2] = ['\u{2028}', '\u{2029}'];

/// Names a user: 128 random bits that say nothing about the number (requirement E-10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// A new id.
    #[must_use]
    pub fn generate(random: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 16];
        random.fill_bytes(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The text used in keys of the table and in answers.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a user wants to be called: 1 to 64 characters, at least one of them visible, and no control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Reads what a person typed. Space and invisible characters around it are dropped: they come along when a name is
    /// pasted.
    ///
    /// # Errors
    /// [`Error::InvalidName`] when nothing visible is left, or more than 64 characters, or one that is no part of a
    /// name.
    pub fn read(input: &str) -> Result<Self, Error> {
        let name = input.trim_matches(|c: char| c.is_whitespace() || IGNORABLE.contains(c));
        let length = name.chars().count();
        if (1..=LONGEST_NAME).contains(&length) && name.chars().any(is_visible) && !has_hidden(name) {
            Ok(Self(name.to_owned()))
        } else {
            Err(Error::InvalidName)
        }
    }
}

/// Whether a character is seen by itself: not a mark, which needs another to stand on, nor a space or a control.
fn is_visible(c: char) -> bool {
    let category = CATEGORY.get(c);
    let is_unseen = GeneralCategoryGroup::Mark
        .union(GeneralCategoryGroup::Separator)
        .union(GeneralCategoryGroup::Control)
        .union(GeneralCategoryGroup::Format)
        .union(GeneralCategoryGroup::PrivateUse)
        .contains(category);
    !is_unseen && !IGNORABLE.contains(c) && c != BLANK_BRAILLE
}

/// Whether a name hides something: control characters, ends of lines, or invisible characters where they join nothing
/// and choose no form of the one before.
fn has_hidden(name: &str) -> bool {
    let mut before = None;
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        let follows = before.is_some_and(|before| is_visible(before) || is_mark(before));
        let is_good = if JOINERS.contains(c) {
            let joins = before.is_some_and(|before| VARIATIONS.contains(before));
            (follows || joins) && rest.peek().copied().is_some_and(is_visible)
        } else if VARIATIONS.contains(c) {
            follows
        } else {
            !IGNORABLE.contains(c) && !c.is_control() && !ENDS_OF_LINES.contains(&c)
        };
        if !is_good {
            return true;
        }
        before = Some(c);
    }
    false
}

/// A mark that is seen, and not one of those that choose a form.
fn is_mark(c: char) -> bool {
    GeneralCategoryGroup::Mark.contains(CATEGORY.get(c)) && !IGNORABLE.contains(c)
}

/// A user as answers show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Names the user.
    pub id: UserId,
    /// How the user wants to be called; `null` in answers when not told.
    pub name: Option<Name>,
}

/// Who may register. Whichever it is, nothing that a caller sees before a right code depends on it (requirement E-02).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegistrationPolicy {
    /// Everybody who proves a number.
    #[default]
    Open,
    /// Nobody; a number without account gets no text. Its owner is told nothing and waits for a text that does not
    /// come.
    Closed,
    /// Nobody; a number without account gets its text, and its owner is told after the right code. Unrecognized
    /// browsers can then use up texts on numbers that can never sign in.
    ClosedAfterCode,
}

impl RegistrationPolicy {
    /// Reads `open`, `closed` or `closed-after-code`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "open" => Some(Self::Open),
            "closed" => Some(Self::Closed),
            "closed-after-code" => Some(Self::ClosedAfterCode),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_to_sixty_four_characters_are_taken_as_they_are() {
        for name in [
            "A",
            "Ada",
            "Åsa Öberg",
            "李小龍",
            &"ä".repeat(64),
            "O'Brien <b>",
            "A\u{30a}sa",
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "\u{915}\u{94d}\u{200d}\u{937}",
            "\u{2764}\u{fe0f}\u{200d}\u{1f525} Ada",
            "\u{1f469}\u{200d}\u{1f4bb}",
            "\u{845b}\u{e0100}城",
        ] {
            assert_eq!(Name::read(name).unwrap().0, name, "{name:?}");
        }
    }

    #[test]
    fn what_is_not_seen_around_a_name_is_dropped() {
        for around in [" ", "\n", "\u{200b}", "\u{feff}", "\u{3164}", "\u{202e}", "\u{e0041}", "\u{2028}", "\u{200d}"] {
            assert_eq!(Name::read(&format!("{around} Ada{around}")).unwrap().0, "Ada", "{around:?}");
        }
    }

    #[test]
    fn other_texts_are_no_names() {
        for name in [
            "",
            "   ",
            &"a".repeat(65),
            "Ada\u{0}",
            "A\nB",
            "A\u{2028}B",
            "A\u{202e}da",
            "A\u{200b}da",
            "A\u{ad}da",
            "A\u{34f}da",
            "A\u{e0064}da",
            "A \u{200d}da",
            "A\u{200d} da",
            "A\u{200d}\u{200d}da",
            "A \u{fe0f}da",
            // Nothing is seen.
            "\u{200b}",
            "\u{3164}",
            "\u{2800}",
            "\u{fe0f}",
            "\u{180e}",
            "\u{301}",
            "\u{e0064}\u{e007f}",
            "\u{2800} \u{2800}",
            "\u{e000}",
        ] {
            assert!(matches!(Name::read(name), Err(Error::InvalidName)), "{name:?}");
        }
    }
}
