//! Answers as examples for the description: without secrets, and not longer than they need to be.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::harness::Answer;

/// Set to make the examples anew.
pub const RECORD: &str = "CRM_RECORD_EXAMPLES";
/// Objects of a list that an example shows.
const ENTRIES: usize = 2;

#[derive(Default)]
pub struct Examples(BTreeMap<String, Value>);

impl Examples {
    /// Keeps the first answer of an operation.
    pub fn keep(
        &mut self,
        id: &str,
        template: &str,
        path: &str,
        request: Option<&Value>,
        answer: &Answer,
    ) {
        if self.0.contains_key(id) || id == "describe" {
            return;
        }
        let mut example = json!({ "status": answer.status.as_u16() });
        let names = template.split('/').zip(path.split('/'));
        let parameters: Map<String, Value> = names
            .filter_map(|(name, value)| {
                let name = name.strip_prefix('{')?.strip_suffix('}')?;
                let value = value.parse::<i64>().map_or_else(|_| json!(value), |id| json!(id));
                Some((name.to_owned(), value))
            })
            .collect();
        if !parameters.is_empty() {
            example["path"] = Value::Object(parameters);
        }
        if let Some(request) = request {
            example["request"] = shown(request.clone());
        }
        if answer.header("content-type") == Some("application/json") {
            example["response"] = shown(answer.json());
        }
        self.0.insert(id.to_owned(), example);
    }

    pub fn write(&self) {
        let path: PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "src/http/openapi/examples.json"].iter().collect();
        let text = serde_json::to_string_pretty(&self.0).unwrap();
        std::fs::write(path, format!("{text}\n")).unwrap();
    }
}

fn shown(value: Value) -> Value {
    match value {
        Value::Array(mut entries) => {
            let most = if entries.first().is_some_and(Value::is_object) { ENTRIES } else { 12 };
            entries.truncate(most);
            entries.into_iter().map(shown).collect()
        }
        Value::Object(fields) => {
            let shown = |(name, value): (String, Value)| {
                let value = match (name.as_str(), &value) {
                    ("key" | "token" | "csrf_token", Value::String(secret)) => {
                        let kind = secret.split_inclusive('_').take(2).collect::<String>();
                        let kind = if secret.starts_with("crm_") { kind } else { String::new() };
                        json!(format!("{kind}…"))
                    }
                    _ => shown(value),
                };
                (name, value)
            };
            Value::Object(fields.into_iter().map(shown).collect())
        }
        value => value,
    }
}
