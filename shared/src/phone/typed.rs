//! What a person typed or pasted, as the digits of one number: the signs around and between them are of any script and
//! any keyboard.

use rlibphonenumber::PHONE_NUMBER_UTIL;
use rlibphonenumber::enums::Region;

use super::refusal::InvalidReason;
use crate::digits;

/// The longest input that is looked at: a contact card's line, not a page.
const LONGEST_INPUT: usize = 256;

/// No number of one plan is shorter, and no extension longer.
const FEWEST_DIGITS: usize = 7;

/// From here on, scripts are written without spaces between words: a label may stand right before a number.
const UNSPACED_SCRIPTS: char = '\u{2e80}';

/// What stands for a sign that is in no number and in no label of one.
const FOREIGN: char = '*';

/// The digits of one number, with a `+` before them where one was typed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) has_plus: bool,
    /// ASCII digits.
    pub(super) digits: String,
}

/// What one character of the input is.
#[derive(Clone, Copy)]
enum Sign {
    /// It leaves no trace.
    Ignored,
    Digit(char),
    Plus,
    /// It stands between the groups of one number, and sets a label apart from it.
    Space,
    /// It stands between the groups of one number.
    Separator,
    Letter(char),
    /// It stands in no number and in no label of one.
    Foreign,
    /// It ends a number, as a colon or a comma does.
    Other(char),
}

impl Typed {
    /// Finds the one number in `input`, which is read in `home`.
    pub(super) fn find(input: &str, home: Region) -> Result<Self, InvalidReason> {
        if input.chars().count() > LONGEST_INPUT {
            return Err(InvalidReason::NotANumber);
        }
        let mut scan = Scan::default();
        for c in input.chars() {
            scan.take(sign(c));
        }
        scan.finish(home)
    }
}

fn sign(c: char) -> Sign {
    match c {
        '+' | '\u{ff0b}' | '\u{fe62}' => Sign::Plus,
        // The frame of an emoji's key, and the blank Braille pattern.
        '\u{20e3}' | '\u{2800}' => Sign::Ignored,
        '(' | ')' | '[' | ']' | '|' | '\u{ff08}' | '\u{ff09}' => Sign::Space,
        '.' | '/' | '_' | '~' | '\u{b7}' | '\u{2022}' | '\u{2027}' | '\u{2044}' | '\u{22c5}' | '\u{30fb}'
        | '\u{30fc}' | '\u{ff65}' | '\u{ff70}' | '\u{ff0e}' | '\u{ff0f}' | '\u{ff3f}' | '\u{ff5e}' | '\u{2500}' => {
            Sign::Separator
        }
        '*' | '%' | '&' | '\\' | '\u{ff0a}' => Sign::Foreign,
        _ if c.is_whitespace() => Sign::Space,
        _ if digits::is_dash(c) => Sign::Separator,
        _ if digits::is_ignorable(c) => Sign::Ignored,
        _ if c.is_control() => Sign::Foreign,
        _ if c.is_alphabetic() => Sign::Letter(c),
        _ if c.is_numeric() => digits::ascii_digit(c).map_or(Sign::Foreign, Sign::Digit),
        _ => Sign::Other(c),
    }
}

/// Digits that nothing but separators parts.
#[derive(Default)]
struct Run {
    has_plus: bool,
    digits: String,
    /// How many digits the groups between separators have.
    groups: Vec<usize>,
}

/// The input as it is looked through, sign by sign.
#[derive(Default)]
struct Scan {
    runs: Vec<Run>,
    /// The input with ASCII digits and plain separators, for what the numbering plans know of extensions.
    plain: String,
    is_open: bool,
    /// A letter stands right beside a digit: it may stand for one, as `O` does.
    is_mixed: bool,
    before: Option<Near>,
}

/// What the sign before was, as far as it matters to the next one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Near {
    Digit,
    Letter,
}

impl Scan {
    fn take(&mut self, sign: Sign) {
        match sign {
            Sign::Ignored => return,
            Sign::Digit(digit) => self.digit(digit),
            Sign::Plus => self.plus(),
            Sign::Space | Sign::Separator => {
                self.plain.push(' ');
                if let Some(run) = self.runs.last_mut().filter(|_| self.is_open) {
                    run.groups.push(0);
                }
            }
            Sign::Letter(letter) => {
                self.is_mixed |= self.before == Some(Near::Digit) && letter < UNSPACED_SCRIPTS;
                self.end_run(letter);
            }
            Sign::Foreign => self.end_run(FOREIGN),
            Sign::Other(other) => self.end_run(other),
        }
        self.before = match sign {
            Sign::Digit(_) => Some(Near::Digit),
            Sign::Letter(letter) if letter < UNSPACED_SCRIPTS => Some(Near::Letter),
            // `1-800-FLOWERS`
            Sign::Separator => self.before,
            _ => None,
        };
    }

    fn digit(&mut self, digit: char) {
        self.is_mixed |= self.before == Some(Near::Letter);
        self.plain.push(digit);
        let run = self.run();
        run.digits.push(digit);
        match run.groups.last_mut() {
            Some(group) => *group += 1,
            None => run.groups.push(1),
        }
    }

    /// A plus sign begins a number. Two of them are one.
    fn plus(&mut self) {
        self.plain.push('+');
        if self.runs.last().is_some_and(|run| !run.digits.is_empty()) {
            self.is_open = false;
        }
        self.run().has_plus = true;
    }

    fn run(&mut self) -> &mut Run {
        if !self.is_open || self.runs.is_empty() {
            self.runs.push(Run::default());
            self.is_open = true;
        }
        let last = self.runs.len() - 1;
        &mut self.runs[last]
    }

