//! The worker's side of the spool: reads what is to be sent, forgets what is settled, adopts what
//! dead clients left, and keeps the events that the collector would not take.

use std::sync::Arc;
use std::time::Duration;

use crm_models::ingest::Rejection;

use super::wall_clock;
use crate::dead_letters::DeadLetters;
use crate::losses::Loss;
use crate::pipeline::{Batch, Elapsed, Encoded, Outcome, Queued, Refusal};
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
        self.next_adoption = now + self.adoption_interval.mul_f64(0.5 + random::jitter() / 2.0);
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
            // Somebody has taken the files away.
            tracing::error!(events, "events are gone from disk");
            damaged = events;
        }
        let queued = |stored: crate::queue::spool::Stored| Queued {
            event: Encoded { id: stored.id, json: stored.json },
            queued_at: since_1970(stored.queued_at),
            on_disk: true,
        };
        let events = loaded.events.into_iter().map(queued).collect();
        let lost = [(Loss::Damaged, damaged), (Loss::Expired, expired)];
        self.shared.lock().loaded(events, &lost);
    }

    /// Forgets the events of a batch whose outcome is final, but for those that the collector
    /// would not take: they go to the dead letters first.
    pub(super) fn acknowledge(&mut self, batch: &Batch, outcome: &Outcome) {
        let reason = match outcome {
            Outcome::Split(Refusal::TooLarge) => Loss::TooLarge,
            Outcome::Split(Refusal::Malformed(_)) => Loss::Malformed,
            _ => Loss::Rejected,
        };
        let verdict = outcome.verdict_for_host(batch);
        for rejection in verdict.iter().flat_map(|verdict| &verdict.rejected) {
            self.bury(batch, rejection, reason);
        }
        self.reader.acknowledge(batch.on_disk());
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
