//! How far the stream of a table in a file was handed over: a file beside it, so that the next run goes on there.
//!
//! It is written after records were handed over. A run that was killed in between hands them over once more, as Lambda
//! does after a failure; `deliver-code` takes each job once.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::secret::create_private;

/// The file that keeps the position.
#[derive(Clone)]
pub(crate) struct Position(PathBuf);

impl Position {
    /// The one beside the table in `data`.
    pub(crate) fn beside(data: &Path) -> Self {
        let mut name = data.as_os_str().to_owned();
        name.push(".stream");
        Self(PathBuf::from(name))
    }

    /// The sequence number of the last record of this shard that was handed over. None when that is not known; the
    /// shard is then read from its beginning.
    pub(crate) fn read(&self, stream: &str, shard: &str) -> Option<String> {
        let text = fs::read_to_string(&self.0).ok()?;
        match text.split_whitespace().collect::<Vec<_>>()[..] {
            [of_stream, of_shard, number] if (of_stream, of_shard) == (stream, shard) && is_number(number) => {
                Some(number.to_owned())
            }
            _ => None,
        }
    }

    /// Keeps that number. The file is always whole: it is replaced, not written over.
    pub(crate) fn write(&self, stream: &str, shard: &str, number: &str) -> io::Result<()> {
        let mut new = self.0.clone().into_os_string();
        new.push(".new");
        // One that was left behind is in the way.
        drop(fs::remove_file(&new));
        writeln!(create_private(Path::new(&new))?, "{stream} {shard} {number}")?;
        fs::rename(new, &self.0)
    }
}

/// Of the form of a sequence number: 21 to 40 digits.
fn is_number(text: &str) -> bool {
    (21..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use tempfile::tempdir;

    use super::*;

    const NUMBER: &str = "100001700000000000001";

    #[test]
    fn what_was_written_is_read_for_the_same_shard_of_the_same_stream() {
        let folder = tempdir().unwrap();
        let position = Position::beside(&folder.path().join("table"));
        assert_eq!(position.read("stream", "shard"), None);
        for number in ["100001700000000000000", NUMBER] {
            position.write("stream", "shard", number).unwrap();
        }
        assert_eq!(position.read("stream", "shard").as_deref(), Some(NUMBER));
        assert_eq!(position.read("stream", "another"), None);
        assert_eq!(position.read("another", "shard"), None);
        let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(files, ["table.stream"]);
    }

    #[test]
    fn a_damaged_file_is_no_position() {
        let folder = tempdir().unwrap();
        let position = Position::beside(&folder.path().join("table"));
        for text in ["", "stream shard", "stream shard 7", "stream shard 10000170000000000000x", "stream shard 1 2"] {
            fs::write(folder.path().join("table.stream"), text).unwrap();
            assert_eq!(position.read("stream", "shard"), None, "{text}");
        }
    }
}
