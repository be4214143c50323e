//! The gateway: what API Gateway and the Lambda service do between a browser and a function.
//!
//! A request becomes the JSON of an event, a function answers with JSON, and that becomes the response.

mod event;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::error::{Failure, LocalError};

use crate::functions::{Function, Functions};
use crate::template::Route;

use self::event::Arrival;

/// The largest body that API Gateway takes ("Quotas for configuring and running an HTTP API").
const LARGEST_BODY: usize = 10 * 1024 * 1024;
const DEFAULT_ROUTE: &str = "$default";

/// Turns requests into events for functions. Clones are the same gateway.
#[derive(Clone)]
pub struct Gateway(Arc<RequestParts>);

struct RequestParts {
    routes: Vec<(String, Function)>,
    clock: Clock,
    requests: AtomicU64,
    written: Arc<Notify>,
}

impl Gateway {
    /// A gateway with the template's routes. Each must lead to a function that this program has. It tells `written` each
    /// time a function may have written to the table.
    pub(crate) fn new(
        routes: Vec<Route>,
        functions: &Functions,
        clock: Clock,
        written: Arc<Notify>,
    ) -> Result<Self, LocalError> {
        let mut wired = Vec::new();
        for Route { key, function } in routes {
            let function = functions.named(&function, &key)?;
            wired.push((key, function));
        }
        Ok(Self(Arc::new(RequestParts { routes: wired, clock, requests: AtomicU64::new(0), written })))
    }

    /// Answers one request that came from `source`. Needs no socket.
    pub async fn call(&self, request: Request<Bytes>, source: IpAddr) -> Response<Bytes> {
        if request.body().len() > LARGEST_BODY {
            return refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        }
        let Some(path) = event::path(request.uri()) else {
            return refusal(StatusCode::BAD_REQUEST, "Bad Request");
        };
        let Some((route, function)) = find(&self.0.routes, request.method(), &path) else {
            return refusal(StatusCode::NOT_FOUND, "Not Found");
        };
        let id = format!("local-{:010}", self.0.requests.fetch_add(1, Ordering::Relaxed));
        let arrival = Arrival { route, path: &path, source, now: (self.0.clock)(), id: &id };
        let event = event::from_request(&request, &arrival);
        let answer = function.invoke(event, id).await;
        if request.method() == Method::POST {
            self.0.written.notify_one();
        }
        let response = match answer {
            Ok(answer) => event::into_response(answer),
            Err(Failure::Crashed) => None,
            Err(Failure::Unreachable(error)) => {
                tracing::error!(%error, "request not answered: its function cannot be reached");
                Some(refusal(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"))
            }
        };
        response.unwrap_or_else(|| refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))
    }

    /// The gateway as a web site.
    pub(crate) fn router(&self) -> Router {
        let gateway = self.clone();
        Router::new().fallback(move |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request<Body>| {
            let gateway = gateway.clone();
            async move { gateway.receive(request, peer.ip().to_canonical()).await.map(Body::from) }
        })
    }

    async fn receive(&self, request: Request<Body>, source: IpAddr) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        match Limited::new(body, LARGEST_BODY).collect().await {
            Ok(body) => self.call(Request::from_parts(head, body.to_bytes()), source).await,
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
            }
            // The caller closed the connection before the end of the body.
            Err(_) => refusal(StatusCode::BAD_REQUEST, "Bad Request"),
        }
    }
}

/// The route of a request: the one with its method and path, or else the default route.
fn find<'a, F>(routes: &'a [(String, F)], method: &Method, path: &str) -> Option<(&'a str, &'a F)> {
    let exact = format!("{method} {path}");
    let named = |wanted: &str| routes.iter().find(|(key, _)| key == wanted);
    named(&exact).or_else(|| named(DEFAULT_ROUTE)).map(|(key, function)| (key.as_str(), function))
}

