//! Which column of a file means what: a mapping of fields to column names, and that mapping resolved
//! against a file's header.

use std::borrow::Cow;
use std::str::FromStr;

use csv::ByteRecord;

use super::field::Field;
use super::read::listed;

/// What [`Field::Total`] was called before, which read as the total of a purchase of many lines.
const FORMER_TOTAL: &str = "total";

/// Fields and the names of their columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    columns: [Option<String>; Field::COUNT],
    /// Skus of what is charged and is no goods.
    fees: &'static [&'static str],
    /// Fields of the whole purchase of which each line has its own share.
    per_line: &'static [Field],
    /// Whether times without an offset are those of UTC.
    utc: bool,
}

impl Default for Mapping {
    fn default() -> Self {
        Self { columns: [const { None }; Field::COUNT], fees: &[], per_line: &[], utc: false }
    }
}

/// Why a mapping cannot be used, as it stands or with this file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// Not a list of `field=Column`.
    #[error(
        "a mapping is a list such as purchase_id=Invoice,sku=StockCode; \"{0}\" is no part of one"
    )]
    Malformed(String),
    /// There is no such field.
    #[error("there is no field \"{field}\"; the fields are {known}")]
    UnknownField {
        /// What was given.
        field: String,
        /// All fields.
        known: String,
    },
    /// A field was given two columns.
    #[error("the field \"{0}\" is mapped twice")]
    Twice(&'static str),
    /// A field that every import needs has no column.
    #[error("no column is mapped to {0}")]
    Unmapped(&'static str),
    /// Nothing was said of the columns at all.
    #[error(
        "its columns are {available}: say which is what, such as --map \
         purchase_id=…,occurred_at=…,customer_id=…,sku=…,quantity=…,unit_price=…"
    )]
    Missing {
        /// The names the file has.
        available: String,
    },
    /// No column seems to be what every import needs.
    #[error(
        "no column seems to be {field}; its columns are {available}: say which is by --map {field}=…"
    )]
    NotFound {
        /// What is needed.
        field: &'static str,
        /// The names the file has.
        available: String,
    },
    /// The file has no such column.
    #[error("the file has no column \"{column}\" for {field}; its columns are {available}")]
    UnknownColumn {
        /// What the column was to be.
        field: &'static str,
        /// The name that was looked for.
        column: String,
        /// The names the file has.
        available: String,
    },
    /// The file has the column more than once.
    #[error("the file has several columns \"{column}\", of which one is meant for {field}")]
    AmbiguousColumn {
        /// What the column was to be.
        field: &'static str,
        /// The name that was looked for.
        column: String,
    },
}

/// What columns of discounts, delivery and taxes are called.
const MONEY: &[&str] = &[
    "discount",
    "coupon",
    "voucher",
    "rabatt",
    "rebate",
    "remise",
    "descuento",
    "скидк",
    "shipping",
    "delivery",
    "postage",
    "freight",
    "versand",
    "livraison",
    "доставк",
    "tax",
    "vat",
    "gst",
    "tva",
    "iva",
    "ust",
    "mwst",
    "ндс",
    "налог",
    "tip",
    "surcharge",
];

/// The names of a file's columns, with what to do where they were not told apart.
fn available(names: &[impl AsRef<str>]) -> String {
    let separators = [(';', "';'"), ('\t', "$'\\t'"), ('|', "'|'")];
    let found = match names {
        [one] => separators.iter().find(|(separator, _)| one.as_ref().contains(*separator)),
        _ => None,
    };
    let hint = match found {
        Some((_, shown)) => format!(", all in one: try --delimiter {shown}"),
        None => String::new(),
    };
    format!("{}{hint}", listed(names))
}

impl Mapping {
    /// Fields with the names of their columns.
    pub(super) fn of(pairs: impl IntoIterator<Item = (Field, String)>) -> Self {
        let mut mapping = Self::default();
        for (field, column) in pairs {
            mapping.columns[field as usize] = Some(column);
        }
        mapping
    }

