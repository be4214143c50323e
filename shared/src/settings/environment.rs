//! The variables of the environment: what each should look like, and which is missing or malformed. No call to AWS.

use std::env;

use crate::http::Origins;
use crate::phone::{Countries, NumberKinds};
use crate::text::ServiceName;

/// Lengths of a table's name, from the naming rules of DynamoDB.
const TABLE_NAME: std::ops::RangeInclusive<usize> = 3..=255;

static TABLE: Variable = Variable {
    name: "DOORCODE_TABLE",
    shape: "the name of the table, 3 to 255 characters of A-Z a-z 0-9 . _ -",
    example: "doorcode",
};
static COUNTRIES: Variable = Variable {
    name: "DOORCODE_COUNTRIES",
    shape: "two-letter country codes with commas between them",
    example: "SE,NO",
};
static DEFAULT_COUNTRY: Variable =
    Variable { name: "DOORCODE_DEFAULT_COUNTRY", shape: "one two-letter country code", example: "SE" };
static NUMBER_KINDS: Variable = Variable {
    name: "DOORCODE_NUMBER_KINDS",
    shape: "\"mobile\", or \"mobile-or-either\" for numbers that may be mobile ones too; others get no texts",
    example: "mobile-or-either",
};
static TEST_NUMBERS: Variable = Variable {
    name: "DOORCODE_TEST_NUMBERS",
    shape: "\"yes\" where numbers that are set aside for fiction are taken, \"no\" or nothing in production",
    example: "no",
};
static ORIGINS: Variable = Variable {
    name: "DOORCODE_ORIGINS",
    shape: "the origins of the pages with commas between them, or nothing for the API's own",
    example: "https://login.example.com",
};
static SERVICE_NAME: Variable = Variable {
    name: "DOORCODE_SERVICE_NAME",
    shape: "the name of the service, 1 to 30 of the letters and digits of GSM-7, spaces between them, and &'()+,-./!, or \
            nothing for Doorcode; with a domain of more than 40 characters it must be shorter",
    example: "Acme",
};

static REGION: Variable =
    Variable { name: "AWS_REGION", shape: "the region, which Lambda sets", example: "eu-north-1" };
static ACCESS_KEY_ID: Variable = Variable {
    name: "AWS_ACCESS_KEY_ID",
    shape: "a part of the credentials, which Lambda sets; for one machine see .env.local",
    example: "local",
};
static SECRET_ACCESS_KEY: Variable = Variable { name: "AWS_SECRET_ACCESS_KEY", ..ACCESS_KEY_ID };

/// A setting that is missing or wrong.
#[derive(Debug, thiserror::Error)]
#[error("{} {flaw}; it should be {}, such as \"{}\"", variable.name, variable.shape, variable.example)]
pub struct BadSetting {
    variable: &'static Variable,
    /// What is wrong; never a secret's text.
    flaw: String,
}

impl BadSetting {
    /// Logs it for the operator. An alarm depends on the level.
    pub fn log(&self) {
        let Variable { name, shape, example } = self.variable;
        tracing::error!(variable = name, shape, example, "{self}");
    }
}

/// Checks the settings of a whole deployment but for the secrets, the texts and what pages show, and gives back the
/// countries.
pub(super) fn check() -> Result<Countries, BadSetting> {
    table()?;
    let countries = countries()?;
    origins()?;
    Ok(countries)
}

/// Whether the environment has the region and the credentials that Lambda puts there. `aws` reads their values.
pub(super) fn check_access() -> Result<(), BadSetting> {
    [&REGION, &ACCESS_KEY_ID, &SECRET_ACCESS_KEY].into_iter().try_for_each(|variable| variable.required().map(drop))
}

/// Where a service is, when that is not AWS: this variable says so for the service, or another one for all of them.
pub(super) fn endpoint(variable: &str) -> Option<String> {
    set(variable).or_else(|| set("AWS_ENDPOINT_URL"))
}

/// The region, where it is known.
pub(super) fn region() -> Option<String> {
    REGION.optional()
}

pub(super) fn table() -> Result<String, BadSetting> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let name = TABLE.required()?;
    if TABLE_NAME.contains(&name.len()) && name.bytes().all(is_plain) { Ok(name) } else { Err(TABLE.malformed()) }
}

pub(super) fn countries() -> Result<Countries, BadSetting> {
    let (served, default) = (COUNTRIES.required()?, DEFAULT_COUNTRY.required()?);
    // The default alone first, so that the one that is wrong is named.
    Countries::parse("", &default).map_err(|error| DEFAULT_COUNTRY.malformed_by(&error))?;
    let countries = Countries::parse(&served, &default).map_err(|error| COUNTRIES.malformed_by(&error))?;
    let countries = countries.with_kinds(NUMBER_KINDS.read(NumberKinds::parse)?.unwrap_or_default());
    Ok(if TEST_NUMBERS.read(yes_or_no)? == Some(true) { countries.with_test_numbers() } else { countries })
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

pub(super) fn origins() -> Result<Origins, BadSetting> {
    let Some(list) = ORIGINS.optional() else { return Ok(Origins::of_the_api()) };
    Origins::parse(&list).map_err(|error| ORIGINS.malformed_by(&error))
}

/// `DOORCODE_SERVICE_NAME`: the name of the service in pages and texts; without it, Doorcode.
pub(super) fn service_name() -> Result<ServiceName, BadSetting> {
    Ok(SERVICE_NAME.read(ServiceName::parse)?.unwrap_or_default())
}

/// The name does not fit the domain.
pub(super) fn long_service_name(error: &impl ToString) -> BadSetting {
    SERVICE_NAME.malformed_by(error)
}

/// A variable, and what its value should be.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) shape: &'static str,
    pub(super) example: &'static str,
}

impl Variable {
    /// Its value. An empty one is none: a template cannot leave a variable out as easily.
    pub(super) fn optional(&self) -> Option<String> {
        set(self.name)
    }

    pub(super) fn required(&'static self) -> Result<String, BadSetting> {
        self.optional().ok_or_else(|| self.flawed("is not set"))
    }

    /// Its value, when it has one, as a type that holds no wrong one.
    pub(super) fn read<T>(&'static self, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, BadSetting> {
        self.optional().map(|text| parse(&text).ok_or_else(|| self.malformed())).transpose()
    }

    pub(super) fn malformed(&'static self) -> BadSetting {
        self.flawed("is malformed")
    }

    pub(super) fn malformed_by(&'static self, error: &impl ToString) -> BadSetting {
        self.flawed(&format!("is malformed: {}", error.to_string()))
    }

    pub(super) fn flawed(&'static self, flaw: &str) -> BadSetting {
        BadSetting { variable: self, flaw: flaw.to_owned() }
    }
}

fn set(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_setting_names_the_variable_its_shape_and_an_example() {
        assert_eq!(
            TABLE.flawed("is not set").to_string(),
            "DOORCODE_TABLE is not set; it should be the name of the table, 3 to 255 characters of A-Z a-z 0-9 . _ -, \
             such as \"doorcode\""
        );
    }

    /// Each example would be taken.
    #[test]
    fn the_examples_are_good() {
        assert!(Countries::parse(COUNTRIES.example, DEFAULT_COUNTRY.example).is_ok());
        assert_eq!(NumberKinds::parse(NUMBER_KINDS.example), Some(NumberKinds::default()));
        assert_eq!(yes_or_no(TEST_NUMBERS.example), Some(false));
        assert!(Origins::parse(ORIGINS.example).is_ok());
        assert!(ServiceName::parse(SERVICE_NAME.example).is_some());
    }
}
