//! The SDK's messages, handed to a callback of the host: without it nobody learns from a log that
//! a key is refused. Messages hold no key and no field of an event.

use std::ffi::{c_char, c_void};
use std::fmt::{self, Write};
use std::mem::MaybeUninit;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::boundary::{Failed, c_string, call, value};
use crate::code::crm_code;
use crate::pointer::{Numbered, no_member, number};

/// How much a message matters.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum crm_log_level {
    /// Somebody has to do something, such as restore a key.
    CRM_LOG_ERROR = 1,
    /// Something is wrong and may mend by itself, such as a collector that is down.
    CRM_LOG_WARN = 2,
    /// It mended.
    CRM_LOG_INFO = 3,
    /// Each request that failed, each event that was rejected.
    CRM_LOG_DEBUG = 4,
}

// SAFETY: it is repr(i32).
unsafe impl Numbered for crm_log_level {}

/// Called with a message in one line, and with the context it was set with.
///
/// Threads: any, also at once; most often that of a client. Ownership: the text is the library's
/// and ends with the call.
pub type crm_log_callback = Option<
    unsafe extern "C" fn(level: crm_log_level, message: *const c_char, context: *mut c_void),
>;

type Callback = unsafe extern "C" fn(crm_log_level, *const c_char, *mut c_void);

/// Hands the messages of all clients of this process to `callback`, up to and with those of
/// `most`. Can be done once, best before the first client is made; CRM_MISUSE the second time.
///
/// The callback returns in the ordinary way: no exception and no longjmp may leave it. It calls no
/// function of this library.
///
/// Threads: any. Ownership: `context` stays yours and has to live until the process ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_set_log(
    callback: crm_log_callback,
    context: *mut c_void,
    most: MaybeUninit<crm_log_level>,
) -> crm_code {
    use crm_log_level::*;
    call(|| {
        let callback = callback.ok_or_else(|| Failed::misuse("callback is NULL"))?;
        let most = match number(most) {
            most if most == CRM_LOG_ERROR as i32 => Level::ERROR,
            most if most == CRM_LOG_WARN as i32 => Level::WARN,
            most if most == CRM_LOG_INFO as i32 => Level::INFO,
            most if most == CRM_LOG_DEBUG as i32 => Level::DEBUG,
            other => return Err(no_member("most", other)),
        };
        tracing::subscriber::set_global_default(Log { callback, context, most })
            .map_err(|_| Failed::misuse("crm_set_log was called before"))
    })
}

struct Log {
    callback: Callback,
    context: *mut c_void,
    most: Level,
}

// SAFETY: the header demands of whoever sets it that callback and context may be used on any
// thread, at once.
unsafe impl Send for Log {}
// SAFETY: as above.
unsafe impl Sync for Log {}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // The libraries below have messages of their own, which this header promises nothing of.
        metadata.target().starts_with("crm_sdk") && *metadata.level() <= self.most
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let level = match *event.metadata().level() {
            Level::ERROR => crm_log_level::CRM_LOG_ERROR,
            Level::WARN => crm_log_level::CRM_LOG_WARN,
            Level::INFO => crm_log_level::CRM_LOG_INFO,
            _ => crm_log_level::CRM_LOG_DEBUG,
        };
        let text = c_string(&line.text());
        // SAFETY: the header demands of whoever sets it that it can be called so.
        value((), || unsafe { (self.callback)(level, text.as_ptr(), self.context) });
    }

    // The SDK has no spans; those of other libraries are not enabled.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What an event says, and its fields behind that.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    fn text(&self) -> String {
        // A line of a log is one line.
        format!("{}{}", self.message, self.fields).replace('\n', " ")
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing into a String does not fail.
        let _written = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
