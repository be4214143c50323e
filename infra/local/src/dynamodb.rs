//! The DynamoDB that the program uses: embedded in it, or one that already runs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dynoxide::Database;
use shared::time::Timestamp;
use tokio::net::TcpListener;

use crate::clients;
use crate::clock::Clock;
use crate::error::{LocalError, one_line, reason};
use crate::secret::create_private;
use crate::server::{Background, endpoint, listen_anywhere};
use crate::stream::position::Position;
use crate::stream_records;

/// The name of the table.
const TABLE: &str = "doorcode";
/// How often the stream is read. Of embedded DynamoDB only because the poller may have been told nothing: of a write
/// past the gateway, or after a function could not be reached. Of another one a text waits so long at most.
const POLL_EMBEDDED: Duration = Duration::from_secs(1);
const POLL_RUNNING: Duration = Duration::from_millis(100);

/// A DynamoDB that answers over HTTP, as the one in AWS does.
pub struct EmbeddedDynamoDb {
    endpoint: String,
    table: String,
    clock: Clock,
    embedded: Option<Embedded>,
}

struct Embedded {
    database: Database,
    server: Background,
    position: Option<Position>,
}

impl EmbeddedDynamoDb {
    /// An embedded DynamoDB in memory, which takes the time from `clock`.
    ///
    /// # Errors
    /// [`LocalError::EmbeddedDynamoDb`].
    pub async fn memory(clock: Clock) -> Result<Self, LocalError> {
        let (listener, _) = listen_anywhere().await?;
        Self::memory_at(listener, clock)
    }

    /// The same, answering at `listener`.
    pub(crate) fn memory_at(listener: TcpListener, clock: Clock) -> Result<Self, LocalError> {
        let database = Database::memory_with_clock(Arc::new(DynamoDbClock(clock.clone())));
        let database = database.map_err(|error| LocalError::EmbeddedDynamoDb(error.to_string()))?;
        stream_records::amend_memory(&database).map_err(|error| LocalError::EmbeddedDynamoDb(one_line(&error)))?;
        Self::embed(database, listener, clock, None)
    }

    /// An embedded DynamoDB in a file, which is created when it does not exist. The records of its stream carry the
    /// system's time.
    ///
    /// # Errors
    /// [`LocalError::Data`] when the file cannot be used.
    pub async fn file(path: &Path) -> Result<Self, LocalError> {
        let (listener, _) = listen_anywhere().await?;
        Self::file_at(listener, path)
    }

    /// The same, answering at `listener`.
    pub(crate) fn file_at(listener: TcpListener, path: &Path) -> Result<Self, LocalError> {
        let fault = |reason: String| LocalError::Data { path: path.to_owned(), reason: one_line(&reason) };
        // SQLite gives its other files the permissions of this one.
        if let Err(error) = create_private(path)
            && error.kind() != std::io::ErrorKind::AlreadyExists
        {
            return Err(fault(format!("cannot be made: {error}")));
        }
        let name = path.to_str().ok_or_else(|| fault("the name is not UTF-8".to_owned()))?;
        let database = Database::new(name).map_err(|error| fault(format!("cannot be opened as a table: {error}")))?;
        stream_records::amend_file(path).map_err(|error| fault(format!("cannot be opened as a table: {error}")))?;
        Self::embed(database, listener, Arc::new(Timestamp::now), Some(Position::beside(path)))
    }

    /// A DynamoDB that already runs, such as DynamoDB Local.
    ///
    /// # Errors
    /// [`LocalError::Dynamodb`] when it does not answer.
    pub async fn running(url: &str) -> Result<Self, LocalError> {
        let fault = |reason: &str| LocalError::Dynamodb { url: url.to_owned(), reason: reason.to_owned() };
        let parsed: http::Uri = url.parse().map_err(|_| fault("not a URL such as http://localhost:8000"))?;
        if !matches!(parsed.scheme_str(), Some("http" | "https")) || parsed.host().is_none() {
            return Err(fault("not a URL such as http://localhost:8000"));
        }
        let ping = clients::dynamodb(url).list_tables().limit(1).send().await;
        ping.map_err(|error| fault(&reason(&error)))?;
        let clock: Clock = Arc::new(Timestamp::now);
        Ok(Self { endpoint: url.to_owned(), table: TABLE.to_owned(), clock, embedded: None })
    }

    /// The same DynamoDB with a table of another name, for tests that share one.
    #[must_use]
    pub fn with_table(self, table: impl Into<String>) -> Self {
        Self { table: table.into(), ..self }
    }

