//! Doorcode on two free ports, as the program serves it, with a clock that the test moves.

use std::env;

use local::{EmbeddedDynamoDb, Gateway, Local, Options, SmsInbox};
use shared::brand::Brand;
use shared::http::{Origins, TrustedProxy};
use shared::keys::{CodeKeys, NumberKeys};
use shared::phone::Countries;
use shared::root_secret::RootSecret;
use shared::sending::decision::SendPolicy;
use shared::sending::ip_limit::IpLimits;
use tests::clock::ManualClock;
use tests::tls::Certificate;
use tokio::net::TcpListener;

/// A whole Doorcode that runs until its test ends.
pub struct Doorcode {
    /// Where people sign in: `http://localhost:PORT`.
    pub site: String,
    /// Where their texts appear.
    pub inbox: String,
    /// What a browser must be told to get there.
    pub arguments: Vec<String>,
    here: Option<Here>,
}

/// What is in this process.
struct Here {
    clock: ManualClock,
    gateway: Gateway,
    texts: SmsInbox,
}

impl Doorcode {
    /// With the policy of most tests.
    pub async fn start() -> Self {
        Self::with(tests::stack::policy()).await
    }

    /// With a policy of its own.
    pub async fn with(policy: SendPolicy) -> Self {
        let (site_port, site) = free_port().await;
        Self::at(site_port, site, policy, Vec::new()).await
    }

    /// At `https://login.example.test`, and a port. The browser takes every name that ends in `.example.test` for this
    /// machine, and every certificate of it.
    pub async fn behind_tls(certificate: &Certificate) -> Self {
        let ((site_port, behind), (tls_port, before)) = (free_port().await, free_port().await);
        certificate.before(&behind.replace("http://localhost", "127.0.0.1"), tls_port);
        let site = before.replace("http://localhost", "https://login.example.test");
        let arguments = [
            "--host-resolver-rules=MAP *.example.test 127.0.0.1",
            "--ignore-certificate-errors",
            // A page at http that is asked for is not looked for at https first.
            "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
        ];
        Self::at(site_port, site, tests::stack::policy(), arguments.map(str::to_owned).into()).await
    }

    async fn at(site_port: TcpListener, site: String, policy: SendPolicy, arguments: Vec<String>) -> Self {
        let clock = ManualClock::new();
        let (inbox_port, inbox) = free_port().await;
        let engine = EmbeddedDynamoDb::memory(clock.shared()).await.expect("an engine");
        let secret = RootSecret::generate(&mut shared::random::source());
        let options = Options {
            clock: clock.shared(),
            randomness: local::system_randomness(),
            origins: Origins::parse(&site).expect("an origin"),
            proxy: TrustedProxy::None,
            number_keys: NumberKeys::derive(&secret),
            code_keys: CodeKeys::derive(&secret),
            ip_limits: IpLimits::default(),
            policy,
            brand: Brand::default(),
            countries: Countries::every("SE").expect("countries"),
            functions: None,
            functions_dynamodb: None,
            attempt_timeout: local::ATTEMPT_TIMEOUT,
        };
        let local = Local::start(engine, options).await.expect("a local Doorcode");
        let (gateway, texts) = (local.gateway.clone(), local.inbox.clone());
        let url = site.clone();
        tokio::spawn(async move { local.serve(site_port, inbox_port, &url, std::future::pending()).await });
        Self { site, inbox, arguments, here: Some(Here { clock, gateway, texts }) }
    }

    /// One that runs already, a deployed one say, where the environment names it; otherwise a new one. `DOORCODE_SITE` is
    /// where people sign in, `DOORCODE_PHONE` a page that shows texts as the local program does, `DOORCODE_BROWSER` what
    /// Chromium must be told. It cannot be let wait, and nobody may have the number that the test uses.
    pub async fn named_or_new() -> Self {
        let Ok(site) = env::var("DOORCODE_SITE") else { return Self::start().await };
        let inbox = env::var("DOORCODE_PHONE").expect("DOORCODE_PHONE beside DOORCODE_SITE");
        let arguments = env::var("DOORCODE_BROWSER").unwrap_or_default();
        Self { site, inbox, arguments: arguments.split(';').map(str::to_owned).collect(), here: None }
    }

    /// Lets time pass here, and nowhere else.
    pub fn advance(&self, seconds: i64) {
        self.here().clock.advance(seconds);
    }

    /// The texts that a number got, oldest first.
    pub fn texts(&self, to: &str) -> Vec<String> {
        let messages = self.here().texts.messages().into_iter();
        messages.filter(|message| message.to == to).map(|message| message.text).collect()
    }

    /// What answers the requests of browsers.
    pub fn gateway(&self) -> Gateway {
        self.here().gateway.clone()
    }

    fn here(&self) -> &Here {
        self.here.as_ref().expect("a Doorcode of this process")
    }
}

/// A port that is free, and the origin that a browser on this machine knows it by. Browsers take `localhost`, unlike
/// other names without TLS, for safe enough to keep `Secure` cookies.
async fn free_port() -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    (listener, format!("http://localhost:{port}"))
}
