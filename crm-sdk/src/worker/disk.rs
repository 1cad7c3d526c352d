//! The worker's side of the spool: reads what is to be sent, forgets what is settled, adopts what
//! dead clients left, and keeps the events that the collector would not take.

use std::sync::Arc;
use std::time::Duration;

use crm_models::ingest::Rejection;

use super::wall_clock;
use crate::dead_letters::DeadLetters;
use crate::losses::Loss;
use crate::pipeline::{Batch, Elapsed, Encoded, Outcome, Queued};
use crate::queue::spool::{Adopted, Lost, Reader};
use crate::random;
use crate::shared::{Shared, since_1970};

pub(crate) struct Disk {
    reader: Reader,
    dead_letters: DeadLetters,
    shared: Arc<Shared>,
    /// How often dead clients are looked for. At most: it is spread, so that those who live do not
    /// all look at the same moment.
    adoption_interval: Duration,
    next_adoption: Elapsed,
}

impl Disk {
    /// The worker's side of a spool that was just opened, and adopted so much.
    pub(crate) fn new(
        reader: Reader,
        dead_letters: DeadLetters,
        shared: Arc<Shared>,
        adoption_interval: Duration,
        adopted: Adopted,
    ) -> Self {
        let next_adoption = Elapsed::ZERO;
        let mut disk = Self { reader, dead_letters, shared, adoption_interval, next_adoption };
        disk.count(adopted);
        disk
    }

    /// Adopts what dead clients left, if it is time; says when it is time again.
    pub(super) fn adopt(&mut self) -> Elapsed {
        if self.shared.now() >= self.next_adoption {
            match self.reader.adopt(wall_clock()) {
                Ok(adopted) => self.count(adopted),
                Err(error) => {
                    tracing::warn!(%error, "cannot look for what other clients left on disk");
                    self.count(Adopted::default());
                }
            }
        }
        self.next_adoption
    }

    fn count(&mut self, adopted: Adopted) {
        let Adopted { events, segments, foreign, torn, unreadable, .. } = adopted;
        if events > 0 {
            tracing::info!(events, segments, "found events on disk; they are sent now");
        }
        if torn > 0 {
            tracing::debug!(
                torn,
                "files end in an event that was cut off before its call returned"
            );
        }
        if unreadable > 0 {
            tracing::error!(
                unreadable,
                "files on disk cannot be read; they are left where they are"
            );
        }
        let now = self.shared.now();
        let events = usize::try_from(events).unwrap_or(usize::MAX);
        let foreign = usize::try_from(foreign).unwrap_or(usize::MAX);
        let mut pipeline = self.shared.lock();
        pipeline.recovered(events, now, random::jitter());
        let known = pipeline.set_foreign_segments(foreign);
        drop(pipeline);
        if foreign > known {
            tracing::warn!(foreign, "files of another key are left alone; see spool_key");
        }
        self.make_room(now);
        self.next_adoption = now + self.adoption_interval.mul_f64(0.5 + random::jitter() / 2.0);
    }

    /// Parked events keep their files on disk. Where they would fill the spool, so that no new event
    /// finds room, they are tried a last time.
    fn make_room(&self, now: Elapsed) {
        let mut pipeline = self.shared.lock();
        let is_parked_alone = pipeline.backlog() == 0 && pipeline.stats(now).parked > 0;
        if is_parked_alone && self.reader.is_half_full() {
            pipeline.spend_parked(now);
        }
    }

    /// Reads the next events into the pipeline.
    pub(super) fn load(&mut self, events: usize, bytes: usize) {
        let loaded = self.reader.read(events, bytes, wall_clock());
        let Lost { damaged, expired, unreadable } = loaded.lost;
        let mut damaged = damaged + unreadable;
        if damaged > 0 {
            tracing::error!(damaged, "events on disk cannot be read any more");
        }
        if loaded.records() == 0 {
            damaged = self.gone(events);
        }
        let queued = |stored: crate::queue::spool::Stored| {
            let event = Encoded { id: stored.id, json: stored.json.into() };
            Queued::on_disk(event, since_1970(stored.queued_at))
        };
        let events = loaded.events.into_iter().map(queued).collect();
        let lost = [(Loss::Damaged, damaged), (Loss::Expired, expired)];
        self.shared.loaded(events, &lost);
    }

    /// How many of the events that were to be read are not there, though nobody dropped them:
    /// somebody has taken the files away.
    fn gone(&self, events: usize) -> usize {
        let dropping = self.shared.dropping();
        let gone = self.shared.lock().backlog().min(events);
        drop(dropping);
        if gone > 0 {
            tracing::error!(gone, "events are gone from disk");
        }
        gone
    }

    /// Forgets the events of a batch whose outcome is final, but for those that the collector
    /// would not take: they go to the dead letters first.
    pub(super) fn acknowledge(&mut self, batch: &Batch, outcome: &Outcome) {
        let reason = match outcome {
            Outcome::Split(refusal) => refusal.loss(),
            _ => Loss::Rejected,
        };
        let verdict = outcome.verdict_for_host(batch);
        for rejection in verdict.iter().flat_map(|verdict| &verdict.rejected) {
            self.bury(batch, rejection, reason);
        }
        let on_disk = batch.events.iter().filter(|queued| queued.on_disk);
        self.reader.acknowledge(on_disk.map(|queued| queued.event.id));
    }

