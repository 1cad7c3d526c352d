//! The worker's side of the spool: reads what is to be sent, forgets what is settled, adopts what
//! dead clients left, and keeps the events that the collector would not take.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crm_models::ingest::Rejection;
use crm_models::{Code, Timestamp};

use crate::clock::wall_clock;
use crate::dead_letters::DeadLetters;
use crate::losses::Loss;
use crate::pipeline::{Batch, Elapsed, Encoded, Outcome, Queued};
use crate::queue::spool::{Adopted, Lost, Reader};
use crate::random;
use crate::shared::{Shared, since_1970};

/// How long an event is tried whose age cannot be right, or is too great, before it is given up.
const DOUBT: Duration = Duration::from_secs(60 * 60);

/// Drives a spool for the worker: loads, forgets, gives up what is too old, adopts what dead clients left.
pub(crate) struct SpoolDriver {
    reader: Reader,
    dead_letters: DeadLetters,
    shared: Arc<Shared>,
    /// How often dead clients are looked for. At most: it is spread, so that those who live do not
    /// all look at the same moment.
    adoption_interval: Duration,
    next_adoption: Elapsed,
    dir: PathBuf,
    /// How old an event may grow on disk.
    max_age: Duration,
    /// What was found the last time, so that nothing is said twice.
    known: Adopted,
}

impl SpoolDriver {
    /// The worker's side of a spool that was just opened in this directory, and adopted so much.
    pub(crate) fn new(
        reader: Reader,
        dead_letters: DeadLetters,
        shared: Arc<Shared>,
        adoption_interval: Duration,
        adopted: Adopted,
        (dir, max_age): (&Path, Duration),
    ) -> Self {
        let mut disk = Self {
            reader,
            dead_letters,
            shared,
            dir: dir.to_owned(),
            max_age,
            adoption_interval,
            next_adoption: Elapsed::ZERO,
            known: Adopted::default(),
        };
        disk.count(adopted);
        disk
    }

    /// Adopts what dead clients left, if it is time; says when it is time again.
    pub(super) fn adopt(&mut self) -> Elapsed {
        if self.shared.now() >= self.next_adoption || self.reader.wants_more() {
            let adopted =
                self.reader.adopt(wall_clock()).unwrap_or_else(|error| Adopted::failed(&error));
            self.count(adopted);
        }
        self.next_adoption
    }

    /// Counts what was adopted, and says what is new about it: one line for each kind of news.
    fn count(&mut self, adopted: Adopted) {
        let dir = self.dir.display();
        let Adopted { events, segments, foreign, newer, torn, unreadable, failed, more, .. } =
            adopted;
        if adopted.replaced {
            tracing::error!(
                %dir,
                "the directory of the spool was deleted or replaced; what was in it is lost, but \
                 for events in memory; it is made anew"
            );
        }
        if events > 0 {
            tracing::info!(events, segments, more, "found events on disk; they are sent now");
        }
        if torn > 0 {
            tracing::debug!(
                torn,
                "files end in an event that was cut off before its call returned"
            );
        }
        let now = self.shared.now();
        let events = usize::try_from(events).unwrap_or(usize::MAX);
        let segments = usize::try_from(foreign).unwrap_or(usize::MAX);
        // A time that cannot be right says nothing.
        let oldest = adopted.oldest_ms.map(Timestamp::from_millis).map(since_1970);
        let since = oldest.filter(|at| *at <= now && now - *at <= self.max_age).unwrap_or(now);
        let mut pipeline = self.shared.lock();
        pipeline.recovered(events, since, now, random::jitter());
        pipeline.set_foreign_segments(segments);
        drop(pipeline);
        if foreign > self.known.foreign {
            tracing::warn!(
                foreign,
                %dir,
                "files of another key are left alone, and their events not sent; after a rotation \
                 name the old key by spool_key"
            );
        }
        if newer > self.known.newer {
            tracing::warn!(newer, %dir, "files of a newer version are left alone");
        }
        if (failed, unreadable) != (self.known.failed, self.known.unreadable)
            && let Some(error) = adopted.failure.map(std::io::Error::from)
        {
            tracing::warn!(
                %dir,
                failed,
                unreadable,
                %error,
                "files of the spool cannot be used; they are left where they are and tried again"
            );
        }
        self.known = adopted;
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
        let loaded = self.reader.read(events, bytes, self.shared.steady_clock());
        let Lost { damaged, expired, unreadable } = loaded.lost;
        let mut damaged = damaged + unreadable;
        if damaged > 0 {
            tracing::error!(damaged, "events on disk cannot be read any more");
        }
        if loaded.records() == 0 {
            damaged = self.gone(events);
        }
        self.bury_expired(loaded.expired.iter().map(|stored| (stored.queued_at, &*stored.json)));
        let now = self.shared.now();
        let queued = |stored: crate::queue::spool::Stored| self.queued(stored, now);
        let events = loaded.events.into_iter().map(queued).collect();
        let lost = [(Loss::Damaged, damaged), (Loss::Expired, expired)];
        self.shared.loaded(events, &lost);
    }

