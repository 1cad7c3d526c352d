//! Second pass over a file: lines become drafts, drafts become events, events go to the sink.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crm_models::{Code, Customer, Event, Invalid};
use csv::ByteRecord;

use super::draft::{Closed, Draft};
use super::field::Field;
use super::ids::Numbering;
use super::line::Reader;
use super::mapping::Columns;
use super::read::{Place, Records};
use super::reason::Reason;
use super::rejects::Rejects;
use super::runs::LastLines;
use super::survey::Found;
use super::{CHUNK_EVENTS, ImportError, Plan, Sink, Summary};
use crate::ingest::Outcome;

/// Customers whose latest details are remembered, so that they are sent only when they change.
const KNOWN_CUSTOMERS: usize = 1_000_000;

/// What is told of a purchase that is stored otherwise: what whoever runs an import can do.
const CONFLICT: &str = "a purchase of this number is stored with other content; an import with --replace \
                        stores what the file says in its place";

/// An import under way.
pub(super) struct Gather<'a, 'w, E> {
    plan: &'a Plan,
    columns: Columns,
    last_lines: LastLines,
    numbering: Numbering,
    reader: Reader<'a>,
    /// The purchase whose lines are being read.
    current: Option<Open>,
    /// Purchases that will come back, by their ids.
    waiting: HashMap<Vec<u8>, Open>,
    /// Hashes of customers' ids, and of the details that were told last.
    known: HashMap<u64, u64>,
    /// Events for the sink, each with the line of the file that it began on.
    chunk: Vec<(Event, Place)>,
    rejects: Rejects<'w>,
    sink: &'a mut Sink<'a, E>,
    summary: Summary,
}

/// A purchase that is not closed.
struct Open {
    id: Vec<u8>,
    /// Why no line of this id can count, if the id itself is at fault.
    draft: Result<Draft, Reason>,
    /// The record it was read up to.
    last: u64,
    /// Lines that bear its id, so far.
    lines: u64,
    scattered: bool,
}

impl<'a, 'w, E> Gather<'a, 'w, E> {
    pub(super) fn new(
        plan: &'a Plan,
        columns: Columns,
        found: Found,
        rejects: Rejects<'w>,
        sink: &'a mut Sink<'a, E>,
    ) -> Self {
        Self {
            numbering: Numbering::default(),
            reader: found.reader(plan),
            plan,
            columns,
            last_lines: found.last_lines,
            current: None,
            waiting: HashMap::new(),
            known: HashMap::new(),
            chunk: Vec::with_capacity(CHUNK_EVENTS),
            rejects,
            sink,
            summary: Summary::default(),
        }
    }

    /// Lines taken in so far.
    pub(super) fn lines(&self) -> u64 {
        self.summary.lines
    }

    /// Takes in the record that was read last.
    pub(super) fn line(&mut self, records: &Records<'_>) -> Result<(), ImportError<E>> {
        self.summary.lines += 1;
        let mut numbering = std::mem::take(&mut self.numbering);
        let outcome = match numbering.of(&records.record, &self.columns) {
            None => Err(Reason::MissingPurchaseId),
            Some(id) => {
                self.turn_to(id, records)?;
                if let Some(open) = &mut self.current {
                    open.lines += 1;
                }
                let added = self.add(records);
                if let Err(reason) = added
                    && reason.is_fault()
                    && let Some(Open { draft: Ok(draft), .. }) = &mut self.current
                {
                    // All of a purchase or none of it.
                    draft.spoil();
                }
                added
            }
        };
        self.numbering = numbering;
        outcome.or_else(|reason| {
            let place = records.place();
            self.summary.skip(reason, 1, place);
            self.miss(reason, &records.record);
            self.rejects.line(place, reason.code(), &records.record).map_err(ImportError::Rejects)
        })
    }

    /// Counts the money of a line that is skipped.
    fn miss(&mut self, reason: Reason, record: &ByteRecord) {
        if reason.is_fault() {
            let (worth, currency) = self.reader.worth(record, &self.columns);
            self.summary.miss(reason, worth, currency);
        }
    }

    /// Closes whatever is open, and accounts for everything.
    pub(super) fn finish(mut self) -> Result<Summary, ImportError<E>> {
        if let Some(open) = self.current.take() {
            self.close(open)?;
        }
        // Only a file that changed between the passes, or ids whose hashes agree, leave any.
        let mut left: Vec<_> = std::mem::take(&mut self.waiting).into_values().collect();
        left.sort_unstable_by_key(|open| open.last);
        left.into_iter().try_for_each(|open| self.close(open))?;
        self.flush()?;
        self.rejects.finish().map_err(ImportError::Rejects)?;
        Ok(self.summary)
    }

    /// Hands over the purchases that are closed, and accounts for what was handed over. Half of a
    /// purchase would be in the way of the whole one, so that what is open is left out.
    pub(super) fn stop(mut self) -> Result<Summary, ImportError<E>> {
        self.flush()?;
        self.rejects.finish().map_err(ImportError::Rejects)?;
        let open = self.current.iter().chain(self.waiting.values());
        self.summary.lines -= open.map(|open| open.lines).sum::<u64>();
        Ok(self.summary)
    }

