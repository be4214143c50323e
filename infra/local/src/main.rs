//! Starts Doorcode on this machine. The library beside this file does the work.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    shared::telemetry::init();
    match local::run(std::env::args_os()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("doorcode: {fault}");
            ExitCode::from(2)
        }
    }
}
