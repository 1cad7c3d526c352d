//! Rows of what is no text with delimiters, set aside on the disk as one that is: so whatever the
//! format, it is read from its beginning as often as it is needed, in the memory of one row.

use std::fs::File;
use std::io::{BufWriter, Write};

use super::ReadError;
use super::raw::{BUFFER_BYTES, MOST_SPOOLED_BYTES, Stored};

/// Writes rows; the last field of each is its number in the file.
pub(super) struct Spool {
    writer: csv::Writer<BufWriter<File>>,
    rows: u64,
    bytes: u64,
}

impl Spool {
    pub(super) fn new() -> Result<Self, ReadError> {
        let file = BufWriter::with_capacity(BUFFER_BYTES, tempfile::tempfile()?);
        let writer = csv::WriterBuilder::new().flexible(true).from_writer(file);
        Ok(Self { writer, rows: 0, bytes: 0 })
    }

    /// Rows so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes a row that has this number in its file.
    pub(super) fn row(
        &mut self,
        cells: impl Iterator<Item = impl AsRef<[u8]>>,
        number: u64,
    ) -> Result<(), ReadError> {
        for cell in cells {
            let cell = cell.as_ref();
            self.bytes += cell.len() as u64 + 1;
            self.writer.write_field(cell).map_err(unwritten)?;
        }
        self.writer.write_field(number.to_string()).map_err(unwritten)?;
        self.writer.write_record(None::<&[u8]>).map_err(unwritten)?;
        self.rows += 1;
        if self.bytes > MOST_SPOOLED_BYTES { Err(ReadError::TooLarge) } else { Ok(()) }
    }

    pub(super) fn finish<'a>(self) -> Result<Stored<'a>, ReadError> {
        let unwritten =
            |error: &dyn ToString| ReadError::Io(std::io::Error::other(error.to_string()));
        let mut buffered = self.writer.into_inner().map_err(|error| unwritten(&error))?;
        buffered.flush()?;
        let file = buffered.into_inner().map_err(|error| unwritten(&error))?;
        let length = file.metadata()?.len();
        Ok(Stored::Spooled(file, length))
    }
}

fn unwritten(error: csv::Error) -> ReadError {
    ReadError::Io(std::io::Error::other(error.to_string()))
}
