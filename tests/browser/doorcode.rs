//! Doorcode on two free ports, as the program serves it, with a clock that the test moves.

use local::{Engine, Inbox, Local, Options};
use shared::http::Origins;
use shared::keys::RootSecret;
use shared::phone::Countries;
use tests::clock::ManualClock;
use tokio::net::TcpListener;

/// A whole Doorcode that runs until its test ends.
pub struct Doorcode {
    /// Where people sign in: `http://localhost:PORT`.
    pub site: String,
    /// Where their texts appear.
    pub inbox: String,
    clock: ManualClock,
    texts: Inbox,
}

impl Doorcode {
    pub async fn start() -> Self {
        let clock = ManualClock::new();
        let (site_port, site) = free_port().await;
        let (inbox_port, inbox) = free_port().await;
        let engine = Engine::memory(clock.shared()).await.expect("an engine");
        let options = Options {
            clock: clock.shared(),
            origins: Origins::parse(&site).expect("an origin"),
            root_secret: RootSecret::generate(&mut shared::random::source()),
            countries: Countries::every("SE").expect("countries"),
            functions_dynamodb: None,
        };
        let local = Local::start(engine, options).await.expect("a local Doorcode");
        let texts = local.inbox.clone();
        let url = site.clone();
        tokio::spawn(async move { local.serve(site_port, inbox_port, &url, std::future::pending()).await });
        Self { site, inbox, clock, texts }
    }

    /// Lets time pass here, and nowhere else.
    pub fn advance(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    /// How many texts a number got.
    pub fn texts(&self, to: &str) -> usize {
        self.texts.messages().iter().filter(|message| message.to == to).count()
    }
}

/// A port that is free, and the origin that a browser on this machine knows it by. Browsers take `localhost`, unlike
/// other names without TLS, for safe enough to keep `Secure` cookies.
async fn free_port() -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    (listener, format!("http://localhost:{port}"))
}
