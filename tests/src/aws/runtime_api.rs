//! Lambda's runtime API ("Using the Lambda runtime API for custom runtimes" in the Lambda guide).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::serve;

/// What a function called, and when.
#[derive(Debug)]
pub enum RuntimeCall {
    /// It is ready for an event: once when it has started, and after each answer.
    Ready(Instant),
    /// It was given its event.
    Given(Instant),
    /// It has answered.
    Answered(Instant, Bytes),
    /// It has failed, at its start or with an event.
    Failed(Bytes),
}

/// The runtime API of one function.
pub struct RuntimeApi {
    address: String,
    events: UnboundedSender<Bytes>,
    calls: UnboundedReceiver<RuntimeCall>,
}

impl RuntimeApi {
    /// Starts it. Calls are dated by `clock`.
    pub async fn start(clock: fn() -> Instant) -> Self {
        let (events, waiting) = unbounded_channel();
        let (tell, calls) = unbounded_channel();
        let url = serve(router(waiting, &tell, clock)).await;
        Self { address: url.trim_start_matches("http://").to_owned(), events, calls }
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Gives an event to the function, as soon as it is ready.
    ///
    /// # Panics
    /// When the server has ended.
    pub fn give(&self, event: Bytes) {
        self.events.send(event).expect("a runtime API");
    }

    /// What the function calls next; nothing when the server has ended.
    pub async fn next_call(&mut self) -> Option<RuntimeCall> {
        self.calls.recv().await
    }
}

fn router(waiting: UnboundedReceiver<Bytes>, tell: &UnboundedSender<RuntimeCall>, clock: fn() -> Instant) -> Router {
    let waiting = Arc::new(Mutex::new(waiting));
    let requests = Arc::new(AtomicU64::new(0));
    let to_next = tell.clone();
    let next = get(move || {
        drop(to_next.send(RuntimeCall::Ready(clock())));
        let (waiting, tell) = (waiting.clone(), to_next.clone());
        let id = requests.fetch_add(1, Ordering::Relaxed);
        async move {
            let event = waiting.lock().await.recv().await;
            drop(tell.send(RuntimeCall::Given(clock())));
            let headers = [
                ("content-type", "application/json".to_owned()),
                ("lambda-runtime-aws-request-id", format!("00000000-0000-4000-8000-{id:012}")),
                ("lambda-runtime-deadline-ms", "4102444800000".to_owned()),
                ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:f".to_owned()),
                ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0".to_owned()),
            ];
            event.map(|event| (headers, event)).ok_or(StatusCode::GONE).into_response()
        }
    });
    let to_response = tell.clone();
    let response = post(move |body: Bytes| async move {
        drop(to_response.send(RuntimeCall::Answered(clock(), body)));
        StatusCode::ACCEPTED
    });
    let to_error = tell.clone();
    let error = post(move |body: Bytes| async move {
        drop(to_error.send(RuntimeCall::Failed(body)));
        StatusCode::ACCEPTED
    });
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", next)
        .route("/2018-06-01/runtime/invocation/{id}/response", response)
        .route("/2018-06-01/runtime/invocation/{id}/error", error.clone())
        .route("/2018-06-01/runtime/init/error", error)
}
