//! Files as rows of text cells in UTF-8, with the numbers of their lines, whatever the format.
//!
//! Text with delimiters is read where it lies, in whatever encoding; workbooks, JSON, members of
//! archives and standard input are set aside on the disk first. So everything can be read from its
//! beginning as often as it is needed, in the memory of a few rows. Several files, members or sheets
//! that have the same columns are read one after the other.

mod archive;
mod encoding;
mod json;
mod raw;
mod records;
mod shape;
mod spool;
mod workbook;

use std::io;
use std::rc::Rc;

use raw::Stored;
use shape::Shape;
use workbook::Format;

pub use encoding::{Encoding, UnknownEncoding};
pub use raw::{Source, decompressed};
pub(super) use records::{Doubts, Place, Records};

/// Columns that a table may have.
const MOST_COLUMNS: usize = 4_096;
/// What is looked at of a text to know its encoding and its shape.
const SAMPLE_BYTES: usize = 256 * 1024;
/// Most columns or names that an error lists.
const LISTED: usize = 40;

/// What is said of how a file is to be read; the file shows the rest.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What separates the fields of a text.
    pub delimiter: Option<u8>,
    /// How the bytes of a text stand for letters.
    pub encoding: Option<Encoding>,
    /// Which sheet of a workbook, by name or by number, or which file of an archive.
    pub sheet: Option<String>,
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The disk, the compression, or a record without end.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// There is no line but, at most, a header.
    #[error("the file is empty")]
    Empty,
    /// A workbook or an archive with a password.
    #[error("the file is locked by a password: open it, save it without one, and import that")]
    Locked,
    /// Something else than a table.
    #[error(
        "the file is {0}; what can be imported is CSV, XLSX, XLS, ODS and JSON, plain or as gzip, zstd or ZIP"
    )]
    NoTable(&'static str),
    /// It unpacks to far more than any table.
    #[error(
        "the file unpacks to far more than a table does; if it is one, unpack it and import what comes out"
    )]
    Bomb,
    /// More than may be set aside.
    #[error("the file is too large to be read this way; save it as CSV, and import that")]
    TooLarge,
    /// More columns than a table has.
    #[error(
        "the file has {0} columns, and a table has {MOST_COLUMNS} at the most; --delimiter says what separates them"
    )]
    TooManyColumns(usize),
    /// There is no such sheet.
    #[error("there is no sheet or file \"{asked}\" in it; there are: {}", listed(names))]
    NoSheet {
        /// What was asked for.
        asked: String,
        /// What there is.
        names: Vec<String>,
    },
    /// Several tables that are not alike.
    #[error("its tables have different columns ({}): say which by --sheet NAME", listed(names))]
    DifferentTables {
        /// What there is.
        names: Vec<String>,
    },
    /// Several files that are not alike.
    #[error("\"{other}\" has other columns than \"{first}\": import each kind of file on its own")]
    DifferentFiles {
        /// The first file.
        first: String,
        /// The one that differs.
        other: String,
    },
    /// A workbook that is broken.
    #[error("the workbook cannot be read: {0}; save it anew, or as CSV, and import that")]
    Workbook(String),
    /// An archive that is broken.
    #[error("the archive cannot be read: {0}; unpack it, and import what comes out")]
    Archive(String),
    /// What is no JSON.
    #[error("the JSON cannot be read: {0}")]
    Json(String),
    /// JSON without an object.
    #[error("the JSON has no objects; what can be imported is a list of them, or one a line")]
    NoObjects,
}

/// Names for a terminal: whatever the file holds, it cannot steer it.
pub(super) fn listed(names: &[impl AsRef<str>]) -> String {
    let short = |name: &str| name.chars().take(60).flat_map(char::escape_debug).collect::<String>();
    let listed: Vec<_> = names.iter().take(LISTED).map(|name| short(name.as_ref())).collect();
    let more = if names.len() > LISTED { ", …" } else { "" };
    format!("{}{more}", listed.join(", "))
}

/// What there is to be read, and how.
#[derive(Debug)]
pub struct Files<'a> {
    parts: Vec<Part<'a>>,
}

/// One table.
#[derive(Debug)]
struct Part<'a> {
    /// What it is called among others.
    name: String,
    stored: Stored<'a>,
    encoding: Encoding,
    /// Whether the encoding was said, and is not to be found out.
    is_told: bool,
    /// What was said to separate fields.
    delimiter: Option<u8>,
    shape: Shape,
    /// Whether the last field of a row is its number.
    numbered: bool,
    /// Names of its columns.
    header: Vec<String>,
}

