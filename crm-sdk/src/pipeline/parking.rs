//! Events that were set aside because they fail even in a request of their own, so that what waits
//! behind them goes on.
//!
//! An event that failed alone is a *suspect* while nothing has gone through since: it may be the
//! collector that is ill. When something goes through, suspects return to the front of the queue.
//! An event that fails alone while the collector takes others is *parked*: it is tried again after
//! pauses that grow, alone, and given up when that has gone on for a day.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Elapsed;
use crate::queue::Queued;

/// The pause before a parked event is tried again, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);
/// How long a parked event is tried, and how often at the least: a machine may sleep for days.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
const LEAST_TRIES: u32 = 10;
/// Most parked events, and most bytes of them. Beyond that the one that was parked first is tried
/// a last time.
const MOST_EVENTS: usize = 1_000;
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Suspects beyond which it is the collector's fault, most likely, and all begins anew.
const MOST_SUSPECTS: usize = 1_000;

/// When a parked event was parked, and how often it was tried since.
#[derive(Clone, Copy, Debug)]
struct History {
    since: Elapsed,
    tries: u32,
    /// There is no room for it any more.
    is_spent: bool,
}

#[derive(Debug, Default)]
pub(super) struct Parking {
    suspects: Vec<Queued>,
    /// Events that failed alone since something went through.
    probes: u32,
    /// By the time of the next try, and a number that keeps those of one time apart.
    parked: BTreeMap<(Elapsed, u64), (Queued, History)>,
    parked_bytes: usize,
    next_number: u64,
    /// Of the parked event that is on its way.
    trial: Option<History>,
}

impl Parking {
    /// Parked events, the one on its way included.
    pub(super) fn parked(&self) -> usize {
        self.parked.len() + usize::from(self.trial.is_some())
    }

    /// Whether the batch that is on its way is a parked event.
    pub(super) fn is_on_trial(&self) -> bool {
        self.trial.is_some()
    }

    /// When the next parked event is to be tried.
    pub(super) fn due_at(&self) -> Option<Elapsed> {
        self.parked.first_key_value().map(|((due, _), _)| *due)
    }

    pub(super) fn is_due(&self, now: Elapsed) -> bool {
        self.due_at().is_some_and(|due| due <= now)
    }

    /// Takes the parked event that is due first, and says whether it is tried for the last time.
    pub(super) fn begin_trial(&mut self) -> Option<(Queued, bool)> {
        let (due, (queued, history)) = self.parked.pop_first()?;
        self.parked_bytes -= queued.bytes();
        self.trial = Some(history);
        let is_old = due.0.saturating_sub(history.since) >= PATIENCE;
        let is_last = history.is_spent || (is_old && history.tries >= LEAST_TRIES);
        Some((queued, is_last))
    }

    /// The event on trial is settled for good.
    pub(super) fn end_trial(&mut self) {
        self.trial = None;
    }

    /// The event on trial has failed again.
    pub(super) fn park_again(&mut self, queued: Queued, now: Elapsed, random: f64) {
        if let Some(history) = self.trial.take() {
            self.insert(queued, History { tries: history.tries + 1, ..history }, now, random);
        }
    }

    /// Parks an event, if there is room; if there is none, makes the one that was parked first due
    /// for its last try.
    pub(super) fn park(&mut self, queued: Queued, now: Elapsed, random: f64) -> Result<(), Queued> {
        let bytes = self.parked_bytes + queued.bytes();
        if !self.parked.is_empty() && (self.parked.len() >= MOST_EVENTS || bytes > MOST_BYTES) {
            let first = self.parked.iter().min_by_key(|(_, (_, history))| history.since);
            if let Some(key) = first.map(|(key, _)| *key) {
                self.hurry(key, now, true);
            }
            return Err(queued);
        }
        self.insert(queued, History { since: now, tries: 0, is_spent: false }, now, random);
        Ok(())
    }

    /// Tries each parked event once more, for the last time, as there is no room for them.
    pub(super) fn spend(&mut self, now: Elapsed) {
        let keys: Vec<_> = self.parked.keys().copied().collect();
        keys.into_iter().for_each(|key| self.hurry(key, now, true));
    }

    /// Tries those that are in memory alone once more, before they are lost.
    pub(super) fn hurry_memory(&mut self, now: Elapsed) {
        let alone = self.parked.iter().filter(|(_, (queued, _))| !queued.on_disk);
        let keys: Vec<_> = alone.map(|(key, _)| *key).collect();
        keys.into_iter().for_each(|key| self.hurry(key, now, false));
    }

    /// Whether there is room for one more suspect.
    pub(super) fn takes_suspects(&self) -> bool {
        self.suspects.len() < MOST_SUSPECTS
    }

    /// How many events are set aside untried with the next suspect: twice as many each time, so that
    /// a row of events that fail is soon behind us.
    pub(super) fn skips(&self) -> usize {
        (1 << self.probes.min(10)) - 1
    }

