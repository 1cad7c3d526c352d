//! What the builders of events have in common: how a field is set, and the values that are parsed
//! as they are set, so that a mistake is reported by the call that made it.

use std::ffi::c_char;
use std::str::FromStr;

use crm_sdk::Attributes;
use serde_json::Value;

use crate::boundary::{Failed, Result, call};
use crate::code::crm_code;
use crate::pointer::{Handle, exclusive, text};

/// Changes a handle.
///
/// # Safety
/// As [`exclusive`].
pub(crate) unsafe fn edit<T: Handle>(
    handle: *mut T,
    change: impl FnOnce(&mut T) -> Result,
) -> crm_code {
    // SAFETY: demanded above.
    call(|| change(unsafe { exclusive(handle) }?))
}

/// Changes a handle by a text.
///
/// # Safety
/// As [`exclusive`] and [`text`].
pub(crate) unsafe fn edit_by_text<T: Handle>(
    handle: *mut T,
    given: *const c_char,
    name: &str,
    change: impl FnOnce(&mut T, &str) -> Result,
) -> crm_code {
    // SAFETY: demanded above.
    call(|| unsafe { change(exclusive(handle)?, text(given, name)?) })
}

/// Changes a handle by a text that is copied into a field of it.
///
/// # Safety
/// As [`exclusive`] and [`text`].
pub(crate) unsafe fn set_text<T: Handle>(
    handle: *mut T,
    given: *const c_char,
    name: &str,
    field: impl FnOnce(&mut T) -> &mut Option<String>,
) -> crm_code {
    // SAFETY: demanded above.
    unsafe {
        edit_by_text(handle, given, name, |handle, text| {
            *field(handle) = Some(text.to_owned());
            Ok(())
        })
    }
}

/// Changes a handle by a text that has to be parsed for a field of it.
///
/// # Safety
/// As [`exclusive`] and [`text`].
pub(crate) unsafe fn set_parsed<T: Handle, V: FromStr<Err: ToString>>(
    handle: *mut T,
    given: *const c_char,
    name: &str,
    field: impl FnOnce(&mut T) -> &mut Option<V>,
) -> crm_code {
    // SAFETY: demanded above.
    unsafe {
        edit_by_text(handle, given, name, |handle, text| {
            *field(handle) = Some(parsed(text, name)?);
            Ok(())
        })
    }
}

/// Changes one attribute of a handle by a text.
///
/// # Safety
/// As [`exclusive`] and [`text`].
pub(crate) unsafe fn set_attribute<T: Handle>(
    handle: *mut T,
    key: *const c_char,
    value: impl FnOnce() -> Result<Value>,
    attributes: impl FnOnce(&mut T) -> &mut Attributes,
) -> crm_code {
    // SAFETY: demanded above.
    unsafe {
        edit_by_text(handle, key, "key", |handle, key| {
            attributes(handle).insert(key.to_owned(), value()?);
            Ok(())
        })
    }
}

/// The value of an attribute, given as text.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn text_value(given: *const c_char) -> Result<Value> {
    // SAFETY: demanded above.
    unsafe { text(given, "value") }.map(Value::from)
}

/// The value of an attribute, given as JSON.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn json_value(given: *const c_char) -> Result<Value> {
    // SAFETY: demanded above.
    let json = unsafe { text(given, "json") }?;
    serde_json::from_str(json).map_err(|error| Failed::invalid("attributes", error))
}

/// A value in the form that its field has.
pub(crate) fn parsed<V: FromStr<Err: ToString>>(text: &str, field: &str) -> Result<V> {
    text.parse().map_err(|error: V::Err| Failed::invalid(field, error.to_string()))
}
