//! The line between C and Rust: results become codes, messages are kept for their thread, and
//! panics stop.

use std::any::Any;
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crm_sdk::{Code, Error, Invalid};

use crate::code::crm_code;

/// Why a call failed: its code, and a message for whoever reads it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    code: crm_code,
    message: String,
}

pub(crate) type Result<T = ()> = std::result::Result<T, Failed>;

impl Failed {
    pub(crate) fn new(code: crm_code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A mistake in the call itself.
    pub(crate) fn misuse(message: impl Into<String>) -> Self {
        Self::new(crm_code::CRM_MISUSE, message)
    }

    /// A value that its field cannot hold.
    pub(crate) fn invalid(field: &str, rule: impl ToString) -> Self {
        Invalid::new(Code::InvalidField, field, rule.to_string()).into()
    }
}

impl From<Invalid> for Failed {
    fn from(invalid: Invalid) -> Self {
        Error::Invalid(invalid).into()
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Configuration { .. } => crm_code::CRM_CONFIGURATION,
            Error::Invalid(_) => crm_code::CRM_INVALID,
            Error::QueueFull { .. } => crm_code::CRM_QUEUE_FULL,
            Error::ShutDown => crm_code::CRM_SHUT_DOWN,
            Error::System { .. } => crm_code::CRM_SYSTEM,
            Error::Forked => crm_code::CRM_FORKED,
            Error::Spool { .. } => crm_code::CRM_SPOOL,
            _ => crm_code::CRM_OTHER,
        };
        let cause = std::error::Error::source(&error).filter(|_| code == crm_code::CRM_SYSTEM);
        let message = match cause {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
        Self { code, message }
    }
}

/// Runs what a function does, keeps the message of a failure, and returns the code.
pub(crate) fn call(work: impl FnOnce() -> Result) -> crm_code {
    // What a panic leaves behind is either dropped with the closure or behind a lock that copes
    // with it, as the SDK's are.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => crm_code::CRM_OK,
        Ok(Err(failed)) => keep(failed),
        Err(payload) => keep(panicked(payload)),
    }
}

/// The same for functions that return something other than a code.
pub(crate) fn value<T>(instead: T, work: impl FnOnce() -> T) -> T {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(value) => value,
        Err(payload) => {
            keep(panicked(payload));
            instead
        }
    }
}

fn panicked(payload: Box<dyn Any + Send>) -> Failed {
    let reason = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason given".to_owned());
    // A payload may panic again when it is dropped; there is nobody left to tell.
    drop(catch_unwind(AssertUnwindSafe(|| drop(payload))));
    Failed::new(crm_code::CRM_PANIC, format!("a defect in the library: it panicked: {reason}"))
}

thread_local! {
    static LAST: RefCell<Option<CString>> = const { RefCell::new(None) };
}

fn keep(failed: Failed) -> crm_code {
    let message = c_string(&failed.message);
    // Gone only while its thread ends, when nobody can ask for it any more.
    let _kept = LAST.try_with(|last| last.replace(Some(message)));
    failed.code
}

/// The message kept last on this thread.
pub(crate) fn last_message() -> *const c_char {
    let message = |last: &RefCell<Option<CString>>| last.borrow().as_deref().map(CStr::as_ptr);
    LAST.try_with(message).ok().flatten().unwrap_or(c"".as_ptr())
}

/// A text for C, where a NUL would end it too early.
pub(crate) fn c_string(text: &str) -> CString {
    CString::new(text).unwrap_or_else(|_| {
        // No NUL is left that this could stumble over.
        CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> String {
        // SAFETY: a pointer to the text that this thread keeps, or to a literal.
        unsafe { CStr::from_ptr(last_message()) }.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_panic_becomes_a_code_and_its_reason_the_message() {
        assert_eq!(call(|| panic!("the sky fell")), crm_code::CRM_PANIC);
        assert_eq!(message(), "a defect in the library: it panicked: the sky fell");
        assert_eq!(value(7, || std::panic::panic_any(1)), 7);
        assert_eq!(message(), "a defect in the library: it panicked: no reason given");
    }

    #[test]
    fn a_panic_while_the_payload_of_a_panic_is_dropped_ends_here_as_well() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        assert_eq!(call(|| std::panic::panic_any(Bomb)), crm_code::CRM_PANIC);
    }

    #[test]
    fn a_message_stays_until_another_call_of_its_thread_fails() {
        assert_eq!(message(), "");
        assert_eq!(call(|| Err(Failed::misuse("name is NULL"))), crm_code::CRM_MISUSE);
        assert_eq!(call(|| Ok(())), crm_code::CRM_OK);
        assert_eq!(std::thread::spawn(message).join().unwrap(), "");
        assert_eq!(message(), "name is NULL");
        assert_eq!(call(|| Err(Failed::misuse("with\0in"))), crm_code::CRM_MISUSE);
        assert_eq!(message(), "with\u{fffd}in");
    }

    #[test]
    fn each_error_of_the_sdk_has_its_code() {
        let system =
            Error::System { what: "thread", source: std::io::ErrorKind::WouldBlock.into() };
        let cases = [
            (
                Error::Configuration { mistakes: vec!["a: b".into(), "c: d".into()] },
                crm_code::CRM_CONFIGURATION,
                "the client is misconfigured: a: b; c: d",
            ),
            (
                Invalid::new(Code::TooLong, "name", "too long".into()).into(),
                crm_code::CRM_INVALID,
                "the event is invalid: name: too long",
            ),
            (
                Error::QueueFull { events: 2, bytes: 300 },
                crm_code::CRM_QUEUE_FULL,
                "the queue is full: 2 events, 300 bytes wait for the collector",
            ),
            (Error::ShutDown, crm_code::CRM_SHUT_DOWN, "the client is shut down"),
            (
                system,
                crm_code::CRM_SYSTEM,
                "the operating system gives no thread: operation would block",
            ),
            (
                Error::Forked,
                crm_code::CRM_FORKED,
                "the client belongs to the process that forked this one",
            ),
            (
                Error::Spool { what: "sync", source: std::io::ErrorKind::StorageFull.into() },
                crm_code::CRM_SPOOL,
                "the spool cannot sync: no storage space",
            ),
        ];
        for (error, code, message) in cases {
            assert_eq!(Failed::from(error), Failed::new(code, message));
        }
    }
}
