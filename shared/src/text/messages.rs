//! The text message of each language, for one domain and one name of the service.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{CountryMessages, Language, ServiceName, SmsDomain, segment};
use crate::phone::Country;

/// A code of the longest kind: a text must have room for it.
const LONGEST_CODE: &str = "00000000";

/// What a text says, but for its code. Each fits one SMS segment, with a code of any length. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Messages(Arc<Words>);

#[derive(Debug)]
struct Words {
    domain: SmsDomain,
    /// In the order of [`Language::ALL`]. A language whose text does not fit has the English one.
    by_language: Vec<String>,
    by_country: BTreeMap<Country, String>,
}

impl Messages {
    /// The texts of a service at `domain`; to the countries in `by_country` those, whatever the language.
    ///
    /// # Errors
    /// [`DoesNotFit`]: the name of the service is too long for the domain, or the text of a country is.
    pub fn new(domain: SmsDomain, service: &ServiceName, by_country: CountryMessages) -> Result<Self, DoesNotFit> {
        let filled = |words: &str| words.replace("{service}", service.as_str());
        let fits = |words: &str| segment::room(&written(words, &domain, LONGEST_CODE)).is_some();
        let english = filled(Language::En.sentence());
        if !fits(&english) {
            let (longest, length) = (Self::room(Language::En), service.as_str().chars().count());
            return Err(DoesNotFit::Name { longest: longest.saturating_sub(domain.as_str().len()), length });
        }
        let own = |language: &Language| filled(language.sentence());
        let by_language =
            Language::ALL.iter().map(own).map(|own| if fits(&own) { own } else { english.clone() }).collect();
        let by_country = by_country.0.into_iter().map(|(country, words)| (country, filled(&words)));
        let by_country: BTreeMap<_, _> = by_country.collect();
        match by_country.iter().find(|(_, words)| !fits(words)) {
            Some((country, _)) => Err(DoesNotFit::Country(*country)),
            None => Ok(Self(Arc::new(Words { domain, by_language, by_country }))),
        }
    }

    /// The characters that one segment of this language has for the name of the service and the domain together.
    /// Where they are longer, texts are in English.
    #[must_use]
    pub fn room(language: Language) -> usize {
        let sentence = language.sentence().replace("{service}", "").replace("{code}", LONGEST_CODE);
        segment::room(&format!("{sentence}{}", last_line("", LONGEST_CODE))).unwrap_or_default()
    }

    /// The whole message: fixed words, and the line that browsers read (requirement I-08).
    #[must_use]
    pub fn text(&self, language: Language, country: Country, code: &str) -> String {
        let by_language = || self.0.by_language.get(language as usize).map(String::as_str);
        let words = self.0.by_country.get(&country).map(String::as_str).or_else(by_language).unwrap_or_default();
        written(words, &self.0.domain, code)
    }
}

fn written(words: &str, domain: &SmsDomain, code: &str) -> String {
    words.replace("{code}", code) + &last_line(domain.as_str(), code)
}

fn last_line(domain: &str, code: &str) -> String {
    format!("\n\n@{domain} #{code}")
}

/// Words that are too long for one segment.
#[derive(Debug, thiserror::Error)]
pub enum DoesNotFit {
    /// The name of the service.
    #[error("it has {length} characters, and with this domain a text has room for {longest}")]
    Name {
        /// The characters of the longest name that would fit.
        longest: usize,
        /// Those of the name.
        length: usize,
    },
    /// The text of a country.
    #[error("the text of {} does not fit one SMS with this domain and name", .0.as_str())]
    Country(Country),
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODES: [&str; 2] = ["012345", "01234567"];

    fn country(code: &str) -> Country {
        Country::try_from(code.to_owned()).unwrap()
    }

    fn messages(domain: &str, service: &str) -> Result<Messages, DoesNotFit> {
        let service = ServiceName::parse(service).unwrap();
        Messages::new(SmsDomain::parse(domain).unwrap(), &service, CountryMessages::default())
    }

    fn domain_of(length: usize) -> String {
        format!("{}.{}", "a".repeat(length / 2), "b".repeat(length - length / 2 - 1))
    }

