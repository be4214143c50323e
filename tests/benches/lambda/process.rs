//! A function as a process, and what it takes: time, memory, lines of its log.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tests::aws::{RuntimeApi, RuntimeCall};
use tests::process::memory;

/// A function that says nothing for so long says nothing any more.
const PATIENCE: Duration = Duration::from_secs(30);

/// Its start.
#[derive(Clone, Copy)]
pub struct Init {
    /// From the start of the process until it asks for its first event.
    pub wall: Duration,
    /// The processor's part of it.
    pub cpu: Duration,
}

/// One invocation.
pub struct Invocation {
    /// What the function answered.
    pub answer: Bytes,
    /// From the event to the answer.
    pub wall: Duration,
    /// What the processor did, until the function was ready for the next event.
    pub cpu: Duration,
    /// Bytes that it wrote to its log.
    pub logged: u64,
}

/// A function while it runs. It ends with this value.
pub struct Process {
    child: Child,
    runtime: RuntimeApi,
    log: Log,
    /// How it started.
    pub init: Init,
}

impl Process {
    /// Starts `binary` as the function `name` of so much memory, and waits until it is ready.
    pub async fn start(binary: &Path, name: &str, megabytes: u32, environment: &BTreeMap<String, String>) -> Self {
        let mut runtime = RuntimeApi::start(Instant::now).await;
        let mut command = Command::new(binary);
        command.env_clear().envs(environment).stdout(Stdio::null()).stderr(Stdio::piped());
        command.env("AWS_LAMBDA_RUNTIME_API", runtime.address());
        command.env("AWS_LAMBDA_FUNCTION_NAME", format!("doorcode-{name}"));
        command.env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
        command.env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", megabytes.to_string());
        command.env("AWS_LAMBDA_LOG_GROUP_NAME", "doorcode").env("AWS_LAMBDA_LOG_STREAM_NAME", name);
        let begin = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
        let log = Log::read(&mut child);
        let Ok(Some(RuntimeCall::Ready(ready))) = tokio::time::timeout(PATIENCE, runtime.next_call()).await else {
            drop(child.kill());
            panic!("{name} does not start: {}", log.text());
        };
        let init = Init { wall: ready - begin, cpu: cpu(child.id()) };
        Self { child, runtime, log, init }
    }

    /// One invocation.
    pub async fn invoke(&mut self, event: Bytes) -> Invocation {
        let (before, logged) = (cpu(self.id()), self.log.bytes());
        self.runtime.give(event);
        let (mut given, mut answered) = (None, None);
        loop {
            match tokio::time::timeout(PATIENCE, self.runtime.next_call()).await {
                Ok(Some(RuntimeCall::Given(at))) => given = Some(at),
                Ok(Some(RuntimeCall::Answered(at, answer))) => answered = Some((at, answer)),
                Ok(Some(RuntimeCall::Ready(_))) => break,
                Ok(Some(RuntimeCall::Failed(error))) => {
                    panic!("a function failed: {}", String::from_utf8_lossy(&error))
                }
                Ok(None) | Err(_) => panic!("a function does not answer"),
            }
        }
        let (given, (at, answer)) = given.zip(answered).expect("an event and its answer");
        let cpu = cpu(self.id()).saturating_sub(before);
        Invocation { answer, wall: at - given, cpu, logged: self.log.bytes() - logged }
    }

    /// The process, as the system knows it.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The most memory that was resident at once, in MB of 1,000,000 bytes.
    pub fn peak_memory(&self) -> f64 {
        memory(&self.id().to_string(), "VmHWM")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The time that the processor spent on all threads of a process. A thread that has ended is not counted; none ends
/// between two looks, since the runtime keeps idle ones for ten seconds.
fn cpu(process: u32) -> Duration {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return Duration::ZERO };
    threads.flatten().map(|thread| on_processor(&thread.path())).sum()
}

/// How long the thread with this folder was on a processor.
pub fn on_processor(thread: &Path) -> Duration {
    let statistics = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
    let nanoseconds = statistics.split_whitespace().next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

/// What the function writes to its log.
struct Log {
    bytes: Arc<AtomicU64>,
    reading: JoinHandle<String>,
}

impl Log {
    fn read(child: &mut Child) -> Self {
        let mut log = child.stderr.take().expect("its log");
        let bytes = Arc::new(AtomicU64::new(0));
        let count = bytes.clone();
        let reading = std::thread::spawn(move || {
            let (mut text, mut part) = (Vec::new(), [0; 4_096]);
            while let Ok(read @ 1..) = log.read(&mut part) {
                text.extend_from_slice(&part[..read]);
                count.fetch_add(read as u64, Ordering::SeqCst);
            }
            String::from_utf8_lossy(&text).into_owned()
        });
        Self { bytes, reading }
    }

    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
    }

    /// All of it, once the process has ended.
    fn text(self) -> String {
        self.reading.join().unwrap_or_default()
    }
}
