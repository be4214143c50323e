//! Starts Doorcode on this machine. The library beside this file does the work.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    shared::telemetry::init();
    match local::run(std::env::args_os()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("doorcode: {error}");
            ExitCode::from(2)
        }
    }
}