    /// An event that seems too old comes from another process: a clock may be wrong, there or here.
    /// It is sent if it can be, and given up only when it cannot for a while.
    fn queued(&self, stored: crate::queue::spool::Stored, now: Elapsed) -> Queued {
        let event = Encoded { id: stored.id, json: stored.json.into() };
        let queued_at = since_1970(stored.queued_at);
        if !stored.is_doubtful {
            return Queued::on_disk(event, queued_at);
        }
        let expires_at = (queued_at < now).then(|| now.saturating_add(self.max_age.min(DOUBT)));
        Queued { expires_at, ..Queued::on_disk(event, now) }
    }

    /// Forgets what was given up because it is too old and could not be sent.
    pub(super) fn forget_expired(&mut self) {
        let expired = self.shared.lock().take_expired();
        if !expired.is_empty() {
            let since = self.shared.steady_clock();
            self.bury_expired(expired.iter().map(|queued| (since, &*queued.event.json)));
            self.reader.acknowledge(expired.iter().map(|queued| queued.event.id));
            self.shared.expired(&expired);
        }
    }

    fn bury_expired<'a>(&self, events: impl ExactSizeIterator<Item = (Timestamp, &'a [u8])>) {
        let expired = events.len();
        if expired == 0 {
            return;
        }
        let max_age = self.max_age;
        tracing::warn!(
            expired,
            ?max_age,
            "events were on disk for longer than spool_age; they are dead letters now"
        );
        for (queued_at, json) in events {
            let message = format!("on disk for longer than {max_age:?}, or since {queued_at}");
            let rejection = Rejection::new(0, Code::OutOfRange, message);
            self.bury(json, &rejection, Loss::Expired);
        }
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
            if let Some(queued) = batch.events.get(rejection.index) {
                self.bury(&queued.event.json, rejection, reason);
            }
        }
        let on_disk = batch.events.iter().filter(|queued| queued.on_disk);
        self.reader.acknowledge(on_disk.map(|queued| queued.event.id));
    }

    fn bury(&self, json: &[u8], rejection: &Rejection, reason: Loss) {
        match self.dead_letters.keep(wall_clock(), reason, rejection, json) {
            Ok(0) => {}
            Ok(dropped) => tracing::warn!(dropped, "the oldest dead letters made room"),
            Err(error) => tracing::error!(%error, "an event that was given up cannot be kept"),
        }
    }
}

#[cfg(test)]
mod clocks;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crm_models::EventId;

    use super::*;
    use crate::pipeline::{Capacity, Settings};
    use crate::queue::spool::{self, Fingerprint, Writer, record};

    const WHOSE: Fingerprint = Fingerprint([7; 16]);
    const AGE: Duration = Duration::from_secs(60);

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

    fn disk(dir: &tempfile::TempDir, shared: &Arc<Shared>) -> (Writer, SpoolDriver) {
        let settings = spool::Settings {
            dir: dir.path().to_owned(),
            instance: 1,
            fingerprint: WHOSE,
            accepts: Vec::new(),
            limit_bytes: 1_000_000,
            segment_bytes: 100_000,
            max_age: AGE,
        };
        let (writer, reader, adopted) = spool::open_well(settings, wall_clock()).unwrap();
        let dead_letters = DeadLetters::new(dir.path(), WHOSE);
        let interval = Duration::from_secs(20);
        let disk = SpoolDriver::new(
            reader,
            dead_letters,
            Arc::clone(shared),
            interval,
            adopted,
            (dir.path(), AGE),
        );
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
