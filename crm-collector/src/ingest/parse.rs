//! From the bytes of a request to validated events. Pure; the time is handed in.

use crm_models::ingest::RawBatch;
use crm_models::{
    Attributes, Code, Customer, Event, EventId, EventType, Interaction, Invalid, Problem, Purchase,
    Timestamp, limits,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::IngestError;
use crate::auth::Access;
use crate::auth::right::Ingest;

/// One event of a request: ready to be stored, or rejected.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Its id, where it could be read.
    pub id: Option<EventId>,
    /// The event, validated and with an id; or why it is rejected, and the
    /// text that was sent.
    pub event: Result<Event, (Invalid, String)>,
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
    let batch: RawBatch<'_> =
        serde_json::from_str(text).map_err(|error| malformed::<Frame>(text, &error))?;
    if batch.events.len() > limits::BATCH_EVENTS {
        let detail = format!(
            "at most {} events a batch, {} given; send them in several",
            limits::BATCH_EVENTS,
            batch.events.len()
        );
        return Err(Problem::new(Code::BodyTooLarge, detail).field("events").into());
    }
    let skew = batch.sent_at.map_or(0, |sent_at| now.millis() - sent_at.millis());
    let shift = if skew.abs() > SKEW_MS { skew } else { 0 };
    let parse = |text: &str| {
        let mut id = None;
        let event = parse_event(text, access, now, shift, &mut id);
        Parsed { id, event: event.map_err(|invalid| (invalid, text.to_owned())) }
    };
    Ok(batch.events.iter().map(|raw| parse(raw.get())).collect())
}

fn parse_event(
    text: &str,
    access: &Access<Ingest>,
    now: Timestamp,
    shift: i64,
    id: &mut Option<EventId>,
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
    finish(event, access, now)
}

/// Reads the one event of a request, which gets `new_id` where it has none.
pub fn parse_single<T: DeserializeOwned + Into<Event>>(
    body: &[u8],
    event_type: EventType,
    access: &Access<Ingest>,
    now: Timestamp,
    new_id: EventId,
) -> Result<Parsed, IngestError> {
    let text = utf8(body)?;
    // Text that is no JSON at all cannot be replayed either, so it is not kept.
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        return Err(malformed::<serde::de::IgnoredAny>(text, &error).into());
    }
    let mut id = None;
    let event = read::<T>(text).map(Into::into).and_then(|mut event: Event| {
        event.identify(|| new_id);
        id = event.id();
        finish(event, access, now)
    });
    Ok(Parsed { id, event: event.map_err(|invalid| (invalid, with_type(text, event_type))) })
}

fn finish(event: Event, access: &Access<Ingest>, now: Timestamp) -> Result<Event, Invalid> {
    if let Some(invalid) = forbidden(access.may_send(event.event_type()), &event) {
        return Err(invalid);
    }
    event.validate(now)?;
    Ok(event)
}

/// The rejection of an event that its sender may not send.
pub(super) fn forbidden(may_send: bool, event: &Event) -> Option<Invalid> {
    let message = || format!("this key may not send events of type {}", event.event_type());
    (!may_send).then(|| Invalid::new(Code::Forbidden, "type", message()))
}

/// A single event stands in the quarantine as it would in a batch: with its type.
fn with_type(text: &str, event_type: EventType) -> String {
    match serde_json::from_str::<crm_models::Attributes>(text) {
        Ok(mut fields) => {
            fields.insert("type".into(), event_type.to_string().into());
            serde_json::Value::Object(fields).to_string()
        }
        Err(_) => text.to_owned(),
    }
}

fn utf8(body: &[u8]) -> Result<&str, IngestError> {
    std::str::from_utf8(body).map_err(|error| {
        let detail = format!("the body is not UTF-8: byte {} is invalid", error.valid_up_to());
        Problem::new(Code::MalformedJson, detail).into()
    })
}

/// Reads an event with its type.
pub(super) fn read_event(text: &str) -> Result<Event, Invalid> {
    serde_json::from_str(text).map_err(|error| {
        let Ok(mut fields) = serde_json::from_str::<Attributes>(text) else {
            return Invalid::new(Code::InvalidField, "", "an event is an object".into());
        };
        let event_type = fields.remove("type");
        let fields = Value::Object(fields);
        let why = match event_type.as_ref().and_then(Value::as_str).map(str::parse) {
            Some(Ok(EventType::Customer)) => why_not::<Customer>(fields),
            Some(Ok(EventType::Purchase)) => why_not::<Purchase>(fields),
            Some(Ok(EventType::Interaction)) => why_not::<Interaction>(fields),
            Some(Err(_)) | None => {
                let code =
                    if event_type.is_none() { Code::MissingField } else { Code::InvalidField };
                let message = format!("is one of {}", Event::TYPES.join(", "));
                Some(Invalid::new(code, "type", message))
            }
        };
        why.unwrap_or_else(|| Invalid::new(Code::InvalidField, "", error.to_string()))
    })
}

/// Reads a value. Only when that fails, it is read again to find out at which field.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, Invalid> {
    serde_json::from_str(text).map_err(|error| {
        let why = serde_json::from_str(text).ok().and_then(why_not::<T>);
        why.unwrap_or_else(|| Invalid::new(Code::InvalidField, "", error.to_string()))
    })
}

/// Why the body of a request cannot be read.
fn malformed<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Problem {
    match serde_json::from_str(text).ok().and_then(why_not::<T>) {
        Some(invalid) => {
            let problem = Problem::new(invalid.code, invalid.message);
            if invalid.field.is_empty() { problem } else { problem.field(invalid.field) }
        }
        None => Problem::new(Code::MalformedJson, error.to_string()),
    }
}

/// Which field keeps a value from being read, and why; `None` when it can be read.
fn why_not<T: DeserializeOwned>(value: Value) -> Option<Invalid> {
    let error = serde_path_to_error::deserialize::<_, T>(value).err()?;
    let path = error.path().to_string();
    let message = error.inner().to_string();
    // What is missing or unknown is named by the message, behind the path of its object.
    let named = ["missing field `", "unknown field `"].into_iter().find_map(|prefix| {
        message.strip_prefix(prefix)?.split_once('`').map(|(name, _)| name.to_owned())
    });
    let field = match (path.as_str(), named) {
        (".", None) => String::new(),
        (".", Some(name)) => name,
        (_, Some(name)) if !path.ends_with(&name) => format!("{path}.{name}"),
        _ => path,
    };
    let missing = message.starts_with("missing field");
    let code = if missing { Code::MissingField } else { Code::InvalidField };
    Some(Invalid::new(code, &field, message))
}

/// The frame of a batch, for saying what is wrong with it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with events")]
#[expect(dead_code, reason = "only read to find out why it cannot be")]
struct Frame {
    #[serde(default)]
    sent_at: Option<Timestamp>,
    events: Vec<Value>,
}

fn id_of(text: &str) -> Option<EventId> {
    #[derive(serde::Deserialize)]
    struct WithId {
        id: EventId,
    }
    serde_json::from_str::<WithId>(text).ok().map(|event| event.id)
}
