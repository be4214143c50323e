//! The engine that a test's table is in: one in this process, or one that runs already.

use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, process};

use local::EmbeddedDynamoDb;

use crate::clock::ManualClock;

/// Names an engine that runs already (`http://127.0.0.1:8000`), `DynamoDB` Local say, for all tests to use instead of the
/// embedded one. Its stream has the real time, and so has its time to live.
const ENGINE: &str = "DOORCODE_TEST_DYNAMODB";

/// Whether the tests run on the embedded engine.
#[must_use]
pub fn is_embedded() -> bool {
    env::var_os(ENGINE).is_none()
}

/// An engine with an empty table: one in this process, or the one that the environment names.
pub(crate) async fn with_empty_table(clock: &ManualClock) -> EmbeddedDynamoDb {
    static TABLES: AtomicU32 = AtomicU32::new(0);
    let Ok(url) = env::var(ENGINE) else { return EmbeddedDynamoDb::memory(clock.shared()).await.expect("an engine") };
    // A name that no other test has, in this process or in another one on the same engine, and as long as any other's.
    let table = format!("doorcode-{}-{:05}", process::id(), TABLES.fetch_add(1, Ordering::Relaxed));
    EmbeddedDynamoDb::running(&url).await.expect("the engine of DOORCODE_TEST_DYNAMODB").with_table(table)
}
