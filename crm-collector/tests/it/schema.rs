//! Holds answers to the schemas of the description: types, required and undeclared fields, words.

use std::collections::BTreeSet;

use serde_json::Value;

pub struct Description(pub Value);

impl Description {
    pub fn served() -> Self {
        Self(crm_collector::http::openapi())
    }

    /// The description of an operation.
    pub fn operation(&self, id: &str) -> &Value {
        let paths = self.0["paths"].as_object().unwrap().values();
        let mut operations = paths.flat_map(|path| path.as_object().unwrap().values());
        operations.find(|operation| operation["operationId"] == id).unwrap()
    }

    /// What is wrong with an answer of an operation: its status, its type, its content.
    pub fn mistakes(&self, id: &str, status: u16, content_type: &str, body: &[u8]) -> Vec<String> {
        let Some(response) = self.operation(id)["responses"].get(status.to_string()) else {
            return vec![format!("{id} describes no status {status}")];
        };
        let essence = content_type.split(';').next().unwrap_or_default();
        let Some(content) = response["content"].as_object() else {
            let empty = body.is_empty();
            return if empty { Vec::new() } else { vec![format!("{id} {status} has a body")] };
        };
        let Some(content) = content.get(essence) else {
            return vec![format!("{id} {status} describes no {essence}")];
        };
        if !essence.ends_with("json") {
            return Vec::new();
        }
        let body = serde_json::from_slice(body).unwrap();
        let mut mistakes = Vec::new();
        self.check(&content["schema"], &body, &format!("{id} {status}"), None, &mut mistakes);
        mistakes
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.strip_prefix('#').unwrap();
                self.resolve(self.0.pointer(pointer).unwrap())
            }
            None => schema,
        }
    }

    /// The fields that a schema declares, those of its parts included.
    fn declared<'a>(&'a self, schema: &'a Value, into: &mut BTreeSet<&'a str>) {
        let schema = self.resolve(schema);
        if let Some(properties) = schema["properties"].as_object() {
            into.extend(properties.keys().map(String::as_str));
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.declared(part, into);
        }
    }

    /// `known`: fields that a schema around this one declares.
    pub fn check(
        &self,
        schema: &Value,
        value: &Value,
        at: &str,
        known: Option<&BTreeSet<&str>>,
        mistakes: &mut Vec<String>,
    ) {
        let schema = self.resolve(schema);
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().map(|one| one.as_str().unwrap()).collect(),
            _ => Vec::new(),
        };
        let is = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let fits = |wanted: &&str| *wanted == is || (*wanted == "number" && is == "integer");
        if !types.is_empty() && !types.iter().any(fits) {
            mistakes.push(format!("{at} is {is}, and not {types:?}"));
            return;
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            mistakes.push(format!("{at} is {value}, and none of {words:?}"));
        }
        let alternatives = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
        if let Some(alternatives) = alternatives {
            let tried = alternatives.iter().map(|one| {
                let mut mistakes = Vec::new();
                self.check(one, value, at, known, &mut mistakes);
                mistakes
            });
            let best = tried.min_by_key(Vec::len).unwrap_or_default();
            mistakes.extend(best);
        }
        let mut declared = BTreeSet::new();
        self.declared(schema, &mut declared);
        let around = known.unwrap_or(&declared);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.check(part, value, at, Some(around), mistakes);
        }
        if let Some(items) = schema.get("items")
            && let Some(values) = value.as_array()
        {
            for (index, item) in values.iter().enumerate() {
                self.check(items, item, &format!("{at}[{index}]"), None, mistakes);
            }
        }
        let Some(fields) = value.as_object() else { return };
        for name in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(name.as_str().unwrap()) {
                mistakes.push(format!("{at} lacks {name}"));
            }
        }
        let additional = schema.get("additionalProperties");
        for (name, field) in fields {
            let at = format!("{at}.{name}");
            if let Some(schema) = schema["properties"].get(name) {
                self.check(schema, field, &at, None, mistakes);
            } else if let Some(additional @ Value::Object(_)) = additional {
                self.check(additional, field, &at, None, mistakes);
            } else if !declared.is_empty() && !around.contains(name.as_str()) {
                mistakes.push(format!("{at} is not declared"));
            }
        }
    }
}
