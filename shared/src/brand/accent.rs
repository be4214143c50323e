//! The colour of links and buttons, which must be legible in both themes.

use std::fmt;

/// The grounds that it stands on, as in `functions/pages/assets/base.css`: the page, a field and a note.
const LIGHT: [Rgb; 3] = [Rgb(0xf6, 0xf3, 0xec), Rgb(0xff, 0xfe, 0xfb), Rgb(0xfb, 0xf0, 0xd2)];
const DARK: [Rgb; 3] = [Rgb(0x15, 0x14, 0x12), Rgb(0x1f, 0x1d, 0x1a), Rgb(0x2f, 0x29, 0x19)];

/// WCAG 2.2 AA asks for so much of text that is not large.
const LEAST_CONTRAST: f64 = 4.5;

/// How much lighter a try is than the one before it, of 100, until the colour is legible in the dark.
const STEP: u8 = 5;

/// A colour for each theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent {
    light: Rgb,
    dark: Rgb,
}

/// What one theme has of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Themed {
    /// The colour.
    pub accent: Rgb,
    /// Under a pointer: with more contrast.
    pub strong: Rgb,
    /// Text on either of them.
    pub on_accent: Rgb,
}

/// A colour. It is displayed as in CSS: `#14594a`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(u8, u8, u8);

impl Accent {
    /// Reads `#14594a`, or one colour for each theme, `#14594a,#8ed8c0`. Of one colour alone the dark theme has a tint
    /// that can be read on it.
    ///
    /// # Errors
    /// [`BadAccent`]: no colour, or one that cannot be read.
    pub fn parse(text: &str) -> Result<Self, BadAccent> {
        let (light, dark) = text.split_once(',').map_or((text, None), |(light, dark)| (light, Some(dark)));
        let light = Rgb::parse(light.trim()).ok_or(BadAccent::NoColor)?;
        let dark = match dark {
            Some(dark) => Rgb::parse(dark.trim()).ok_or(BadAccent::NoColor)?,
            None => light.legible_tint(),
        };
        for (color, grounds, theme) in [(light, LIGHT, "light"), (dark, DARK, "dark")] {
            let contrast = color.least_contrast(&grounds);
            if contrast < LEAST_CONTRAST {
                return Err(BadAccent::Illegible { color, theme, contrast });
            }
        }
        Ok(Self { light, dark })
    }

    /// What the light theme has.
    #[must_use]
    pub fn light(self) -> Themed {
        Themed { accent: self.light, strong: self.light.mixed(Rgb(0, 0, 0), 25), on_accent: LIGHT[1] }
    }

    /// What the dark theme has.
    #[must_use]
    pub fn dark(self) -> Themed {
        Themed { accent: self.dark, strong: self.dark.mixed(Rgb(255, 255, 255), 35), on_accent: DARK[0] }
    }
}

/// Doorcode's own: the green of its door.
impl Default for Accent {
    fn default() -> Self {
        Self { light: Rgb(0x14, 0x59, 0x4a), dark: Rgb(0x8e, 0xd8, 0xc0) }
    }
}

impl Rgb {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let part = |from: usize| u8::from_str_radix(digits.get(from..from + 2)?, 16).ok();
        if is_hex { Some(Self(part(0)?, part(2)?, part(4)?)) } else { None }
    }

    /// It, or the darkest of its tints that can be read in the dark theme. White can, so there is one.
    fn legible_tint(self) -> Self {
        let tints = (0..=100).step_by(usize::from(STEP)).filter_map(|share| u8::try_from(share).ok());
        let mut legible = tints.map(|share| self.mixed(Self(255, 255, 255), share));
        legible.find(|tint| tint.least_contrast(&DARK) >= LEAST_CONTRAST).unwrap_or(self)
    }

    /// It with so much, of 100, of another.
    fn mixed(self, other: Self, share: u8) -> Self {
        let mix = |own: u8, other: u8| {
            let (own, other, share) = (u32::from(own), u32::from(other), u32::from(share));
            u8::try_from((own * (100 - share) + other * share + 50) / 100).unwrap_or(u8::MAX)
        };
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    fn least_contrast(self, grounds: &[Self]) -> f64 {
        let own = self.luminance();
        let contrast = |ground: &Self| {
            let other = ground.luminance();
            (own.max(other) + 0.05) / (own.min(other) + 0.05)
        };
        grounds.iter().map(contrast).fold(f64::INFINITY, f64::min)
    }

    /// Relative luminance, as WCAG 2.2 defines it.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let share = f64::from(part) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// A colour that pages cannot have.
#[derive(Debug, thiserror::Error)]
pub enum BadAccent {
    /// It is not written as a colour.
    #[error("it is not one colour or two")]
    NoColor,
    /// Text of it is hard to read.
    #[error("{color} has a contrast of {contrast:.1} in the {theme} theme, and text needs 4.5")]
    Illegible {
        /// The colour.
        color: Rgb,
        /// Where it fails.
        theme: &'static str,
        /// Its contrast there.
        contrast: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Rgb(0, 0, 0).least_contrast(&[Rgb(255, 255, 255)]) - 21.0).abs() < 0.001);
        assert!((Rgb(0x76, 0x76, 0x76).least_contrast(&[Rgb(255, 255, 255)]) - 4.54).abs() < 0.01);
    }

    #[test]
    fn a_color_that_cannot_be_read_is_refused_and_told_where() {
        for (text, said) in [
            ("", "not one colour or two"),
            ("green", "not one colour or two"),
            ("#14594", "not one colour or two"),
            ("#14594g", "not one colour or two"),
            ("#1459\u{e4}a", "not one colour or two"),
            ("#14594a,", "not one colour or two"),
            ("#ffcc00", "#ffcc00 has a contrast of 1.3 in the light theme"),
            ("#14594a,#14594a", "in the dark theme"),
        ] {
            let error = Accent::parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text:?}: {error}");
        }
    }

    /// Whatever is taken is legible in every place that the pages have for it.
    #[test]
    fn a_color_that_is_taken_is_legible_everywhere() {
        for text in ["#14594a", "#14594a,#8ed8c0", "#003399", "#b00020", "#000000", " #5B2A86 , #d0b3ff "] {
            let accent = Accent::parse(text).unwrap();
            for (themed, grounds) in [(accent.light(), LIGHT), (accent.dark(), DARK)] {
                for (color, ground) in [
                    (themed.accent, &grounds[..]),
                    (themed.strong, &grounds),
                    (themed.accent, &[themed.on_accent]),
                    (themed.strong, &[themed.on_accent]),
                ] {
                    assert!(color.least_contrast(ground) >= LEAST_CONTRAST, "{text}: {color}");
                }
            }
        }
        assert_eq!(Accent::parse("#14594a,#8ed8c0").unwrap(), Accent::default());
    }
}
