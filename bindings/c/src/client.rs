//! The client: takes events, waits for them, and tells how it went.

use std::ffi::c_char;
use std::ptr;
use std::time::Duration;

use crm_sdk::{Client, Event, EventId, Unsent};

use crate::boundary::{Failed, Result, call, value};
use crate::code::crm_code;
use crate::customer::crm_customer;
use crate::gate::Closing;
use crate::interaction::crm_interaction;
use crate::kept::Kept;
use crate::options::crm_options;
use crate::pointer::{Buffer, Handle, give, release, shared, text, text_of};
use crate::purchase::crm_purchase;
use crate::stats::{self, crm_stats, crm_unsent, loss_named};

/// Bytes of an event's id as text, with the NUL at its end.
pub const CRM_EVENT_ID_SIZE: usize = 37;

/// Sends events to a collector in the background, on a thread of its own.
pub struct crm_client {
    // Before the gate, so that what is sent at the end still has its verdicts.
    pub(crate) client: Client,
    pub(crate) kept: Option<Kept>,
    _gate: Closing,
}

impl Handle for crm_client {
    const NAME: &'static str = "client";
}

/// Makes a client and starts its thread. Makes no connection yet: a collector that is down at the
/// start is as good as one that is down later.
///
/// CRM_CONFIGURATION names each option that cannot be used, CRM_SYSTEM says that there is no
/// thread to be had, CRM_SPOOL that a directory which is required cannot be written to.
///
/// Threads: any, while no other changes these options. Ownership: the options stay yours, and may
/// be changed and freed at once; `*client` is yours, end it by crm_client_free. NULL after a
/// failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_new(
    options: *const crm_options,
    client: *mut *mut crm_client,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        give(client, || {
            let options = shared(options)?;
            let gate = options.gate();
            let kept = options.kept();
            let client = options.build(&gate, kept.as_ref())?;
            Ok(crm_client { client, kept, _gate: Closing(gate) })
        })
    })
}

/// Ends a client. What is queued is sent first, for which this blocks up to the time set by
/// crm_options_set_drop_timeout; what is left then is as after crm_client_shutdown. Call crm_client_shutdown before,
/// to choose the time and learn what was left. Waits for a callback that is under way.
/// NULL is allowed and does nothing.
///
/// Threads: any but the one that calls the callbacks, while no other uses this client.
/// Ownership: taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_free(client: *mut crm_client) {
    // SAFETY: the head of crm.h demands it.
    value((), || unsafe { release(client) });
}

/// Takes a customer that appeared or changed. See crm_client_track_json for what taking means and
/// for `event_id`.
///
/// Threads: any, also at once; none may change this customer meanwhile. Ownership: the customer is
/// copied and stays yours, to be changed and told again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_customer(
    client: *const crm_client,
    customer: *const crm_customer,
    event_id: *mut c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { track(client, Take::Queued, event_id, || Ok(shared(customer)?.0.clone().into())) }
}

/// Takes a customer as crm_client_customer does, and waits until it is on stable storage, where it
/// survives a power cut as well. Threads that wait at the same time share one sync of the disk,
/// which takes from a tenth of a millisecond to tens of them. CRM_SPOOL says that there is no
/// spool or that the disk failed.
///
/// Threads: any, also at once; none may change this customer meanwhile. Ownership: the customer is
/// copied and stays yours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_customer_durable(
    client: *const crm_client,
    customer: *const crm_customer,
    event_id: *mut c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { track(client, Take::Durable, event_id, || Ok(shared(customer)?.0.clone().into())) }
}

/// Takes a sale or a refund. See crm_client_track_json for what taking means and for `event_id`.
///
/// Threads: any, also at once; none may change this purchase meanwhile. Ownership: the purchase is
/// copied and stays yours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_purchase(
    client: *const crm_client,
    purchase: *const crm_purchase,
    event_id: *mut c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { track(client, Take::Queued, event_id, || Ok(shared(purchase)?.0.clone().into())) }
}

/// Takes a purchase as crm_client_purchase does, and waits until it is on stable storage, where it
/// survives a power cut as well. Threads that wait at the same time share one sync of the disk,
/// which takes from a tenth of a millisecond to tens of them. CRM_SPOOL says that there is no
/// spool or that the disk failed.
///
/// Threads: any, also at once; none may change this purchase meanwhile. Ownership: the purchase is
/// copied and stays yours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_purchase_durable(
    client: *const crm_client,
    purchase: *const crm_purchase,
    event_id: *mut c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { track(client, Take::Durable, event_id, || Ok(shared(purchase)?.0.clone().into())) }
}

