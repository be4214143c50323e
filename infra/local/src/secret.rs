//! The root secret of one machine: generated for each run, or kept in a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;
use shared::root_secret::RootSecret;

use crate::error::LocalError;

/// The secret that belongs to the table in `data`. It is made when there is no table yet.
///
/// A secret that is missing although the table exists is not replaced: with another secret no number and no account in
/// the table could be found.
pub(crate) fn beside(data: &Path) -> Result<RootSecret, LocalError> {
    let path = path(data);
    let fault = |reason: String| LocalError::Data { path: data.to_owned(), reason };
    if data.is_dir() {
        return Err(fault("that is a folder; name a file in it".to_owned()));
    }
    match read(&path) {
        Ok(text) => RootSecret::parse(&text).map_err(|_| {
            fault(format!("{} does not hold a whole secret; bring back the file that belongs to it", path.display()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound && holds_a_table(data) => {
            Err(fault(format!("{} is missing; without it the numbers in the table cannot be read", path.display())))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create(&path).map_err(|error| fault(format!("cannot write {}: {error}", path.display())))
        }
        Err(error) => Err(fault(format!("cannot read {}: {error}", path.display()))),
    }
}

/// The secret that is kept in a file of its own, for a table that is kept elsewhere. It is made when it is not there
/// yet.
pub(crate) fn kept_in(path: &Path) -> Result<RootSecret, LocalError> {
    let fault = |reason: String| LocalError::Secret { path: path.to_owned(), reason };
    match read(path) {
        Ok(text) => RootSecret::parse(&text).map_err(|_| fault("that is not a whole secret".to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create(path).map_err(|error| fault(format!("cannot be written: {error}")))
        }
        Err(error) => Err(fault(format!("cannot be read: {error}"))),
    }
}

/// A file that only its owner can read and write, which must not be there yet.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn path(data: &Path) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(".secret");
    PathBuf::from(name)
}

fn holds_a_table(data: &Path) -> bool {
    data.metadata().is_ok_and(|file| file.len() > 0)
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    // A secret is short; what is longer is some other file.
    File::open(path)?.take(1024).read_to_string(&mut text)?;
    Ok(text)
}

fn create(path: &Path) -> io::Result<RootSecret> {
    let secret = RootSecret::generate(&mut shared::random::source());
    let mut file = create_private(path)?;
    file.write_all(secret.to_text().expose_secret().as_bytes())?;
    file.sync_all()?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::tempdir;

    use super::*;

    #[test]
    fn the_secret_of_a_table_stays_the_same() {
        let folder = tempdir().unwrap();
        let data = folder.path().join("table");
        let text = |secret: RootSecret| secret.to_text().expose_secret().to_owned();
        let first = text(beside(&data).unwrap());
        fs::write(&data, "a table").unwrap();
        assert_eq!(text(beside(&data).unwrap()), first);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempdir().unwrap();
        beside(&folder.path().join("table")).unwrap();
        assert_eq!(folder.path().join("table.secret").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_short_secret_is_named() {
        let folder = tempdir().unwrap();
        for text in ["", "AAAA"] {
            fs::write(folder.path().join("table.secret"), text).unwrap();
            let fault = beside(&folder.path().join("table")).err().unwrap().to_string();
            assert!(fault.contains("table.secret does not hold a whole secret"), "{fault}");
        }
    }

    #[test]
    fn a_table_without_its_secret_is_refused() {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("table"), "a table").unwrap();
        let fault = beside(&folder.path().join("table")).err().unwrap().to_string();
        assert!(fault.contains("table.secret is missing"), "{fault}");
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempdir().unwrap();
        let fault = beside(folder.path()).err().unwrap().to_string();
        assert!(fault.contains("folder"), "{fault}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let folder = tempdir().unwrap();
        let fault = beside(&folder.path().join("nowhere/table")).err().unwrap().to_string();
        assert!(fault.starts_with("--data ") && fault.contains("nowhere"), "{fault}");
    }
    #[test]
    fn a_secret_of_its_own_is_made_once_and_kept() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("secret");
        let made = kept_in(&path).unwrap();
        assert_eq!(made.to_text().expose_secret(), kept_in(&path).unwrap().to_text().expose_secret());
        for (bad, content) in [("short", "AAAA"), ("nowhere/secret", "")] {
            if !content.is_empty() {
                fs::write(folder.path().join(bad), content).unwrap();
            }
            let fault = kept_in(&folder.path().join(bad)).err().unwrap().to_string();
            assert!(fault.starts_with("--secret-file ") && fault.contains(bad) && !fault.contains('\n'), "{fault}");
        }
    }
}
