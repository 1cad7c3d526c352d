//! What a file is taken for, before anything is stored: which column is what and why, with examples of how
//! it is read; and what was decided about the file as a whole, in words.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::rc::Rc;

use crm_models::Timestamp;
use csv::ByteRecord;

use super::field::Field;
use super::mapping::{Columns, Mapping};
use super::meaning::{self, Preset, Recognised, Why};
use super::moment::DateStyle;
use super::order;
use super::question::Question;
use super::read::{Encoding, Files, Records};
use super::survey::{Found, Survey};
use super::{ImportError, Plan};

/// Lines that are looked at to know what columns are.
const SAMPLE_LINES: usize = 2_000;
/// Examples of a column.
const EXAMPLES: usize = 2;
/// Letters of an example that are shown.
const SHOWN_LETTERS: usize = 28;

/// What a file was taken for.
#[derive(Debug)]
pub struct Look {
    /// Which column is what.
    pub mapping: Mapping,
    /// The kind of file that it is, if it is one that is known.
    pub preset: Option<Preset>,
    /// What is unsure, each with what to say about it.
    pub unsure: Vec<String>,
    why: BTreeMap<&'static str, Why>,
}

/// Finds out which column of files is what, as far as that was not said.
///
/// # Errors
/// When they cannot be read, when they have no such columns, or when nothing seems to be a time or money.
pub fn look(
    files: &Files<'_>,
    told: Option<&Mapping>,
    preset: Option<Preset>,
) -> Result<Look, ImportError<Infallible>> {
    let header = files.header();
    let said = |mapping: &Mapping| {
        let fields = Field::ALL.iter().filter(|field| mapping.column(**field).is_some());
        fields.map(|field| (field.as_str(), Why::Told)).collect()
    };
    let plain = |mapping: Mapping, preset, why| Look { mapping, preset, unsure: Vec::new(), why };
    let look = match (told, preset) {
        (_, Some(preset)) => {
            let mapping = preset.mapping_for(header);
            let why = said(&mapping);
            plain(mapping, Some(preset), why)
        }
        (Some(told), None) if told.is_complete() => plain(told.clone(), None, said(told)),
        (told, None) => {
            let Recognised { preset, mapping, mut why, unsure } =
                meaning::recognise(header, &sample(files)?);
            let mapping = match told {
                Some(told) => {
                    // It has to be there, whatever else is found.
                    why.extend(said(told));
                    told.clone().or(mapping.without(told))
                }
                None => mapping,
            };
            if mapping.is_empty() {
                mapping.resolve(header)?;
            }
            if mapping.check().is_err() {
                return Err(mapping.not_found(header).into());
            }
            let is_open = |field: &Field| told.is_none_or(|told| told.column(*field).is_none());
            let unsure = unsure.into_iter().filter(|(field, ..)| is_open(field));
            let unsure = unsure.map(|(field, chosen, why)| {
                let (field, why) = (field.as_str(), why.to_owned());
                Question::Column { field, chosen, why }.to_string()
            });
            let unsure = unsure.collect();
            Look { mapping, preset, unsure, why }
        }
    };
    look.mapping.resolve(header)?;
    Ok(look)
}

/// Lines from the beginning.
fn sample(files: &Files<'_>) -> Result<Vec<ByteRecord>, ImportError<Infallible>> {
    let mut records = Records::open(files, Rc::default())?;
    let mut sample = Vec::new();
    while sample.len() < SAMPLE_LINES && records.next()? {
        sample.push(records.record.clone());
    }
    Ok(sample)
}

/// What a file is taken for, as it is shown.
#[derive(Debug)]
pub struct Preview {
    what: String,
    columns: Vec<Column>,
    ignored: Vec<String>,
}

#[derive(Debug)]
struct Column {
    name: String,
    fields: Vec<&'static str>,
    why: &'static str,
    examples: Vec<(String, String)>,
}

/// Shows what files are taken for, by lines from their beginning.
///
/// # Errors
/// When they cannot be read.
pub fn preview(
    files: &Files<'_>,
    plan: &Plan,
    look: &Look,
) -> Result<Preview, ImportError<Infallible>> {
    let header = files.header();
    let mut columns = plan.mapping.resolve(header)?;
    let mut survey = Survey::new(&columns);
    let mut records = Records::open(files, Rc::default())?;
    let mut sample = Vec::new();
    while sample.len() < SAMPLE_LINES && records.next()? {
        survey.look(&records, &columns);
        sample.push(records.record.clone());
    }
    let found = survey.finish(plan, &mut columns);
    let mut shown = Vec::new();
    let mut ignored = Vec::new();
    for name in header {
        let fields: Vec<_> = Field::ALL
            .iter()
            .copied()
            .filter(|field| plan.mapping.column(*field) == Some(name))
            .collect();
        let Some(first) = fields.first().copied() else {
            ignored.push(name.clone());
            continue;
        };
        let why = match look.why.get(first.as_str()) {
            Some(Why::Told) => "as you said",
            Some(Why::Preset) => "by the kind of file",
            Some(Why::Name) | None => "by its name",
            Some(Why::Content(why)) => why,
        };
        shown.push(Column {
            name: name.clone(),
            fields: fields.iter().map(|field| field.as_str()).collect(),
            why,
            examples: examples(&sample, &columns, &found, plan, first),
        });
    }
    let what = match look.preset {
        Some(preset) => format!("{} (--preset {})", preset.what(), preset.name()),
        None if columns.has_prices() && columns.has_products() => {
            "orders with what was bought, a line each".to_owned()
        }
        None => "orders without what was bought, a line each".to_owned(),
    };
    Ok(Preview { what, columns: shown, ignored })
}

