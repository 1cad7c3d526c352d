//! Verdicts of the collector, handed to a callback.

use std::ffi::{CString, c_char, c_void};
use std::ptr;

use crm_sdk::{Notice, Rejection, Verdict};

use crate::boundary::{c_string, value};

/// Why one event was not stored. The collector keeps it in its quarantine.
///
/// Later versions may add fields at the end.
#[repr(C)]
pub struct crm_rejection {
    /// The event's id, as it was given when the event was taken; NULL when it is not known.
    pub event_id: *const c_char,
    /// Stable code of the reason, such as "conflict".
    pub code: *const c_char,
    /// The field that was wrong, such as `items[2].unit_price`; NULL when it was none.
    pub field: *const c_char,
    /// The rule, its limit and what was given, in English.
    pub message: *const c_char,
}

/// What has to be looked at in one event that was stored.
///
/// Later versions may add fields at the end.
#[repr(C)]
pub struct crm_notice {
    /// The event's id, as it was given when the event was taken; NULL when it is not known.
    pub event_id: *const c_char,
    /// Stable code of the reason, such as "adjusted"; "other" for one that is newer than the library.
    pub code: *const c_char,
    /// The field it is about, such as "total".
    pub field: *const c_char,
    /// What was given, and what was made of it, in English.
    pub message: *const c_char,
}

/// What became of a batch.
///
/// Later versions may add fields at the end.
#[repr(C)]
pub struct crm_verdict {
    /// Events that are now stored.
    pub accepted: u64,
    /// Events that were stored already.
    pub duplicate: u64,
    /// How many events were not stored.
    pub rejected_count: usize,
    /// Those events, each with its reason: `rejected[0]` to `rejected[rejected_count - 1]`.
    pub rejected: *const *const crm_rejection,
    /// Events that have taken the place of what was stored under their id, or have taken it back.
    pub updated: u64,
    /// Events that change nothing, for what is stored under their id is later.
    pub superseded: u64,
    /// How much there is to look at in events that were stored.
    pub warnings_count: usize,
    /// All of it: `warnings[0]` to `warnings[warnings_count - 1]`. An event may have several.
    pub warnings: *const *const crm_notice,
}

/// Called with a verdict and with the context it was set with.
///
/// Threads: the client's own. Ownership: the verdict and all its texts are the library's and end
/// with the call; copy what you keep.
pub type crm_verdict_callback =
    Option<unsafe extern "C" fn(verdict: *const crm_verdict, context: *mut c_void)>;

type Callback = unsafe extern "C" fn(*const crm_verdict, *mut c_void);

/// A callback with its context.
#[derive(Clone, Copy)]
pub(crate) struct OnVerdict {
    callback: Callback,
    context: *mut c_void,
}

// SAFETY: the header demands of whoever sets it that callback and context may be used on the
// thread of the client.
unsafe impl Send for OnVerdict {}

impl OnVerdict {
    pub(crate) fn new(callback: Callback, context: *mut c_void) -> Self {
        Self { callback, context }
    }

    pub(crate) fn call(&self, verdict: &Verdict) {
        let shown = Shown::new(verdict);
        // SAFETY: the header demands of whoever sets it that it can be called so; all that the
        // verdict points to lives until the end of this function.
        value((), || unsafe { (self.callback)(shown.verdict(), self.context) });
    }
}

/// A verdict of the header with all that it points into, in boxes that stay where they are when it is
/// moved.
pub(crate) struct Shown {
    verdict: crm_verdict,
    _rejected: List<crm_rejection>,
    _warnings: List<crm_notice>,
}

impl Shown {
    pub(crate) fn new(verdict: &Verdict) -> Self {
        let rejected =
            List::new(verdict.rejected.iter().map(Texts::of).collect(), Texts::rejection);
        let warnings =
            List::new(verdict.warnings.iter().map(Texts::of_notice).collect(), Texts::notice);
        let verdict = crm_verdict {
            accepted: verdict.accepted,
            duplicate: verdict.duplicate,
            rejected_count: rejected.pointers.len(),
            rejected: rejected.pointers.as_ptr(),
            updated: verdict.updated,
            superseded: verdict.superseded,
            warnings_count: warnings.pointers.len(),
            warnings: warnings.pointers.as_ptr(),
        };
        Self { verdict, _rejected: rejected, _warnings: warnings }
    }

    pub(crate) fn verdict(&self) -> *const crm_verdict {
        &raw const self.verdict
    }
}

/// Structs of the header that are handed over by pointers, and their texts.
struct List<T> {
    pointers: Box<[*const T]>,
    _structs: Box<[T]>,
    _texts: Vec<Texts>,
}

impl<T> List<T> {
    fn new(texts: Vec<Texts>, of: fn(&Texts) -> T) -> Self {
        let structs: Box<[_]> = texts.iter().map(of).collect();
        let pointers = structs.iter().map(ptr::from_ref).collect();
        Self { pointers, _structs: structs, _texts: texts }
    }
}

/// What a rejection or a notice of the header points into.
pub(crate) struct Texts {
    event_id: Option<CString>,
    code: CString,
    field: Option<CString>,
    message: CString,
}

impl Texts {
    pub(crate) fn of(rejection: &Rejection) -> Self {
        Self {
            event_id: rejection.id.map(|id| c_string(&id.to_string())),
            code: c_string(&rejection.code.to_string()),
            field: rejection.field.as_deref().map(c_string),
            message: c_string(&rejection.message),
        }
    }

    fn of_notice(notice: &Notice) -> Self {
        Self {
            event_id: notice.id.map(|id| c_string(&id.to_string())),
            code: c_string(notice.code.as_str()),
            field: Some(c_string(&notice.field)),
            message: c_string(&notice.message),
        }
    }

    pub(crate) fn rejection(&self) -> crm_rejection {
        crm_rejection {
            event_id: optional(&self.event_id),
            code: self.code.as_ptr(),
            field: optional(&self.field),
            message: self.message.as_ptr(),
        }
    }

    fn notice(&self) -> crm_notice {
        crm_notice {
            event_id: optional(&self.event_id),
            code: self.code.as_ptr(),
            field: optional(&self.field),
            message: self.message.as_ptr(),
        }
    }
}

fn optional(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}
