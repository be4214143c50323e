//! The functions: in this process, as the structs that also run in Lambda; or elsewhere, as programs of their own. In
//! both cases an event's JSON goes in and an answer's JSON comes out.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use aws_lambda_events::event::dynamodb::Event;
use aws_lambda_events::event::streams::DynamoDbEventResponse;
use deliver_code::DeliverCode;
use lambda_http::lambda_runtime::BoxFuture;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Context, LambdaEvent, Request, Response, Service, service_fn};
use pages::Pages;
use register::Register;
use serde_json::Value;
use session::SessionFunction;
use shared::brand::Brand;
use shared::http::{Origins, TrustedProxy};
use shared::keys::{CodeKeys, NumberKeys};
use shared::phone::Countries;
use shared::runtime;
use shared::sending::decision::SendPolicy;
use shared::sending::ip_limit::IpLimits;
use shared::sms::Sms;
use shared::store::Table;
use shared::telemetry::Metrics;
use start_login::{Callers, StartLogin};
use verify_code::VerifyCode;

use crate::clock::Clock;
use crate::error::{Failure, LocalError};
use crate::randomness::Randomness;
use crate::remote::Remote;

/// One function, wherever it runs.
#[derive(Clone)]
pub(crate) enum Function {
    /// In this process.
    Here(Handler),
    /// In a process of its own, under this name.
    There(Remote, String),
}

/// A function in this process. It gets an event and the request's id. None stands for an answer that is not JSON of the
/// right form.
pub(crate) type Handler = Arc<dyn Fn(Value, String) -> BoxFuture<'static, Option<Value>> + Send + Sync>;

impl Function {
    /// One invocation, in a task of its own. A function that panics ends only this task, and a function whose caller is
    /// gone still runs to its end.
    pub(crate) async fn invoke(&self, event: Value, id: String) -> Result<Value, Failure> {
        let answer = match self.clone() {
            Self::Here(handler) => tokio::spawn(async move { handler(event, id).await.ok_or(Failure::Crashed) }),
            Self::There(remote, name) => tokio::spawn(async move { remote.invoke(&name, &event).await }),
        };
        answer.await.unwrap_or(Err(Failure::Crashed))
    }
}

/// All of them, by the names of their folders.
pub(crate) enum Functions {
    /// In this process.
    Here(BTreeMap<&'static str, Handler>),
    /// Each in a process of its own.
    There(Remote),
}

/// What the functions are made of.
pub(crate) struct FunctionParts {
    pub(crate) table: Table,
    pub(crate) number_keys: NumberKeys,
    pub(crate) code_keys: CodeKeys,
    pub(crate) sms: Sms,
    pub(crate) brand: Brand,
    pub(crate) countries: Countries,
    pub(crate) origins: Origins,
    pub(crate) proxy: TrustedProxy,
    pub(crate) ip_limits: IpLimits,
    pub(crate) policy: SendPolicy,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Clock,
    pub(crate) randomness: Randomness,
}

impl FunctionParts {
    fn keys(&self) -> (NumberKeys, CodeKeys) {
        (self.number_keys.clone(), self.code_keys.clone())
    }
}

impl Functions {
    /// Those of this process.
    pub(crate) fn here(parts: &FunctionParts) -> Self {
        Self::Here(BTreeMap::from([
            ("start-login", http(start_login(parts))),
            ("deliver-code", stream(deliver_code(parts))),
            ("verify-code", http(verify_code(parts))),
            ("register", http(register(parts))),
            ("session", http(session(parts))),
            ("pages", http(pages(parts))),
        ]))
    }

