//! Doorcode in one process, as `infra/local` builds it, with a clock that the test moves.

mod copy;
mod policy;
mod setup;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use local::{EmbeddedDynamoDb, Gateway, Local, Message, Options, SmsInbox};
use secrecy::SecretString;
use shared::brand::Brand;
use shared::http::{Origins, TrustedProxy};
use shared::keys::{CodeKeys, NumberKeys};
use shared::phone::Countries;
use shared::root_secret::RootSecret;
use shared::sending::decision::SendPolicy;
use shared::sending::ip_limit::IpLimits;
use shared::telemetry::Metrics;
use shared::time::Timestamp;

use crate::browser::{Browser, ORIGIN, address};
use crate::clock::ManualClock;
use crate::dump::Dump;
use crate::proxy::Proxy;
use crate::{engine, seed};

use setup::{Setup, root_secret};

pub use policy::{policy, without_quotas};

/// After how long a call to the table is tried again: never because the machine is busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// A whole Doorcode with an empty table. Clones are the same Doorcode.
#[derive(Clone)]
pub struct Stack(Arc<Parts>);

struct Parts {
    local: Local,
    clock: ManualClock,
    proxy: Option<Proxy>,
    secret: SecretString,
    code_secret: SecretString,
    policy: SendPolicy,
    trusted_proxy: TrustedProxy,
    addresses: AtomicU32,
}

impl Stack {
    /// A new one, its functions connected to the engine directly.
    pub async fn new() -> Self {
        Self::start(false, Setup::new(policy())).await
    }

    /// A new one with a policy of its own.
    pub async fn with(policy: SendPolicy) -> Self {
        Self::start(false, Setup::new(policy)).await
    }

    /// A new one with this root secret for all keys, whose functions draw the same codes and cookies each time.
    pub async fn seeded(secret: &SecretString, seed: u64) -> Self {
        let randomness = seed::randomness(seed);
        let setup = Setup { randomness, ..Setup::new(policy()) }.with_secret(secret);
        Self::start(false, setup).await
    }

    /// A new one with a policy of its own, on an engine of the caller's.
    pub async fn on(engine: EmbeddedDynamoDb, policy: SendPolicy) -> Self {
        Self::wire(engine, Setup::new(policy)).await
    }

    /// A new one with a policy of its own, whose functions reach the table through a [`Proxy`].
    pub async fn watched_with(policy: SendPolicy) -> Self {
        Self::start(true, Setup::new(policy)).await
    }

    /// A new one whose functions reach the table through a [`Proxy`].
    pub async fn watched() -> Self {
        Self::start(true, Setup::new(policy())).await
    }

    /// A new one with `CloudFront` before it, which shows this secret. Its functions reach the table through a [`Proxy`].
    pub async fn behind_cloudfront(secret: &str) -> Self {
        let trusted_proxy = TrustedProxy::cloudfront(secret).expect("a secret of a proxy");
        Self::start(true, Setup { trusted_proxy, ..Setup::new(policy()) }).await
    }

    /// A new one whose functions run elsewhere, at `functions` (see [`Options::functions`]). They have the real time,
    /// and are to find the table and SNS where this one says.
    pub async fn with_functions_at(functions: &str) -> Self {
        let setup = Setup { functions: Some(functions.to_owned()), ..Setup::new(policy()) };
        Self::wire(engine::with_empty_table(&setup.clock).await, setup).await
    }

    /// Another one on the same table, with the same secret, clock and policy, an inbox of its own, and the stream still
    /// before it.
    pub async fn twin(&self) -> Self {
        self.twin_with(self.0.policy).await
    }

    /// Another one like [`Stack::twin`], with a root secret of its own for all keys, or two.
    pub async fn twin_with_secret(&self, secret: &SecretString) -> Self {
        Self::wire(self.engine_again().await, self.setup().with_secret(secret)).await
    }

    /// Another one like [`Stack::twin`], in which this root secret takes over from both of this one's.
    pub async fn twin_taken_over_by(&self, secret: &SecretString) -> Self {
        Self::wire(self.engine_again().await, self.setup().taken_over_by(secret)).await
    }

    /// Another one like [`Stack::twin`], with a number secret of its own, or two.
    pub async fn twin_with_number_secret(&self, secret: &SecretString) -> Self {
        Self::wire(self.engine_again().await, Setup { secret: secret.clone(), ..self.setup() }).await
    }

    /// Another one like [`Stack::twin`], with a code secret of its own, or two.
    pub async fn twin_with_code_secret(&self, secret: &SecretString) -> Self {
        Self::wire(self.engine_again().await, Setup { code_secret: secret.clone(), ..self.setup() }).await
    }

    /// Another one like [`Stack::twin`], with a policy of its own.
    pub async fn twin_with(&self, policy: SendPolicy) -> Self {
        Self::wire(self.engine_again().await, Setup { policy, ..self.setup() }).await
    }

    /// Another one like [`Stack::twin`], in which a new root secret takes over from this one's, and whose functions reach
    /// the table through a [`Proxy`].
    pub async fn watched_twin_with_new_secret(&self) -> Self {
        let new = RootSecret::generate(&mut shared::random::source()).to_text();
        self.watched_twin(self.setup().taken_over_by(&new)).await
    }

    /// Another one like [`Stack::twin_with`], whose functions reach the table through a [`Proxy`].
    pub async fn watched_twin_with(&self, policy: SendPolicy) -> Self {
        self.watched_twin(Setup { policy, ..self.setup() }).await
    }

    async fn watched_twin(&self, setup: Setup) -> Self {
        let engine = self.engine_again().await;
        let proxy = Some(Proxy::start(engine.endpoint()).await);
        Self::wire(engine, Setup { proxy, ..setup }).await
    }

