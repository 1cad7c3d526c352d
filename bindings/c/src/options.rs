//! What can be set on a client before it is made. Kept apart from the SDK's own builder, which is
//! used up by building: options in C stay with their owner and may make several clients.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::path::PathBuf;
use std::time::Duration;

use crm_sdk::{Client, ClientBuilder, WhenFull};

use crate::before_send::{BeforeSend, crm_before_send_callback};
use crate::boundary::{Failed, call, value};
use crate::code::crm_code;
use crate::events::edit;
use crate::pointer::{Handle, Numbered, exclusive, give, no_member, number, path, release, text};
use crate::poll::Kept;
use crate::report::{OnError, OnLoss, crm_error_callback, crm_loss_callback};
use crate::verdict::{Callbacks, Gate, OnVerdict, crm_verdict_callback};

/// What becomes of a new event when the queue is full.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum crm_when_full {
    /// The new event is refused: CRM_QUEUE_FULL. The default.
    CRM_REFUSE_NEWEST = 1,
    /// The oldest events that are not on their way are dropped to make room. The new one is
    /// refused only where that would not be enough.
    CRM_DROP_OLDEST = 2,
    /// The call waits for room, and then refuses the event.
    CRM_BLOCK = 3,
}

// SAFETY: it is repr(i32).
unsafe impl Numbered for crm_when_full {}

/// How a client is going to be: where it sends, as whom, and what its limits are. What is not set
/// has a default that serves most programs. Bounds are checked by crm_client_new, all at once.
pub struct crm_options {
    endpoint: String,
    key: String,
    batch_events: Option<usize>,
    batch_bytes: Option<usize>,
    batch_age: Option<Duration>,
    queue_events: Option<usize>,
    queue_bytes: Option<usize>,
    when_full: Option<WhenFull>,
    gzip_above: Option<usize>,
    connect_timeout: Option<Duration>,
    request_timeout: Option<Duration>,
    retry_between: Option<(Duration, Duration)>,
    drop_timeout: Option<Duration>,
    callbacks: Callbacks,
    before_send: Option<BeforeSend>,
    keep_verdicts: usize,
    spool_dir: Option<PathBuf>,
    spool_bytes: Option<u64>,
    spool_age: Option<Duration>,
    spool_keys: Vec<String>,
    root_certificates: Option<String>,
}

impl Handle for crm_options {
    const NAME: &'static str = "options";
}

impl crm_options {
    /// For one client, as each closes its own.
    pub(crate) fn gate(&self) -> Gate {
        Gate::new(self.callbacks)
    }

    /// For one client, as each has verdicts of its own.
    pub(crate) fn kept(&self) -> Option<Kept> {
        (self.keep_verdicts > 0).then(|| Kept::new(self.keep_verdicts))
    }

