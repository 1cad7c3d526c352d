//! An event taken apart into its fields, none of them read yet: where one of them is wrong, whatever is
//! wrong with it, that field is named.

use std::fmt;

use crm_models::{Code, EventType, Invalid};
use serde::de::value::MapDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::envelope;

/// So many are kept. No event has as many, so that one of them is unknown or given twice where there
/// are more, and is found.
const MOST: usize = 64;

/// The fields of an event, as they stand in its text.
pub(super) struct Fields<'a> {
    /// Its `type`, where it has one.
    event_type: Option<&'a RawValue>,
    others: Vec<(String, &'a RawValue)>,
}

impl<'a> Fields<'a> {
    /// Takes the text of an event apart.
    pub(super) fn of(text: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// Why a text could not be taken apart.
    pub(super) fn none(error: &serde_json::Error) -> Invalid {
        let message = error.to_string();
        match message.starts_with("invalid type") {
            true => Invalid::new(Code::InvalidField, "", "an event is an object".to_owned()),
            false => envelope::invalid(".", &message),
        }
    }

    /// The `type` as it is told; what is no text stands as it is written.
    pub(super) fn told_type(&self) -> Option<String> {
        let text = self.event_type?.get();
        Some(serde_json::from_str(text).unwrap_or_else(|_| text.to_owned()))
    }

    /// Reads an event of a type, all other fields of which they are.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T, Invalid> {
        let fields = MapDeserializer::<_, serde_json::Error>::new(self.others.into_iter());
        serde_path_to_error::deserialize(fields).map_err(|error| {
            envelope::invalid(&error.path().to_string(), &error.inner().to_string())
        })
    }

    /// What is wrong with the `type` of an event that is to have one of these.
    pub(super) fn wrong_type(&self, may_be: &[&str]) -> Invalid {
        let code = match self.event_type {
            Some(_) => Code::InvalidField,
            None => Code::MissingField,
        };
        Invalid::new(code, "type", format!("is one of {}", may_be.join(", ")))
    }

    /// Refuses a `type` that is told and is another one.
    pub(super) fn require_type(&self, event_type: EventType) -> Result<(), Invalid> {
        match self.told_type() {
            Some(told) if told != event_type.as_str() => {
                let rule = format!("is \"{event_type}\" here, or left out; \"{told}\" given");
                Err(Invalid::new(Code::InvalidField, "type", rule))
            }
            _ => Ok(()),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;

        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Fields { event_type: None, others: Vec::new() };
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    if name == "type" && fields.event_type.is_none() {
                        fields.event_type = Some(value);
                    } else if fields.others.len() < MOST {
                        fields.others.push((name, value));
                    }
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(FieldsVisitor)
    }
}
