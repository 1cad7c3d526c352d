//! What a line comes to: from its quantity and its price, from its total, or from both, of which each
//! then has to agree with the other.

use std::str;

use crm_models::{Amount, AmountError, Currency, PurchaseKind, Quantity, limits};
use csv::ByteRecord;

use super::field::Field;
use super::mapping::Columns;
use super::number::Numbers;
use super::order::OrderLine;
use super::reason::Reason;

/// The money of a line.
pub(super) struct Money {
    pub(super) kind: PurchaseKind,
    pub(super) count: Quantity,
    /// `None` where it has none of its own.
    pub(super) priced: Option<Priced>,
}

pub(super) fn money(
    record: &ByteRecord,
    columns: &Columns,
    numbers: &Numbers,
    currency: Currency,
    said: Option<PurchaseKind>,
    order: Option<&OrderLine<'_>>,
) -> Result<Money, Reason> {
    let of = |field| amount(columns, record, field, numbers, currency);
    let price = of(Field::UnitPrice)?;
    let is_free = |price: Told| price.amount == Amount::ZERO;
    // Beside sums of the order, what costs nothing is part of it.
    if price.is_some_and(is_free) && order.is_none() {
        return Err(Reason::PriceZero);
    }
    let has_price = price.is_some() || columns.get(record, Field::Total).is_some();
    let tells_order_alone = order.is_some() && !has_price;
    let count = match quantity(columns, record, numbers, currency) {
        Err(Reason::MissingQuantity) if tells_order_alone => Ok(Quantity::ONE),
        Err(Reason::QuantityZero) if order.is_some() => {
            let kind = said.unwrap_or_default();
            return Ok(Money { kind, count: Quantity::ONE, priced: None });
        }
        count => count,
    }?;
    let total = of(Field::Total)?.map(|total| total.amount);
    // A price that was divided is only about what was paid, and the total is just that.
    let price = price.filter(|price| price.is_exact || total.is_none()).map(|price| price.amount);

    // Without a price the sign of the total says what kind it is; beside one, whether it is a discount.
    let paid = if columns.has_prices() { total } else { order.and_then(OrderLine::total) };
    let negative =
        count.ten_thousandths() < 0 || (price.is_none() && paid.is_some_and(Amount::is_negative));
    let kind = match (said, negative) {
        (Some(PurchaseKind::Sale), true) => return Err(Reason::SignAgainstKind),
        (Some(PurchaseKind::Refund), _) | (None, true) => PurchaseKind::Refund,
        (Some(PurchaseKind::Sale) | None, false) => PurchaseKind::Sale,
    };
    let size = count.ten_thousandths().unsigned_abs();
    let most = u64::from(limits::QUANTITY) * Quantity::ONE.ten_thousandths().unsigned_abs();
    let size = i64::try_from(size).ok().filter(|_| size <= most);
    let count = Quantity::from_ten_thousandths(size.ok_or(Reason::QuantityOutOfRange)?);
    let names_nothing = || {
        let has = |field| columns.get(record, field).is_some();
        !has(Field::Sku) && !has(Field::Name)
    };
    let priced = match (price, total) {
        // The order's own sums are all that there is.
        (None, None) if order.is_some() && (!columns.has_prices() || names_nothing()) => None,
        (None, Some(Amount::ZERO)) if order.is_some() => {
            Some(Priced { unit_price: Amount::ZERO, dearer: 0, amount: Amount::ZERO })
        }
        (price, total) => Some(priced(count, price, total)?),
    };
    Ok(Money { kind, count, priced })
}

/// An amount of a file.
#[derive(Clone, Copy)]
pub(super) struct Told {
    pub(super) amount: Amount,
    /// Whether it had no more decimals than are kept.
    is_exact: bool,
}

pub(super) fn amount(
    columns: &Columns,
    record: &ByteRecord,
    field: Field,
    numbers: &Numbers,
    currency: Currency,
) -> Result<Option<Told>, Reason> {
    let Some(bytes) = columns.get(record, field) else { return Ok(None) };
    let text = str::from_utf8(bytes).map_err(|_| Reason::MalformedAmount)?;
    if columns.has_order_fields && crm_models::is_placeholder(text) {
        return Ok(None);
    }
    let text = &*numbers.plain(text, field, currency)?;
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

pub(super) fn quantity(
    columns: &Columns,
    record: &ByteRecord,
    numbers: &Numbers,
    currency: Currency,
) -> Result<Quantity, Reason> {
    if !columns.has(Field::Quantity) {
        return Ok(Quantity::ONE);
    }
    let bytes = columns.get(record, Field::Quantity).ok_or(Reason::MissingQuantity)?;
    let text = str::from_utf8(bytes).map_err(|_| Reason::MalformedQuantity)?;
    let text = numbers.plain(text, Field::Quantity, currency).map_err(|reason| match reason {
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

#[derive(Clone, Copy)]
pub(super) struct Priced {
    pub(super) unit_price: Amount,
    pub(super) dearer: u32,
    pub(super) amount: Amount,
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
