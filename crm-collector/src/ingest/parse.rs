//! From the bytes of a request to validated events. Pure; the time is handed in.

use crm_models::{
    Code, Customer, Event, EventId, EventType, Interaction, Invalid, Problem, Purchase, Timestamp,
    Warning, limits,
};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::address::Address;
use super::envelope::{self, Envelope};
use super::fields::Fields;
use super::{IngestError, SentText};
use crate::auth::right::Ingest;
use crate::auth::{Access, KeyGrant};

/// One event of a request: ready to be stored, or rejected.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Its id, where it could be read.
    pub id: Option<EventId>,
    /// The event, validated and with an id; or why it is rejected, and the text that was sent.
    pub event: Result<Event, (Invalid, SentText)>,
    /// What has to be looked at where it is stored.
    pub warnings: Vec<Warning>,
}

/// Past this, the difference between the sender's clock and ours is no delay of the network.
const SKEW_MS: i64 = 60_000;

/// Reads a batch. Each event stands for itself: a bad one becomes a rejection.
pub fn parse_batch(
    body: &[u8],
    access: &Access<Ingest>,
    now: Timestamp,
) -> Result<Vec<Parsed>, IngestError> {
    let text = utf8(body)?;
    let batch: Envelope<'_> =
        serde_json::from_str(text).map_err(|error| envelope::mistake(text, &error))?;
    let skew = batch.sent_at.map_or(0, |sent_at| now.millis() - sent_at.millis());
    let shift = if skew.abs() > SKEW_MS { skew } else { 0 };
    let parse = |text: &str| {
        let (mut id, mut warnings) = (None, Vec::new());
        let event = parse_event(text, access, now, shift, &mut id, &mut warnings);
        let event = event.map_err(|invalid| (envelope::brief(invalid), SentText::new(text)));
        Parsed { id, event, warnings }
    };
    Ok(batch.events.0.iter().map(|raw| parse(raw.get())).collect())
}

fn parse_event(
    text: &str,
    access: &Access<Ingest>,
    now: Timestamp,
    shift: i64,
    id: &mut Option<EventId>,
    warnings: &mut Vec<Warning>,
) -> Result<Event, Invalid> {
    if text.len() > limits::EVENT_BYTES {
        let message =
            format!("at most {} bytes an event, {} given", limits::EVENT_BYTES, text.len());
        return Err(Invalid::new(Code::TooLong, "", message));
    }
    let mut event = read_event(text).inspect_err(|_| *id = id_of(text))?;
    *id = event.id();
    if id.is_none() {
        let message =
            "an event of a batch needs an id, a UUID that stays the same when it is sent again";
        return Err(Invalid::new(Code::MissingField, "id", message.into()));
    }
    event.shift(shift);
    finish(event, access, now, warnings)
}

/// Reads the one event of a request, which gets `new_id` where it has none.
pub fn parse_single<T: DeserializeOwned + Into<Event>>(
    body: &[u8],
    address: &Address<'_>,
    access: &Access<Ingest>,
    now: Timestamp,
    new_id: EventId,
) -> Result<Parsed, IngestError> {
    let text = utf8(body)?;
    let fields = match Fields::of(text) {
        Ok(fields) => Ok(fields),
        Err(error) if error.classify() == Category::Data => Err(Fields::none(&error)),
        // Text that is no JSON at all cannot be replayed either, so it is not kept.
        Err(error) => return Err(Problem::new(Code::MalformedJson, error.to_string()).into()),
    };
    let (mut id, mut warnings) = (None, Vec::new());
    let event = fields.and_then(|fields| {
        fields.require_type(address.event_type())?;
        let mut event: Event = fields.read::<T>()?.into();
        event.identify(|| new_id);
        id = event.id();
        address.complete(&mut event)?;
        finish(event, access, now, &mut warnings)
    });
    let rejected = |invalid| (envelope::brief(invalid), address.kept(text));
    let event = event.map_err(rejected);
    Ok(Parsed { id, event, warnings })
}

/// Reads an event that stands by itself, with its `type` or without.
///
/// # Errors
/// The field that is wrong.
pub fn read_alone<T: DeserializeOwned>(text: &str, event_type: EventType) -> Result<T, Invalid> {
    let fields = Fields::of(text).map_err(|error| Fields::none(&error))?;
    fields.require_type(event_type)?;
    fields.read()
}

fn finish(
    mut event: Event,
    access: &Access<Ingest>,
    now: Timestamp,
    warnings: &mut Vec<Warning>,
) -> Result<Event, Invalid> {
    require_allowed(access.key(), &event)?;
    event.tidy(|warning| warnings.push(warning));
    complete_source(access.key(), &mut event);
    event.validate(now)?;
    Ok(event)
}

/// Refuses an event that the key it came by may not send.
pub(super) fn require_allowed(key: Option<&KeyGrant>, event: &Event) -> Result<(), Invalid> {
    let Some(key) = key else { return Ok(()) };
    if !key.may_send(event.event_type()) {
        let message = format!("this key may not send events of type {}", event.event_type());
        return Err(Invalid::new(Code::Forbidden, "type", message));
    }
    if let Some(field) = event.corrects_by()
        && !key.may_correct()
    {
        let message = "this key may not correct what is stored; that needs a server key";
        return Err(Invalid::new(Code::Forbidden, field, message.into()));
    }
    Ok(())
}

/// A purchase that names no source comes from that of its key.
pub(super) fn complete_source(key: Option<&KeyGrant>, event: &mut Event) {
    if let (Some(key), Event::Purchase(purchase)) = (key, event)
        && purchase.source.is_none()
    {
        purchase.source.clone_from(&key.source);
    }
}

fn utf8(body: &[u8]) -> Result<&str, IngestError> {
    std::str::from_utf8(body).map_err(|error| {
        let detail = format!("the body is not UTF-8: byte {} is invalid", error.valid_up_to());
        Problem::new(Code::MalformedJson, detail).into()
    })
}

/// Reads an event with its type. Only when that fails, it is taken apart to find out at which field.
pub(super) fn read_event(text: &str) -> Result<Event, Invalid> {
    serde_json::from_str(text).or_else(|_| {
        let fields = Fields::of(text).map_err(|error| Fields::none(&error))?;
        match fields.told_type().as_deref().map(str::parse) {
            Some(Ok(EventType::Customer)) => fields.read::<Customer>().map(Event::from),
            Some(Ok(EventType::Purchase)) => fields.read::<Purchase>().map(Event::from),
            Some(Ok(EventType::Interaction)) => fields.read::<Interaction>().map(Event::from),
            Some(Err(_)) | None => Err(fields.wrong_type(Event::TYPES)),
        }
    })
}

fn id_of(text: &str) -> Option<EventId> {
    #[derive(serde::Deserialize)]
    struct WithId {
        id: EventId,
    }
    serde_json::from_str::<WithId>(text).ok().map(|event| event.id)
}
