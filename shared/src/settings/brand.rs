//! The variables of what a service shows of itself besides its name. Each may be left out.

use super::environment::{BadSetting, Variable, service_name};
use crate::brand::{Accent, Brand, Link};

const LINK: &str = "an address that begins with https://, or nothing";

static ACCENT_COLOR: Variable = Variable {
    name: "DOORCODE_ACCENT_COLOR",
    shape: "a colour, or two with a comma between them for the light and the dark theme, dark or light enough for text",
    example: "#14594a,#8ed8c0",
};
static TERMS_URL: Variable =
    Variable { name: "DOORCODE_TERMS_URL", shape: LINK, example: "https://www.example.com/terms" };
static PRIVACY_URL: Variable =
    Variable { name: "DOORCODE_PRIVACY_URL", shape: LINK, example: "https://www.example.com/privacy" };
static SUPPORT_URL: Variable =
    Variable { name: "DOORCODE_SUPPORT_URL", shape: LINK, example: "https://www.example.com/help" };

pub(super) fn brand() -> Result<Brand, BadSetting> {
    Ok(Brand {
        service: service_name()?,
        accent: accent()?,
        terms: TERMS_URL.read(Link::parse)?,
        privacy: PRIVACY_URL.read(Link::parse)?,
        support: SUPPORT_URL.read(Link::parse)?,
    })
}

fn accent() -> Result<Accent, BadSetting> {
    let Some(text) = ACCENT_COLOR.optional() else { return Ok(Accent::default()) };
    Accent::parse(&text).map_err(|error| ACCENT_COLOR.malformed_by(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each example would be taken.
    #[test]
    fn the_examples_are_good() {
        assert!(Accent::parse(ACCENT_COLOR.example).is_ok());
        for link in [&TERMS_URL, &PRIVACY_URL, &SUPPORT_URL] {
            assert!(Link::parse(link.example).is_some());
        }
    }

    #[test]
    fn a_color_that_cannot_be_read_is_named_with_its_contrast() {
        let error = Accent::parse("#ffcc00").unwrap_err();
        let told = ACCENT_COLOR.malformed_by(&error).to_string();
        assert!(
            told.starts_with("DOORCODE_ACCENT_COLOR is malformed: #ffcc00 has a contrast of 1.3 in the light theme"),
            "{told}"
        );
    }
}
