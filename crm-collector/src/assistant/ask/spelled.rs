//! The same question as it is asked without words: the address that answers it over HTTP, and the command that
//! prints it.

use crm_api::question::{Question, Stage, Values, ValuesBy};
use form_urlencoded::byte_serialize;
use serde_json::{Map, Value};

/// The address under which the question is answered over HTTP.
pub fn address(question: &Question) -> String {
    let mut fields = given(question);
    let parts = question.route().path.split('/').map(|part| {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        match name {
            // A space is a plus in a query and nowhere else.
            Some(name) => escaped(&fields.remove(name).unwrap_or_default()).replace('+', "%20"),
            None => part.to_owned(),
        }
    });
    let path = parts.collect::<Vec<_>>().join("/");
    let query: Vec<_> =
        fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

/// The command that prints the answer; none where no command does.
pub fn command(question: &Question) -> Option<String> {
    let mut fields = given(question);
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    let words: Vec<String> = match question {
        Question::Report(_) => vec!["report".into(), quoted(&take("name"))],
        Question::Cohorts(_) => vec!["report".into(), "cohorts".into()],
        Question::Forecast(_) => vec!["forecast".into()],
        Question::Trends(_) => vec!["trends".into()],
        Question::Segments(_) => vec!["segments".into()],
        Question::Together(_) => vec!["together".into(), quoted(&take("sku"))],
        Question::Next(_) => vec!["next".into(), quoted(&take("id"))],
        Question::Customer(_) => vec!["customers".into(), quoted(&take("id"))],
        Question::Value(_) => {
            vec!["customers".into(), quoted(&take("id")), "--with value".into()]
        }
        Question::Values(Values {
            stage: None::<Stage>, by: ValuesBy::Value, after: None, ..
        }) => {
            vec!["customers".into(), "--with value".into()]
        }
        Question::FindCustomers(find) if find.q.is_some() => {
            vec!["customers".into(), "--search".into(), quoted(&take("q"))]
        }
        Question::Purchase(_) => {
            let source = take("source");
            let mut words = vec!["purchase show".into(), quoted(&take("purchase_id"))];
            if source != "-" {
                words.push(format!("--source {}", quoted(&source)));
            }
            words
        }
        _ => return None,
    };
    let options = fields
        .iter()
        .map(|(name, value)| format!("--{} {}", name.replace('_', "-"), quoted(value)));
    let all: Vec<_> = words.into_iter().chain(options).collect();
    Some(format!("crm-collector {}", all.join(" ")))
}

/// The fields that say something, each as its text; what a question is about is among them.
fn given(question: &Question) -> std::collections::BTreeMap<String, String> {
    let fields = |question: &Question| match serde_json::to_value(question) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let left_out = fields(&question.plain());
    let path = question.route().path;
    let is_told = |(name, value): &(String, Value)| {
        name != "question"
            && !value.is_null()
            && (left_out.get(name) != Some(value) || path.contains(&format!("{{{name}}}")))
    };
    let text = |(name, value): (String, Value)| match value {
        Value::String(text) => (name, text),
        other => (name, other.to_string()),
    };
    fields(question).into_iter().filter(is_told).map(text).collect()
}

fn escaped(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// A word of a shell.
fn quoted(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_.,:@/".contains(letter);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: Value) -> (String, Option<String>) {
        let question: Question = serde_json::from_value(json).unwrap();
        (address(&question), command(&question))
    }

    #[test]
    fn a_question_is_spelled_as_it_is_asked_elsewhere() {
        use serde_json::json;
        let (address, command) = of(json!({ "question": "report", "name": "sales",
            "range": "last-month", "bucket": "week" }));
        assert_eq!(address, "/v1/reports/sales?bucket=week&range=last-month");
        let expected = "crm-collector report sales --bucket week --range last-month";
        assert_eq!(command.as_deref(), Some(expected));
        let (address, command) = of(json!({ "question": "together", "sku": "a b/c'd" }));
        assert_eq!(address, "/v1/products/a%20b%2Fc%27d/together");
        assert_eq!(command.as_deref(), Some(r"crm-collector together 'a b/c'\''d'"));
        let (address, command) = of(json!({ "question": "values", "stage": "lost" }));
        assert_eq!(address, "/v1/customer-values?stage=lost");
        assert_eq!(command, None);
        let purchase = json!({ "question": "purchase", "source": "-", "purchase_id": "1001" });
        let (address, command) = of(purchase);
        assert_eq!(address, "/v1/purchases/-/1001");
        assert_eq!(command.as_deref(), Some("crm-collector purchase show 1001"));
    }
}
