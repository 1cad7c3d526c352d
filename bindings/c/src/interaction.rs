//! Anything that passed between the host and a customer other than a purchase.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_sdk::{Direction, Interaction, InteractionKind, Timestamp};

use crate::boundary::{Result, call, value};
use crate::code::crm_code;
use crate::events::{edit, json_value, set_attribute, set_parsed, set_text, text_value};
use crate::pointer::{
    Handle, Numbered, exclusive, give, no_member, number, release, text, text_of,
};

/// What sort of interaction it was.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum crm_interaction_kind {
    /// A visit to a site, an app or a shop.
    CRM_VISIT = 1,
    /// An email.
    CRM_EMAIL = 2,
    /// A phone call.
    CRM_CALL = 3,
    /// A chat.
    CRM_CHAT = 4,
    /// A support ticket.
    CRM_TICKET = 5,
    /// A campaign that reached the customer.
    CRM_CAMPAIGN = 6,
    /// A note somebody took.
    CRM_NOTE = 7,
    /// Anything else; say what in the subject or the attributes.
    CRM_CUSTOM = 8,
}

// SAFETY: it is repr(i32).
unsafe impl Numbered for crm_interaction_kind {}

/// Who turned to whom.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum crm_direction {
    /// The customer turned to you.
    CRM_INBOUND = 1,
    /// You turned to the customer.
    CRM_OUTBOUND = 2,
}

// SAFETY: it is repr(i32).
unsafe impl Numbered for crm_direction {}

/// Something that passed between you and a customer.
///
/// Made by crm_interaction_new, told to the collector by crm_client_interaction.
pub struct crm_interaction(pub(crate) Interaction);

impl Handle for crm_interaction {
    const NAME: &'static str = "interaction";
}

fn kind_of(kind: MaybeUninit<crm_interaction_kind>) -> Result<InteractionKind> {
    use crm_interaction_kind::*;
    let kinds = [
        (CRM_VISIT, InteractionKind::Visit),
        (CRM_EMAIL, InteractionKind::Email),
        (CRM_CALL, InteractionKind::Call),
        (CRM_CHAT, InteractionKind::Chat),
        (CRM_TICKET, InteractionKind::Ticket),
        (CRM_CAMPAIGN, InteractionKind::Campaign),
        (CRM_NOTE, InteractionKind::Note),
        (CRM_CUSTOM, InteractionKind::Custom),
    ];
    let number = number(kind);
    let found = kinds.into_iter().find(|(kind, _)| *kind as i32 == number);
    found.map(|(_, kind)| kind).ok_or_else(|| no_member("kind", number))
}

/// Begins an interaction of this kind with this customer: 1 to 128 bytes.
///
/// Threads: any. Ownership: `*interaction` is yours; end it by crm_interaction_free. NULL after a
/// failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_new(
    customer_id: *const c_char,
    kind: MaybeUninit<crm_interaction_kind>,
    interaction: *mut *mut crm_interaction,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        give(interaction, || {
            let customer_id = text(customer_id, "customer_id")?;
            Ok(crm_interaction(Interaction::new(customer_id, kind_of(kind)?)))
        })
    })
}

/// Ends an interaction. NULL is allowed and does nothing.
///
/// Threads: any, while no other uses this interaction. Ownership: taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_free(interaction: *mut crm_interaction) {
    // SAFETY: the head of crm.h demands it.
    value((), || unsafe { release(interaction) });
}

/// Sets who turned to whom.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_direction(
    interaction: *mut crm_interaction,
    direction: MaybeUninit<crm_direction>,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(interaction, |interaction| {
            interaction.0.direction = Some(match number(direction) {
                way if way == crm_direction::CRM_INBOUND as i32 => Direction::Inbound,
                way if way == crm_direction::CRM_OUTBOUND as i32 => Direction::Outbound,
                other => return Err(no_member("direction", other)),
            });
            Ok(())
        })
    }
}

/// Sets where it happened, such as "web", "app" or "store": up to 128 bytes.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_channel(
    interaction: *mut crm_interaction,
    channel: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_text(interaction, channel, "channel", |interaction| &mut interaction.0.channel) }
}

/// Sets the subject, one line of up to 512 bytes.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_subject(
    interaction: *mut crm_interaction,
    subject: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_text(interaction, subject, "subject", |interaction| &mut interaction.0.subject) }
}

