//! The one shape of every report: a table with typed columns, rows and totals.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use crm_models::{Currency, Timestamp, words};
use serde::de;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};

use crate::total::rounded;
use crate::{Outside, Total};

words! {
    /// The reports there are.
    ReportName {
        /// One period and the one before it.
        Summary = "summary",
        /// By period.
        Sales = "sales",
        /// By product.
        Products = "products",
        /// By country.
        Countries = "countries",
        /// The most valuable customers.
        Customers = "customers",
        /// New against returning customers.
        Repeat = "repeat",
        /// What came back, by product.
        Refunds = "refunds",
        /// By weekday and hour.
        Heatmap = "heatmap",
        /// By sales channel.
        Channels = "channels",
        /// By recency, frequency and money.
        Rfm = "rfm",
        /// By month of first purchase.
        Cohorts = "cohorts",
    }
}

/// What one looks at first.
impl Default for ReportName {
    fn default() -> Self {
        Self::Summary
    }
}

impl ReportName {
    /// What it tells, in a line.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Summary => "Sales, refunds, orders and customers, beside the period before",
            Self::Sales => "The same by day, week, month, quarter or year",
            Self::Products => "What was sold, by product, the largest gross first",
            Self::Countries => "Where it was sold",
            Self::Customers => "The customers who brought most, by net",
            Self::Repeat => "New against returning customers, and the days between their orders",
            Self::Refunds => "What came back, by product",
            Self::Heatmap => "When people buy, by weekday and hour",
            Self::Channels => "How it was sold",
            Self::Rfm => "Customers by recency, frequency and money, from champions to lost",
            Self::Cohorts => "Retention and revenue by month of first purchase",
        }
    }
}

/// A report: what was asked, and the table that answers it.
///
/// As JSON, rows and totals are objects keyed by column; money is a string.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Report {
    /// Which report it is.
    pub report: ReportName,
    /// Currency of every money column.
    pub currency: Currency,
    /// How the days were chosen where neither end was given, such as `the last full month`,
    /// `this month so far` or `everything so far`.
    pub period: Option<Cow<'static, str>>,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its key in JSON and its head in CSV.
    pub name: Cow<'static, str>,
    /// What its values are.
    pub unit: Unit,
}

impl Column {
    /// A column of this name.
    pub const fn new(name: &'static str, unit: Unit) -> Self {
        Self { name: Cow::Borrowed(name), unit }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Text.
    Text,
    /// A whole number.
    Count,
    /// A number of pieces, or of a measure such as kilograms, with up to four decimals.
    Quantity,
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
    /// A number of pieces or of a measure, in 1/10,000 of one.
    Quantity(i128),
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
            Self::Quantity(quantity) => quantity_text(*quantity),
            Self::Money(amount) => amount.to_string(),
            Self::Ratio(ratio) => fixed(*ratio, 4),
            Self::Days(days) => fixed(*days, 1),
            Self::Time(time) => time.to_string(),
            Self::Number(number) => number_text(*number),
        }
    }
}

