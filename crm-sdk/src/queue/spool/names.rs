//! The names of the spool's files, and which of them are in a directory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Hexadecimal digits of an instance.
const INSTANCE_DIGITS: usize = 16;
/// Decimal digits of a segment's number, at the least.
const NUMBER_DIGITS: usize = 8;

/// The file that a client keeps locked.
pub(super) fn owner(dir: &Path, instance: u64) -> PathBuf {
    dir.join(format!("{instance:016x}.own"))
}

/// A file of events.
pub(super) fn segment(dir: &Path, instance: u64, number: u64) -> PathBuf {
    dir.join(format!("{instance:016x}-{number:08}.seg"))
}

/// What a directory holds of one client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) owner: bool,
    pub(super) segments: BTreeSet<u64>,
}

/// The clients that have files in the directory. Other files are passed over.
pub(super) fn list(dir: &Path) -> io::Result<BTreeMap<u64, Listed>> {
    let mut found = BTreeMap::<u64, Listed>::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        match name.to_str().and_then(parse) {
            Some((instance, None)) => found.entry(instance).or_default().owner = true,
            Some((instance, Some(number))) => {
                found.entry(instance).or_default().segments.insert(number);
            }
            None => {}
        }
    }
    Ok(found)
}

/// Whether the directory holds more files than so many.
pub(super) fn are_more_than(dir: &Path, files: usize) -> io::Result<bool> {
    Ok(fs::read_dir(dir)?.nth(files).is_some())
}

/// The instance of an owner file; the instance and number of a segment.
fn parse(name: &str) -> Option<(u64, Option<u64>)> {
    let (stem, extension) = name.rsplit_once('.')?;
    let (instance, number) = match extension {
        "own" => (stem, None),
        "seg" => stem.split_once('-').map(|(instance, number)| (instance, Some(number)))?,
        _ => return None,
    };
    let lower_hex = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    if instance.len() != INSTANCE_DIGITS || !instance.bytes().all(lower_hex) {
        return None;
    }
    let instance = u64::from_str_radix(instance, 16).ok()?;
    let Some(digits) = number else { return Some((instance, None)) };
    let number = digits.parse().ok()?;
    // Only what would be written the same way is one of ours.
    let ours = digits.len() >= NUMBER_DIGITS && format!("{number:08}") == digits;
    ours.then_some((instance, Some(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_we_would_write_are_ours() {
        let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        let dir = Path::new("/spool");
        assert_eq!(parse(&name(owner(dir, 0xAB))), Some((0xAB, None)));
        assert_eq!(parse(&name(segment(dir, 0xAB, 7))), Some((0xAB, Some(7))));
        let many = 123_456_789_012;
        assert_eq!(parse(&name(segment(dir, u64::MAX, many))), Some((u64::MAX, Some(many))));
        for alien in [
            "",
            "notes.txt",
            "ab.own",
            "00000000000000AB.own",
            "+0000000000000ab.own",
            "00000000000000ab.own.bak",
            "00000000000000ab.seg",
            "00000000000000ab-7.seg",
            "00000000000000ab-000000007.seg",
            "00000000000000ab-+0000007.seg",
            "00000000000000ab-99999999999999999999999.seg",
        ] {
            assert_eq!(parse(alien), None, "{alien}");
        }
    }

    #[test]
    fn a_directory_is_listed_by_client() {
        let dir = tempfile::tempdir().unwrap();
        for path in [owner(dir.path(), 1), segment(dir.path(), 1, 3), segment(dir.path(), 2, 0)] {
            fs::write(path, b"").unwrap();
        }
        fs::write(dir.path().join("readme"), b"").unwrap();
        let listed = list(dir.path()).unwrap();
        let expected = BTreeMap::from([
            (1, Listed { owner: true, segments: BTreeSet::from([3]) }),
            (2, Listed { owner: false, segments: BTreeSet::from([0]) }),
        ]);
        assert_eq!(listed, expected);
    }
}
