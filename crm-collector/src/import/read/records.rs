//! The records of files, one after the other in one buffer.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder};

use super::encoding;
use super::raw::{BUFFER_BYTES, Bounded};
use super::{Files, Part, ReadError};

/// A line of a file: which of the tables, counted from 0, and its number as an editor shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::import) struct Place {
    pub(in crate::import) part: u32,
    pub(in crate::import) line: u64,
}

impl Place {
    /// As it is written down: with the name of its table where there are several.
    pub(in crate::import) fn told(self, names: &[String]) -> impl fmt::Display + use<> {
        let name = usize::try_from(self.part).ok().and_then(|part| names.get(part));
        match name {
            Some(name) => format!("{name}:{}", self.line),
            None => self.line.to_string(),
        }
    }
}

/// What a text showed of being no UTF-8.
#[derive(Clone, Debug, Default)]
pub(in crate::import) struct Doubt {
    /// Records that are more than ASCII.
    beyond_ascii: u64,
    /// Those of them that are no UTF-8.
    foreign: u64,
    /// Some of these.
    pub(super) sample: Vec<u8>,
}

/// The doubts of each table.
#[derive(Debug, Default)]
pub(in crate::import) struct Doubts(pub(super) Vec<Doubt>);

impl Doubt {
    const SAMPLE_BYTES: usize = 256 * 1024;

    fn look(&mut self, record: &ByteRecord) {
        let bytes = record.as_slice();
        if bytes.is_ascii() {
            return;
        }
        self.beyond_ascii += 1;
        if std::str::from_utf8(bytes).is_ok() {
            return;
        }
        self.foreign += 1;
        if self.sample.len() < Self::SAMPLE_BYTES {
            self.sample.extend_from_slice(bytes);
            self.sample.push(b'\n');
        }
    }

    /// Whether the text is in another encoding rather than broken here and there.
    pub(super) fn is_serious(&self) -> bool {
        self.foreign > 0 && !encoding::is_stray(self.foreign, self.beyond_ascii)
    }
}

/// The records of files, one at a time in one buffer.
pub(in crate::import) struct Records<'f> {
    files: &'f Files<'f>,
    read_bytes: Rc<Cell<u64>>,
    part: usize,
    table: Table<'f>,
    pub(in crate::import) record: ByteRecord,
    /// Records read so far after the header.
    pub(in crate::import) line: u64,
    /// Columns of the first table, and where they stand in this one if that is elsewhere.
    width: usize,
    order: Option<Vec<usize>>,
    scratch: ByteRecord,
}

/// A table that is being read.
struct Table<'f> {
    reader: csv::Reader<Bounded<'f>>,
    /// Whether lines end with a carriage return, which the reader takes for the end already.
    crlf: bool,
    /// Lines of the file before those that the reader sees.
    before: u64,
    /// Records of this table.
    records: u64,
    is_carriage_return: bool,
    numbered: bool,
    /// The number of the row, where rows bear one.
    number: u64,
}

impl<'f> Records<'f> {
    /// Opens the files and reads the first header into the buffer.
    pub(in crate::import) fn open(
        files: &'f Files<'f>,
        read_bytes: Rc<Cell<u64>>,
    ) -> Result<Self, ReadError> {
        let first = files.parts.first().ok_or(ReadError::Empty)?;
        let mut record = ByteRecord::new();
        let table = Table::open(first, Rc::clone(&read_bytes), &mut record)?;
        let width = record.len();
        let scratch = ByteRecord::new();
        Ok(Self { files, read_bytes, part: 0, table, record, line: 0, width, order: None, scratch })
    }

    /// Reads the next record into the buffer; `false` at the end.
    pub(in crate::import) fn next(&mut self) -> Result<bool, ReadError> {
        while !self.table.next(&mut self.record)? {
            let Some(part) = self.files.parts.get(self.part + 1) else { return Ok(false) };
            self.part += 1;
            self.table = Table::open(part, Rc::clone(&self.read_bytes), &mut self.record)?;
            self.order = order(self.files.header(), &part.header);
        }
        self.line += 1;
        if self.table.numbered {
            // A row of a workbook ends with its last cell, and what stands beside the table has no name.
            self.record.truncate(self.width);
            while self.record.len() < self.width {
                self.record.push_field(b"");
            }
        }
        // Spreadsheets leave separators behind at the ends of lines.
        if self.record.len() > self.width
            && self.record.iter().skip(self.width).all(|field| field.trim_ascii().is_empty())
        {
            self.record.truncate(self.width);
        }
        if let Some(order) = &self.order
            && self.record.len() == order.len()
        {
            self.scratch.clear();
            for place in order {
                self.scratch.push_field(self.record.get(*place).unwrap_or_default());
            }
            std::mem::swap(&mut self.record, &mut self.scratch);
        }
        Ok(true)
    }