/// Different texts of a column, and what each is read as.
fn examples(
    sample: &[ByteRecord],
    columns: &Columns,
    found: &Found,
    plan: &Plan,
    field: Field,
) -> Vec<(String, String)> {
    let mut reader = found.reader(plan);
    let mut examples: Vec<(String, String)> = Vec::new();
    for record in sample {
        let Some(text) =
            columns.get(record, field).and_then(|bytes| std::str::from_utf8(bytes).ok())
        else {
            continue;
        };
        if examples.iter().any(|(known, _)| known == text) {
            continue;
        }
        let read = match field {
            Field::OccurredAt | Field::CancelledAt => {
                let is_time = field == Field::OccurredAt;
                let part = |part| columns.get(record, part).filter(|_| is_time);
                let (time, zone) = (part(Field::Time), part(Field::Zone));
                match reader.moments.read_parts(text.as_bytes(), time, zone) {
                    Ok(at) => local(at, plan),
                    Err(reason) => reason.text().to_owned(),
                }
            }
            Field::State => match order::standing(text, &plan.states) {
                Some(standing) => standing.as_str().to_owned(),
                None => "not known".to_owned(),
            },
            field if Field::NUMBERS.contains(&field) => {
                let currency = order::currency_of(record, columns).ok().flatten();
                match reader.numbers.plain(text, field, currency.unwrap_or(plan.currency)) {
                    Ok(number) => number.into_owned(),
                    Err(reason) => reason.text().to_owned(),
                }
            }
            _ => text.to_owned(),
        };
        examples.push((text.to_owned(), read));
        if examples.len() == EXAMPLES {
            break;
        }
    }
    examples
}

fn local(at: Timestamp, plan: &Plan) -> String {
    let at: chrono::DateTime<chrono::Utc> = at.into();
    at.with_timezone(&plan.timezone).format("%Y-%m-%d %H:%M").to_string()
}

fn short(text: &str) -> String {
    let mut letters = text.chars().flat_map(char::escape_debug);
    let mut short: String = letters.by_ref().take(SHOWN_LETTERS).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "taken for {}", self.what)?;
        let rows: Vec<[String; 3]> = self
            .columns
            .iter()
            .map(|column| {
                let example = |(text, read): &(String, String)| {
                    let (text, read) = (short(text), short(read));
                    if text == read { text } else { format!("{text} → {read}") }
                };
                let examples: Vec<_> = column.examples.iter().map(example).collect();
                [
                    short(&column.name),
                    format!("{}, {}", column.fields.join(", "), column.why),
                    examples.join("; "),
                ]
            })
            .collect();
        let width = |at: usize| {
            let widths = rows.iter().filter_map(|row| row.get(at));
            widths
                .map(|cell| unicode_width::UnicodeWidthStr::width(cell.as_str()))
                .max()
                .unwrap_or(0)
        };
        let widths = [width(0), width(1)];
        for [name, meaning, examples] in &rows {
            let pad = |text: &str, width: usize| {
                let own = unicode_width::UnicodeWidthStr::width(text);
                " ".repeat(width.saturating_sub(own))
            };
            let line = format!(
                "  {name}{}  {meaning}{}  {examples}",
                pad(name, widths[0]),
                pad(meaning, widths[1])
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        if !self.ignored.is_empty() {
            writeln!(f, "  not used: {}", super::read::listed(&self.ignored))?;
        }
        Ok(())
    }
}

/// What was decided about a file as a whole, in words; nothing where there was nothing to decide.
pub(super) fn notes(files: &Files<'_>, plan: &Plan, found: &Found) -> Vec<String> {
    let mut notes = Vec::new();
    let mut encodings: Vec<_> = files
        .readings()
        .flatten()
        .map(|(encoding, _)| encoding)
        .filter(|encoding| *encoding != Encoding::UTF_8)
        .map(Encoding::name)
        .collect();
    encodings.dedup();
    if !encodings.is_empty() {
        notes.push(format!(
            "the text is read as {}; --encoding says otherwise",
            encodings.join(", ")
        ));
    }
    if plan.mapping.column(Field::PurchaseId).is_none() {
        let is_known = [Field::CustomerId, Field::Email, Field::Phone]
            .iter()
            .any(|field| plan.mapping.column(*field).is_some());
        notes.push(match is_known {
            true => "no column has the number of the order: lines of one customer and time are one"
                .to_owned(),
            false => "no column has the number of the order: each line is one".to_owned(),
        });
    }
    let quoted = |text: &str| super::read::listed(&[text]);
    match (&found.dates, plan.date_order) {
        (DateStyle::Shown(order, (place, text)), None) => notes.push(format!(
            "dates are read {}, as \"{}\" (line {}) shows",
            order.as_str(),
            quoted(text),
            place.line
        )),
        (DateStyle::Mixed([(one, first), (other, second)]), None) => notes.push(format!(
            "dates are mixed: \"{}\" (line {}) has the day and the month in another order than \"{}\" (line \
             {}); those that show neither are skipped",
            quoted(second),
            other.line,
            quoted(first),
            one.line
        )),
        _ => {}
    }
    for field in &found.shares {
        let column = plan.mapping.column(*field).unwrap_or_default();
        notes.push(format!(
            "\"{}\" differs between lines of an order: each line's counts ({})",
            quoted(column),
            field.as_str()
        ));
    }
    if !found.states.is_empty() {
        let told: Vec<_> = found
            .states
            .iter()
            .take(40)
            .map(|(word, count, standing)| {
                let standing = standing.map_or("not known", |standing| standing.as_str());
                format!("{} {count}× as {standing}", quoted(word))
            })
            .collect();
        notes.push(format!("states: {}", told.join(", ")));
    }
    notes
}
