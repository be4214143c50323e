//! Wires the function `deliver-code`: settings, connections, runtime.

use std::{convert::Infallible, sync::Arc};

use deliver_code::DeliverCode;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::settings::Settings;
use shared::time::Timestamp;
use shared::{random, telemetry};

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let settings = Settings::load().await;
    let (table, keys) = (settings.table()?, settings.keys().await?);
    let function = &DeliverCode::new(table, keys, settings.sms()?, settings.policy()?, Arc::default());
    run(service_fn(move |event: LambdaEvent<_>| async move {
        Ok::<_, Infallible>(function.handle(event.payload, Timestamp::now(), &mut random::source()).await)
    }))
    .await
}
