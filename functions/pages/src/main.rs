//! Wires the function `pages`: the shape of the settings, no connections, the runtime.

use std::future::ready;

use lambda_http::{Body, Request, Response};
use shared::settings::{self, BadSetting};
use shared::{runtime, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let good = settings::check().inspect_err(BadSetting::log).is_ok();
    let answer: fn(&Request) -> Response<Body> = if good { pages::handle } else { pages::refuse };
    runtime::serve(|| ready(Ok(())), move |_, request| ready(answer(&request))).await
}
