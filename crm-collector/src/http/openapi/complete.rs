//! What every operation has in common: the refusals it can answer with, the headers that go with
//! them, the formats, the token against forged requests, and examples. Handlers describe the rest.

use std::collections::BTreeMap;

use crm_models::Code;
use serde_json::{Map, Value, json};

/// True answers and the requests behind them, by operation; the access test writes them.
const EXAMPLES: &str = include_str!("examples.json");

const PROBLEM: &str = "application/problem+json";

/// Completes a description.
pub(super) fn complete(description: &mut Value) {
    let examples: Value = serde_json::from_str(EXAMPLES).unwrap_or_default();
    describe_csrf(description);
    let Some(paths) = description["paths"].as_object_mut() else { return };
    for (path, methods) in paths {
        let Some(methods) = methods.as_object_mut() else { continue };
        for (method, operation) in methods {
            let asks = Asks::of(path, method, operation);
            if asks.changes && asks.session {
                require_csrf(operation);
            }
            add_refusals(operation, &asks);
            add_formats(operation);
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            add_examples(operation, &examples[id.as_str()]);
        }
    }
}

/// What decides which refusals an operation knows.
struct Asks {
    changes: bool,
    key: bool,
    session: bool,
    query: bool,
    path: bool,
    body: bool,
}

impl Asks {
    fn of(path: &str, method: &str, operation: &Value) -> Self {
        let security = operation["security"].as_array();
        // Left out, it is what the description says of all: a key or a session.
        let names = |scheme: &str| {
            security.is_none_or(|ways| ways.iter().any(|way| way.get(scheme).is_some()))
        };
        let parameters = operation["parameters"].as_array();
        let query = |parameters: &Vec<Value>| parameters.iter().any(|one| one["in"] == "query");
        Self {
            changes: method != "get",
            key: names("key"),
            session: names("session"),
            query: parameters.is_some_and(query),
            path: path.contains('{'),
            body: operation.get("requestBody").is_some(),
        }
    }

    fn codes(&self) -> Vec<Code> {
        let mut codes = vec![Code::Internal, Code::Unavailable];
        if self.query {
            codes.extend([Code::InvalidField, Code::OutOfRange]);
        }
        if self.body {
            codes.extend([
                Code::MalformedJson,
                Code::MalformedEncoding,
                Code::InvalidField,
                Code::MissingField,
                Code::TooLong,
                Code::TooMany,
                Code::OutOfRange,
                Code::RequestTimeout,
                Code::BodyTooLarge,
                Code::UnsupportedMedia,
                Code::QuotaExceeded,
            ]);
        }
        if self.key || self.session {
            codes.extend([Code::Unauthorized, Code::Expired, Code::Forbidden]);
        }
        if self.session && !self.key {
            codes.push(Code::SessionRequired);
        }
        if self.session && self.changes {
            codes.push(Code::CsrfRequired);
        }
        if self.changes {
            codes.push(Code::StorageFull);
        }
        if self.path {
            codes.push(Code::NotFound);
        }
        codes
    }
}

fn describe_csrf(description: &mut Value) {
    description["components"]["securitySchemes"]["csrf"] = json!({
        "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
        "description": "The csrf_token of the login, beside the session's cookie, in every request \
            that changes something",
    });
}

fn require_csrf(operation: &mut Value) {
    let ways = operation["security"].as_array().cloned();
    let ways = ways.unwrap_or_else(|| vec![json!({ "key": [] }), json!({ "session": [] })]);
    let with_csrf = |mut way: Value| {
        if way.get("session").is_some() {
            way["csrf"] = json!([]);
        }
        way
    };
    operation["security"] = ways.into_iter().map(with_csrf).collect();
}

fn add_refusals(operation: &mut Value, asks: &Asks) {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in asks.codes() {
        let codes = by_status.entry(code.status()).or_default();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, codes) in by_status {
        responses.entry(status.to_string()).or_insert_with(|| refusal(&codes));
    }
    for (status, response) in responses {
        if matches!(status.as_str(), "202" | "429" | "503") {
            response["headers"]["Retry-After"] = json!({
                "description": "Seconds after which to try again",
                "schema": { "type": "integer", "minimum": 1 },
                "example": 1,
            });
        }
        if status == "401" {
            response["headers"]["WWW-Authenticate"] =
                json!({ "schema": { "type": "string", "enum": ["Bearer"] } });
        }
    }
}

fn refusal(codes: &[Code]) -> Value {
    let told = |code: &Code| format!("`{code}`: {}", code.title());
    let description: Vec<String> = codes.iter().map(told).collect();
    let mut content = Map::new();
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    content.insert(PROBLEM.to_owned(), json!({ "schema": schema }));
    json!({ "description": description.join("; "), "content": content })
}

/// Where a query chooses the format, the answer comes as CSV and as a page too.
fn add_formats(operation: &mut Value) {
    let parameters = operation["parameters"].as_array();
    let chooses = |parameters: &Vec<Value>| parameters.iter().any(|one| one["name"] == "format");
    if parameters.is_some_and(chooses) {
        operation["responses"]["200"]["content"]["text/csv"] = json!({
            "schema": { "type": "string", "description": "A line of heads, then a line a row" },
        });
        operation["responses"]["200"]["content"]["text/html"] = json!({
            "schema": { "type": "string", "description": "A page with charts and tables" },
        });
    }
}

fn add_examples(operation: &mut Value, example: &Value) {
    if let (Some(body), Some(request)) = (operation.get_mut("requestBody"), example.get("request"))
    {
        body["content"]["application/json"]["example"] = request.clone();
    }
    let status = example["status"].to_string();
    if let (Some(response), Some(answer)) =
        (operation["responses"].get_mut(status.as_str()), example.get("response"))
    {
        response["content"]["application/json"]["example"] = answer.clone();
    }
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default();
        if let Some(value) = example["path"].get(name) {
            parameter["example"] = value.clone();
        }
    }
}
