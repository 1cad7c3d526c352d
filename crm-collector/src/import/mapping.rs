//! Which column of a file means what: the fields an import knows, a mapping of them to column
//! names, and that mapping resolved against a file's header.

use std::str::FromStr;

use csv::ByteRecord;

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What a column can mean.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Field {
            $($(#[$doc])* $name,)*
        }

        impl Field {
            /// Every field, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name in a mapping.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

fields! {
    /// Order or invoice number; lines that share it become one purchase. Always needed.
    PurchaseId = "purchase_id";
    /// When it happened. Always needed.
    OccurredAt = "occurred_at";
    /// Who bought; an empty one makes the purchase anonymous.
    CustomerId = "customer_id";
    /// The customer's name.
    CustomerName = "customer_name";
    /// The customer's email address.
    Email = "email";
    /// The customer's phone number.
    Phone = "phone";
    /// Stock-keeping unit. Without this column purchases have a total and no line items.
    Sku = "sku";
    /// Name of the product.
    Name = "name";
    /// Category of the product.
    Category = "category";
    /// How many; negative for a refund. One where there is no such column.
    Quantity = "quantity";
    /// Price of one.
    UnitPrice = "unit_price";
    /// What the line comes to: checked where there is a unit price, divided where there is none. Where
    /// each line is a whole purchase, that is the purchase's total.
    Total = "line_total";
    /// Country it was sold to.
    Country = "country";
    /// Where it was sold, such as `web`.
    Channel = "channel";
    /// `sale` or `refund`, where the sign of the quantity does not say it.
    Kind = "kind";
    /// Of a refund: the number of the purchase that was given back.
    RefundOf = "refund_of";
}

/// What [`Field::Total`] was called before, which read as the total of a purchase of many lines.
const FORMER_TOTAL: &str = "total";
const FIELDS: usize = Field::ALL.len();

/// Column names of well-known files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// UCI Machine Learning Repository, Online Retail II.
    OnlineRetail,
}

/// A text that is no [`Preset`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a preset is online-retail")]
pub struct UnknownPreset;

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        if text == "online-retail" { Ok(Self::OnlineRetail) } else { Err(UnknownPreset) }
    }
}

/// Fields and the names of their columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    columns: [Option<String>; FIELDS],
    /// Skus of what is charged and is no goods.
    fees: &'static [&'static str],
}

/// What Online Retail II charges beside goods: postage, carriage, manual corrections, discounts,
/// samples, bank and marketplace fees, donations.
const ONLINE_RETAIL_FEES: &[&str] = &[
    "POST",
    "DOT",
    "C2",
    "C3",
    "M",
    "m",
    "D",
    "S",
    "B",
    "PADS",
    "CRUK",
    "ADJUST",
    "ADJUST2",
    "BANK CHARGES",
    "AMAZONFEE",
];

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
/// Most columns that an error lists.
const LISTED: usize = 40;

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
    format!("{}{hint}", shown(names))
}

/// Names of columns for a terminal: whatever the file holds, it cannot steer it.
pub(super) fn shown(names: &[impl AsRef<str>]) -> String {
    let short = |name: &str| name.chars().take(60).flat_map(char::escape_debug).collect::<String>();
    let listed: Vec<_> = names.iter().take(LISTED).map(|name| short(name.as_ref())).collect();
    let more = if names.len() > LISTED { ", …" } else { "" };
    format!("{}{more}", listed.join(", "))
}

impl Mapping {
    /// The mapping of a well-known file.
    pub fn preset(preset: Preset) -> Self {
        let Preset::OnlineRetail = preset;
        let mut mapping = Self { fees: ONLINE_RETAIL_FEES, ..Self::default() };
        for (field, column) in [
            (Field::PurchaseId, "Invoice"),
            (Field::OccurredAt, "InvoiceDate"),
            (Field::CustomerId, "Customer ID"),
            (Field::Sku, "StockCode"),
            (Field::Name, "Description"),
            (Field::Quantity, "Quantity"),
            (Field::UnitPrice, "Price"),
            (Field::Country, "Country"),
        ] {
            mapping.columns[field as usize] = Some(column.to_owned());
        }
        mapping
    }

