//! The stack under test: where it is, and how a request gets there.

use std::env;

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tests::answer::Answer;
use tokio::net::TcpStream;

use crate::texts::Texts;

/// A Doorcode that runs.
pub struct Target {
    /// What comes before every path.
    url: Uri,
    /// The host that requests name.
    pub host: String,
    /// The origin of its pages.
    pub origin: String,
    /// The texts that it sent.
    pub texts: Texts,
}

impl Target {
    /// The one that the environment names.
    pub fn from_environment() -> Self {
        let url = variable("DOORCODE_STACK_URL", "the base URL of a Doorcode that runs, such as http://127.0.0.1:8080");
        let texts =
            variable("DOORCODE_STACK_TEXTS", "where its texts are, such as inbox http://127.0.0.1:8081/messages");
        let url: Uri = url.trim_end_matches('/').parse().expect("DOORCODE_STACK_URL: a URL");
        let own_host = authority(&url).to_owned();
        let (host, origin) = match env::var("DOORCODE_STACK_HOST") {
            Ok(host) if !host.is_empty() => {
                let origin = format!("https://{}", host.split(':').next().unwrap_or_default());
                (host, origin)
            }
            _ => (own_host.clone(), format!("http://{own_host}")),
        };
        Self { url, host, origin, texts: Texts::parse(&texts) }
    }

    /// Sends `request`, whose address is a path, and waits for the answer.
    pub async fn send(&self, mut request: Request<Bytes>) -> Answer {
        let path = format!("{}{}", self.url.path().trim_end_matches('/'), request.uri());
        *request.uri_mut() = path.parse().expect("a path");
        Answer::new(exchange(authority(&self.url), request).await)
    }
}

/// The host and port of a URL.
pub fn authority(url: &Uri) -> &str {
    assert_eq!(url.scheme_str(), Some("http"), "{url}: stacks under test answer over http");
    url.authority().expect("a URL with a host").as_str()
}

/// One request and its answer, on a connection of their own.
pub async fn exchange(authority: &str, request: Request<Bytes>) -> http::Response<Bytes> {
    let address = if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
    let stream = TcpStream::connect(&address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("an HTTP server");
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request.map(Full::new)).await.expect("an answer").into_parts();
    let body = body.collect().await.expect("a whole answer").to_bytes();
    http::Response::from_parts(head, body)
}

fn variable(name: &str, meaning: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("set {name} to {meaning}; tests/run does so for each stack"))
}
