//! ZIP files: workbooks, which are such, and archives of several files.

use std::borrow::Cow;
use std::io::Read;

use zip::ZipArchive;
use zip::result::ZipError;

use super::raw::{self, BUFFER_BYTES, ReadSeek};
use super::workbook::{self, Format};
use super::{ReadError, Stored};

/// Members that an archive may have.
const MOST_MEMBERS: usize = 1_000;

/// What a ZIP file is.
pub(super) enum Kind {
    Workbook(Format),
    /// The names of the tables in it.
    Archive(Vec<String>),
}

type Archive<'s> = ZipArchive<Box<dyn ReadSeek + 's>>;

fn open<'s>(stored: &'s Stored<'_>) -> Result<Archive<'s>, ReadError> {
    ZipArchive::new(stored.seekable()?).map_err(why)
}

/// What is in it, by the names of its members. What would unpack to far too much is refused.
pub(super) fn kind(stored: &Stored<'_>) -> Result<Kind, ReadError> {
    let mut archive = open(stored)?;
    let names = archive.file_names().map(|name| name.map(Cow::into_owned));
    let names: Vec<String> = names.collect::<Result<_, _>>().map_err(why)?;
    let format = names.iter().find_map(|name| match name.as_str() {
        "xl/workbook.xml" => Some(Format::Xlsx),
        "xl/workbook.bin" => Some(Format::Xlsb),
        "content.xml" => Some(Format::Ods),
        _ => None,
    });
    if let Some(format) = format {
        return weigh(&mut archive, stored.size_bytes()).map(|()| Kind::Workbook(format));
    }
    let mut tables: Vec<String> = names.into_iter().filter(|name| is_table(name)).collect();
    tables.sort_unstable();
    match tables.len() {
        0 => Err(ReadError::NoTable("an archive without a table in it")),
        many if many > MOST_MEMBERS => Err(ReadError::NoTable("an archive of thousands of files")),
        _ => Ok(Kind::Archive(tables)),
    }
}

/// Whether a member seems to hold a table; what systems put beside it does not.
fn is_table(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let is_hidden = file.starts_with('.') || name.starts_with("__MACOSX/");
    let kinds = [
        ".csv", ".tsv", ".tab", ".txt", ".json", ".jsonl", ".ndjson", ".xlsx", ".xlsm", ".xlsb",
        ".xls", ".ods", ".gz", ".zst",
    ];
    !is_hidden && kinds.iter().any(|kind| file.ends_with(kind))
}

/// Reads a workbook's members through: what they say of their size may be a lie.
fn weigh(archive: &mut Archive<'_>, packed: u64) -> Result<(), ReadError> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let (mut unpacked, mut whole) = (0, 0);
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(why)?;
        // Sheets are read cell by cell but for those of ODS.
        let is_sheet = member.name().map_err(why)?.starts_with("xl/worksheets/");
        loop {
            let length = member.read(&mut buffer)? as u64;
            if length == 0 {
                break;
            }
            unpacked += length;
            whole += if is_sheet { 0 } else { length };
            if raw::is_bomb(packed, unpacked) || workbook::is_too_large(whole) {
                return Err(ReadError::Bomb);
            }
        }
    }
    Ok(())
}

/// A member, unpacked onto the disk.
pub(super) fn member<'a>(stored: &Stored<'_>, name: &str) -> Result<Stored<'a>, ReadError> {
    let packed = stored.size_bytes();
    let mut archive = open(stored)?;
    let member = archive.by_name(name).map_err(why)?;
    let mut file = tempfile::tempfile()?;
    let most = raw::MOST_SPOOLED_BYTES.min((packed * raw::MOST_RATIO).max(raw::HARMLESS_BYTES));
    let length = std::io::copy(&mut member.take(most + 1), &mut file)?;
    if length > most { Err(ReadError::Bomb) } else { Ok(Stored::Spooled(file, length)) }
}

fn why(error: ZipError) -> ReadError {
    match error {
        ZipError::Io(error) => ReadError::Io(error),
        ZipError::UnsupportedArchive(text) if text == ZipError::PASSWORD_REQUIRED => {
            ReadError::Locked
        }
        other => ReadError::Archive(other.to_string()),
    }
}
