//! Where the result goes, as CSV: a file, or standard output.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, IsTerminal as _, Write};
use std::path::Path;

use anyhow::Context as _;
use crm_api::answer::Value;

use crate::export::printable;

/// A CSV file that is being written.
pub(super) struct Output {
    name: String,
    /// Whether it is a terminal that is written to, which the file's names may not steer.
    is_terminal: bool,
    writer: csv::Writer<Box<dyn Write>>,
}

impl Output {
    /// Creates a file with its header, or writes to standard output.
    pub(super) fn create(path: Option<&Path>, header: &[impl AsRef<str>]) -> anyhow::Result<Self> {
        let (name, out): (_, Box<dyn Write>) = match path {
            None => ("standard output".to_owned(), Box::new(io::stdout().lock())),
            Some(path) => {
                let name = path.display().to_string();
                let file = File::create(path).with_context(|| format!("cannot write {name}"))?;
                (name, Box::new(BufWriter::new(file)))
            }
        };
        let is_terminal = path.is_none() && io::stdout().is_terminal();
        let mut output = Self { name, is_terminal, writer: csv::Writer::from_writer(out) };
        output.row(header)?;
        Ok(output)
    }

    /// Writes a row.
    pub(super) fn row(&mut self, fields: &[impl AsRef<str>]) -> anyhow::Result<()> {
        let fields = fields.iter().map(AsRef::as_ref);
        let written = if self.is_terminal {
            self.writer.write_record(fields.map(printable))
        } else {
            self.writer.write_record(fields)
        };
        written.map_err(io::Error::from).or_else(|error| self.judge(error))
    }

    /// To be called at the end: what is still held back is written.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.writer.flush().or_else(|error| self.judge(error))
    }

    /// A reader that has seen enough (`… | head`) is no failure.
    fn judge(&self, error: io::Error) -> anyhow::Result<()> {
        if error.kind() == ErrorKind::BrokenPipe {
            return Ok(());
        }
        Err(error).with_context(|| format!("cannot write {}", self.name))
    }
}

/// Numbers as a field holds them, separated by spaces.
pub(super) fn numbers(values: &[f64]) -> String {
    values.iter().map(|value| number(*value)).collect::<Vec<_>>().join(" ")
}

/// A number as a field holds it: the shortest text that reads back as the same number.
pub(super) fn number(value: f64) -> String {
    Value::Number(value).to_text()
}
