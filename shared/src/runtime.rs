//! Runs a function on Lambda: wiring, requests and answers.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use lambda_http::{Body, Error as RuntimeError, Request, Response, service_fn};
use tokio::sync::OnceCell;

use crate::error::{Error, RedactedError};
use crate::http::{Problem, request_id};
use crate::settings::BadSetting;

/// Runs a function on Lambda: every request is answered, so nothing but the connection to the runtime can fail.
///
/// `wire` builds the function from its settings, once, before the first request. When a setting is wrong, a log line at
/// level ERROR names it, and callers get `503 unavailable`. Each request then wires again, so that a short outage of
/// Secrets Manager lasts no longer here. The process does not end: Lambda would then answer with an error of its own,
/// and `cargo lambda watch` not at all.
///
/// # Errors
/// The runtime's, when it cannot be reached.
pub async fn serve<T, W, F>(
    wire: impl Fn() -> W + Sync,
    handle: impl Fn(Arc<T>, Request) -> F + Sync,
) -> Result<(), RuntimeError>
where
    T: Send + Sync,
    W: Future<Output = Result<T, BadSetting>> + Send,
    F: Future<Output = Response<Body>> + Send,
{
    let (function, wire, handle) = (&OnceCell::new(), &wire, &handle);
    if let Err(bad_setting) = wired(function, wire).await {
        bad_setting.log();
    }
    lambda_http::run(service_fn(move |request: Request| async move {
        Ok::<_, Infallible>(match wired(function, wire).await {
            Ok(function) => call(|request| handle(function, request), request).await,
            Err(bad_setting) => unavailable(&request, &bad_setting),
        })
    }))
    .await
}

/// Calls a handler. A panic is a bug: the caller gets the problem `internal`, and the function goes on.
pub async fn call<F>(handler: impl FnOnce(Request) -> F, request: Request) -> Response<Body>
where
    F: Future<Output = Response<Body>>,
{
    let id = request_id(&request).to_owned();
    // Nothing that a request changes outlives it, so there is nothing that a panic could leave broken.
    let answer = AssertUnwindSafe(async { handler(request).await }).catch_unwind().await;
    answer.unwrap_or_else(|_| {
        let problem = Problem::internal("handler", "panicked");
        problem.log(&id);
        problem.into_response()
    })
}

/// The function, wired now if it was not before.
async fn wired<T, W>(function: &OnceCell<Arc<T>>, wire: impl Fn() -> W) -> Result<Arc<T>, BadSetting>
where
    W: Future<Output = Result<T, BadSetting>>,
{
    // On the heap: all AWS clients are made in this future, and the future of each request would be as large.
    function.get_or_try_init(|| async { Box::pin(wire()).await.map(Arc::new) }).await.cloned()
}

fn unavailable(request: &Request, bad_setting: &BadSetting) -> Response<Body> {
    let problem = Problem::from(Error::Unavailable(RedactedError::new("settings", bad_setting.to_string())));
    problem.log(request_id(request));
    problem.into_response()
}
