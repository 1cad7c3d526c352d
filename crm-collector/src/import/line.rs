//! One line of a file: its fields parsed and checked, or the reason why it is skipped.

use std::borrow::Cow;
use std::str;

use crm_models::{Amount, Currency, LineItem, PurchaseKind, Quantity, Timestamp, limits};
use csv::ByteRecord;

use super::field::Field;
use super::kind::kind;
use super::mapping::Columns;
use super::moment::Moments;
use super::money::{Money, Priced, amount, money, quantity};
use super::number::Numbers;
use super::order::{self, OrderLine, Words};
use super::reason::Reason;

/// Bytes of a product's name: characters take up to four.
const NAME_BYTES: usize = 4 * limits::PRODUCT_NAME_CHARS;

/// A line that counts.
#[derive(Debug, PartialEq)]
pub(super) struct Line<'r> {
    /// `None` where another line of the purchase has to say it.
    pub(super) at: Option<Timestamp>,
    pub(super) kind: PurchaseKind,
    pub(super) customer: Option<Customer<'r>>,
    pub(super) country: Option<&'r str>,
    pub(super) channel: Option<&'r str>,
    /// Which purchase was given back, in a refund.
    pub(super) refund_of: Option<&'r str>,
    /// `None` where the file has no products.
    pub(super) item: Option<Item<'r>>,
    /// What the line comes to: below zero where its price is, as that of a discount.
    pub(super) amount: Amount,
    /// What it tells of the whole order; `None` where the file has nothing of that.
    pub(super) order: Option<OrderLine<'r>>,
}

impl Line<'_> {
    /// What is missing where it is left out.
    pub(super) fn worth(&self) -> Amount {
        let of_order = self.order.as_ref().and_then(OrderLine::total);
        match self.item {
            None if self.amount == Amount::ZERO => of_order.unwrap_or_default(),
            _ => self.amount,
        }
    }
}

/// Who bought, and how to reach them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Customer<'r> {
    pub(super) id: Cow<'r, str>,
    pub(super) name: Option<Cow<'r, str>>,
    pub(super) email: Option<&'r str>,
    pub(super) phone: Option<&'r str>,
}

/// What was bought.
#[derive(Debug, PartialEq)]
pub(super) struct Item<'r> {
    /// The name stands for it where it has none.
    pub(super) sku: Option<&'r str>,
    pub(super) name: Option<&'r str>,
    pub(super) category: Option<&'r str>,
    pub(super) variant: Option<&'r str>,
    pub(super) quantity: Quantity,
    pub(super) unit_price: Amount,
    pub(super) discount: Option<Amount>,
    pub(super) tax: Option<Amount>,
    pub(super) cost: Option<Amount>,
    /// How many of them cost 1/10,000 more, where a total does not divide by a whole quantity.
    pub(super) dearer: u32,
}

/// What records are read by.
#[derive(Debug)]
pub(super) struct Reader<'p> {
    pub(super) moments: Moments,
    pub(super) numbers: Numbers,
    /// Currency of amounts where the file tells none.
    pub(super) currency: Currency,
    pub(super) words: Words<'p>,
}

