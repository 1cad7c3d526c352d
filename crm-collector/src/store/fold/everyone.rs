//! The histories of all customers who bought: one row after the other, in parts from several
//! snapshots, or gathered on several threads.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::panic::resume_unwind;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use crm_models::Timestamp;

use super::Derived;
use super::delta::DatedLine;
use super::histories::{Gathered, place_of, put_in_order, row, unite};
use super::line::{BUCKET_BITS, Line, Place, pack, unpack};
use crate::facts::{HistoryEntry, HistoryKind, LocalTime, first_day_of_month, month_of_day};
use crate::store::ReadTx;
use crate::store::error::Result;
use crate::store::runs::Runs;
use crate::store::workspaces::Workspace;

/// Rows that go to another thread at once have so many bytes, or a row more.
const BATCH_BYTES: usize = if cfg!(test) { 64 } else { 48 << 10 };
/// So many of them wait for each thread.
const BATCHES_AHEAD: usize = 2;

impl Derived<'_> {
    /// What every customer bought and gave back on some days. Interactions are left out: one customer
    /// may have a million visits in a month.
    pub fn buyer_histories(&self, days: Range<i32>) -> BuyerHistories {
        let mut tail: BTreeMap<Place, Vec<Line>> = BTreeMap::new();
        for DatedLine { month, line } in
            self.tail.lines().iter().filter(|dated| counts(&dated.line))
        {
            tail.entry((*month, line.entry().customer >> BUCKET_BITS)).or_default().push(*line);
        }
        let months = match days.is_empty() {
            true => 0..0,
            false => month_of_day(days.start)..month_of_day(days.end - 1) + 1,
        };
        tail.retain(|(month, _), _| months.contains(month));
        let workspace = self.workspace.clone();
        let (folded, erased_at) = (self.runs.through(), self.erased_at);
        BuyerHistories { workspace, days, months, folded, erased_at, tail, after: None }
    }

    /// Visits all of [`Derived::buyer_histories`]. Each call brings the entries of some customers in
    /// one month, in order of customer and time; the calls come in order of the months.
    pub fn each_buyer_history(
        &self,
        days: Range<i32>,
        visit: impl FnMut(&[HistoryEntry]),
    ) -> Result<()> {
        self.buyer_histories(days).read(self.tx, usize::MAX, visit).map(|_| ())
    }

    /// Gathers all of [`Derived::buyer_histories`] on up to so many threads, while this one reads. Each
    /// makes something `new` and adds to it what a share of the customers bought, in calls as
    /// [`Derived::each_buyer_history`] has them, with the month.
    ///
    /// Customers are numbered anew in each share, without gaps. Which of them are in one share follows
    /// from the number of threads, so what is made of all shares together must not depend on that.
    pub fn gather_buyers<T: Send>(
        &self,
        days: Range<i32>,
        threads: usize,
        new: impl Fn() -> T + Sync,
        add: impl Fn(&mut T, i32, &[HistoryEntry]) + Sync,
    ) -> Result<Vec<T>> {
        let mut histories = self.buyer_histories(days);
        // All is of one snapshot, so that nothing has been folded since.
        let opened = Opened { through: i64::MAX, ..Opened::of(&histories) };
        let begin = || Share { opened: opened.clone(), gathered: new() };
        thread::scope(|scope| {
            let (mut places, mut others) = (Vec::new(), Vec::new());
            while places.len() < threads && threads > 1 {
                let (sender, batches) = sync_channel::<Batch>(BATCHES_AHEAD);
                let work = || {
                    let mut share = begin();
                    for batch in batches {
                        batch.each(|row| share.add(row, &add))?;
                    }
                    Ok(share.gathered)
                };
                let thread = thread::Builder::new().name("histories".into());
                // Where no more threads are to be had, those that are there do it.
                let Ok(other) = thread.spawn_scoped(scope, work) else { break };
                others.push(other);
                places.push(Waiting { batch: Batch::default(), sender });
            }
            if places.is_empty() {
                let mut share = begin();
                histories.each_row(&self.runs, |row| {
                    share.add(row, &add)?;
                    Ok(ControlFlow::Continue(()))
                })?;
                return Ok(vec![share.gathered]);
            }
            let shares = u32::try_from(places.len()).unwrap_or(u32::MAX);
            let read = histories.each_row(&self.runs, |row| {
                let (month, bucket) = row.place;
                let (bucket, at) = (bucket / shares, bucket % shares);
                Ok(places[at as usize].push(&Row { place: (month, bucket), ..*row }))
            });
            places.into_iter().for_each(Waiting::finish);
            let join = |other: thread::ScopedJoinHandle<'_, Result<T>>| {
                other.join().unwrap_or_else(|cause| resume_unwind(cause))
            };
            let gathered = others.into_iter().map(join).collect();
            read?;
            gathered
        })
    }
}

/// What customers bought and gave back, as of one snapshot, to be read in parts: each from a later
/// snapshot if need be, for what was folded since is told by its place in the log.
pub struct BuyerHistories {
    workspace: Workspace,
    days: Range<i32>,
    months: Range<i32>,
    /// Up to where the log was folded.
    folded: i64,
    /// When something had last been erased.
    erased_at: Option<Timestamp>,
    /// What was behind that, and has not been visited yet.
    tail: BTreeMap<Place, Vec<Line>>,
    /// The row that was read last.
    after: Option<Place>,
}

/// What reading in parts has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// There is more to be read.
    More,
    /// Everything has been visited.
    Last,
    /// The log has been unfolded meanwhile, or a customer erased, so that this has to begin anew.
    Gone,
}

