//! Wires the function `verify-code`: settings, connections, runtime.

use std::sync::Arc;

use shared::settings::Settings;
use shared::time::Timestamp;
use shared::{http, random, telemetry};
use verify_code::VerifyCode;

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let settings = Settings::load().await;
    let (table, keys) = (settings.table()?, settings.keys().await?);
    let (origins, sign_ups) = (settings.origins()?, settings.sign_ups()?);
    let function = Arc::new(VerifyCode::new(table, keys, origins, sign_ups, Arc::default()));
    http::serve(move |request| {
        let function = Arc::clone(&function);
        async move { function.handle(request, Timestamp::now(), &mut random::source()).await }
    })
    .await
}
