//! What becomes of a batch: settled for good, sent again as it was, in parts, or set aside.
//!
//! A batch that fails may hold an event that makes every request fail that it is in: the collector
//! stumbles over it, or a firewall before it refuses it. Such an event must not wall up what is
//! behind it. Where the collector was just seen to work, a batch that fails is halved until the
//! event stands alone, and that one is parked. Where nothing is known, requests shrink until one
//! event is tried after another, each after the pause that a collector in trouble is owed.

use std::sync::Arc;
use std::time::Duration;

use crm_models::ingest::Verdict;

use super::pace::{Cut, Pause};
use super::{Batch, ENVELOPE_BYTES, Elapsed, Outcome, Pipeline, Refusal, Turn};
use crate::losses::Loss;
use crate::queue::Queued;
use crate::stats::Failure;

/// Failures that are taken for the events' fault once something went through: a dozen find one event
/// among the most that go together, and there may be several in a row.
const CREDIT: u32 = 40;
/// A pause while a fault of the events is looked for is at first this part of the first one after a
/// failure, and grows by as much again with each such number of requests.
const SEARCH_PART: u32 = 8;

/// A request that failed.
#[derive(Clone, Copy)]
struct Failed {
    failure: Failure,
    /// The pause that was asked for.
    after: Option<Duration>,
    /// Whether a person has to mend something first.
    slowly: bool,
}

impl Pipeline {
    /// Reports what became of a batch. `random` is uniform in 0..1. An outcome of a batch that is
    /// not the one on its way changes nothing.
    ///
    /// A driver that lets go of its own copy of the batch before an outcome that is not final,
    /// and only after one that is, spares the machine copying or freeing it.
    pub fn settle(
        &mut self,
        batch_number: u64,
        outcome: &Outcome,
        now: Elapsed,
        random: f64,
    ) -> Option<Turn> {
        let batch = self.in_flight.take_if(|batch| batch.number == batch_number)?;
        match outcome {
            Outcome::Decided(verdict) => {
                self.settle_events(&batch);
                self.stats.accepted += verdict.accepted;
                self.stats.updated += verdict.updated;
                self.stats.superseded += verdict.superseded;
                self.stats.duplicate += verdict.duplicate;
                self.stats.warnings += warned(verdict);
                self.stats.rejected += verdict.rejected.len() as u64;
                self.losses.add(Loss::Rejected, verdict.rejected.len());
                if self.retry.is_open() {
                    self.ramp.begin();
                    // There are proxies that break a connection over which too much comes: where
                    // few events went through after a batch failed time and again, its rest goes
                    // in smaller parts.
                    self.groups.halve_next();
                }
                self.retry.reset();
                (self.credit, self.doubts) = (CREDIT, 0);
                self.return_suspects();
                self.widen(&batch);
                // Memory that fills up is the greater evil.
                if !self.queue.is_filling()
                    && let Some(gap) = self.ramp.next_gap(self.settings.batch_age, random)
                {
                    self.pause = Some(Pause::new(now, gap, Cut::AtOnce));
                }
                self.turn(None)
            }
            Outcome::Retry { failure, after } => {
                let failed = Failed { failure: *failure, after: *after, slowly: false };
                self.fail(batch, failed, now, random)
            }
            Outcome::RetrySlowly { failure, after } => {
                let failed = Failed { failure: *failure, after: *after, slowly: true };
                self.fail(batch, failed, now, random)
            }
            Outcome::Split(refusal) => {
                self.split(batch, refusal);
                self.turn(None)
            }
        }
    }

    /// Puts the events back to the front that failed alone while nothing went through.
    pub(super) fn return_suspects(&mut self) {
        let suspects = self.parking.clear_suspects();
        if !suspects.is_empty() {
            self.groups.put(suspects.len());
            self.queue.give_back(suspects);
        }
    }

    fn fail(
        &mut self,
        batch: Arc<Batch>,
        failed: Failed,
        now: Elapsed,
        random: f64,
    ) -> Option<Turn> {
        self.stats.retries += 1;
        let may_be_the_events = failed.after.is_none() && failed.failure.may_be_the_events();
        let is_search = may_be_the_events && self.credit > 0;
        if is_search {
            let used = CREDIT - self.credit;
            self.credit -= 1;
            let pause = self.settings.retry_initial.mul_f64(random) / SEARCH_PART;
            let pause = pause * (1 + used / SEARCH_PART);
            self.pause = Some(Pause::new(now, pause, Cut::AtOnce));
        } else {
            self.credit = 0;
            self.doubts = if may_be_the_events { self.doubts.saturating_add(1) } else { 0 };
            self.pause = Some(self.pause_after(failed, may_be_the_events, now, random));
        }
        self.put_back(batch, is_search, now, random);
        self.expire(now);
        self.turn(Some(failed.failure))
    }

    fn pause_after(
        &mut self,
        failed: Failed,
        may_be_the_events: bool,
        now: Elapsed,
        random: f64,
    ) -> Pause {
        let Failed { after, slowly, .. } = failed;
        // What may be one event's fault is no reason to let the others wait, unless it lasts.
        if slowly && (!may_be_the_events || self.retry.is_open()) {
            let pause = self.retry.slow_pause(random);
            let pause = after.map_or(pause, |after| after.max(pause));
            return Pause::new(now, pause, Cut::Never);
        }
        let jitter = self.retry.pause(random);
        // Those who were asked to wait equally long must not come back all at once.
        let pause = after.map_or(jitter, |after| after.saturating_add(jitter));
        let cut = if after.is_none() { Cut::ToASecond } else { Cut::Never };
        Pause::new(now, pause, cut)
    }

