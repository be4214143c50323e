//! The Lambda service: calls by its action "Invoke" reach the processes of the functions, which are started when they are
//! needed, and what they did is written down.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::routing::post;
use tests::aws::serve;
use tokio::sync::Mutex;

use crate::process::{Init, Process};
use crate::quota::{Quota, share};

/// One invocation, as it was measured.
#[derive(Clone)]
pub struct Sample {
    /// The function.
    pub function: String,
    /// The memory that it had, in MB.
    pub megabytes: u32,
    /// How the process started, when this is its first invocation.
    pub init: Option<Init>,
    /// From the event to the answer.
    pub wall: Duration,
    /// The processor's part of it.
    pub cpu: Duration,
    /// The most memory that was ever resident, in MB.
    pub peak_memory: f64,
    /// Bytes that it wrote to its log.
    pub logged: u64,
}

/// The service. Clones are the same one.
#[derive(Clone)]
pub struct Service(Arc<Mutex<State>>);

struct State {
    folder: PathBuf,
    environment: BTreeMap<String, String>,
    megabytes: u32,
    // Before the quota, so that nothing is in it any more when it is removed.
    processes: BTreeMap<String, Process>,
    quota: Option<Quota>,
    samples: Vec<Sample>,
}

impl Service {
    /// A service of the programs in `folder`, and where it is called.
    pub async fn start(folder: PathBuf) -> (Self, String) {
        let state = State {
            folder,
            environment: BTreeMap::new(),
            megabytes: 0,
            processes: BTreeMap::new(),
            quota: Quota::new(),
            samples: Vec::new(),
        };
        let service = Self(Arc::new(Mutex::new(state)));
        let called = service.clone();
        let invoke = post(move |Path(name): Path<String>, event: Bytes| async move {
            called.0.lock().await.invoke(name, event).await
        });
        let router = Router::new().route("/2015-03-31/functions/{name}/invocations", invoke);
        (service, serve(router).await)
    }

    /// The environment of the functions that are started from now on.
    pub async fn set_environment(&self, environment: BTreeMap<String, String>) {
        self.0.lock().await.environment = environment;
    }

    /// Ends all processes. Those that are started from now on have this much memory, in MB.
    pub async fn begin_anew(&self, megabytes: u32) {
        let mut state = self.0.lock().await;
        state.processes.clear();
        state.megabytes = megabytes;
        if let Some(quota) = &state.quota {
            assert!(quota.set(share(megabytes)), "the control group was taken away");
        }
    }

    /// Whether functions are held to their share of the processor.
    pub async fn holds_down(&self) -> bool {
        self.0.lock().await.quota.is_some()
    }

    /// What was measured since the last time.
    pub async fn take(&self) -> Vec<Sample> {
        std::mem::take(&mut self.0.lock().await.samples)
    }
}

impl State {
    async fn invoke(&mut self, name: String, event: Bytes) -> Bytes {
        let mut init = None;
        if !self.processes.contains_key(&name) {
            let binary = self.folder.join(&name);
            let process = Process::start(&binary, &name, self.megabytes, &self.environment).await;
            // While it starts, Lambda gives a function a whole processor, whatever its memory.
            if let Some(quota) = &self.quota {
                quota.take(process.id());
            }
            init = Some(process.init);
            self.processes.insert(name.clone(), process);
        }
        let process = self.processes.get_mut(&name).expect("a process");
        let invocation = process.invoke(event).await;
        self.samples.push(Sample {
            function: name,
            megabytes: self.megabytes,
            init,
            wall: invocation.wall,
            cpu: invocation.cpu,
            peak_memory: process.peak_memory(),
            logged: invocation.logged,
        });
        invocation.answer
    }
}
