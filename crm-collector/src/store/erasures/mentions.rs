//! Texts that speak of a customer.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::REJECTED_AT_ONCE_BYTES;
use crate::store::customers::stored_id;
use crate::store::error::Result;
use crate::store::ids::WorkspaceId;
use crate::store::{Profile, ReadTx, Rejected, search};

/// What a customer is called.
pub(super) struct Mentions {
    /// The host's ids, as they are stored.
    ids: BTreeSet<String>,
    /// Name and email address as they are compared; just these in a field of that name.
    told: BTreeSet<String>,
    /// Of these, what is long enough to be looked for within any text.
    within: Vec<String>,
    /// The phone number in digits, in each reading of how it may be dialled.
    phones: BTreeSet<String>,
}

/// Shorter texts, and names of one word, may stand in any text.
const SHORTEST_WITHIN: usize = 6;
const SHORTEST_PHONE: usize = 7;
/// Rejected events that are looked at in one snapshot.
const AT_ONCE: usize = 1_000;
/// Fields of an event that have one of a few values, and its own number.
const FIXED: [&str; 6] = ["id", "type", "kind", "state", "direction", "currency"];

impl Mentions {
    /// Those of a customer, as far as is known.
    pub(super) fn of(tx: &ReadTx<'_>, workspace: WorkspaceId, host_id: &str) -> Result<Self> {
        let number = tx.customer_number(workspace, host_id)?;
        let profile = number.map(|number| tx.customer(workspace, number)).transpose()?.flatten();
        Ok(Self::from(host_id, profile))
    }

    fn from(host_id: &str, profile: Option<Profile>) -> Self {
        let mut ids = BTreeSet::from([stored_id(host_id.trim()).into_owned()]);
        let mut told = BTreeSet::new();
        let mut phones = BTreeSet::new();
        if let Some(profile) = profile {
            ids.insert(profile.customer_id);
            told.extend(
                [profile.name, profile.email].into_iter().flatten().map(|text| folded(&text)),
            );
            phones = profile.phone.map(|phone| search::phone_readings(&phone)).unwrap_or_default();
            phones.retain(|digits| digits.len() >= SHORTEST_PHONE);
        }
        told.extend(ids.iter().filter(|id| id.contains('@')).map(|id| folded(id)));
        told.retain(|text| !text.is_empty());
        let is_long =
            |text: &&String| text.chars().count() >= SHORTEST_WITHIN && text.contains(['@', ' ']);
        let within = told.iter().filter(is_long).cloned().collect();
        Self { ids, told, within, phones }
    }

    /// Looks at some of the rejected events behind one that was seen, which it moves on, and adds the
    /// numbers of those that speak of the customer; `false` when there are no more.
    pub(super) fn find(
        &self,
        tx: &ReadTx<'_>,
        workspace: WorkspaceId,
        seen: &mut i64,
        found: &mut Vec<i64>,
    ) -> Result<bool> {
        let some = tx.rejected(workspace, *seen, AT_ONCE, REJECTED_AT_ONCE_BYTES)?;
        let Some(last) = some.last() else { return Ok(false) };
        *seen = last.id;
        found.extend(some.iter().filter(|one| self.are_in(one)).map(|one| one.id));
        Ok(true)
    }

    fn are_in(&self, rejected: &Rejected) -> bool {
        let text = &rejected.event.text;
        let in_event = match serde_json::from_str::<Value>(text) {
            Ok(event) => self.are_in_value("", &event),
            // It may be cut, or no JSON at all.
            Err(_) => {
                customer_of(text).is_some_and(|id| self.ids.contains(&*stored_id(id.trim())))
                    || self.are_within(&unescaped(text))
            }
        };
        in_event || self.are_within(&rejected.reason.message)
    }

    fn are_in_value(&self, field: &str, value: &Value) -> bool {
        match value {
            _ if FIXED.contains(&field) => false,
            Value::String(text) => match field {
                "customer_id" => self.ids.contains(&*stored_id(text.trim())),
                "name" | "email" => self.told.contains(&folded(text)) || self.are_within(text),
                _ => self.are_within(text),
            },
            Value::Number(number) => {
                let number = number.to_string();
                (field == "customer_id" && self.ids.contains(&number)) || self.are_within(&number)
            }
            Value::Array(values) => values.iter().any(|value| self.are_in_value(field, value)),
            Value::Object(fields) => fields
                .iter()
                .any(|(field, value)| self.are_within(field) || self.are_in_value(field, value)),
            Value::Null | Value::Bool(_) => false,
        }
    }

    fn are_within(&self, text: &str) -> bool {
        let folded = folded(text);
        if self.within.iter().any(|one| folded.contains(one.as_str())) {
            return true;
        }
        // Of a phone number, what stands between digits does not matter.
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        self.phones.iter().any(|phone| digits.contains(phone.as_str()))
    }
}

/// A text as it is compared: without case, accents and blanks that say nothing.
fn folded(text: &str) -> String {
    let words = search::email(text);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whom an event is about, as far as it can be read; it may be cut behind that.
pub(super) fn customer_of(event: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct About {
        customer_id: Option<Value>,
    }
    let text = |value: Value| match value {
        Value::String(id) => Some(id),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if let Ok(About { customer_id }) = serde_json::from_str(event) {
        return customer_id.and_then(text);
    }
    let (_, behind) = event.split_once("\"customer_id\"")?;
    let value = behind.trim_start().strip_prefix(':')?;
    serde_json::Deserializer::from_str(value).into_iter::<Value>().next()?.ok().and_then(text)
}

/// A text of JSON with its escapes read, as far as they are whole.
fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let escape = rest.strip_prefix("\\u").and_then(|digits| digits.get(..4));
        if let Some(unit) = escape.and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
            units.push(unit);
            rest = &rest[6..];
        } else {
            let mut buffer = [0; 2];
            units.extend_from_slice(letter.encode_utf16(&mut buffer));
            rest = &rest[letter.len_utf8()..];
        }
    }
    String::from_utf16_lossy(&units)
}