    fn new(endpoint: &str, key: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            key: key.to_owned(),
            batch_events: None,
            batch_bytes: None,
            batch_age: None,
            queue_events: None,
            queue_bytes: None,
            when_full: None,
            gzip_above: None,
            connect_timeout: None,
            request_timeout: None,
            retry_between: None,
            drop_timeout: None,
            callbacks: Callbacks::default(),
            before_send: None,
            keep_verdicts: 0,
            spool_dir: None,
            spool_bytes: None,
            spool_age: None,
            spool_keys: Vec::new(),
            root_certificates: None,
        }
    }

    /// A client, which calls its callbacks through the gate.
    pub(crate) fn build(&self, gate: &Gate, kept: Option<&Kept>) -> Result<Client, Failed> {
        let builder = Client::builder(&self.endpoint, &self.key);
        let builder = set(builder, self.batch_events, ClientBuilder::batch_events);
        let builder = set(builder, self.batch_bytes, ClientBuilder::batch_bytes);
        let builder = set(builder, self.batch_age, ClientBuilder::batch_age);
        let builder = set(builder, self.queue_events, ClientBuilder::queue_events);
        let builder = set(builder, self.queue_bytes, ClientBuilder::queue_bytes);
        let builder = set(builder, self.when_full, ClientBuilder::when_full);
        let builder = set(builder, self.gzip_above, ClientBuilder::gzip_above);
        let builder = set(builder, self.connect_timeout, ClientBuilder::connect_timeout);
        let builder = set(builder, self.request_timeout, ClientBuilder::request_timeout);
        let builder = set(builder, self.retry_between, |builder, (first, longest)| {
            builder.retry_between(first, longest)
        });
        let builder = set(builder, self.drop_timeout, ClientBuilder::drop_timeout);
        let builder = if self.callbacks.on_verdict.is_some() || kept.is_some() {
            let (gate, kept) = (gate.clone(), kept.cloned());
            builder.on_verdict(move |verdict| {
                kept.iter().for_each(|kept| kept.keep(verdict));
                gate.verdict(verdict);
            })
        } else {
            builder
        };
        let builder =
            set(builder, self.callbacks.on_loss.map(|_| gate.clone()), |builder, gate| {
                builder.on_loss(move |report| gate.loss(report))
            });
        let builder =
            set(builder, self.callbacks.on_error.map(|_| gate.clone()), |builder, gate| {
                builder.on_error(move |report| gate.error(report))
            });
        let builder = set(builder, self.before_send, |builder, before_send| {
            builder.before_send(move |event| before_send.show(event))
        });
        let builder = set(builder, self.spool_dir.as_ref(), ClientBuilder::spool_dir);
        let builder = set(builder, self.spool_bytes, ClientBuilder::spool_bytes);
        let builder = set(builder, self.spool_age, ClientBuilder::spool_age);
        let builder = self.spool_keys.iter().fold(builder, ClientBuilder::spool_key);
        let certificates = self.root_certificates.as_deref();
        #[cfg(feature = "tls")]
        let builder = set(builder, certificates, ClientBuilder::root_certificates);
        #[cfg(not(feature = "tls"))]
        if certificates.is_some() {
            let mistake = "root_certificates: this library was built without https";
            return Err(Failed::new(crm_code::CRM_CONFIGURATION, mistake));
        }
        Ok(builder.build()?)
    }
}

fn set<T>(
    builder: ClientBuilder,
    given: Option<T>,
    set: impl FnOnce(ClientBuilder, T) -> ClientBuilder,
) -> ClientBuilder {
    match given {
        Some(value) => set(builder, value),
        None => builder,
    }
}

/// Begins the options of a client that sends to the collector at `endpoint`, such as
/// "http://127.0.0.1:8787" or "unix:/run/crm.sock", with an API key that may ingest, such as "crm_sk_…".
///
/// Threads: any. Ownership: both texts are copied; `*options` is yours, end it by
/// crm_options_free. NULL after a failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_new(
    endpoint: *const c_char,
    key: *const c_char,
    options: *mut *mut crm_options,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        give(options, || Ok(crm_options::new(text(endpoint, "endpoint")?, text(key, "key")?)))
    })
}

/// Ends options. NULL is allowed and does nothing. Clients that were made with them go on.
///
/// Threads: any, while no other uses these options. Ownership: taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_free(options: *mut crm_options) {
    // SAFETY: the head of crm.h demands it.
    value((), || unsafe { release(options) });
}

/// Sets the most events in one request: 1 to 1,000, by default 1,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_batch_events(
    options: *mut crm_options,
    events: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.batch_events = Some(events);
            Ok(())
        })
    }
}

/// Sets the most bytes of one request's body before compression: 64 to 4,194,304, by default as
/// many. A larger event goes alone.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_batch_bytes(
    options: *mut crm_options,
    bytes: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.batch_bytes = Some(bytes);
            Ok(())
        })
    }
}

/// Sets how long an event may wait for others to share its request, in milliseconds. By default
/// 1,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_batch_age(
    options: *mut crm_options,
    age_ms: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.batch_age = Some(Duration::from_millis(age_ms));
            Ok(())
        })
    }
}

/// Sets the most events in the queue, those on their way included. By default 100,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_queue_events(
    options: *mut crm_options,
    events: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.queue_events = Some(events);
            Ok(())
        })
    }
}

