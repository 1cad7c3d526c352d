//! The pipeline with what its JavaScript driver cannot hold: the batch that is on its way and
//! the events that arrive one by one.

use std::sync::Arc;
use std::time::Duration;

use crm_sdk::pipeline::{
    Batch, Capacity, Elapsed, Encoded, Mark, Offer, Outcome, Pipeline, Queued, Settings, Step,
};
use crm_sdk::transport::Answer;
use crm_sdk::{EventId, Loss};

use crate::check::{text, timestamp};

/// What the driver has to do next; the numbers that belong to it stand in the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Done,
    Load,
    Send,
    Wait,
}

pub(crate) struct Machine {
    pub(crate) pipeline: Pipeline,
    /// The batch on its way.
    batch: Option<Arc<Batch>>,
    /// Events of a load that goes on.
    arrived: Vec<Queued>,
    /// Every event that the driver holds, in the driver's order: a batch is told by places in it,
    /// for the pipeline may send later events first.
    window: Vec<Encoded>,
    /// Most events and most bytes to load.
    pub(crate) load: (usize, usize),
    pub(crate) wait_until: Option<f64>,
    pub(crate) verdict: Option<String>,
}

impl Machine {
    pub(crate) fn new(settings: Settings, phase: f64) -> Self {
        Self {
            pipeline: Pipeline::new(settings, phase),
            batch: None,
            arrived: Vec::new(),
            window: Vec::new(),
            load: (0, 0),
            wait_until: None,
            verdict: None,
        }
    }

    pub(crate) fn offer(&mut self, id: &str, json: &str, now: f64) -> bool {
        let Some(event) = encoded(id, json) else { return false };
        let taken = self.pipeline.offer(event.clone(), elapsed(now));
        let is_taken = matches!(taken, Offer::Taken { .. });
        if is_taken {
            self.window.push(event);
        }
        is_taken
    }

    /// Takes an event of a load; false when its id is none.
    pub(crate) fn arrive(&mut self, id: &str, json: &str, queued_at: f64) -> bool {
        let Some(event) = encoded(id, json) else { return false };
        self.window.push(event.clone());
        let queued_at = elapsed(queued_at);
        self.arrived.push(Queued::on_disk(event, queued_at));
        true
    }

    pub(crate) fn loaded(&mut self, expired: usize, damaged: usize, invalid: usize) {
        let lost = [(Loss::Expired, expired), (Loss::Damaged, damaged), (Loss::Invalid, invalid)];
        self.pipeline.loaded(std::mem::take(&mut self.arrived), &lost);
    }

    pub(crate) fn poll(&mut self, now: f64) -> Next {
        match self.pipeline.poll(elapsed(now)) {
            Step::Done => Next::Done,
            Step::Load { events, bytes } => {
                self.load = (events, bytes);
                Next::Load
            }
            Step::Send(batch) => {
                self.batch = Some(batch);
                Next::Send
            }
            Step::Wait(until) => {
                self.wait_until = until.map(|until| until.as_secs_f64() * 1_000.0);
                Next::Wait
            }
        }
    }

    /// Where the events of the batch on its way stand in the window, rising.
    pub(crate) fn batch_places(&self) -> Vec<u32> {
        let Some(batch) = &self.batch else { return Vec::new() };
        let mut places = Vec::with_capacity(batch.events.len());
        let mut from = 0;
        for queued in &batch.events {
            // Most often the next one. Ids need not differ; the bytes of each event are its own.
            let is_it = |held: &Encoded| held.json.as_ptr() == queued.event.json.as_ptr();
            let found = self.window.iter().skip(from).position(is_it).map(|place| from + place);
            let found = found.or_else(|| self.window.iter().position(is_it));
            if let Some(place) = found {
                places.extend(u32::try_from(place));
                from = place + 1;
            }
        }
        places.sort_unstable();
        places
    }

    pub(crate) fn body(&self, wall: f64) -> Vec<u8> {
        self.batch.as_ref().map_or_else(Vec::new, |batch| batch.body(timestamp(wall)))
    }