    /// The same, where what has these skus is charged and is no goods.
    pub(super) fn with_fees(self, fees: &'static [&'static str]) -> Self {
        Self { fees, ..self }
    }

    /// The same, where each line has a share of its own of these fields.
    pub(super) fn with_per_line(self, per_line: &'static [Field]) -> Self {
        Self { per_line, ..self }
    }

    /// The same, where times without an offset are those of UTC.
    pub(super) fn with_utc(self, utc: bool) -> Self {
        Self { utc, ..self }
    }

    /// Whether times without an offset are those of UTC, whatever is said.
    pub fn is_utc(&self) -> bool {
        self.utc
    }

    /// The name of a field's column.
    pub fn column(&self, field: Field) -> Option<&str> {
        self.columns[field as usize].as_deref()
    }

    /// Whether nothing is mapped.
    pub fn is_empty(&self) -> bool {
        self.columns.iter().all(Option::is_none)
    }

    /// Whether it needs nothing more: a number, a time, and money.
    pub fn is_complete(&self) -> bool {
        self.column(Field::PurchaseId).is_some() && self.check().is_ok()
    }

    /// Whether a file can be imported by it.
    ///
    /// # Errors
    /// What is missing.
    pub fn check(&self) -> Result<(), MappingError> {
        if self.column(Field::OccurredAt).is_none() {
            return Err(MappingError::Unmapped("occurred_at"));
        }
        let money = [Field::UnitPrice, Field::Total, Field::OrderTotal];
        if money.iter().all(|field| self.column(*field).is_none()) {
            return Err(MappingError::Unmapped("unit_price, line_total or order_total"));
        }
        Ok(())
    }

    /// Its columns, and those of another mapping for fields that it has none for.
    pub(super) fn or(self, other: Self) -> Self {
        let Self { fees, per_line, utc, .. } = other;
        let mut columns = self.columns;
        for (own, other) in columns.iter_mut().zip(other.columns) {
            *own = own.take().or(other);
        }
        Self { columns, fees, per_line, utc }
    }

    /// Two lists of fields as one.
    ///
    /// # Errors
    /// When both have the same field.
    pub fn merged(mut self, other: &Self) -> Result<Self, MappingError> {
        for field in Field::ALL.iter().copied() {
            let Some(column) = other.column(field) else { continue };
            if self.columns[field as usize].replace(column.to_owned()).is_some() {
                return Err(MappingError::Twice(field.as_str()));
            }
        }
        Ok(self)
    }

    /// Columns that are mapped to nothing and seem to hold money beside the products.
    pub(super) fn unused_money(&self, header: &[String]) -> Vec<String> {
        let is_used = |name: &str| self.columns.iter().flatten().any(|column| column == name);
        let is_money = |name: &str| {
            let name = name.to_lowercase();
            MONEY.iter().any(|word| match word.len() {
                // As short as this it stands alone.
                ..=3 => {
                    name.split(|letter: char| !letter.is_alphanumeric()).any(|one| one == *word)
                }
                _ => name.contains(word),
            })
        };
        header.iter().filter(|name| !is_used(name) && is_money(name)).take(40).cloned().collect()
    }

    /// What is missing in a mapping that was found out from a file's header.
    pub(super) fn not_found(&self, names: &[String]) -> MappingError {
        let has_time = self.column(Field::OccurredAt).is_some();
        let field = if has_time { "order_total" } else { "occurred_at" };
        MappingError::NotFound { field, available: available(names) }
    }

    /// Leaves out fields whose columns another mapping has.
    pub(super) fn without(mut self, other: &Self) -> Self {
        for column in &mut self.columns {
            column.take_if(|column| other.columns.iter().flatten().any(|taken| taken == column));
        }
        self
    }

    /// Finds the columns in a file's header.
    pub(super) fn resolve(&self, names: &[String]) -> Result<Columns, MappingError> {
        if self.is_empty() {
            return Err(MappingError::Missing { available: available(names) });
        }
        self.check()?;
        let mut positions = [None; Field::COUNT];
        for field in Field::ALL.iter().copied() {
            let Some(column) = self.column(field) else { continue };
            let mut found = names.iter().enumerate().filter(|(_, name)| *name == column);
            let Some((position, _)) = found.next() else {
                return Err(MappingError::UnknownColumn {
                    field: field.as_str(),
                    column: column.to_owned(),
                    available: available(names),
                });
            };
            if found.next().is_some() {
                let column = column.to_owned();
                return Err(MappingError::AmbiguousColumn { field: field.as_str(), column });
            }
            positions[field as usize] = Some(position);
        }
        let has = |field: &Field| positions[*field as usize].is_some();
        let mut per_line = [false; Field::COUNT];
        self.per_line.iter().for_each(|field| per_line[*field as usize] = true);
        Ok(Columns {
            positions,
            width: names.len(),
            fees: self.fees,
            per_line,
            has_order_fields: Field::OF_ORDER.iter().chain(&ORDER_TEXTS).any(has),
        })
    }
}

