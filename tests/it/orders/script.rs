//! What a function meets in place of the table: answers that the table gave before, and then one that does not come.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tests::proxy::{Lost, answer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// An answer of the table: its status and its body. None is one that got lost.
pub type Told = Option<(u16, String)>;

/// A place that answers like the table, as it is told.
#[derive(Clone)]
pub struct Script {
    pub endpoint: String,
    lines: Arc<Mutex<Lines>>,
}

struct Lines {
    told: VecDeque<Told>,
    /// Closed when the function is given up.
    waits: Arc<Semaphore>,
    /// Where the first call goes for which there is no answer yet.
    asked: Option<UnboundedSender<(String, Value)>>,
}

impl Script {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("a bound port"));
        let lines = Lines { told: VecDeque::new(), waits: Arc::new(Semaphore::new(0)), asked: None };
        let script = Self { endpoint, lines: Arc::new(Mutex::new(lines)) };
        let accepting = script.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().serve(stream));
            }
        });
        script
    }

    /// Begins anew with these answers. The first call that finds none comes out of the receiver, and waits.
    pub fn begin(&self, told: VecDeque<Told>) -> UnboundedReceiver<(String, Value)> {
        let (asked, receiver) = unbounded_channel();
        *self.lines.lock().expect("no panic with the lock") =
            Lines { told, waits: Arc::new(Semaphore::new(0)), asked: Some(asked) };
        receiver
    }

    /// Refuses the call that waits, and all that follow it, so that the function ends.
    pub fn give_up(&self) {
        self.lines.lock().expect("no panic with the lock").waits.close();
    }

    async fn serve(self, stream: TcpStream) {
        let service = service_fn(move |request| self.clone().answer(request));
        let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // A function that is given up closes it in the middle of a call.
        drop(connection.await);
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Lost> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
        let (told, waits) = {
            let mut lines = self.lines.lock().expect("no panic with the lock");
            (lines.told.pop_front(), lines.waits.clone())
        };
        match told {
            Some(Some((status, body))) => Ok(answer(status, body)),
            Some(None) => Err(Lost),
            None => {
                let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
                let operation = target.and_then(|target| target.rsplit('.').next()).unwrap_or_default().to_owned();
                let body = serde_json::from_slice(&body).unwrap_or_default();
                if let Some(asked) = self.lines.lock().expect("no panic with the lock").asked.take() {
                    drop(asked.send((operation, body)));
                }
                // It is closed at the end: nobody gets in.
                drop(waits.acquire().await);
                Ok(answer(400, GIVEN_UP.to_owned()))
            }
        }
    }
}

/// What the SDK does not ask again after.
const GIVEN_UP: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ValidationException","message":"given up"}"#;