    /// Where it answers: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The name of the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Deletes the items whose time to live is over, and gives back how many. Embedded DynamoDB deletes them only here;
    /// a DynamoDB that already runs does it by itself.
    ///
    /// # Errors
    /// [`LocalError::EmbeddedDynamoDb`].
    pub async fn sweep_expired(&self) -> Result<usize, LocalError> {
        let Some(embedded) = &self.embedded else { return Ok(0) };
        let database = embedded.database.clone();
        // The sweep blocks, page by page.
        let sweep = tokio::task::spawn_blocking(move || database.sweep_ttl());
        sweep
            .await
            .map_err(|error| LocalError::EmbeddedDynamoDb(error.to_string()))?
            .map_err(|error| LocalError::EmbeddedDynamoDb(error.to_string()))
    }

    /// The clock that stamps the records of the table's stream.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How often the stream has to be read.
    pub(crate) fn poll_every(&self) -> Duration {
        if self.embedded.is_some() { POLL_EMBEDDED } else { POLL_RUNNING }
    }

    /// Where it is kept how far the stream was handed over, for a table that outlives this program. A DynamoDB that
    /// already runs may be another's too.
    pub(crate) fn position(&self) -> Option<Position> {
        self.embedded.as_ref()?.position.clone()
    }

    /// Stops it. Embedded DynamoDB has then written everything to its file.
    pub async fn stop(self) {
        if let Some(Embedded { database, server, .. }) = self.embedded {
            server.stop().await;
            // Closing is what writes SQLite's log into the file.
            drop(database);
        }
    }

    fn embed(
        database: Database,
        listener: TcpListener,
        clock: Clock,
        position: Option<Position>,
    ) -> Result<Self, LocalError> {
        let endpoint = endpoint(&listener)?;
        let shared = database.clone();
        let server = Background::start(|stopped| async move {
            if let Err(error) = dynoxide::server::serve_with_shutdown(listener, shared, stopped.wait()).await {
                tracing::error!(error, "embedded DynamoDB stopped");
            }
        });
        let embedded = Some(Embedded { database, server, position });
        Ok(Self { endpoint, table: TABLE.to_owned(), clock, embedded })
    }
}

/// This program's clock in the form that embedded DynamoDB reads.
struct DynamoDbClock(Clock);

impl dynoxide::storage_backend::Clock for DynamoDbClock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from((self.0)().secs()).unwrap_or_default()
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit a float for millions of years")]
    fn now_unix_secs_f64(&self) -> f64 {
        self.now_unix_secs() as f64
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::tempdir;

    use super::*;
    use crate::table;
    use crate::template::Template;

    #[tokio::test]
    async fn a_file_keeps_the_table_and_belongs_to_its_owner() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("table");
        let definition = Template::embedded().unwrap().table;
        let engine = EmbeddedDynamoDb::file(&path).await.unwrap();
        let first = table::ensure(&clients::dynamodb(engine.endpoint()), engine.table(), &definition).await.unwrap();
        engine.stop().await;
        let engine = EmbeddedDynamoDb::file(&path).await.unwrap();
        let again = table::ensure(&clients::dynamodb(engine.endpoint()), engine.table(), &definition).await.unwrap();
        assert_eq!(first, again);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            for file in fs::read_dir(folder.path()).unwrap() {
                assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o077, 0);
            }
        }
        engine.stop().await;
    }

    #[tokio::test]
    async fn a_file_that_is_no_table_is_named_in_one_line() {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("text"), "This is a text and no table. ".repeat(100)).unwrap();
        for name in ["text", "nowhere/table", "."] {
            let fault = EmbeddedDynamoDb::file(&folder.path().join(name)).await.err().unwrap().to_string();
            assert!(fault.starts_with("--data ") && fault.contains(name) && !fault.contains('\n'), "{fault}");
        }
    }

    #[tokio::test]
    async fn a_dynamodb_that_does_not_answer_is_named_in_one_line() {
        for url in ["http://127.0.0.1:1", "localhost:8000", "ftp://localhost", "http://", "not a url", ""] {
            let fault = EmbeddedDynamoDb::running(url).await.err().unwrap().to_string();
            assert!(fault.starts_with(&format!("--dynamodb {url}: ")) && !fault.contains('\n'), "{fault}");
        }
    }

    #[tokio::test]
    async fn a_table_of_other_making_is_not_used() {
        let engine = EmbeddedDynamoDb::memory(Arc::new(Timestamp::now)).await.unwrap().with_table("other");
        let client = clients::dynamodb(engine.endpoint());
        let mut definition = Template::embedded().unwrap().table;
        table::ensure(&client, engine.table(), &definition).await.unwrap();
        definition.keys.truncate(1);
        definition.attributes.truncate(1);
        let fault = table::ensure(&client, engine.table(), &definition).await.unwrap_err().to_string();
        assert_eq!(fault, "the table other: a table of this name is there already, with other keys");
    }
}
