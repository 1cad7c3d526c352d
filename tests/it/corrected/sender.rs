//! A host that appends, corrects and takes back its own purchases until the connection breaks; and what
//! is found out, after a kill, of what it was not answered for.

use std::io;
use std::net::SocketAddr;

use crm_sdk::Timestamp;
use crm_tests::harness::http::Connection;
use serde_json::{Value, json};

use super::found::Found;
use super::ledger::{Key, Ledger, Outcome, Sent, What};
use super::order::customer;
use super::plan::{Plan, Step};

/// What was in flight when the collector was killed, and how much of that it had stored.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cut {
    pub(super) requests: u64,
    pub(super) whole: u64,
    pub(super) in_part: u64,
}

pub(super) struct Sender {
    pub(super) ledger: Ledger,
    plan: Plan,
    in_flight: Option<Step>,
    /// Whether that was sent before, so that some of it may be stored.
    again: bool,
    /// By outcome: accepted, updated, superseded, duplicate, in conflict; and taken back.
    pub(super) answered: [u64; 6],
}

impl Sender {
    pub(super) fn new(number: u64, seed: u64) -> Self {
        Self {
            ledger: Ledger::default(),
            plan: Plan::new(number, seed),
            in_flight: None,
            again: false,
            answered: [0; 6],
        }
    }

    /// Sends as fast as it is answered, first what was in flight, until the connection breaks or so
    /// many requests are answered.
    pub(super) fn work(&mut self, address: SocketAddr, key: &str, requests: u64) {
        let Ok(mut connection) = Connection::open(address) else { return };
        for _ in 0..requests {
            let step = self.in_flight.take().unwrap_or_else(|| self.plan.step(&self.ledger));
            let answered = self.send(&mut connection, key, &step);
            if answered.is_err() {
                self.in_flight = Some(step);
                return;
            }
            self.again = false;
        }
    }

    fn send(&mut self, connection: &mut Connection, key: &str, step: &Step) -> io::Result<()> {
        match step {
            Step::Batch(events) => {
                let batch = json!({ "events": events.iter().map(event).collect::<Vec<_>>() });
                let answer =
                    connection.post("/v1/events", Some(key), batch.to_string().as_bytes())?;
                self.judge(events, &answer.expect(200).json());
            }
            Step::Put(of, sent) => {
                let (path, body) = (path(of), event(sent).to_string());
                let answer = connection.put(&path, Some(key), body.as_bytes())?;
                let expected = match self.take(sent) {
                    Outcome::Accepted => (201, "accepted"),
                    Outcome::Updated => (200, "updated"),
                    _ => (200, "duplicate"),
                };
                let told = answer.json();
                assert_eq!((answer.status, told["status"].as_str().unwrap()), expected, "{told}");
            }
            Step::Delete(of) => {
                let answer = connection.delete(&path(of), Some(key))?;
                let was_there = self.ledger.void(of);
                self.answered[5] += u64::from(was_there);
                assert_eq!(answer.status, if was_there { 204 } else { 404 }, "{}", answer.text());
            }
            Step::DeleteInteraction(of) => {
                let answer = connection.delete(&format!("/v1/interactions/{of}"), Some(key))?;
                let was_there = self.ledger.void_interaction(of);
                self.answered[5] += u64::from(was_there);
                assert_eq!(answer.status, if was_there { 204 } else { 404 }, "{}", answer.text());
            }
        }
        Ok(())
    }

    /// Takes note of what was answered: it has to be what the rules say, event by event.
    fn judge(&mut self, events: &[Sent], verdict: &Value) {
        let (mut changes, mut unchanged, mut rejected) = ([0; 2], [0; 2], Vec::new());
        for (index, sent) in events.iter().enumerate() {
            match self.take(sent) {
                Outcome::Accepted => changes[0] += 1,
                Outcome::Updated => changes[1] += 1,
                Outcome::Superseded => unchanged[0] += 1,
                Outcome::Duplicate => unchanged[1] += 1,
                Outcome::Conflict => rejected.push(json!([index, "conflict"])),
            }
        }
        let counts =
            |names: [&str; 2]| names.map(|name| verdict[name].as_u64().unwrap_or_default());
        let told_rejected = verdict["rejected"].as_array().unwrap().iter();
        let told_rejected: Vec<_> =
            told_rejected.map(|one| json!([one["index"], one["code"]])).collect();
        assert_eq!(counts(["accepted", "updated"]), changes, "{verdict}");
        let told = (counts(["superseded", "duplicate"]), told_rejected);
        // Sent again after a kill, what changes nothing may be known by its id or may not.
        if self.again {
            let all = |(unchanged, rejected): &([u64; 2], Vec<Value>)| {
                unchanged.iter().sum::<u64>() + rejected.len() as u64
            };
            assert_eq!(all(&told), all(&(unchanged, rejected)), "{verdict}");
        } else {
            assert_eq!(told, (unchanged, rejected), "{verdict}");
        }
    }

