//! Settings: the environment, read once while a function starts. What is missing or malformed stops the start, with one
//! line that names the variable and what it should look like.

use std::time::Duration;
use std::{env, fmt};

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use secrecy::{ExposeSecret, SecretString};

use crate::address::AskLimits;
use crate::budget::TextLimits;
use crate::http::Origins;
use crate::keys::{Keys, RootSecret};
use crate::phone::Countries;
use crate::sending::Policy;
use crate::sms::{Sms, SmsDomain};
use crate::table::Table;
use crate::user::SignUps;

/// A call to AWS gets three tries, each after a short wait, and altogether so little time that three calls in a row end
/// within an invocation (requirement R-09).
const TRIES: u32 = 3;
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const TRY_TIMEOUT: Duration = Duration::from_millis(800);
const CALL_TIMEOUT: Duration = Duration::from_millis(2_500);
/// SNS gets longer: a message that it took without saying so would be sent again.
const SNS_TRY_TIMEOUT: Duration = Duration::from_secs(4);
const SNS_CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// The settings of a running function, and the connections that are made from them.
pub struct Settings {
    aws: SdkConfig,
}

/// A setting that stops the start.
#[derive(thiserror::Error)]
pub enum BadSetting {
    /// The variable is not set, or empty.
    #[error("{variable} is not set; it should be {shape}")]
    Missing {
        /// The variable.
        variable: &'static str,
        /// What it should look like.
        shape: &'static str,
    },
    /// The variable holds something else.
    #[error("{variable} is malformed: {reason}")]
    Malformed {
        /// The variable.
        variable: &'static str,
        /// What is wrong with it; never a secret's text.
        reason: String,
    },
    /// Secrets Manager did not give the root secret.
    #[error("the root secret cannot be read: {0}")]
    SecretUnavailable(&'static str),
}

/// The sentence, since a `main` that returns an error prints it in this form.
impl fmt::Debug for BadSetting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Settings {
    /// The region and credentials that Lambda gives, with bounded retries.
    pub async fn load() -> Self {
        let aws = aws_config::defaults(BehaviorVersion::latest())
            .retry_config(RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(FIRST_BACKOFF))
            .timeout_config(timeouts(TRY_TIMEOUT, CALL_TIMEOUT))
            .load()
            .await;
        Self { aws }
    }

    /// `DOORCODE_TABLE`.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn table(&self) -> Result<Table, BadSetting> {
        let name = required("DOORCODE_TABLE", "the name of the table, such as \"doorcode\"")?;
        Ok(Table::new(aws_sdk_dynamodb::Client::new(&self.aws), name))
    }