impl<'a> Files<'a> {
    /// Looks at files, and unpacks what has to be.
    ///
    /// # Errors
    /// When one of them is no table, or they are not alike.
    pub fn open(sources: &[Source<'a>], reading: &Reading) -> Result<Self, ReadError> {
        let mut parts: Vec<Part<'a>> = Vec::new();
        for source in sources {
            let of_source = parts_of(source.name(), source.stored()?, reading)?;
            let alike = |one: &Part<'_>, other: &Part<'_>| one.columns() == other.columns();
            if let [first, others @ ..] = of_source.as_slice()
                && others.iter().any(|other| !alike(first, other))
            {
                let names = of_source.iter().map(|part| part.name.clone()).collect();
                return Err(ReadError::DifferentTables { names });
            }
            if let (Some(first), Some(other)) = (parts.first(), of_source.first())
                && !alike(first, other)
            {
                let (first, other) = (first.name.clone(), other.name.clone());
                return Err(ReadError::DifferentFiles { first, other });
            }
            parts.extend(of_source);
        }
        if parts.is_empty() { Err(ReadError::Empty) } else { Ok(Self { parts }) }
    }

    /// Size of all of it as it is stored.
    pub(super) fn size_bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.stored.size_bytes()).sum()
    }

    /// Names of the columns.
    pub fn header(&self) -> &[String] {
        self.parts.first().map(|part| part.header.as_slice()).unwrap_or_default()
    }

    /// What the tables are called, where there are several.
    pub(super) fn names(&self) -> Vec<String> {
        match self.parts.as_slice() {
            [_] => Vec::new(),
            parts => parts.iter().map(|part| part.name.clone()).collect(),
        }
    }

    /// How each table is read: its encoding and what separates its fields; of what is no text, neither.
    pub(super) fn readings(&self) -> impl Iterator<Item = Option<(Encoding, u8)>> + '_ {
        let of_text = |part: &Part<'_>| (part.encoding, part.shape.delimiter);
        self.parts.iter().map(move |part| (!part.numbered).then(|| of_text(part)))
    }

    /// The delimiter of the first text, for whoever writes lines of it down again.
    pub(super) fn delimiter(&self) -> u8 {
        self.parts.first().map_or(b',', |part| part.shape.delimiter)
    }

    /// Takes another encoding for the texts that turned out not to be UTF-8 further down; whether there
    /// are such.
    pub(super) fn reconsider(&mut self, doubts: Doubts) -> Result<bool, ReadError> {
        let mut changed = false;
        for (part, doubt) in self.parts.iter_mut().zip(doubts.0) {
            if part.is_told || part.numbered || !doubt.is_serious() {
                continue;
            }
            let encoding = Encoding::guess(&doubt.sample);
            if encoding != part.encoding {
                changed = true;
                part.encoding = encoding;
                part.look()?;
            }
        }
        Ok(changed)
    }
}

impl Part<'_> {
    /// The columns whatever their order.
    fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<_> = self.header.iter().map(String::as_str).collect();
        while columns.last().is_some_and(|name| name.is_empty()) {
            columns.pop();
        }
        columns.sort_unstable();
        columns
    }

    /// Finds the shape and the header by the beginning.
    fn look(&mut self) -> Result<(), ReadError> {
        let (sample, is_whole) = sample(&self.stored)?;
        let text = self.encoding.text(&sample);
        self.shape = Shape::of(&text, is_whole, self.delimiter, self.numbered);
        self.header = records::header(self)?;
        match self.header.len() {
            too_many if too_many > MOST_COLUMNS => Err(ReadError::TooManyColumns(too_many)),
            _ => Ok(()),
        }
    }
}

/// The beginning of what is in a file, and whether that is all.
fn sample(stored: &Stored<'_>) -> Result<(Vec<u8>, bool), ReadError> {
    let mut sample = vec![0; SAMPLE_BYTES];
    let length = raw::read_most(&mut stored.plain(Rc::default())?, &mut sample)?;
    sample.truncate(length);
    Ok((sample, length < SAMPLE_BYTES))
}

