//! What the JavaScript driver calls: the check of an event, and the pipeline of `crm-sdk` in
//! numbers and strings. It has no I/O, no clock and no randomness; the driver brings them.

#![forbid(unsafe_code)]

mod check;
mod machine;

use wasm_bindgen::prelude::*;

use machine::{Machine, Next};

/// Checks an event, given as its type and the rest of its fields in JSON.
///
/// # Errors
/// An `Error` whose message is a JSON object with `code`, `field` and `message`.
#[wasm_bindgen]
pub fn check(event_type: &str, fields: &str, wall_ms: f64) -> Result<(), JsError> {
    check::check(event_type, fields, wall_ms).map_err(|invalid| JsError::new(&invalid))
}

/// The pipeline. Times in milliseconds: `now` by the driver's own clock, which never goes back,
/// `wall` since 1970.
#[wasm_bindgen]
pub struct Core(Machine);

#[wasm_bindgen]
impl Core {
    /// An empty pipeline; `phase` is random, uniform in 0..1, as is `random` below.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::too_many_arguments, reason = "numbers cross without an object to decode")]
    pub fn new(
        batch_events: usize,
        batch_bytes: usize,
        batch_age_ms: f64,
        queue_events: usize,
        queue_bytes: usize,
        retry_initial_ms: f64,
        retry_longest_ms: f64,
        phase: f64,
    ) -> Self {
        let settings = machine::settings(
            (batch_events, batch_bytes, batch_age_ms),
            (queue_events, queue_bytes),
            (retry_initial_ms, retry_longest_ms),
        );
        Self(Machine::new(settings, phase))
    }

    /// Takes a checked event into memory; false when there is no room.
    pub fn offer(&mut self, id: &str, json: &str, now: f64) -> bool {
        self.0.offer(id, json, now)
    }

    /// Counts events that were put on disk.
    pub fn spooled(&mut self, events: usize, now: f64) {
        self.0.pipeline.spooled(events, machine::elapsed(now));
    }

    /// Counts events that were found on disk.
    pub fn recovered(&mut self, events: usize, now: f64, random: f64) {
        self.0.pipeline.recovered(events, machine::elapsed(now), machine::elapsed(now), random);
    }

    /// Hands over an event that was read from disk; `loaded` follows the last of them. False when
    /// its id is none: it counts among the unreadable.
    pub fn arrive(&mut self, id: &str, json: &str, queued_at: f64) -> bool {
        self.0.arrive(id, json, queued_at)
    }

    /// Ends a load: so many events were not handed over, because they were too old, unreadable,
    /// or break a rule.
    pub fn loaded(&mut self, expired: usize, damaged: usize, invalid: usize) {
        self.0.loaded(expired, damaged, invalid);
    }

    /// What to do next: 0 nothing any more, 1 load, 2 send, 3 wait.
    pub fn poll(&mut self, now: f64) -> u8 {
        match self.0.poll(now) {
            Next::Done => 0,
            Next::Load => 1,
            Next::Send => 2,
            Next::Wait => 3,
        }
    }

    /// After a poll that said load: most events to read.
    pub fn load_events(&self) -> usize {
        self.0.load.0
    }

    /// After a poll that said load: most bytes of them, from the second on.
    pub fn load_bytes(&self) -> usize {
        self.0.load.1
    }

    /// After a poll that said wait: until when, or undefined for until something happens.
    pub fn wait_until(&self) -> Option<f64> {
        self.0.wait_until
    }

    /// Where the events of the batch that is on its way stand among those that were offered or
    /// arrived and are not settled, rising.
    pub fn batch_places(&self) -> Vec<u32> {
        self.0.batch_places()
    }

    /// The body that carries the batch.
    pub fn body(&self, wall: f64) -> Vec<u8> {
        self.0.body(wall)
    }

    /// Reports the answer to the batch that is on its way; status 0 for none. Returns whether
    /// its events are settled for good.
    #[expect(clippy::too_many_arguments, reason = "as above")]
    pub fn settle(
        &mut self,
        status: u16,
        retry_after: Option<String>,
        date: Option<String>,
        body: &[u8],
        wall: f64,
        now: f64,
        random: f64,
    ) -> bool {
        let answer = machine::answer(status, retry_after, date, body);
        self.0.settle(answer.as_ref(), wall, now, random)
    }

    /// What the collector decided on the batch that was settled last, as JSON, if it did.
    pub fn verdict(&mut self) -> Option<String> {
        self.0.verdict.take()
    }

    /// Makes what was taken due at once, and cuts pauses short until then.
    pub fn flush(&mut self, until: f64) {
        self.0.pipeline.flush(machine::elapsed(until));
    }

    /// Whether the collector has decided on the first so many events that were taken, but for those
    /// that are parked.
    pub fn is_flushed(&self, taken: usize) -> bool {
        self.0.is_flushed(taken)
    }

    /// Ends a pause that nobody asked for.
    pub fn retry_now(&mut self) {
        self.0.pipeline.retry_now();
    }

    /// Counts as JSON.
    pub fn stats(&self, now: f64) -> String {
        self.0.stats(now)
    }

    /// Counts of what was given up, by reason, as JSON.
    pub fn losses(&self) -> String {
        self.0.losses()
    }
}
