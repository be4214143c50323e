//! Wires the function `deliver-code`: settings, connections, runtime.

use std::{convert::Infallible, process::ExitCode, sync::Arc};

use deliver_code::DeliverCode;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::settings::{BadSetting, Settings};
use shared::{random, telemetry, time::Timestamp};

// Several threads, unlike the other functions: while the code of one record is hashed, another thread reads the answers
// for the other records, which would otherwise time out.
#[tokio::main]
async fn main() -> Result<ExitCode, Error> {
    telemetry::init();
    let Ok(function) = &Box::pin(wire()).await.inspect_err(BadSetting::log) else { return Ok(ExitCode::FAILURE) };
    run(service_fn(move |event: LambdaEvent<_>| async move {
        Ok::<_, Infallible>(function.handle(event.payload, Timestamp::now(), &mut random::source()).await)
    }))
    .await?;
    Ok(ExitCode::SUCCESS)
}

async fn wire() -> Result<DeliverCode, BadSetting> {
    let settings = Settings::load().await?;
    let (table, keys, sms) = tokio::try_join!(settings.table(), settings.keys(), settings.sms())?;
    Ok(DeliverCode::new(table, keys, sms, settings.policy()?, Arc::default()))
}
