//! Why a number is not taken, as a reason for programs and a sentence for people.
//!
//! The sentences name countries and examples, never what was typed.

use rlibphonenumber::enums::Region;

use super::country::Country;
use super::example;

/// The most served countries that a sentence names.
const MOST_NAMED: usize = 4;

/// Why something typed is no number, or a number that gets no text.
#[derive(Debug)]
pub enum Refusal {
    /// It cannot be read as one phone number.
    Invalid(InvalidPhone),
    /// It is a phone number that this deployment does not text.
    Unsupported(UnsupportedNumber),
}

/// Something typed that cannot be read as one phone number.
#[derive(Debug)]
pub struct InvalidPhone {
    /// What is wrong with it.
    pub reason: InvalidReason,
    /// The same in an English sentence, with an example of the country in whose form it was read.
    pub detail: String,
}

/// A phone number that is not texted.
#[derive(Debug)]
pub struct UnsupportedNumber {
    /// Why not.
    pub reason: UnsupportedReason,
    /// The country that it belongs to, where that is known.
    pub country: Option<Country>,
    /// The same in an English sentence.
    pub detail: String,
}

/// Makes an enum of reasons with their names in answers, so that no list of them can miss one.
macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$reason_doc:meta])* $reason:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$reason_doc])* $reason,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$reason),*];

            /// Its name in answers.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$reason => $text,)*
                }
            }
        }
    };
}

reasons! {
    /// Why something typed is not read as a phone number.
    InvalidReason {
        /// Nothing was typed.
        Empty = "empty",
        /// There are letters between the digits, or in place of them.
        Letters = "letters",
        /// A mobile number has more digits there.
        TooShort = "too-short",
        /// A mobile number has fewer digits there.
        TooLong = "too-long",
        /// It ends in an extension, which is reached by a call alone.
        Extension = "extension",
        /// It is more than one number.
        TwoNumbers = "two-numbers",
        /// It fits into no numbering plan.
        NotANumber = "not-a-number",
    }
}

reasons! {
    /// Why a phone number is not texted.
    UnsupportedReason {
        /// Its country is not served.
        CountryNotServed = "country-not-served",
        /// A fixed line.
        FixedLine = "fixed-line",
        /// Neither a fixed line nor a number of a mobile phone alone.
        OtherKind = "other-kind",
        /// It fits into its country's plan, but lies in none of the ranges that are known to be in use.
        NewRange = "new-range",
        /// It is set aside for fiction.
        SetAside = "set-aside",
    }
}

impl InvalidPhone {
    /// `region`: whose form is shown as the right one.
    pub(super) fn new(reason: InvalidReason, region: Region) -> Self {
        let example = example::national(region);
        let place = Country::of(region);
        let place = place.as_ref().map_or("this country", Country::name);
        let detail = match reason {
            InvalidReason::Empty => format!("Type a mobile number, such as {example}."),
            InvalidReason::Letters => format!("Write the number in digits, without letters, such as {example}."),
            InvalidReason::TooShort => {
                format!("This number is too short for {place}. A mobile number there looks like {example}.")
            }
            InvalidReason::TooLong => {
                format!("This number is too long for {place}. A mobile number there looks like {example}.")
            }
            InvalidReason::Extension => {
                "A code cannot be sent to an extension. Type a mobile number without one.".to_owned()
            }
            InvalidReason::TwoNumbers => "There is more than one number here. Type only the one to use.".to_owned(),
            InvalidReason::NotANumber => format!(
                "This is not a phone number. A mobile number of {place} looks like {example}; for another country, \
                 begin with + and the country code."
            ),
        };
        Self { reason, detail }
    }
}

impl UnsupportedNumber {
    pub(super) fn new(reason: UnsupportedReason, region: Option<Region>, served: &[Country]) -> Self {
        let country = region.and_then(Country::of);
        let place = country.as_ref().map(Country::name);
        let number = place.map_or_else(|| "This number".to_owned(), |place| format!("This number of {place}"));
        let example = region
            .map_or_else(String::new, |region| format!(" Use a mobile number, such as {}.", example::national(region)));
        let detail = match reason {
            UnsupportedReason::CountryNotServed => {
                let territory = territory_sentence(country, served);
                format!("This is a number of {}. {}{territory}", place.unwrap_or("no country"), served_sentence(served))
            }
            UnsupportedReason::FixedLine => format!("{number} is a landline, which gets no codes.{example}"),
            UnsupportedReason::OtherKind => {
                format!("{number} is of a kind that gets no codes, such as a service number.{example}")
            }
            UnsupportedReason::NewRange => format!(
                "{number} is in a range that is not known to be in use yet, so no code can be sent to it. Use another \
                 number."
            ),
            UnsupportedReason::SetAside => {
                format!("{number} is set aside for films and books: nobody can get a code at it.")
            }
        };
        Self { reason, country, detail }
    }
}

fn served_sentence(served: &[Country]) -> String {
    let names: Vec<_> = served.iter().map(Country::name).collect();
    match names.as_slice() {
        [] => "No country gets codes now.".to_owned(),
        [name] => format!("Codes go to mobile numbers of {name} only."),
        [names @ .., last] if names.len() < MOST_NAMED => {
            format!("Codes go to mobile numbers of {} and {last} only.", names.join(", "))
        }
        names => format!("Codes go to mobile numbers of {} countries, and this is not one of them.", names.len()),
    }
}

/// People take a territory for a part of its country, and wonder why that one is served.
fn territory_sentence(country: Option<Country>, served: &[Country]) -> String {
    let territory = country.and_then(|country| Some((country, country.parent()?)));
    let territory = territory.filter(|(_, parent)| served.contains(parent));
    territory.map_or_else(String::new, |(country, parent)| {
        format!(" For phone numbers, {} is not a part of {}.", country.name(), parent.name())
    })
}
