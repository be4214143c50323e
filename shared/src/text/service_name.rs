//! The name of the service, as people see it.

use super::segment;

/// The name of the service: in titles, in headings, and at the beginning of each text message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceName(String);

impl ServiceName {
    /// Characters of the longest name. A long domain leaves room for fewer ([`Messages`](super::Messages)).
    pub const LONGEST: usize = 30;

    /// Signs that may be in a name beside letters, digits and spaces. The others are left out because they mean
    /// something in a text (`@`, `#`), in its placeholders, or in HTML, or count double in an SMS.
    const SIGNS: &str = "&'()+,-./!";

    /// Reads a name; none when it is not one. Its letters are those of GSM-7: a text with any other letter holds 70
    /// characters, which is not enough.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |sign: char| {
            (sign.is_alphanumeric() || sign == ' ' || Self::SIGNS.contains(sign)) && segment::septets(sign) == Some(1)
        };
        let is_name = (1..=Self::LONGEST).contains(&text.chars().count())
            && text.chars().all(is_plain)
            && text.trim() == text
            && !text.contains("  ")
            && text.chars().any(char::is_alphanumeric);
        is_name.then(|| Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ServiceName {
    fn default() -> Self {
        Self("Doorcode".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_of_letters_that_every_text_has_room_for() {
        let longest = "a".repeat(ServiceName::LONGEST);
        for good in ["A", "Doorcode", "Räksmörgås & Søn", "Channel 4", "Booking.com", "L'Été (Österreich)!", &longest]
        {
            assert_eq!(ServiceName::parse(good).map(|name| name.as_str().to_owned()), Some(good.to_owned()));
        }
        for bad in [
            "",
            " ",
            "&",
            " Acme",
            "Acme ",
            "Ac  me",
            "Ac\nme",
            "Acme {code}",
            "@acme",
            "acme #1",
            "<b>Acme</b>",
            "Acme \\",
            "Acme €",
            "Žabka",
            "東京",
            &format!("a{longest}"),
        ] {
            assert!(ServiceName::parse(bad).is_none(), "{bad:?}");
        }
        assert_eq!(ServiceName::parse("Doorcode"), Some(ServiceName::default()));
    }
}
