//! The one shape of every report: a table with typed columns, rows and totals.

use chrono::NaiveDate;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::money::Currency;
use crate::outside::Outside;
use crate::time::Timestamp;
use crate::total::{Total, rounded};

/// A report: what was asked, and the table that answers it.
///
/// As JSON, rows and totals are objects keyed by column; money is a string.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Name of the report, such as `sales`.
    pub report: &'static str,
    /// Currency of every money column.
    pub currency: Currency,
    /// How the days were chosen where they were not asked for, such as `the last full month`.
    pub period: Option<&'static str>,
    /// First day that counts; `None` where none was asked for and nothing was bought before `to`.
    pub from: Option<NaiveDate>,
    /// First day that counts no more; `None` where none was asked for and nothing was bought from
    /// `from` on.
    pub to: Option<NaiveDate>,
    /// IANA name of the time zone whose days these are.
    pub timezone: String,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// One value a column.
    pub rows: Vec<Vec<Value>>,
    /// Rows that the limit left out.
    pub omitted_rows: usize,
    /// Over everything asked for, not only the rows shown; [`Value::None`] where a column has
    /// no total.
    pub totals: Vec<Value>,
    /// Purchases that are in none of these figures.
    pub outside: Outside,
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its key in JSON and its head in CSV.
    pub name: &'static str,
    /// What its values are.
    pub unit: Unit,
}

/// What a column's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Text.
    Text,
    /// A whole number.
    Count,
    /// Money in the report's currency.
    Money,
    /// A share of one.
    Ratio,
    /// A number of days.
    Days,
    /// An instant.
    Time,
    /// A number with a fraction, such as a probability or a mean.
    Number,
}

/// One value of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing to say.
    None,
    /// Text.
    Text(String),
    /// A whole number.
    Count(i64),
    /// Money in the report's currency.
    Money(Total),
    /// A share of one, in 1/10,000.
    Ratio(i64),
    /// A number of days, in 1/10.
    Days(i64),
    /// An instant.
    Time(Timestamp),
    /// A number with a fraction.
    Number(f64),
}

impl Value {
    /// A share of `whole`, rounded to 1/10,000; nothing when the whole is zero.
    pub fn ratio(part: impl Into<i128>, whole: impl Into<i128>) -> Self {
        let ratio = rounded(part.into() * 10_000, whole.into());
        // A part that is more than 10^14 times the whole has no share worth telling.
        ratio.and_then(|ratio| i64::try_from(ratio).ok()).map_or(Self::None, Self::Ratio)
    }

    /// The value as plain text: as in CSV, and in JSON strings.
    pub fn to_text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Money(amount) => amount.to_string(),
            Self::Ratio(ratio) => fixed(*ratio, 4),
            Self::Days(days) => fixed(*days, 1),
            Self::Time(time) => time.to_string(),
            Self::Number(number) => number_text(*number),
        }
    }
}

/// All digits of a number; very small and very large ones with an exponent, as a spreadsheet reads
/// them.
fn number_text(number: f64) -> String {
    let plain = number == 0.0 || (1e-4..1e16).contains(&number.abs());
    if plain { number.to_string() } else { format!("{number:e}") }
}

/// A whole number of 1/10^`decimals`, with all its decimals.
fn fixed(value: i64, decimals: u32) -> String {
    let scale = 10_u64.pow(decimals);
    let (magnitude, sign) = (value.unsigned_abs(), if value < 0 { "-" } else { "" });
    let width = decimals as usize;
    format!("{sign}{}.{:0width$}", magnitude / scale, magnitude % scale)
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_none(),
            Self::Count(count) => serializer.serialize_i64(*count),
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            Self::Ratio(ratio) => serializer.serialize_f64(*ratio as f64 / 1e4),
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            Self::Days(days) => serializer.serialize_f64(*days as f64 / 10.0),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Money(_) | Self::Time(_) => serializer.serialize_str(&self.to_text()),
        }
    }
}

/// A row as a JSON object keyed by column.
struct Keyed<'a>(&'a [Column], &'a [Value]);

impl Serialize for Keyed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|column| column.name).zip(self.1))
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Rows<'a>(&'a Report);
        impl Serialize for Rows<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut rows = serializer.serialize_seq(Some(self.0.rows.len()))?;
                for row in &self.0.rows {
                    rows.serialize_element(&Keyed(&self.0.columns, row))?;
                }
                rows.end()
            }
        }

        let names: Vec<_> = self.columns.iter().map(|column| column.name).collect();
        let units: std::collections::BTreeMap<_, _> =
            self.columns.iter().map(|column| (column.name, column.unit)).collect();
        let date = |date: Option<NaiveDate>| date.map(|date| date.to_string());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("report", self.report)?;
        map.serialize_entry("currency", &self.currency)?;
        map.serialize_entry("period", &self.period)?;
        map.serialize_entry("from", &date(self.from))?;
        map.serialize_entry("to", &date(self.to))?;
        map.serialize_entry("timezone", &self.timezone)?;
        map.serialize_entry("columns", &names)?;
        map.serialize_entry("units", &units)?;
        map.serialize_entry("rows", &Rows(self))?;
        map.serialize_entry("omitted_rows", &self.omitted_rows)?;
        map.serialize_entry("totals", &Keyed(&self.columns, &self.totals))?;
        map.serialize_entry("outside", &self.outside)?;
        map.end()
    }
}
