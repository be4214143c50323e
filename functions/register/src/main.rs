//! Wires the function `register`: settings, connections, runtime.

use std::sync::Arc;

use register::Register;
use shared::settings::Settings;
use shared::time::Timestamp;
use shared::{http, random, telemetry};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let settings = Settings::load().await;
    let function = Arc::new(Register::new(settings.table()?, settings.origins()?));
    http::serve(move |request| {
        let function = Arc::clone(&function);
        async move { function.handle(request, Timestamp::now(), &mut random::source()).await }
    })
    .await
}
