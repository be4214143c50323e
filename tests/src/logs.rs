//! The log of one test, as the functions would write it, at the finest level.

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::Level;
use tracing::subscriber::{DefaultGuard, set_default};
use tracing_subscriber::fmt::MakeWriter;

/// Everything that is logged on this thread while it lives.
pub struct Logs {
    buffer: Buffer,
    _guard: DefaultGuard,
}

impl Logs {
    /// Starts to listen to this thread, with the subscriber that the functions install. The test's runtime must be the
    /// one of a single thread, or tasks log elsewhere.
    #[must_use]
    pub fn capture(level: Level) -> Self {
        let buffer = Buffer::default();
        let guard = set_default(shared::telemetry::subscriber(level, buffer.clone()));
        Self { buffer, _guard: guard }
    }

    /// All that was logged, without the times of the lines: their microseconds have as many digits as a code.
    #[must_use]
    pub fn text(&self) -> String {
        let without_time = |mut line: Value| {
            line.as_object_mut().expect("an object").remove("timestamp");
            line.to_string()
        };
        self.lines().into_iter().map(without_time).collect::<Vec<_>>().join("\n")
    }

    /// The lines, each of which must be one JSON object (requirement L-04).
    #[must_use]
    pub fn lines(&self) -> Vec<Value> {
        let parse =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in the line {line:?}"));
        let text = String::from_utf8(self.buffer.0.lock().expect("a buffer").clone()).expect("a log in UTF-8");
        text.lines().map(parse).collect()
    }
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("a buffer").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'writer> MakeWriter<'writer> for Buffer {
    type Writer = Self;

    fn make_writer(&'writer self) -> Self {
        self.clone()
    }
}
