//! Settings: the environment, read while a function starts, and the connections that are made from it. A setting that
//! is missing or malformed gives one line, which names the variable and what it should be.

mod brand;
mod environment;
mod limits;
mod secrets;
mod texts;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use secrecy::{ExposeSecret, SecretString};

pub use environment::BadSetting;

use crate::aws;
use crate::brand::Brand;
use crate::http::{Origins, TrustedProxy};
use crate::keys::{CodeKeys, NumberKeys};
use crate::login::user::RegistrationPolicy;
use crate::phone::Countries;
use crate::root_secret::RootSecret;
use crate::sending::decision::SendPolicy;
use crate::sending::ip_limit::IpLimits;
use crate::sms::Sms;
use crate::store::Table;
use secrets::{CODE_SECRET, NUMBER_SECRET, Root, RootVariables};

/// SNS gets more time: a text that it took, but confirmed too late, is one of which nobody knows.
const SNS_TRY_TIMEOUT: Duration = Duration::from_secs(4);
const SNS_CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// And longer waits: what is tried again is what SNS throttled, and it counts texts by the second.
const SNS_FIRST_BACKOFF: Duration = Duration::from_millis(500);

/// Lambda gives a start ten seconds in all.
const LONGEST_OPENING: Duration = Duration::from_secs(1);

/// What pages show.
pub struct Shown {
    /// Of the service.
    pub brand: Brand,
    /// Whose numbers it takes.
    pub countries: Countries,
}

/// Checks the settings of a whole deployment, as far as that is possible without a call to AWS, and gives back those that
/// pages show. They show nothing whose calls cannot work.
///
/// Only the functions that read a secret notice that its ARN leads to no secret, or to one that is too short.
///
/// # Errors
/// The first setting that is wrong. The domain may be missing: `pages` is not given the API's own domain.
pub fn check() -> Result<Shown, BadSetting> {
    let countries = environment::check()?;
    secrets::check()?;
    texts::check()?;
    Ok(Shown { brand: brand::brand()?, countries })
}

/// The settings of a running function, and the connections that are made from them.
pub struct Settings {
    aws: SdkConfig,
}

