//! The attributes of a text: its sender and its highest price.

use crate::phone::Country;

/// What SNS is told about each text besides its number and its words.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    /// Whom a text comes from.
    pub sender: Sender,
    /// What India's registry made of the sender and of the text, for numbers of India.
    pub india: Option<IndiaIds>,
    /// What one text may cost.
    pub max_price: MaxPrice,
}

impl Attributes {
    /// Name, type and value of each attribute that is set, as the "Publish" action in the Amazon SNS API reference
    /// calls them.
    pub(super) fn each(&self, country: Country) -> impl Iterator<Item = (&'static str, &'static str, &str)> {
        let sender = match &self.sender {
            Sender::ChosenBySns => None,
            Sender::Id(id) => Some(("AWS.SNS.SMS.SenderID", "String", id.0.as_str())),
            Sender::Number(number) => Some(("AWS.MM.SMS.OriginationNumber", "String", number.0.as_str())),
        };
        let india = self.india.iter().filter(move |_| country.as_str() == IndiaIds::COUNTRY);
        let india = india.flat_map(|ids| {
            [
                ("AWS.MM.SMS.EntityId", "String", ids.entity.as_str()),
                ("AWS.MM.SMS.TemplateId", "String", ids.template.as_str()),
            ]
        });
        // Somebody waits for the text. For transactional texts SNS chooses the most reliable route.
        let always = [
            ("AWS.SNS.SMS.SMSType", "String", "Transactional"),
            ("AWS.SNS.SMS.MaxPrice", "Number", self.max_price.as_str()),
        ];
        always.into_iter().chain(sender).chain(india)
    }
}

/// Whom a text comes from. There is no way to set both: SNS would have to choose one of them.
#[derive(Clone, Debug, Default)]
pub enum Sender {
    /// Whom SNS chooses, for each country among those that the account has.
    #[default]
    ChosenBySns,
    /// The name that a phone shows.
    Id(SenderId),
    /// The number that it shows.
    Number(OriginationNumber),
}

/// The ids of India's registry (DLT) for the company that sends and for the text that it sends. Carriers there drop a
/// text without them.
#[derive(Clone, Debug)]
pub struct IndiaIds {
    entity: String,
    template: String,
}

impl IndiaIds {
    /// The country that they are for.
    pub const COUNTRY: &str = "IN";
    const LONGEST: usize = 50;

    /// Of the company, and of the text; none when one of them is no id.
    #[must_use]
    pub fn new(entity: &str, template: &str) -> Option<Self> {
        let made = || Self { entity: entity.to_owned(), template: template.to_owned() };
        (Self::is_id(entity) && Self::is_id(template)).then(made)
    }

    /// Whether it can be one of them: 1 to 50 letters or digits.
    #[must_use]
    pub fn is_id(text: &str) -> bool {
        (1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }
}

/// A sender's name. AWS takes 1 to 11 letters or digits, of which one at least is a letter, so that no phone takes it
/// for a number.
#[derive(Clone, Debug)]
pub struct SenderId(String);

impl SenderId {
    const LONGEST: usize = 11;

    /// Reads a name; none when it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() <= Self::LONGEST && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_name = text.bytes().any(|byte| byte.is_ascii_alphabetic());
        (fits && is_name).then(|| Self(text.to_owned()))
    }
}

/// A number of the account, which may be a short one. AWS takes 5 to 14 digits, with or without a plus sign before
/// them.
#[derive(Clone, Debug)]
pub struct OriginationNumber(String);

impl OriginationNumber {
    /// Reads a number; none when it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let is_number = (5..=14).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Self(text.to_owned()))
    }
}

/// The highest price of one text, in US dollars (requirement S-11). SNS drops a text that would cost more, without
/// saying so to its sender.
#[derive(Clone, Debug)]
pub struct MaxPrice(String);

impl MaxPrice {
    /// A higher price would limit nothing: no text costs so much.
    const HIGHEST: f64 = 10.0;
    /// Room for five digits after the point, as AWS writes its prices.
    const LONGEST: usize = 8;

