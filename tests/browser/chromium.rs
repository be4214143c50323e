//! A browser of its own for each person, and what WebDriver has no standard word for.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use url::{ParseError, Url};

/// How long ChromeDriver may take to end its browser.
const FAREWELL: Duration = Duration::from_secs(5);

/// How often it is tried.
const STARTS: usize = 5;

const ARGUMENTS: [&str; 11] = [
    "--headless=new",
    // It belongs to somebody in Sweden who reads English.
    "--accept-lang=en-SE,en",
    // It opens no page but those of this test, and as root, or in a container, it has no sandbox.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    // It talks to nobody but this test.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // The pipe to ChromeDriver breaks with it, and Chromium then ends: it cannot be left behind.
    "--remote-debugging-pipe",
];

/// Headless Chromium, which ends when this is dropped.
pub struct Chromium {
    /// Its WebDriver client.
    pub client: Client,
    driver: Driver,
}

impl Chromium {
    /// Starts one. `more` are arguments that only this one gets.
    pub async fn start(more: &[&str]) -> Self {
        let driver = Driver::start();
        let arguments: Vec<_> = ARGUMENTS.iter().chain(more).collect();
        let capabilities = Map::from_iter([
            ("goog:chromeOptions".to_owned(), json!({ "args": arguments })),
            ("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" })),
        ]);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&driver.url()).await.expect("Chromium");
        Self { client, driver }
    }

    /// A command of the Chrome DevTools Protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        let command = More { method: Method::POST, path: "goog/cdp/execute".to_owned(), body: Some(body) };
        self.client.issue_cmd(command).await.expect("a DevTools command")
    }

    /// What the browser complained of in its console since it was last asked: errors of scripts, violations of the
    /// pages' policy, requests that failed. Each is `source: message`.
    pub async fn console(&self) -> Vec<String> {
        let body = json!({ "type": "browser" });
        let command = More { method: Method::POST, path: "se/log".to_owned(), body: Some(body) };
        let log = self.client.issue_cmd(command).await.expect("the browser's console");
        let complaints = log.as_array().expect("a list").iter().filter(|entry| entry["level"] != "INFO");
        complaints.map(|entry| format!("{}: {}", text(&entry["source"]), text(&entry["message"]))).collect()
    }

    /// What a screen reader calls an element.
    pub async fn name(&self, element: &Element) -> Option<String> {
        let path = format!("element/{}/computedlabel", element.element_id().as_ref());
        let command = More { method: Method::GET, path, body: None };
        self.client.issue_cmd(command).await.ok()?.as_str().map(str::to_owned)
    }

    /// Ends it, without waiting for what a page may still want.
    pub async fn quit(self) {
        self.client.close().await.expect("the end of a browser");
        drop(self.driver);
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A command that the client does not know. `path` is what follows the session's id.
#[derive(Debug)]
struct More {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl WebDriverCompatibleCommand for More {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (self.method.clone(), self.body.as_ref().map(Value::to_string))
    }
}

/// The process that drives the browser.
struct Driver {
    process: Child,
    port: u16,
    /// Where both keep what they need while they run.
    _folder: TempDir,
    /// Kept open: ChromeDriver would end when it cannot write there.
    _output: BufReader<ChildStdout>,
}

impl Driver {
    /// It takes one port on two addresses, and ends where the second of them is in use: then another port does.
    fn start() -> Self {
        (0..STARTS).find_map(|_| Self::try_to_start()).expect("a chromedriver that starts")
    }

    fn try_to_start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").env("TMPDIR", folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("chromedriver in the PATH: `tests/run` installs it");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let Some(port) = port(&mut output) else {
            process.wait().expect("the end of a process");
            return None;
        };
        Some(Self { process, port, _folder: folder, _output: output })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Asks it to end its browser, and itself.
    fn say_goodbye(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(FAREWELL))?;
        stream.write_all(b"GET /shutdown HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")?;
        stream.read_to_end(&mut Vec::new()).map(|_| ())
    }
}

/// The port that it chose, which it tells when it is ready.
fn port(output: &mut impl BufRead) -> Option<u16> {
    output.lines().map_while(Result::ok).find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    })
}

impl Drop for Driver {
    fn drop(&mut self) {
        let deadline = Instant::now() + FAREWELL;
        let goes = self.say_goodbye().is_ok();
        while goes && Instant::now() < deadline && matches!(self.process.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(5));
        }
        // Does nothing where it has ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
