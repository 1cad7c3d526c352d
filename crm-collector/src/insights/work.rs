//! How an analysis is made: it reads, lets its snapshot go, computes on what it has read, and looks
//! names up in another snapshot.
//!
//! While a snapshot stands, the log of the database (`-wal`) cannot be emptied, so nothing may be
//! computed inside one. The types see to it: what is read has to be owned, since nothing of a snapshot
//! outlives [`Work::read`]; both reading and computing take all of the [`Work`], so neither is done
//! inside the other; and a computation runs on a thread of its own, to which a snapshot cannot go.

use std::ops::ControlFlow;
use std::panic::resume_unwind;

use crm_models::Timestamp;
use crm_stats::cancel::{Cancel, checkpoint};

use super::Insights;
use super::flight::Progress;
use super::memory::Memory;
use super::selection::{self, Basis, Selected};
use super::version::Version;
use crate::ask_error::AskError;
use crate::facts::{HistoryEntry, PurchaseFact};
use crate::store::{BuyerHistories, Part, ReadTx, Workspace, WorkspaceId, weight};

/// How much everything else goes before a thread that computes; 19 is the most there is.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 15;
/// Events of the log that are read from one snapshot, and half the weight of what is.
const READ_AT_ONCE: i64 = 32_768;
/// Entries of histories that are read from one snapshot.
const ENTRIES_AT_ONCE: usize = 65_536;

/// Who waits for what is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Somebody, and nothing else is to be done.
    Foreground,
    /// Nobody, or somebody who does not go before the events that come in: on Linux, computations
    /// let every other thread of the machine go first.
    Background,
}

/// What is asked, and when.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) workspace: WorkspaceId,
    pub(super) basis: Basis,
    pub(super) now: Timestamp,
    pub(super) version: Version,
}

/// What makes an analysis may do.
pub(super) struct Work<'a> {
    insights: &'a Insights,
    moment: Moment,
    progress: &'a Progress,
}

/// What a snapshot is read with.
pub(super) struct On<'a> {
    pub(super) tx: &'a ReadTx<'a>,
    pub(super) selected: Selected<'a>,
    pub(super) memory: &'a Memory,
}

/// What a computation is given.
pub(super) struct Computing<'a> {
    pub(super) threads: usize,
    pub(super) progress: &'a Progress,
}

impl<'a> Work<'a> {
    pub(super) fn new(insights: &'a Insights, moment: Moment, progress: &'a Progress) -> Self {
        Self { insights, moment, progress }
    }

    pub(super) fn progress(&self) -> &'a Progress {
        self.progress
    }

    pub(super) fn moment(&self) -> Moment {
        self.moment
    }

    /// What it may hold.
    pub(super) fn memory(&self) -> &'a Memory {
        &self.insights.0.memory
    }

    /// Reads the derived figures, from one snapshot.
    pub(super) fn read<T: 'static>(
        &mut self,
        read: impl FnOnce(&On<'_>) -> Result<T, AskError>,
    ) -> Result<T, AskError> {
        let Moment { basis, now, .. } = self.moment;
        let memory = self.memory();
        self.look_up(|tx, workspace| {
            let selected = Selected::new(tx, workspace.clone(), basis, now)?;
            read(&On { tx, selected, memory })
        })
    }

    /// Reads single rows, from one snapshot.
    pub(super) fn look_up<T: 'static>(
        &mut self,
        read: impl FnOnce(&ReadTx<'_>, &Workspace) -> Result<T, AskError>,
    ) -> Result<T, AskError> {
        let Moment { workspace, basis, now, version } = self.moment;
        checkpoint();
        self.insights.0.store.read_at_length(|tx| {
            let workspace = selection::known(tx, workspace)?;
            // What is made of another day or time zone is no answer to this question.
            if !selection::version(tx, &workspace, basis, now)?.is_like(&version) {
                return Err(AskError::Changed);
            }
            read(tx, &workspace)
        })
    }

    /// Visits the purchases behind a place of the log up to another, the oldest first. They do not
    /// change, so that some are read at a time, each from a snapshot of its own, and visited outside.
    pub(super) fn each_purchase(
        &mut self,
        after_seq: i64,
        through_seq: i64,
        mut visit: impl FnMut(&PurchaseFact) + Send,
    ) -> Result<(), AskError> {
        let (mut after, mut at_once) = (after_seq, READ_AT_ONCE);
        while after < through_seq {
            let through = through_seq.min(after.saturating_add(at_once));
            let Some(purchases) = self.purchases(after, through)? else {
                at_once = fewer(at_once);
                continue;
            };
            self.compute(|_| purchases.iter().for_each(&mut visit))?;
            after = through;
        }
        Ok(())
    }

    /// The same, the latest first, until a visit answers that it has seen enough. Each event is a step
    /// of the progress.
    pub(super) fn each_purchase_back(
        &mut self,
        after_seq: i64,
        through_seq: i64,
        mut visit: impl FnMut(&PurchaseFact) -> bool + Send,
    ) -> Result<(), AskError> {
        let (mut through, mut at_once) = (through_seq, READ_AT_ONCE);
        while through > after_seq {
            let after = after_seq.max(through.saturating_sub(at_once));
            let Some(purchases) = self.purchases(after, through)? else {
                at_once = fewer(at_once);
                continue;
            };
            if !self.compute(|_| purchases.iter().rev().all(&mut visit))? {
                return Ok(());
            }
            self.progress.advance(usize::try_from(through - after).unwrap_or(0));
            through = after;
        }
        Ok(())
    }

    /// `None` where they weigh more than is read at once; of one event all is read.
    fn purchases(
        &mut self,
        after: i64,
        through: i64,
    ) -> Result<Option<Vec<PurchaseFact>>, AskError> {
        self.look_up(|tx, workspace| {
            let (mut purchases, mut weighs) = (Vec::new(), 0);
            tx.each_purchase(workspace, after, through, |fact| {
                weighs += weight(fact.items.len());
                if weighs > 2 * READ_AT_ONCE && through - after > 1 {
                    return ControlFlow::Break(());
                }
                purchases.push(fact.clone());
                ControlFlow::Continue(())
            })?;
            let are_all = weighs <= 2 * READ_AT_ONCE || through - after == 1;
            Ok(are_all.then_some(purchases))
        })
    }

    /// Visits what customers bought and gave back, as of the snapshot in which that was asked for: some
    /// at a time, each from a snapshot of its own, and visited outside.
    pub(super) fn each_buyer_history(
        &mut self,
        mut histories: BuyerHistories,
        mut visit: impl FnMut(&[HistoryEntry]) + Send,
    ) -> Result<(), AskError> {
        loop {
            let (part, entries) = self.look_up(|tx, _| {
                let mut entries = Vec::new();
                let part = histories.read(tx, ENTRIES_AT_ONCE, |some| {
                    entries.extend_from_slice(some);
                })?;
                Ok((part, entries))
            })?;
            self.compute(|_| visit(&entries))?;
            match part {
                Part::More => {}
                Part::Last => return Ok(()),
                Part::Gone => return Err(AskError::Changed),
            }
        }
    }

    /// Computes on what was read, on a thread that stands back for others where nobody is waiting.
    pub(super) fn compute<T: Send>(
        &mut self,
        compute: impl FnOnce(&Computing<'_>) -> T + Send,
    ) -> Result<T, AskError> {
        let inner = &self.insights.0;
        let computing = Computing { threads: inner.threads, progress: self.progress };
        let (cancel, priority) = (Cancel::current(), inner.priority);
        let work = || {
            Cancel::adopt(cancel);
            if priority == Priority::Background {
                stand_back();
            }
            checkpoint();
            compute(&computing)
        };
        std::thread::scope(|scope| {
            // A thread cannot take its priority back, and reading is not to be slowed down: while a
            // snapshot stands, the log of the database grows.
            let thread = std::thread::Builder::new().name("analysis".into());
            let thread = thread.spawn_scoped(scope, work).map_err(|error| {
                tracing::error!(%error, "no thread to analyse on");
                AskError::Busy
            })?;
            Ok(thread.join().unwrap_or_else(|cause| resume_unwind(cause)))
        })
    }
}