/// Fields of a whole purchase that are no money.
const ORDER_TEXTS: [Field; 6] = [
    Field::Currency,
    Field::State,
    Field::CancelledAt,
    Field::Source,
    Field::PaymentMethod,
    Field::Coupon,
];

/// The parts of a list that commas part, outside quotes.
fn parts(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|letter| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    })
    .collect()
}

impl FromStr for Mapping {
    type Err = MappingError;

    fn from_str(text: &str) -> Result<Self, MappingError> {
        let mut pairs: Vec<(&str, Cow<'_, str>)> = Vec::new();
        for part in parts(text) {
            match (part.split_once('='), pairs.last_mut()) {
                (Some((name, column)), _) => pairs.push((name.trim(), column.into())),
                // A comma within a column's name.
                (None, Some((_, column))) => *column = format!("{column},{part}").into(),
                (None, None) => return Err(MappingError::Malformed(part.trim().to_owned())),
            }
        }
        let mut mapping = Self::default();
        for (name, column) in pairs {
            let column = column.trim();
            let quoted = column.strip_prefix('"').and_then(|column| column.strip_suffix('"'));
            let column = quoted.unwrap_or(column);
            if name.is_empty() || column.is_empty() {
                return Err(MappingError::Malformed(format!("{name}={column}")));
            }
            let name = if name == FORMER_TOTAL { Field::Total.as_str() } else { name };
            let field = Field::ALL.iter().copied().find(|field| field.as_str() == name);
            let field = field.ok_or_else(|| MappingError::UnknownField {
                field: name.to_owned(),
                known: Field::ALL.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(", "),
            })?;
            if mapping.columns[field as usize].replace(column.to_owned()).is_some() {
                return Err(MappingError::Twice(field.as_str()));
            }
        }
        Ok(mapping)
    }
}

/// Where the mapped columns stand in a file.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    positions: [Option<usize>; Field::COUNT],
    /// Columns of the header.
    pub(super) width: usize,
    fees: &'static [&'static str],
    per_line: [bool; Field::COUNT],
    /// Whether lines tell anything of the whole purchase beside who, when and where.
    pub(super) has_order_fields: bool,
}

impl Columns {
    /// Whether what has this sku is charged and is no goods.
    pub(super) fn is_fee(&self, sku: &str) -> bool {
        self.fees.contains(&sku)
    }

    /// Whether each line has its own share of a field of the whole purchase.
    pub(super) fn is_per_line(&self, field: Field) -> bool {
        self.per_line[field as usize]
    }

    /// Says that each line has its own share of a field.
    pub(super) fn set_per_line(&mut self, field: Field) {
        self.per_line[field as usize] = true;
    }

    /// Whether a field has a column.
    pub(super) fn has(&self, field: Field) -> bool {
        self.positions[field as usize].is_some()
    }

    /// Whether lines name products.
    pub(super) fn has_products(&self) -> bool {
        self.has(Field::Sku) || self.has(Field::Name)
    }

    /// Whether lines have money of their own.
    pub(super) fn has_prices(&self) -> bool {
        self.has(Field::UnitPrice) || self.has(Field::Total)
    }

