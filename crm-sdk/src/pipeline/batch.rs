//! Events that travel together, and the body of the request that carries them.

use std::io::{self, Write};

use crm_models::{EventId, Timestamp};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::queue::Queued;
use crate::transport::Request;

/// Bytes that each event needs in a body besides its own: the comma.
pub(crate) const EVENT_OVERHEAD_BYTES: usize = 1;
/// Bytes of a body besides its events, rounded up.
pub(crate) const ENVELOPE_BYTES: usize = 64;

/// Events that were taken out of the queue to be sent in one request.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// Names this attempt, so that an outcome that comes too late is not taken for another's.
    pub(crate) number: u64,
    pub(crate) events: Vec<Queued>,
}

impl Batch {
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// The id of the event at a position.
    pub(crate) fn id(&self, index: usize) -> Option<EventId> {
        self.events.get(index).map(|queued| queued.event.id)
    }

    /// Bytes of its body, without the envelope.
    pub(crate) fn bytes(&self) -> usize {
        self.events.iter().map(|event| event.bytes() + EVENT_OVERHEAD_BYTES).sum()
    }

    /// The request that carries it; bodies of more than `gzip_above` bytes are compressed.
    pub(crate) fn request(&self, sent_at: Timestamp, gzip_above: usize) -> Request {
        let body = self.body(sent_at);
        if body.len() > gzip_above
            && let Ok(compressed) = gzip(&body)
        {
            return Request { body: compressed, gzip: true };
        }
        Request { body, gzip: false }
    }

    /// What `serde_json` makes of a [`crm_models::ingest::Batch`], without looking at any event
    /// again; a test holds the two equal.
    fn body(&self, sent_at: Timestamp) -> Vec<u8> {
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

/// At the fastest level: JSON that repeats its field names shrinks well at any, and the processor
/// is the host's.
fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::time::Duration;

    use serde_json::value::RawValue;

    use super::*;
    use crate::queue::Encoded;

    fn batch_of(events: &[&str]) -> Batch {
        let queued = |(sequence, json): (u64, &&str)| {
            let json = Box::from(json.as_bytes());
            let event = Encoded { id: EventId::from_bytes([0; 16]), json };
            Queued { event, sequence, queued_at: Duration::ZERO }
        };
        Batch { number: 0, events: (0..).zip(events).map(queued).collect() }
    }

    const NOON: i64 = 1_700_000_000_000;

    #[test]
    fn a_body_is_what_serde_makes_of_the_batch() {
        for events in [&[][..], &[r#"{"a":1}"#], &[r#"{"a":1}"#, r#"{"b":"ä"}"#, "{}"]] {
            let raw: Vec<_> =
                events.iter().map(|json| RawValue::from_string((*json).into()).unwrap()).collect();
            let sent_at = Timestamp::from_millis(NOON);
            let expected =
                serde_json::to_vec(&crm_models::ingest::Batch { sent_at, events: &raw }).unwrap();
            let batch = batch_of(events);
            let body = batch.body(sent_at);
            assert_eq!(body, expected);
            assert!(body.len() <= batch.bytes() + ENVELOPE_BYTES);
        }
    }

    #[test]
    fn only_bodies_above_the_size_are_compressed() {
        let batch = batch_of(&[r#"{"a":1}"#; 100]);
        let sent_at = Timestamp::from_millis(NOON);
        let plain = batch.request(sent_at, usize::MAX);
        assert!(!plain.gzip);
        let exact = batch.request(sent_at, plain.body.len());
        assert_eq!(exact, plain);

        let compressed = batch.request(sent_at, plain.body.len() - 1);
        assert!(compressed.gzip);
        assert!(compressed.body.len() < plain.body.len());
        let mut inflated = Vec::new();
        flate2::read::GzDecoder::new(&compressed.body[..]).read_to_end(&mut inflated).unwrap();
        assert_eq!(inflated, plain.body);
    }
}
