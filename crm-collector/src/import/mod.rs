//! Turns a CSV file of purchase lines into events: streamed, every line accounted for.
//!
//! Lines that share a purchase id become one sale (and, if some of their quantities are
//! negative, one refund), wherever in the file they stand. The file is read twice:
//!
//! 1. The first pass looks at purchase ids, and at what numbers show of their decimals, and finds those that come back after other
//!    lines have stood between (`runs.rs`): 8 MiB, and some 30 bytes for each that does.
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

mod draft;
mod event_id;
mod gather;
mod line;
mod mapping;
mod moment;
mod number;
mod reason;
mod records;
mod rejects;
mod runs;
mod source;
mod summary;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::rc::Rc;

use chrono_tz::Tz;
use crm_models::{Currency, Event, Timestamp};

use crate::ingest::Outcome;
use gather::Gather;
use number::Shown;
use records::Records;
use rejects::Rejects;
use runs::RunFinder;

pub use mapping::{Field, Mapping, MappingError, Preset, UnknownPreset};
pub use moment::{DateOrder, UnknownDateOrder};
pub use number::{Decimals, UnknownDecimals};
pub use reason::Reason;
pub use source::{Source, decompressed};
pub use summary::{Foreseen, Summary, Sums};

/// Events handed to the sink at a time.
pub const CHUNK_EVENTS: usize = 2_000;
/// Lines between two reports of progress.
const PROGRESS_LINES: u64 = 10_000;

/// How a file is to be read.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which column means what.
    pub mapping: Mapping,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Time zone of times without an offset.
    pub timezone: Tz,
    /// What comes first in dates such as `4/5/2011`; without it such lines are skipped.
    pub date_order: Option<DateOrder>,
    /// What stands before decimals; without it the file shows it, and numbers of which it does not are
    /// skipped.
    pub decimals: Option<Decimals>,
    /// What separates the fields, mostly a comma.
    pub delimiter: u8,
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
    /// The file cannot be read, or is no CSV.
    #[error("the file cannot be read")]
    Read(#[source] io::Error),
    /// The file has no line but, at most, its header.
    #[error("the file is empty")]
    Empty,
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

/// Whether a file can be read and has the columns of the plan, by its first line.
pub fn look<E>(source: Source<'_>, plan: &Plan) -> Result<(), ImportError<E>> {
    source.size_bytes().map_err(ImportError::Read)?;
    let records = Records::open(source, plan, Rc::default())?;
    plan.mapping.resolve(&records.record)?;
    Ok(())
}

/// Imports a file.
///
/// `rejects` takes, as CSV, every line that was skipped and every event that was not stored.
/// `progress` is called every few thousand lines, and may stop it there.
pub fn run<E>(
    source: Source<'_>,
    plan: &Plan,
    rejects: Option<&mut dyn Write>,
    sink: &mut Sink<'_, E>,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Summary, ImportError<E>> {
    let total_bytes = source.size_bytes().map_err(ImportError::Read)?.saturating_mul(2);
    let mut tell = |read_bytes, lines| progress(Progress { read_bytes, total_bytes, lines });

    let read_bytes = Rc::new(Cell::new(0));
    let mut records = Records::open(source, plan, Rc::clone(&read_bytes))?;
    let columns = plan.mapping.resolve(&records.record)?;
    let mut finder = RunFinder::new();
    let mut shown = Shown::default();
    while records.next()? {
        if let Some(id) = line::purchase_id(&records.record, &columns) {
            finder.line(records.line, id);
        }
        line::look_at_numbers(&records.record, &columns, &mut shown);
        if records.line.is_multiple_of(PROGRESS_LINES) && tell(read_bytes.get(), 0).is_break() {
            return Err(ImportError::Stopped(Box::default()));
        }
    }

    let mut records = Records::open(source, plan, Rc::clone(&read_bytes))?;
    let rejects =
        Rejects::new(rejects, &records.record, plan.delimiter).map_err(ImportError::Rejects)?;
    let columns = plan.mapping.resolve(&records.record)?;
    let unused_money = plan.mapping.unused_money(&records.record);
    let mut gather = Gather::new(plan, columns, finder.finish(), shown, rejects, sink);
    while records.next()? {
        gather.line(&records)?;
        if records.line.is_multiple_of(PROGRESS_LINES)
            && tell(read_bytes.get(), gather.lines()).is_break()
        {
            return Err(ImportError::Stopped(Box::new(gather.stop()?)));
        }
    }
    let decimal_comma = plan.decimals.is_none() && shown.is_comma();
    let summary = Summary { unused_money, decimal_comma, ..gather.finish()? };
    // It is done, so that whether to stop is no question.
    let (ControlFlow::Continue(()) | ControlFlow::Break(())) = tell(total_bytes, summary.lines);
    Ok(summary)
}
