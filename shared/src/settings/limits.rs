//! The variables of the limits, and who may register. Each has a usual value, which fits a small service.

use super::environment::{BadSetting, Variable};
use crate::login::user::SignUps;
use crate::sending::decision::Policy;
use crate::sending::ip_limit::AskLimits;
use crate::sending::quota::TextLimits;

const NUMBER: &str = "a whole number";

static ASKS_IN_A_QUARTER: Variable = Variable { name: "DOORCODE_ASKS_IN_A_QUARTER", shape: NUMBER, example: "20" };
static ASKS_IN_A_DAY: Variable = Variable { name: "DOORCODE_ASKS_IN_A_DAY", shape: NUMBER, example: "60" };
static UNUSED_TEXTS_IN_A_DAY: Variable =
    Variable { name: "DOORCODE_UNUSED_TEXTS_IN_A_DAY", shape: NUMBER, example: "300" };
static STRANGER_TEXTS_IN_A_DAY: Variable =
    Variable { name: "DOORCODE_STRANGER_TEXTS_IN_A_DAY", shape: NUMBER, example: "2000" };
static DEVICE_TEXTS_IN_A_DAY: Variable =
    Variable { name: "DOORCODE_DEVICE_TEXTS_IN_A_DAY", shape: NUMBER, example: "1000" };
static COUNTRY_TEXTS_IN_AN_HOUR: Variable =
    Variable { name: "DOORCODE_COUNTRY_TEXTS_IN_AN_HOUR", shape: NUMBER, example: "200" };
static COUNTRY_TEXTS_IN_A_DAY: Variable =
    Variable { name: "DOORCODE_COUNTRY_TEXTS_IN_A_DAY", shape: NUMBER, example: "1000" };
static RANGE_NUMBERS_IN_AN_HOUR: Variable =
    Variable { name: "DOORCODE_RANGE_NUMBERS_IN_AN_HOUR", shape: NUMBER, example: "5" };
static REGISTRATION: Variable =
    Variable { name: "DOORCODE_REGISTRATION", shape: "\"open\", \"closed\" or \"closed-after-code\"", example: "open" };

pub(super) fn asks() -> Result<AskLimits, BadSetting> {
    let usual = AskLimits::default();
    Ok(AskLimits {
        in_a_quarter: number(&ASKS_IN_A_QUARTER, usual.in_a_quarter)?,
        in_a_day: number(&ASKS_IN_A_DAY, usual.in_a_day)?,
    })
}

pub(super) fn policy() -> Result<Policy, BadSetting> {
    let usual = TextLimits::default();
    let limits = TextLimits {
        unused_in_a_day: number(&UNUSED_TEXTS_IN_A_DAY, usual.unused_in_a_day)?,
        to_strangers_in_a_day: number(&STRANGER_TEXTS_IN_A_DAY, usual.to_strangers_in_a_day)?,
        to_devices_in_a_day: number(&DEVICE_TEXTS_IN_A_DAY, usual.to_devices_in_a_day)?,
        of_a_country_in_an_hour: number(&COUNTRY_TEXTS_IN_AN_HOUR, usual.of_a_country_in_an_hour)?,
        of_a_country_in_a_day: number(&COUNTRY_TEXTS_IN_A_DAY, usual.of_a_country_in_a_day)?,
        of_a_range_in_an_hour: number(&RANGE_NUMBERS_IN_AN_HOUR, usual.of_a_range_in_an_hour)?,
    };
    Ok(Policy { limits, sign_ups: sign_ups()? })
}

pub(super) fn sign_ups() -> Result<SignUps, BadSetting> {
    let Some(text) = REGISTRATION.optional() else { return Ok(SignUps::default()) };
    SignUps::parse(&text).ok_or_else(|| REGISTRATION.malformed())
}

fn number(variable: &'static Variable, usual: u32) -> Result<u32, BadSetting> {
    let Some(text) = variable.optional() else { return Ok(usual) };
    text.parse().map_err(|_| variable.malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples are the usual values, which the template has too.
    #[test]
    fn the_examples_are_what_is_usual() {
        let (asks, texts) = (AskLimits::default(), TextLimits::default());
        for (variable, usual) in [
            (&ASKS_IN_A_QUARTER, asks.in_a_quarter),
            (&ASKS_IN_A_DAY, asks.in_a_day),
            (&UNUSED_TEXTS_IN_A_DAY, texts.unused_in_a_day),
            (&STRANGER_TEXTS_IN_A_DAY, texts.to_strangers_in_a_day),
            (&DEVICE_TEXTS_IN_A_DAY, texts.to_devices_in_a_day),
            (&COUNTRY_TEXTS_IN_AN_HOUR, texts.of_a_country_in_an_hour),
            (&COUNTRY_TEXTS_IN_A_DAY, texts.of_a_country_in_a_day),
            (&RANGE_NUMBERS_IN_AN_HOUR, texts.of_a_range_in_an_hour),
        ] {
            assert_eq!(variable.example, usual.to_string(), "{}", variable.name);
        }
        assert_eq!(SignUps::parse(REGISTRATION.example), Some(SignUps::default()));
    }
}
