//! What a client has done so far, and what it has left to do, in a struct that may grow.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::sync::OnceLock;

use crm_sdk::{Client, Failure, Loss, SpoolState, Unsent};

use crate::boundary::{Failed, Result, c_string, value};
use crate::pointer::{Numbered, number};

/// Why the latest request failed. In each case its events are kept and sent again.
#[repr(i32)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum crm_failure {
    /// It did not.
    #[default]
    CRM_NO_FAILURE = 0,
    /// No answer arrived: no connection, a connection that broke, or no answer in time.
    CRM_UNREACHABLE = 1,
    /// The collector cannot take events now; it is asked again after a growing pause, or when it
    /// said.
    CRM_UNAVAILABLE = 2,
    /// The answer was a success that is no verdict on what was sent. Most likely something other
    /// than a collector answers at the endpoint.
    CRM_BAD_ANSWER = 3,
    /// The key is wrong, revoked or may not send events. It is tried again slowly, so that
    /// nothing is lost when the key is restored.
    CRM_KEY_REFUSED = 4,
    /// An answer that no collector gives, a redirect for example. Look at the endpoint.
    CRM_UNEXPECTED = 5,
    /// A reason that has no number of its own.
    CRM_OTHER_FAILURE = 99,
}

// SAFETY: it is repr(i32).
unsafe impl Numbered for crm_failure {}

/// Whether events survive the process.
#[repr(i32)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum crm_spool_state {
    /// There is no spool: events are in memory alone.
    #[default]
    CRM_SPOOL_OFF = 0,
    /// Events are on disk before the call that takes them returns.
    CRM_SPOOL_WORKING = 1,
    /// The disk does not take events now: they are kept in memory alone. The log says why.
    CRM_SPOOL_FAILING = 2,
}

/// A snapshot of a client, exact at the moment it was taken. Later versions may add fields at the
/// end; crm_client_stats is told how many there are.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct crm_stats {
    /// Events taken into the queue since the client was made.
    pub tracked: u64,
    /// Events found on disk, left by an earlier run or by a process that died.
    pub recovered: u64,
    /// Events that the collector has not answered for yet: waiting or on their way, in memory or
    /// on disk. After a shutdown, those that are left on disk.
    pub queued: u64,
    /// Bytes of the queued events that are in memory alone, as JSON.
    pub queued_bytes: u64,
    /// Bytes of this client's files on disk.
    pub spool_bytes: u64,
    /// Events that the spool could not take, and that were kept in memory alone instead.
    pub unspooled: u64,
    /// Files of other keys in the directory of the spool, which this client leaves alone.
    pub foreign_segments: u64,
    /// Those of the queued events whose request is on its way now.
    pub in_flight: u64,
    /// Requests made, repeated ones included.
    pub requests: u64,
    /// Requests that failed and whose events wait to be sent again, or were.
    pub retries: u64,
    /// Events put into requests; an event that is sent again counts again.
    pub sent: u64,
    /// Events that the collector stored.
    pub accepted: u64,
    /// Events that the collector had stored before, from an attempt whose answer was lost.
    pub duplicate: u64,
    /// Events that the collector rejected.
    pub rejected: u64,
    /// Events that were given up for any reason; crm_client_losses counts them by reason.
    pub lost: u64,
    /// How long the oldest queued event has waited, but for those that are parked, in milliseconds.
    pub lag_ms: u64,
    /// Why the latest request failed; crm_client_failure_reason says more.
    pub failure: crm_failure,
    /// The HTTP status that it failed with; 0 where there was none.
    pub failure_status: u32,
    /// Whether there is a spool, and how it is.
    pub spool: crm_spool_state,
    /// 1 when so many requests failed in a row that only small ones are sent, to see whether the
    /// collector is well again; otherwise 0.
    pub circuit_open: u32,
    /// Those of the queued events that were set aside: they fail even in a request of their own,
    /// while others are taken. They are tried again now and then, and given up after a day.
    pub parked: u64,
    /// Events that have taken the place of what the collector had stored under their id, or have taken
    /// it back.
    pub updated: u64,
    /// Events that change nothing, for what the collector has under their id is later.
    pub superseded: u64,
    /// Events that were taken or stored and that somebody has to look at: a contact field was left
    /// out at the call, or the collector's verdict says so.
    pub warnings: u64,
}

/// What a flush or a shutdown had to leave unsent. Later versions may add fields at the end; the
/// functions that write it are told how many there are.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct crm_unsent {
    /// Events that the collector has not answered for.
    pub events: u64,
    /// Those of them that are on disk, where the next client with the same spool finds them. The
    /// others are lost with a shutdown.
    pub on_disk: u64,
    /// Those of all of them whose request was on its way: the collector may or may not have them.
    pub in_flight: u64,
}

impl From<Unsent> for crm_unsent {
    fn from(unsent: Unsent) -> Self {
        Self {
            events: unsent.events as u64,
            on_disk: unsent.on_disk as u64,
            in_flight: unsent.in_flight as u64,
        }
    }
}