/// Sets the most bytes in the queue, as JSON, those on their way included. By default 32 MiB.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_queue_bytes(
    options: *mut crm_options,
    bytes: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.queue_bytes = Some(bytes);
            Ok(())
        })
    }
}

/// Sets what becomes of a new event when the queue is full. `wait_ms` is how long a call waits
/// under CRM_BLOCK; the other policies do not look at it.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_when_full(
    options: *mut crm_options,
    policy: MaybeUninit<crm_when_full>,
    wait_ms: u64,
) -> crm_code {
    use crm_when_full::*;
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.when_full = Some(match number(policy) {
                policy if policy == CRM_REFUSE_NEWEST as i32 => WhenFull::RefuseNewest,
                policy if policy == CRM_DROP_OLDEST as i32 => WhenFull::DropOldest,
                policy if policy == CRM_BLOCK as i32 => {
                    WhenFull::Block(Duration::from_millis(wait_ms))
                }
                other => return Err(no_member("policy", other)),
            });
            Ok(())
        })
    }
}

/// Sets above how many bytes a body is compressed. By default 1,024; SIZE_MAX for never, which
/// saves a little work where the collector is on this machine.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_gzip_above(
    options: *mut crm_options,
    bytes: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.gzip_above = Some(bytes);
            Ok(())
        })
    }
}

/// Sets how long a connection may take to stand, in milliseconds. By default 10,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_connect_timeout(
    options: *mut crm_options,
    timeout_ms: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.connect_timeout = Some(Duration::from_millis(timeout_ms));
            Ok(())
        })
    }
}

/// Sets how long a request may take, connecting and the whole answer included, before it is made
/// again, in milliseconds. By default 30,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_request_timeout(
    options: *mut crm_options,
    timeout_ms: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.request_timeout = Some(Duration::from_millis(timeout_ms));
            Ok(())
        })
    }
}

/// Sets the pause after a failure, in milliseconds: a random time up to `first_ms`, which doubles
/// with each failure in a row until it is `longest_ms`. By default 500 and 60,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_retry_between(
    options: *mut crm_options,
    first_ms: u64,
    longest_ms: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            let (first, longest) =
                (Duration::from_millis(first_ms), Duration::from_millis(longest_ms));
            options.retry_between = Some((first, longest));
            Ok(())
        })
    }
}

/// Sets how long crm_client_free may block to send what is queued, in milliseconds. By default
/// 2,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_drop_timeout(
    options: *mut crm_options,
    timeout_ms: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.drop_timeout = Some(Duration::from_millis(timeout_ms));
            Ok(())
        })
    }
}

/// Keeps events on disk, in this directory, until the collector has decided on them: they survive
/// the process. By default they are in memory alone.
///
/// The directory is made where it does not exist, readable by its owner alone; it has to be on a
/// local disk. Clients of any number of processes may share one: what a dead one left behind is
/// sent by one that lives. Clients with another key leave it alone. Where it cannot be used, the
/// client starts all the same, keeps events in memory, and says so: in its log and by the field
/// `spool` of crm_stats.
///
/// Threads: one at a time. Ownership: the path is copied. It may be one that is not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_spool_dir(
    options: *mut crm_options,
    dir: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        let options = exclusive(options)?;
        options.spool_dir = Some(path(dir, "dir")?.to_owned());
        Ok(())
    })
}

/// Sets the most bytes of this client's files on disk, what it has adopted included; beyond that
/// crm_options_set_when_full holds. By default 256 MiB, 1 MiB at the least.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_spool_bytes(
    options: *mut crm_options,
    bytes: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.spool_bytes = Some(bytes);
            Ok(())
        })
    }
}

/// Sets how old an event on disk may grow, in milliseconds; an older one is given up. By default
/// 30 days.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_spool_age(
    options: *mut crm_options,
    age_ms: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.spool_age = Some(Duration::from_millis(age_ms));
            Ok(())
        })
    }
}

