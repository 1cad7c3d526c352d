//! What the library tells the program unasked: events that were given up, and what is wrong.

use std::ffi::{c_char, c_void};
use std::ptr;

use crm_sdk::{ErrorReport, LossReport};

use crate::boundary::{c_string, value};
use crate::stats::{crm_failure, crm_spool_state, failure_of};
use crate::verdict::{Texts, crm_rejection};

/// Events that were given up since the report before.
///
/// Later versions may add fields at the end.
#[repr(C)]
pub struct crm_loss_report {
    /// How many reasons there are.
    pub reasons: usize,
    /// How many events for each reason: `events[i]` for the one that crm_loss_name(i) names.
    pub events: *const u64,
    /// How many of the events that the collector would not take are told of one by one: up to 16.
    pub samples_count: usize,
    /// Those events, each with its reason: `samples[0]` to `samples[samples_count - 1]`.
    pub samples: *const *const crm_rejection,
}

/// Called with a report and with the context it was set with.
///
/// Threads: the client's own. Ownership: the report and all its texts are the library's and end
/// with the call; copy what you keep.
pub type crm_loss_callback =
    Option<unsafe extern "C" fn(report: *const crm_loss_report, context: *mut c_void)>;

/// What is wrong at the moment. Nothing is lost by it.
///
/// Later versions may add fields at the end.
#[repr(C)]
pub struct crm_error_report {
    /// Why requests fail; CRM_NO_FAILURE when they do not.
    pub failure: crm_failure,
    /// The HTTP status that they fail with; 0 where there is none.
    pub failure_status: u32,
    /// CRM_SPOOL_FAILING when the disk takes no events; otherwise CRM_SPOOL_OFF.
    pub spool: crm_spool_state,
    /// All of it in one line for people, such as "the key is refused (status 401): …".
    pub message: *const c_char,
}

/// Called with a report and with the context it was set with.
///
/// Threads: the client's own. Ownership: the report and its text are the library's and end with the
/// call; copy what you keep.
pub type crm_error_callback =
    Option<unsafe extern "C" fn(report: *const crm_error_report, context: *mut c_void)>;

/// A callback with its context.
#[derive(Clone, Copy)]
pub(crate) struct OnLoss {
    pub(crate) callback: unsafe extern "C" fn(*const crm_loss_report, *mut c_void),
    pub(crate) context: *mut c_void,
}

/// A callback with its context.
#[derive(Clone, Copy)]
pub(crate) struct OnError {
    pub(crate) callback: unsafe extern "C" fn(*const crm_error_report, *mut c_void),
    pub(crate) context: *mut c_void,
}

// SAFETY: the header demands of whoever sets it that callback and context may be used on the
// thread of the client.
unsafe impl Send for OnLoss {}
// SAFETY: as above.
unsafe impl Send for OnError {}

impl OnLoss {
    pub(crate) fn call(&self, report: &LossReport) {
        let events: Vec<u64> = report.counts.iter().map(|(_, events)| events).collect();
        let texts: Vec<_> = report.samples.iter().map(Texts::of).collect();
        let rejections: Vec<_> = texts.iter().map(Texts::rejection).collect();
        let samples: Vec<*const crm_rejection> = rejections.iter().map(ptr::from_ref).collect();
        let report = crm_loss_report {
            reasons: events.len(),
            events: events.as_ptr(),
            samples_count: samples.len(),
            samples: samples.as_ptr(),
        };
        // SAFETY: the header demands of whoever sets it that it can be called so; all that the
        // report points to lives until the end of this function.
        value((), || unsafe { (self.callback)(&raw const report, self.context) });
    }
}

impl OnError {
    pub(crate) fn call(&self, error: &ErrorReport) {
        let (failure, failure_status) = failure_of(error.failure);
        let spool = match error.spool {
            Some(_) => crm_spool_state::CRM_SPOOL_FAILING,
            None => crm_spool_state::CRM_SPOOL_OFF,
        };
        let message = c_string(&error.to_string());
        let report = crm_error_report { failure, failure_status, spool, message: message.as_ptr() };
        // SAFETY: the header demands of whoever sets it that it can be called so; the text lives
        // until the end of this function.
        value((), || unsafe { (self.callback)(&raw const report, self.context) });
    }
}
