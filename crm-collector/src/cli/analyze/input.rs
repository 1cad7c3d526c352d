//! A CSV file with a header, read record by record, with progress on the terminal.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, bail};
use csv::StringRecord;
use indicatif::{ProgressBar, ProgressStyle};

use crate::export::printable;
use crate::facts::day_of_date;
use crate::import::decompressed;

/// Records of a CSV file by the columns that are wanted.
pub(super) struct Input {
    name: String,
    reader: csv::Reader<Box<dyn Read>>,
    record: StringRecord,
    /// Where each wanted column stands.
    places: Vec<usize>,
    read_bytes: Rc<Cell<u64>>,
    bar: ProgressBar,
    records: u64,
}

impl Input {
    /// Opens a file, or standard input for `-`. The header has to have all `columns`, in any order
    /// and case; others are ignored.
    pub(super) fn open(path: &Path, columns: &[&str]) -> anyhow::Result<Self> {
        let name = if path == Path::new("-") { "standard input".into() } else { shown(path) };
        let read_bytes = Rc::new(Cell::new(0));
        let (raw, size_bytes): (Box<dyn Read>, _) = if path == Path::new("-") {
            (Box::new(io::stdin()), None)
        } else {
            let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
            let size_bytes = file.metadata().ok().map(|metadata| metadata.len());
            (Box::new(file), size_bytes)
        };
        let counted = Counted { raw, read_bytes: read_bytes.clone() };
        let plain = decompressed(counted).with_context(|| format!("cannot read {name}"))?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(plain);
        let header = reader.headers().with_context(|| format!("cannot read {name}"))?.clone();
        let place = |wanted: &str| {
            header.iter().position(|column| {
                column.trim_start_matches('\u{feff}').eq_ignore_ascii_case(wanted)
            })
        };
        let mut places = Vec::new();
        for column in columns {
            let Some(place) = place(column) else {
                let there: Vec<_> = header.iter().map(printable).collect();
                bail!("{name} has no column \"{column}\"; its header is {}", there.join(","));
            };
            places.push(place);
        }
        let bar = progress_bar(size_bytes);
        let record = StringRecord::new();
        Ok(Self { name, reader, record, places, read_bytes, bar, records: 0 })
    }

    /// Goes to the next record; `false` after the last.
    pub(super) fn advance(&mut self) -> anyhow::Result<bool> {
        let more = self.reader.read_record(&mut self.record);
        let more = more.with_context(|| format!("cannot read {}", self.name))?;
        self.records += 1;
        if self.records.is_multiple_of(256) {
            self.bar.set_position(self.read_bytes.get());
        }
        Ok(more)
    }

    /// A field of the record, by the place of its column among the wanted ones; empty for a column
    /// that is not there.
    pub(super) fn field(&self, column: usize) -> &str {
        let place = self.places.get(column);
        place.and_then(|place| self.record.get(*place)).unwrap_or_default()
    }

    /// An error about the record, which says where it stands.
    pub(super) fn mistake(&self, message: &str) -> anyhow::Error {
        let line = self.record.position().map_or(0, csv::Position::line);
        anyhow::anyhow!("{}, line {line}: {message}", self.name)
    }

    /// Shows that reading is over and that so many steps of computing follow; the bar counts
    /// them.
    pub(super) fn computing(&self, steps: usize) -> ProgressBar {
        self.bar.set_message("computing");
        self.bar.set_length(steps as u64);
        self.bar.set_position(0);
        self.bar.clone()
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The day of a date such as 2011-06-10, which a time may follow.
pub(super) fn day(text: &str) -> Option<i32> {
    let date = text.split([' ', 'T']).next().unwrap_or_default();
    date.parse().ok().map(day_of_date)
}

struct Counted {
    raw: Box<dyn Read>,
    read_bytes: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.raw.read(buffer)?;
        self.read_bytes.set(self.read_bytes.get() + length as u64);
        Ok(length)
    }
}

fn shown(path: &Path) -> String {
    PathBuf::from(path).display().to_string()
}

fn progress_bar(size_bytes: Option<u64>) -> ProgressBar {
    let (bar, template) = match size_bytes {
        Some(size_bytes) => (ProgressBar::new(size_bytes), "{msg:>10} {wide_bar} {percent:>3} %"),
        None => (ProgressBar::new_spinner(), "{msg:>10} {spinner}"),
    };
    // The template is a constant; were it wrong, the plain bar would do.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message("reading");
    bar
}
