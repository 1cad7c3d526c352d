//! A rejected event as far as it can be read: it may be cut, or no JSON at all.

use serde_json::Value;

/// What was sent.
pub(super) enum Sent<'t> {
    /// All of it.
    Whole(Value),
    /// Its beginning, or what is no JSON.
    Cut(&'t str),
}

impl<'t> Sent<'t> {
    pub(super) fn read(text: &'t str) -> Self {
        serde_json::from_str(text).map_or(Self::Cut(text), Self::Whole)
    }

    /// Whom it names, if anybody.
    pub(super) fn customer_id(&self) -> Option<String> {
        self.field("customer_id")
    }

    /// The text or the number that stands in a field.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        match self {
            Self::Whole(event) => event.get(name).and_then(text),
            Self::Cut(event) => {
                let (_, behind) = event.split_once(&format!("\"{name}\""))?;
                let value = behind.trim_start().strip_prefix(':')?;
                let value = serde_json::Deserializer::from_str(value).into_iter::<Value>().next();
                value?.ok().as_ref().and_then(text)
            }
        }
    }
}
