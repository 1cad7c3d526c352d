//! What is around the events of a batch. It is read without a copy, and never more of it than a
//! batch may hold: a few kilobytes on the wire can unfold to millions of elements.

use std::fmt;

use crm_models::{Code, Invalid, Problem, Timestamp, limits};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

/// A batch whose events are not read yet, so that a bad one spoils no other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with events")]
pub(super) struct Envelope<'a> {
    /// The sender's clock when it sent.
    #[serde(default)]
    pub(super) sent_at: Option<Timestamp>,
    #[serde(borrow)]
    pub(super) events: Events<'a>,
}

/// The events, each a JSON value of its own; as many as a batch may hold.
pub(super) struct Events<'a>(pub(super) Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Events<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(EventsVisitor)
    }
}

struct EventsVisitor;

impl<'de> Visitor<'de> for EventsVisitor {
    type Value = Events<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut events: A) -> Result<Self::Value, A::Error> {
        let mut read = Vec::new();
        while let Some(event) = events.next_element()? {
            if read.len() == limits::BATCH_EVENTS {
                return Err(A::Error::custom("too many events"));
            }
            read.push(event);
        }
        Ok(Events(read))
    }
}

/// Bytes of what is told of an event or an envelope, and of the name of its field.
const MESSAGE_BYTES: usize = 512;
const FIELD_BYTES: usize = 256;

/// The same, for saying what is wrong with it: the elements take no memory, however many.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with events")]
struct Outline {
    #[serde(default, rename = "sent_at")]
    _sent_at: Option<Timestamp>,
    events: Vec<IgnoredAny>,
}

/// Why an envelope could not be read.
pub(super) fn mistake(text: &str, error: &serde_json::Error) -> Problem {
    let mut json = serde_json::Deserializer::from_str(text);
    let wrong = match serde_path_to_error::deserialize::<_, Outline>(&mut json) {
        Ok(outline) if outline.events.len() > limits::BATCH_EVENTS => {
            let most = limits::BATCH_EVENTS;
            let given = outline.events.len();
            let detail =
                format!("at most {most} events a batch, {given} given; send them in several");
            return Problem::new(Code::BodyTooLarge, detail).field("events");
        }
        // Something behind the end of the envelope.
        Ok(_) => return Problem::new(Code::MalformedJson, error.to_string()),
        Err(wrong) => wrong,
    };
    let message = wrong.inner().to_string();
    if wrong.inner().classify() != Category::Data {
        return Problem::new(Code::MalformedJson, message);
    }
    let Invalid { code, field, message } = brief(invalid(&wrong.path().to_string(), &message));
    let problem = Problem::new(code, message);
    if field.is_empty() { problem } else { problem.field(field) }
}

/// What is wrong with a value, from the path to it and what serde says.
pub(super) fn invalid(path: &str, message: &str) -> Invalid {
    let message = without_place(message);
    // Only free attributes are as deep as that.
    if message == "recursion limit exceeded" {
        let field = path.split(['.', '[']).next().unwrap_or_default();
        let rule = format!("at most {} levels deep, more given", limits::ATTRIBUTES_DEPTH);
        return Invalid::new(Code::TooDeep, field, rule);
    }
    // What is missing, unknown or given twice is named by the message, behind the path of its object.
    let prefixes = ["missing field `", "unknown field `", "duplicate field `"];
    let named = prefixes.into_iter().find_map(|prefix| {
        message.strip_prefix(prefix)?.split_once('`').map(|(name, _)| name.to_owned())
    });
    let field = match (path, named) {
        (".", None) => String::new(),
        (".", Some(name)) => name,
        (path, Some(name)) if !path.ends_with(&name) => format!("{path}.{name}"),
        (path, _) => path.to_owned(),
    };
    let (code, message) = match message {
        "number out of range" => (Code::OutOfRange, "is a number that is too large"),
        missing if missing.starts_with("missing field") => (Code::MissingField, missing),
        other => (Code::InvalidField, other),
    };
    Invalid::new(code, &field, message.to_owned())
}

/// What serde says without the place in the text, which says nothing that the name of the field does
/// not.
fn without_place(message: &str) -> &str {
    let is_place = |place: &str| {
        place.split(" column ").all(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match message.rsplit_once(" at line ") {
        Some((rule, place)) if is_place(place) => rule,
        _ => message,
    }
}

/// What is told of something quotes it, and it may be nothing but one long name.
pub(super) fn brief(mut invalid: Invalid) -> Invalid {
    for (text, most) in [(&mut invalid.message, MESSAGE_BYTES), (&mut invalid.field, FIELD_BYTES)] {
        if text.len() > most {
            text.truncate(text.floor_char_boundary(most));
            text.push('…');
        }
    }
    invalid
}
