//! One line of a file: its fields parsed and checked, or the reason why it is skipped.

use std::str;

use crm_models::{Amount, AmountError, LineItem, PurchaseKind, Quantity, Timestamp, limits};
use csv::ByteRecord;

use super::mapping::{Columns, Field};
use super::moment::Moments;
use super::number::{Numbers, Shown};
use super::reason::Reason;

/// Bytes of a product's name: characters take up to four.
const NAME_BYTES: usize = 4 * limits::PRODUCT_NAME_CHARS;

/// A line that counts.
#[derive(Debug, PartialEq)]
pub(super) struct Line<'r> {
    pub(super) at: Timestamp,
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
}

/// Who bought, and how to reach them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Customer<'r> {
    pub(super) id: &'r str,
    pub(super) name: Option<&'r str>,
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
    pub(super) quantity: Quantity,
    pub(super) unit_price: Amount,
    /// How many of them cost 1/10,000 more, where a total does not divide by a whole quantity.
    pub(super) dearer: u32,
}

/// Reads one record; the purchase id is the caller's business.
pub(super) fn read<'r>(
    record: &'r ByteRecord,
    columns: &Columns,
    moments: &mut Moments,
    numbers: &Numbers,
) -> Result<Line<'r>, Reason> {
    if record.len() != columns.width {
        return Err(Reason::FieldCount);
    }
    let text = |field, limit_bytes| text(columns.get(record, field), limit_bytes);

    let at = moments.read(columns.get(record, Field::OccurredAt).ok_or(Reason::MissingTime)?)?;
    let said = kind(columns.get(record, Field::Kind))?;
    let price = amount(columns, record, Field::UnitPrice, numbers)?;
    if price.is_some_and(|price| price.amount == Amount::ZERO) {
        return Err(Reason::PriceZero);
    }
    let quantity = quantity(columns, record, numbers)?;
    let total = amount(columns, record, Field::Total, numbers)?.map(|total| total.amount);
    // A price that was divided is only about what was paid, and the total is just that.
    let price = price.filter(|price| price.is_exact || total.is_none()).map(|price| price.amount);

    // Without a price the sign of the total says what kind it is; beside one, whether it is a discount.
    let negative = quantity.ten_thousandths() < 0
        || (price.is_none() && total.is_some_and(Amount::is_negative));
    let kind = match (said, negative) {
        (Some(PurchaseKind::Sale), true) => return Err(Reason::SignAgainstKind),
        (Some(PurchaseKind::Refund), _) | (None, true) => PurchaseKind::Refund,
        (Some(PurchaseKind::Sale) | None, false) => PurchaseKind::Sale,
    };
    let count = quantity.ten_thousandths().unsigned_abs();
    let most = u64::from(limits::QUANTITY) * Quantity::ONE.ten_thousandths().unsigned_abs();
    let count = i64::try_from(count).ok().filter(|_| count <= most);
    let count = Quantity::from_ten_thousandths(count.ok_or(Reason::QuantityOutOfRange)?);
    let Priced { unit_price, dearer, amount } = priced(count, price, total)?;

    let customer = text(Field::CustomerId, limits::ID_BYTES)?;
    let customer = match customer.filter(|id| !crm_models::is_nobody(id)) {
        None => None,
        Some(id) => Some(Customer {
            id,
            name: text(Field::CustomerName, limits::NAME_BYTES)?,
            email: text(Field::Email, limits::NAME_BYTES)?,
            phone: text(Field::Phone, limits::NAME_BYTES)?,
        }),
    };
    let item = if columns.has(Field::Sku) {
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
        Some(Item {
            sku,
            name,
            category: text(Field::Category, limits::NAME_BYTES)?.or(fee),
            quantity: count,
            unit_price,
            dearer,
        })
    } else {
        None
    };
    Ok(Line {
        at,
        kind,
        customer,
        country: text(Field::Country, limits::ID_BYTES)?,
        channel: text(Field::Channel, limits::ID_BYTES)?,
        refund_of: text(Field::RefundOf, limits::ID_BYTES)?
            .filter(|id| !crm_models::is_placeholder(id)),
        item,
        amount,
    })
}

/// The purchase id of a record; none where a placeholder such as `n/a` stands, which many orders share.
pub(super) fn purchase_id<'r>(record: &'r ByteRecord, columns: &Columns) -> Option<&'r [u8]> {
    let told = columns.get(record, Field::PurchaseId)?;
    let is_none = str::from_utf8(told).is_ok_and(crm_models::is_placeholder);
    (!is_none).then_some(told)
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

fn kind(bytes: Option<&[u8]>) -> Result<Option<PurchaseKind>, Reason> {
    let Some(bytes) = bytes else { return Ok(None) };
    let any = |words: &[&str]| words.iter().any(|word| bytes.eq_ignore_ascii_case(word.as_bytes()));
    if any(&["sale", "purchase", "order"]) {
        Ok(Some(PurchaseKind::Sale))
    } else if any(&["refund", "return", "credit", "cancellation"]) {
        Ok(Some(PurchaseKind::Refund))
    } else {
        Err(Reason::UnknownKind)
    }
}

/// An amount of a file.
#[derive(Clone, Copy)]
struct Told {
    amount: Amount,
    /// Whether it had no more decimals than are kept.
    is_exact: bool,
}

/// Fields that hold numbers.
const NUMBERS: [Field; 3] = [Field::UnitPrice, Field::Total, Field::Quantity];

/// Looks at what the numbers of a record show of their decimals.
pub(super) fn look_at_numbers(record: &ByteRecord, columns: &Columns, shown: &mut Shown) {
    for field in NUMBERS {
        if let Some(bytes) = columns.get(record, field) {
            shown.look(bytes);
        }
    }
}

