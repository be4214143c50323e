//! Wires the function `verify-code`: settings, connections, runtime.

use std::sync::Arc;

use shared::settings::{BadSetting, Settings};
use shared::time::Timestamp;
use shared::{random, runtime, telemetry};
use verify_code::VerifyCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    runtime::serve(wire, |function, request| async move {
        function.handle(request, Timestamp::now(), &mut random::source()).await
    })
    .await
}

async fn wire() -> Result<VerifyCode, BadSetting> {
    let settings = Settings::load().await?;
    let (table, keys) = tokio::try_join!(settings.table(), settings.keys())?;
    Ok(VerifyCode::new(table, keys, settings.origins()?, settings.registration()?, Arc::default()))
}
