//! Shows each event to the program before it is taken: the place for consent and redaction.

use std::ffi::{CString, c_char, c_void};

use crm_sdk::Event;

use crate::boundary::{Failed, c_string, call, value};
use crate::code::crm_code;
use crate::pointer::{Handle, exclusive, text};

/// An event that is about to be taken. It lives as long as the call of crm_before_send_callback
/// that was given it.
pub struct crm_event {
    json: CString,
    replacement: Option<Event>,
}

impl Handle for crm_event {
    const NAME: &'static str = "event";
}

/// Called with an event that is about to be taken, with its id and its time, and with the context
/// it was set with. Returns true to send the event, as it is or as crm_event_set_json has changed
/// it, and false to hold it back, which is counted as "withheld".
///
/// Threads: each that takes an event, also at once. Ownership: the event is the library's and ends
/// with the call.
pub type crm_before_send_callback =
    Option<unsafe extern "C" fn(event: *mut crm_event, context: *mut c_void) -> bool>;

type Callback = unsafe extern "C" fn(*mut crm_event, *mut c_void) -> bool;

/// A callback with its context.
#[derive(Clone, Copy)]
pub(crate) struct BeforeSend {
    callback: Callback,
    context: *mut c_void,
}

// SAFETY: the header demands of whoever sets it that callback and context may be used on any
// thread, at once.
unsafe impl Send for BeforeSend {}
// SAFETY: as above.
unsafe impl Sync for BeforeSend {}

impl BeforeSend {
    pub(crate) fn new(callback: Callback, context: *mut c_void) -> Self {
        Self { callback, context }
    }

    /// What is to be sent. An event that cannot be shown is held back: better lost than told.
    pub(crate) fn show(&self, event: Event) -> Option<Event> {
        let json = c_string(&serde_json::to_string(&event).ok()?);
        let mut shown = crm_event { json, replacement: None };
        // SAFETY: the header demands of whoever sets it that it can be called so; the event lives
        // until the end of this function.
        let send = value(false, || unsafe { (self.callback)(&raw mut shown, self.context) });
        send.then(|| shown.replacement.unwrap_or(event))
    }
}

/// The event as JSON, as crm_client_track_json takes it; NULL for NULL.
///
/// Threads: that of the callback. Ownership: the event's; the text stays as it is until
/// crm_event_set_json, or until the callback returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_event_json(event: *const crm_event) -> *const c_char {
    value(std::ptr::null(), || {
        // SAFETY: the head of crm.h demands it.
        unsafe { event.as_ref() }.map_or(std::ptr::null(), |event| event.json.as_ptr())
    })
}

/// Sends this instead, an event as JSON with its "type", its id and its time. CRM_INVALID says what
/// is wrong with it; whether its fields keep to the rules is looked at when the callback has
/// returned, and the call that takes the event has the answer.
///
/// Threads: that of the callback. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_event_set_json(
    event: *mut crm_event,
    json: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        let event = exclusive(event)?;
        let json = text(json, "json")?;
        let replacement =
            serde_json::from_str(json).map_err(|error| Failed::invalid("json", error))?;
        event.replacement = Some(replacement);
        event.json = c_string(json);
        Ok(())
    })
}
