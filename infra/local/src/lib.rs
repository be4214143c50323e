//! Doorcode on one machine: everything that AWS does for it in a deployment, in one process.
//!
//! # Layout
//!
//! In the order in which a request meets it:
//!
//! - [`run`] in `program`, `flags`, `addresses`: what `cargo run` starts.
//! - `server`: HTTP servers, and the hosts that they answer to.
//! - `gateway/`: what API Gateway does. HTTP becomes an event, the answer becomes HTTP.
//! - `functions`, `remote`: the functions of `functions/`, wired for one machine, or running elsewhere.
//! - `dynamodb`, `stream_records`, `table`, `secret`: DynamoDB ([`EmbeddedDynamoDb`]), what it lacks, the table, the root
//!   secret.
//! - `stream/`: what Lambda does with the table's stream. Records are polled, filtered, and handed over in batches.
//! - `texts/`: what SNS and a phone do: SNS's API, the [`SmsInbox`], the site that shows it.
//! - `template`: routes, table and stream event, read from `infra/template.yaml`.
//! - `clients`, [`Clock`], [`LocalError`]: AWS clients for this machine; the time; why something does not work.
//!
//! Nothing here depends on how a login works, and the functions do not notice that they run here.

mod addresses;
mod clients;
mod clock;
mod dynamodb;
mod error;
mod flags;
mod functions;
mod gateway;
mod program;
mod randomness;
mod remote;
mod secret;
mod server;
mod stream;
mod stream_records;
mod table;
mod template;
mod texts;

use std::sync::Arc;
use std::time::Duration;

use shared::brand::Brand;
use shared::http::{Origins, TrustedProxy};
use shared::keys::{CodeKeys, NumberKeys};
use shared::phone::Countries;
use shared::sending::decision::SendPolicy;
use shared::sending::ip_limit::IpLimits;
use shared::sms::Sms;
use shared::telemetry::Metrics;
use shared::text::{CountryMessages, Messages, ServiceName, SmsDomain};
use tokio::sync::Notify;

pub use crate::clients::ATTEMPT_TIMEOUT;
pub use crate::clock::Clock;
pub use crate::dynamodb::EmbeddedDynamoDb;
pub use crate::error::LocalError;
pub use crate::gateway::Gateway;
pub use crate::program::run;
pub use crate::randomness::{Randomness, system_randomness};
pub use crate::template::routes_of;
pub use crate::texts::inbox::{Message, SmsInbox, SnsFault};

use crate::functions::{FunctionParts, Functions};
use crate::remote::Remote;
use crate::server::{Background, listen_anywhere, serve};
use crate::stream::poller::StreamPoller;
use crate::template::Template;

/// The domain in the last line of the texts. Browsers fill in a code only on a page of the domain that it names.
const SMS_DOMAIN: &str = "localhost";

/// What differs between one Doorcode and another.
pub struct Options {
    /// What the functions take for the time.
    pub clock: Clock,
    /// What the functions draw codes and cookies from.
    pub randomness: Randomness,
    /// The origins whose pages may call the API.
    pub origins: Origins,
    /// The trusted proxy in front of the API.
    pub proxy: TrustedProxy,
    /// The keys of the number secret.
    pub number_keys: NumberKeys,
    /// The keys of the code secret. On one machine, where all functions are one process, both may be of one secret.
    pub code_keys: CodeKeys,
    /// What the pages show of the service.
    pub brand: Brand,
    /// The countries whose numbers get texts.
    pub countries: Countries,
    /// How many logins one address may start.
    pub ip_limits: IpLimits,
    /// How many texts are sent, and who may register.
    pub policy: SendPolicy,
    /// Where the functions run, when that is not this process: such as `cargo lambda watch` at `http://127.0.0.1:9000`.
    /// They then have settings of their own, and of these options only the clock is used.
    pub functions: Option<String>,
    /// Where the functions reach the table, when that is not DynamoDB itself but a proxy in front of it, which fails
    /// calls in tests.
    pub functions_dynamodb: Option<String>,
    /// After how long the functions try a call to the table again. Tests of many clients at once have a longer limit
    /// than [`ATTEMPT_TIMEOUT`], so that a busy machine decides nothing.
    pub attempt_timeout: Duration,
}

