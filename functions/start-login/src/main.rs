//! Wires the function `start-login`: settings, connections, runtime.

use std::sync::Arc;

use shared::settings::{BadSetting, Settings};
use shared::time::Timestamp;
use shared::{random, runtime, telemetry};
use start_login::{Callers, StartLogin};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    runtime::serve(wire, |function, request| async move {
        function.handle(request, Timestamp::now(), &mut random::source()).await
    })
    .await
}

async fn wire() -> Result<StartLogin, BadSetting> {
    let settings = Settings::load().await?;
    let (table, keys, proxy, countries) =
        tokio::try_join!(settings.table(), settings.number_keys(), settings.proxy(), async { settings.countries() })?;
    let callers = Callers { origins: settings.origins()?, proxy, limits: settings.ip_limits()? };
    Ok(StartLogin::new(table, keys, countries, callers, Arc::default()))
}
