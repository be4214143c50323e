//! The functions of this deployment, in this process: the very structs that run in Lambda, wired for one machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lambda_events::event::dynamodb::Event;
use aws_lambda_events::event::streams::DynamoDbEventResponse;
use deliver_code::DeliverCode;
use lambda_http::lambda_runtime::BoxFuture;
use lambda_http::{Body, Request, Response};
use register::Register;
use session::SessionFunction;
use shared::http::Origins;
use shared::keys::Keys;
use shared::phone::Countries;
use shared::random;
use shared::sms::Sms;
use shared::table::Table;
use shared::telemetry::Metrics;
use start_login::StartLogin;
use verify_code::VerifyCode;

use crate::Clock;
use crate::fault::Fault;
use crate::template::Subscription;

/// A function that answers requests.
pub(crate) type HttpFunction = Arc<dyn Fn(Request) -> BoxFuture<'static, Response<Body>> + Send + Sync>;

/// A function that gets the records of a stream.
pub(crate) type StreamFunction = Arc<dyn Fn(Event) -> BoxFuture<'static, DynamoDbEventResponse> + Send + Sync>;

/// All of them, by the names of their folders.
pub(crate) struct Functions {
    http: BTreeMap<&'static str, HttpFunction>,
    stream: BTreeMap<&'static str, StreamFunction>,
}

/// What the functions are made of.
pub(crate) struct Parts {
    pub(crate) table: Table,
    pub(crate) keys: Keys,
    pub(crate) sms: Sms,
    pub(crate) countries: Countries,
    pub(crate) origins: Origins,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Clock,
}

impl Functions {
    pub(crate) fn new(parts: &Parts) -> Self {
        let http = BTreeMap::from([
            ("start-login", start_login(parts)),
            ("verify-code", verify_code(parts)),
            ("register", register(parts)),
            ("session", session(parts)),
            ("pages", pages()),
        ]);
        Self { http, stream: BTreeMap::from([("deliver-code", deliver_code(parts))]) }
    }

    pub(crate) fn http(&self, name: &str) -> Option<HttpFunction> {
        self.http.get(name).cloned()
    }

    /// The function that a subscription is for.
    pub(crate) fn subscriber(&self, subscription: &Subscription) -> Result<StreamFunction, Fault> {
        let name = &subscription.function;
        let fault = || Fault::Template(format!("the stream goes to {name}, which the local program does not have"));
        self.stream.get(name.as_str()).cloned().ok_or_else(fault)
    }
}

fn start_login(parts: &Parts) -> HttpFunction {
    let clock = parts.clock.clone();
    let (table, keys) = (parts.table.clone(), parts.keys.clone());
    let function = Arc::new(StartLogin::new(table, keys, parts.countries.clone(), parts.origins.clone()));
    Arc::new(move |request| {
        let (function, now) = (function.clone(), clock());
        Box::pin(async move { function.handle(request, now, &mut random::source()).await })
    })
}

fn deliver_code(parts: &Parts) -> StreamFunction {
    let clock = parts.clock.clone();
    let (table, keys, sms) = (parts.table.clone(), parts.keys.clone(), parts.sms.clone());
    let function = Arc::new(DeliverCode::new(table, keys, sms, parts.metrics.clone()));
    Arc::new(move |event| {
        let (function, now) = (function.clone(), clock());
        Box::pin(async move { function.handle(event, now, &mut random::source()).await })
    })
}

fn verify_code(parts: &Parts) -> HttpFunction {
    let clock = parts.clock.clone();
    let (table, keys) = (parts.table.clone(), parts.keys.clone());
    let function = Arc::new(VerifyCode::new(table, keys, parts.origins.clone(), parts.metrics.clone()));
    Arc::new(move |request| {
        let (function, now) = (function.clone(), clock());
        Box::pin(async move { function.handle(request, now, &mut random::source()).await })
    })
}

fn register(parts: &Parts) -> HttpFunction {
    let clock = parts.clock.clone();
    let function = Arc::new(Register::new(parts.table.clone(), parts.origins.clone()));
    Arc::new(move |request| {
        let (function, now) = (function.clone(), clock());
        Box::pin(async move { function.handle(request, now, &mut random::source()).await })
    })
}

fn session(parts: &Parts) -> HttpFunction {
    let clock = parts.clock.clone();
    let function = Arc::new(SessionFunction::new(parts.table.clone(), parts.origins.clone()));
    Arc::new(move |request| {
        let (function, now) = (function.clone(), clock());
        Box::pin(async move { function.handle(request, now).await })
    })
}

fn pages() -> HttpFunction {
    Arc::new(|request| Box::pin(async move { pages::handle(&request) }))
}
