//! The SDK's messages, handed to a callback of the host or kept until it asks: without them nobody
//! learns from a log that a key is refused. Messages hold no key and no field of an event.

use std::collections::VecDeque;
use std::ffi::{c_char, c_void};
use std::fmt::{self, Write};
use std::mem::MaybeUninit;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::boundary::{Failed, Result, c_string, call, value};
use crate::code::crm_code;
use crate::pointer::{Buffer, Numbered, no_member, number};

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
    call(|| {
        let callback = callback.ok_or_else(|| Failed::misuse("callback is NULL"))?;
        begin(Log { sink: Sink::Callback { callback, context }, most: level(most)? })
    })
}

/// Keeps the messages of all clients of this process, up to and with those of `most`, until
/// crm_poll_log asks for them: for programs that cannot be called back from another thread. Up to
/// `lines` of them, 10,000 at the most; of more than that the oldest are forgotten. Can be done once
/// and in place of crm_set_log; CRM_MISUSE the second time.
///
/// Threads: any. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub extern "C" fn crm_keep_log(most: MaybeUninit<crm_log_level>, lines: usize) -> crm_code {
    call(|| {
        if !(1..=MOST_LINES).contains(&lines) {
            let message = format!("lines: between 1 and {MOST_LINES}, {lines} given");
            return Err(Failed::misuse(message));
        }
        begin(Log { sink: Sink::Kept { lines }, most: level(most)? })
    })
}

/// Writes the oldest message that crm_keep_log has kept, in one line, into a buffer of `line_size`
/// bytes, with a NUL at its end: CRM_OK, or CRM_EMPTY when there is none at the moment. What does
/// not fit is cut off. `level` is NULL, or told how much the message matters. Never waits.
///
/// Threads: any, also at once. Ownership: the buffer stays yours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_poll_log(
    level: *mut crm_log_level,
    line: *mut c_char,
    line_size: usize,
) -> crm_code {
    call(|| {
        // SAFETY: the head of crm.h demands that the line may be written for its size.
        let buffer = unsafe { Buffer::new(line, line_size, "line")? };
        let Some((its_level, text)) = kept().pop_front() else {
            return Err(Failed::new(crm_code::CRM_EMPTY, "no message came since the last one"));
        };
        buffer.write(&text);
        if !level.is_null() {
            // SAFETY: the head of crm.h demands that it may be written.
            unsafe { level.write(its_level) };
        }
        Ok(())
    })
}

fn level(most: MaybeUninit<crm_log_level>) -> Result<Level> {
    use crm_log_level::*;
    Ok(match number(most) {
        most if most == CRM_LOG_ERROR as i32 => Level::ERROR,
        most if most == CRM_LOG_WARN as i32 => Level::WARN,
        most if most == CRM_LOG_INFO as i32 => Level::INFO,
        most if most == CRM_LOG_DEBUG as i32 => Level::DEBUG,
        other => return Err(no_member("most", other)),
    })
}

fn begin(log: Log) -> Result {
    tracing::subscriber::set_global_default(log)
        .map_err(|_| Failed::misuse("crm_set_log or crm_keep_log was called before"))
}

/// Most messages that are kept.
const MOST_LINES: usize = 10_000;

/// Messages that wait to be asked for. Of the process, as the log is.
fn kept() -> MutexGuard<'static, VecDeque<(crm_log_level, String)>> {
    static KEPT: Mutex<VecDeque<(crm_log_level, String)>> = Mutex::new(VecDeque::new());
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where messages go.
enum Sink {
    Callback {
        callback: Callback,
        context: *mut c_void,
    },
    /// Up to so many are kept.
    Kept {
        lines: usize,
    },
}

struct Log {
    sink: Sink,
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
        match self.sink {
            Sink::Callback { callback, context } => {
                let text = c_string(&line.text());
                // SAFETY: the header demands of whoever sets it that it can be called so.
                value((), || unsafe { callback(level, text.as_ptr(), context) });
            }
            Sink::Kept { lines } => {
                let mut kept = kept();
                if kept.len() >= lines {
                    kept.pop_front();
                }
                kept.push_back((level, line.text()));
            }
        }
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
