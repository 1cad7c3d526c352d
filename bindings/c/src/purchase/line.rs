//! The lines of a purchase: how one is added, and what is told of the one that was added last.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_sdk::{Amount, LineItem, LineKind, Quantity};

use super::crm_purchase;
use crate::boundary::{Failed, Result};
use crate::code::crm_code;
use crate::events::{edit, edit_by_text, parsed};
use crate::pointer::{Numbered, no_member, number, optional_text, text};

/// What a line is about. Only products are counted as goods.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum crm_line_kind {
    /// Goods or a service.
    CRM_LINE_PRODUCT = 1,
    /// Money off the purchase, whatever sign its price has.
    CRM_LINE_DISCOUNT = 2,
    /// Delivery.
    CRM_LINE_SHIPPING = 3,
    /// A charge that is neither goods nor delivery, such as for paying by card.
    CRM_LINE_FEE = 4,
    /// Given on top by the customer.
    CRM_LINE_TIP = 5,
    /// A gift card that was sold: money that was paid, and no sale until it is used.
    CRM_LINE_GIFT_CARD = 6,
}

// SAFETY: it is repr(i32).
unsafe impl Numbered for crm_line_kind {}

fn kind_of(kind: MaybeUninit<crm_line_kind>) -> Result<LineKind> {
    use crm_line_kind::*;
    let kinds = [
        (CRM_LINE_PRODUCT, LineKind::Product),
        (CRM_LINE_DISCOUNT, LineKind::Discount),
        (CRM_LINE_SHIPPING, LineKind::Shipping),
        (CRM_LINE_FEE, LineKind::Fee),
        (CRM_LINE_TIP, LineKind::Tip),
        (CRM_LINE_GIFT_CARD, LineKind::GiftCard),
    ];
    let number = number(kind);
    let found = kinds.into_iter().find(|(kind, _)| *kind as i32 == number);
    found.map(|(_, kind)| kind).ok_or_else(|| no_member("kind", number))
}

fn line(
    kind: MaybeUninit<crm_line_kind>,
    sku: Option<&str>,
    quantity: Quantity,
    unit_price: Amount,
) -> Result<LineItem> {
    let mut line = LineItem::of_kind(kind_of(kind)?, unit_price);
    line.sku = sku.map(Into::into);
    line.quantity = quantity;
    Ok(line)
}

/// Adds a line: so many pieces of a product at a price each, before discounts. The price is a decimal
/// number with up to 4 decimals, such as "6.95". Up to 5,000 lines; a quantity up to 100,000,000; a
/// SKU of 1 to 128 bytes. crm_purchase_add_line adds lines of every other sort.
///
/// Threads: one at a time. Ownership: the texts are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_add_item(
    purchase: *mut crm_purchase,
    sku: *const c_char,
    quantity: u32,
    unit_price: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit_by_text(purchase, sku, "sku", |purchase, sku| {
            let unit_price = parsed(text(unit_price, "unit_price")?, "unit_price")?;
            purchase.0.items.push(LineItem::new(sku, quantity, unit_price));
            Ok(())
        })
    }
}

/// The same with the price in 1/10,000 of a unit of the currency: 6.95 is 69500.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_add_item_x10000(
    purchase: *mut crm_purchase,
    sku: *const c_char,
    quantity: u32,
    unit_price_x10000: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit_by_text(purchase, sku, "sku", |purchase, sku| {
            let unit_price = Amount::from_ten_thousandths(unit_price_x10000);
            purchase.0.items.push(LineItem::new(sku, quantity, unit_price));
            Ok(())
        })
    }
}

/// Adds a line of any kind. Quantity and price are decimal numbers with up to 4 decimals, such as
/// "1.5" and "6.95"; a quantity below zero is what came back in a sale with returns. `sku` may be NULL
/// where the line is no product or gets a name by crm_purchase_set_item_name, which stands for it
/// then.
///
/// Threads: one at a time. Ownership: the texts are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_add_line(
    purchase: *mut crm_purchase,
    kind: MaybeUninit<crm_line_kind>,
    sku: *const c_char,
    quantity: *const c_char,
    unit_price: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(purchase, |purchase| {
            let sku = optional_text(sku, "sku")?;
            let quantity = parsed(text(quantity, "quantity")?, "quantity")?;
            let unit_price = parsed(text(unit_price, "unit_price")?, "unit_price")?;
            purchase.0.items.push(line(kind, sku, quantity, unit_price)?);
            Ok(())
        })
    }
}