/// A failure as the header has it, and its HTTP status.
pub(crate) fn failure_of(failure: Option<Failure>) -> (crm_failure, u32) {
    let (failure, status) = match failure {
        None => (crm_failure::CRM_NO_FAILURE, 0),
        Some(Failure::Unreachable) => (crm_failure::CRM_UNREACHABLE, 0),
        Some(Failure::Unavailable { status }) => (crm_failure::CRM_UNAVAILABLE, status),
        Some(Failure::BadAnswer) => (crm_failure::CRM_BAD_ANSWER, 0),
        Some(Failure::KeyRefused { status }) => (crm_failure::CRM_KEY_REFUSED, status),
        Some(Failure::Unexpected { status }) => (crm_failure::CRM_UNEXPECTED, status),
        Some(_) => (crm_failure::CRM_OTHER_FAILURE, 0),
    };
    (failure, status.into())
}

impl crm_stats {
    pub(crate) fn of(client: &Client) -> Self {
        let stats = client.stats();
        let (failure, failure_status) = failure_of(stats.failure);
        let spool = match stats.spool {
            SpoolState::Off => crm_spool_state::CRM_SPOOL_OFF,
            SpoolState::Working => crm_spool_state::CRM_SPOOL_WORKING,
            // Whatever else it comes to be, events are not known to be safe.
            _ => crm_spool_state::CRM_SPOOL_FAILING,
        };
        Self {
            tracked: stats.tracked,
            recovered: stats.recovered,
            queued: stats.queued as u64,
            queued_bytes: stats.queued_bytes as u64,
            spool_bytes: stats.spool_bytes,
            unspooled: stats.unspooled,
            foreign_segments: stats.foreign_segments as u64,
            in_flight: stats.in_flight as u64,
            requests: stats.requests,
            retries: stats.retries,
            sent: stats.sent,
            accepted: stats.accepted,
            duplicate: stats.duplicate,
            rejected: stats.rejected,
            lost: client.losses().total(),
            lag_ms: u64::try_from(stats.lag.as_millis()).unwrap_or(u64::MAX),
            failure,
            failure_status,
            spool,
            circuit_open: stats.circuit_open.into(),
            parked: stats.parked as u64,
            updated: stats.updated,
            superseded: stats.superseded,
            warnings: stats.warnings,
        }
    }
}

/// A struct of the header that may grow, and whose size a caller has to tell.
pub(crate) trait Growing: Copy {
    /// What its argument is called.
    const NAME: &'static str;
    /// What its type is called.
    const TYPE: &'static str;
}

impl Growing for crm_stats {
    const NAME: &'static str = "stats";
    const TYPE: &'static str = "crm_stats";
}

impl Growing for crm_unsent {
    const NAME: &'static str = "unsent";
    const TYPE: &'static str = "crm_unsent";
}

/// Larger than such a struct will ever be: what is passed was not its size.
const LARGEST_BYTES: usize = 4096;

/// Checks where such a struct is to be written, before anything is done.
pub(crate) fn check<T: Growing>(to: *mut T, bytes: usize) -> Result {
    let (name, kind) = (T::NAME, T::TYPE);
    if to.is_null() {
        return Err(Failed::misuse(format!("{name} is NULL")));
    }
    if !(1..=LARGEST_BYTES).contains(&bytes) {
        return Err(Failed::misuse(format!("{name}_size is sizeof({kind}), {bytes} given")));
    }
    Ok(())
}

/// Writes the fields that a caller of another version knows: fewer of them, or more, which are 0.
///
/// # Safety
/// `to` may be written for `bytes` bytes.
pub(crate) unsafe fn write<T: Growing>(from: T, to: *mut T, bytes: usize) {
    let known = bytes.min(size_of::<T>());
    // SAFETY: demanded above; not more is read than there is.
    unsafe {
        to.cast::<u8>().write_bytes(0, bytes);
        to.cast::<u8>().copy_from_nonoverlapping((&raw const from).cast(), known);
    }
}

/// The reason of this name; `None` when there is none.
pub(crate) fn loss_named(name: &str) -> Option<Loss> {
    Loss::ALL.iter().copied().find(|loss| loss.as_str() == name)
}

/// The reasons for which events are given up, in a fixed order from 0 on: "invalid",
/// "queue_full" and so on; NULL past the last one. crm_client_losses counts by them.
///
/// Threads: any. Ownership: the text is static; do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn crm_loss_name(index: usize) -> *const c_char {
    static NAMES: OnceLock<Vec<CString>> = OnceLock::new();
    value(std::ptr::null(), || {
        let names =
            NAMES.get_or_init(|| Loss::ALL.iter().map(|loss| c_string(loss.as_str())).collect());
        names.get(index).map_or(std::ptr::null(), |name| name.as_ptr())
    })
}

/// A failure in a few words, such as "the collector cannot be reached"; "" for CRM_NO_FAILURE.
///
/// Threads: any. Ownership: the text is static; do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn crm_failure_text(failure: MaybeUninit<crm_failure>) -> *const c_char {
    use crm_failure::*;
    let texts = [
        (CRM_NO_FAILURE, c""),
        (CRM_UNREACHABLE, c"the collector cannot be reached"),
        (CRM_UNAVAILABLE, c"the collector cannot take events now"),
        (CRM_BAD_ANSWER, c"the answer is not a collector's verdict"),
        (CRM_KEY_REFUSED, c"the key is refused"),
        (CRM_UNEXPECTED, c"no collector answers at the endpoint"),
    ];
    let failure = number(failure);
    let found = texts.iter().find(|(known, _)| *known as i32 == failure);
    found.map_or(c"the request failed", |(_, text)| text).as_ptr()
}
