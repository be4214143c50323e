//! Users: an id of their own, a name if they want one. Numbers point to users, not the other way round.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::error::Error;

const LONGEST_NAME: usize = 64;

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

/// How a user wants to be called: 1 to 64 characters, none of them invisible control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Reads what a person typed; space around it is dropped.
    ///
    /// # Errors
    /// [`Error::InvalidName`] when nothing is left, or more than 64 characters, or control characters.
    pub fn read(input: &str) -> Result<Self, Error> {
        let name = input.trim();
        let length = name.chars().count();
        if (1..=LONGEST_NAME).contains(&length) && !name.chars().any(is_control) {
            Ok(Self(name.to_owned()))
        } else {
            Err(Error::InvalidName)
        }
    }
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

/// Control characters, those that change the direction of the text around them, and invisible ones. The joiners stay:
/// names are written with them.
fn is_control(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let unseen = matches!(c, '\u{ad}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    c.is_control() || turns || unseen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_to_sixty_four_characters_are_taken_as_they_are() {
        for name in ["A", "Ada", "Åsa Öberg", "李小龍", &"ä".repeat(64), "O'Brien <b>"] {
            assert_eq!(Name::read(name).unwrap().0, name);
        }
        assert_eq!(Name::read("  Ada \n").unwrap().0, "Ada");
    }

    #[test]
    fn other_texts_are_no_names() {
        for name in ["", "   ", &"a".repeat(65), "Ada\u{0}", "A\nB", "Ada\u{202e}", "\u{200b}"] {
            assert!(matches!(Name::read(name), Err(Error::InvalidName)), "{name:?}");
        }
    }
}
