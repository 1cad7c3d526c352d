//! Events that travel together, and the body of the request that carries them.

use crm_models::{EventId, Timestamp};

use crate::queue::Queued;

/// Bytes that each event needs in a body besides its own: the comma.
pub(crate) const EVENT_OVERHEAD_BYTES: usize = 1;
/// Bytes of a body besides its events, rounded up.
pub(crate) const ENVELOPE_BYTES: usize = 64;

/// Events that were taken out of the queue to be sent in one request.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Names this attempt, so that an outcome that comes too late is not taken for another's.
    pub number: u64,
    /// In the order in which they were taken; never empty.
    pub events: Vec<Queued>,
    /// Whether it is an event alone that failed for so long that it is given up if it fails again.
    pub(crate) is_last_try: bool,
}

impl Batch {
    /// How many of its events lie on disk as well.
    pub fn on_disk(&self) -> usize {
        self.events.iter().filter(|queued| queued.on_disk).count()
    }

    /// The id of the event at a position.
    pub(crate) fn id(&self, index: usize) -> Option<EventId> {
        self.events.get(index).map(|queued| queued.event.id)
    }

    /// Bytes of its body, without the envelope.
    pub(crate) fn bytes(&self) -> usize {
        self.events.iter().map(|event| event.bytes() + EVENT_OVERHEAD_BYTES).sum()
    }

    /// The body of its request, in JSON: what `serde_json` makes of a
    /// [`crm_models::ingest::Batch`], without looking at any event again.
    pub fn body(&self, sent_at: Timestamp) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.bytes() + ENVELOPE_BYTES);
        body.extend_from_slice(format!(r#"{{"sent_at":"{sent_at}","events":["#).as_bytes());
        for (index, queued) in self.events.iter().enumerate() {
            if index > 0 {
                body.push(b',');
            }
            body.extend_from_slice(&queued.event.json);
        }
        body.extend_from_slice(b"]}");
        body
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::value::RawValue;

    use super::*;
    use crate::queue::Encoded;

    fn batch_of(events: &[&str]) -> Batch {
        let queued = |json: &&str| {
            let json = json.as_bytes().to_vec().into();
            let event = Encoded { id: EventId::from_bytes([0; 16]), json };
            Queued::in_memory(event, Duration::ZERO)
        };
        let events = events.iter().map(queued).collect();
        Batch { number: 0, events, is_last_try: false }
    }

    #[test]
    fn a_body_is_what_serde_makes_of_the_batch() {
        for events in [&[][..], &[r#"{"a":1}"#], &[r#"{"a":1}"#, r#"{"b":"ä"}"#, "{}"]] {
            let raw: Vec<_> =
                events.iter().map(|json| RawValue::from_string((*json).into()).unwrap()).collect();
            let sent_at = Timestamp::from_millis(1_700_000_000_000);
            let expected =
                serde_json::to_vec(&crm_models::ingest::Batch { sent_at, events: &raw }).unwrap();
            let batch = batch_of(events);
            let body = batch.body(sent_at);
            assert_eq!(body, expected);
            assert!(body.len() <= batch.bytes() + ENVELOPE_BYTES);
        }
    }
}
