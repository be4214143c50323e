//! A proxy in front of the engine. It writes down each call to the table, and fails or alters calls as a test tells it.

mod call;
mod cost;

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

pub use call::Call;
pub use cost::Cost;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InjectedFault {
    /// The engine answers 500; nothing was written.
    InternalServerError,
    /// The engine answers that the whole service is too busy; nothing was written.
    Throttled,
    /// The engine answers that this table is too busy; nothing was written.
    ThroughputExceeded,
    /// The engine cancels a transaction, because one of its items is too busy; nothing was written.
    TransactionThrottled,
    /// The engine cancels a transaction, because another one holds one of its items; nothing was written.
    TransactionConflict,
    /// The connection is lost before the engine sees the call.
    LostBefore,
    /// The engine does what it was asked, and the connection is lost before the caller learns of it.
    LostAfter,
}

impl InjectedFault {
    /// All that can happen to a call with this signature.
    #[must_use]
    pub fn of(signature: &str) -> [Self; 5] {
        if signature.starts_with("TransactWriteItems") {
            let [busy, conflict] = [Self::TransactionThrottled, Self::TransactionConflict];
            return [Self::InternalServerError, busy, conflict, Self::LostBefore, Self::LostAfter];
        }
        [Self::InternalServerError, Self::Throttled, Self::ThroughputExceeded, Self::LostBefore, Self::LostAfter]
    }

    /// What the engine answers. None when the connection is lost.
    fn answer(self) -> Option<Response<Full<Bytes>>> {
        let cancelled = |code| {
            let reasons = format!(r#","CancellationReasons":[{{"Code":"{code}"}},{{"Code":"None"}}]"#);
            refusal(400, "TransactionCanceledException", &reasons)
        };
        match self {
            Self::InternalServerError => Some(refusal(500, "InternalServerError", "")),
            Self::Throttled => Some(refusal(400, "ThrottlingException", "")),
            Self::ThroughputExceeded => Some(refusal(400, "ProvisionedThroughputExceededException", "")),
            Self::TransactionThrottled => Some(cancelled("ThrottlingError")),
            Self::TransactionConflict => Some(cancelled("TransactionConflict")),
            Self::LostBefore | Self::LostAfter => None,
        }
    }
}

/// How many of the calls that match are failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// The next one.
    Once,
    /// Every one until [`Proxy::heal`].
    Always,
}

/// The proxy. It lives as long as the runtime that it was started on.
#[derive(Clone)]
pub struct Proxy {
    endpoint: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    /// What the calls cost; none while nobody wants to know.
    costs: Option<Vec<Cost>>,
    plan: Option<Plan>,
    alter: Option<Alter>,
}

/// Alters a call: given its operation (`UpdateItem`) and its body.
pub type Alter = Arc<dyn Fn(&str, &mut Value) + Send + Sync>;

struct Plan {
    signature: String,
    exact: bool,
    fault: InjectedFault,
    times: Times,
}

impl Plan {
    fn matches(&self, signature: &str) -> bool {
        if self.exact { signature == self.signature } else { signature.starts_with(&self.signature) }
    }
}

