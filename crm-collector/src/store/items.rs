//! The line items of a purchase in one column, and what was told of the whole order in another, in
//! numbers of variable length. A row of its own for each line would cost more than the purchase.
//!
//! A plain line is its product, a whole quantity and the unit price. Products are counted from 1, so a
//! nought tells that more follows: what the line is about and which figures it has, and these.

use crm_models::{Amount, LineKind, OrderMoney, Quantity};

use crate::facts::ItemFact;

use super::codec::{Reader, put, put_signed};
use super::error::{Result, StoreError};

/// In the place of a product.
const FURTHER: u64 = 0;

const KIND: u64 = 0b111;
const DISCOUNT: u64 = 1 << 3;
const TAX: u64 = 1 << 4;
const COST: u64 = 1 << 5;
/// The quantity is in 1/10,000, and may be below zero.
const FINE: u64 = 1 << 6;

const KINDS: [LineKind; 6] = [
    LineKind::Product,
    LineKind::Discount,
    LineKind::Shipping,
    LineKind::Fee,
    LineKind::Tip,
    LineKind::GiftCard,
];

pub(super) fn encode(items: &[ItemFact], out: &mut Vec<u8>) {
    for item in items {
        let whole = item.quantity.whole().and_then(|whole| u64::try_from(whole).ok());
        let told = [(DISCOUNT, item.discount), (TAX, item.tax), (COST, item.cost)];
        let flags: u64 = told.iter().filter(|(_, of)| of.is_some()).map(|(flag, _)| flag).sum();
        let kind = (0_u64..).zip(KINDS).find(|(_, kind)| *kind == item.kind);
        let fine = if whole.is_some() { 0 } else { FINE };
        let head = kind.map_or(0, |(number, _)| number) | flags | fine;
        if head != 0 || item.product == 0 {
            put(out, FURTHER);
            put(out, head);
        }
        put(out, u64::from(item.product));
        match whole {
            Some(whole) => put(out, whole),
            None => put_signed(out, item.quantity.ten_thousandths()),
        }
        put_signed(out, item.unit_price.ten_thousandths());
        told.iter().filter_map(|(_, of)| *of).for_each(|of| put_signed(out, of.ten_thousandths()));
    }
}

pub(super) fn decode(bytes: &[u8], items: &mut Vec<ItemFact>) -> Result<()> {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let first: u32 = reader.narrow()?;
        let (head, product) = match first {
            0 => (reader.unsigned()?, reader.narrow()?),
            product => (0, product),
        };
        let quantity = match head & FINE {
            0 => Quantity::try_from(reader.unsigned()?).map_err(|_| damaged())?,
            _ => Quantity::from_ten_thousandths(reader.signed()?),
        };
        let unit_price = Amount::from_ten_thousandths(reader.signed()?);
        let mut told = |flag: u64| -> Result<Option<Amount>> {
            match head & flag {
                0 => Ok(None),
                _ => Ok(Some(Amount::from_ten_thousandths(reader.signed()?))),
            }
        };
        items.push(ItemFact {
            kind: kind(head & KIND)?,
            product,
            quantity,
            unit_price,
            discount: told(DISCOUNT)?,
            tax: told(TAX)?,
            cost: told(COST)?,
        });
    }
    Ok(())
}

fn kind(number: u64) -> Result<LineKind> {
    let found = usize::try_from(number).ok().and_then(|number| KINDS.get(number));
    found.copied().ok_or_else(damaged)
}

fn damaged() -> StoreError {
    StoreError::Damaged("a line of a purchase cannot be read".into())
}

/// What was told of an order beside its lines and its total, which stand elsewhere; nothing where that
/// is nothing.
pub(super) fn encode_order(order: &OrderMoney) -> Option<Vec<u8>> {
    let amounts =
        [order.discount, order.shipping, order.tax, order.tip, order.fees, order.rounding];
    let told = (0_u64..).zip(amounts).filter_map(|(bit, of)| Some((bit, of?)));
    let mut head = u64::from(order.tax_included) << TAX_INCLUDED;
    let mut rest = Vec::new();
    for (bit, amount) in told {
        head |= 1 << bit;
        put_signed(&mut rest, amount.ten_thousandths());
    }
    if head == 0 {
        return None;
    }
    let mut packed = Vec::with_capacity(rest.len() + 1);
    put(&mut packed, head);
    packed.append(&mut rest);
    Some(packed)
}

const TAX_INCLUDED: u64 = 6;

pub(super) fn decode_order(bytes: &[u8]) -> Result<OrderMoney> {
    let mut reader = Reader::new(bytes);
    let head = reader.unsigned()?;
    let mut order =
        OrderMoney { tax_included: head & (1 << TAX_INCLUDED) != 0, ..OrderMoney::default() };
    let amounts = [
        &mut order.discount,
        &mut order.shipping,
        &mut order.tax,
        &mut order.tip,
        &mut order.fees,
        &mut order.rounding,
    ];
    for (bit, amount) in (0_u64..).zip(amounts) {
        if head & (1 << bit) != 0 {
            *amount = Some(Amount::from_ten_thousandths(reader.signed()?));
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amounts() -> impl Strategy<Value = Option<Amount>> {
        proptest::option::of(any::<i64>().prop_map(Amount::from_ten_thousandths))
    }

    fn items() -> impl Strategy<Value = ItemFact> {
        let kind = (0..KINDS.len()).prop_map(|at| KINDS[at]);
        let quantity = prop_oneof![
            any::<u32>().prop_map(Quantity::from),
            any::<i64>().prop_map(Quantity::from_ten_thousandths),
            // Whole ones beyond what a u32 counts, which a random number hardly ever is.
            any::<i64>().prop_map(|any| Quantity::from_ten_thousandths(any - any % 10_000)),
        ];
        (kind, any::<u32>(), quantity, any::<i64>(), amounts(), amounts(), amounts()).prop_map(
            |(kind, product, quantity, unit_price, discount, tax, cost)| ItemFact {
                kind,
                product,
                quantity,
                unit_price: Amount::from_ten_thousandths(unit_price),
                discount,
                tax,
                cost,
            },
        )
    }

    proptest! {
        #[test]
        fn lines_and_orders_are_read_as_they_were_written(
            items in proptest::collection::vec(items(), 0..6),
            (discount, shipping, tax) in (amounts(), amounts(), amounts()),
            (tip, fees, rounding, tax_included) in (amounts(), amounts(), amounts(), any::<bool>()),
        ) {
            let (mut packed, mut read) = (Vec::new(), Vec::new());
            encode(&items, &mut packed);
            decode(&packed, &mut read).unwrap();
            prop_assert_eq!(read, items);
            let order =
                OrderMoney { discount, shipping, tax, tax_included, tip, fees, rounding, total: None };
            let packed = encode_order(&order);
            prop_assert_eq!(packed.is_none(), order == OrderMoney::default());
            let read = packed.map_or(Ok(OrderMoney::default()), |packed| decode_order(&packed));
            prop_assert_eq!(read.unwrap(), order);
        }
    }

    #[test]
    fn a_plain_line_is_written_as_it_always_was() {
        let plain = ItemFact {
            kind: LineKind::Product,
            product: 7,
            quantity: Quantity::from(3),
            unit_price: Amount::from_ten_thousandths(-5),
            discount: None,
            tax: None,
            cost: None,
        };
        let mut packed = Vec::new();
        encode(&[plain], &mut packed);
        assert_eq!(packed, [7, 3, 9]);
    }
}