impl Reader<'_> {
    /// Reads one record; the purchase id is the caller's business.
    pub(super) fn read<'r>(
        &mut self,
        record: &'r ByteRecord,
        columns: &Columns,
    ) -> Result<Line<'r>, Reason> {
        if record.len() != columns.width {
            return Err(Reason::FieldCount);
        }
        let text = |field, limit_bytes| text(columns.get(record, field), limit_bytes);
        let told_currency = order::currency_of(record, columns)?;
        let currency = told_currency.unwrap_or(self.currency);
        let numbers = &self.numbers;
        let sum = |field| {
            let told = amount(columns, record, field, numbers, currency)?;
            Ok(told.map(|told| told.amount))
        };

        let at = match columns.get(record, Field::OccurredAt) {
            None if columns.has_order_fields => None,
            None => return Err(Reason::MissingTime),
            Some(date) => {
                let [time, zone] =
                    [Field::Time, Field::Zone].map(|field| columns.get(record, field));
                Some(self.moments.read_parts(date, time, zone)?)
            }
        };
        let said = kind(columns.get(record, Field::Kind))?;
        let order = match columns.has_order_fields {
            false => None,
            true => {
                let (moments, words) = (&mut self.moments, &self.words);
                let read = OrderLine::read(record, columns, moments, words, told_currency, sum);
                Some(read?)
            }
        };
        let Money { kind, count, priced } =
            money(record, columns, numbers, currency, said, order.as_ref())?;

        let item = match priced {
            None => None,
            Some(Priced { unit_price, dearer, .. }) => product(record, columns)?
                .map(|product| Item { quantity: count, unit_price, dearer, ..product }),
        };
        let item = match item {
            None => None,
            Some(item) => {
                let size = |field| sum(field).map(|sum| sum.and_then(Amount::checked_abs));
                let some = |sum: Option<Amount>| sum.filter(|sum| *sum != Amount::ZERO);
                Some(Item {
                    discount: some(size(Field::LineDiscount)?),
                    tax: some(size(Field::LineTax)?),
                    cost: some(size(Field::Cost)?),
                    ..item
                })
            }
        };
        Ok(Line {
            at,
            kind,
            customer: customer(record, columns)?,
            country: text(Field::Country, limits::ID_BYTES)?,
            channel: text(Field::Channel, limits::ID_BYTES)?,
            refund_of: text(Field::RefundOf, limits::ID_BYTES)?
                .filter(|id| !crm_models::is_placeholder(id)),
            item,
            amount: priced.map(|priced| priced.amount).unwrap_or_default(),
            order,
        })
    }

    /// What a line comes to, as far as it can be read: of one that is skipped, what is missing.
    pub(super) fn worth(
        &self,
        record: &ByteRecord,
        columns: &Columns,
    ) -> (Option<Amount>, Currency) {
        let currency = order::currency_of(record, columns).ok().flatten().unwrap_or(self.currency);
        let of = |field| {
            let told = amount(columns, record, field, &self.numbers, currency).ok().flatten();
            told.map(|told| told.amount)
        };
        let count = quantity(columns, record, &self.numbers, currency);
        let times = |price: Amount| price.times(count.ok()?);
        let worth =
            of(Field::Total).or_else(|| of(Field::UnitPrice).and_then(times)).or_else(|| {
                let is_total_only = !columns.has_prices();
                of(Field::OrderTotal).filter(|_| is_total_only)
            });
        (worth, currency)
    }
}

/// Who bought: an address is the same in whatever case it is written.
fn customer<'r>(record: &'r ByteRecord, columns: &Columns) -> Result<Option<Customer<'r>>, Reason> {
    let text = |field, limit_bytes| text(columns.get(record, field), limit_bytes);
    let id = text(Field::CustomerId, limits::ID_BYTES)?;
    let Some(id) = id.filter(|id| !crm_models::is_nobody(id)) else { return Ok(None) };
    let is_upper = id.contains('@') && id.chars().any(char::is_uppercase);
    let name = match text(Field::CustomerName, limits::NAME_BYTES)? {
        Some(name) => Some(Cow::Borrowed(name)),
        None => {
            let parts = [Field::FirstName, Field::LastName].map(|field| text(field, 255));
            let [first, last] = parts;
            let parts: Vec<_> = [first?, last?].into_iter().flatten().collect();
            (!parts.is_empty()).then(|| Cow::Owned(parts.join(" ")))
        }
    };
    Ok(Some(Customer {
        id: if is_upper { Cow::Owned(id.to_lowercase()) } else { Cow::Borrowed(id) },
        name,
        email: text(Field::Email, limits::NAME_BYTES)?,
        phone: text(Field::Phone, limits::NAME_BYTES)?,
    }))
}