/// The tables in a file.
fn parts_of<'a>(
    name: String,
    stored: Stored<'a>,
    reading: &Reading,
) -> Result<Vec<Part<'a>>, ReadError> {
    let mut head = [0; 512];
    let length = raw::read_most(&mut stored.plain(Rc::default())?, &mut head)?;
    let head = head.get(..length).unwrap_or_default();
    if head.is_empty() {
        return Err(ReadError::Empty);
    }
    if head.starts_with(b"PK\x03\x04") {
        return match archive::kind(&stored)? {
            archive::Kind::Workbook(format) => sheets(name, &stored, format, reading),
            archive::Kind::Archive(members) => {
                let members = chosen(members, reading)?;
                let mut parts = Vec::new();
                for member in members {
                    let stored = archive::member(&stored, &member)?;
                    parts.extend(parts_of(
                        member,
                        stored,
                        &Reading { sheet: None, ..reading.clone() },
                    )?);
                }
                Ok(parts)
            }
        };
    }
    if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return sheets(name, &stored, Format::Xls, reading);
    }
    if let Some(what) = no_table(head) {
        return Err(ReadError::NoTable(what));
    }
    if is_json(head) {
        let rows = json::rows(&stored)?;
        return Ok(vec![numbered(name, rows)?]);
    }
    let (sample, _) = sample(&stored)?;
    let mut part = Part {
        name,
        stored,
        encoding: reading.encoding.unwrap_or_else(|| Encoding::guess(&sample)),
        is_told: reading.encoding.is_some(),
        delimiter: reading.delimiter,
        shape: Shape::of(&[], true, None, false),
        numbered: false,
        header: Vec::new(),
    };
    part.look()?;
    Ok(vec![part])
}

fn sheets<'a>(
    name: String,
    stored: &Stored<'_>,
    format: Format,
    reading: &Reading,
) -> Result<Vec<Part<'a>>, ReadError> {
    let sheets = workbook::sheets(stored, format, reading.sheet.as_deref())?;
    if sheets.is_empty() {
        return Err(ReadError::Empty);
    }
    let is_one = sheets.len() == 1;
    let named = |sheet: String| if is_one { name.clone() } else { sheet };
    sheets.into_iter().map(|sheet| numbered(named(sheet.name), sheet.rows)).collect()
}

/// Rows that were set aside.
fn numbered(name: String, stored: Stored<'_>) -> Result<Part<'_>, ReadError> {
    let mut part = Part {
        name,
        stored,
        encoding: Encoding::UTF_8,
        is_told: true,
        delimiter: Some(b','),
        shape: Shape::of(&[], true, None, true),
        numbered: true,
        header: Vec::new(),
    };
    part.look()?;
    Ok(part)
}

/// The members of an archive that are asked for.
fn chosen(members: Vec<String>, reading: &Reading) -> Result<Vec<String>, ReadError> {
    let Some(asked) = &reading.sheet else { return Ok(members) };
    let by_number = asked.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let is_it = |member: &&String| {
        *member == asked || member.rsplit('/').next().is_some_and(|file| file == asked)
    };
    let found = members.iter().find(is_it).or_else(|| members.get(by_number?));
    match found {
        Some(found) => Ok(vec![found.clone()]),
        None => Err(ReadError::NoSheet { asked: asked.clone(), names: members }),
    }
}

/// What a file is that has no table in it, by its beginning.
fn no_table(head: &[u8]) -> Option<&'static str> {
    let begins = |with: &[u8]| head.starts_with(with);
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let tag =
        |name: &[u8]| text.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
    let binary = || {
        let is_wide = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
        let zeros = head.iter().filter(|byte| **byte == 0).count();
        let control = head.iter().filter(|byte| matches!(byte, 1..=8 | 14..=26 | 28..=31)).count();
        // UTF-16 has a zero with each letter of ASCII, and no other control characters.
        !is_wide && (control * 20 > head.len() || (zeros > 0 && zeros * 4 < head.len()))
    };
    if begins(b"%PDF") {
        Some("a PDF")
    } else if begins(b"\x89PNG") || begins(&[0xff, 0xd8, 0xff]) || begins(b"GIF8") {
        Some("a picture")
    } else if begins(b"Rar!") || begins(b"7z\xbc\xaf") || begins(b"BZh") || begins(b"\xfd7zXZ") {
        Some("an archive of a kind that is not known; unpack it first")
    } else if begins(b"SQLite format 3") {
        Some("a database of SQLite")
    } else if begins(b"PAR1") {
        Some("a Parquet file")
    } else if tag(b"<html") || tag(b"<!doctype") || tag(b"<table") {
        Some("a web page, even if it is called .xls; open it in a spreadsheet and save it as XLSX")
    } else if tag(b"<?xml") {
        Some("XML; open it in a spreadsheet and save it as XLSX")
    } else if binary() {
        Some("no text and no workbook")
    } else {
        None
    }
}

/// Whether a text is JSON, by its first letters.
fn is_json(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let after = |text: &[u8]| {
        text.get(1..).map(<[u8]>::trim_ascii_start).unwrap_or_default().first().copied()
    };
    match text.first() {
        Some(b'{') => matches!(after(text), Some(b'"' | b'}') | None),
        Some(b'[') => matches!(after(text), Some(b'{' | b']') | None),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
