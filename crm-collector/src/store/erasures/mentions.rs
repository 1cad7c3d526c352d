//! Rejected events that speak of a customer: by what he or she is called, or, where they name nobody, by the
//! purchase or the interaction that they are about.

use std::collections::BTreeSet;

use crm_models::{EventId, is_nobody};
use serde_json::Value;

use super::REJECTED_AT_ONCE_BYTES;
use super::sent::Sent;
use crate::store::customers::stored_id;
use crate::store::error::Result;
use crate::store::ids::{CustomerNumber, WorkspaceId};
use crate::store::{LabelKind, Profile, ReadTx, Rejected, search};

/// What a customer is called, and the number by which purchases and interactions are his or hers.
pub(super) struct Mentions {
    number: Option<CustomerNumber>,
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
        Ok(Self { number, ..Self::from(host_id, profile) })
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
        Self { number: None, ids, told, within, phones }
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
        for one in &some {
            let sent = Sent::read(&one.event.text);
            if self.are_in(&sent, one) || self.owns_what_is_meant(tx, workspace, &sent, one)? {
                found.push(one.id);
            }
        }
        Ok(true)
    }

    fn are_in(&self, sent: &Sent<'_>, rejected: &Rejected) -> bool {
        let in_event = match sent {
            Sent::Whole(event) => self.are_in_value("", event),
            Sent::Cut(text) => {
                let id = sent.customer_id();
                id.is_some_and(|id| self.ids.contains(&*stored_id(id.trim())))
                    || self.are_within(&unescaped(text))
            }
        };
        in_event || self.are_within(&rejected.reason.message)
    }

    /// Whether an event that names nobody is about what is stored as the customer's.
    fn owns_what_is_meant(
        &self,
        tx: &ReadTx<'_>,
        workspace: WorkspaceId,
        sent: &Sent<'_>,
        rejected: &Rejected,
    ) -> Result<bool> {
        let names_nobody = sent.customer_id().is_none_or(|id| is_nobody(id.trim()));
        let Some(owner) = self.number.filter(|_| names_nobody) else { return Ok(false) };
        for field in ["interaction_id", "id"] {
            let id = sent.field(field).and_then(|id| id.trim().parse::<EventId>().ok());
            if let Some(id) = id
                && tx.customer_of_event(workspace, id)? == Some(owner)
            {
                return Ok(true);
            }
        }
        let numbers = ["purchase_id", "refund_of"].map(|field| sent.field(field));
        if numbers.iter().all(Option::is_none) {
            return Ok(false);
        }
        // What names no source comes from that of its key.
        let source = match (sent.field("source"), rejected.key) {
            (None, Some(key)) => tx.key(workspace, key)?.and_then(|key| key.about.source),
            (source, _) => source,
        };
        let source = match source.as_deref().map(str::trim).filter(|source| !source.is_empty()) {
            Some(source) => tx.label_number(workspace, LabelKind::Source, source)?,
            None => Some(0),
        };
        let Some(source) = source else { return Ok(false) };
        for number in numbers.iter().flatten() {
            if tx.customer_of_purchase(workspace, source, number.trim())? == Some(owner) {
                return Ok(true);
            }
        }
        Ok(false)
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