    /// The keys of the root secret: from Secrets Manager under `DOORCODE_ROOT_SECRET_ARN`; without that, on one machine
    /// only, from `DOORCODE_ROOT_SECRET`.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub async fn keys(&self) -> Result<Keys, BadSetting> {
        const ARN: &str = "DOORCODE_ROOT_SECRET_ARN";
        const LOCAL: &str = "DOORCODE_ROOT_SECRET";
        let (variable, text) = match (optional(ARN), optional(LOCAL)) {
            (None, Some(text)) => (LOCAL, SecretString::from(text)),
            _ => (ARN, self.root_secret(required(ARN, "the ARN of the root secret in Secrets Manager")?).await?),
        };
        let root = RootSecret::parse(text.expose_secret()).map_err(|error| malformed(variable, &error))?;
        Ok(Keys::derive(&root))
    }

    /// `DOORCODE_COUNTRIES` and `DOORCODE_DEFAULT_COUNTRY`.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn countries(&self) -> Result<Countries, BadSetting> {
        let served = required("DOORCODE_COUNTRIES", "a list of country codes such as \"SE,NO\"")?;
        let default = required("DOORCODE_DEFAULT_COUNTRY", "a country code such as \"SE\"")?;
        let countries = Countries::parse(&served, &default);
        countries.map_err(|error| malformed("DOORCODE_COUNTRIES or DOORCODE_DEFAULT_COUNTRY", &error))
    }

    /// `DOORCODE_ASKS_IN_A_QUARTER` and `DOORCODE_ASKS_IN_A_DAY`; without one, what fits a small service.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn asks(&self) -> Result<AskLimits, BadSetting> {
        let small = AskLimits::default();
        Ok(AskLimits {
            in_a_quarter: limit("DOORCODE_ASKS_IN_A_QUARTER", small.in_a_quarter)?,
            in_a_day: limit("DOORCODE_ASKS_IN_A_DAY", small.in_a_day)?,
        })
    }

    /// The budgets of texts (`DOORCODE_UNUSED_TEXTS_IN_A_DAY` and the others) and `DOORCODE_REGISTRATION`; without one, what
    /// fits a small service, and registration is open.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn policy(&self) -> Result<Policy, BadSetting> {
        let small = TextLimits::default();
        let limits = TextLimits {
            unused_in_a_day: limit("DOORCODE_UNUSED_TEXTS_IN_A_DAY", small.unused_in_a_day)?,
            to_devices_in_a_day: limit("DOORCODE_DEVICE_TEXTS_IN_A_DAY", small.to_devices_in_a_day)?,
            of_a_country_in_an_hour: limit("DOORCODE_COUNTRY_TEXTS_IN_AN_HOUR", small.of_a_country_in_an_hour)?,
            of_a_country_in_a_day: limit("DOORCODE_COUNTRY_TEXTS_IN_A_DAY", small.of_a_country_in_a_day)?,
            of_a_range_in_an_hour: limit("DOORCODE_RANGE_NUMBERS_IN_AN_HOUR", small.of_a_range_in_an_hour)?,
        };
        Ok(Policy { limits, sign_ups: self.sign_ups()? })
    }

    /// `DOORCODE_REGISTRATION`; without it, everybody may register.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn sign_ups(&self) -> Result<SignUps, BadSetting> {
        const VARIABLE: &str = "DOORCODE_REGISTRATION";
        let Some(text) = optional(VARIABLE) else { return Ok(SignUps::default()) };
        let reason = || format!("{text:?} is not \"open\", \"closed\" or \"closed-after-code\"");
        SignUps::parse(&text).ok_or_else(|| malformed(VARIABLE, &reason()))
    }

    /// `DOORCODE_ORIGINS`; without it, the API's own origin.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn origins(&self) -> Result<Origins, BadSetting> {
        const VARIABLE: &str = "DOORCODE_ORIGINS";
        let Some(list) = optional(VARIABLE) else { return Ok(Origins::of_the_api()) };
        Origins::parse(&list).map_err(|error| malformed(VARIABLE, &error))
    }

    /// `DOORCODE_DOMAIN`, and the connection to SNS.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn sms(&self) -> Result<Sms, BadSetting> {
        const VARIABLE: &str = "DOORCODE_DOMAIN";
        let domain = required(VARIABLE, "the domain of the pages, such as \"login.example.com\"")?;
        let domain = SmsDomain::parse(&domain).map_err(|error| malformed(VARIABLE, &error))?;
        let sns = aws_sdk_sns::config::Builder::from(&self.aws)
            .timeout_config(timeouts(SNS_TRY_TIMEOUT, SNS_CALL_TIMEOUT))
            .build();
        Ok(Sms::new(aws_sdk_sns::Client::from_conf(sns), domain))
    }

    async fn root_secret(&self, arn: String) -> Result<SecretString, BadSetting> {
        let call = aws_sdk_secretsmanager::Client::new(&self.aws).get_secret_value().secret_id(arn);
        // The error can repeat the ARN and the account; that Secrets Manager refused is enough to look there.
        let output = call.send().await.map_err(|_| BadSetting::SecretUnavailable("Secrets Manager did not give it"))?;
        output.secret_string.map(SecretString::from).ok_or(BadSetting::SecretUnavailable("it holds no text"))
    }
}

fn timeouts(one_try: Duration, all_tries: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(one_try).operation_timeout(all_tries).build()
}

fn optional(variable: &'static str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

fn required(variable: &'static str, shape: &'static str) -> Result<String, BadSetting> {
    optional(variable).ok_or(BadSetting::Missing { variable, shape })
}

/// A limit that is set, or else the usual one.
fn limit(variable: &'static str, usual: u32) -> Result<u32, BadSetting> {
    let Some(text) = optional(variable) else { return Ok(usual) };
    text.parse().map_err(|_| malformed(variable, &format!("{text:?} is not a whole number such as {usual}")))
}

fn malformed(variable: &'static str, error: &impl ToString) -> BadSetting {
    BadSetting::Malformed { variable, reason: error.to_string() }
}
