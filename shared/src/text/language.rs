//! The languages. Each is one file of `shared/languages/` and one line here.

use std::str;

use serde::{Deserialize, Serialize};

/// The primary subtags of languages that are written from right to left.
const RIGHT_TO_LEFT: [&str; 9] = ["ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"];

/// The length of a language in the table, so that all login requests are items of one size. Longer tags must not be
/// added without a thought for items that were written before.
const STORED_LENGTH: usize = 8;

/// The file of a tag.
macro_rules! file_of {
    ($tag:literal) => {
        include_str!(concat!("../../languages/", $tag, ".json"))
    };
}

/// Makes the languages from the files of these tags.
///
/// What a program does not call is not in it: `json` brings all pages' sentences, and only `pages` calls it. The sentence
/// of the text message is therefore cut out of the file while this is compiled.
macro_rules! languages {
    ($($name:ident $tag:literal)+) => {
        /// A language of pages, problems and text messages.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum Language {
            $(
                #[doc = concat!("`", $tag, "`")]
                $name,
            )+
        }

        impl Language {
            /// All of them, English first.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its tag (BCP 47), as `zh-Hans`.
            #[must_use]
            pub const fn tag(self) -> &'static str {
                match self { $(Self::$name => $tag),+ }
            }

            /// Its file: an object with its `name`, and the sentences of `text`, `page` and `problem`.
            #[must_use]
            pub const fn json(self) -> &'static str {
                match self { $(Self::$name => file_of!($tag)),+ }
            }

            /// The sentence of the text message, with its placeholders.
            pub(super) const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$name => {
                        const PLACE: (usize, usize) = place_of_the_sentence(file_of!($tag));
                        const COPY: &[u8] = &copy::<{ PLACE.1 - PLACE.0 }>(file_of!($tag), PLACE.0);
                        const SENTENCE: &str = match str::from_utf8(COPY) {
                            Ok(sentence) => sentence,
                            Err(_) => panic!("the sentence is cut within a character"),
                        };
                        SENTENCE
                    })+
                }
            }
        }
    };
}

languages! {
    En "en"
    Sv "sv"
    Nb "nb"
    Da "da"
    Fi "fi"
    De "de"
    Nl "nl"
    Fr "fr"
    Es "es"
    It "it"
    Pt "pt"
    Pl "pl"
    Tr "tr"
    Cs "cs"
    Uk "uk"
    Ar "ar"
    ZhHans "zh-Hans"
    Ja "ja"
}

impl Language {
    /// Whether it is written from right to left.
    #[must_use]
    pub fn is_right_to_left(self) -> bool {
        let primary = self.tag().split('-').next().unwrap_or_default();
        RIGHT_TO_LEFT.contains(&primary)
    }
}

/// English is every language's last resort.
impl Default for Language {
    fn default() -> Self {
        Self::En
    }
}

/// As the table has it: its tag, and spaces up to one length.
impl From<Language> for String {
    fn from(language: Language) -> Self {
        format!("{:STORED_LENGTH$}", language.tag())
    }
}

/// From the table. A language that this version does not have, written by a newer one, is English.
impl From<String> for Language {
    fn from(stored: String) -> Self {
        Self::ALL.iter().copied().find(|language| language.tag() == stored.trim_end()).unwrap_or_default()
    }
}

/// Where the sentence of the text message begins and ends in a file: the value of `code` in the object `text`. It is
/// without escapes.
const fn place_of_the_sentence(json: &str) -> (usize, usize) {
    let json = json.as_bytes();
    let object = after(json, b"\"text\"", 0);
    let begin = after(json, b"\"", after(json, b"\"code\"", object));
    let mut end = begin;
    while json[end] != b'"' {
        assert!(json[end] != b'\\', "the sentence of the text message has an escape");
        end += 1;
    }
    (begin, end)
}

/// The end of the first `what` at or after `from`.
const fn after(json: &[u8], what: &[u8], from: usize) -> usize {
    let mut begin = from;
    let mut length = 0;
    while length < what.len() {
        assert!(begin + length < json.len(), "the file of a language has no text.code");
        if json[begin + length] == what[length] {
            length += 1;
        } else {
            begin += 1;
            length = 0;
        }
    }
    begin + length
}

const fn copy<const LENGTH: usize>(json: &str, from: usize) -> [u8; LENGTH] {
    let mut copy = [0; LENGTH];
    let mut index = 0;
    while index < LENGTH {
        copy[index] = json.as_bytes()[from + index];
        index += 1;
    }
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_is_the_one_of_the_file() {
        for language in Language::ALL {
            let file: serde_json::Value = serde_json::from_str(language.json()).unwrap();
            assert_eq!(file["text"]["code"], language.sentence(), "{language:?}");
        }
    }

    #[test]
    fn a_language_has_one_length_in_the_table_and_comes_back() {
        for language in Language::ALL {
            let stored = String::from(*language);
            assert_eq!(stored.len(), STORED_LENGTH, "{language:?}");
            assert_eq!(Language::from(stored), *language);
        }
        assert_eq!(Language::from("tlh     ".to_owned()), Language::En);
        assert_eq!(Language::default(), Language::En);
    }

    #[test]
    fn arabic_is_written_from_right_to_left() {
        let right_to_left: Vec<_> = Language::ALL.iter().filter(|language| language.is_right_to_left()).collect();
        assert_eq!(right_to_left, [&Language::Ar]);
    }
}
