//! Texts that speak of a customer.

use serde_json::Value;

use super::{CustomerHash, REJECTED_AT_ONCE_BYTES};
use crate::store::error::Result;
use crate::store::ids::WorkspaceId;
use crate::store::workspaces::Workspace;
use crate::store::{Profile, ReadTx, Rejected};

/// What a customer is called, in lower case.
pub(super) struct Mentions {
    /// A text that is just this speaks of the customer.
    whole: Vec<String>,
    /// A text that has this in it does.
    within: Vec<String>,
}

/// Shorter names and ids may stand in any text.
const SHORTEST_WITHIN: usize = 6;
/// Rejected events that are looked at in one snapshot.
const AT_ONCE: usize = 1_000;

impl Mentions {
    /// Those of a customer.
    pub(super) fn of(tx: &ReadTx<'_>, workspace: WorkspaceId, host_id: &str) -> Result<Self> {
        let number = tx.customer_number(workspace, host_id)?;
        let profile = number.map(|number| tx.customer(workspace, number)).transpose()?.flatten();
        Ok(Self::from(host_id, profile))
    }

    fn from(host_id: &str, profile: Option<Profile>) -> Self {
        let mut whole = vec![host_id.to_owned()];
        if let Some(profile) = profile {
            whole.push(profile.customer_id);
            whole.extend([profile.name, profile.email, profile.phone].into_iter().flatten());
        }
        let mut whole: Vec<_> = whole.iter().map(|text| text.trim().to_lowercase()).collect();
        whole.retain(|text| !text.is_empty());
        whole.sort_unstable();
        whole.dedup();
        let long = |text: &&String| text.chars().count() >= SHORTEST_WITHIN;
        let within = whole.iter().filter(long).cloned().collect();
        Self { whole, within }
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
            Ok(event) => self.are_in_value(&event),
            // It may be cut, or no JSON at all.
            Err(_) => self.are_in_any_text(text),
        };
        in_event || self.are_within(&rejected.reason.message.to_lowercase())
    }

    fn are_in_value(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => {
                let text = text.trim().to_lowercase();
                self.whole.contains(&text) || self.are_within(&text)
            }
            Value::Number(number) => self.whole.contains(&number.to_string()),
            Value::Array(values) => values.iter().any(|value| self.are_in_value(value)),
            Value::Object(fields) => fields.values().any(|value| self.are_in_value(value)),
            Value::Null | Value::Bool(_) => false,
        }
    }

    fn are_within(&self, lower: &str) -> bool {
        self.within.iter().any(|text| lower.contains(text))
    }

    /// What cannot be read as JSON goes by what stands between quotes, and by all of it, with escapes as
    /// JSON has them.
    fn are_in_any_text(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        let quoted = |name: &String| {
            let json = serde_json::to_string(name).unwrap_or_default();
            let escaped: String = json.chars().map(escaped).collect();
            lower.contains(&json) || lower.contains(&escaped)
        };
        let within = |name: &String| {
            let escaped: String = name.chars().map(escaped).collect();
            lower.contains(name) || lower.contains(&escaped)
        };
        self.whole.iter().any(quoted) || self.within.iter().any(within)
    }
}

/// A character as JSON that is ASCII alone has it.
fn escaped(letter: char) -> String {
    if letter.is_ascii() {
        return letter.to_string();
    }
    let mut units = [0; 2];
    letter.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

/// What stands in the place of a purchase's number that has an email address in it. It follows from the
/// number, so that the same purchase is known when it is sent again.
pub(super) fn without_contact(workspace: &Workspace, purchase_id: &str) -> Option<String> {
    purchase_id.contains('@').then(|| {
        let hash = CustomerHash::of(workspace, purchase_id).to_string();
        format!("erased-{}", &hash[..16])
    })
}
