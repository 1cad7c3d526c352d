//! Whether a file is a database and all of it is there, as far as its first hundred bytes and its
//! length tell. SQLite reads a file that was cut short without a word until it comes to the end.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Length of the header of a database (SQLite, "Database File Format", section 1.3).
const HEADER: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// There is none.
    Nothing,
    /// It has no bytes: somebody began to make one.
    Empty,
    /// A database, as far as can be told from outside.
    Whole,
    /// It is no database, or a part of it is missing; why.
    Broken(String),
}

/// Looks at the file of a database.
pub(super) fn look(path: &Path) -> std::io::Result<Found> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        opened => opened?,
    };
    let length_bytes = file.metadata()?.len();
    if length_bytes == 0 {
        return Ok(Found::Empty);
    }
    let mut header = [0; HEADER];
    match file.read_exact(&mut header) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            return Ok(Found::Broken("it is cut short, within its header".into()));
        }
        read => read?,
    }
    if !header.starts_with(MAGIC) {
        return Ok(Found::Broken("it is no SQLite database".into()));
    }
    // What is still in the log of changes may lie beyond the end of the file.
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let has_log = std::fs::metadata(log).is_ok_and(|log| log.len() > 0);
    let missing = missing_bytes(&header, length_bytes).filter(|_| !has_log);
    Ok(match missing {
        Some(missing) => Found::Broken(format!(
            "it is cut short: it has {length_bytes} bytes and {missing} are missing"
        )),
        None => Found::Whole,
    })
}

/// How much a file lacks of what its header says it has, if anything.
fn missing_bytes(header: &[u8; HEADER], length_bytes: u64) -> Option<u64> {
    let number = |at: usize| {
        header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes)
    };
    // A page of 65,536 bytes does not fit its two bytes and is written as 1.
    let page_bytes = match u64::from(number(16) >> 16) {
        1 => 65_536,
        bytes => bytes,
    };
    let (pages, changes, valid_for) = (number(28), number(24), number(92));
    // The count holds only where the version that wrote last wrote it.
    let expected = if changes == valid_for { u64::from(pages) * page_bytes } else { 0 };
    expected.checked_sub(length_bytes).filter(|missing| *missing > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn a_file_is_none_empty_whole_cut_or_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("crm.db");
        let look = || look(&path).unwrap();
        assert_eq!(look(), Found::Nothing);
        std::fs::write(&path, "").unwrap();
        assert_eq!(look(), Found::Empty);
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(100000))").unwrap();
        drop(conn);
        assert_eq!(look(), Found::Whole);
        let bytes = std::fs::read(&path).unwrap();
        for (kept, why) in [
            (bytes.len() - 1, "it is cut short: it has"),
            (bytes.len() / 2, "it is cut short: it has"),
            (4_096, "it is cut short: it has"),
            (99, "it is cut short, within its header"),
        ] {
            std::fs::write(&path, &bytes[..kept]).unwrap();
            let Found::Broken(told) = look() else { panic!("{kept} bytes pass for a whole file") };
            assert!(told.starts_with(why), "{told}");
        }
        std::fs::write(&path, vec![b'x'; 5_000]).unwrap();
        assert_eq!(look(), Found::Broken("it is no SQLite database".into()));
    }
}
