//! A stand-in for what a function meets while it starts: Lambda's runtime API, which hands out requests and takes
//! answers, and Secrets Manager. Both on one port, as much of them as a function uses.

use std::convert::Infallible;
use std::env;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex as Guarded};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The ARN that the settings of every function name.
pub const ARN: &str = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:doorcode-a1b2c3";

/// The ARN of the secret that `CloudFront` shows. No settings name it unless they are changed to.
pub const PROXY_ARN: &str = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:doorcode-proxy-a1b2c3";

/// What Secrets Manager has under an ARN.
#[derive(Clone, Copy)]
pub enum Secret {
    /// Nothing.
    Missing,
    /// A text.
    Text(&'static str),
}

/// The stand-in.
pub struct Lambda {
    address: String,
    secrets: Arc<Guarded<Secrets>>,
    requests: UnboundedSender<Value>,
    answers: Mutex<UnboundedReceiver<Value>>,
}

/// What Secrets Manager has.
struct Secrets {
    root: Secret,
    front: Secret,
}

/// What a connection needs of it.
struct Desk {
    secrets: Arc<Guarded<Secrets>>,
    requests: Mutex<UnboundedReceiver<Value>>,
    answers: UnboundedSender<Value>,
}

impl Lambda {
    /// Starts it.
    pub async fn start(secret: Secret) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let secrets = Arc::new(Guarded::new(Secrets { root: secret, front: Secret::Missing }));
        let (requests, taken) = unbounded_channel();
        let (given, answers) = unbounded_channel();
        let desk = Desk { secrets: secrets.clone(), requests: Mutex::new(taken), answers: given };
        tokio::spawn(serve(listener, Arc::new(desk)));
        Self { address, secrets, requests, answers: Mutex::new(answers) }
    }

    /// From now on Secrets Manager has this.
    pub fn keep(&self, secret: Secret) {
        self.secrets.lock().unwrap().root = secret;
    }

    /// From now on it has this under [`PROXY_ARN`].
    pub fn keep_for_the_front(&self, secret: Secret) {
        self.secrets.lock().unwrap().front = secret;
    }

    /// Starts the program of a function, with settings that are good but for `changes`; none takes a setting away.
    pub fn run(&self, function: &str, changes: &[(&str, Option<&str>)]) -> Process {
        let url = format!("http://{}", self.address);
        // target/debug, where this test is in deps/.
        let programs = env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned();
        let mut command = Command::new(programs.join(function));
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs([
            ("AWS_LAMBDA_RUNTIME_API", self.address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", function),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_ENDPOINT_URL", &url),
            ("AWS_REGION", "eu-north-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("DOORCODE_TABLE", "doorcode"),
            ("DOORCODE_ROOT_SECRET_ARN", ARN),
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

    /// One request, and its answer.
    pub async fn ask(&self, method: &str, path: &str) -> Value {
        self.requests.send(event(method, path)).unwrap();
        self.answers.lock().await.recv().await.unwrap()
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

async fn serve(listener: TcpListener, desk: Arc<Desk>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let desk = desk.clone();
        let service = service_fn(move |request| {
            let desk = desk.clone();
            async move { Ok::<_, Infallible>(desk.take(request).await) }
        });
        // A program that is ended drops its connections.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

impl Desk {
    async fn take(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let path = parts.uri.path();
        if parts.headers.get("x-amz-target").is_some_and(|target| target == "secretsmanager.GetSecretValue") {
            return self.secret(&body);
        }
        if parts.method == Method::GET && path.ends_with("/runtime/invocation/next") {
            return self.next().await;
        }
        assert!(path.ends_with("/response"), "a function called {} {path}", parts.method);
        self.answers.send(serde_json::from_slice(&body).unwrap()).unwrap();
        Response::builder().status(202).body(Full::default()).unwrap()
    }

    fn secret(&self, asked: &[u8]) -> Response<Full<Bytes>> {
        let asked: Value = serde_json::from_slice(asked).unwrap();
        let secrets = self.secrets.lock().unwrap();
        let secret = match asked["SecretId"].as_str().unwrap() {
            ARN => secrets.root,
            PROXY_ARN => secrets.front,
            other => panic!("a function asks for {other}"),
        };
        let (status, body) = match secret {
            Secret::Missing => (400, json!({ "__type": "ResourceNotFoundException", "Message": "no secret" })),
            Secret::Text(text) => (200, json!({ "ARN": asked["SecretId"], "Name": "doorcode", "SecretString": text })),
        };
        let answer = Response::builder().status(status).header("content-type", "application/x-amz-json-1.1");
        answer.body(Full::from(body.to_string())).unwrap()
    }

    /// The next request, whenever there is one.
    async fn next(&self) -> Response<Full<Bytes>> {
        let Some(event) = self.requests.lock().await.recv().await else {
            return std::future::pending().await;
        };
        Response::builder()
            .header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
            .header("lambda-runtime-deadline-ms", "1795557600000")
            .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-north-1:123456789012:function:test")
            .body(Full::from(event.to_string()))
            .unwrap()
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