/// The product of a line, with no quantity and no price yet; `None` where the file has none.
fn product<'r>(record: &'r ByteRecord, columns: &Columns) -> Result<Option<Item<'r>>, Reason> {
    if !columns.has_products() {
        return Ok(None);
    }
    let text = |field, limit_bytes| text(columns.get(record, field), limit_bytes);
    let sku = text(Field::Sku, NAME_BYTES)?;
    let name = text(Field::Name, NAME_BYTES)?;
    // What is too long for a SKU is a name that stands in its column.
    let (sku, name) = match sku {
        Some(long) if long.len() > limits::ID_BYTES => (None, Some(long)),
        sku => (sku, name),
    };
    if sku.is_none() && name.is_none() {
        return Err(Reason::MissingSku);
    }
    let is_long = |name: &str| {
        let most = limits::PRODUCT_NAME_CHARS;
        name.len() > most && name.chars().count() > most
    };
    if name.is_some_and(is_long) {
        return Err(Reason::TooLong);
    }
    let fee = sku.filter(|sku| columns.is_fee(sku)).map(|_| LineItem::FEE);
    Ok(Some(Item {
        sku,
        name,
        category: text(Field::Category, limits::NAME_BYTES)?.or(fee),
        variant: text(Field::Variant, limits::NAME_BYTES)?,
        quantity: Quantity::ONE,
        unit_price: Amount::ZERO,
        discount: None,
        tax: None,
        cost: None,
        dearer: 0,
    }))
}

/// A purchase id as text.
pub(super) fn id_text(bytes: &[u8]) -> Result<&str, Reason> {
    text(Some(bytes), limits::ID_BYTES).map(Option::unwrap_or_default)
}