    /// Makes the purchase of this id the current one.
    fn turn_to(&mut self, id: &[u8], records: &Records<'_>) -> Result<(), ImportError<E>> {
        if let Some(open) = &mut self.current
            && open.id == id
        {
            open.last = records.line;
            return Ok(());
        }
        if let Some(open) = self.current.take() {
            if self.last_lines.comes_back(&open.id, open.last) {
                self.waiting.insert(open.id.clone(), open);
            } else {
                self.close(open)?;
            }
        }
        self.current = Some(match self.waiting.remove(id) {
            Some(mut open) => {
                if let Ok(draft) = &mut open.draft {
                    draft.part();
                }
                Open { last: records.line, scattered: true, ..open }
            }
            None => Open {
                id: id.to_vec(),
                draft: Draft::new(id, records.place()),
                last: records.line,
                lines: 0,
                scattered: false,
            },
        });
        Ok(())
    }

    fn add(&mut self, records: &Records<'_>) -> Result<(), Reason> {
        let line = self.reader.read(&records.record, &self.columns)?;
        match self.current.as_mut().map(|open| &mut open.draft) {
            Some(Ok(draft)) => {
                let kept = || (records.place(), records.record.clone());
                draft.add(&line, &self.columns, self.rejects.is_wanted().then(kept))
            }
            Some(Err(reason)) => Err(*reason),
            None => Err(Reason::MissingPurchaseId),
        }
    }

    fn close(&mut self, open: Open) -> Result<(), ImportError<E>> {
        let Ok(draft) = open.draft else { return Ok(()) };
        let (id, first_line) = (draft.id.clone(), draft.first_line);
        let closing = draft.close(self.plan.currency, self.plan.replace);
        for (field, sum) in Field::OF_ORDER.into_iter().zip(closing.sums) {
            if let (Some(sum), Some(column)) = (sum, self.plan.mapping.column(field)) {
                self.summary.tell_column(column, sum, closing.currency);
            }
        }
        for (reason, lines) in closing.left_out.into_iter().filter(|(_, lines)| lines.count > 0) {
            self.summary.skip(reason, lines.count, first_line);
            self.summary.miss(reason, Some(lines.worth), closing.currency);
            self.rejects
                .lines(&lines, reason.code(), first_line, &id)
                .map_err(ImportError::Rejects)?;
        }
        self.summary.scattered += u64::from(open.scattered && !closing.closed.is_empty());
        for closed in closing.closed {
            self.summary.count(&closed);
            let Closed { purchase, customer, .. } = closed;
            if let Some(customer) = customer.filter(|customer| is_news(&mut self.known, customer)) {
                self.summary.customers += 1;
                self.chunk.push((customer.into(), first_line));
            }
            self.chunk.push((purchase.into(), first_line));
        }
        if self.chunk.len() >= CHUNK_EVENTS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), ImportError<E>> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        self.chunk.sort_by_key(|(event, _)| event.occurred_at());
        let mut origins = Vec::with_capacity(self.chunk.len());
        let mut events = Vec::with_capacity(self.chunk.len());
        for (event, line) in self.chunk.drain(..) {
            origins.push((line, name(&event)));
            events.push(event);
        }
        let outcomes = (self.sink)(events).map_err(ImportError::Sink)?;
        for ((line, name), outcome) in origins.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Accepted => self.summary.accepted += 1,
                Outcome::Updated => {
                    self.summary.accepted += 1;
                    self.summary.updated += 1;
                }
                Outcome::Duplicate | Outcome::Superseded => self.summary.duplicate += 1,
                Outcome::Rejected(Invalid { code, field, message }) => {
                    *self.summary.rejected.entry(code.as_str()).or_default() += 1;
                    let rule = if code == Code::Conflict { CONFLICT } else { &*message };
                    let what = format!("{name}: {field}: {rule}");
                    self.rejects.event(line, code.as_str(), &what).map_err(ImportError::Rejects)?;
                }
            }
        }
        Ok(())
    }
}

/// What the rejects call an event.
fn name(event: &Event) -> String {
    match event {
        Event::Purchase(purchase) => {
            purchase.purchase_id.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default()
        }
        other => other.customer_id().map(|id| id.as_str().to_owned()).unwrap_or_default(),
    }
}

/// Whether a customer's details differ from those told last.
fn is_news(known: &mut HashMap<u64, u64>, customer: &Customer) -> bool {
    let mut hasher = DefaultHasher::new();
    customer.customer_id.hash(&mut hasher);
    let id = hasher.finish();
    (&customer.name, &customer.email, &customer.phone).hash(&mut hasher);
    let details = hasher.finish();
    // Forgetting costs an event that says nothing new, never one that is missing.
    if known.len() >= KNOWN_CUSTOMERS {
        known.clear();
    }
    known.insert(id, details) != Some(details)
}