    /// Notes whether the record is UTF-8.
    pub(in crate::import) fn doubt(&self, doubts: &mut Doubts) {
        if doubts.0.len() <= self.part {
            doubts.0.resize(self.part + 1, Doubt::default());
        }
        if let Some(doubt) = doubts.0.get_mut(self.part) {
            doubt.look(&self.record);
        }
    }

    /// Where the record begins.
    pub(in crate::import) fn place(&self) -> Place {
        let part = u32::try_from(self.part).unwrap_or(u32::MAX);
        Place { part, line: self.table.line(&self.record) }
    }
}

/// Where the columns of one header stand in another one that has the same in another order.
fn order(first: &[String], other: &[String]) -> Option<Vec<usize>> {
    if first == other {
        return None;
    }
    let mut taken = vec![false; other.len()];
    let place = |name: &String| {
        let mut all = other.iter().enumerate();
        let (place, _) =
            all.find(|(place, one)| *one == name && taken.get(*place) == Some(&false))?;
        *taken.get_mut(place)? = true;
        Some(place)
    };
    first.iter().map(place).collect()
}

/// The names in a table's header, without the blanks around them.
pub(super) fn header(part: &Part<'_>) -> Result<Vec<String>, ReadError> {
    let mut record = ByteRecord::new();
    Table::open(part, Rc::default(), &mut record)?;
    Ok(record.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect())
}

impl<'f> Table<'f> {
    /// Opens a table and reads its header.
    fn open(
        part: &'f Part<'_>,
        read_bytes: Rc<Cell<u64>>,
        record: &mut ByteRecord,
    ) -> Result<Self, ReadError> {
        let mut text = part.encoding.decoded(part.stored.plain(read_bytes)?);
        io::copy(&mut text.by_ref().take(part.shape.skipped_bytes), &mut io::sink())?;
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(part.shape.delimiter)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(Bounded::new(text));
        let mut table = Self {
            reader,
            crlf: false,
            before: part.shape.skipped_lines,
            records: 0,
            is_carriage_return: part.shape.is_carriage_return,
            numbered: part.numbered,
            number: 0,
        };
        if !table.next(record)? {
            return Err(ReadError::Empty);
        }
        table.records = 0;
        table.crlf = table.end_line() == 1 + breaks_inside(record);
        Ok(table)
    }

    fn next(&mut self, record: &mut ByteRecord) -> Result<bool, ReadError> {
        self.reader.get_mut().next_record();
        let there = self.reader.read_byte_record(record).map_err(|error| {
            ReadError::Io(match error.into_kind() {
                csv::ErrorKind::Io(error) => error,
                other => io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}")),
            })
        })?;
        self.records += 1;
        if there && self.numbered {
            let last = record.len().saturating_sub(1);
            let number = record.get(last).and_then(|number| std::str::from_utf8(number).ok());
            self.number = number.and_then(|number| number.parse().ok()).unwrap_or(0);
            record.truncate(last);
        }
        Ok(there)
    }

    /// Line of the file that the record begins on.
    fn line(&self, record: &ByteRecord) -> u64 {
        if self.numbered {
            return self.number;
        }
        if self.is_carriage_return {
            // The reader counts no lines then.
            return self.before + 1 + self.records;
        }
        // The reader's own answer is where the record before ended, which is short of blank
        // lines, and of every line feed that follows a carriage return.
        let before = record.position().map_or(0, csv::Position::line);
        let behind = breaks_inside(record) + u64::from(!self.crlf);
        self.before + before.max(self.end_line().saturating_sub(behind))
    }

    fn end_line(&self) -> u64 {
        self.reader.position().line()
    }
}

/// Line breaks within quotes.
fn breaks_inside(record: &ByteRecord) -> u64 {
    record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64
}
