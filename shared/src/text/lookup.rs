//! Which language a browser asks for.

use super::Language;

/// Ranges that lead to a language by another name. Norwegian is written as Bokmål; a region of China or Singapore writes
/// Chinese in simplified signs, and so does one that names no region.
const OTHER_NAMES: [(&str, Language); 3] = [("no", Language::Nb), ("nn", Language::Nb), ("zh", Language::ZhHans)];

/// Ranges that lead to none: their readers write other signs, so a shorter range must not be tried for them.
const OF_ANOTHER_SCRIPT: [&str; 4] = ["zh-Hant", "zh-TW", "zh-HK", "zh-MO"];

/// The quality of a range without one, in thousandths.
const FULL: u16 = 1_000;

impl Language {
    /// The language for an `Accept-Language` header, by the lookup of RFC 4647 section 3.4: of the range with the
    /// highest quality that leads to a language; among equals, of the first. A range leads to the language of that tag,
    /// or else a shorter range is tried. `*` asks for none. What is not a range is passed over, and without any that
    /// leads somewhere it is English.
    #[must_use]
    pub fn lookup(accept_language: &str) -> Self {
        let mut best = None;
        for (range, quality) in accept_language.split(',').filter_map(read) {
            if quality > best.map_or(0, |(quality, _)| quality)
                && let Some(language) = of_range(range)
            {
                best = Some((quality, language));
            }
        }
        best.map_or_else(Self::default, |(_, language)| language)
    }
}

/// A range and its quality, such as `de-CH;q=0.8`.
fn read(element: &str) -> Option<(&str, u16)> {
    let (range, quality) = match element.split_once(';') {
        Some((range, weight)) => (range, quality(weight.trim())?),
        None => (element, FULL),
    };
    let range = range.trim();
    let is_subtag =
        |subtag: &str| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    range.split('-').all(is_subtag).then_some((range, quality))
}

/// `q=0.8` in thousandths: at most 1, with at most three digits after the point (RFC 9110 section 12.4.2).
fn quality(weight: &str) -> Option<u16> {
    let value = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="))?;
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    let is_number = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths = match whole {
        "0" => format!("{part:0<3}").parse().ok()?,
        "1" if part.bytes().all(|byte| byte == b'0') => FULL,
        _ => return None,
    };
    is_number.then_some(thousandths)
}

fn of_range(range: &str) -> Option<Language> {
    let mut range = range;
    loop {
        let is_here = |tag: &str| tag.eq_ignore_ascii_case(range);
        if let Some(language) = Language::ALL.iter().find(|language| is_here(language.tag())) {
            return Some(*language);
        }
        if OF_ANOTHER_SCRIPT.iter().any(|other| is_here(other)) {
            return None;
        }
        if let Some((_, language)) = OTHER_NAMES.iter().find(|(name, _)| is_here(name)) {
            return Some(*language);
        }
        range = shorter(range)?;
    }
}

/// The range without its last subtag, and without a single letter that would then be its last: it begins an extension.
fn shorter(range: &str) -> Option<&str> {
    let (shorter, _) = range.rsplit_once('-')?;
    match shorter.rsplit_once('-') {
        Some((rest, last)) if last.len() == 1 => Some(rest),
        _ => Some(shorter),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The headers of browsers, and of RFC 4647.
    #[test]
    fn the_language_is_looked_up() {
        for (header, tag) in [
            ("", "en"),
            ("*", "en"),
            ("sv", "sv"),
            ("SV-se", "sv"),
            ("sv-SE,sv;q=0.9,en-US;q=0.8,en;q=0.7", "sv"),
            ("en-US,en;q=0.9,sv;q=0.8", "en"),
            ("is-IS,is;q=0.9,da;q=0.8,en;q=0.7", "da"),
            ("de;q=0.3, fr;q=0.7 , it;q=0.65", "fr"),
            ("de;q=0.5,fr;q=0.5", "de"),
            ("de;q=0,fr;q=0.001", "fr"),
            ("de;q=0.000", "en"),
            ("*,pl;q=0.1", "pl"),
            ("pt-BR,pt;q=0.9,en;q=0.8", "pt"),
            ("no", "nb"),
            ("nn-NO,nn;q=0.9,en;q=0.8", "nb"),
            ("no-NO-x-old", "nb"),
            ("de-CH-1996", "de"),
            ("de-x-private", "de"),
            ("de-a-extended-x-private", "de"),
            ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
            ("zh", "zh-Hans"),
            ("zh-SG", "zh-Hans"),
            ("zh-Hans-CN", "zh-Hans"),
            ("zh-hans-hk", "zh-Hans"),
            ("zh-Hant-TW,zh-TW;q=0.9,ja;q=0.5", "ja"),
            ("zh-HK", "en"),
            // They say themselves that they take Chinese of any kind.
            ("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", "zh-Hans"),
            ("uk-UA", "uk"),
            ("ar-EG", "ar"),
            ("tlh", "en"),
        ] {
            assert_eq!(Language::lookup(header).tag(), tag, "{header:?}");
        }
    }

    /// What is no range is passed over, and the rest still counts.
    #[test]
    fn what_is_malformed_asks_for_nothing() {
        for header in [
            ",",
            ";",
            "sv_SE",
            "sv;",
            "sv;q",
            "sv;q=",
            "sv;q=2",
            "sv;q=1.001",
            "sv;q=0.0001",
            "sv;q=-1",
            "sv;q=.5",
            "sv;q=0.5;q=0.6",
            "sv;level=1",
            "sv-",
            "-sv",
            "sv--SE",
            "s v",
            "svenskaspråket",
            "swedish-of-sweden",
            "ß",
            "sv;q=NaN",
            "sv\u{a0}SE",
            "\u{0}sv",
        ] {
            assert_eq!(Language::lookup(header).tag(), "en", "{header:?}");
            assert_eq!(Language::lookup(&format!("{header},fr;q=0.1")).tag(), "fr", "{header:?}");
        }
    }

    proptest! {
        #[test]
        fn any_header_leads_to_a_language(header in "[a-z*;=,.0-9 -]{0,40}|.{0,40}") {
            let _ = Language::lookup(&header);
        }

        /// Each language is found by its own tag, whatever stands behind it with a lower quality.
        #[test]
        fn each_language_is_found(index in 0..Language::ALL.len(), behind in "(,[a-z]{2};q=0\\.[0-9]{1,3}){0,5}") {
            let language = Language::ALL[index];
            prop_assert_eq!(Language::lookup(&format!("{}-XX{behind}", language.tag())), language);
        }
    }
}