/// Where so many events are too much at once.
fn fewer(at_once: i64) -> i64 {
    (at_once / 8).max(1)
}

/// Lets every other thread of the machine go first; threads that this one starts do the same.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "the analysis runs at the priority of everything else");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crm_models::Currency;

    use super::*;
    use crate::clock::Clock;
    use crate::insights::Config;
    use crate::store::{Store, StoreError};

    #[test]
    fn what_was_asked_of_another_zone_currency_or_day_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(folder.path(), &Default::default()).unwrap());
        let (now, zone) = (Timestamp::from_millis(0), chrono_tz::UTC);
        let made = store
            .write::<_, StoreError>(|tx| tx.add_workspace("shop", Currency::EUR, zone, now))
            .unwrap();
        let clock = Clock::fixed(now);
        let insights =
            Insights::new(store.clone(), clock, &Config::default(), Priority::Foreground);
        let version = Version {
            last_seq: 0,
            as_of: 0,
            timezone: zone,
            currency: Currency::EUR,
            known_from: None,
            erased_at: None,
        };
        let read = |version| {
            let basis = Basis::default();
            let moment = Moment { workspace: made.id, basis, now, version };
            let progress = Progress::default();
            Work::new(&insights, moment, &progress).look_up(|_, known| Ok(known.id.0))
        };
        assert_eq!(read(version), Ok(made.id.0));
        // New events make no other question of it.
        assert_eq!(read(Version { last_seq: 7, ..version }), Ok(made.id.0));
        let others = [
            Version { as_of: 1, ..version },
            Version { timezone: chrono_tz::Asia::Tokyo, ..version },
            Version { currency: Currency::GBP, ..version },
            Version { known_from: chrono::NaiveDate::from_ymd_opt(2019, 1, 1), ..version },
        ];
        for other in others {
            assert_eq!(read(other), Err(AskError::Changed), "{other:?}");
        }
    }

    /// How much a computation lets others go first.
    #[cfg(target_os = "linux")]
    fn niceness(priority: Priority) -> i32 {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(folder.path(), &Default::default()).unwrap());
        let now = Timestamp::from_millis(0);
        let insights = Insights::new(store, Clock::fixed(now), &Config::default(), priority);
        let version = Version {
            last_seq: 0,
            as_of: 0,
            timezone: chrono_tz::Tz::UTC,
            currency: Currency::EUR,
            known_from: None,
            erased_at: None,
        };
        let moment = Moment { workspace: WorkspaceId(1), basis: Basis::default(), now, version };
        let progress = Progress::default();
        let mut work = Work::new(&insights, moment, &progress);
        work.compute(|_| rustix::process::getpriority_process(None).unwrap()).unwrap()
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn only_what_is_computed_in_the_background_stands_back_and_never_who_reads() {
        let own = rustix::process::getpriority_process(None).unwrap();
        assert_eq!(niceness(Priority::Foreground), own);
        assert_eq!(niceness(Priority::Background), (own + NICENESS).min(19));
        assert_eq!(rustix::process::getpriority_process(None).unwrap(), own);
    }
}
