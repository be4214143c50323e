//! Secrets Manager, as much of it as a function uses.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::serve;

/// The texts by their ARNs.
type Secrets = Arc<Mutex<BTreeMap<String, String>>>;

/// A Secrets Manager without secrets at first.
pub struct SecretsManager {
    url: String,
    secrets: Secrets,
}

impl SecretsManager {
    /// Starts it.
    pub async fn start() -> Self {
        let secrets = Secrets::default();
        let kept = secrets.clone();
        let answer = move |headers: HeaderMap, body: Bytes| async move { get_secret_value(&kept, &headers, &body) };
        Self { url: serve(Router::new().fallback(answer)).await, secrets }
    }

    /// Where it is: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on it has this text under this ARN, or nothing.
    ///
    /// # Panics
    /// When another thread panicked in it.
    pub fn keep(&self, arn: &str, text: Option<&str>) {
        let mut secrets = self.secrets.lock().expect("secrets");
        match text {
            Some(text) => secrets.insert(arn.to_owned(), text.to_owned()),
            None => secrets.remove(arn),
        };
    }
}

fn get_secret_value(secrets: &Secrets, headers: &HeaderMap, body: &[u8]) -> (StatusCode, String) {
    if headers.get("x-amz-target").is_none_or(|target| target != "secretsmanager.GetSecretValue") {
        // A function opens its other connections by calls of their services.
        return (StatusCode::BAD_REQUEST, String::new());
    }
    let input: Value = serde_json::from_slice(body).expect("JSON");
    let arn = input["SecretId"].as_str().expect("an ARN");
    let (status, output) = match secrets.lock().expect("secrets").get(arn) {
        Some(text) => (StatusCode::OK, json!({ "ARN": arn, "Name": "doorcode", "SecretString": text })),
        None => (StatusCode::BAD_REQUEST, json!({ "__type": "ResourceNotFoundException", "Message": "no secret" })),
    };
    (status, output.to_string())
}