/// The same with the quantity in 1/10,000 and the price in 1/10,000 of a unit of the currency: 1.5 is
/// 15000, 6.95 is 69500.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_add_line_x10000(
    purchase: *mut crm_purchase,
    kind: MaybeUninit<crm_line_kind>,
    sku: *const c_char,
    quantity_x10000: i64,
    unit_price_x10000: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(purchase, |purchase| {
            let sku = optional_text(sku, "sku")?;
            let quantity = Quantity::from_ten_thousandths(quantity_x10000);
            let unit_price = Amount::from_ten_thousandths(unit_price_x10000);
            purchase.0.items.push(line(kind, sku, quantity, unit_price)?);
            Ok(())
        })
    }
}

/// Names the line that was added last: up to 500 characters.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_item_name(
    purchase: *mut crm_purchase,
    name: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit_by_text(purchase, name, "name", |purchase, name| {
            last_item(purchase)?.name = Some(name.to_owned());
            Ok(())
        })
    }
}

/// Sets the category of the product of the line that was added last: up to 512 bytes.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_item_category(
    purchase: *mut crm_purchase,
    category: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit_by_text(purchase, category, "category", |purchase, category| {
            last_item(purchase)?.category = Some(category.to_owned());
            Ok(())
        })
    }
}

/// Sets which of the product it was of the line that was added last, such as its size: up to 512
/// bytes.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_item_variant(
    purchase: *mut crm_purchase,
    variant: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit_by_text(purchase, variant, "variant", |purchase, variant| {
            last_item(purchase)?.variant = Some(variant.to_owned());
            Ok(())
        })
    }
}

/// Sets the money off the whole line that was added last, as a decimal number with up to 4 decimals.
/// Its sign does not matter.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_item_discount(
    purchase: *mut crm_purchase,
    discount: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit_by_text(purchase, discount, "discount", |purchase, discount| {
            last_item(purchase)?.discount = Some(parsed(discount, "discount")?);
            Ok(())
        })
    }
}

/// The same in 1/10,000 of a unit of the currency.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_item_discount_x10000(
    purchase: *mut crm_purchase,
    discount_x10000: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(purchase, |purchase| {
            last_item(purchase)?.discount = Some(Amount::from_ten_thousandths(discount_x10000));
            Ok(())
        })
    }
}

/// Sets the tax on the whole line that was added last, as a decimal number with up to 4 decimals.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_item_tax(
    purchase: *mut crm_purchase,
    tax: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit_by_text(purchase, tax, "tax", |purchase, tax| {
            last_item(purchase)?.tax = Some(parsed(tax, "tax")?);
            Ok(())
        })
    }
}

/// The same in 1/10,000 of a unit of the currency.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_item_tax_x10000(
    purchase: *mut crm_purchase,
    tax_x10000: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(purchase, |purchase| {
            last_item(purchase)?.tax = Some(Amount::from_ten_thousandths(tax_x10000));
            Ok(())
        })
    }
}

/// Sets what one of the line that was added last cost you, for margins, as a decimal number with up
/// to 4 decimals.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_item_cost(
    purchase: *mut crm_purchase,
    cost: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit_by_text(purchase, cost, "cost", |purchase, cost| {
            last_item(purchase)?.cost = Some(parsed(cost, "cost")?);
            Ok(())
        })
    }
}

/// The same in 1/10,000 of a unit of the currency.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_item_cost_x10000(
    purchase: *mut crm_purchase,
    cost_x10000: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(purchase, |purchase| {
            last_item(purchase)?.cost = Some(Amount::from_ten_thousandths(cost_x10000));
            Ok(())
        })
    }
}

fn last_item(purchase: &mut crm_purchase) -> Result<&mut LineItem> {
    let missing = || Failed::misuse("the purchase has no line yet: add one first");
    purchase.0.items.last_mut().ok_or_else(missing)
}
