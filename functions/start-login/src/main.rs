//! Wires the function `start-login`: settings, connections, runtime.

use std::sync::Arc;

use shared::settings::Settings;
use shared::time::Timestamp;
use shared::{http, random, telemetry};
use start_login::StartLogin;

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let settings = Settings::load().await;
    let (table, keys) = (settings.table()?, settings.keys().await?);
    let (countries, origins) = (settings.countries()?, settings.origins()?);
    let function = Arc::new(StartLogin::new(table, keys, countries, origins, settings.asks()?));
    http::serve(move |request| {
        let function = Arc::clone(&function);
        async move { function.handle(request, Timestamp::now(), &mut random::source()).await }
    })
    .await
}