/// Takes that a purchase was called off: nothing was bought. It takes the place of what is stored under
/// its id, which it needs; what was paid and given back is a paid purchase and a refund. The same as
/// crm_client_purchase after crm_purchase_set_state with CRM_CANCELLED and crm_purchase_set_replace.
///
/// Threads: any, also at once; none may change this purchase meanwhile. Ownership: the purchase is
/// copied and stays yours, as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_cancel(
    client: *const crm_client,
    purchase: *const crm_purchase,
    event_id: *mut c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        track(client, Take::Queued, event_id, || {
            Ok(shared(purchase)?.0.clone().cancelled().replace().into())
        })
    }
}

/// Takes a purchase back altogether, as one that never should have been sent: it is in no figure any
/// more, and its id, which it needs, is free. What else is told of it does not matter. The same as
/// crm_client_purchase after crm_purchase_set_void and crm_purchase_set_replace.
///
/// Threads: any, also at once; none may change this purchase meanwhile. Ownership: the purchase is
/// copied and stays yours, as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_void(
    client: *const crm_client,
    purchase: *const crm_purchase,
    event_id: *mut c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        track(client, Take::Queued, event_id, || {
            Ok(shared(purchase)?.0.clone().void().replace().into())
        })
    }
}

/// Takes an interaction. See crm_client_track_json for what taking means and for `event_id`.
///
/// Threads: any, also at once; none may change this interaction meanwhile. Ownership: the
/// interaction is copied and stays yours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_interaction(
    client: *const crm_client,
    interaction: *const crm_interaction,
    event_id: *mut c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { track(client, Take::Queued, event_id, || Ok(shared(interaction)?.0.clone().into())) }
}

/// Takes an interaction as crm_client_interaction does, and waits until it is on stable storage, where it
/// survives a power cut as well. Threads that wait at the same time share one sync of the disk,
/// which takes from a tenth of a millisecond to tens of them. CRM_SPOOL says that there is no
/// spool or that the disk failed.
///
/// Threads: any, also at once; none may change this interaction meanwhile. Ownership: the interaction is
/// copied and stays yours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_interaction_durable(
    client: *const crm_client,
    interaction: *const crm_interaction,
    event_id: *mut c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { track(client, Take::Durable, event_id, || Ok(shared(interaction)?.0.clone().into())) }
}

/// Takes any event, as JSON with its "type": customer, purchase or interaction.
///
/// Taking an event checks it, fills in its id and its time where they are absent, and returns:
/// nothing waits for the network, and only under CRM_BLOCK for room. With a spool the event is in
/// the system's hands then, and survives whatever happens to the process; without one it is in
/// memory, and does not. CRM_INVALID names the field and the rule that it breaks; CRM_QUEUE_FULL,
/// CRM_SHUT_DOWN and CRM_FORKED say why it was not taken.
///
/// `event_id` is NULL, or a buffer of CRM_EVENT_ID_SIZE bytes that receives the event's id as
/// text. A failure leaves it as it was.
///
/// Threads: any, also at once. Ownership: the text is copied; the buffer stays yours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_track_json(
    client: *const crm_client,
    json: *const c_char,
    event_id: *mut c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { track(client, Take::Queued, event_id, || from_json(text(json, "json")?)) }
}

/// The same for a text of so many bytes that need not end in NUL.
///
/// Threads: any, also at once. Ownership: the text is copied; the buffer stays yours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_track_json_n(
    client: *const crm_client,
    json: *const c_char,
    json_bytes: usize,
    event_id: *mut c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        track(client, Take::Queued, event_id, || from_json(text_of(json, json_bytes, "json")?))
    }
}

/// Takes any event as crm_client_track_json does, and waits until it is on stable storage. See
/// crm_client_purchase_durable.
///
/// Threads: any, also at once. Ownership: the text is copied; the buffer stays yours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_track_json_durable(
    client: *const crm_client,
    json: *const c_char,
    event_id: *mut c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { track(client, Take::Durable, event_id, || from_json(text(json, "json")?)) }
}

/// Sends what was taken before this call without waiting for batches to fill, and blocks until
/// the collector has decided on all of it: CRM_OK, or CRM_UNSENT after `timeout_ms`
/// milliseconds, or when nothing is left but what is parked. It is still going to be sent.
///
/// `unsent` is NULL, or told in both cases how much is left; `unsent_size` is sizeof(crm_unsent).
///
/// Threads: any, also at once. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_flush(
    client: *const crm_client,
    timeout_ms: u64,
    unsent: *mut crm_unsent,
    unsent_size: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        let client = &shared(client)?.client;
        if !unsent.is_null() {
            stats::check(unsent, unsent_size)?;
        }
        let left = client.flush(Duration::from_millis(timeout_ms));
        settle(left, unsent, unsent_size)
    })
}

