//! The program of a function while it starts, and what it meets then.

use std::env;
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use serde_json::{Value, json};
use tests::aws::{RuntimeApi, RuntimeCall, SecretsManager};

/// The ARNs that the settings of every function name.
pub const NUMBERS_ARN: &str = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:doorcode-numbers-a1b2c3";
pub const CODES_ARN: &str = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:doorcode-codes-a1b2c3";

/// The ARN of the secret that `CloudFront` shows. No settings name it unless they are changed to.
pub const PROXY_ARN: &str = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:doorcode-proxy-a1b2c3";

/// Lambda and Secrets Manager, before one function.
pub struct Lambda {
    runtime: RuntimeApi,
    secrets: SecretsManager,
}

impl Lambda {
    /// Starts both. Secrets Manager has this as both root secrets, if anything.
    pub async fn start(root_secret: Option<&str>) -> Self {
        let lambda = Self { runtime: RuntimeApi::start(Instant::now).await, secrets: SecretsManager::start().await };
        lambda.keep(NUMBERS_ARN, root_secret);
        lambda.keep(CODES_ARN, root_secret);
        lambda
    }

    /// From now on Secrets Manager has this under this ARN, or nothing.
    pub fn keep(&self, arn: &str, secret: Option<&str>) {
        self.secrets.keep(arn, secret);
    }

    /// Starts the program of a function, with settings that are good but for `changes`; none takes a setting away.
    pub fn run(&self, function: &str, changes: &[(&str, Option<&str>)]) -> Process {
        // target/debug, where this test is in deps/.
        let programs = env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned();
        let mut command = Command::new(programs.join(function));
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs([
            ("AWS_LAMBDA_RUNTIME_API", self.runtime.address()),
            ("AWS_LAMBDA_FUNCTION_NAME", function),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_ENDPOINT_URL", self.secrets.url()),
            ("AWS_REGION", "eu-north-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("DOORCODE_TABLE", "doorcode"),
            ("DOORCODE_NUMBER_SECRET_ARN", NUMBERS_ARN),
            ("DOORCODE_CODE_SECRET_ARN", CODES_ARN),
            ("DOORCODE_COUNTRIES", "SE,NO"),
            ("DOORCODE_DEFAULT_COUNTRY", "SE"),
            ("DOORCODE_DOMAIN", "login.example.com"),
        ]);
        for (variable, value) in changes {
            match value {
                Some(value) => command.env(variable, value),
                None => command.env_remove(variable),
            };
        }
        let child = command.spawn().unwrap_or_else(|error| panic!("{function}: {error}; run `cargo build` first"));
        Process(Some(child))
    }

    /// What the function answers to one request.
    pub async fn answer(&mut self, method: &str, path: &str) -> Value {
        self.runtime.give(event(method, path).to_string().into());
        loop {
            match self.runtime.next_call().await.unwrap() {
                RuntimeCall::Ready(_) | RuntimeCall::Given(_) => {}
                RuntimeCall::Answered(_, answer) => return serde_json::from_slice(&answer).unwrap(),
                RuntimeCall::Failed(error) => panic!("a function failed: {error:?}"),
            }
        }
    }
}

/// A program that runs. It ends with the test.
pub struct Process(Option<Child>);

impl Process {
    /// Waits until it ends, and tells how.
    pub async fn ended(mut self) -> Output {
        let child = self.0.take().unwrap();
        tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap()
    }

    /// Ends it, and gives back what it wrote.
    pub async fn stop(mut self) -> Output {
        self.0.as_mut().unwrap().kill().unwrap();
        self.ended().await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
        }
    }
}

/// As API Gateway writes it, version 2.0 of the payload.
fn event(method: &str, path: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": { "accept": "text/html", "host": "login.example.com" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "test",
            "domainName": "login.example.com",
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test" },
            "requestId": "the-id-of-the-gateway",
            "routeKey": "$default",
            "stage": "$default",
            "time": "24/Nov/2026:22:00:00 +0000",
            "timeEpoch": 1_795_557_600_000_u64
        },
        "isBase64Encoded": false
    })
}