/// A quantity with the decimals that it has.
fn quantity_text(quantity: i128) -> String {
    let (sign, size) = (if quantity < 0 { "-" } else { "" }, quantity.unsigned_abs());
    let text = format!("{sign}{}.{:04}", size / 10_000, size % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number where it is one.
fn serialize_quantity<S: Serializer>(quantity: i128, serializer: S) -> Result<S::Ok, S::Error> {
    match i64::try_from(quantity / 10_000) {
        Ok(whole) if quantity % 10_000 == 0 => serializer.serialize_i64(whole),
        #[expect(clippy::cast_precision_loss, reason = "a float keeps fifteen digits")]
        _ => serializer.serialize_f64(quantity as f64 / 1e4),
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
            Self::Quantity(quantity) => serialize_quantity(*quantity, serializer),
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
        serializer.collect_map(self.0.iter().map(|column| &column.name).zip(self.1))
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

        let names: Vec<_> = self.columns.iter().map(|column| &column.name).collect();
        let units: BTreeMap<_, _> =
            self.columns.iter().map(|column| (&column.name, column.unit)).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("report", &self.report)?;
        map.serialize_entry("currency", &self.currency)?;
        map.serialize_entry("period", &self.period)?;
        map.serialize_entry("from", &self.from)?;
        map.serialize_entry("to", &self.to)?;
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

/// What was asked, and the table that answers it.
// A report as it is written: what is read, and what the schema describes.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Written {
    /// Its name.
    report: ReportName,
    /// Currency of every money column.
    currency: Currency,
    /// How the days were chosen where neither end was given, such as `the last full month`,
    /// `this month so far` or `everything so far`.
    period: Option<String>,
    /// First day that counts; null where none was asked for and nothing was bought before `to`.
    from: Option<NaiveDate>,
    /// First day that counts no more; null where none was asked for and nothing was bought from
    /// `from` on.
    to: Option<NaiveDate>,
    /// IANA name of the time zone whose days these are.
    timezone: String,
    /// Names of the columns, in order.
    columns: Vec<String>,
    /// What each column holds.
    units: BTreeMap<String, Unit>,
    /// A row, keyed by column: money and times are texts, the rest numbers, texts or null.
    rows: Vec<BTreeMap<String, serde_json::Value>>,
    /// Rows that the limit left out.
    omitted_rows: usize,
    /// Over everything asked for, keyed by column.
    totals: BTreeMap<String, serde_json::Value>,
    /// Purchases that are in none of these figures.
    outside: Outside,
}

impl TryFrom<Written> for Report {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { report, currency, period, from, to, timezone, omitted_rows, .. } = written;
        let column = |name: String| match written.units.get(&name) {
            Some(unit) => Ok(Column { name: name.into(), unit: *unit }),
            None => Err(format!("the column {name} has no unit")),
        };
        let columns: Vec<_> = written.columns.into_iter().map(column).collect::<Result<_, _>>()?;
        let row = |mut row: BTreeMap<String, serde_json::Value>| -> Result<Vec<Value>, String> {
            let cells = columns.iter().map(|column| {
                let cell = row.remove(&*column.name).unwrap_or_default();
                Value::read(column.unit, cell).map_err(|error| format!("{}: {error}", column.name))
            });
            cells.collect()
        };
        Ok(Self {
            rows: written.rows.into_iter().map(row).collect::<Result<_, _>>()?,
            totals: row(written.totals)?,
            report,
            currency,
            period: period.map(Cow::Owned),
            from,
            to,
            timezone,
            columns,
            omitted_rows,
            outside: written.outside,
        })
    }
}

impl Value {
    /// A cell of a column as it is written.
    fn read(unit: Unit, cell: serde_json::Value) -> Result<Self, serde_json::Error> {
        fn as_type<T: de::DeserializeOwned>(cell: serde_json::Value) -> serde_json::Result<T> {
            serde_json::from_value(cell)
        }
        #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
        let scaled =
            |cell, scale: f64| as_type::<f64>(cell).map(|share| (share * scale).round() as i64);
        if cell.is_null() {
            return Ok(Self::None);
        }
        Ok(match unit {
            Unit::Text => Self::Text(as_type(cell)?),
            Unit::Count => Self::Count(as_type(cell)?),
            Unit::Quantity => Self::Quantity(scaled(cell, 1e4)?.into()),
            Unit::Money => Self::Money(as_type(cell)?),
            Unit::Ratio => Self::Ratio(scaled(cell, 1e4)?),
            Unit::Days => Self::Days(scaled(cell, 10.0)?),
            Unit::Time => Self::Time(as_type(cell)?),
            Unit::Number => Self::Number(as_type(cell)?),
        })
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Report {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        Written::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Report {
    fn schemas(
        schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>,
    ) {
        Written::schemas(schemas);
    }
}