/// An answer of API Gateway's own.
fn refusal(status: StatusCode, message: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(serde_json::json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use lambda_http::RequestExt;
    use shared::time::Timestamp;

    use super::*;
    use crate::functions::http;
    use crate::remote::Remote;

    const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    /// A gateway whose only function is `function`, for `POST /here` and, when `rest` is set, for all else.
    fn gateway(function: fn(&lambda_http::Request) -> Response<lambda_http::Body>, rest: bool) -> Gateway {
        let function = Function::Here(http(Arc::new(move |request| Box::pin(async move { function(&request) }))));
        let mut routes = vec![("POST /here".to_owned(), function.clone())];
        if rest {
            routes.push((DEFAULT_ROUTE.to_owned(), function));
        }
        with_routes(routes)
    }

    fn with_routes(routes: Vec<(String, Function)>) -> Gateway {
        let clock: Clock = Arc::new(|| Timestamp::from_secs(1_700_000_000));
        let (requests, written) = (AtomicU64::new(0), Arc::new(Notify::new()));
        Gateway(Arc::new(RequestParts { routes, clock, requests, written }))
    }

    /// Tells what the function saw.
    fn echo(request: &lambda_http::Request) -> Response<lambda_http::Body> {
        let cookies: Vec<_> = request.headers().get_all("cookie").iter().map(|v| v.to_str().unwrap()).collect();
        let seen = format!(
            "{} {} {} [{}] {:?}",
            request.method(),
            request.uri(),
            request.raw_http_path(),
            cookies.join("|"),
            request.body()
        );
        let response = Response::builder().header("set-cookie", "a=1").header("set-cookie", "b=2");
        response.header("content-type", "text/plain").body(seen.into()).unwrap()
    }

    async fn call(gateway: &Gateway, request: http::request::Builder, body: &'static [u8]) -> (StatusCode, String) {
        let response = gateway.call(request.body(Bytes::from_static(body)).unwrap(), SOURCE).await;
        (response.status(), String::from_utf8(response.body().to_vec()).unwrap())
    }

    #[test]
    fn a_route_is_found_by_method_and_whole_path() {
        let routes = [("POST /a".to_owned(), 1), ("GET /a".to_owned(), 2), ("$default".to_owned(), 3)];
        let found = |method: Method, path| find(&routes, &method, path).unwrap();
        assert_eq!(found(Method::POST, "/a"), ("POST /a", &1));
        assert_eq!(found(Method::GET, "/a"), ("GET /a", &2));
        for (method, path) in [(Method::HEAD, "/a"), (Method::POST, "/a/"), (Method::POST, "/A"), (Method::GET, "/")] {
            assert_eq!(found(method, path), ("$default", &3));
        }
        assert!(find(&routes[..2], &Method::PUT, "/a").is_none());
    }

    #[tokio::test]
    async fn a_function_sees_the_request_and_its_answer_comes_back() {
        let gateway = gateway(echo, true);
        let request = Request::post("/he%72e?x=%20").header("host", "localhost:8080").header("cookie", "a=1;b=2");
        let request = request.header("content-type", "application/json");
        let response = gateway.call(request.body(Bytes::from_static(b"{}")).unwrap(), SOURCE).await;
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        let seen = String::from_utf8(response.body().to_vec()).unwrap();
        assert_eq!(seen, r#"POST http://localhost:8080/here?x=%20 /here [a=1; b=2] Text("{}")"#);
        let (_, binary) = call(&gateway, Request::post("/else"), b"\xff").await;
        assert_eq!(binary, "POST http://localhost/else /else [] Binary([255])");
    }

    /// Whoever carries the stream need not wait for the next look at it.
    #[tokio::test]
    async fn a_call_that_may_have_written_is_told() {
        let gateway = gateway(echo, true);
        let told = || async { tokio::time::timeout(Duration::ZERO, gateway.0.written.notified()).await.is_ok() };
        call(&gateway, Request::get("/here"), b"").await;
        assert!(!told().await);
        call(&gateway, Request::post("/here"), b"").await;
        assert!(told().await && !told().await);
    }

    #[tokio::test]
    async fn what_no_function_answers_the_gateway_answers() {
        let only_here = gateway(echo, false);
        let message = |text: &str| format!(r#"{{"message":"{text}"}}"#);
        let answered = call(&only_here, Request::post("/there"), b"").await;
        assert_eq!(answered, (StatusCode::NOT_FOUND, message("Not Found")));
        let answered = call(&gateway(echo, true), Request::options("*"), b"").await;
        assert_eq!(answered, (StatusCode::BAD_REQUEST, message("Bad Request")));
        let large = Request::post("/here").body(Bytes::from(vec![0; LARGEST_BODY + 1])).unwrap();
        assert_eq!(only_here.call(large, SOURCE).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn a_function_that_panics_gives_a_500_and_the_next_request_is_served() {
        let gateway =
            gateway(|request| if request.uri().path() == "/bad" { panic!("a bug") } else { echo(request) }, true);
        let (status, body) = call(&gateway, Request::get("/bad"), b"").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.contains("urn:doorcode:problem:internal") && !body.contains("a bug"), "{body}");
        assert_eq!(call(&gateway, Request::get("/good"), b"").await.0, StatusCode::OK);
        // lambda_http itself panics at a host that is none.
        let answered = call(&gateway, Request::get("/good").header("host", "a b"), b"").await;
        assert_eq!(answered, (StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Internal Server Error"}"#.to_owned()));
    }

    #[tokio::test]
    async fn a_function_that_cannot_be_reached_gives_a_503() {
        let nobody = Function::There(Remote::parse("http://127.0.0.1:1").unwrap(), "pages".to_owned());
        let answered = call(&with_routes(vec![(DEFAULT_ROUTE.to_owned(), nobody)]), Request::get("/"), b"").await;
        assert_eq!(answered, (StatusCode::SERVICE_UNAVAILABLE, r#"{"message":"Service Unavailable"}"#.to_owned()));
    }
}
