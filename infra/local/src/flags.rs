//! The command line.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::Parser;
use http::uri::Authority;
use shared::http::Origins;
use shared::phone::Countries;
use shared::text::ServiceName;

use crate::error::{LocalError, one_line};

/// The port at which the functions that `.env.local` configures reach the table. DynamoDB Local uses the same port.
const PORT_FOR_FUNCTIONS: u16 = 8000;

/// Doorcode on this machine: sign-in pages, the API behind them, and an inbox where the texts appear.
#[derive(Debug, Parser)]
#[command(name = "doorcode", version)]
pub(crate) struct Flags {
    /// Port of the sign-in pages and the API
    #[arg(long, value_name = "PORT", default_value_t = 8080, allow_negative_numbers = true)]
    pub(crate) port: u16,
    /// Port of the SMS inbox
    #[arg(long, value_name = "PORT", default_value_t = 8081, allow_negative_numbers = true)]
    pub(crate) inbox_port: u16,
    /// IP address to listen on. On any other than a loopback address, others can read the inbox and its codes
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) bind: IpAddr,
    /// Country whose numbers get texts, as two letters (SE). Repeat the flag or give a list (SE,NO). The first is the
    /// one whose national numbers are read without country code [default: every country, SE first]
    #[arg(long = "country", value_name = "CODE", value_delimiter = ',', value_parser = country)]
    pub(crate) countries: Vec<String>,
    /// One more origin under which people see the pages or your own, such as `http://localhost:5173` of a dev server
    /// that passes /auth on to this program, or that of a tunnel. Repeat the flag for more
    #[arg(long = "origin", value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub(crate) origins: Vec<String>,
    /// No limits by IP address and no quotas of texts. The retry delays of each number stay
    #[arg(long)]
    pub(crate) relaxed: bool,
    /// What people sign in to
    #[arg(long, value_name = "NAME", default_value = "Doorcode", value_parser = service_name)]
    pub(crate) service_name: ServiceName,
    /// Keep the table in this file across runs, its root secret in FILE.secret, and the place in its stream in
    /// FILE.stream. Without this flag the table is in memory
    #[arg(long, value_name = "FILE", conflicts_with = "dynamodb")]
    pub(crate) data: Option<PathBuf>,
    /// Use a DynamoDB that already runs, such as DynamoDB Local. Without --secret-file its accounts work in this run
    /// only
    #[arg(long, value_name = "URL")]
    pub(crate) dynamodb: Option<String>,
    /// Keep the root secret for --dynamodb in this file across runs
    #[arg(long, value_name = "FILE", requires = "dynamodb")]
    pub(crate) secret_file: Option<PathBuf>,
    /// Port of embedded DynamoDB [default: 8000 with --functions, otherwise any free port]
    #[arg(long, value_name = "PORT", conflicts_with = "dynamodb", allow_negative_numbers = true)]
    pub(crate) dynamodb_port: Option<u16>,
    /// Use functions that run elsewhere, such as those of `cargo lambda watch --env-file .env.local` at
    /// `http://127.0.0.1:9000`. Their settings are in that file
    #[arg(
        long,
        value_name = "URL",
        conflicts_with_all = ["data", "secret_file", "countries", "origins", "relaxed", "service_name"]
    )]
    pub(crate) functions: Option<String>,
}

impl Flags {
    /// The port of embedded DynamoDB; 0 for any free port. With functions in other processes the port is fixed, because
    /// their settings name it.
    pub(crate) fn dynamodb_port_to_use(&self) -> u16 {
        self.dynamodb_port.unwrap_or(if self.functions.is_some() { PORT_FOR_FUNCTIONS } else { 0 })
    }

    /// Reads the command line, program name first. An error is one line that names the flag.
    pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, LocalError> {
        match Self::try_parse_from(arguments) {
            Ok(flags) => Ok(Command::Run(flags)),
            Err(error) if !error.use_stderr() => Ok(Command::Text(error.to_string())),
            Err(error) => Err(LocalError::Flags(first_paragraph(&error.to_string()))),
        }
    }
}

/// A code of a country that has numbers.
fn country(text: &str) -> Result<String, String> {
    let code = text.trim().to_ascii_uppercase();
    Countries::parse(&code, &code).map(|_| code).map_err(|error| error.to_string())
}