fn text(bytes: Option<&[u8]>, limit_bytes: usize) -> Result<Option<&str>, Reason> {
    let Some(bytes) = bytes else { return Ok(None) };
    let text = str::from_utf8(bytes).map_err(|_| Reason::InvalidUtf8)?.trim();
    if text.len() > limit_bytes {
        return Err(Reason::TooLong);
    }
    Ok((!text.is_empty()).then_some(text))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::import::decimals::{Decided, Shown};
    use crate::import::order::States;

    const MAPPING: &str = "purchase_id=id,occurred_at=at,sku=sku,name=name,quantity=qty,\
                           unit_price=price,total=sum,kind=kind,customer_id=who";
    const HEADER: &str = "id,at,sku,name,qty,price,sum,kind,who";

    fn with_line<T>(line: &str, check: impl FnOnce(Result<Line<'_>, Reason>) -> T) -> T {
        let record = |text: &str| ByteRecord::from(text.split(',').collect::<Vec<_>>());
        let header: Vec<String> = HEADER.split(',').map(str::to_owned).collect();
        let columns = MAPPING.parse::<super::super::Mapping>().unwrap().resolve(&header).unwrap();
        let mut shown = [const { Shown::NONE }; Field::COUNT];
        shown[Field::UnitPrice as usize].look(b"1.5", Default::default);
        let mut reader = Reader {
            moments: Moments::new(chrono_tz::UTC, None),
            numbers: Numbers::new(Decided::of(None, &shown)),
            currency: Currency::GBP,
            words: Words { known: HashMap::new(), told: &States::new() },
        };
        check(reader.read(&record(line), &columns))
    }

    #[test]
    fn every_broken_rule_has_its_reason() {
        let long = "x".repeat(limits::PRODUCT_NAME_CHARS + 1);
        let cases = [
            ("1,2011-01-01,A,n,2,1", Reason::FieldCount),
            ("1,,A,n,2,1,,,", Reason::MissingTime),
            ("1,noon,A,n,2,1,,,", Reason::BadTime),
            ("1,1/2/2011,A,n,2,1,,,", Reason::AmbiguousDate),
            ("1,2011-01-01,A,n,2,0.00,,,", Reason::PriceZero),
            ("1,2011-01-01,A,n,2,,0,,", Reason::PriceZero),
            ("1,2011-01-01,A,n,2,,,,", Reason::MissingPrice),
            ("1,2011-01-01,A,n,2,free,,,", Reason::MalformedAmount),
            ("1,2011-01-01,A,n,2,€3,,,", Reason::OtherCurrency),
            ("1,2011-01-01,A,n,2,0.00004,,,", Reason::PriceZero),
            ("1,2011-01-01,A,n,2,1000000000000.01,,,", Reason::AmountOutOfRange),
            ("1,2011-01-01,A,n,90000000,90000000,,,", Reason::AmountOutOfRange),
            ("1,2011-01-01,A,n,2,1,3,,", Reason::TotalMismatch),
            ("1,2011-01-01,A,n,,1,,,", Reason::MissingQuantity),
            ("1,2011-01-01,A,n,1.00005,1,,,", Reason::MalformedQuantity),
            ("1,2011-01-01,A,n,1½,1,,,", Reason::MalformedQuantity),
            ("1,2011-01-01,A,n,0,1,,,", Reason::QuantityZero),
            ("1,2011-01-01,A,n,100000001,1,,,", Reason::QuantityOutOfRange),
            ("1,2011-01-01,A,n,99999999999999999999,1,,,", Reason::QuantityOutOfRange),
            ("1,2011-01-01,A,n,2,1,,gift,", Reason::UnknownKind),
            ("1,2011-01-01,A,n,-2,1,,sale,", Reason::SignAgainstKind),
            ("1,2011-01-01,,,2,1,,,", Reason::MissingSku),
            (&format!("1,2011-01-01,{long},n,2,1,,,"), Reason::TooLong),
        ];
        for (line, reason) in cases {
            with_line(line, |read| assert_eq!(read.err(), Some(reason), "{line}"));
        }
    }

    #[test]
    fn a_negative_quantity_is_a_refund_of_a_positive_one() {
        with_line("1,2011-01-01,A,n,-2.0,1.5,,,c", |read| {
            let line = read.unwrap();
            assert_eq!(line.kind, PurchaseKind::Refund);
            assert_eq!(line.amount.to_string(), "3.00");
            assert_eq!(line.item.unwrap().quantity, Quantity::from(2));
            assert_eq!(line.customer.unwrap().id, "c");
        });
    }

    #[test]
    fn goods_by_weight_discounts_and_products_without_a_sku_are_taken_as_they_are() {
        let item = |text: &str| {
            with_line(text, |read| {
                let Line { kind, amount, item, .. } = read.unwrap();
                let Item { sku, name, quantity, unit_price, .. } = item.unwrap();
                let [sku, name] = [sku, name].map(|text| text.unwrap_or("-").to_owned());
                format!("{kind:?} {sku} {name} {quantity} {unit_price} {amount}")
            })
        };
        assert_eq!(item("1,2011-01-01,CHEESE,,1.5,20.00,,,"), "Sale CHEESE - 1.5 20.00 30.00");
        assert_eq!(item("1,2011-01-01,CHEESE,,1.5,,30.00,,"), "Sale CHEESE - 1.5 20.00 30.00");
        assert_eq!(item("1,2011-01-01,HAM,,-0.250,,10.00,,"), "Refund HAM - 0.25 40.00 10.00");
        assert_eq!(item("1,2011-01-01,TEN,,1,-10.00,,,"), "Sale TEN - 1 -10.00 -10.00");
        assert_eq!(item("1,2011-01-01,TEN,,1,-10.00,-10.00,,"), "Sale TEN - 1 -10.00 -10.00");
        assert_eq!(item("1,2011-01-01,,Scarf,2,5,,,"), "Sale - Scarf 2 5.00 10.00");
        // A price that the file divided is rounded, and yields to a total.
        let divided = [
            ("A,,3,33.333333,,,", "Sale A - 3 33.3333 99.9999"),
            ("A,,3,33.33335,,,", "Sale A - 3 33.3334 100.0002"),
            ("A,,1,-0.00005,,,", "Sale A - 1 -0.0001 -0.0001"),
            ("A,,3,33.333333,100,,", "Sale A - 3 33.3333 100.00"),
            ("A,,1,,10.0000000001,,", "Sale A - 1 10.00 10.00"),
        ];
        for (line, expected) in divided {
            assert_eq!(item(&format!("1,2011-01-01,{line}")), expected);
        }
        let long = "ж".repeat(65);
        let expected = format!("Sale - {long} 1 5.00 5.00");
        assert_eq!(item(&format!("1,2011-01-01,{long},,1,5,,,")), expected);
    }

    #[test]
    fn a_total_that_does_not_divide_makes_some_pieces_dearer() {
        with_line("1,2011-01-01,A,,3,,10,,", |read| {
            let item = read.unwrap().item.unwrap();
            assert_eq!((item.unit_price.to_string().as_str(), item.dearer), ("3.3333", 1));
        });
    }
}
