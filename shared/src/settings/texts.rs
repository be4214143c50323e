//! The variables of the texts: what they say, whom they come from, what one may cost.

use super::environment::{BadSetting, Variable, long_service_name, region, service_name};
use crate::sms::{Attributes, IndiaIds, MaxPrice, OriginationNumber, Sender, SenderId};
use crate::text::{CountryMessages, DoesNotFit, Messages, SmsDomain};

static DOMAIN: Variable = Variable {
    name: "DOORCODE_DOMAIN",
    shape: "the domain of the pages, in lower case and at most 61 characters long",
    example: "login.example.com",
};
static MESSAGES: Variable = Variable {
    name: "DOORCODE_MESSAGES",
    shape: "a JSON object with the texts of countries where a text must be registered, each with {code} once and {service} \
            where it is wanted, or nothing",
    example: "{\"IN\": \"{code} is your code for {service}.\"}",
};
static SENDER_ID: Variable = Variable {
    name: "DOORCODE_SENDER_ID",
    shape: "1 to 11 letters or digits with at least one letter, or nothing",
    example: "Doorcode",
};
static ORIGINATION_NUMBER: Variable = Variable {
    name: "DOORCODE_ORIGINATION_NUMBER",
    shape: "a number of the AWS account, 5 to 14 digits that may follow a plus sign, or nothing, as where \
            DOORCODE_SENDER_ID is set",
    example: "+18005550100",
};
static INDIA_ENTITY_ID: Variable = Variable {
    name: "DOORCODE_INDIA_ENTITY_ID",
    shape: "the id of the sender in India's registry, 1 to 50 letters or digits, or nothing, as without \
            DOORCODE_INDIA_TEMPLATE_ID",
    example: "1101000000000012345",
};
static INDIA_TEMPLATE_ID: Variable = Variable {
    name: "DOORCODE_INDIA_TEMPLATE_ID",
    shape: "the id of the text for IN of DOORCODE_MESSAGES in India's registry, 1 to 50 letters or digits, or nothing, as \
            without DOORCODE_INDIA_ENTITY_ID",
    example: "1107000000000012345",
};
static MAX_PRICE: Variable = Variable {
    name: "DOORCODE_MAX_PRICE",
    shape: "the highest price of one text in US dollars, above 0 and at most 10, or nothing for 0.20",
    example: "0.20",
};

/// Checks what is there. Where the domain is not told it is the API's own, `ID.execute-api.REGION.amazonaws.com`.
pub(super) fn check() -> Result<(), BadSetting> {
    let own = || format!("{:0>10}.execute-api.{}.amazonaws.com", 0, region()?).into();
    match DOMAIN.optional().or_else(own) {
        Some(domain) => messages_at(&domain).map(drop),
        None => service_name().map(drop),
    }
}

/// What texts say.
pub(super) fn messages() -> Result<Messages, BadSetting> {
    messages_at(&DOMAIN.required()?)
}

fn messages_at(domain: &str) -> Result<Messages, BadSetting> {
    let domain = SmsDomain::parse(domain).map_err(|_| DOMAIN.malformed())?;
    Messages::new(domain, &service_name()?, by_country()?).map_err(|error| match error {
        DoesNotFit::Name { .. } => long_service_name(&error),
        DoesNotFit::Country(_) => MESSAGES.malformed_by(&error),
    })
}

fn by_country() -> Result<CountryMessages, BadSetting> {
    let Some(json) = MESSAGES.optional() else { return Ok(CountryMessages::default()) };
    CountryMessages::parse(&json).map_err(|error| MESSAGES.malformed_by(&error))
}

pub(super) fn attributes() -> Result<Attributes, BadSetting> {
    let id = |text: &str| IndiaIds::is_id(text).then(|| text.to_owned());
    Ok(Attributes {
        sender: sender(SENDER_ID.read(SenderId::parse)?, ORIGINATION_NUMBER.read(OriginationNumber::parse)?)?,
        india: india(INDIA_ENTITY_ID.read(id)?, INDIA_TEMPLATE_ID.read(id)?, &by_country()?)?,
        max_price: MAX_PRICE.read(MaxPrice::parse)?.unwrap_or_default(),
    })
}

fn sender(id: Option<SenderId>, number: Option<OriginationNumber>) -> Result<Sender, BadSetting> {
    match (id, number) {
        (None, None) => Ok(Sender::ChosenBySns),
        (Some(id), None) => Ok(Sender::Id(id)),
        (None, Some(number)) => Ok(Sender::Number(number)),
        (Some(_), Some(_)) => Err(ORIGINATION_NUMBER.flawed("is set beside DOORCODE_SENDER_ID")),
    }
}

/// A registered text has fixed words, so there must be some for India.
fn india(
    entity: Option<String>,
    template: Option<String>,
    messages: &CountryMessages,
) -> Result<Option<IndiaIds>, BadSetting> {
    match (entity, template) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(INDIA_TEMPLATE_ID.flawed("is not set")),
        (None, Some(_)) => Err(INDIA_ENTITY_ID.flawed("is not set")),
        (Some(_), Some(_)) if !messages.has(IndiaIds::COUNTRY) => {
            Err(MESSAGES.flawed("has no text for IN, which DOORCODE_INDIA_TEMPLATE_ID would be the id of"))
        }
        (Some(entity), Some(template)) => Ok(IndiaIds::new(&entity, &template)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each example would be taken.
    #[test]
    fn the_examples_are_good() {
        assert!(SmsDomain::parse(DOMAIN.example).is_ok());
        assert!(CountryMessages::parse(MESSAGES.example).is_ok());
        assert!(SenderId::parse(SENDER_ID.example).is_some());
        assert!(OriginationNumber::parse(ORIGINATION_NUMBER.example).is_some());
        assert!(IndiaIds::new(INDIA_ENTITY_ID.example, INDIA_TEMPLATE_ID.example).is_some());
        assert!(MaxPrice::parse(MAX_PRICE.example).is_some());
    }

    #[test]
    fn a_text_has_one_sender() {
        let (id, number) = (SenderId::parse("Doorcode"), OriginationNumber::parse("+18005550100"));
        assert!(matches!(sender(None, None), Ok(Sender::ChosenBySns)));
        assert!(matches!(sender(id.clone(), None), Ok(Sender::Id(_))));
        assert!(matches!(sender(None, number.clone()), Ok(Sender::Number(_))));
        let error = sender(id, number).unwrap_err().to_string();
        assert!(error.starts_with("DOORCODE_ORIGINATION_NUMBER is set beside DOORCODE_SENDER_ID;"), "{error}");
    }

    #[test]
    fn india_has_both_ids_and_a_text() {
        let id = || Some("1101000000000012345".to_owned());
        let texts = |json: &str| CountryMessages::parse(json).unwrap();
        assert!(india(None, None, &texts("{}")).unwrap().is_none());
        assert!(india(id(), id(), &texts(MESSAGES.example)).unwrap().is_some());
        for (entity, template, messages, flaw) in [
            (id(), None, MESSAGES.example, "DOORCODE_INDIA_TEMPLATE_ID is not set"),
            (None, id(), MESSAGES.example, "DOORCODE_INDIA_ENTITY_ID is not set"),
            (id(), id(), "{}", "DOORCODE_MESSAGES has no text for IN"),
        ] {
            let error = india(entity, template, &texts(messages)).unwrap_err().to_string();
            assert!(error.starts_with(flaw), "{error}");
        }
    }
}