/// Adopts what was left on disk by clients with this key as well: an older key of the same
/// workspace, after a rotation. May be called several times.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_add_spool_key(
    options: *mut crm_options,
    key: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        let options = exclusive(options)?;
        options.spool_keys.push(text(key, "key")?.to_owned());
        Ok(())
    })
}

/// Trusts the certificate authorities in this PEM text, and none else; for a collector with a
/// private one. By default the system's are trusted.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_root_certificates(
    options: *mut crm_options,
    pem: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        let options = exclusive(options)?;
        options.root_certificates = Some(text(pem, "pem")?.to_owned());
        Ok(())
    })
}

/// Calls `callback` with each verdict of the collector, and hands it `context`. NULL for none.
///
/// Keep it short, for nothing is sent meanwhile. It returns in the ordinary way: no exception and
/// no longjmp may leave it. It may use the client it was set for, but not free it; a flush or a
/// shutdown inside it does not wait. When a flush returns, the callback was called for all that
/// the flush was for.
///
/// Threads: set by one at a time; called on the thread of the client, never twice at once for one
/// client, and not any more when crm_client_free has returned. Ownership: `context` stays yours and
/// has to live until the clients made with these options were freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_on_verdict(
    options: *mut crm_options,
    callback: crm_verdict_callback,
    context: *mut c_void,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.callbacks.on_verdict =
                callback.map(|callback| OnVerdict::new(callback, context));
            Ok(())
        })
    }
}

/// Calls `callback` when events were given up, for whatever reason, and hands it `context`: how many
/// by reason, and some of those that the collector would not take. NULL for none.
///
/// It is called within a second of the loss, at most once a second, and once more at the end of a
/// shutdown. What holds for the callback of crm_options_set_on_verdict holds for it.
///
/// Threads: set by one at a time; called on the thread of the client, and not any more when
/// crm_client_free has returned. Ownership: `context` stays yours and has to live until the clients
/// made with these options were freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_on_loss(
    options: *mut crm_options,
    callback: crm_loss_callback,
    context: *mut c_void,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.callbacks.on_loss = callback.map(|callback| OnLoss { callback, context });
            Ok(())
        })
    }
}

/// Calls `callback` when requests begin to fail, when they fail for another reason, when the disk
/// takes no more events, and when all is well again; hands it `context`. NULL for none.
///
/// It is called at most once a second. What holds for the callback of crm_options_set_on_verdict
/// holds for it.
///
/// Threads: set by one at a time; called on the thread of the client, and not any more when
/// crm_client_free has returned. Ownership: `context` stays yours and has to live until the clients
/// made with these options were freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_on_error(
    options: *mut crm_options,
    callback: crm_error_callback,
    context: *mut c_void,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.callbacks.on_error = callback.map(|callback| OnError { callback, context });
            Ok(())
        })
    }
}

/// Calls `callback` with each event before it is taken, and hands it `context`: the place for consent
/// and redaction. NULL for none.
///
/// It returns in the ordinary way: no exception and no longjmp may leave it. An event for which it
/// cannot be called is held back.
///
/// Threads: set by one at a time; called on each thread that takes an event, also at once, and not
/// any more when that call has returned. Ownership: `context` stays yours and has to live until the
/// clients made with these options were freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_before_send(
    options: *mut crm_options,
    callback: crm_before_send_callback,
    context: *mut c_void,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.before_send = callback.map(|callback| BeforeSend::new(callback, context));
            Ok(())
        })
    }
}

/// Keeps up to `verdicts` verdicts until crm_client_poll_verdict asks for them, for programs that
/// cannot be called back from another thread. Of more than that the oldest are forgotten. By default
/// none is kept; at most 10,000 are.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_keep_verdicts(
    options: *mut crm_options,
    verdicts: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            if verdicts > MOST_KEPT {
                let message = format!("verdicts: at most {MOST_KEPT}, {verdicts} given");
                return Err(Failed::misuse(message));
            }
            options.keep_verdicts = verdicts;
            Ok(())
        })
    }
}

/// Most verdicts that are kept: whoever asks more seldom than that does not look at them.
const MOST_KEPT: usize = 10_000;