    pub(crate) fn settle(
        &mut self,
        answer: Option<&Answer>,
        wall: f64,
        now: f64,
        random: f64,
    ) -> bool {
        let places = self.batch_places();
        let Some(batch) = self.batch.take() else { return false };
        let outcome = match answer {
            Some(answer) => Outcome::of(answer, &batch, timestamp(wall)),
            None => Outcome::UNREACHABLE,
        };
        let verdict = outcome.verdict_for_host(&batch);
        self.verdict = verdict.and_then(|verdict| serde_json::to_string(&verdict).ok());
        let (number, is_final) = (batch.number, outcome.is_final(&batch));
        drop(batch);
        if is_final {
            let mut place = 0..;
            self.window
                .retain(|_| place.next().is_none_or(|at| places.binary_search(&at).is_err()));
        }
        // The turn is for a log; here the failure stands in the counts.
        let _turn = self.pipeline.settle(number, &outcome, elapsed(now), random);
        is_final
    }

    /// Whether the collector has decided on the first so many events, but for those that are parked.
    pub(crate) fn is_flushed(&self, taken: usize) -> bool {
        self.pipeline.is_flushed(Mark::past(taken as u64))
    }

    pub(crate) fn stats(&self, now: f64) -> String {
        let stats = self.pipeline.stats(elapsed(now));
        let failure = stats.failure.map(|failure| text(&failure.to_string()));
        format!(
            r#"{{"recovered":{},"queued":{},"inFlight":{},"requests":{},"retries":{},"sent":{},"accepted":{},"updated":{},"superseded":{},"duplicate":{},"rejected":{},"warnings":{},"parked":{},"lagMs":{},"failure":{},"circuitOpen":{}}}"#,
            stats.recovered,
            stats.queued,
            stats.in_flight,
            stats.requests,
            stats.retries,
            stats.sent,
            stats.accepted,
            stats.updated,
            stats.superseded,
            stats.duplicate,
            stats.rejected,
            stats.warnings,
            stats.parked,
            u64::try_from(stats.lag.as_millis()).unwrap_or(u64::MAX),
            failure.as_deref().unwrap_or("null"),
            stats.circuit_open,
        )
    }