    fn bury(&self, batch: &Batch, rejection: &Rejection, reason: Loss) {
        let Some(queued) = batch.events.get(rejection.index) else { return };
        match self.dead_letters.keep(wall_clock(), reason, rejection, &queued.event.json) {
            Ok(0) => {}
            Ok(dropped) => tracing::warn!(dropped, "the oldest dead letters made room"),
            Err(error) => tracing::error!(%error, "an event that was given up cannot be kept"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crm_models::EventId;

    use super::*;
    use crate::pipeline::{Capacity, Settings};
    use crate::queue::spool::{self, Fingerprint, Writer, record};

    const WHOSE: Fingerprint = Fingerprint([7; 16]);

    fn shared() -> Arc<Shared> {
        let settings = Settings {
            batch_events: 10,
            batch_bytes: 100_000,
            batch_age: Duration::from_secs(1),
            capacity: Capacity { events: 100, bytes: 1_000_000 },
            drop_oldest: false,
            set_aside: true,
            retry_initial: Duration::from_secs(1),
            retry_longest: Duration::from_secs(1),
        };
        Arc::new(Shared::new(settings, 0.0))
    }

    fn disk(dir: &tempfile::TempDir, shared: &Arc<Shared>) -> (Writer, Disk) {
        let settings = spool::Settings {
            dir: dir.path().to_owned(),
            instance: 1,
            fingerprint: WHOSE,
            accepts: Vec::new(),
            limit_bytes: 1_000_000,
            segment_bytes: 100_000,
            max_age: Duration::from_secs(60),
        };
        let (writer, reader, adopted) = spool::open(settings, wall_clock()).unwrap();
        let dead_letters = DeadLetters::new(dir.path(), WHOSE);
        let interval = Duration::from_secs(20);
        let disk = Disk::new(reader, dead_letters, Arc::clone(shared), interval, adopted);
        (writer, disk)
    }

    fn append(writer: &Writer, shared: &Shared, events: u8) {
        for event in 0..events {
            let mut buffer = Vec::new();
            record::begin(&mut buffer, EventId::from_bytes([event; 16]), wall_clock());
            buffer.extend_from_slice(b"{}");
            record::finish(&mut buffer);
            writer.append(&buffer).unwrap();
            shared.spooled();
        }
    }

    #[test]
    fn events_that_are_dropped_while_they_are_to_be_read_are_counted_as_dropped_alone() {
        let dir = tempfile::tempdir().unwrap();
        let shared = shared();
        let (writer, mut disk) = disk(&dir, &shared);
        append(&writer, &shared, 5);
        std::thread::scope(|scope| {
            shared.drop_from_disk(|| {
                let dropped = writer.drop_oldest().events;
                scope.spawn(|| disk.load(5, 1_000));
                // Until the other has looked, most likely; the outcome is the same if it has not.
                std::thread::sleep(Duration::from_millis(20));
                usize::try_from(dropped).unwrap()
            });
        });
        let losses = shared.lock().losses();
        assert_eq!((losses.of(Loss::DroppedOldest), losses.total()), (5, 5));
        assert_eq!(shared.lock().stats(shared.now()).queued, 0);
    }

    #[test]
    fn an_event_that_failed_for_too_long_becomes_a_dead_letter() {
        let dir = tempfile::tempdir().unwrap();
        let shared = shared();
        let (writer, mut disk) = disk(&dir, &shared);
        let mut record = Vec::new();
        let id = EventId::from_bytes([1; 16]);
        record::begin(&mut record, id, wall_clock());
        let event = crm_models::Event::from(crm_models::Customer::new("c-1"));
        event.append_json(&mut record).unwrap();
        record::finish(&mut record);
        writer.append(&record).unwrap();
        shared.spooled();
        disk.load(1, 1_000);
        let events = vec![Queued::on_disk(
            Encoded { id, json: record[record::OVERHEAD_BYTES..].to_vec().into() },
            shared.now(),
        )];
        let batch = Batch { number: 0, events, is_last_try: true };
        let answer = crate::transport::Answer { status: 500, ..Default::default() };
        disk.acknowledge(&batch, &Outcome::of(&answer, &batch, wall_clock()));
        let letters = disk.dead_letters.list().unwrap();
        let [letter] = &letters[..] else { panic!("{letters:?}") };
        assert_eq!((letter.reason, &letter.event), (Loss::Undeliverable, &event));
        assert!(letter.message.contains("status 500"), "{}", letter.message);
        drop((writer, disk));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "the letter and its lock");
    }

    #[test]
    fn a_call_that_saw_a_full_spool_does_not_sleep_through_the_room_that_was_made_since() {
        let shared = shared();
        let seen = shared.progress();
        // Whatever makes room tells so, before anybody waits.
        shared.loaded(Vec::new(), &[(Loss::Expired, 0), (Loss::Damaged, 1)]);
        let begun = shared.now();
        let patience = Duration::from_secs(30);
        assert!(shared.wait_for_progress(seen, begun + patience));
        assert!(shared.now() - begun < patience);
    }
}
