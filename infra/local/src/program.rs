//! The program: flags in, two addresses out, and everything running until it is told to stop.

use std::ffi::OsString;
use std::future::Future;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use shared::brand::Brand;
use shared::http::{Origins, TrustedProxy};
use shared::keys::{CodeKeys, NumberKeys};
use shared::phone::{Countries, UnknownCountry};
use shared::root_secret::RootSecret;
use shared::sending::decision::SendPolicy;
use shared::sending::ip_limit::IpLimits;
use shared::sending::quota::QuotaLimits;
use shared::time::Timestamp;
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::addresses::Addresses;
use crate::error::LocalError;
use crate::flags::{Command, Flags};
use crate::server::{GRACE, listen, serve, serve_as};
use crate::texts::inbox_site;
use crate::{Clock, EmbeddedDynamoDb, Local, Options, secret};

/// How often expired items are deleted.
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// The country whose national numbers are read without country code, where no flag names one.
const DEFAULT_COUNTRY: &str = "SE";
const INBOX: &str = "SMS inbox";

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
    let local = Local::start(engine, options(&addresses, &root_secret, &flags)?).await?;

    announce(&addresses, &flags);
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
        let site = serve_as(site, self.gateway.router(), self.names.clone());
        let inbox = serve(inbox, inbox_site::router(&self.inbox, self.service_name.as_str(), site_url));
        keep_going(&self, self.engine.poll_every(), stop).await;

        site.stop().await;
        inbox.stop().await;
        self.stop().await;
    }
}

/// Prints the addresses of the pages and the inbox.
fn announce(addresses: &Addresses, flags: &Flags) {
    let (site, inbox, name) = (addresses.site_url(), addresses.inbox_url(), flags.service_name.as_str());
    let width = name.chars().count().max(INBOX.len());
    let relaxed = if flags.relaxed { "; relaxed: no limits by IP address, no quotas of texts" } else { "" };
    print(&format!("{name:width$}  {site}      sign in here{relaxed}\n"));
    print(&format!("{INBOX:width$}  {inbox}      texts appear here (JSON: /messages)\n"));
}