/// Takes no more events, sends what is queued, and ends the client's thread; blocks for
/// `timeout_ms` milliseconds at most. CRM_UNSENT says that something was left: on disk, where the
/// next client with the same spool finds it, or in memory, where it is given up. The client still
/// has to be freed. In a forked child it does nothing, for the parent goes on.
///
/// `unsent` is NULL, or told in both cases how much was left; `unsent_size` is
/// sizeof(crm_unsent). Called again, it tells the same.
///
/// Threads: any, also at once. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_shutdown(
    client: *const crm_client,
    timeout_ms: u64,
    unsent: *mut crm_unsent,
    unsent_size: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        let client = &shared(client)?.client;
        if !unsent.is_null() {
            stats::check(unsent, unsent_size)?;
        }
        let left = client.shutdown(Duration::from_millis(timeout_ms));
        settle(left, unsent, unsent_size)
    })
}

/// Writes what was done so far and what is left to do: crm_client_stats(client, &stats, sizeof
/// stats). The size tells which fields your program knows; those that the library does not know
/// become 0.
///
/// Threads: any, also at once. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_stats(
    client: *const crm_client,
    stats: *mut crm_stats,
    stats_size: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        let client = &shared(client)?.client;
        stats::check(stats, stats_size)?;
        stats::write(crm_stats::of(client), stats, stats_size);
        Ok(())
    })
}

/// Writes what is known of the latest request's failure beyond crm_stats.failure, such as what TLS
/// or the lookup of a name said, or the collector itself, into a buffer of `reason_size` bytes, with
/// a NUL at its end; "" where nothing is known, and where it did not fail. What does not fit is cut
/// off.
///
/// Threads: any, also at once. Ownership: the buffer stays yours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_failure_reason(
    client: *const crm_client,
    reason: *mut c_char,
    reason_size: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        let client = &shared(client)?.client;
        let buffer = Buffer::new(reason, reason_size, "reason")?;
        buffer.write(client.stats().failure_reason.as_deref().unwrap_or_default());
        Ok(())
    })
}

/// Counts the events that were given up since the client was made: for one reason, by its name,
/// or for any, where `reason` is NULL. crm_loss_name lists the names.
///
/// Threads: any, also at once. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_losses(
    client: *const crm_client,
    reason: *const c_char,
    events: *mut u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        let losses = shared(client)?.client.losses();
        let count = if reason.is_null() {
            losses.total()
        } else {
            let name = text(reason, "reason")?;
            let unknown = || Failed::misuse(format!("reason: none is called {name:?}"));
            losses.of(loss_named(name).ok_or_else(unknown)?)
        };
        if events.is_null() {
            return Err(Failed::misuse("events is NULL"));
        }
        events.write(count);
        Ok(())
    })
}

/// How sure it has to be that an event is not lost when the call returns.
#[derive(Clone, Copy)]
enum Take {
    Queued,
    Durable,
}

/// # Safety
/// `client` is as for [`shared`]; `event_id` is NULL or may be written for [`CRM_EVENT_ID_SIZE`]
/// bytes.
unsafe fn track(
    client: *const crm_client,
    take: Take,
    event_id: *mut c_char,
    event: impl FnOnce() -> Result<Event>,
) -> crm_code {
    // SAFETY: demanded above.
    call(|| unsafe {
        let client = &shared(client)?.client;
        let event = event()?;
        let id = match take {
            Take::Queued => client.track(event),
            Take::Durable => client.track_durable(event),
        }?;
        if !event_id.is_null() {
            write_id(id, event_id);
        }
        Ok(())
    })
}

/// # Safety
/// `to` may be written for [`CRM_EVENT_ID_SIZE`] bytes.
unsafe fn write_id(id: EventId, to: *mut c_char) {
    let text = id.to_string();
    let length = text.len().min(CRM_EVENT_ID_SIZE - 1);
    // SAFETY: demanded above; an id as text has 36 bytes, and never more are copied.
    unsafe {
        ptr::copy_nonoverlapping(text.as_ptr().cast(), to, length);
        to.add(length).write(0);
    }
}

fn from_json(json: &str) -> Result<Event> {
    serde_json::from_str(json).map_err(|error| Failed::invalid("json", error))
}

/// # Safety
/// `to` is NULL or may be written.
unsafe fn settle(left: Unsent, to: *mut crm_unsent, bytes: usize) -> Result {
    let unsent = crm_unsent::from(left);
    if !to.is_null() {
        // SAFETY: demanded above.
        unsafe { stats::write(unsent, to, bytes) };
    }
    if left.is_empty() {
        return Ok(());
    }
    let crm_unsent { events, on_disk, in_flight } = unsent;
    let message =
        format!("{events} events unsent, {on_disk} of them on disk, {in_flight} on their way");
    Err(Failed::new(crm_code::CRM_UNSENT, message))
}
