//! First pass over files: what only whole columns show. Which purchases come back, how each column writes
//! numbers and dates, which sums each line has a share of, and which words stand for states.

use std::collections::BTreeMap;

use csv::ByteRecord;

use super::Plan;
use super::decimals::{Decided, Shown};
use super::field::Field;
use super::ids::Numbering;
use super::line::Reader;
use super::mapping::Columns;
use super::moment::{DateOrder, DateStyle, Evidence, Moments};
use super::number::Numbers;
use super::order::{self, Words};
use super::question::Question;
use super::read::{Doubts, Place, Records};
use super::runs::{LastLines, RunFinder};

/// Different words for states that are kept.
const MOST_WORDS: usize = 200;

/// A first pass under way.
pub(super) struct Survey {
    numbering: Numbering,
    finder: RunFinder,
    shown: [Shown; Field::COUNT],
    dates: Evidence<Place>,
    shares: Shares,
    words: BTreeMap<String, (u64, Place)>,
    pub(super) doubts: Doubts,
    /// Columns of numbers that there are.
    numbers: Vec<Field>,
}

impl Survey {
    pub(super) fn new(columns: &Columns) -> Self {
        Self {
            numbering: Numbering::default(),
            finder: RunFinder::new(),
            shown: [const { Shown::NONE }; Field::COUNT],
            dates: Evidence::default(),
            shares: Shares::new(columns),
            words: BTreeMap::new(),
            doubts: Doubts::default(),
            numbers: Field::NUMBERS.into_iter().filter(|field| columns.has(*field)).collect(),
        }
    }

    /// Takes in the record that was read last.
    pub(super) fn look(&mut self, records: &Records<'_>, columns: &Columns) {
        let record = &records.record;
        records.doubt(&mut self.doubts);
        if let Some(id) = self.numbering.of(record, columns) {
            let is_same = self.finder.line(records.line, id);
            if columns.has_order_fields {
                self.shares.look(record, columns, is_same);
            }
        }
        for field in &self.numbers {
            if let Some(bytes) = columns.get(record, *field) {
                self.shown[*field as usize].look(bytes, || records.place());
            }
        }
        for field in [Field::OccurredAt, Field::CancelledAt] {
            if let Some(bytes) = columns.get(record, field) {
                self.dates.look_at(bytes, || records.place());
            }
        }
        if let Some(word) = columns.get(record, Field::State) {
            self.word(word, || records.place());
        }
    }

    fn word(&mut self, word: &[u8], place: impl FnOnce() -> Place) {
        let Ok(word) = std::str::from_utf8(word) else { return };
        if let Some((count, _)) = self.words.get_mut(word) {
            *count += 1;
        } else if self.words.len() < MOST_WORDS {
            self.words.insert(word.to_owned(), (1, place()));
        }
    }

    /// What all of it shows.
    pub(super) fn finish(self, plan: &Plan, columns: &mut Columns) -> Found {
        let mut questions = Vec::new();
        let numbers = Decided::of(plan.decimals, &self.shown);
        for (field, place, text) in &numbers.open {
            let column = plan.mapping.column(*field).unwrap_or_default().to_owned();
            questions.push(Question::Decimals { column, text: text.clone(), place: *place });
        }
        let style = self.dates.finish();
        let date_order = match (&style, plan.date_order) {
            (_, Some(told)) => Some(told),
            (DateStyle::Shown(order, _), None) => Some(*order),
            _ => None,
        };
        if let (DateStyle::Open((place, text)), None) = (&style, plan.date_order) {
            let column = plan.mapping.column(Field::OccurredAt).unwrap_or_default().to_owned();
            questions.push(Question::Dates { column, text: text.clone(), place: *place });
        }
        let states: Vec<_> = self
            .words
            .into_iter()
            .filter(|(word, _)| !crm_models::is_placeholder(word))
            .map(|(word, (count, place))| {
                let standing = order::standing(&word, &plan.states);
                if standing.is_none() {
                    questions.push(Question::State { word: word.clone(), count, place });
                }
                (word, count, standing)
            })
            .collect();
        let shares = self.shares.found();
        shares.iter().for_each(|field| columns.set_per_line(*field));
        if !columns.has(Field::PurchaseId) {
            // Lines that were put together by who and when are payments of their own.
            Field::OF_ORDER.into_iter().for_each(|field| columns.set_per_line(field));
        }
        Found {
            last_lines: self.finder.finish(),
            numbers,
            date_order,
            dates: style,
            states,
            shares,
            questions,
        }
    }
}

/// What a first pass showed.
pub(super) struct Found {
    pub(super) last_lines: LastLines,
    pub(super) numbers: Decided,
    date_order: Option<DateOrder>,
    pub(super) dates: DateStyle<Place>,
    /// Words for states with how many lines have them, and what each was taken for.
    pub(super) states: Vec<(String, u64, Option<super::meaning::Standing>)>,
    /// Sums of the whole order of which each line has a share.
    pub(super) shares: Vec<Field>,
    pub(super) questions: Vec<Question>,
}

impl Found {
    /// What reads the lines.
    pub(super) fn reader<'p>(&self, plan: &'p Plan) -> Reader<'p> {
        let known = self.states.iter();
        let known = known.filter_map(|(word, _, standing)| Some((word.clone(), (*standing)?)));
        let known = known.collect();
        let zone = if plan.mapping.is_utc() { chrono_tz::UTC } else { plan.timezone };
        Reader {
            moments: Moments::new(zone, self.date_order),
            numbers: Numbers::new(self.numbers.clone()),
            currency: plan.currency,
            words: Words { known, told: &plan.states },
        }
    }
}

/// Which sums of the whole order differ between lines of one.
struct Shares {
    fields: Vec<(Field, Vec<u8>, bool)>,
}

impl Shares {
    fn new(columns: &Columns) -> Self {
        let fields = Field::OF_ORDER.into_iter().filter(|field| columns.has(*field));
        Self { fields: fields.map(|field| (field, Vec::new(), false)).collect() }
    }

    /// Takes in a line, which is of the same purchase as the one before or not.
    fn look(&mut self, record: &ByteRecord, columns: &Columns, is_same: bool) {
        for (field, last, differs) in &mut self.fields {
            let told = columns.get(record, *field).unwrap_or_default();
            *differs |= is_same && !told.is_empty() && !last.is_empty() && told != *last;
            if !is_same || !told.is_empty() {
                last.clear();
                last.extend_from_slice(told);
            }
        }
    }

    fn found(&self) -> Vec<Field> {
        let found = self.fields.iter().filter(|(_, _, differs)| *differs);
        found.map(|(field, ..)| *field).collect()
    }
}
