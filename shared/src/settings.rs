//! Settings: the environment, read while a function starts, and the connections that are made from it. What is missing or
//! malformed is one line that names the variable and what it should look like.

mod environment;
mod limits;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use secrecy::{ExposeSecret, SecretString};

pub use environment::{BadSetting, check};

use crate::address::AskLimits;
use crate::http::Origins;
use crate::keys::{Keys, RootSecret};
use crate::phone::Countries;
use crate::sending::Policy;
use crate::sms::Sms;
use crate::table::Table;
use crate::user::SignUps;
use environment::Root;

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
        let name = environment::table()?;
        Ok(Table::new(aws_sdk_dynamodb::Client::new(&self.aws), name))
    }

    /// The keys of the root secret: from Secrets Manager under `DOORCODE_ROOT_SECRET_ARN`; without that, on one machine
    /// only, from `DOORCODE_ROOT_SECRET`.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub async fn keys(&self) -> Result<Keys, BadSetting> {
        let root = match environment::root()? {
            Root::Secret(root) => root,
            Root::Arn(arn) => {
                let text = self.root_secret(arn).await?;
                RootSecret::parse(text.expose_secret()).map_err(environment::bad_root_secret)?
            }
        };
        Ok(Keys::derive(&root))
    }

    /// `DOORCODE_COUNTRIES` and `DOORCODE_DEFAULT_COUNTRY`.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn countries(&self) -> Result<Countries, BadSetting> {
        environment::countries()
    }

    /// How often one address may ask: `DOORCODE_ASKS_IN_A_QUARTER` and `DOORCODE_ASKS_IN_A_DAY`, or what is usual.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn asks(&self) -> Result<AskLimits, BadSetting> {
        limits::asks()
    }

    /// How many texts are sent, and who may register: `DOORCODE_UNUSED_TEXTS_IN_A_DAY` and the others of `limits`, or what
    /// is usual.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn policy(&self) -> Result<Policy, BadSetting> {
        limits::policy()
    }

    /// `DOORCODE_REGISTRATION`; without it, everybody may register.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn sign_ups(&self) -> Result<SignUps, BadSetting> {
        limits::sign_ups()
    }

    /// `DOORCODE_ORIGINS`; without it, the API's own origin.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn origins(&self) -> Result<Origins, BadSetting> {
        environment::origins()
    }

    /// `DOORCODE_DOMAIN`, and what may be set of a text: `DOORCODE_SENDER_ID`, `DOORCODE_ORIGINATION_NUMBER` and
    /// `DOORCODE_MAX_PRICE`. Also the connection to SNS.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn sms(&self) -> Result<Sms, BadSetting> {
        let (domain, attributes) = (environment::domain()?, environment::attributes()?);
        let sns = aws_sdk_sns::config::Builder::from(&self.aws)
            .timeout_config(timeouts(SNS_TRY_TIMEOUT, SNS_CALL_TIMEOUT))
            .build();
        Ok(Sms::new(aws_sdk_sns::Client::from_conf(sns), domain).with(attributes))
    }

    async fn root_secret(&self, arn: String) -> Result<SecretString, BadSetting> {
        let call = aws_sdk_secretsmanager::Client::new(&self.aws).get_secret_value().secret_id(arn);
        let output = call.send().await.map_err(|error| {
            environment::root_secret_unavailable(match &error {
                SdkError::ServiceError(error) => error.err().code().unwrap_or("unnamed error"),
                SdkError::TimeoutError(_) => "timed out",
                _ => "no answer",
            })
        })?;
        output.secret_string.map(SecretString::from).ok_or_else(|| environment::root_secret_unavailable("no text"))
    }
}

fn timeouts(one_try: Duration, all_tries: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(one_try).operation_timeout(all_tries).build()
}
