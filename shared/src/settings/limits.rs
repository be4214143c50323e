//! The variables of the limits, and who may register. Each limit has a default, which fits a small service.

use super::environment::{BadSetting, Variable};
use crate::login::user::RegistrationPolicy;
use crate::sending::decision::SendPolicy;
use crate::sending::ip_limit::IpLimits;
use crate::sending::quota::QuotaLimits;

const NUMBER: &str = "a whole number";

static IP_REQUESTS_PER_QUARTER_HOUR: Variable =
    Variable { name: "DOORCODE_IP_REQUESTS_PER_QUARTER_HOUR", shape: NUMBER, example: "20" };
static IP_REQUESTS_PER_DAY: Variable = Variable { name: "DOORCODE_IP_REQUESTS_PER_DAY", shape: NUMBER, example: "60" };
static UNVERIFIED_TEXTS_PER_DAY: Variable =
    Variable { name: "DOORCODE_UNVERIFIED_TEXTS_PER_DAY", shape: NUMBER, example: "300" };
static UNRECOGNIZED_TEXTS_PER_DAY: Variable =
    Variable { name: "DOORCODE_UNRECOGNIZED_TEXTS_PER_DAY", shape: NUMBER, example: "2000" };
static RECOGNIZED_TEXTS_PER_DAY: Variable =
    Variable { name: "DOORCODE_RECOGNIZED_TEXTS_PER_DAY", shape: NUMBER, example: "1000" };
static COUNTRY_TEXTS_PER_HOUR: Variable =
    Variable { name: "DOORCODE_COUNTRY_TEXTS_PER_HOUR", shape: NUMBER, example: "200" };
static COUNTRY_TEXTS_PER_DAY: Variable =
    Variable { name: "DOORCODE_COUNTRY_TEXTS_PER_DAY", shape: NUMBER, example: "1000" };
static COUNTRY_UNVERIFIED_TEXTS_PER_DAY: Variable =
    Variable { name: "DOORCODE_COUNTRY_UNVERIFIED_TEXTS_PER_DAY", shape: NUMBER, example: "100" };
static BLOCK_NUMBERS_PER_HOUR: Variable =
    Variable { name: "DOORCODE_BLOCK_NUMBERS_PER_HOUR", shape: NUMBER, example: "5" };
static REGISTRATION: Variable =
    Variable { name: "DOORCODE_REGISTRATION", shape: "\"open\", \"closed\" or \"closed-after-code\"", example: "open" };

pub(super) fn ip_limits() -> Result<IpLimits, BadSetting> {
    let default = IpLimits::default();
    Ok(IpLimits {
        per_quarter_hour: number(&IP_REQUESTS_PER_QUARTER_HOUR, default.per_quarter_hour)?,
        per_day: number(&IP_REQUESTS_PER_DAY, default.per_day)?,
    })
}

pub(super) fn policy() -> Result<SendPolicy, BadSetting> {
    let default = QuotaLimits::default();
    let limits = QuotaLimits {
        unverified_per_day: number(&UNVERIFIED_TEXTS_PER_DAY, default.unverified_per_day)?,
        unrecognized_per_day: number(&UNRECOGNIZED_TEXTS_PER_DAY, default.unrecognized_per_day)?,
        recognized_per_day: number(&RECOGNIZED_TEXTS_PER_DAY, default.recognized_per_day)?,
        country_per_hour: number(&COUNTRY_TEXTS_PER_HOUR, default.country_per_hour)?,
        country_per_day: number(&COUNTRY_TEXTS_PER_DAY, default.country_per_day)?,
        country_unverified_per_day: number(&COUNTRY_UNVERIFIED_TEXTS_PER_DAY, default.country_unverified_per_day)?,
        block_numbers_per_hour: number(&BLOCK_NUMBERS_PER_HOUR, default.block_numbers_per_hour)?,
    };
    Ok(SendPolicy { limits, registration: registration()? })
}

pub(super) fn registration() -> Result<RegistrationPolicy, BadSetting> {
    let Some(text) = REGISTRATION.optional() else { return Ok(RegistrationPolicy::default()) };
    RegistrationPolicy::parse(&text).ok_or_else(|| REGISTRATION.malformed())
}

fn number(variable: &'static Variable, default: u32) -> Result<u32, BadSetting> {
    let Some(text) = variable.optional() else { return Ok(default) };
    text.parse().map_err(|_| variable.malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples are the defaults, which the template has too.
    #[test]
    fn the_examples_are_the_defaults() {
        let (ips, texts) = (IpLimits::default(), QuotaLimits::default());
        for (variable, default) in [
            (&IP_REQUESTS_PER_QUARTER_HOUR, ips.per_quarter_hour),
            (&IP_REQUESTS_PER_DAY, ips.per_day),
            (&UNVERIFIED_TEXTS_PER_DAY, texts.unverified_per_day),
            (&UNRECOGNIZED_TEXTS_PER_DAY, texts.unrecognized_per_day),
            (&RECOGNIZED_TEXTS_PER_DAY, texts.recognized_per_day),
            (&COUNTRY_TEXTS_PER_HOUR, texts.country_per_hour),
            (&COUNTRY_TEXTS_PER_DAY, texts.country_per_day),
            (&COUNTRY_UNVERIFIED_TEXTS_PER_DAY, texts.country_unverified_per_day),
            (&BLOCK_NUMBERS_PER_HOUR, texts.block_numbers_per_hour),
        ] {
            assert_eq!(variable.example, default.to_string(), "{}", variable.name);
        }
        assert_eq!(RegistrationPolicy::parse(REGISTRATION.example), Some(RegistrationPolicy::default()));
    }
}
