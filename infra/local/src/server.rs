//! HTTP servers inside this program.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::error::LocalError;

/// How long requests that are under way may take to end when a server stops.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// A running task. It ends when it is stopped, or when this is dropped.
#[derive(Debug)]
pub(crate) struct Background {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Background {
    /// Runs `work`, which must end soon after [`Stopped::wait`] completes.
    pub(crate) fn start<F>(work: impl FnOnce(Stopped) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        Self { stop, task: tokio::spawn(work(Stopped(stopped))) }
    }

    /// Ends the task, and waits for its open requests.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        if tokio::time::timeout(GRACE, self.task).await.is_err() {
            tracing::warn!("server stopped with open requests");
        }
    }
}

/// Signals a task that it should end.
pub(crate) struct Stopped(oneshot::Receiver<()>);

impl Stopped {
    /// Waits for that signal.
    pub(crate) async fn wait(self) {
        // Nothing is ever sent: the other end is dropped.
        drop(self.0.await);
    }
}

/// A place to listen on a port that `flag` chooses.
pub(crate) async fn listen(flag: &'static str, bind: IpAddr, port: u16) -> Result<TcpListener, LocalError> {
    TcpListener::bind((bind, port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => LocalError::PortInUse { flag, port, bind },
        _ => LocalError::Listen { flag, port, bind, reason: error.to_string() },
    })
}

/// A place to listen that only this machine reaches, on a port that is free.
pub(crate) async fn listen_anywhere() -> Result<(TcpListener, String), LocalError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(LocalError::Server)?;
    let endpoint = endpoint(&listener)?;
    Ok((listener, endpoint))
}

/// Where a listener is reached.
pub(crate) fn endpoint(listener: &TcpListener) -> Result<String, LocalError> {
    Ok(format!("http://{}", listener.local_addr().map_err(LocalError::Server)?))
}

/// Serves `router`, but only to requests for `localhost` or an IP address.
pub(crate) fn serve(listener: TcpListener, router: Router) -> Background {
    serve_as(listener, router, Vec::new())
}

/// The same, and to requests for these names.
pub(crate) fn serve_as(listener: TcpListener, router: Router, names: Vec<String>) -> Background {
    let names: Arc<[String]> = names.into();
    let service = router.layer(middleware::from_fn_with_state(names, own_host_only));
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    Background::start(|stopped| async move {
        if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stopped.wait()).await {
            tracing::error!(%error, "server stopped: it cannot accept connections");
        }
    })
}

/// Refuses requests for any other host. A page on the internet can let its own name point to 127.0.0.1 and would then
/// be of one origin with this server, inbox and all (DNS rebinding); it cannot do so with an IP address or `localhost`,
/// nor with a name that somebody allows.
async fn own_host_only(State(names): State<Arc<[String]>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(|host| is_own(host, &names)) {
        next.run(request).await
    } else {
        let answer = "This server answers to localhost and to IP addresses only, and to the hosts of --origin.\n";
        (StatusCode::MISDIRECTED_REQUEST, answer).into_response()
    }
}

fn is_own(host: &str, names: &[String]) -> bool {
    let Ok(authority) = host.parse::<axum::http::uri::Authority>() else { return false };
    let name = authority.host();
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let is_named = |allowed: &String| name.eq_ignore_ascii_case(allowed);
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok() || names.iter().any(is_named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_localhost_and_addresses_are_own_hosts() {
        for host in
            ["localhost", "localhost:8080", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:8080", "192.168.1.7", "[::1]"]
        {
            assert!(is_own(host, &[]), "{host}");
        }
        for host in
            ["", "example.com", "localhost.example.com:8080", "127.0.0.1.example.com", "::1", "localhost.", "a b"]
        {
            assert!(!is_own(host, &[]), "{host}");
        }
        let tunnel = ["my-tunnel.example".to_owned()];
        for host in ["my-tunnel.example", "MY-tunnel.example:443", "localhost:8080"] {
            assert!(is_own(host, &tunnel), "{host}");
        }
        for host in ["tunnel.example", "a.my-tunnel.example", "my-tunnel.example.org"] {
            assert!(!is_own(host, &tunnel), "{host}");
        }
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_named_with_its_flag() {
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let taken = listen("--port", loopback, 0).await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let fault = listen("--inbox-port", loopback, port).await.unwrap_err().to_string();
        assert!(fault.starts_with(&format!("--inbox-port {port}: the port is in use")), "{fault}");
        assert!(!fault.contains('\n'));
    }

    #[tokio::test]
    async fn a_server_answers_its_own_hosts_until_it_is_stopped() {
        let (listener, endpoint) = listen_anywhere().await.unwrap();
        let server = serve(listener, Router::new().fallback(|| async { "here" }));
        let address = endpoint.trim_start_matches("http://").to_owned();
        assert!(get(&address, "localhost").await.unwrap().starts_with("HTTP/1.1 200"));
        assert!(get(&address, "evil.example").await.unwrap().starts_with("HTTP/1.1 421"));
        server.stop().await;
        assert!(get(&address, "localhost").await.is_err());
    }

    async fn get(address: &str, host: &str) -> io::Result<String> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(address).await?;
        stream.write_all(format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}