    /// A field of a record without the blanks around it; `None` where there is none, or nothing
    /// in it.
    pub(super) fn get<'r>(&self, record: &'r ByteRecord, field: Field) -> Option<&'r [u8]> {
        let bytes = record.get(self.positions[field as usize]?)?.trim_ascii();
        (!bytes.is_empty()).then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_reads_back_as_it_was_written() {
        let mapping: Mapping =
            "purchase_id=Order No, occurred_at = Date ,total=Sum".parse().unwrap();
        assert_eq!(mapping.column(Field::PurchaseId), Some("Order No"));
        assert_eq!(mapping.column(Field::OccurredAt), Some("Date"));
        assert_eq!(mapping.column(Field::Sku), None);
    }

    #[test]
    fn what_a_line_comes_to_was_called_total_and_still_may_be() {
        let of = |text: &str| text.parse::<Mapping>();
        assert_eq!(
            of("purchase_id=A,occurred_at=B,total=C"),
            of("purchase_id=A,occurred_at=B,line_total=C")
        );
    }

    #[test]
    fn a_column_may_have_a_comma_in_its_name() {
        for text in ["line_total=Sum, EUR,purchase_id=No", "line_total=\"Sum, EUR\",purchase_id=No"]
        {
            let mapping: Mapping = text.parse().unwrap();
            assert_eq!(mapping.column(Field::Total), Some("Sum, EUR"), "{text}");
            assert_eq!(mapping.column(Field::PurchaseId), Some("No"), "{text}");
        }
        let odd: Mapping = "line_total=\"a,b=c\"".parse().unwrap();
        assert_eq!(odd.column(Field::Total), Some("a,b=c"));
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn columns_of_money_that_are_mapped_to_nothing_are_found_by_their_names() {
        let mapping: Mapping = "purchase_id=No,occurred_at=At,line_total=Tax base".parse().unwrap();
        let header = names(&[
            "No",
            "At",
            "Tax base",
            "Discount (EUR)",
            "Delivery cost",
            "VAT",
            "MwSt.",
            "НДС",
            "Private",
            "Customer",
            "Statistics",
            "Title",
        ]);
        let found = mapping.unused_money(&header);
        assert_eq!(found, ["Discount (EUR)", "Delivery cost", "VAT", "MwSt.", "НДС"]);
    }

    #[test]
    fn a_mapping_that_cannot_work_says_what_is_wrong() {
        let cases = [
            ("purchase_id", "\"purchase_id\" is no part"),
            ("purchase_id=", "is no part"),
            ("order=Invoice", "no field \"order\"; the fields are purchase_id, occurred_at"),
            ("sku=A,sku=B", "\"sku\" is mapped twice"),
        ];
        for (text, message) in cases {
            let error = text.parse::<Mapping>().unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn a_mapping_without_a_time_or_money_is_not_enough() {
        let cases = [
            ("purchase_id=No,total=Sum", "no column is mapped to occurred_at"),
            (
                "purchase_id=No,occurred_at=Date",
                "no column is mapped to unit_price, line_total or order_total",
            ),
        ];
        for (text, message) in cases {
            let mapping: Mapping = text.parse().unwrap();
            assert_eq!(mapping.check().unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn columns_that_were_not_told_apart_are_told_with_what_separates_them() {
        assert_eq!(available(&["No;Sum"]), "No;Sum, all in one: try --delimiter ';'");
        assert_eq!(available(&["No\tSum"]), "No\\tSum, all in one: try --delimiter $'\\t'");
        assert_eq!(available(&["No", "Sum;"]), "No, Sum;");
        assert_eq!(available(&["No"]), "No");
    }

    #[test]
    fn a_column_that_is_not_there_is_named_beside_those_that_are() {
        let mapping: Mapping =
            "purchase_id=Invoice,occurred_at=InvoiceDate,customer_id=Customer ID,unit_price=Price"
                .parse()
                .unwrap();
        let header = names(&["Invoice", "Stock", "InvoiceDate"]);
        let error = mapping.resolve(&header).unwrap_err().to_string();
        assert_eq!(
            error,
            "the file has no column \"Customer ID\" for customer_id; \
             its columns are Invoice, Stock, InvoiceDate"
        );
    }

    #[test]
    fn a_column_that_stands_twice_is_refused() {
        let mapping: Mapping = "purchase_id=A,occurred_at=B,total=C".parse().unwrap();
        let header = names(&["A", "B", "C", "B"]);
        let error = mapping.resolve(&header).unwrap_err().to_string();
        assert_eq!(
            error,
            "the file has several columns \"B\", of which one is meant for occurred_at"
        );
    }
}
