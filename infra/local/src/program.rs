//! The program: flags in, two addresses out, and everything running until it is told to stop.

use std::ffi::OsString;
use std::future::Future;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use shared::http::{Origins, TrustedProxy};
use shared::phone::Countries;
use shared::root_secret::RootSecret;
use shared::sending::decision::SendPolicy;
use shared::sending::ip_limit::IpLimits;
use shared::sending::quota::QuotaLimits;
use shared::time::Timestamp;
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval};

use crate::error::LocalError;
use crate::flags::{Command, Flags};
use crate::server::{listen, serve};
use crate::texts::inbox_site;
use crate::{Clock, EmbeddedDynamoDb, Local, Options, secret};

/// How often the table's stream is read. A text appears at most this long after its code request.
const POLL_EVERY: Duration = Duration::from_millis(100);
/// How often expired items are deleted.
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// The country whose national numbers are read without country code.
const DEFAULT_COUNTRY: &str = "SE";

/// Runs Doorcode on this machine until Ctrl-C or SIGTERM, as the command line says (program name first).
///
/// # Errors
/// What keeps it from starting.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<(), LocalError> {
    match Flags::read(arguments)? {
        Command::Run(flags) => serve_until_told(flags).await,
        Command::Text(text) => {
            print(&text);
            Ok(())
        }
    }
}

async fn serve_until_told(flags: Flags) -> Result<(), LocalError> {
    let stop = stop_signal().map_err(LocalError::Server)?;
    let site = listen("--port", flags.bind, flags.port).await?;
    let inbox = listen("--inbox-port", flags.bind, flags.inbox_port).await?;
    let addresses = Addresses { bind: flags.bind, site: port(&site)?, inbox: port(&inbox)? };
    let (engine, root_secret) = engine(&flags).await?;
    let local = Local::start(engine, options(&addresses, root_secret, flags.functions)?).await?;

    addresses.announce();
    local.serve(site, inbox, &addresses.site_url(), stop).await;
    Ok(())
}

impl Local {
    /// Serves the pages and the API on `site` and the texts on `inbox`, and does what AWS does by itself, until `stop`
    /// completes. Then it stops everything. `site_url` is where people reach the pages.
    pub async fn serve(
        self,
        site: TcpListener,
        inbox: TcpListener,
        site_url: &str,
        stop: impl Future<Output = ()> + Send,
    ) {
        let site = serve(site, self.gateway.router());
        let inbox = serve(inbox, inbox_site::router(&self.inbox, site_url));
        tokio::select! {
            () = keep_going(&self) => {}
            () = stop => {}
        }

        site.stop().await;
        inbox.stop().await;
        self.stop().await;
    }
}

/// Where the program is reached.
struct Addresses {
    bind: IpAddr,
    site: u16,
    inbox: u16,
}

impl Addresses {
    fn site_url(&self) -> String {
        format!("http://{}:{}", self.name(), self.site)
    }

    fn inbox_url(&self) -> String {
        format!("http://{}:{}", self.name(), self.inbox)
    }

    /// The name that a browser on this machine uses.
    fn name(&self) -> String {
        let usual = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
        if self.bind.is_unspecified() || usual.contains(&self.bind) { "localhost".to_owned() } else { host(self.bind) }
    }

    /// The origins of the program's own pages, by each name that a browser may know them.
    fn origins(&self) -> String {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned(), host(self.bind)];
        names.map(|name| format!("http://{name}:{}", self.site)).join(",")
    }

    /// Prints the addresses of the pages and the inbox.
    fn announce(&self) {
        let (site, inbox) = (self.site_url(), self.inbox_url());
        print(&format!("Doorcode   {site}      sign in here\n"));
        print(&format!("SMS inbox  {inbox}      texts appear here (JSON: /messages)\n"));
    }
}

/// Writes to the standard output. An output that cannot be written to does not end the program.
fn print(text: &str) {
    let mut output = io::stdout().lock();
    drop(output.write_all(text.as_bytes()).and_then(|()| output.flush()));
}

/// An address as it stands in a URL.
fn host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

