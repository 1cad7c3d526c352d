//! A sale or a refund: what it is and who bought. Its lines and its money are in files of their own.

mod line;
mod money;

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_sdk::{Purchase, State, Timestamp};

pub use line::*;
pub use money::*;

use crate::boundary::{call, value};
use crate::code::crm_code;
use crate::events::{
    edit, edit_by_text, json_value, parsed, set_attribute, set_parsed, set_text, text_value,
};
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

/// Where an order stands. Only what is paid counts as sold.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum crm_purchase_state {
    /// Placed and not paid yet.
    CRM_PENDING = 1,
    /// Paid.
    CRM_PAID = 2,
    /// Called off before it was paid: nothing was bought. What was paid and given back is a paid
    /// order with a refund.
    CRM_CANCELLED = 3,
}

// SAFETY: it is repr(i32).
unsafe impl Numbered for crm_purchase_state {}

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

/// Sets your id of the order or invoice: up to 128 bytes. The collector stores it once, so a refund
/// needs one of its own; see crm_purchase_set_replace and crm_purchase_set_updated_at.
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

/// Sets which shop or application it comes from: up to 128 bytes. Ids of purchases are told apart
/// within a source. Where it is left out, it is the key's.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_source(
    purchase: *mut crm_purchase,
    source: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_text(purchase, source, "source", |purchase| &mut purchase.0.source) }
}

/// Sets the number that people know it by, where that is not its id: up to 128 bytes.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_number(
    purchase: *mut crm_purchase,
    number: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_text(purchase, number, "number", |purchase| &mut purchase.0.number) }
}

/// Sets where the order stands; without it, it is paid.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_state(
    purchase: *mut crm_purchase,
    state: MaybeUninit<crm_purchase_state>,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(purchase, |purchase| {
            purchase.0.state = match number(state) {
                state if state == crm_purchase_state::CRM_PENDING as i32 => State::Pending,
                state if state == crm_purchase_state::CRM_PAID as i32 => State::Paid,
                state if state == crm_purchase_state::CRM_CANCELLED as i32 => State::Cancelled,
                other => return Err(no_member("state", other)),
            };
            Ok(())
        })
    }
}

/// Sets when your program last changed it: RFC 3339 with an offset. Sent again with a later one, the
/// purchase takes the place of what was stored under its id; with an earlier one it changes nothing.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_updated_at(
    purchase: *mut crm_purchase,
    time: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(purchase, time, "updated_at", |purchase| &mut purchase.0.updated_at) }
}

/// The same in milliseconds since 1970 in UTC.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_updated_at_ms(
    purchase: *mut crm_purchase,
    time_ms: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(purchase, |purchase| {
            purchase.0.updated_at = Some(Timestamp::from_millis(time_ms));
            Ok(())
        })
    }
}

/// Sets whether it takes the place of what is stored under its id, whenever that was changed.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_replace(
    purchase: *mut crm_purchase,
    replace: bool,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(purchase, |purchase| {
            purchase.0.replace = replace;
            Ok(())
        })
    }
}

/// Sets whether it is taken back altogether: it is in no figure any more, and its id is free. Unless
/// crm_purchase_set_replace is set, a version stays that is later than its crm_purchase_set_updated_at.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_void(
    purchase: *mut crm_purchase,
    is_void: bool,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(purchase, |purchase| {
            purchase.0.void = is_void;
            Ok(())
        })
    }
}

/// Sets which purchase money was given back for, by its id in the same source: up to 128 bytes. Of a
/// CRM_REFUND only. There may be several refunds of one purchase.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_refund_of(
    purchase: *mut crm_purchase,
    purchase_id: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit_by_text(purchase, purchase_id, "purchase_id", |purchase, id| {
            purchase.0.refund_of = Some(id.into());
            Ok(())
        })
    }
}

/// Sets how it was paid, such as "card": up to 128 bytes.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_payment_method(
    purchase: *mut crm_purchase,
    payment_method: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        set_text(purchase, payment_method, "payment_method", |purchase| {
            &mut purchase.0.payment_method
        })
    }
}

/// Adds the code of a coupon that was used: up to 32 codes of up to 128 bytes.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_add_coupon(
    purchase: *mut crm_purchase,
    code: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit_by_text(purchase, code, "code", |purchase, code| {
            purchase.0.coupons.push(code.to_owned());
            Ok(())
        })
    }
}

/// Sets a free attribute to a text. All attributes together: up to 16 KiB as JSON.
///
/// Threads: one at a time. Ownership: the texts are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_attribute(
    purchase: *mut crm_purchase,
    key: *const c_char,
    value: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        set_attribute(purchase, key, || text_value(value), |purchase| &mut purchase.0.attributes)
    }
}

/// Sets a free attribute to a whole number.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_attribute_integer(
    purchase: *mut crm_purchase,
    key: *const c_char,
    value: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        set_attribute(purchase, key, || Ok(value.into()), |purchase| &mut purchase.0.attributes)
    }
}

/// Sets a free attribute to true or false.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_attribute_bool(
    purchase: *mut crm_purchase,
    key: *const c_char,
    value: bool,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        set_attribute(purchase, key, || Ok(value.into()), |purchase| &mut purchase.0.attributes)
    }
}

/// Sets a free attribute to any JSON value, nested up to 8 levels.
///
/// Threads: one at a time. Ownership: the texts are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_purchase_set_attribute_json(
    purchase: *mut crm_purchase,
    key: *const c_char,
    json: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        set_attribute(purchase, key, || json_value(json), |purchase| &mut purchase.0.attributes)
    }
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