    /// The function that `what` of the template leads to.
    pub(crate) fn named(&self, name: &str, what: &str) -> Result<Function, LocalError> {
        let fault = || LocalError::Template(format!("{what} leads to {name}, which the local program does not have"));
        match self {
            Self::Here(handlers) => handlers.get(name).cloned().map(Function::Here).ok_or_else(fault),
            Self::There(remote) => Ok(Function::There(remote.clone(), name.to_owned())),
        }
    }
}

/// A function that answers requests.
pub(crate) type HttpFunction = Arc<dyn Fn(Request) -> BoxFuture<'static, Response<Body>> + Send + Sync>;

/// A function that gets the records of a stream.
pub(crate) type StreamFunction = Arc<dyn Fn(Event) -> BoxFuture<'static, DynamoDbEventResponse> + Send + Sync>;

/// `lambda_http`'s own adapter reads the event and writes the answer, so that the function gets and gives exactly what
/// it does in Lambda.
pub(crate) fn http(function: HttpFunction) -> Handler {
    Arc::new(move |event, id| {
        let function = function.clone();
        Box::pin(async move {
            let request: LambdaRequest = serde_json::from_str(&event.to_string()).ok()?;
            let mut context = Context::default();
            context.request_id = id;
            let mut adapter = Adapter::from(service_fn(move |request| {
                let function = function.clone();
                async move { Ok::<_, Infallible>(runtime::call(|request| function(request), request).await) }
            }));
            let Ok(answer) = adapter.call(LambdaEvent::new(request, context)).await;
            serde_json::to_value(answer).ok()
        })
    })
}

pub(crate) fn stream(function: StreamFunction) -> Handler {
    Arc::new(move |event, _| {
        let function = function.clone();
        Box::pin(async move {
            let event = serde_json::from_value(event).ok()?;
            serde_json::to_value(function(event).await).ok()
        })
    })
}

fn start_login(parts: &FunctionParts) -> HttpFunction {
    let (clock, randomness) = (parts.clock.clone(), parts.randomness.clone());
    let (table, keys) = (parts.table.clone(), parts.number_keys.clone());
    let callers = Callers { origins: parts.origins.clone(), proxy: parts.proxy.clone(), limits: parts.ip_limits };
    let function = Arc::new(StartLogin::new(table, keys, parts.countries.clone(), callers, parts.metrics.clone()));
    Arc::new(move |request| {
        let (function, now, mut random) = (function.clone(), clock(), randomness());
        Box::pin(async move { function.handle(request, now, &mut random).await })
    })
}

fn deliver_code(parts: &FunctionParts) -> StreamFunction {
    let (clock, randomness) = (parts.clock.clone(), parts.randomness.clone());
    let (table, keys, sms) = (parts.table.clone(), parts.keys(), parts.sms.clone());
    let function = Arc::new(DeliverCode::new(table, keys, sms, parts.policy, parts.metrics.clone()));
    Arc::new(move |event| {
        let (function, now, mut random) = (function.clone(), clock(), randomness());
        Box::pin(async move { function.handle(event, now, &mut random).await })
    })
}

fn verify_code(parts: &FunctionParts) -> HttpFunction {
    let (clock, randomness) = (parts.clock.clone(), parts.randomness.clone());
    let (table, keys) = (parts.table.clone(), parts.keys());
    let (origins, registration) = (parts.origins.clone(), parts.policy.registration);
    let function = Arc::new(VerifyCode::new(table, keys, origins, registration, parts.metrics.clone()));
    Arc::new(move |request| {
        let (function, now, mut random) = (function.clone(), clock(), randomness());
        Box::pin(async move { function.handle(request, now, &mut random).await })
    })
}

fn register(parts: &FunctionParts) -> HttpFunction {
    let (clock, randomness) = (parts.clock.clone(), parts.randomness.clone());
    let function = Arc::new(Register::new(parts.table.clone(), parts.code_keys.clone(), parts.origins.clone()));
    Arc::new(move |request| {
        let (function, now, mut random) = (function.clone(), clock(), randomness());
        Box::pin(async move { function.handle(request, now, &mut random).await })
    })
}

fn session(parts: &FunctionParts) -> HttpFunction {
    let clock = parts.clock.clone();
    let function = Arc::new(SessionFunction::new(parts.table.clone(), parts.origins.clone()));
    Arc::new(move |request| {
        let (function, now) = (function.clone(), clock());
        Box::pin(async move { function.handle(request, now).await })
    })
}

fn pages(parts: &FunctionParts) -> HttpFunction {
    let pages = Arc::new(Pages::new(parts.brand.clone(), &parts.countries));
    Arc::new(move |request| {
        let pages = pages.clone();
        Box::pin(async move { pages.handle(&request) })
    })
}
