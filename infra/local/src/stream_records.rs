//! What embedded DynamoDB lacks for its stream: an index, and an end.
//!
//! It asks for the last record at each write and looks for new ones at each read, in all records, and it keeps every
//! record for good. After 5,000 logins a login took eight times as long as at first, and a machine with nothing to do
//! spent a third of a core. DynamoDB keeps a record for a day, and `deliver-code` wants none older than two minutes.

use std::path::Path;

use dynoxide::Database;
use rusqlite::Connection;

/// Seconds that a record stays. Longer than any record is worth something to the functions.
pub(crate) const KEPT: i64 = 300;

/// The engine's questions about a stream are answered from this index. Its name, and that of the trigger, begin with
/// what no table of the engine begins with.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS _doorcode_stream_order \
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// With each new record the two oldest go, if they are old enough: the stream shrinks as fast as it grew, and no write
/// waits for many.
fn trigger() -> String {
    format!(
        "CREATE TRIGGER IF NOT EXISTS _doorcode_stream_end AFTER INSERT ON _stream_records BEGIN \
         DELETE FROM _stream_records WHERE id IN (SELECT id FROM _stream_records ORDER BY id LIMIT 2) \
         AND created_at < NEW.created_at - {KEPT}; END"
    )
}

/// Gives both to the engine of a file, before it serves anybody. What is too old goes at once.
pub(crate) fn amend_file(path: &Path) -> rusqlite::Result<()> {
    let file = Connection::open(path)?;
    amend(&file)?;
    // The newest stays: the next record's number follows from it.
    let old = "DELETE FROM _stream_records WHERE created_at < unixepoch() - ?1 \
        AND id < (SELECT MAX(id) FROM _stream_records)";
    file.execute(old, [KEPT]).map(|_| ())
}

/// Gives both to an engine in memory, which is still empty. Nobody else has a connection to it; what it can do is write
/// itself to a file and read itself from one.
pub(crate) fn amend_memory(database: &Database) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let path = folder.path().join("empty");
    let name = path.to_str().ok_or("the name of the temporary folder is not UTF-8")?;
    database.vacuum_into(name).map_err(|error| error.to_string())?;
    Connection::open(&path).and_then(|file| amend(&file)).map_err(|error| error.to_string())?;
    database.restore_from(name).map_err(|error| error.to_string())
}

fn amend(file: &Connection) -> rusqlite::Result<()> {
    file.execute_batch(&format!("{INDEX}; {};", trigger()))
}

#[cfg(test)]
mod tests {
    use tempfile::tempdir;

    use super::*;
    use crate::template::Template;

    /// The statements of the engine, as dynoxide's `storage.rs` has them.
    const QUESTIONS: [&str; 2] = [
        "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?1",
        "SELECT event_name, keys_json, new_image, old_image, sequence_number, created_at, user_identity, event_id \
         FROM _stream_records WHERE table_name = ?1 AND shard_id = ?2 AND CAST(sequence_number AS INTEGER) > ?3 \
         ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT ?4",
    ];

    fn file(folder: &Path) -> Connection {
        let path = folder.join("table");
        drop(Database::new(path.to_str().unwrap()).unwrap());
        amend_file(&path).unwrap();
        // The second time there is nothing to do.
        amend_file(&path).unwrap();
        Connection::open(&path).unwrap()
    }

    fn write(file: &Connection, number: i64, at: i64) {
        let insert = "INSERT INTO _stream_records (table_name, event_name, keys_json, sequence_number, shard_id, created_at) \
            VALUES ('t', 'INSERT', '{}', ?1, 's', ?2)";
        file.execute(insert, [number, at]).unwrap();
    }

    fn numbers(file: &Connection) -> Vec<i64> {
        let mut question = file.prepare("SELECT sequence_number FROM _stream_records ORDER BY id").unwrap();
        let rows = question.query_map((), |row| row.get::<_, String>(0)).unwrap();
        rows.map(|row| row.unwrap().parse().unwrap()).collect()
    }

    #[test]
    fn a_record_stays_as_long_as_a_function_may_want_it() {
        assert!(KEPT > Template::embedded().unwrap().subscription.maximum_age);
    }

    #[test]
    fn the_questions_of_the_engine_are_answered_from_the_index() {
        let folder = tempdir().unwrap();
        let file = file(folder.path());
        for question in QUESTIONS {
            let mut plan = file.prepare(&format!("EXPLAIN QUERY PLAN {question}")).unwrap();
            let values = (0..plan.parameter_count()).map(|_| 1_i64).collect::<Vec<_>>();
            let steps = plan.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>("detail"));
            let steps: Vec<_> = steps.unwrap().map(Result::unwrap).collect();
            assert!(steps.iter().all(|step| step.contains("_doorcode_stream_order")), "{question}: {steps:?}");
        }
    }

    #[test]
    fn old_records_go_two_with_each_new_one() {
        let folder = tempdir().unwrap();
        let file = file(folder.path());
        for number in 1..=5 {
            write(&file, number, 1_000);
        }
        write(&file, 6, 1_000 + KEPT);
        assert_eq!(numbers(&file), [1, 2, 3, 4, 5, 6]);
        write(&file, 7, 1_001 + KEPT);
        assert_eq!(numbers(&file), [3, 4, 5, 6, 7]);
        for number in 8..=10 {
            write(&file, number, 1_001 + KEPT);
        }
        assert_eq!(numbers(&file), [6, 7, 8, 9, 10]);
    }

    #[test]
    fn a_file_that_grew_without_an_end_is_cut_when_it_is_opened() {
        let folder = tempdir().unwrap();
        let file = file(folder.path());
        file.execute("DROP TRIGGER _doorcode_stream_end", ()).unwrap();
        for number in 1..=50 {
            write(&file, number, 1_000);
        }
        amend_file(&folder.path().join("table")).unwrap();
        assert_eq!(numbers(&file), [50]);
    }

    #[test]
    fn an_engine_in_memory_has_both() {
        let database = Database::memory().unwrap();
        amend_memory(&database).unwrap();
        let folder = tempdir().unwrap();
        let copy = folder.path().join("copy");
        database.vacuum_into(copy.to_str().unwrap()).unwrap();
        let count = "SELECT COUNT(*) FROM sqlite_master WHERE name LIKE '\\_doorcode\\_%' ESCAPE '\\'";
        let found: i64 = Connection::open(copy).unwrap().query_row(count, (), |row| row.get(0)).unwrap();
        assert_eq!(found, 2);
    }
}
