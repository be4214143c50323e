//! Functions that run elsewhere, each in a process of its own: `cargo lambda watch` on this machine. They are called by
//! "Invoke", the action of the Lambda service.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::uri::Authority;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::error::{Failure, LocalError};

/// As long as API Gateway waits for a function. A function that is still being built after that is called again with
/// the next request.
const LONGEST_CALL: Duration = Duration::from_secs(30);

/// Where functions run.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    url: String,
    host: Authority,
    prefix: String,
}

impl Remote {
    /// Reads an address such as `http://127.0.0.1:9000`. Nothing needs to answer there yet.
    pub(crate) fn parse(url: &str) -> Result<Self, LocalError> {
        let fault =
            || LocalError::Functions { url: url.to_owned(), reason: "not a URL such as http://127.0.0.1:9000".into() };
        let parsed: Uri = url.parse().map_err(|_| fault())?;
        let host = parsed.authority().filter(|host| !host.host().is_empty()).ok_or_else(fault)?;
        if parsed.scheme_str() != Some("http") || parsed.query().is_some() {
            return Err(fault());
        }
        Ok(Self { url: url.to_owned(), host: host.clone(), prefix: parsed.path().trim_end_matches('/').to_owned() })
    }

    /// One invocation of the function `name`: the event's JSON in, the answer's JSON out.
    pub(crate) async fn invoke(&self, name: &str, event: &Value) -> Result<Value, Failure> {
        let answer = match tokio::time::timeout(LONGEST_CALL, self.post(name, event)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(reason)) => return Err(self.unreachable(name, &reason)),
            Err(_) => {
                let reason = format!("no answer within {LONGEST_CALL:?}; it may still be built, or may not start");
                return Err(self.unreachable(name, &reason));
            }
        };
        // Lambda marks a failed function by this header, `cargo lambda watch` by the status.
        if answer.status().is_success() && !answer.headers().contains_key("x-amz-function-error") {
            return serde_json::from_slice(answer.body()).map_err(|_| Failure::Crashed);
        }
        tracing::error!(
            function = name,
            status = answer.status().as_u16(),
            "function failed: it crashed or did not start"
        );
        Err(Failure::Crashed)
    }

    async fn post(&self, name: &str, event: &Value) -> Result<Response<Bytes>, String> {
        let request = Request::post(format!("{}/2015-03-31/functions/{name}/invocations", self.prefix))
            .header(HOST, self.host.as_str())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(event.to_string())))
            .map_err(|error| error.to_string())?;
        let address = (self.host.host().trim_matches(['[', ']']), self.host.port_u16().unwrap_or(80));
        let stream = TcpStream::connect(address).await.map_err(|_| "nothing answers there")?;
        let no_http = |_| "the answer is not HTTP".to_owned();
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(no_http)?;
        tokio::spawn(connection);
        let (head, body) = sender.send_request(request).await.map_err(no_http)?.into_parts();
        Ok(Response::from_parts(head, body.collect().await.map_err(no_http)?.to_bytes()))
    }

    fn unreachable(&self, name: &str, reason: &str) -> Failure {
        Failure::Unreachable(LocalError::Functions { url: self.url.clone(), reason: format!("{name}: {reason}") })
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::post;
    use serde_json::json;

    use super::*;
    use crate::server::{listen_anywhere, serve};

    #[test]
    fn a_malformed_address_is_named_in_one_line() {
        for url in ["", "127.0.0.1:9000", "https://127.0.0.1:9000", "http://", "http://a/?b", "not a url"] {
            let fault = Remote::parse(url).unwrap_err().to_string();
            assert_eq!(fault, format!("--functions {url}: not a URL such as http://127.0.0.1:9000"));
        }
        for url in ["http://127.0.0.1:9000", "http://[::1]:9000/", "http://localhost/a/"] {
            assert!(Remote::parse(url).is_ok(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_function_is_called_by_its_name_and_its_failure_is_seen() {
        let echo = post(|axum::Json(event): axum::Json<Value>| async move { axum::Json(json!({ "saw": event })) });
        let router = Router::new()
            .route("/2015-03-31/functions/echo/invocations", echo)
            .route(
                "/2015-03-31/functions/bad/invocations",
                post(|| async { (StatusCode::INTERNAL_SERVER_ERROR, "{}") }),
            )
            .route(
                "/2015-03-31/functions/error/invocations",
                post(|| async { ([("x-amz-function-error", "Unhandled")], "{}") }),
            )
            .route("/2015-03-31/functions/text/invocations", post(|| async { "no JSON" }));
        let (listener, endpoint) = listen_anywhere().await.unwrap();
        let server = serve(listener, router);
        let remote = Remote::parse(&format!("{endpoint}/")).unwrap();
        assert_eq!(remote.invoke("echo", &json!(7)).await.unwrap(), json!({ "saw": 7 }));
        for name in ["bad", "error", "text", "not-there"] {
            assert!(matches!(remote.invoke(name, &json!({})).await, Err(Failure::Crashed)), "{name}");
        }
        server.stop().await;
        let Err(Failure::Unreachable(fault)) = remote.invoke("echo", &json!(7)).await else {
            panic!("nobody is there")
        };
        assert_eq!(fault.to_string(), format!("--functions {endpoint}/: echo: nothing answers there"));
    }
}