    /// Reads a price such as `0.20`; none when it is not one, or is 0 or more than 10 dollars.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.len() <= Self::LONGEST
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && !text.starts_with('.')
            && !text.ends_with('.');
        let is_limit = text.parse::<f64>().is_ok_and(|dollars| dollars > 0.0 && dollars <= Self::HIGHEST);
        (is_plain && is_limit).then(|| Self(text.to_owned()))
    }

    /// The price in US dollars.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 20 cents. Nearly all countries cost less. This excludes the most expensive destinations, the usual targets of SMS
/// pumping; whoever serves one of them must raise it.
impl Default for MaxPrice {
    fn default() -> Self {
        Self("0.20".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_id_has_a_letter_and_at_most_eleven_characters() {
        for good in ["A", "Doorcode", "4you", "ABCDEFGHIJ1"] {
            assert!(SenderId::parse(good).is_some(), "{good:?}");
        }
        for bad in ["", "12345", "ABCDEFGHIJKL", "Door code", "Door-code", "Dörr"] {
            assert!(SenderId::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn an_origination_number_is_made_of_digits() {
        for good in ["12345", "+18005550100", "18005550100", "+12345678901234"] {
            assert!(OriginationNumber::parse(good).is_some(), "{good:?}");
        }
        for bad in ["", "+", "1234", "123456789012345", "++18005550100", "+1 800 555 0100", "+1800555O100"] {
            assert!(OriginationNumber::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_price_is_a_limit() {
        for good in ["0.20", "0.00645", "1", "10", "10.00"] {
            assert!(MaxPrice::parse(good).is_some(), "{good:?}");
        }
        for bad in ["", "0", "0.00", "10.01", "-1", "1e1", ".5", "5.", "0,20", "0.2.0", "inf", "0.000000001", "$1"] {
            assert!(MaxPrice::parse(bad).is_none(), "{bad:?}");
        }
        assert!(MaxPrice::parse(MaxPrice::default().as_str()).is_some());
    }

    /// Requirements P-09, S-11.
    #[test]
    fn what_is_set_is_said_and_nothing_else() {
        let [sweden, india] = ["SE", "IN"].map(|code| Country::try_from(code.to_owned()).unwrap());
        let names =
            |attributes: &Attributes, country| attributes.each(country).map(|(name, ..)| name).collect::<Vec<_>>();
        assert_eq!(names(&Attributes::default(), india), ["AWS.SNS.SMS.SMSType", "AWS.SNS.SMS.MaxPrice"]);
        let of_a_name =
            Attributes { sender: Sender::Id(SenderId::parse("Doorcode").unwrap()), ..Attributes::default() };
        assert_eq!(names(&of_a_name, sweden)[2..], ["AWS.SNS.SMS.SenderID"]);
        let all = Attributes {
            sender: Sender::Number(OriginationNumber::parse("+18005550100").unwrap()),
            india: IndiaIds::new("1101000000000012345", "1107000000000012345"),
            max_price: MaxPrice::default(),
        };
        assert_eq!(names(&all, sweden)[2..], ["AWS.MM.SMS.OriginationNumber"]);
        let in_india = ["AWS.MM.SMS.OriginationNumber", "AWS.MM.SMS.EntityId", "AWS.MM.SMS.TemplateId"];
        assert_eq!(names(&all, india)[2..], in_india);
    }

    #[test]
    fn an_id_of_india_is_of_letters_and_digits() {
        let longest = "1".repeat(50);
        assert!(IndiaIds::new("1101000000000012345", &longest).is_some());
        for bad in ["", "1101 0000", "1101-0000", &format!("1{longest}")] {
            assert!(IndiaIds::new("1101000000000012345", bad).is_none(), "{bad:?}");
            assert!(IndiaIds::new(bad, "1107000000000012345").is_none(), "{bad:?}");
        }
    }
}