fn port(listener: &TcpListener) -> Result<u16, LocalError> {
    listener.local_addr().map(|address| address.port()).map_err(LocalError::Server)
}

/// The DynamoDB that the flags choose, and the root secret of its table.
async fn engine(flags: &Flags) -> Result<(EmbeddedDynamoDb, RootSecret), LocalError> {
    if let Some(url) = &flags.dynamodb {
        let secret = flags.secret_file.as_deref().map_or_else(|| Ok(new_secret()), secret::kept_in)?;
        return Ok((EmbeddedDynamoDb::running(url).await?, secret));
    }
    // Only this machine reaches the table.
    let listener = listen("--dynamodb-port", Ipv4Addr::LOCALHOST.into(), flags.dynamodb_port_to_use()).await?;
    match &flags.data {
        Some(path) => {
            let secret = secret::beside(path)?;
            Ok((EmbeddedDynamoDb::file_at(listener, path)?, secret))
        }
        None => Ok((EmbeddedDynamoDb::memory_at(listener, clock())?, new_secret())),
    }
}

fn new_secret() -> RootSecret {
    RootSecret::generate(&mut shared::random::source())
}

fn options(addresses: &Addresses, root_secret: RootSecret, functions: Option<String>) -> Result<Options, LocalError> {
    let fault = |error: &dyn std::error::Error| LocalError::Flags(error.to_string());
    Ok(Options {
        clock: clock(),
        randomness: crate::randomness::system_randomness(),
        origins: Origins::parse(&addresses.origins()).map_err(|error| fault(&error))?,
        proxy: TrustedProxy::None,
        root_secret,
        countries: Countries::every(DEFAULT_COUNTRY).map_err(|error| fault(&error))?,
        ip_limits: IpLimits::default(),
        policy: policy(),
        functions,
        functions_dynamodb: None,
        attempt_timeout: crate::ATTEMPT_TIMEOUT,
    })
}

/// The default policy with a higher limit for number blocks: the numbers that are set aside for fiction share a few
/// blocks.
fn policy() -> SendPolicy {
    SendPolicy {
        limits: QuotaLimits { block_numbers_per_hour: 1_000, ..QuotaLimits::default() },
        ..SendPolicy::default()
    }
}

fn clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// Does without end what AWS does by itself: hands stream records to `deliver-code` and deletes expired items.
async fn keep_going(local: &Local) {
    let mut poll = interval(POLL_EVERY);
    let mut sweep = interval(SWEEP_EVERY);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        let done = tokio::select! {
            _ = poll.tick() => local.deliver().await,
            _ = sweep.tick() => local.engine.sweep_expired().await,
        };
        // Logged once for each outage, not ten times a second.
        if let (Err(error), false) = (&done, failing) {
            tracing::error!(%error, "stream or expired items not processed: texts are late until this succeeds");
        }
        failing = done.is_err();
    }
}

/// Completes when the program should end: on Ctrl-C and, on Unix, on SIGTERM. From here on neither ends the program by
/// itself.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(bind: &str) -> Addresses {
        Addresses { bind: bind.parse().unwrap(), site: 8080, inbox: 8081 }
    }

    #[test]
    fn a_loopback_address_is_called_localhost() {
        for bind in ["127.0.0.1", "::1", "0.0.0.0", "::"] {
            assert_eq!(addresses(bind).site_url(), "http://localhost:8080", "{bind}");
        }
        assert_eq!(addresses("192.0.2.7").inbox_url(), "http://192.0.2.7:8081");
        assert_eq!(addresses("2001:db8::1").inbox_url(), "http://[2001:db8::1]:8081");
    }

    #[test]
    fn pages_are_allowed_by_each_name_of_this_machine() {
        let origins = addresses("192.0.2.7").origins();
        assert_eq!(origins, "http://localhost:8080,http://127.0.0.1:8080,http://[::1]:8080,http://192.0.2.7:8080");
        assert!(Origins::parse(&origins).is_ok());
        assert!(Origins::parse(&addresses("127.0.0.1").origins()).is_ok());
    }

    #[test]
    fn the_options_of_one_machine_are_whole() {
        assert!(options(&addresses("::"), new_secret(), None).is_ok());
    }
}
