//! The money of a purchase beside its lines, as decimal text and as a number.

use std::ffi::c_char;

use crm_sdk::{Amount, Purchase};

use super::crm_purchase;
use crate::code::crm_code;
use crate::events::{edit, set_parsed};

/// Sets an amount.
///
/// # Safety
/// As [`edit`].
unsafe fn set_amount(
    purchase: *mut crm_purchase,
    x10000: i64,
    field: impl FnOnce(&mut Purchase) -> &mut Option<Amount>,
) -> crm_code {
    // SAFETY: demanded above.
    unsafe {
        edit(purchase, |purchase| {
            *field(&mut purchase.0) = Some(Amount::from_ten_thousandths(x10000));
            Ok(())
        })
    }
}

/// Sets what was paid, a decimal number with up to 4 decimals such as "13.90"; of a refund, what was
/// given back. May be left out where there are lines: it is then the sum of all parts. Where it
/// differs from them, the difference is kept as rounding or, where it is larger, as an adjustment
/// with a warning in the verdict.
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
    unsafe { set_amount(purchase, total_x10000, |purchase| &mut purchase.total) }
}

/// Sets all that was taken off, discounts of lines included, as a decimal number with up to 4
/// decimals. Its sign does not matter.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_discount(
    purchase: *mut crm_purchase,
    discount: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(purchase, discount, "discount", |purchase| &mut purchase.0.discount) }
}

/// The same in 1/10,000 of a unit of the currency.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_discount_x10000(
    purchase: *mut crm_purchase,
    discount_x10000: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_amount(purchase, discount_x10000, |purchase| &mut purchase.discount) }
}

/// Sets all that was paid for delivery, as a decimal number with up to 4 decimals.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_shipping(
    purchase: *mut crm_purchase,
    shipping: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(purchase, shipping, "shipping", |purchase| &mut purchase.0.shipping) }
}

/// The same in 1/10,000 of a unit of the currency.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_shipping_x10000(
    purchase: *mut crm_purchase,
    shipping_x10000: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_amount(purchase, shipping_x10000, |purchase| &mut purchase.shipping) }
}

/// Sets all tax, that of lines included, as a decimal number with up to 4 decimals. It comes on top
/// of the prices, unless crm_purchase_set_tax_included says that it is in them.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_tax(
    purchase: *mut crm_purchase,
    tax: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(purchase, tax, "tax", |purchase| &mut purchase.0.tax) }
}

/// The same in 1/10,000 of a unit of the currency.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_tax_x10000(
    purchase: *mut crm_purchase,
    tax_x10000: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_amount(purchase, tax_x10000, |purchase| &mut purchase.tax) }
}

/// Sets whether prices have their tax in them, so that it does not come on top. Without it, it does.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_tax_included(
    purchase: *mut crm_purchase,
    included: bool,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(purchase, |purchase| {
            purchase.0.tax_included = included;
            Ok(())
        })
    }
}

/// Sets what the customer gave on top, as a decimal number with up to 4 decimals.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_tip(
    purchase: *mut crm_purchase,
    tip: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(purchase, tip, "tip", |purchase| &mut purchase.0.tip) }
}

/// The same in 1/10,000 of a unit of the currency.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_tip_x10000(
    purchase: *mut crm_purchase,
    tip_x10000: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_amount(purchase, tip_x10000, |purchase| &mut purchase.tip) }
}

/// Sets charges that are neither goods nor delivery, as a decimal number with up to 4 decimals.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_fees(
    purchase: *mut crm_purchase,
    fees: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(purchase, fees, "fees", |purchase| &mut purchase.0.fees) }
}

/// The same in 1/10,000 of a unit of the currency.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_fees_x10000(
    purchase: *mut crm_purchase,
    fees_x10000: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_amount(purchase, fees_x10000, |purchase| &mut purchase.fees) }
}

/// Sets what the total was rounded by, as a decimal number with up to 4 decimals; below zero where
/// it was rounded down.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_rounding(
    purchase: *mut crm_purchase,
    rounding: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(purchase, rounding, "rounding", |purchase| &mut purchase.0.rounding) }
}

/// The same in 1/10,000 of a unit of the currency.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_rounding_x10000(
    purchase: *mut crm_purchase,
    rounding_x10000: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_amount(purchase, rounding_x10000, |purchase| &mut purchase.rounding) }
}
