//! The file of events that were given up, a JSON object a line, for people to look at and to send
//! again. Clients with the same key share it, under a lock file.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Fingerprint, disk};

/// Bytes of the file above which its oldest half is deleted.
pub(crate) const LIMIT_BYTES: u64 = 16 * 1024 * 1024;
/// How long somebody else may have the file, as attempts with a pause between.
const LOCK_ATTEMPTS: u32 = 200;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// A line of the file: an event that was given up.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Letter {
    /// When it was given up, RFC 3339.
    pub(crate) at: String,
    /// Why, as [`Loss`](crate::Loss) names it.
    pub(crate) reason: String,
    /// What the collector said, if it was the collector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// The event as it was encoded.
    pub(crate) event: Box<RawValue>,
}

/// The event is personal data, and so may be what was said of it: neither is printed.
impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { at, reason, code, .. } = self;
        write!(f, "Letter({at}, {reason}, {code:?})")
    }
}

/// What the file holds.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// The oldest first.
    pub(crate) letters: Vec<Letter>,
    /// Lines that are none: torn by a full disk, or edited by hand. They stay in the file.
    pub(crate) unreadable: usize,
}

/// The dead letters of one key.
#[derive(Clone, Debug)]
pub(crate) struct DeadLetters {
    path: PathBuf,
    lock_path: PathBuf,
    limit_bytes: u64,
}

impl DeadLetters {
    /// Those in the spool's directory, at most so many bytes of them. Nothing is made before there
    /// is a first one.
    pub(crate) fn new(dir: &Path, fingerprint: Fingerprint, limit_bytes: u64) -> Self {
        let stem = format!("dead-letters-{:016x}", fingerprint.short());
        let path = dir.join(format!("{stem}.jsonl"));
        Self { path, lock_path: dir.join(format!("{stem}.lock")), limit_bytes }
    }

    /// Where they are, for a message to people.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts one at the end, and says how many of the oldest had to go for it.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, or is held by somebody for too long.
    pub(crate) fn append(&self, letter: &Letter) -> io::Result<usize> {
        let _lock = self.lock()?;
        let mut line = serde_json::to_vec(letter)?;
        line.push(b'\n');
        let dropped = self.make_room(line.len() as u64)?;
        let mut file = disk::private().read(true).append(true).create(true).open(&self.path)?;
        if !ends_a_line(&file)? {
            line.insert(0, b'\n');
        }
        file.write_all(&line)?;
        Ok(dropped)
    }

    /// All of them.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is held by somebody for too long. A file that does not
    /// exist is empty.
    pub(crate) fn list(&self) -> io::Result<Listed> {
        match self.path.try_exists() {
            Ok(true) => {}
            Ok(false) => return Ok(Listed::default()),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Ok(Listed::default());
            }
            Err(error) => return Err(error),
        }
        let _lock = self.lock()?;
        Ok(parse(&self.content()?))
    }

    /// Deletes these, and leaves all others, whatever came to the file since they were listed.
    ///
    /// # Errors
    ///
    /// Those of the file, which is then as it was.
    pub(crate) fn forget(&self, letters: &[Letter]) -> io::Result<()> {
        let _lock = self.lock()?;
        let forgotten: HashSet<_> =
            letters.iter().map(serde_json::to_vec).collect::<Result<_, _>>()?;
        let content = self.content()?;
        let is_kept = |line: &&[u8]| !forgotten.contains(line.trim_ascii());
        let kept: Vec<u8> = lines(&content).filter(is_kept).flatten().copied().collect();
        self.replace(&kept)
    }

    fn lock(&self) -> io::Result<File> {
        let mut options = disk::private();
        let file = options.write(true).create(true).truncate(false).open(&self.lock_path)?;
        for _ in 0..LOCK_ATTEMPTS {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "the dead letters are locked by another"))
    }

    fn content(&self) -> io::Result<Vec<u8>> {
        match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            content => content,
        }
    }

    /// Deletes the oldest until the file is half as large as it may be, if it would get too large.
    fn make_room(&self, bytes: u64) -> io::Result<usize> {
        let length = match fs::metadata(&self.path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        if length == 0 || length.saturating_add(bytes) <= self.limit_bytes {
            return Ok(0);
        }
        let content = self.content()?;
        let keep = usize::try_from(self.limit_bytes / 2).unwrap_or(usize::MAX);
        let cut = content.len().saturating_sub(keep);
        // Up to the end of the line that lies across the cut.
        let cut = content
            .get(cut.saturating_sub(1)..)
            .and_then(|rest| rest.iter().position(|byte| *byte == b'\n'))
            .map_or(content.len(), |end| cut.saturating_sub(1) + end + 1);
        let (oldest, rest) = content.split_at(cut);
        self.replace(rest)?;
        Ok(lines(oldest).count())
    }

    /// Puts other content in the place of the file's, whole or not at all.
    fn replace(&self, content: &[u8]) -> io::Result<()> {
        let path = self.path.with_extension("jsonl.new");
        let mut file = disk::private().write(true).create(true).truncate(true).open(&path)?;
        file.write_all(content)?;
        file.sync_data()?;
        fs::rename(&path, &self.path)
    }
}

