//! Events that the collector would not take: a list to look at, and a call that sends them again.

use std::ffi::{CString, c_char};
use std::ptr;

use crm_sdk::DeadLetter;

use crate::boundary::{Failed, Result, c_string, call, value};
use crate::client::crm_client;
use crate::code::crm_code;
use crate::pointer::{Handle, give, release, shared};

/// An event that the collector would not take, and why.
///
/// Later versions may add fields at the end.
#[repr(C)]
pub struct crm_dead_letter {
    /// When it was given up, in milliseconds since 1970 in UTC.
    pub at_ms: i64,
    /// How: "rejected", "too_large", "malformed", "undeliverable" or "expired", names that
    /// crm_client_losses knows.
    pub reason: *const c_char,
    /// The collector's stable code for the reason, such as "conflict".
    pub code: *const c_char,
    /// The field that was wrong, such as `items[2].unit_price`; NULL when it was none.
    pub field: *const c_char,
    /// The rule, its limit and what was given, in English.
    pub message: *const c_char,
    /// The event as JSON. Mended, it can be given to crm_client_track_json as it is: the collector
    /// has not stored its id.
    pub event_json: *const c_char,
}

/// The dead letters of a moment, the oldest first.
pub struct crm_dead_letters {
    letters: Vec<crm_dead_letter>,
    // What the letters point into; a text stays where it is when its owner is moved.
    _texts: Vec<CString>,
}

impl Handle for crm_dead_letters {
    const NAME: &'static str = "letters";
}

impl crm_dead_letters {
    fn new(letters: &[DeadLetter]) -> Result<Self> {
        let mut texts = Vec::new();
        let mut keep = |text: &str| {
            let text = c_string(text);
            let pointer = text.as_ptr();
            texts.push(text);
            pointer
        };
        let letters = letters.iter().map(|letter| {
            let event = serde_json::to_string(&letter.event)
                .map_err(|error| Failed::new(crm_code::CRM_OTHER, error.to_string()))?;
            Ok(crm_dead_letter {
                at_ms: letter.at.millis(),
                reason: keep(letter.reason.as_str()),
                code: keep(&letter.code.to_string()),
                field: letter.field.as_deref().map_or(ptr::null(), &mut keep),
                message: keep(&letter.message),
                event_json: keep(&event),
            })
        });
        let letters = letters.collect::<Result<_>>()?;
        Ok(Self { letters, _texts: texts })
    }
}

/// Lists the events that the collector would not take, with its reasons: from this client and from
/// all others that used its spool with the same key. Without a spool there are none. CRM_SPOOL says
/// that they cannot be read.
///
/// Threads: any, also at once. Ownership: `*letters` is yours; end it by crm_dead_letters_free.
/// NULL after a failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_dead_letters(
    client: *const crm_client,
    letters: *mut *mut crm_dead_letters,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        give(letters, || crm_dead_letters::new(&shared(client)?.client.dead_letters()?))
    })
}

/// How many there are in the list; 0 for NULL.
///
/// Threads: any, also at once. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_dead_letters_count(letters: *const crm_dead_letters) -> usize {
    // SAFETY: the head of crm.h demands it.
    value(0, || unsafe { letters.as_ref() }.map_or(0, |list| list.letters.len()))
}

/// One of them, from 0 on; NULL past the last one.
///
/// Threads: any, also at once. Ownership: the list's; it ends with the list, and all its texts do.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_dead_letters_get(
    letters: *const crm_dead_letters,
    index: usize,
) -> *const crm_dead_letter {
    value(ptr::null(), || {
        // SAFETY: the head of crm.h demands it.
        let list = unsafe { letters.as_ref() };
        list.and_then(|list| list.letters.get(index)).map_or(ptr::null(), ptr::from_ref)
    })
}

/// Ends a list. NULL is allowed and does nothing. The letters stay on disk.
///
/// Threads: any, while no other uses this list. Ownership: taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_dead_letters_free(letters: *mut crm_dead_letters) {
    // SAFETY: the head of crm.h demands it.
    value((), || unsafe { release(letters) });
}

/// Takes all dead letters once more, with the ids that they have, and forgets them as such. For
/// when what was wrong with them is mended on the collector's side. The codes are those of
/// crm_client_track_json, for the first letter that is not taken: it and those after it are kept.
///
/// `events` is NULL, or told how many were taken when the code is CRM_OK.
///
/// Threads: any, also at once. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_resend_dead_letters(
    client: *const crm_client,
    events: *mut u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        let taken = shared(client)?.client.resend_dead_letters()?;
        if !events.is_null() {
            events.write(taken as u64);
        }
        Ok(())
    })
}