    /// Requirement I-08.
    #[test]
    fn a_text_is_one_segment_and_ends_with_the_line_that_browsers_read() {
        let messages = messages("login.example.com", "Acme").unwrap();
        let text = messages.text(Language::En, country("SE"), "012345");
        assert_eq!(
            text,
            "Acme: 012345 is your code. Valid for a few minutes. Nobody will ask you for it.\n\n@login.example.com #012345"
        );
        assert!(text.len() <= 160 && text.is_ascii());
    }

    /// Up to the length that a language promises its text is its own, and one more character makes it English; it is one
    /// segment all the same, whatever the code, the name and the domain (I-08).
    #[test]
    fn every_text_of_every_language_is_one_segment() {
        let longest = "a".repeat(ServiceName::LONGEST);
        for (service, domain) in ["A", "Doorcode", "Räksmörgås AB", &longest]
            .into_iter()
            .flat_map(|service| (3..=61_usize).map(move |domain| (service, domain)))
        {
            let both = service.chars().count() + domain;
            let made = messages(&domain_of(domain), service);
            assert_eq!(made.is_ok(), both <= Messages::room(Language::En), "{service} {domain}");
            let Ok(messages) = made else { continue };
            for (language, code) in Language::ALL.iter().flat_map(|language| CODES.map(|code| (*language, code))) {
                let text = messages.text(language, country("SE"), code);
                assert!(segment::room(&text).is_some(), "{text}");
                assert!(text.ends_with(&format!("\n\n@{} #{code}", domain_of(domain))), "{text}");
                let is_own = language == Language::En || text != messages.text(Language::En, country("SE"), code);
                assert_eq!(is_own, both <= Messages::room(language), "{language:?} {service} {domain}: {text}");
            }
        }
    }

    /// Sentences are plain: the service first, the code once and apart from letters, nothing that a phone makes a link
    /// of, and no second line (I-08).
    #[test]
    fn sentences_have_a_service_a_code_and_nothing_to_touch() {
        for language in Language::ALL {
            let sentence = language.sentence();
            assert!(sentence.starts_with("{service}"), "{sentence}");
            let (before, after) = sentence.split_once("{code}").unwrap();
            assert!(before.ends_with([' ', '：']) && after.starts_with([' ', '.', ',']), "{sentence}");
            let rest = sentence.replacen("{service}", "", 1).replacen("{code}", "", 1);
            assert!(!rest.contains(['{', '}', '@', '#', '/', '\n']) && !rest.contains(|s: char| s.is_ascii_digit()));
        }
    }

    /// The default name fits every domain.
    #[test]
    fn the_default_name_fits_the_longest_domain() {
        assert!(messages(&domain_of(61), ServiceName::default().as_str()).is_ok());
    }

    #[test]
    fn a_name_that_does_not_fit_says_how_long_it_may_be() {
        let error = messages(&domain_of(61), "A service of a long name").unwrap_err().to_string();
        assert_eq!(error, "it has 24 characters, and with this domain a text has room for 9");
    }

    /// In a country with words of its own the language does not matter; elsewhere nothing changes.
    #[test]
    fn a_country_can_have_words_of_its_own() {
        let made = |json: &str| {
            let domain = SmsDomain::parse("login.example.com").unwrap();
            Messages::new(domain, &ServiceName::default(), CountryMessages::parse(json).unwrap())
        };
        let messages = made(r#"{"IN": "Use {code} to sign in to {service}. -ACMEIN"}"#).unwrap();
        for language in [Language::En, Language::Sv, Language::Ar] {
            assert_eq!(
                messages.text(language, country("IN"), "012345"),
                "Use 012345 to sign in to Doorcode. -ACMEIN\n\n@login.example.com #012345"
            );
        }
        assert!(messages.text(Language::Sv, country("SE"), "012345").contains("är din kod"));
        let longest = format!(r#"{{"IN": "{{code}}{}"}}"#, "x".repeat(160 - 8 - 30));
        assert!(made(&longest).is_ok());
        let error = made(&longest.replace("xx", "xxx")).unwrap_err().to_string();
        assert_eq!(error, "the text of IN does not fit one SMS with this domain and name");
    }
}
