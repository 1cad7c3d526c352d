//! The line items of a purchase in one column: product number, quantity, unit price, each a
//! number of variable length. A row of its own for each line would cost more than the purchase.

use crate::facts::ItemFact;

use super::codec::{Reader, put, put_signed};
use super::error::Result;

pub(super) fn encode(items: &[ItemFact], out: &mut Vec<u8>) {
    for item in items {
        put(out, u64::from(item.product));
        put(out, u64::from(item.quantity));
        put_signed(out, item.unit_price);
    }
}

pub(super) fn decode(bytes: &[u8], items: &mut Vec<ItemFact>) -> Result<()> {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        items.push(ItemFact {
            product: reader.narrow()?,
            quantity: reader.narrow()?,
            unit_price: reader.signed()?,
        });
    }
    Ok(())
}
