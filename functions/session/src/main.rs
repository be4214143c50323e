//! Wires the function `session`: settings, connections, runtime.

use std::sync::Arc;

use session::SessionFunction;
use shared::settings::Settings;
use shared::time::Timestamp;
use shared::{http, telemetry};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let settings = Settings::load().await;
    let function = Arc::new(SessionFunction::new(settings.table()?, settings.origins()?));
    http::serve(move |request| {
        let function = Arc::clone(&function);
        async move { function.handle(request, Timestamp::now()).await }
    })
    .await
}