    /// Takes in an event that failed alone, and those that are skipped with it.
    pub(super) fn suspect(&mut self, events: impl IntoIterator<Item = Queued>) {
        self.probes += 1;
        self.suspects.extend(events);
    }

    /// Gives the suspects back, in their order.
    pub(super) fn clear_suspects(&mut self) -> Vec<Queued> {
        self.probes = 0;
        std::mem::take(&mut self.suspects)
    }

    /// All that is set aside, but for what is on its way.
    #[cfg(test)]
    pub(super) fn held(&self) -> impl Iterator<Item = &Queued> {
        self.suspects.iter().chain(self.parked.values().map(|(queued, _)| queued))
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn insert(&mut self, queued: Queued, history: History, now: Elapsed, random: f64) {
        let doubled =
            FIRST_PAUSE.saturating_mul(1u32.checked_shl(history.tries).unwrap_or(u32::MAX));
        // Those that were parked together must not all be tried together.
        let pause = doubled.min(LONGEST_PAUSE).mul_f64(0.5 + random / 2.0);
        self.parked_bytes += queued.bytes();
        let key = self.key(now.saturating_add(pause));
        self.parked.insert(key, (queued, history));
    }

    fn hurry(&mut self, key: (Elapsed, u64), now: Elapsed, is_spent: bool) {
        if let Some((queued, history)) = self.parked.remove(&key) {
            let is_spent = is_spent || history.is_spent;
            let key = self.key(now.min(key.0));
            self.parked.insert(key, (queued, History { is_spent, ..history }));
        }
    }

    fn key(&mut self, due: Elapsed) -> (Elapsed, u64) {
        self.next_number += 1;
        (due, self.next_number)
    }
}

#[cfg(test)]
mod tests {
    use crm_models::EventId;

    use super::*;
    use crate::queue::Encoded;

    fn at(seconds: u64) -> Elapsed {
        Duration::from_secs(seconds)
    }

    fn event(number: u8, bytes: usize) -> Queued {
        let json = vec![b'x'; bytes].into();
        Queued::in_memory(Encoded { id: EventId::from_bytes([number; 16]), json }, at(0))
    }

    fn tried(parking: &mut Parking) -> (u8, bool) {
        let (queued, is_last) = parking.begin_trial().unwrap();
        (queued.event.id.as_bytes()[0], is_last)
    }

    #[test]
    fn a_parked_event_is_tried_after_growing_pauses_and_for_the_last_time_after_a_day() {
        let mut parking = Parking::default();
        parking.park(event(1, 10), at(0), 1.0).unwrap();
        let mut pauses = Vec::new();
        let mut now = at(0);
        loop {
            let due = parking.due_at().unwrap();
            pauses.push((due - now).as_secs());
            now = due;
            let (queued, is_last) = parking.begin_trial().unwrap();
            assert_eq!(is_last, now >= PATIENCE, "{now:?}");
            if is_last {
                break;
            }
            parking.park_again(queued, now, 1.0);
        }
        assert_eq!(pauses[..10], [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600]);
        assert_eq!(parking.parked(), 1);
        parking.end_trial();
        assert_eq!(parking.parked(), 0);
    }

    #[test]
    fn when_there_is_no_room_the_one_that_was_parked_first_is_tried_for_the_last_time() {
        let mut parking = Parking::default();
        parking.park(event(1, MOST_BYTES - 10), at(1), 1.0).unwrap();
        parking.park(event(2, 10), at(2), 0.0).unwrap();
        assert!(parking.park(event(3, 1), at(3), 0.0).is_err());
        assert!(parking.is_due(at(3)));
        assert_eq!(tried(&mut parking), (1, true));
        parking.end_trial();
        assert!(parking.park(event(3, 1), at(3), 0.0).is_ok());
        assert!(!parking.is_due(at(3)));
        parking.spend(at(4));
        assert_eq!([tried(&mut parking), tried(&mut parking)], [(2, true), (3, true)]);
    }

    #[test]
    fn an_event_that_is_larger_than_all_room_is_parked_alone() {
        let mut parking = Parking::default();
        parking.park(event(1, MOST_BYTES + 1), at(1), 1.0).unwrap();
        assert!(parking.park(event(2, 1), at(1), 1.0).is_err());
    }

    #[test]
    fn a_row_of_suspects_is_skipped_in_growing_steps_until_something_goes_through() {
        let mut parking = Parking::default();
        let skips = (0..12).map(|number| {
            let skips = parking.skips();
            parking.suspect([event(number, 1)]);
            skips
        });
        assert_eq!(skips.collect::<Vec<_>>()[..5], [0, 1, 3, 7, 15]);
        assert_eq!(parking.skips(), 1_023);
        let numbers = |events: Vec<Queued>| -> Vec<_> {
            events.iter().map(|queued| queued.event.id.as_bytes()[0]).collect()
        };
        assert_eq!(numbers(parking.clear_suspects()), (0..12).collect::<Vec<_>>());
        assert_eq!((parking.skips(), parking.clear_suspects().len()), (0, 0));
    }
}
