//! Texts of fixed words, for countries where the words of a text must be registered before it is sent.

use std::collections::BTreeMap;

use crate::phone::Country;

/// The words for each such country, with the placeholders `{code}` and `{service}`.
#[derive(Clone, Debug, Default)]
pub struct CountryMessages(pub(super) BTreeMap<Country, String>);

impl CountryMessages {
    /// Reads a JSON object such as `{"IN": "{code} is your code for {service}."}`.
    ///
    /// # Errors
    /// [`BadMessages`], which says what is wrong.
    pub fn parse(json: &str) -> Result<Self, BadMessages> {
        let messages: BTreeMap<Country, String> =
            serde_json::from_str(json).map_err(|error| BadMessages::Json(error.to_string()))?;
        for (country, words) in &messages {
            if words.matches("{code}").count() != 1 {
                return Err(BadMessages::Code(*country));
            }
            let rest = words.replace("{code}", "").replace("{service}", "");
            if rest.contains(['{', '}', '\n', '\r']) {
                return Err(BadMessages::Sign(*country));
            }
        }
        Ok(Self(messages))
    }

    /// Whether there are words for the country of these two letters.
    #[must_use]
    pub fn has(&self, country: &str) -> bool {
        self.0.keys().any(|known| known.as_str() == country)
    }
}

/// What is wrong with the texts of countries.
#[derive(Debug, thiserror::Error)]
pub enum BadMessages {
    /// It is not an object of countries and texts.
    #[error("{0}")]
    Json(String),
    /// The code is missing, or is there twice.
    #[error("the text of {} does not have {{code}} once", .0.as_str())]
    Code(Country),
    /// There is a placeholder that means nothing, or a line break.
    #[error("the text of {} has braces that are neither {{code}} nor {{service}}, or a second line", .0.as_str())]
    Sign(Country),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_a_code_and_no_other_placeholder() {
        let messages =
            CountryMessages::parse(r#"{"IN": "{code} is your code for {service}.", "CN": "{code}"}"#).unwrap();
        assert!(messages.has("IN") && !CountryMessages::default().has("IN"));
        for (json, flaw) in [
            ("", "EOF"),
            ("[]", "invalid type"),
            (r#"{"India": "{code}"}"#, "India"),
            (r#"{"in": "{code}"}"#, "in"),
            (r#"{"IN": 1}"#, "invalid type"),
            (r#"{"IN": "no code"}"#, "the text of IN does not have {code} once"),
            (r#"{"IN": "{code} {code}"}"#, "the text of IN does not have {code} once"),
            (r#"{"IN": "{code} {name}"}"#, "the text of IN has braces"),
            (r#"{"IN": "{code}\n@evil.example"}"#, "the text of IN has braces"),
        ] {
            let said = CountryMessages::parse(json).unwrap_err().to_string();
            assert!(said.contains(flaw), "{json}: {said}");
        }
    }
}
