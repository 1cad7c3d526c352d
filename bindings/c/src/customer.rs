//! A customer, as the host knows it now.

use std::ffi::c_char;

use crm_sdk::{Customer, Timestamp};

use crate::boundary::{call, value};
use crate::code::crm_code;
use crate::events::{
    edit, edit_by_text, json_value, set_attribute, set_parsed, set_text, text_value,
};
use crate::pointer::{Handle, give, release, text};

/// A customer that appeared or changed. A field that is not set stays as the collector knows it.
///
/// Made by crm_customer_new, told to the collector by crm_client_customer, as often as you like.
pub struct crm_customer(pub(crate) Customer);

impl Handle for crm_customer {
    const NAME: &'static str = "customer";
}

/// Begins a customer of this id: what your program calls it, 1 to 128 bytes.
///
/// Threads: any. Ownership: `*customer` is yours; end it by crm_customer_free. NULL after a
/// failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_new(
    customer_id: *const c_char,
    customer: *mut *mut crm_customer,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        give(customer, || Ok(crm_customer(Customer::new(text(customer_id, "customer_id")?))))
    })
}

/// Ends a customer. NULL is allowed and does nothing.
///
/// Threads: any, while no other uses this customer. Ownership: taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_free(customer: *mut crm_customer) {
    // SAFETY: the head of crm.h demands it.
    value((), || unsafe { release(customer) });
}

/// Sets the full name of the person or firm: up to 512 bytes.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_set_name(
    customer: *mut crm_customer,
    name: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_text(customer, name, "name", |customer| &mut customer.0.name) }
}

/// Sets the email address: up to 512 bytes, of the form name@domain.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_set_email(
    customer: *mut crm_customer,
    email: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_text(customer, email, "email", |customer| &mut customer.0.email) }
}

/// Sets the phone number: up to 512 bytes, written as you like.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_set_phone(
    customer: *mut crm_customer,
    phone: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_text(customer, phone, "phone", |customer| &mut customer.0.phone) }
}

/// Sets the country, by name or code as you write it: up to 128 bytes.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_set_country(
    customer: *mut crm_customer,
    country: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_text(customer, country, "country", |customer| &mut customer.0.country) }
}

/// Sets what the customer agreed to, or did not, such as "email_marketing": up to 32 flags of up
/// to 128 bytes.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_set_consent(
    customer: *mut crm_customer,
    flag: *const c_char,
    given: bool,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit_by_text(customer, flag, "flag", |customer, flag| {
            customer.0.consent.insert(flag.to_owned(), given);
            Ok(())
        })
    }
}

/// Sets a free attribute to a text. All attributes together: up to 16 KiB as JSON.
///
/// Threads: one at a time. Ownership: the texts are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_set_attribute(
    customer: *mut crm_customer,
    key: *const c_char,
    value: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        set_attribute(customer, key, || text_value(value), |customer| &mut customer.0.attributes)
    }
}

/// Sets a free attribute to a whole number.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_set_attribute_integer(
    customer: *mut crm_customer,
    key: *const c_char,
    value: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        set_attribute(customer, key, || Ok(value.into()), |customer| &mut customer.0.attributes)
    }
}

/// Sets a free attribute to true or false.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_set_attribute_bool(
    customer: *mut crm_customer,
    key: *const c_char,
    value: bool,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        set_attribute(customer, key, || Ok(value.into()), |customer| &mut customer.0.attributes)
    }
}

/// Sets a free attribute to any JSON value, nested up to 8 levels.
///
/// Threads: one at a time. Ownership: the texts are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_set_attribute_json(
    customer: *mut crm_customer,
    key: *const c_char,
    json: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        set_attribute(customer, key, || json_value(json), |customer| &mut customer.0.attributes)
    }
}

/// Sets when the fields were true, where that is not now: RFC 3339 with an offset, such as
/// "2026-03-01T09:30:00Z".
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_set_occurred_at(
    customer: *mut crm_customer,
    time: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(customer, time, "occurred_at", |customer| &mut customer.0.occurred_at) }
}

/// The same in milliseconds since 1970 in UTC.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_set_occurred_at_ms(
    customer: *mut crm_customer,
    time_ms: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(customer, |customer| {
            customer.0.occurred_at = Some(Timestamp::from_millis(time_ms));
            Ok(())
        })
    }
}

/// Sets the id of the event, a UUID, where your program has one. The collector stores an id once.
/// Without it, each call of crm_client_customer is a new event.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_customer_set_event_id(
    customer: *mut crm_customer,
    event_id: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(customer, event_id, "id", |customer| &mut customer.0.id) }
}