impl Proxy {
    /// Starts a proxy in front of the engine at `upstream` (`http://127.0.0.1:8000`).
    pub async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("a bound port"));
        let upstream = upstream.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let proxy = Self { endpoint, state: Arc::default() };
        let accepting = proxy.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().serve(stream, upstream.clone()));
            }
        });
        proxy
    }

    /// Where the functions find the table.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Fails calls with this signature (see [`Call::signature`]).
    pub fn fail(&self, signature: &str, fault: InjectedFault, times: Times) {
        self.state().plan = Some(Plan { signature: signature.to_owned(), exact: true, fault, times });
    }

    /// Fails all calls whose signature begins like this.
    pub fn fail_all(&self, beginning: &str, fault: InjectedFault, times: Times) {
        self.state().plan = Some(Plan { signature: beginning.to_owned(), exact: false, fault, times });
    }

    /// Lets all calls through again.
    pub fn heal(&self) {
        self.state().plan = None;
    }

    /// Alters all calls from now on, as if the functions made them so: a broken build. What is written down is what the
    /// functions asked.
    pub fn alter(&self, alter: Alter) {
        self.state().alter = Some(alter);
    }

    /// Whether a call was failed since the last [`Proxy::forget`].
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.state().calls.iter().any(|call| call.fault.is_some())
    }

    /// The calls since the last [`Proxy::forget`], in the order in which they came.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// The signatures of [`Proxy::calls`].
    #[must_use]
    pub fn signatures(&self) -> Vec<String> {
        self.state().calls.iter().map(|call| call.signature.clone()).collect()
    }

    /// From now on the engine is asked what each call costs. Nothing else changes.
    pub fn count_costs(&self) {
        self.state().costs = Some(Vec::new());
    }

    /// What the calls since the last [`Proxy::forget`] cost, in the order in which they ended. Nothing before
    /// [`Proxy::count_costs`].
    #[must_use]
    pub fn costs(&self) -> Vec<Cost> {
        self.state().costs.clone().unwrap_or_default()
    }

    /// Forgets the calls that were written down.
    pub fn forget(&self) {
        let mut state = self.state();
        state.calls.clear();
        state.costs.iter_mut().for_each(Vec::clear);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the lock")
    }

    /// One connection of a client, with its own connection to the engine.
    async fn serve(self, stream: TcpStream, upstream: String) -> Result<(), Lost> {
        let engine = TcpStream::connect(&upstream).await.map_err(|_| Lost)?;
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(engine)).await.map_err(|_| Lost)?;
        tokio::spawn(connection);
        let sender = Arc::new(tokio::sync::Mutex::new(sender));
        let service = service_fn(move |request| self.clone().answer(request, sender.clone()));
        // A client that goes away, and a fault that closes the connection, both end it with an error.
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await
            .map_err(|_| Lost)
    }

    async fn answer(
        self,
        request: Request<Incoming>,
        engine: Arc<tokio::sync::Mutex<SendRequest<Full<Bytes>>>>,
    ) -> Result<Response<Full<Bytes>>, Lost> {
        let (mut parts, body) = request.into_parts();
        let mut body = body.collect().await.map_err(|_| Lost)?.to_bytes();
        let Call { signature, fault, .. } = self.write_down(&parts, &body);
        let alter = self.state().alter.clone();
        if let Some(alter) = alter {
            body = call::altered(&mut parts, &body, &*alter);
        }
        if self.state().costs.is_some() {
            body = cost::ask(&mut parts, &body);
        }
        if let Some(answer) = fault.and_then(InjectedFault::answer) {
            return Ok(answer);
        }
        if fault == Some(InjectedFault::LostBefore) {
            return Err(Lost);
        }
        let mut engine = engine.lock().await;
        let response = engine.send_request(Request::from_parts(parts, Full::new(body))).await.map_err(|_| Lost)?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
        if let Some(costs) = &mut self.state().costs {
            costs.push(Cost::read(signature, &body));
        }
        if fault.is_some() { Err(Lost) } else { Ok(Response::from_parts(parts, Full::new(body))) }
    }

    /// Writes the call down, with how it fails.
    fn write_down(&self, parts: &http::request::Parts, body: &Bytes) -> Call {
        let mut call = Call::read(parts, body);
        let mut state = self.state();
        if let Some(plan) = &state.plan
            && plan.matches(&call.signature)
        {
            call.fault = Some(plan.fault);
            if plan.times == Times::Once {
                state.plan = None;
            }
        }
        state.calls.push(call.clone());
        call
    }
}

/// The answer of an engine that cannot.
fn refusal(status: u16, kind: &str, more: &str) -> Response<Full<Bytes>> {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{kind}");
    answer(status, format!(r#"{{"__type":"{kind}","message":"as the test asked"{more}}}"#))
}

/// An answer as DynamoDB would give it.
///
/// # Panics
/// For a status that HTTP does not have.
#[must_use]
pub fn answer(status: u16, body: String) -> Response<Full<Bytes>> {
    let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    response.body(Full::new(Bytes::from(body))).expect("a response")
}

/// The connection is gone.
#[derive(Debug)]
pub struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the connection was lost")
    }
}

impl std::error::Error for Lost {}

impl From<Infallible> for Lost {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