/// Writes to the standard output. An output that cannot be written to does not end the program.
fn print(text: &str) {
    let mut output = io::stdout().lock();
    drop(output.write_all(text.as_bytes()).and_then(|()| output.flush()));
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

fn options(addresses: &Addresses, root_secret: &RootSecret, flags: &Flags) -> Result<Options, LocalError> {
    let fault = |error: &dyn std::error::Error| LocalError::Flags(error.to_string());
    Ok(Options {
        clock: clock(),
        randomness: crate::randomness::system_randomness(),
        origins: Origins::parse(&addresses.origins(&flags.origins)).map_err(|error| fault(&error))?,
        proxy: TrustedProxy::None,
        number_keys: NumberKeys::derive(root_secret),
        code_keys: CodeKeys::derive(root_secret),
        countries: countries(&flags.countries).map_err(|error| fault(&error))?,
        ip_limits: if flags.relaxed { IpLimits::NONE } else { IpLimits::default() },
        policy: policy(flags.relaxed),
        brand: Brand { service: flags.service_name.clone(), ..Brand::default() },
        functions: flags.functions.clone(),
        functions_dynamodb: None,
        attempt_timeout: crate::ATTEMPT_TIMEOUT,
    })
}

/// The given countries, the first of them the default one; without any, every country. Numbers that are set aside for
/// fiction are taken.
fn countries(given: &[String]) -> Result<Countries, UnknownCountry> {
    match given.first() {
        Some(default) => Ok(Countries::parse(&given.join(","), default)?.with_test_numbers()),
        None => Countries::every(DEFAULT_COUNTRY),
    }
}

/// The default policy with a higher limit for number blocks: the numbers that are set aside for fiction share a few
/// blocks.
fn policy(is_relaxed: bool) -> SendPolicy {
    let usual = QuotaLimits { block_numbers_per_hour: 1_000, ..QuotaLimits::default() };
    SendPolicy { limits: if is_relaxed { QuotaLimits::NONE } else { usual }, ..SendPolicy::default() }
}

fn clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// Does what AWS does by itself until `stop` completes: hands stream records to `deliver-code` and deletes expired items.
///
/// What is under way at the stop may end, so that no text is half sent. Records that were not read stay in the stream
/// of a table in a file, and their texts appear in the next run, if that begins before they are stale.
async fn keep_going(local: &Local, poll_every: Duration, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let mut poll = interval(poll_every);
    let mut sweep = interval(SWEEP_EVERY);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        let is_sweep = tokio::select! {
            () = &mut stop => return,
            () = local.written.notified() => false,
            _ = poll.tick() => false,
            _ = sweep.tick() => true,
        };
        let mut work =
            pin!(async { if is_sweep { local.engine.sweep_expired().await } else { local.deliver().await } });
        let done = tokio::select! {
            done = &mut work => done,
            () = &mut stop => {
                drop(timeout(GRACE, work).await);
                return;
            }
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

    fn with(line: &str) -> Options {
        let words = std::iter::once("doorcode").chain(line.split_whitespace()).map(OsString::from);
        let Ok(Command::Run(flags)) = Flags::read(words) else { panic!("{line}") };
        let addresses = Addresses { bind: flags.bind, site: 8080, inbox: 8081 };
        options(&addresses, &new_secret(), &flags).unwrap()
    }

    #[test]
    fn without_flags_the_limits_are_those_of_a_deployment_but_for_blocks() {
        let options = with("");
        assert_eq!(options.ip_limits, IpLimits::default());
        let limits = QuotaLimits { block_numbers_per_hour: 5, ..options.policy.limits };
        assert_eq!(limits, QuotaLimits::default());
        for number in ["070-174 06 05", "+1 415 555 0100", "+61 491 570 006"] {
            assert!(options.countries.read(number).is_ok(), "{number}");
        }
    }

    #[test]
    fn relaxed_knows_no_limits() {
        let options = with("--relaxed");
        assert_eq!((options.ip_limits, options.policy.limits), (IpLimits::NONE, QuotaLimits::NONE));
    }

    #[test]
    fn the_first_country_is_the_one_of_national_numbers_and_no_other_is_served() {
        let options = with("--country US,AU");
        for number in ["(415) 555-0100", "+61 491 570 006"] {
            assert!(options.countries.read(number).is_ok(), "{number}");
        }
        for number in ["070-174 06 05", "+46 70 174 06 05"] {
            assert!(options.countries.read(number).is_err(), "{number}");
        }
    }

    /// The second text would be an hour late.
    #[tokio::test]
    async fn a_text_does_not_wait_for_the_next_look_at_the_stream() {
        let local = Local::start(EmbeddedDynamoDb::memory(clock()).await.unwrap(), with("")).await.unwrap();
        let people = async {
            for (texts, phone) in ["+46701740605", "+46701740606"].into_iter().enumerate() {
                let request = http::Request::post("/auth/login").header("origin", "http://localhost:8080");
                let request = request.header("content-type", "application/json");
                let request = request.body(format!(r#"{{"phone": "{phone}"}}"#).into()).unwrap();
                assert_eq!(local.gateway.call(request, Ipv4Addr::LOCALHOST.into()).await.status(), 202);
                while local.inbox.messages().len() <= texts {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        };
        let work = keep_going(&local, Duration::from_hours(1), people);
        timeout(Duration::from_mins(1), work).await.expect("a text did not come");
    }

    #[test]
    fn flags_reach_the_options() {
        let options = with("--origin https://a.example --service-name Acme --bind ::");
        assert_eq!(options.brand.service.as_str(), "Acme");
        assert!(crate::addresses::names(&options.origins).contains(&"a.example".to_owned()));
    }
}
