//! Wires the function `pages`: no settings, no connections, only the runtime.

use shared::{http, telemetry};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    http::serve(|request| async move { pages::handle(&request) }).await
}
