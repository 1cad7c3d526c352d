//! Every operation of the description, asked by everybody, held against a table. An operation that
//! is not in the table fails, and so does an answer that holds something of another workspace.

mod examples;
mod people;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use crm_models::Code;
use reqwest::Method;
use serde_json::Value;

use crate::harness::Answer;
use crate::schema::Description;
use examples::{Examples, RECORD};
use people::{MARK, People};
use table::{ASKERS, OPERATIONS, Who, expected};

/// Path and method of each operation, by its id.
fn described() -> BTreeMap<String, (String, Method)> {
    let description = serde_json::to_value(crm_collector::http::openapi()).unwrap();
    let mut operations = BTreeMap::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let method = method.to_uppercase().parse().unwrap();
            assert_eq!(operations.insert(id, (path.clone(), method)), None);
        }
    }
    operations
}

#[test]
fn every_operation_is_in_the_table_of_rights_once() {
    let described: Vec<_> = described().into_keys().collect();
    let mut listed: Vec<_> = OPERATIONS.iter().map(|(id, ..)| (*id).to_owned()).collect();
    listed.sort_unstable();
    assert_eq!(described, listed);
}

/// The code of a refusal, or `ok`.
fn outcome(answer: &Answer) -> String {
    if answer.status.is_success() {
        return "ok".to_owned();
    }
    let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let code = problem["code"].as_str().unwrap_or("no code");
    let known = Code::ALL.iter().find(|known| known.as_str() == code);
    match known {
        Some(known) if known.status() == answer.status.as_u16() => code.to_owned(),
        _ => format!("{} {code}", answer.status),
    }
}

/// What in an answer is not as the description says.
fn mistakes(description: &Description, id: &str, answer: &Answer) -> Vec<String> {
    let content_type = answer.header("content-type").unwrap_or_default();
    description.mistakes(id, answer.status.as_u16(), content_type, &answer.body)
}

#[test]
fn every_operation_has_examples_that_fit_their_schemas() {
    let description = Description::served();
    let mut wrong = Vec::new();
    for (id, ..) in OPERATIONS {
        let operation = description.operation(id);
        assert_ne!(operation.get("parameters"), Some(&Value::Null), "{id}");
        let bodies = operation["responses"].as_object().unwrap().iter();
        let answers = bodies.filter(|(status, _)| status.starts_with('2'));
        let json = |body: &Value| body["content"].get("application/json").cloned();
        let request = operation.get("requestBody").and_then(json);
        let answers: Vec<_> = answers.filter_map(|(_, body)| json(body)).collect();
        let shown: Vec<_> = answers.iter().filter(|body| body.get("example").is_some()).collect();
        if !answers.is_empty() && shown.is_empty() && *id != "describe" {
            wrong.push(format!("{id} has no example of an answer"));
        }
        if request.as_ref().is_some_and(|body| body.get("example").is_none()) {
            wrong.push(format!("{id} has no example of a request"));
        }
        for body in shown.into_iter().chain(&request) {
            let (schema, example) = (&body["schema"], &body["example"]);
            description.check(schema, example, &format!("example of {id}"), None, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "\n{}\nmade anew by {RECORD}=1", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_do_what_the_table_says_and_nothing_else() {
    let people = People::settle().await;
    let (described, description) = (described(), Description::served());
    let mut examples = Examples::default();
    let mut wrong = Vec::new();
    let mut shown = BTreeSet::new();
    for (id, right, shows) in OPERATIONS {
        let (path, method) = &described[*id];
        let ends_sessions = ["change_password", "log_out"].contains(id);
        for who in ASKERS {
            let (filled, of_id) = people.path(id, path).await;
            let mut call = people.call(who, method.clone(), &filled, ends_sessions).await;
            let body = people.body(id).await;
            if let Some(body) = &body {
                call = call.header("content-type", "application/json").body(body.to_string());
            }
            let answer = call.send().await;
            wrong.extend(mistakes(&description, id, &answer));
            let wanted = expected(*right, who, *method != Method::GET, of_id);
            let got = outcome(&answer);
            if got != wanted {
                wrong.push(format!("{id} by {who:?}: {got}, and not {wanted}: {}", answer.text()));
            }
            let marked = answer.text().to_lowercase().contains(MARK);
            match who {
                // Some refusals say what was asked for.
                Who::OtherKey | Who::OtherOwner if marked && got == "ok" && *shows => {
                    wrong.push(format!("{id} shows {who:?} the other workspace"));
                }
                Who::BothKey | Who::Owner if marked => drop(shown.insert(*id)),
                _ => {}
            }
            if got == "ok" && matches!(who, Who::Owner | Who::BothKey | Who::Nobody) {
                examples.keep(id, path, &filled, body.as_ref(), &answer);
            }
        }
    }
    let owner = people.call(Who::OtherOwner, Method::GET, "/v1/rejected", true).await;
    assert_eq!(owner.send().await.expect(200).json()["total"], 1, "counts its own events alone");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    if std::env::var_os(RECORD).is_some() {
        examples.write();
    }
    // Else the search for what leaks would search for nothing.
    for (id, _, shows) in OPERATIONS {
        assert!(!shows || shown.contains(id), "{id} is said to show something of the workspace");
    }
}