fn amount(
    columns: &Columns,
    record: &ByteRecord,
    field: Field,
    numbers: &Numbers,
) -> Result<Option<Told>, Reason> {
    let Some(bytes) = columns.get(record, field) else { return Ok(None) };
    let text = str::from_utf8(bytes).map_err(|_| Reason::MalformedAmount)?;
    let text = &*numbers.plain(text)?;
    let (amount, is_exact) = match text.parse() {
        Ok(amount) => (amount, true),
        Err(AmountError::TooManyDecimals) => {
            (rounded(text).ok_or(Reason::AmountOutOfRange)?, false)
        }
        Err(AmountError::OutOfRange) => return Err(Reason::AmountOutOfRange),
        Err(_) => return Err(Reason::MalformedAmount),
    };
    Ok(Some(Told { amount: in_range(amount)?, is_exact }))
}

/// An amount of more than four decimals, rounded half away from zero: files divide sums by quantities.
fn rounded(text: &str) -> Option<Amount> {
    let (kept, rest) = text.split_at_checked(text.find('.')? + 5)?;
    let kept: Amount = kept.parse().ok()?;
    let up = i64::from(rest.bytes().next().is_some_and(|digit| digit >= b'5'));
    let up = if text.starts_with('-') { -up } else { up };
    kept.checked_add(Amount::from_ten_thousandths(up))
}

fn in_range(amount: Amount) -> Result<Amount, Reason> {
    let limit = Amount::from_units(limits::AMOUNT_UNITS).unwrap_or_default();
    let fits = amount.ten_thousandths().unsigned_abs() <= limit.ten_thousandths().unsigned_abs();
    if fits { Ok(amount) } else { Err(Reason::AmountOutOfRange) }
}

fn quantity(columns: &Columns, record: &ByteRecord, numbers: &Numbers) -> Result<Quantity, Reason> {
    if !columns.has(Field::Quantity) {
        return Ok(Quantity::ONE);
    }
    let bytes = columns.get(record, Field::Quantity).ok_or(Reason::MissingQuantity)?;
    let text = str::from_utf8(bytes).map_err(|_| Reason::MalformedQuantity)?;
    let text = numbers.plain(text).map_err(|reason| match reason {
        Reason::AmbiguousNumber => reason,
        _ => Reason::MalformedQuantity,
    })?;
    let text = &*text;
    match text.parse::<Quantity>() {
        Ok(quantity) if quantity == Quantity::default() => Err(Reason::QuantityZero),
        Ok(quantity) => Ok(quantity),
        // As an amount, a number that is too large is told from what is none.
        Err(_) => Err(match text.parse::<Amount>() {
            Err(AmountError::OutOfRange) => Reason::QuantityOutOfRange,
            _ => Reason::MalformedQuantity,
        }),
    }
}

struct Priced {
    unit_price: Amount,
    dearer: u32,
    amount: Amount,
}

/// Price and amount of a line from the two columns that can tell them.
fn priced(count: Quantity, price: Option<Amount>, total: Option<Amount>) -> Result<Priced, Reason> {
    let out_of_range = Reason::AmountOutOfRange;
    // Its sign said what kind of purchase this is, or is that of the price.
    let total = total.map(|total| total.checked_abs().ok_or(out_of_range)).transpose()?;
    match (price, total) {
        (Some(price), total) => {
            let amount = price.times(count).ok_or(out_of_range)?;
            if total.is_some_and(|total| Some(total) != amount.checked_abs()) {
                return Err(Reason::TotalMismatch);
            }
            Ok(Priced { unit_price: price, dearer: 0, amount: in_range(amount)? })
        }
        (None, Some(Amount::ZERO)) => Err(Reason::PriceZero),
        (None, Some(total)) => {
            let all = total.ten_thousandths();
            let Some(pieces) = count.whole() else {
                // What is left over is rounding of the order.
                let scaled = i128::from(all) * i128::from(Quantity::ONE.ten_thousandths());
                let price = i64::try_from(scaled / i128::from(count.ten_thousandths()));
                let unit_price = Amount::from_ten_thousandths(price.map_err(|_| out_of_range)?);
                return Ok(Priced { unit_price: in_range(unit_price)?, dearer: 0, amount: total });
            };
            Ok(Priced {
                unit_price: Amount::from_ten_thousandths(all.div_euclid(pieces)),
                dearer: u32::try_from(all.rem_euclid(pieces)).map_err(|_| out_of_range)?,
                amount: total,
            })
        }
        (None, None) => Err(Reason::MissingPrice),
    }
}

#[cfg(test)]
mod tests {
    use crm_models::Currency;

    use super::*;

    const MAPPING: &str = "purchase_id=id,occurred_at=at,sku=sku,name=name,quantity=qty,\
                           unit_price=price,total=sum,kind=kind,customer_id=who";
    const HEADER: &str = "id,at,sku,name,qty,price,sum,kind,who";

    fn with_line<T>(line: &str, check: impl FnOnce(Result<Line<'_>, Reason>) -> T) -> T {
        let record = |text: &str| ByteRecord::from(text.split(',').collect::<Vec<_>>());
        let columns =
            MAPPING.parse::<super::super::Mapping>().unwrap().resolve(&record(HEADER)).unwrap();
        let mut moments = Moments::new(chrono_tz::UTC, None);
        let numbers = Numbers::new(None, Shown::default(), Currency::GBP);
        check(read(&record(line), &columns, &mut moments, &numbers))
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