/// A whole Doorcode in this process. It does nothing by itself: [`run`] drives it with timers, a test step by step.
pub struct Local {
    /// The DynamoDB that it uses.
    pub engine: EmbeddedDynamoDb,
    /// Answers requests.
    pub gateway: Gateway,
    /// The texts that were sent.
    pub inbox: SmsInbox,
    /// What the functions counted.
    pub metrics: Arc<Metrics>,
    /// A client for that DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The name of the table.
    pub table: String,
    /// Where functions that run elsewhere can send texts: `http://127.0.0.1:PORT`.
    pub sns_endpoint: String,
    service_name: ServiceName,
    /// The names that people may call the site by, besides `localhost` and addresses: those of the allowed origins.
    names: Vec<String>,
    /// Told when the stream may have new records.
    written: Arc<Notify>,
    poller: StreamPoller,
    sns: Background,
}

impl Local {
    /// Makes the table where it is missing, and wires everything.
    ///
    /// # Errors
    /// A DynamoDB that fails, or a table that is not as the template says.
    pub async fn start(engine: EmbeddedDynamoDb, options: Options) -> Result<Self, LocalError> {
        let template = Template::embedded()?;
        let dynamodb = clients::dynamodb_within(engine.endpoint(), options.attempt_timeout);
        let table = engine.table().to_owned();
        let stream = table::ensure(&dynamodb, &table, &template.table).await?;

        let inbox = SmsInbox::new(options.clock.clone());
        let (listener, sns_endpoint) = listen_anywhere().await?;
        let sns = serve(listener, texts::inbox_site::router(&inbox, options.brand.service.as_str(), ""));

        let metrics = Arc::new(Metrics::default());
        let (clock, service_name) = (options.clock.clone(), options.brand.service.clone());
        let (names, written) = (addresses::names(&options.origins), Arc::new(Notify::new()));
        let functions = functions(options, &engine, &sns_endpoint, &metrics)?;
        let gateway = Gateway::new(template.routes, &functions, clock, written.clone())?;
        let subscriber = functions.named(&template.subscription.function, "the stream")?;
        let streams = clients::streams(engine.endpoint());
        let (clock, position) = (engine.clock().clone(), engine.position());
        let poller = StreamPoller::new(streams, stream, subscriber, template.subscription, clock, position);
        let local = Self {
            engine,
            gateway,
            inbox,
            metrics,
            dynamodb,
            table,
            sns_endpoint,
            service_name,
            names,
            written,
            poller,
            sns,
        };
        Ok(local)
    }

    /// Hands the new records of the table's stream to `deliver-code`, as far as its filter selects them, and gives back
    /// how many.
    ///
    /// # Errors
    /// [`LocalError::Stream`]. The next call reads what was not read yet.
    pub async fn deliver(&self) -> Result<usize, LocalError> {
        self.poller.pass().await
    }

    /// Hands one record of the table's stream to `deliver-code`, as the stream would: for tests that bring one late, again, or
    /// beside another. Gives back whether it is done; if not, the stream would bring it again.
    ///
    /// # Errors
    /// A function that cannot be reached.
    pub async fn hand_over(&self, record: serde_json::Value) -> Result<bool, LocalError> {
        self.poller.hand_over_again(record).await
    }

    /// Stops it. Everything is then written to the table's file, if there is one.
    pub async fn stop(self) {
        self.sns.stop().await;
        self.engine.stop().await;
    }
}

/// The functions, in this process or elsewhere, as the options say.
fn functions(
    options: Options,
    engine: &EmbeddedDynamoDb,
    sns: &str,
    metrics: &Arc<Metrics>,
) -> Result<Functions, LocalError> {
    if let Some(url) = &options.functions {
        return Ok(Functions::There(Remote::parse(url)?));
    }
    let dynamodb = options.functions_dynamodb.as_deref().unwrap_or(engine.endpoint());
    Ok(Functions::here(&FunctionParts {
        table: shared::store::Table::new(clients::dynamodb_within(dynamodb, options.attempt_timeout), engine.table()),
        number_keys: options.number_keys,
        code_keys: options.code_keys,
        sms: Sms::new(&clients::sns(sns), messages(&options.brand.service)?),
        brand: options.brand,
        countries: options.countries,
        origins: options.origins,
        proxy: options.proxy,
        ip_limits: options.ip_limits,
        policy: options.policy,
        metrics: metrics.clone(),
        clock: options.clock,
        randomness: options.randomness,
    }))
}

fn messages(service: &ServiceName) -> Result<Messages, LocalError> {
    let domain = SmsDomain::parse(SMS_DOMAIN).map_err(|error| LocalError::EmbeddedDynamoDb(error.to_string()))?;
    Messages::new(domain, service, CountryMessages::default())
        .map_err(|error| LocalError::EmbeddedDynamoDb(error.to_string()))
}
