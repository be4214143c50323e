//! Wires the function `session`: settings, connections, runtime.

use session::SessionFunction;
use shared::settings::{BadSetting, Settings};
use shared::time::Timestamp;
use shared::{runtime, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    runtime::serve(wire, |function, request| async move { function.handle(request, Timestamp::now()).await }).await
}

async fn wire() -> Result<SessionFunction, BadSetting> {
    let settings = Settings::load().await?;
    Ok(SessionFunction::new(settings.table().await?, settings.origins()?))
}
