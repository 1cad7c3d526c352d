//! Turns files of purchase lines into events: streamed, every line accounted for.
//!
//! Whatever a file is (text with delimiters, a workbook, JSON; packed or not), `read` makes rows of text
//! cells of it, and `meaning` says which column is what where nobody did. Lines that share a purchase id
//! become one sale (and, if some of their quantities are negative, one refund), wherever in the file they
//! stand. Files are read twice:
//!
//! 1. The first pass looks at what only whole columns show (`survey.rs`): how they write numbers and dates, and
//!    which purchases come back after other lines have stood between (`runs.rs`): 8 MiB, and some 30 bytes
//!    for each that does. What a file does not show is asked, and never guessed (`question.rs`).
//! 2. The second parses the lines and closes a purchase with its last line. So memory holds one
//!    purchase where lines are adjacent, and else those that are open at a time: all of them in a
//!    file that is shuffled throughout, at the size of its text and half as much again.
//!
//! Measured in all on a million lines (93 MB of text): 25 MiB as the file comes, where 1,606 of
//! 48,369 purchases come back; 140 MiB with the same lines shuffled.
//!
//! Events go to the sink in chunks of [`CHUNK_EVENTS`], each chunk in order of time. Their ids
//! are made of the purchase ids, so that a second run adds nothing. Nothing here stores
//! anything: the sink does, or does not.

mod currency;
mod decimals;
mod draft;
mod event_id;
mod field;
mod gather;
mod half;
mod ids;
mod kind;
mod line;
mod mapping;
mod meaning;
mod moment;
mod money;
mod number;
mod order;
mod preview;
mod question;
mod read;
mod reason;
mod rejects;
mod runs;
#[cfg(test)]
mod shops;
#[cfg(test)]
mod styles;
mod summary;
mod survey;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::fmt;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::rc::Rc;

use chrono_tz::Tz;
use crm_models::{Currency, Event, Timestamp};

use crate::ingest::Outcome;
use gather::Gather;
use read::Records;
use rejects::Rejects;
use survey::Survey;

pub use decimals::{Decimals, UnknownDecimals};
pub use field::Field;
pub use mapping::{Mapping, MappingError};
pub use meaning::{Preset, Standing, UnknownPreset, UnknownStanding};
pub use moment::{DateOrder, UnknownDateOrder};
pub use order::States;
pub use preview::{Look, Preview, look, preview};
pub use read::{Encoding, Files, ReadError, Reading, Source, UnknownEncoding, decompressed};
pub use reason::Reason;
pub use summary::{Foreseen, Missing, Summary, Sums, Unsold};

/// Events handed to the sink at a time.
pub const CHUNK_EVENTS: usize = 2_000;
/// Lines between two reports of progress.
const PROGRESS_LINES: u64 = 10_000;

/// What the lines of a file are to become.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which column means what.
    pub mapping: Mapping,
    /// Currency of amounts where the file tells none.
    pub currency: Currency,
    /// Time zone of times without an offset.
    pub timezone: Tz,
    /// What comes first in dates such as `4/5/2011`; without it, what the column shows.
    pub date_order: Option<DateOrder>,
    /// What stands before decimals; without it, what the column shows.
    pub decimals: Option<Decimals>,
    /// What words for states say, beside those that are known.
    pub states: States,
    /// Whether lines that need what neither the file shows nor anybody said are skipped. Else nothing
    /// is done, and it is asked.
    pub skip_open: bool,
    /// Whether purchases take the place of what is stored under their numbers, and then when the import
    /// began: what an earlier one stored may be stored again.
    pub replace: Option<Timestamp>,
}

/// How far an import has come. The file counts twice, as it is read twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read of the file as it is stored, of both passes.
    pub read_bytes: u64,
    /// Bytes there are to be read in all.
    pub total_bytes: u64,
    /// Lines that were imported or skipped; 0 during the first pass.
    pub lines: u64,
}

/// Why an import stopped. What the sink had taken by then stays; a second run adds the rest.
#[derive(Debug, thiserror::Error)]
pub enum ImportError<E> {
    /// The file cannot be read, or is no table.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file does not show how it is to be read, and nobody said it.
    #[error("the file does not show how it is to be read\n{0}")]
    Open(Questions),
    /// The mapping does not fit the file.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The rejects cannot be written.
    #[error("the file of rejects cannot be written")]
    Rejects(#[source] io::Error),
    /// The events cannot be stored.
    #[error("the events cannot be stored")]
    Sink(#[source] E),
    /// It was told to stop. What is told is what the sink has taken: whole purchases, and their lines.
    #[error("it was stopped")]
    Stopped(Box<Summary>),
}

/// Stores events; answers what became of each, in the same order.
pub type Sink<'a, E> = dyn FnMut(Vec<Event>) -> Result<Vec<Outcome>, E> + 'a;

/// What somebody has to say.
#[derive(Debug)]
pub struct Questions(Vec<String>);

impl fmt::Display for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// Imports files.
///
/// `rejects` takes, as CSV, every line that was skipped and every event that was not stored.
/// `progress` is called every few thousand lines, and may stop it there.
pub fn run<E>(
    files: &mut Files<'_>,
    plan: &Plan,
    rejects: Option<&mut dyn Write>,
    sink: &mut Sink<'_, E>,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Summary, ImportError<E>> {
    let total_bytes = files.size_bytes().saturating_mul(2);
    let mut tell = |read_bytes, lines| progress(Progress { read_bytes, total_bytes, lines });
    let mut columns = plan.mapping.resolve(files.header())?;
    let read_bytes = Rc::new(Cell::new(0));
    let found = loop {
        read_bytes.set(0);
        let mut survey = Survey::new(&columns);
        let mut records = Records::open(files, Rc::clone(&read_bytes))?;
        while records.next()? {
            survey.look(&records, &columns);
            if records.line.is_multiple_of(PROGRESS_LINES) && tell(read_bytes.get(), 0).is_break() {
                return Err(ImportError::Stopped(Box::default()));
            }
        }
        let doubts = std::mem::take(&mut survey.doubts);
        drop(records);
        // It turned out further down to be in another encoding: once more.
        if !files.reconsider(doubts)? {
            break survey.finish(plan, &mut columns);
        }
        columns = plan.mapping.resolve(files.header())?;
    };
    let questions: Vec<_> = found.questions.iter().map(ToString::to_string).collect();
    if !questions.is_empty() && !plan.skip_open {
        return Err(ImportError::Open(Questions(questions)));
    }
    let notes = preview::notes(files, plan, &found);
    let decimal_comma = found.numbers.is_comma_shown;

    let rejects = Rejects::new(rejects, files.header(), files.delimiter(), files.names())
        .map_err(ImportError::Rejects)?;
    let unused_money = plan.mapping.unused_money(files.header());
    let mut records = Records::open(files, Rc::clone(&read_bytes))?;
    let mut gather = Gather::new(plan, columns, found, rejects, sink);
    while records.next()? {
        gather.line(&records)?;
        if records.line.is_multiple_of(PROGRESS_LINES)
            && tell(read_bytes.get(), gather.lines()).is_break()
        {
            return Err(ImportError::Stopped(Box::new(gather.stop()?)));
        }
    }
    let summary = Summary { unused_money, decimal_comma, notes, questions, ..gather.finish()? };
    // It is done, so that whether to stop is no question.
    let (ControlFlow::Continue(()) | ControlFlow::Break(())) = tell(total_bytes, summary.lines);
    Ok(summary)
}