impl Settings {
    /// The region and credentials that Lambda gives, with bounded retries.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub async fn load() -> Result<Self, BadSetting> {
        environment::check_access()?;
        Ok(Self { aws: aws::config().await })
    }

    /// `DOORCODE_TABLE`, and the connection to it, opened so that the first request does not wait for it.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub async fn table(&self) -> Result<Table, BadSetting> {
        let name = environment::table()?;
        let mut dynamodb = aws_sdk_dynamodb::config::Builder::from(&self.aws);
        dynamodb.set_endpoint_url(environment::endpoint("AWS_ENDPOINT_URL_DYNAMODB"));
        let table = Table::new(aws_sdk_dynamodb::Client::from_conf(dynamodb.build()), name);
        open(table.connect()).await;
        Ok(table)
    }

    /// The keys of the number secret: from Secrets Manager under `DOORCODE_NUMBER_SECRET_ARN`; without that, on one
    /// machine only, from `DOORCODE_NUMBER_SECRET`.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub async fn number_keys(&self) -> Result<NumberKeys, BadSetting> {
        Ok(NumberKeys::derive(&self.root(&NUMBER_SECRET).await?))
    }

    /// The keys of the code secret, under `DOORCODE_CODE_SECRET_ARN` or `DOORCODE_CODE_SECRET` in the same way.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub async fn code_keys(&self) -> Result<CodeKeys, BadSetting> {
        Ok(CodeKeys::derive(&self.root(&CODE_SECRET).await?))
    }

    /// `DOORCODE_COUNTRIES`, `DOORCODE_DEFAULT_COUNTRY`, and what may be set: `DOORCODE_NUMBER_KINDS` and, where
    /// numbers set aside for fiction are taken, `DOORCODE_TEST_NUMBERS`.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn countries(&self) -> Result<Countries, BadSetting> {
        let countries = environment::countries()?;
        countries.prepare();
        Ok(countries)
    }

    /// How many logins one address may start: `DOORCODE_IP_REQUESTS_PER_QUARTER_HOUR` and
    /// `DOORCODE_IP_REQUESTS_PER_DAY`, or their defaults.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn ip_limits(&self) -> Result<IpLimits, BadSetting> {
        limits::ip_limits()
    }

    /// How many texts are sent, and who may register: `DOORCODE_UNVERIFIED_TEXTS_PER_DAY` and the others of `limits`,
    /// or their defaults.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn policy(&self) -> Result<SendPolicy, BadSetting> {
        limits::policy()
    }

    /// `DOORCODE_REGISTRATION`; without it, everybody may register.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn registration(&self) -> Result<RegistrationPolicy, BadSetting> {
        limits::registration()
    }

    /// `DOORCODE_ORIGINS`; without it, the API's own origin.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn origins(&self) -> Result<Origins, BadSetting> {
        environment::origins()
    }

    /// The trusted proxy: `CloudFront` with the secret under `DOORCODE_PROXY_SECRET_ARN`; without that, none.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub async fn proxy(&self) -> Result<TrustedProxy, BadSetting> {
        let Some(arn) = secrets::proxy_secret_arn()? else { return Ok(TrustedProxy::None) };
        let text = self.secret(arn).await.map_err(|kind| secrets::proxy_secret_unavailable(&kind))?;
        TrustedProxy::cloudfront(text.expose_secret()).map_err(secrets::bad_proxy_secret)
    }

    /// `DOORCODE_DOMAIN`, and what may be set of a text: `DOORCODE_SERVICE_NAME`, `DOORCODE_MAX_PRICE` and the others of
    /// `texts`. Also the connection to SNS, opened like that of the table.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub async fn sms(&self) -> Result<Sms, BadSetting> {
        let (messages, attributes) = (texts::messages()?, texts::attributes()?);
        let mut sns = aws_sdk_sns::config::Builder::from(&self.aws)
            .timeout_config(aws::timeouts(SNS_TRY_TIMEOUT, SNS_CALL_TIMEOUT))
            .retry_config(aws::retries(SNS_FIRST_BACKOFF));
        sns.set_endpoint_url(environment::endpoint("AWS_ENDPOINT_URL_SNS"));
        let sms = Sms::new(&aws_sdk_sns::Client::from_conf(sns.build()), messages).with(attributes);
        open(sms.connect()).await;
        Ok(sms)
    }

    /// The keys of both.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub async fn keys(&self) -> Result<(NumberKeys, CodeKeys), BadSetting> {
        tokio::try_join!(self.number_keys(), self.code_keys())
    }

    async fn root(&self, variables: &'static RootVariables) -> Result<RootSecret, BadSetting> {
        match variables.root()? {
            Root::Secret(root) => Ok(root),
            Root::Arn(arn) => {
                let text = self.secret(arn).await.map_err(|kind| variables.unavailable(&kind))?;
                RootSecret::parse(text.expose_secret()).map_err(|error| variables.bad(error))
            }
        }
    }

    /// What Secrets Manager has under an ARN, or the name of its error.
    async fn secret(&self, arn: String) -> Result<SecretString, String> {
        let mut secrets = aws_sdk_secretsmanager::config::Builder::from(&self.aws);
        secrets.set_endpoint_url(environment::endpoint("AWS_ENDPOINT_URL_SECRETS_MANAGER"));
        let call = aws_sdk_secretsmanager::Client::from_conf(secrets.build()).get_secret_value().secret_id(arn);
        let output = call.send().await.map_err(|error| match &error {
            SdkError::ServiceError(error) => error.err().code().unwrap_or("unnamed error").to_owned(),
            SdkError::TimeoutError(_) => "timed out".to_owned(),
            _ => "no answer".to_owned(),
        })?;
        output.secret_string.map(SecretString::from).ok_or_else(|| "no text".to_owned())
    }
}

/// Waits for a connection to be opened, but not for long. A function without a connection starts all the same; its
/// calls then fail as `unavailable`.
async fn open(connection: impl Future<Output = ()>) {
    drop(tokio::time::timeout(LONGEST_OPENING, connection).await);
}
