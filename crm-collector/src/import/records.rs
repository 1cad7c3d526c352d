//! The records of a file, one after the other in one buffer.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder};

use super::{ImportError, Plan, Source, source};

/// The records of a file, one at a time in one buffer.
pub(super) struct Records<'a> {
    reader: csv::Reader<source::Bounded<'a>>,
    pub(super) record: ByteRecord,
    /// Records read so far after the header.
    pub(super) line: u64,
    /// Whether lines end with a carriage return, which the reader takes for the end already.
    crlf: bool,
}

impl<'a> Records<'a> {
    /// Opens a file and reads its header.
    pub(super) fn open<E>(
        source: Source<'a>,
        plan: &Plan,
        read_bytes: Rc<Cell<u64>>,
    ) -> Result<Self, ImportError<E>> {
        let bounded = source.open(read_bytes).map_err(ImportError::Read)?;
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(plan.delimiter)
            .buffer_capacity(source::BUFFER_BYTES)
            .from_reader(bounded);
        let mut records = Self { reader, record: ByteRecord::new(), line: 0, crlf: false };
        if !records.next()? {
            return Err(ImportError::Empty);
        }
        records.line = 0;
        records.crlf = records.end_line() == 1 + records.breaks_inside();
        Ok(records)
    }

    /// Reads the next record into the buffer; `false` at the end.
    pub(super) fn next<E>(&mut self) -> Result<bool, ImportError<E>> {
        self.reader.get_mut().next_record();
        self.line += 1;
        self.reader.read_byte_record(&mut self.record).map_err(|error| {
            ImportError::Read(match error.into_kind() {
                csv::ErrorKind::Io(error) => error,
                other => io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}")),
            })
        })
    }

    /// Line of the file that the record begins on, as an editor counts them.
    pub(super) fn line_in_file(&self) -> u64 {
        // The reader's own answer is where the record before ended, which is short of blank
        // lines, and of every line feed that follows a carriage return.
        let before = self.record.position().map_or(0, csv::Position::line);
        let behind = self.breaks_inside() + u64::from(!self.crlf);
        before.max(self.end_line().saturating_sub(behind))
    }

    fn end_line(&self) -> u64 {
        self.reader.position().line()
    }

    /// Line breaks within quotes.
    fn breaks_inside(&self) -> u64 {
        self.record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64
    }
}