    fn end_run(&mut self, sign: char) {
        self.plain.push(sign);
        self.is_open = false;
    }

    fn finish(mut self, home: Region) -> Result<Typed, InvalidReason> {
        self.runs.retain(|run| !run.digits.is_empty());
        let has_letters = self.plain.chars().any(char::is_alphabetic);
        if self.plain.contains(FOREIGN) {
            return Err(InvalidReason::NotANumber);
        }
        match self.runs.as_slice() {
            [] if has_letters => Err(InvalidReason::Letters),
            [] if self.plain.chars().all(|c| c == ' ' || c == '+') => Err(InvalidReason::Empty),
            [] => Err(InvalidReason::NotANumber),
            [_] if self.is_mixed => Err(InvalidReason::Letters),
            [run] if run.groups.iter().filter(|group| **group >= FEWEST_DIGITS).count() > 1 => {
                Err(InvalidReason::TwoNumbers)
            }
            [run] => Ok(Typed { has_plus: run.has_plus, digits: run.digits.clone() }),
            runs => Err(self.several(runs, home)),
        }
    }

    /// Why there are digits in more than one place.
    fn several(&self, runs: &[Run], home: Region) -> InvalidReason {
        let has_extension = || {
            let parsed = PHONE_NUMBER_UTIL.parse(self.plain.trim(), Some(home));
            parsed.is_ok_and(|number| number.extension.is_some())
        };
        let is_number = |run: &&Run| run.digits.len() >= FEWEST_DIGITS;
        if runs.iter().filter(is_number).count() > 1 {
            InvalidReason::TwoNumbers
        } else if has_extension() {
            InvalidReason::Extension
        } else if self.is_mixed {
            InvalidReason::Letters
        } else if runs.iter().any(|run| is_number(&run)) {
            InvalidReason::TwoNumbers
        } else if self.plain.chars().any(char::is_alphabetic) {
            InvalidReason::Letters
        } else {
            InvalidReason::NotANumber
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(input: &str) -> Result<String, InvalidReason> {
        Typed::find(input, Region::SE).map(|typed| format!("{}{}", if typed.has_plus { "+" } else { "" }, typed.digits))
    }

    #[test]
    fn separators_of_every_keyboard_part_the_groups_of_one_number() {
        for input in [
            "070-174 06 05",
            "070\u{2212}174\u{2212}06\u{2212}05",
            "070\u{30fc}174\u{30fc}06\u{30fc}05",
            "070\u{ff70}1740605",
            "070~174~06~05",
            "070\u{301c}1740605",
            "070·174·06·05",
            "070_174_06_05",
            "(070) 174/06.05",
            "070\u{ff08}1740605\u{ff09}",
            "070\u{2009}174\u{202f}06\u{2028}05",
            "070\t174\n0605\r\n",
            "\u{ff10}\u{ff17}\u{ff10}\u{ff0d}1740605",
            "٠٧٠١٧٤٠٦٠٥",
            "०७०१७४०६०५",
        ] {
            assert_eq!(found(input).as_deref(), Ok("0701740605"), "{input:?}");
        }
    }

    /// What cannot be seen comes along when a number is pasted.
    #[test]
    fn invisible_signs_leave_no_trace() {
        for unseen in [
            '\u{200b}',
            '\u{200e}',
            '\u{202d}',
            '\u{2066}',
            '\u{feff}',
            '\u{fe0f}',
            '\u{34f}',
            '\u{20e3}',
            '\u{3164}',
            '\u{115f}',
            '\u{2800}',
            '\u{ad}',
            '\u{e0020}',
        ] {
            let input = format!("{unseen}+46{unseen}70{unseen}{unseen}1740605{unseen}");
            assert_eq!(found(&input).as_deref(), Ok("+46701740605"), "{unseen:?}");
        }
    }

    #[test]
    fn the_one_number_of_a_contact_card_is_found() {
        for input in [
            "Mobile: +46 70 174 06 05",
            "+46 70 174 06 05 (mobile)",
            "tel:+46-70-174-06-05",
            "M +46 70 174 06 05",
            "Ada Lovelace, +46 70 174 06 05",
            "📱 +46 70 174 06 05",
            "携帯+46 70 174 06 05",
            "電話：+46 70 174 06 05",
            "++46701740605",
            "\u{ff0b}46701740605",
        ] {
            assert_eq!(found(input).as_deref(), Ok("+46701740605"), "{input:?}");
        }
    }

    #[test]
    fn what_is_not_one_number_says_why() {
        for (reason, inputs) in [
            (InvalidReason::Empty, &["", "  ", "+", "-", "\u{200b}", "\u{3164}"][..]),
            (InvalidReason::Letters, &["hello", "1-800-FLOWERS", "O701740605", "07O1740605", "070174060S", "07 Ol 7"]),
            (
                InvalidReason::Extension,
                &["+46701740605x12", "+46701740605 ext. 5", "+46701740605;ext=1", "070-174 06 05 #12"],
            ),
            (
                InvalidReason::TwoNumbers,
                &[
                    "+46701740605, +46701740606",
                    "+46701740605 +46701740606",
                    "0701740605 / 0701740606",
                    "+46 70 174 06 05 eller 06",
                    "Mobile: 070-1740605 Work: 08-12345678",
                ],
            ),
            (InvalidReason::NotANumber, &["*", "+46701740605*", "%2B46701740605", "+4670\u{0}1740605", "12²", ":)"]),
        ] {
            for input in inputs {
                assert_eq!(found(input), Err(reason), "{input:?}");
            }
        }
        assert_eq!(found(&"0".repeat(257)), Err(InvalidReason::NotANumber));
    }
}