/// Whether a line is of what was bought or given back.
fn counts(line: &Line) -> bool {
    match line {
        Line::Entry(entry) => matches!(entry.kind, HistoryKind::Sale(..) | HistoryKind::Refund(..)),
        Line::TakenBack { of, .. } => of.kind != HistoryKind::Interaction,
    }
}

/// What runs and the tail have of some customers in a month, as it is stored.
struct Row<'r> {
    place: Place,
    folded: &'r [u8],
    tail: &'r [Line],
}

impl BuyerHistories {
    /// Reads on, until `at_most` entries were visited or a few more. The calls are those of
    /// [`Derived::each_buyer_history`].
    pub fn read(
        &mut self,
        tx: &ReadTx<'_>,
        at_most: usize,
        mut visit: impl FnMut(&[HistoryEntry]),
    ) -> Result<Part> {
        let runs = tx.runs(self.workspace.id)?;
        let erased = tx.erased_at(self.workspace.id)? != self.erased_at;
        if runs.through() < self.folded || erased {
            return Ok(Part::Gone);
        }
        let (mut opened, mut visited) = (Opened::of(self), 0);
        self.each_row(&runs, |row| {
            let entries = opened.entries(row)?;
            visit(entries);
            visited += entries.len();
            Ok(if visited < at_most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })
    }

    /// Visits rows in their order, from where it has come to, until the visitor breaks off.
    fn each_row(
        &mut self,
        runs: &Runs<'_>,
        mut visit: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<Part> {
        let from = match self.after {
            None => row((self.months.start, 0)),
            Some((month, bucket)) => row((month, bucket.saturating_add(1))),
        };
        let mut united = runs.united();
        united.seek(&from, &row((self.months.end, 0)))?;
        let mut folded = Vec::new();
        loop {
            folded.clear();
            let next = match united.advance()? {
                Some((key, values)) => {
                    unite(values.iter(), &mut folded);
                    Some(place_of(key)?)
                }
                None => None,
            };
            // What only the tail has of the rows before.
            while let Some(early) = self.tail.first_entry()
                && next.is_none_or(|next| *early.key() < next)
            {
                let (place, tail) = early.remove_entry();
                self.after = Some(place);
                if visit(&Row { place, folded: &[], tail: &tail })?.is_break() {
                    return Ok(Part::More);
                }
            }
            let Some(place) = next else { return Ok(Part::Last) };
            let tail = self.tail.remove(&place).unwrap_or_default();
            self.after = Some(place);
            if visit(&Row { place, folded: &folded, tail: &tail })?.is_break() {
                return Ok(Part::More);
            }
        }
    }
}

/// Rows, opened one after the other.
#[derive(Clone)]
struct Opened {
    days: Range<i32>,
    local_time: LocalTime,
    /// What was folded later does not count.
    through: i64,
    gathered: Gathered,
    spare: Vec<HistoryEntry>,
}

impl Opened {
    fn of(histories: &BuyerHistories) -> Self {
        Self {
            days: histories.days.clone(),
            local_time: LocalTime::new(histories.workspace.timezone),
            through: histories.folded,
            gathered: Gathered::default(),
            spare: Vec::new(),
        }
    }

    /// The entries of a row that count, in order of customer and time.
    fn entries(&mut self, row: &Row<'_>) -> Result<&[HistoryEntry]> {
        let Self { days, local_time, through, gathered, spare } = self;
        gathered.clear();
        unpack(row.place, row.folded, |line| {
            if counts(&line) && line.seq() <= *through {
                gathered.add(line);
            }
        })?;
        row.tail.iter().for_each(|line| gathered.add(*line));
        let entries = gathered.settled();
        let (month, _) = row.place;
        let whole =
            days.start <= first_day_of_month(month) && first_day_of_month(month + 1) <= days.end;
        if !whole {
            entries.retain(|entry| days.contains(&local_time.day(entry.occurred_at)));
        }
        put_in_order(entries, spare);
        Ok(entries)
    }
}

/// What becomes of a share of the customers.
struct Share<T> {
    opened: Opened,
    gathered: T,
}

impl<T> Share<T> {
    fn add(&mut self, row: &Row<'_>, add: impl Fn(&mut T, i32, &[HistoryEntry])) -> Result<()> {
        let (month, _) = row.place;
        add(&mut self.gathered, month, self.opened.entries(row)?);
        Ok(())
    }
}

/// Rows on their way to another thread.
#[derive(Default)]
struct Batch {
    /// Each with the place where it ends.
    rows: Vec<(Place, usize)>,
    bytes: Vec<u8>,
}

impl Batch {
    fn push(&mut self, row: &Row<'_>) {
        let (month, _) = row.place;
        self.bytes.extend_from_slice(row.folded);
        row.tail.iter().for_each(|line| pack(month, line, &mut self.bytes));
        self.rows.push((row.place, self.bytes.len()));
    }

    fn each(&self, mut visit: impl FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
        let mut start = 0;
        for &(place, end) in &self.rows {
            visit(&Row { place, folded: &self.bytes[start..end], tail: &[] })?;
            start = end;
        }
        Ok(())
    }
}

/// A thread's batch that is not full yet, and the way to the thread.
struct Waiting {
    batch: Batch,
    sender: SyncSender<Batch>,
}

impl Waiting {
    /// Breaks off where the thread has: it tells why when it is joined.
    fn push(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        self.batch.push(row);
        if self.batch.bytes.len() < BATCH_BYTES {
            return ControlFlow::Continue(());
        }
        let full = std::mem::take(&mut self.batch);
        self.sender.send(full).map_or(ControlFlow::Break(()), ControlFlow::Continue)
    }

    /// Hands over what is left; there is no more to come. Not taken where the thread has broken off.
    fn finish(self) {
        self.sender.send(self.batch).ok();
    }
}
