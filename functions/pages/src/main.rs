//! Wires the function `pages`: the shape of the settings, no connections, the runtime.

use std::future::ready;
use std::sync::Arc;

use pages::Pages;
use shared::settings::{self, BadSetting};
use shared::{runtime, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let shown = settings::check().inspect_err(BadSetting::log);
    let pages = shown.map_or_else(|_| Pages::without_settings(), |shown| Pages::new(shown.brand, &shown.countries));
    let pages = Arc::new(pages);
    runtime::serve(|| ready(Ok(())), move |_, request| ready(pages.handle(&request))).await
}
