//! Wires the function `register`: settings, connections, runtime.

use register::Register;
use shared::settings::{BadSetting, Settings};
use shared::time::Timestamp;
use shared::{random, runtime, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    runtime::serve(wire, |function, request| async move {
        function.handle(request, Timestamp::now(), &mut random::source()).await
    })
    .await
}

async fn wire() -> Result<Register, BadSetting> {
    let settings = Settings::load().await?;
    let (table, keys) = tokio::try_join!(settings.table(), settings.code_keys())?;
    Ok(Register::new(table, keys, settings.origins()?))
}