    /// The name of a field's column.
    pub fn column(&self, field: Field) -> Option<&str> {
        self.columns[field as usize].as_deref()
    }

    /// Columns that are mapped to nothing and seem to hold money beside the products.
    pub(super) fn unused_money(&self, header: &ByteRecord) -> Vec<String> {
        let names = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned());
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
        names.filter(|name| !is_used(name) && is_money(name)).take(LISTED).collect()
    }

    /// Finds the columns in a file's header; blanks around names do not count.
    pub(super) fn resolve(&self, header: &ByteRecord) -> Result<Columns, MappingError> {
        let names: Vec<_> =
            header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        if self.columns.iter().all(Option::is_none) {
            return Err(MappingError::Missing { available: available(&names) });
        }
        let mut positions = [None; FIELDS];
        for field in Field::ALL.iter().copied() {
            let Some(column) = self.column(field) else { continue };
            let mut found = names.iter().enumerate().filter(|(_, name)| *name == column);
            let Some((position, _)) = found.next() else {
                return Err(MappingError::UnknownColumn {
                    field: field.as_str(),
                    column: column.to_owned(),
                    available: available(&names),
                });
            };
            if found.next().is_some() {
                let column = column.to_owned();
                return Err(MappingError::AmbiguousColumn { field: field.as_str(), column });
            }
            positions[field as usize] = Some(position);
        }
        Ok(Columns { positions, width: header.len(), fees: self.fees })
    }

    fn check(self) -> Result<Self, MappingError> {
        for field in [Field::PurchaseId, Field::OccurredAt] {
            if self.column(field).is_none() {
                return Err(MappingError::Unmapped(field.as_str()));
            }
        }
        if self.column(Field::UnitPrice).is_none() && self.column(Field::Total).is_none() {
            return Err(MappingError::Unmapped("unit_price or line_total"));
        }
        Ok(self)
    }
}

impl FromStr for Mapping {
    type Err = MappingError;

    fn from_str(text: &str) -> Result<Self, MappingError> {
        let mut mapping = Self::default();
        for part in text.split(',') {
            let malformed = || MappingError::Malformed(part.trim().to_owned());
            let (name, column) = part.split_once('=').ok_or_else(malformed)?;
            let (name, column) = (name.trim(), column.trim());
            if name.is_empty() || column.is_empty() {
                return Err(malformed());
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
        mapping.check()
    }
}

/// Where the mapped columns stand in a file.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    positions: [Option<usize>; FIELDS],
    /// Columns of the header.
    pub(super) width: usize,
    fees: &'static [&'static str],
}

impl Columns {
    /// Whether what has this sku is charged and is no goods.
    pub(super) fn is_fee(&self, sku: &str) -> bool {
        self.fees.contains(&sku)
    }

    /// Whether a field has a column.
    pub(super) fn has(&self, field: Field) -> bool {
        self.positions[field as usize].is_some()
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
    fn columns_of_money_that_are_mapped_to_nothing_are_found_by_their_names() {
        let mapping: Mapping = "purchase_id=No,occurred_at=At,line_total=Tax base".parse().unwrap();
        let header = ByteRecord::from(vec![
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
            ("occurred_at=Date,total=Sum", "no column is mapped to purchase_id"),
            ("purchase_id=No,occurred_at=Date", "no column is mapped to unit_price or line_total"),
        ];
        for (text, message) in cases {
            let error = text.parse::<Mapping>().unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
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
        let mapping = Mapping::preset(Preset::OnlineRetail);
        let header = ByteRecord::from(vec!["Invoice", "Stock", "InvoiceDate"]);
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
        let header = ByteRecord::from(vec!["A", "B", "C", "B"]);
        let error = mapping.resolve(&header).unwrap_err().to_string();
        assert_eq!(
            error,
            "the file has several columns \"B\", of which one is meant for occurred_at"
        );
    }
}
