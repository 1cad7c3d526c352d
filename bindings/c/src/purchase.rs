//! A sale or a refund, with its line items.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_sdk::{Amount, LineItem, Purchase, Timestamp};

use crate::boundary::{Failed, Result, call, value};
use crate::code::crm_code;
use crate::events::{edit, edit_by_text, parsed, set_parsed, set_text};
use crate::pointer::{Handle, Numbered, give, no_member, number, release, text};

/// Whether money came in or went back.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum crm_purchase_kind {
    /// Money came in.
    CRM_SALE = 1,
    /// Money went back. Quantities and the total are positive all the same.
    CRM_REFUND = 2,
}

// SAFETY: it is repr(i32).
unsafe impl Numbered for crm_purchase_kind {}

/// A sale or a refund.
///
/// Made by crm_purchase_new, told to the collector by crm_client_purchase.
pub struct crm_purchase(pub(crate) Purchase);

impl Handle for crm_purchase {
    const NAME: &'static str = "purchase";
}

/// Begins a purchase. The currency is an ISO 4217 code such as "EUR" and holds for every amount
/// in it.
///
/// Threads: any. Ownership: `*purchase` is yours; end it by crm_purchase_free. NULL after a
/// failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_new(
    kind: MaybeUninit<crm_purchase_kind>,
    currency: *const c_char,
    purchase: *mut *mut crm_purchase,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        give(purchase, || {
            let begin = match number(kind) {
                kind if kind == crm_purchase_kind::CRM_SALE as i32 => Purchase::sale,
                kind if kind == crm_purchase_kind::CRM_REFUND as i32 => Purchase::refund,
                other => return Err(no_member("kind", other)),
            };
            let currency = parsed(text(currency, "currency")?, "currency")?;
            Ok(crm_purchase(begin(currency)))
        })
    })
}

/// Ends a purchase. NULL is allowed and does nothing.
///
/// Threads: any, while no other uses this purchase. Ownership: taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_free(purchase: *mut crm_purchase) {
    // SAFETY: the head of crm.h demands it.
    value((), || unsafe { release(purchase) });
}

/// Sets your order or invoice number: up to 128 bytes. The collector stores the same number once,
/// so a refund needs one of its own.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_purchase_id(
    purchase: *mut crm_purchase,
    purchase_id: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit_by_text(purchase, purchase_id, "purchase_id", |purchase, id| {
            purchase.0.purchase_id = Some(id.into());
            Ok(())
        })
    }
}

/// Sets who bought: up to 128 bytes. Without it the purchase is anonymous.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_customer_id(
    purchase: *mut crm_purchase,
    customer_id: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit_by_text(purchase, customer_id, "customer_id", |purchase, id| {
            purchase.0.customer_id = Some(id.into());
            Ok(())
        })
    }
}

/// Adds a line: so many of a product at a price each. The price is a decimal number with up to 4
/// decimals, such as "6.95"; below zero for a discount that is a line of its own. Up to 5,000
/// lines; a quantity from 1 to 100,000,000; a SKU of 1 to 128 bytes.
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

/// Names the product of the line that was added last: up to 512 bytes.
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

fn last_item(purchase: &mut crm_purchase) -> Result<&mut LineItem> {
    let missing = || Failed::misuse("the purchase has no line yet: add one first");
    purchase.0.items.last_mut().ok_or_else(missing)
}

/// Sets what was paid, a decimal number with up to 4 decimals such as "13.90". May be left out
/// where there are lines, and has to equal their sum if it is not.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_total(
    purchase: *mut crm_purchase,
    total: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(purchase, total, "total", |purchase| &mut purchase.0.total) }
}

/// The same in 1/10,000 of a unit of the currency: 13.90 is 139000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_total_x10000(
    purchase: *mut crm_purchase,
    total_x10000: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(purchase, |purchase| {
            purchase.0.total = Some(Amount::from_ten_thousandths(total_x10000));
            Ok(())
        })
    }
}

/// Sets where it was sold, such as "web", "app" or "store": up to 128 bytes.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_channel(
    purchase: *mut crm_purchase,
    channel: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_text(purchase, channel, "channel", |purchase| &mut purchase.0.channel) }
}

/// Sets the country it was sold to, by name or code as you write it: up to 128 bytes.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_country(
    purchase: *mut crm_purchase,
    country: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_text(purchase, country, "country", |purchase| &mut purchase.0.country) }
}

/// Sets when it happened, where that is not now: RFC 3339 with an offset, such as
/// "2026-03-01T09:30:00Z".
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_occurred_at(
    purchase: *mut crm_purchase,
    time: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(purchase, time, "occurred_at", |purchase| &mut purchase.0.occurred_at) }
}

/// The same in milliseconds since 1970 in UTC.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_occurred_at_ms(
    purchase: *mut crm_purchase,
    time_ms: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(purchase, |purchase| {
            purchase.0.occurred_at = Some(Timestamp::from_millis(time_ms));
            Ok(())
        })
    }
}

/// Sets the id of the event, a UUID, where your program has one. The collector stores an id once.
/// Without it, each call of crm_client_purchase is a new event.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_event_id(
    purchase: *mut crm_purchase,
    event_id: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(purchase, event_id, "id", |purchase| &mut purchase.0.id) }
}