    async fn engine_again(&self) -> EmbeddedDynamoDb {
        let engine = EmbeddedDynamoDb::running(self.0.local.engine.endpoint()).await.expect("an engine that runs");
        engine.with_table(self.table_name())
    }

    fn setup(&self) -> Setup {
        let (clock, secret, code_secret) = (self.0.clock.clone(), self.0.secret.clone(), self.0.code_secret.clone());
        Setup { clock, secret, code_secret, trusted_proxy: self.0.trusted_proxy.clone(), ..Setup::new(self.0.policy) }
    }

    async fn start(watched: bool, mut setup: Setup) -> Self {
        let engine = engine::with_empty_table(&setup.clock).await;
        if watched {
            setup.proxy = Some(Proxy::start(engine.endpoint()).await);
        }
        Self::wire(engine, setup).await
    }

    async fn wire(engine: EmbeddedDynamoDb, setup: Setup) -> Self {
        let Setup { proxy, functions, clock, randomness, secret, code_secret, policy, trusted_proxy } = setup;
        let options = Options {
            clock: clock.shared(),
            randomness,
            origins: Origins::parse(ORIGIN).expect("an origin"),
            proxy: trusted_proxy.clone(),
            number_keys: NumberKeys::derive(&root_secret(&secret)),
            code_keys: CodeKeys::derive(&root_secret(&code_secret)),
            brand: Brand::default(),
            countries: Countries::parse("SE,NO", "SE").expect("countries").with_test_numbers(),
            ip_limits: IpLimits::default(),
            policy,
            functions,
            functions_dynamodb: proxy.as_ref().map(|proxy| proxy.endpoint().to_owned()),
            attempt_timeout: PATIENCE,
        };
        let local = Local::start(engine, options).await.expect("a local Doorcode");
        if let Some(proxy) = &proxy {
            proxy.forget();
        }
        let addresses = AtomicU32::new(0);
        Self(Arc::new(Parts { local, clock, proxy, secret, code_secret, policy, trusted_proxy, addresses }))
    }

    /// A new browser, at an address that no other has.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self.clone(), address(self.0.addresses.fetch_add(1, Ordering::Relaxed)))
    }

    /// Carries what is new in the table's stream to `deliver-code`. Gives back the number of records.
    pub async fn deliver(&self) -> usize {
        self.0.local.deliver().await.expect("a stream that can be read")
    }

    /// The texts that reached a number, oldest first.
    #[must_use]
    pub fn texts(&self, to: &str) -> Vec<Message> {
        self.inbox().messages().into_iter().filter(|message| message.to == to).collect()
    }

    /// The code in the newest text to a number.
    #[must_use]
    pub fn newest_code(&self, to: &str) -> String {
        let texts = self.texts(to);
        code_in(&texts.last().unwrap_or_else(|| panic!("no text to {to}")).text)
    }

    /// Lets time pass.
    pub fn advance(&self, seconds: i64) {
        self.0.clock.advance(seconds);
    }

    /// Lets the embedded engine delete what is over, as `DynamoDB` does in its own time. It never does so by itself, and
    /// an engine that was not embedded does it only by the real time.
    pub async fn sweep(&self) {
        self.0.local.engine.sweep_expired().await.expect("a sweep");
    }

    /// What the clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The whole table.
    pub async fn dump(&self) -> Dump {
        Dump::read(self.dynamodb(), self.table_name()).await
    }

    /// A client straight to the engine, past the proxy.
    #[must_use]
    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        &self.0.local.dynamodb
    }

    /// The name of the table.
    #[must_use]
    pub fn table_name(&self) -> &str {
        &self.0.local.table
    }

    /// Where the engine answers, past the proxy: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn engine(&self) -> &str {
        self.0.local.engine.endpoint()
    }

    /// Where the stand-in of SNS answers, in the same form.
    #[must_use]
    pub fn sns(&self) -> &str {
        &self.0.local.sns_endpoint
    }

    /// The table as the functions see it, past the proxy.
    #[must_use]
    pub fn table(&self) -> shared::store::Table {
        shared::store::Table::new(self.dynamodb().clone(), self.table_name())
    }

    /// The texts that were sent.
    #[must_use]
    pub fn inbox(&self) -> &SmsInbox {
        &self.0.local.inbox
    }

    /// What turns requests into events for the functions.
    #[must_use]
    pub fn gateway(&self) -> &Gateway {
        &self.0.local.gateway
    }

    /// What the functions counted.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.local.metrics
    }

    /// How often a typed code was compared with a stored hash.
    #[must_use]
    pub fn compares(&self) -> u64 {
        self.metrics().codes_compared.value()
    }

    /// The proxy in front of the table.
    #[must_use]
    pub fn proxy(&self) -> &Proxy {
        self.0.proxy.as_ref().expect("a stack made by Stack::watched")
    }

    /// The number secret, for tests that play somebody who has it.
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        &self.0.secret
    }

    /// The code secret, for the same.
    #[must_use]
    pub fn code_secret(&self) -> &SecretString {
        &self.0.code_secret
    }

    /// The keys that the functions derive from the number secret.
    #[must_use]
    pub fn number_keys(&self) -> NumberKeys {
        NumberKeys::derive(&root_secret(&self.0.secret))
    }

    /// The keys that the functions derive from the code secret.
    #[must_use]
    pub fn code_keys(&self) -> CodeKeys {
        CodeKeys::derive(&root_secret(&self.0.code_secret))
    }
}

/// The code in a text: what stands behind `#` on its last line, as browsers read it (origin-bound one-time codes).
#[must_use]
pub fn code_in(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default();
    let Some((_, code)) = line.split_once(" #") else { panic!("no code in {text:?}") };
    assert!(code.len() >= 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "no code in {text:?}");
    code.to_owned()
}