    fn take(&mut self, sent: &Sent) -> Outcome {
        let outcome = self.ledger.take(sent);
        self.answered[outcome as usize] += 1;
        outcome
    }

    /// Finds out what was stored of what was in flight: each event wholly or not at all, and of a batch
    /// those that came first.
    pub(super) fn settle(&mut self, found: &mut Found<'_>, cut: &mut Cut) {
        let Some(step) = &self.in_flight else { return };
        let (mut stored, mut missing) = (0, 0);
        match step {
            Step::Batch(events) => {
                let mut undecided = Vec::new();
                for sent in events {
                    // What leaves no trace is stored if something behind it is.
                    let leaves_a_trace =
                        matches!(self.ledger.expect(sent), Outcome::Accepted | Outcome::Updated);
                    if !leaves_a_trace {
                        undecided.push(sent);
                    } else if !found.has(sent) {
                        missing += 1;
                    } else {
                        assert_eq!(
                            missing, 0,
                            "{sent:?} is stored, and something before it is not"
                        );
                        undecided.drain(..).chain([sent]).for_each(|sent| {
                            self.ledger.take(sent);
                        });
                        stored += 1;
                    }
                }
            }
            Step::Put(key, sent) => {
                let leaves_a_trace = self.ledger.expect(sent) != Outcome::Duplicate;
                let versions = found.versions(key).len();
                if leaves_a_trace && versions > self.ledger.versions(key).len() {
                    self.ledger.take(sent);
                    stored += 1;
                } else {
                    missing += 1;
                }
            }
            Step::Delete(key) => {
                if found.versions(key).len() > self.ledger.versions(key).len() {
                    self.ledger.void(key);
                    stored += 1;
                } else {
                    missing += 1;
                }
            }
            Step::DeleteInteraction(of) => {
                if found.interaction_versions(of).len() > self.ledger.interaction(of).len() {
                    self.ledger.void_interaction(of);
                    stored += 1;
                } else {
                    missing += 1;
                }
            }
        }
        cut.requests += 1;
        cut.whole += u64::from(stored > 0 && missing == 0);
        cut.in_part += u64::from(stored > 0 && missing > 0);
        self.again = true;
    }

    /// The numbers that what is in flight speaks of, and some others.
    pub(super) fn looked_at(&mut self) -> Vec<Key> {
        let mut keys: Vec<_> = match &self.in_flight {
            Some(Step::Batch(events)) => events.iter().filter_map(number_of).take(20).collect(),
            Some(Step::Put(key, _) | Step::Delete(key)) => vec![key.clone()],
            Some(Step::DeleteInteraction(_)) | None => Vec::new(),
        };
        keys.extend((0..5).filter_map(|_| self.plan.used_key()));
        keys
    }

    /// The interaction that is in flight, and some others.
    pub(super) fn looked_at_interactions(&mut self) -> Vec<String> {
        let in_flight = match &self.in_flight {
            Some(Step::DeleteInteraction(of)) => Some(of.clone()),
            _ => None,
        };
        let others = (0..5).filter_map(|_| self.plan.used_interaction(&self.ledger));
        others.chain(in_flight).collect()
    }
}

fn number_of(sent: &Sent) -> Option<Key> {
    match &sent.what {
        What::Purchase { key, .. } => key.clone(),
        What::Interaction { .. } | What::Mended { .. } | What::Customer { .. } => None,
    }
}

pub(super) fn path((source, number): &Key) -> String {
    format!("/v1/purchases/{}/{number}", source.unwrap_or("-"))
}

/// An event as it goes over the wire.
fn event(sent: &Sent) -> Value {
    let mut event = match &sent.what {
        What::Purchase { key, order, updated_at_ms, replace } => {
            let mut event = order.sent();
            if let Some(time) = updated_at_ms {
                event["updated_at"] = Timestamp::from_millis(*time).to_string().into();
            }
            // What goes by its path is no event of a batch, and the path says the rest.
            let Some(id) = &sent.id else { return event };
            event["type"] = "purchase".into();
            event["id"] = id.as_str().into();
            event["replace"] = (*replace).into();
            if let Some((source, number)) = key {
                event["purchase_id"] = number.as_str().into();
                if let Some(source) = source {
                    event["source"] = (*source).into();
                }
            }
            return event;
        }
        What::Interaction { customer: of } => json!({
            "type": "interaction", "customer_id": customer(*of),
            "kind": "call", "occurred_at": "2025-02-01T00:00:00Z",
        }),
        What::Mended { of: first, customer: of } => json!({
            "type": "interaction", "interaction_id": first, "customer_id": customer(*of),
            "kind": "call", "occurred_at": "2025-02-02T00:00:00Z", "subject": sent.id, "replace": true,
        }),
        What::Customer { id } => json!({
            "type": "customer", "customer_id": id, "occurred_at": "2025-02-01T00:00:00Z",
        }),
    };
    event["id"] = sent.id.as_deref().into();
    event
}