/// An origin as browsers write it: in lower case, without the port that its scheme has anyway.
fn origin(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    let origin = match text.split_once("://") {
        Some(("https", host)) => host.strip_suffix(":443").map(|host| format!("https://{host}")),
        Some(("http", host)) => host.strip_suffix(":80").map(|host| format!("http://{host}")),
        _ => None,
    };
    let origin = origin.unwrap_or(text);
    let uri = origin.parse::<http::Uri>().ok();
    match Origins::parse(&origin) {
        Ok(_) if uri.as_ref().and_then(http::Uri::authority).is_some_and(can_be_called) => Ok(origin),
        Ok(_) => Err(format!("{origin:?} has no host that a browser can call")),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether there is a host, and no port or one that is a number.
fn can_be_called(authority: &Authority) -> bool {
    let port = authority.as_str().strip_prefix(authority.host());
    !authority.host().is_empty() && (port == Some("") || authority.port_u16().is_some())
}

fn service_name(text: &str) -> Result<ServiceName, String> {
    let wrong = || {
        format!(
            "a name has 1 to {} letters, digits and signs that every text message has room for",
            ServiceName::LONGEST
        )
    };
    ServiceName::parse(text).ok_or_else(wrong)
}

/// What the command line requests.
#[derive(Debug)]
pub(crate) enum Command {
    /// To run.
    Run(Flags),
    /// To print this text, such as the help, and end.
    Text(String),
}

/// What is wrong, without the hints that clap adds in paragraphs of their own.
fn first_paragraph(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let line = one_line(paragraph.trim_start_matches("error: "));
    format!("{line} (--help lists the flags)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, LocalError> {
        Flags::read(std::iter::once("doorcode").chain(line.split_whitespace()).map(OsString::from))
    }

    fn flags(line: &str) -> Flags {
        match read(line) {
            Ok(Command::Run(flags)) => flags,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_flags_it_serves_this_machine_only() {
        let flags = flags("");
        assert_eq!((flags.port, flags.inbox_port), (8080, 8081));
        assert!(flags.bind.is_loopback());
        assert!(flags.data.is_none() && flags.dynamodb.is_none() && flags.functions.is_none());
    }

    #[test]
    fn each_flag_is_read() {
        let flags = flags("--port 1 --inbox-port=2 --bind ::1 --data a/b");
        assert_eq!((flags.port, flags.inbox_port), (1, 2));
        assert_eq!((flags.bind.to_string(), flags.data), ("::1".to_owned(), Some(PathBuf::from("a/b"))));
        assert_eq!(
            super::tests::flags("--dynamodb http://localhost:8000").dynamodb.as_deref(),
            Some("http://localhost:8000")
        );
    }

    #[test]
    fn countries_and_origins_are_lists_however_they_are_given() {
        for line in ["--country us,CA --country mx", "--country US --country CA,MX"] {
            assert_eq!(flags(line).countries, ["US", "CA", "MX"]);
        }
        let given = flags("--origin https://A.example:443,http://localhost:80 --origin http://[::1]:5173");
        assert_eq!(given.origins, ["https://a.example", "http://localhost", "http://[::1]:5173"]);
        let without = flags("");
        assert!(without.countries.is_empty() && without.origins.is_empty() && !without.relaxed);
        assert_eq!(without.service_name.as_str(), "Doorcode");
    }

    #[test]
    fn a_service_has_a_name_that_fits_a_line() {
        let named = |name: &str| Flags::read(["doorcode", "--service-name", name].map(OsString::from));
        assert!(
            matches!(named("Acme & Söner"), Ok(Command::Run(flags)) if flags.service_name.as_str() == "Acme & Söner")
        );
        for name in ["", "  ", "a\nb", &"x".repeat(31)] {
            let fault = named(name).unwrap_err().to_string();
            assert!(fault.contains("--service-name") && !fault.contains('\n'), "{name:?}: {fault}");
        }
    }

    #[test]
    fn functions_elsewhere_find_dynamodb_at_a_fixed_port() {
        assert_eq!(flags("").dynamodb_port_to_use(), 0);
        assert_eq!(flags("--functions http://127.0.0.1:9000").dynamodb_port_to_use(), 8000);
        assert_eq!(flags("--functions http://127.0.0.1:9000 --dynamodb-port 8001").dynamodb_port_to_use(), 8001);
    }

    #[test]
    fn what_is_wrong_is_one_line_that_names_the_flag() {
        for (line, named) in [
            ("--port", "--port"),
            ("--port x", "--port"),
            ("--port 65536", "--port"),
            ("--inbox-port -1", "--inbox-port"),
            ("--bind localhost", "--bind"),
            ("--prot 1", "--prot"),
            ("--data a --dynamodb b", "--dynamodb"),
            ("--data a --data b", "--data"),
            ("--dynamodb a --dynamodb-port 1", "--dynamodb-port"),
            ("--dynamodb-port -1", "--dynamodb-port"),
            ("--data a --functions b", "--functions"),
            ("--dynamodb a --secret-file b --functions c", "--functions"),
            ("--secret-file a", "--dynamodb"),
            ("--country", "--country"),
            ("--country USA", "--country"),
            ("--country SE,XX", "\"XX\""),
            ("--country SE,,NO", "--country"),
            ("--origin", "--origin"),
            ("--origin localhost:5173", "--origin"),
            ("--origin http://localhost:5173/", "http://localhost:5173/"),
            ("--origin http://", "--origin"),
            ("--origin http://:5173", "--origin"),
            ("--origin http://localhost:x", "--origin"),
            ("--origin *", "--origin"),
            ("--relaxed=yes", "--relaxed"),
            ("--relaxed --functions b", "--functions"),
            ("--country SE --functions b", "--functions"),
            ("--origin http://a --functions b", "--functions"),
            ("--service-name Acme --functions b", "--functions"),
            ("surplus", "surplus"),
        ] {
            let fault = read(line).unwrap_err().to_string();
            assert!(fault.contains(named) && !fault.contains('\n'), "{line}: {fault}");
        }
    }

    #[test]
    fn help_and_version_are_no_errors() {
        assert!(matches!(read("--help"), Ok(Command::Text(text)) if text.contains("--inbox-port <PORT>")));
        assert!(matches!(read("--version"), Ok(Command::Text(text)) if text.starts_with("doorcode ")));
    }
}