/// Sets the whole text: up to 64 KiB, of any number of lines.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_text(
    interaction: *mut crm_interaction,
    text: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_text(interaction, text, "text", |interaction| &mut interaction.0.text) }
}

/// The same for a text of so many bytes that need not end in NUL.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_text_n(
    interaction: *mut crm_interaction,
    text: *const c_char,
    text_bytes: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        let interaction = exclusive(interaction)?;
        interaction.0.text = Some(text_of(text, text_bytes, "text")?.to_owned());
        Ok(())
    })
}

/// Sets a free attribute to a text. All attributes together: up to 16 KiB as JSON.
///
/// Threads: one at a time. Ownership: the texts are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_attribute(
    interaction: *mut crm_interaction,
    key: *const c_char,
    value: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        set_attribute(interaction, key, || text_value(value), |handle| &mut handle.0.attributes)
    }
}

/// Sets a free attribute to a whole number.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_attribute_integer(
    interaction: *mut crm_interaction,
    key: *const c_char,
    value: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        set_attribute(interaction, key, || Ok(value.into()), |handle| &mut handle.0.attributes)
    }
}

/// Sets a free attribute to true or false.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_attribute_bool(
    interaction: *mut crm_interaction,
    key: *const c_char,
    value: bool,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        set_attribute(interaction, key, || Ok(value.into()), |handle| &mut handle.0.attributes)
    }
}

/// Sets a free attribute to any JSON value, nested up to 8 levels.
///
/// Threads: one at a time. Ownership: the texts are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_attribute_json(
    interaction: *mut crm_interaction,
    key: *const c_char,
    json: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        set_attribute(interaction, key, || json_value(json), |handle| &mut handle.0.attributes)
    }
}

/// Sets when it happened, where that is not now: RFC 3339 with an offset, such as
/// "2026-03-01T09:30:00Z".
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_occurred_at(
    interaction: *mut crm_interaction,
    time: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(interaction, time, "occurred_at", |handle| &mut handle.0.occurred_at) }
}

/// The same in milliseconds since 1970 in UTC.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_occurred_at_ms(
    interaction: *mut crm_interaction,
    time_ms: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(interaction, |interaction| {
            interaction.0.occurred_at = Some(Timestamp::from_millis(time_ms));
            Ok(())
        })
    }
}

/// Says which interaction this is a correction of, by the id of the event that brought it: what
/// crm_client_interaction gave when that was told. A correction has crm_interaction_set_updated_at,
/// crm_interaction_set_replace or crm_interaction_set_void, too, and is an event of its own.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_interaction_id(
    interaction: *mut crm_interaction,
    interaction_id: *const c_char,
) -> crm_code {
    let field = "interaction_id";
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(interaction, interaction_id, field, |handle| &mut handle.0.interaction_id) }
}

/// Sets when your program last changed it: RFC 3339 with an offset. With a later one than what is stored has,
/// the correction takes its place; with an earlier one it changes nothing.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_updated_at(
    interaction: *mut crm_interaction,
    time: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(interaction, time, "updated_at", |handle| &mut handle.0.updated_at) }
}

/// The same in milliseconds since 1970 in UTC.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_updated_at_ms(
    interaction: *mut crm_interaction,
    time_ms: i64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(interaction, |interaction| {
            interaction.0.updated_at = Some(Timestamp::from_millis(time_ms));
            Ok(())
        })
    }
}

/// Sets whether it takes the place of what is stored, whenever that was changed.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_replace(
    interaction: *mut crm_interaction,
    replace: bool,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(interaction, |interaction| {
            interaction.0.replace = replace;
            Ok(())
        })
    }
}

/// Sets whether it is taken back altogether: no timeline has it any more. Unless
/// crm_interaction_set_replace is set, a version stays that is later than its
/// crm_interaction_set_updated_at.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_void(
    interaction: *mut crm_interaction,
    is_void: bool,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(interaction, |interaction| {
            interaction.0.void = is_void;
            Ok(())
        })
    }
}

/// Sets the id of the event, a UUID, where your program has one. The collector stores an id once.
/// Without it, each call of crm_client_interaction is a new event.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_interaction_set_event_id(
    interaction: *mut crm_interaction,
    event_id: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_parsed(interaction, event_id, "id", |handle| &mut handle.0.id) }
}