    pub(crate) fn losses(&self) -> String {
        let mut json = String::from("{");
        for (reason, events) in self.pipeline.losses().iter() {
            let comma = if json.len() > 1 { "," } else { "" };
            json += &format!(r#"{comma}"{}":{events}"#, reason.as_str());
        }
        json + "}"
    }
}

/// Batches by events, bytes and age in milliseconds; a queue of events and bytes; the longest
/// first pause and the longest of all, in milliseconds.
pub(crate) fn settings(
    (batch_events, batch_bytes, batch_age_ms): (usize, usize, f64),
    (events, bytes): (usize, usize),
    (retry_initial_ms, retry_longest_ms): (f64, f64),
) -> Settings {
    Settings {
        batch_events,
        batch_bytes,
        batch_age: elapsed(batch_age_ms),
        capacity: Capacity { events, bytes },
        drop_oldest: false,
        set_aside: true,
        retry_initial: elapsed(retry_initial_ms),
        retry_longest: elapsed(retry_longest_ms),
    }
}

/// What came back, if anything did.
pub(crate) fn answer(
    status: u16,
    retry_after: Option<String>,
    date: Option<String>,
    body: &[u8],
) -> Option<Answer> {
    (status != 0).then(|| {
        let mut answer = Answer::new(status, body);
        (answer.retry_after, answer.date) = (retry_after, date);
        answer
    })
}

/// Milliseconds of JavaScript's as a time; nonsense is none.
pub(crate) fn elapsed(millis: f64) -> Elapsed {
    Duration::try_from_secs_f64(millis / 1_000.0).unwrap_or_default()
}

fn encoded(id: &str, json: &str) -> Option<Encoded> {
    let id: EventId = id.parse().ok()?;
    Some(Encoded { id, json: json.as_bytes().to_vec().into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "018bcfe5-6800-7000-8000-000000000000";

    fn machine() -> Machine {
        Machine::new(settings((10, 1_000, 50.0), (100, 10_000), (100.0, 1_000.0)), 1.0)
    }

    #[test]
    fn an_event_goes_from_memory_to_its_verdict() {
        let mut machine = machine();
        assert!(machine.offer(ID, "{}", 0.0));
        assert_eq!((machine.poll(0.0), machine.wait_until), (Next::Wait, Some(50.0)));
        assert_eq!((machine.poll(50.0), machine.batch_places()), (Next::Send, vec![0]));
        let body = String::from_utf8(machine.body(1_700_000_000_000.5)).unwrap();
        assert_eq!(body, r#"{"sent_at":"2023-11-14T22:13:20.000Z","events":[{}]}"#);
        let answer = answer(200, None, None, br#"{"accepted":1,"duplicate":0,"rejected":[]}"#);
        assert!(machine.settle(answer.as_ref(), 0.0, 60.0, 0.5));
        let verdict = machine.verdict.take();
        assert_eq!(verdict.as_deref(), Some(r#"{"accepted":1,"duplicate":0,"rejected":[]}"#));
        assert_eq!((machine.poll(60.0), machine.wait_until), (Next::Wait, None));
        assert!(machine.stats(60.0).contains(r#""accepted":1"#), "{}", machine.stats(60.0));
    }

    #[test]
    fn without_an_answer_the_batch_is_sent_again() {
        let mut machine = machine();
        assert!(machine.offer(ID, "{}", 0.0));
        machine.pipeline.flush(elapsed(0.0));
        assert_eq!(machine.poll(0.0), Next::Send);
        assert!(!machine.settle(answer(0, None, None, b"").as_ref(), 0.0, 0.0, 0.5));
        assert_eq!((machine.poll(0.0), machine.wait_until), (Next::Wait, Some(50.0)));
        machine.pipeline.retry_now();
        assert_eq!(machine.poll(0.0), Next::Send);
        assert!(machine.stats(0.0).contains("the collector cannot be reached"));
    }

    #[test]
    fn what_lies_on_disk_is_asked_for_and_what_is_lost_there_is_counted() {
        let mut machine = machine();
        machine.pipeline.spooled(5, elapsed(0.0));
        assert_eq!((machine.poll(50.0), machine.load), (Next::Load, (5, 936)));
        assert!(machine.arrive(ID, "{}", 0.0));
        assert!(!machine.arrive("no id", "{}", 0.0));
        machine.loaded(1, 2, 1);
        assert_eq!((machine.poll(50.0), machine.batch_places()), (Next::Send, vec![0]));
        let losses: serde_json::Value = serde_json::from_str(&machine.losses()).unwrap();
        assert_eq!(
            (&losses["expired"], &losses["damaged"], &losses["invalid"]),
            (&json!(1), &json!(2), &json!(1))
        );
    }

    #[test]
    fn a_batch_is_told_by_the_places_of_its_events_and_what_is_settled_leaves() {
        let mut machine =
            Machine::new(settings((2, 1_000, 50.0), (100, 10_000), (100.0, 1_000.0)), 1.0);
        // One id for all: the places tell them apart.
        for json in [r#"{"n":0}"#, r#"{"n":1}"#, r#"{"n":2}"#] {
            assert!(machine.offer(ID, json, 0.0));
        }
        assert_eq!((machine.poll(0.0), machine.batch_places()), (Next::Send, vec![0, 1]));
        assert!(!machine.settle(None, 0.0, 0.0, 0.0));
        assert_eq!((machine.poll(0.0), machine.batch_places()), (Next::Send, vec![0, 1]));
        let answer = answer(200, None, None, br#"{"accepted":2,"duplicate":0,"rejected":[]}"#);
        assert!(machine.settle(answer.as_ref(), 0.0, 0.0, 0.0));
        assert!(machine.batch_places().is_empty());
        assert_eq!((machine.poll(50.0), machine.batch_places()), (Next::Send, vec![0]));
        assert!(machine.body(0.0).ends_with(br#"{"n":2}]}"#));
    }

    #[test]
    fn nonsense_is_no_time() {
        for nonsense in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(elapsed(nonsense), Duration::ZERO);
        }
        assert_eq!(elapsed(1.5), Duration::from_micros(1_500));
    }
}
