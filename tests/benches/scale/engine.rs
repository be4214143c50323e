//! An engine that bears a hundred thousand logins.

use std::path::Path;

use local::EmbeddedDynamoDb;
use rusqlite::Connection;

/// What the engine's two questions about its stream look for. It has no index for them, and unlike `DynamoDB` it keeps
/// every record for good: with 200,000 of them, those of 15,000 logins, each write would read 100 MB first, and a login
/// would seem to cost more the more there were.
const INDEX: &str = "CREATE INDEX of_the_stream ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// An engine that keeps everything in a file of this folder, its stream with an index.
pub async fn indexed(folder: &Path) -> EmbeddedDynamoDb {
    let path = folder.join("table");
    // It makes the tables of SQLite.
    EmbeddedDynamoDb::file(&path).await.expect("an engine").stop().await;
    Connection::open(&path).and_then(|file| file.execute(INDEX, ())).expect("an index");
    EmbeddedDynamoDb::file(&path).await.expect("an engine")
}