fn ends_a_line(mut file: &File) -> io::Result<bool> {
    use std::io::{Seek, SeekFrom};
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    content.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty())
}

fn parse(content: &[u8]) -> Listed {
    let mut listed = Listed::default();
    for line in lines(content) {
        match serde_json::from_slice(line) {
            Ok(letter) => listed.letters.push(letter),
            Err(_) => listed.unreadable += 1,
        }
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOSE: Fingerprint = Fingerprint([0xCD; 16]);

    fn letters(dir: &tempfile::TempDir, limit_bytes: u64) -> DeadLetters {
        DeadLetters::new(dir.path(), WHOSE, limit_bytes)
    }

    fn letter(event: &str) -> Letter {
        Letter {
            at: "2026-03-01T09:30:00.000Z".into(),
            reason: "rejected".into(),
            code: Some("invalid_field".into()),
            field: Some("total".into()),
            message: None,
            event: RawValue::from_string(event.into()).unwrap(),
        }
    }

    fn events(listed: &[Letter]) -> Vec<String> {
        listed.iter().map(|letter| letter.event.get().to_owned()).collect()
    }

    #[test]
    fn a_letter_is_a_line_with_the_event_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let letters = letters(&dir, LIMIT_BYTES);
        assert_eq!(letters.append(&letter(r#"{"z": 1.10,"a":"\n"}"#)).unwrap(), 0);
        let path = dir.path().join("dead-letters-cdcdcdcdcdcdcdcd.jsonl");
        let expected = concat!(
            r#"{"at":"2026-03-01T09:30:00.000Z","reason":"rejected","code":"invalid_field","#,
            r#""field":"total","event":{"z": 1.10,"a":"\n"}}"#,
            "\n"
        );
        assert_eq!(fs::read_to_string(path).unwrap(), expected);
        assert_eq!(events(&letters.list().unwrap().letters), [r#"{"z": 1.10,"a":"\n"}"#]);
    }

    #[test]
    fn nothing_is_made_before_the_first_letter() {
        let dir = tempfile::tempdir().unwrap();
        let letters = letters(&dir, LIMIT_BYTES);
        assert_eq!(letters.list().unwrap().letters.len(), 0);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_forgotten_takes_nothing_else_along() {
        let dir = tempfile::tempdir().unwrap();
        let letters = letters(&dir, LIMIT_BYTES);
        letters.append(&letter("1")).unwrap();
        letters.append(&letter("2")).unwrap();
        let listed = letters.list().unwrap().letters;
        letters.append(&letter("3")).unwrap();
        letters.forget(&listed[..1]).unwrap();
        assert_eq!(events(&letters.list().unwrap().letters), ["2", "3"]);
        letters.forget(&listed).unwrap();
        assert_eq!(events(&letters.list().unwrap().letters), ["3"]);
    }

    #[test]
    fn a_torn_line_stays_and_hides_none_that_follow() {
        let dir = tempfile::tempdir().unwrap();
        let letters = letters(&dir, LIMIT_BYTES);
        letters.append(&letter("1")).unwrap();
        let torn = br#"{"at":"2026-"#;
        let mut file = File::options().append(true).open(letters.path()).unwrap();
        file.write_all(torn).unwrap();
        letters.append(&letter("2")).unwrap();

        let listed = letters.list().unwrap();
        assert_eq!((events(&listed.letters), listed.unreadable), (vec!["1".into(), "2".into()], 1));
        letters.forget(&listed.letters).unwrap();
        assert_eq!(fs::read(letters.path()).unwrap(), [torn, b"\n".as_slice()].concat());
    }

    #[test]
    fn the_oldest_half_goes_when_the_file_is_full_and_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let line = serde_json::to_vec(&letter("10")).unwrap().len() as u64 + 1;
        let letters = letters(&dir, line * 10);
        let dropped: Vec<_> =
            (10..25).map(|event| letters.append(&letter(&event.to_string())).unwrap()).collect();
        assert_eq!(dropped, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0]);
        let expected: Vec<_> = (15..25).map(|event| event.to_string()).collect();
        assert_eq!(events(&letters.list().unwrap().letters), expected);
    }

    #[test]
    fn threads_and_clients_share_the_file() {
        let dir = tempfile::tempdir().unwrap();
        thread::scope(|scope| {
            for thread in 0..4 {
                let letters = letters(&dir, LIMIT_BYTES);
                scope.spawn(move || {
                    for event in 0..20 {
                        letters.append(&letter(&format!("{}", thread * 100 + event))).unwrap();
                    }
                });
            }
        });
        let listed = letters(&dir, LIMIT_BYTES).list().unwrap();
        assert_eq!((listed.letters.len(), listed.unreadable), (80, 0));
        for thread in 0..4 {
            let own: Vec<u32> = events(&listed.letters)
                .iter()
                .map(|event| event.parse().unwrap())
                .filter(|event| event / 100 == thread)
                .collect();
            assert_eq!(own, (thread * 100..thread * 100 + 20).collect::<Vec<_>>());
        }
    }
}
