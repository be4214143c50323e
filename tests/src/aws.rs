//! Stand-ins for what a function meets in AWS when it runs as a process: Lambda's runtime API, and Secrets Manager.
//! The embedded DynamoDB and the SMS inbox are those of the local program.

mod runtime_api;
mod secrets_manager;

use axum::Router;
use tokio::net::TcpListener;

pub use runtime_api::{RuntimeApi, RuntimeCall};
pub use secrets_manager::SecretsManager;

/// Serves `router` on this machine, and tells where: `http://127.0.0.1:PORT`.
pub async fn serve(router: Router) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("a bound port"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}