    /// Puts the events of a batch that failed where they wait for their next try. As they were, so
    /// that a batch that is small because it was split, or because it was early, remains the
    /// cheapest probe there is; unless an event among them is looked for that is at fault.
    fn put_back(&mut self, batch: Arc<Batch>, is_search: bool, now: Elapsed, random: f64) {
        let size = batch.events.len();
        let mut events = unshare(batch);
        if size > 1 {
            if is_search {
                self.groups.put_halves(size)
            } else {
                self.groups.put(size)
            }
            self.queue.give_back(events);
            return;
        }
        let Some(queued) = events.pop() else { return };
        let back = if !self.settings.set_aside {
            Some(queued)
        } else if self.parking.is_on_trial() {
            self.parking.park_again(queued, now, random);
            None
        } else if is_search {
            let queued = self.set_apart(queued);
            self.parking.park(queued, now, random).err()
        } else if self.most_events() == 1 && self.has_more() {
            self.suspect(queued)
        } else {
            Some(queued)
        };
        if let Some(queued) = back {
            self.groups.put(1);
            self.queue.give_back(vec![queued]);
        }
    }

    /// Sets an event aside that failed while nothing is known of the collector, so that the next
    /// probe is another event.
    fn suspect(&mut self, queued: Queued) -> Option<Queued> {
        if !self.parking.takes_suspects() {
            self.return_suspects();
            return Some(queued);
        }
        let skipped = self.queue.take(self.parking.skips(), usize::MAX, 0);
        self.groups.skip(skipped.len());
        let aside = std::iter::once(queued).chain(skipped);
        let aside: Vec<_> = aside.map(|queued| self.set_apart(queued)).collect();
        self.parking.suspect(aside);
        None
    }

    /// From now on the event is counted apart from those that are settled in their order.
    fn set_apart(&mut self, queued: Queued) -> Queued {
        if queued.is_apart {
            return queued;
        }
        self.apart = self.apart.plus(&queued);
        if queued.on_disk {
            self.disk.settled += 1
        } else {
            self.memory.settled += 1
        }
        Queued { is_apart: true, ..queued }
    }

    fn settle_events(&mut self, batch: &Batch) {
        self.parking.end_trial();
        batch.events.iter().for_each(|queued| self.count_settled(queued));
        self.queue.release(&batch.events);
    }

    pub(super) fn count_settled(&mut self, queued: &Queued) {
        if queued.is_apart {
            self.apart = self.apart.minus(queued);
        } else if queued.on_disk {
            self.disk.settled += 1;
        } else {
            self.memory.settled += 1;
        }
    }

    /// Gives up what is too old by now: it was tried, or would have been with this batch.
    fn expire(&mut self, now: Elapsed) {
        for (index, queued) in self.queue.expire(now) {
            self.groups.shrink(index);
            let queued = self.set_apart(queued);
            self.expired.push(queued);
        }
    }

    /// Halves a batch, at once and without a pause, until what the other side refuses stands
    /// alone: its neighbours are not to wait for it, nor be lost with it.
    fn split(&mut self, batch: Arc<Batch>, refusal: &Refusal) {
        if batch.events.len() <= 1 {
            self.settle_events(&batch);
            self.losses.add(refusal.loss(), batch.events.len());
            return;
        }
        if *refusal == Refusal::TooLarge {
            // Whoever takes less than we may send would refuse each full batch to come as well.
            self.batch_bytes = self.batch_bytes.min(batch.bytes() / 2);
        }
        self.groups.put_halves(batch.events.len());
        self.queue.give_back(unshare(batch));
    }

    /// Once batches were found too large, they grow again little by little: it may have been a
    /// proxy that is set right by now. Where it was not, one batch in about 45 is sent in vain.
    fn widen(&mut self, batch: &Batch) {
        if batch.bytes() >= self.batch_bytes / 4 * 3 {
            let most = self.settings.batch_bytes.saturating_sub(ENVELOPE_BYTES);
            let wider = self.batch_bytes.saturating_add(self.batch_bytes / 64 + 1);
            self.batch_bytes = wider.min(most);
        }
    }

    fn turn(&mut self, failure: Option<Failure>) -> Option<Turn> {
        self.stats.failure_reason = None;
        let before = std::mem::replace(&mut self.stats.failure, failure);
        match (before, failure) {
            (before, Some(failure)) if before != Some(failure) => Some(Turn::Failing(failure)),
            (Some(_), None) => Some(Turn::Recovered),
            _ => None,
        }
    }
}

/// Events of which a verdict says that they have to be looked at: one may have several reasons.
fn warned(verdict: &Verdict) -> u64 {
    let by_event = verdict.warnings.chunk_by(|one, next| one.index == next.index);
    by_event.count() as u64
}

/// The driver may still hold the batch; that costs a copy, no event.
fn unshare(batch: Arc<Batch>) -> Vec<Queued> {
    Arc::unwrap_or_clone(batch).events
}

#[cfg(test)]
mod tests;
