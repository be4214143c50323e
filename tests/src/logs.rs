//! The log of one test, as the functions would write it, at the finest level.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use serde_json::Value;
use tracing::Level;

thread_local! {
    /// What was logged on this thread, while somebody wants to know.
    static LINES: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Everything that is logged on this thread while it lives.
pub struct Logs(());

impl Logs {
    /// Starts to listen to this thread, with the subscriber that the functions install, at its finest level. The test's
    /// runtime must be the one of a single thread, or tasks log elsewhere.
    #[must_use]
    pub fn capture() -> Self {
        static ONE_FOR_ALL_TESTS: Once = Once::new();
        // A subscriber for one thread would miss what another thread came by first: whether anybody listens to a place
        // in the code is decided once, by whoever passes it first.
        ONE_FOR_ALL_TESTS.call_once(|| {
            let subscriber = shared::telemetry::subscriber(Level::TRACE, || ThisThread);
            tracing::subscriber::set_global_default(subscriber).expect("no other subscriber in these tests");
            // Places that were passed while the subscriber was being installed.
            tracing::callsite::rebuild_interest_cache();
        });
        LINES.set(Some(Vec::new()));
        Self(())
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
        let Self(()) = self;
        let text = LINES.with_borrow(|lines| String::from_utf8(lines.clone().unwrap_or_default()));
        let parse =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in the line {line:?}"));
        text.expect("a log in UTF-8").lines().map(parse).collect()
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        LINES.set(None);
    }
}

/// Writes to the log of the thread that it is used on, if somebody wants to know it.
struct ThisThread;

impl io::Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| {
            if let Some(lines) = lines {
                lines.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
