//! The file of what was left out: for each line its number, the reason and the line's own
//! fields; for each event that was not stored the line its purchase began on.
//!
//! The fields are the file's own, byte for byte, so that the rejects can be mended and imported
//! again by the same mapping.

use std::io::{self, Write};

use csv::{ByteRecord, WriterBuilder};

use super::half::Lines;
use super::read::Place;

/// Writes rejects as CSV, if somebody wants them.
pub(super) struct Rejects<'w> {
    writer: Option<csv::Writer<&'w mut dyn Write>>,
    /// Names of the tables, where there are several.
    names: Vec<String>,
}

impl<'w> Rejects<'w> {
    /// Writes the head.
    pub(super) fn new(
        output: Option<&'w mut dyn Write>,
        header: &[String],
        delimiter: u8,
        names: Vec<String>,
    ) -> io::Result<Self> {
        let writer = output
            .map(|out| WriterBuilder::new().flexible(true).delimiter(delimiter).from_writer(out));
        let mut rejects = Self { writer, names };
        let header = ByteRecord::from_iter(header);
        rejects.write(b"line", b"reason", &header)?;
        Ok(rejects)
    }

    /// A line that was skipped.
    pub(super) fn line(
        &mut self,
        line: Place,
        reason: &str,
        record: &ByteRecord,
    ) -> io::Result<()> {
        if self.writer.is_none() {
            return Ok(());
        }
        let line = line.told(&self.names).to_string();
        self.write(line.as_bytes(), reason.as_bytes(), record)
    }

    /// Whether anybody wants them.
    pub(super) fn is_wanted(&self) -> bool {
        self.writer.is_some()
    }

    /// The lines of a purchase that was left out whole: it is mended with all of them.
    pub(super) fn lines(
        &mut self,
        lines: &Lines,
        reason: &str,
        first_line: Place,
        id: &str,
    ) -> io::Result<()> {
        for (number, record) in &lines.kept {
            self.line(*number, reason, record)?;
        }
        match lines.count - u64::try_from(lines.kept.len()).unwrap_or(lines.count) {
            0 => Ok(()),
            more => self.event(first_line, reason, &format!("{id}: and {more} lines of it")),
        }
    }

    /// A purchase or customer that was not stored.
    pub(super) fn event(&mut self, line: Place, reason: &str, what: &str) -> io::Result<()> {
        self.line(line, reason, &ByteRecord::from(vec![what]))
    }

    /// Sees to it that everything is written.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), csv::Writer::flush)
    }

    fn write(&mut self, line: &[u8], reason: &[u8], record: &ByteRecord) -> io::Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer
            .write_record([line, reason].into_iter().chain(record))
            .map_err(|error| io::Error::other(error.to_string()))
    }
}
