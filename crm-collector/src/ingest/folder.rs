//! When the log is folded, and when runs are merged: in the background while events come in, at once
//! when none do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::preparing::{Hands, Preparing};
use crate::clock::Clock;
use crate::metrics;
use crate::store::{PreparedFold, PreparedMerge, Result, Store, StoreError, WorkspaceId};

/// The tail is folded when it weighs this much and nothing waits. Below, readers do not notice it.
const AT_REST: i64 = 256;
/// Folded at once at rest, where there is time and memory is not to grow.
const AT_ONCE_AT_REST: i64 = 4_096;
/// A tail of the weight of so many folds has the writer wait for the fold that is being prepared.
const LONGEST_TAIL_FOLDS: i64 = 4;
/// How long merging at rest keeps an event waiting that comes in.
const MERGING_AT_REST: Duration = Duration::from_millis(50);

/// Keeps tails short, and runs few.
pub(super) struct Folder {
    store: Arc<Store>,
    clock: Clock,
    hands: Hands,
    /// What each workspace's tail weighs, as far as is known here.
    tails: BTreeMap<WorkspaceId, i64>,
    /// Workspaces that may have runs to be merged.
    unmerged: BTreeSet<WorkspaceId>,
    folding: Option<Preparing<PreparedFold>>,
    merging: Option<Preparing<PreparedMerge>>,
    /// Until the tails are looked at anew.
    rests: u32,
}

/// Rests between looks at all tails: what an import or a replay leaves behind is not noted here,
/// and a fold that failed is tried again.
const LOOK_EVERY_RESTS: u32 = 50;

impl Folder {
    pub(super) fn new(store: Arc<Store>, clock: Clock, hands: Hands) -> Self {
        Self {
            store,
            clock,
            hands,
            tails: BTreeMap::new(),
            unmerged: BTreeSet::new(),
            folding: None,
            merging: None,
            // Looks at once: after a start, any workspace may have a tail.
            rests: LOOK_EVERY_RESTS,
        }
    }

    fn look(&mut self) {
        let found = self.store.read_to_fold::<_, StoreError>(|tx| {
            let known = tx.workspaces()?.into_iter();
            known.map(|workspace| Ok((workspace.id, tx.unfolded(&workspace)?))).collect()
        });
        match found {
            Ok(tails) => self.tails = tails,
            Err(error) => tracing::warn!(%error, "the tails of the log cannot be read"),
        }
        self.unmerged.extend(self.tails.keys());
    }

    /// Events of this weight have joined a workspace's tail.
    pub(super) fn note(&mut self, workspace: WorkspaceId, weight: i64) {
        let tail = self.tails.entry(workspace).or_default();
        *tail = tail.saturating_add(weight);
    }

    /// To be called after each group: writes what was prepared meanwhile, a fold and a step of merging,
    /// and has more prepared: a fold where a tail is long enough.
    pub(super) fn under_load(&mut self) {
        self.write_fold();
        self.write_step();
        self.begin_fold();
        self.begin_step();
    }

    fn begin_fold(&mut self) {
        let fold_events = self.store.fold_events();
        let longest = self.tails.iter().max_by_key(|(_, tail)| **tail);
        let Some((&workspace, _)) = longest.filter(|(_, tail)| **tail >= fold_events) else {
            return;
        };
        if self.folding.is_some() {
            return;
        }
        let store = self.store.clone();
        let prepare = move || {
            store.read_to_fold(|tx| match tx.workspace(workspace)? {
                Some(known) => tx.prepare_fold(&known, fold_events, fold_events),
                None => Ok(None),
            })
        };
        self.folding = self.hands.begin("crm-fold", workspace, prepare);
    }

    fn begin_step(&mut self) {
        let (None, Some(&workspace)) = (&self.merging, self.unmerged.first()) else { return };
        let store = self.store.clone();
        let prepare = move || store.read_to_fold(|tx| tx.prepare_merge(workspace));
        self.merging = self.hands.begin("crm-merge", workspace, prepare);
    }

    /// Whether the writer has to wait for the fold that is being prepared: the tail is too long.
    pub(super) fn holds_up(&self) -> bool {
        self.folding.as_ref().is_some_and(|fold| self.is_urgent(fold) && !fold.is_finished())
    }

    /// Waits for it, and goes on.
    pub(super) fn wait(&mut self) {
        if let Some(folding) = &mut self.folding {
            folding.wait();
        }
        self.under_load();
    }

    fn is_urgent(&self, folding: &Preparing<PreparedFold>) -> bool {
        let tail = self.tails.get(&folding.workspace).copied().unwrap_or_default();
        tail >= self.store.fold_events().saturating_mul(LONGEST_TAIL_FOLDS)
    }

    /// To be called when nothing comes in: folds what there is, a step of each workspace, and merges for
    /// a moment. Whoever is held back is not waited for.
    pub(super) fn at_rest(&mut self) {
        self.write_fold();
        self.write_step();
        self.rests = self.rests.saturating_add(1);
        if self.rests > LOOK_EVERY_RESTS && !self.store.waits_for_readers() {
            self.rests = 0;
            self.look();
        }
        let fold_events = self.store.fold_events();
        let at_least = AT_REST.min(fold_events);
        let long = self.tails.iter().filter(|(_, tail)| **tail >= at_least);
        let workspaces: Vec<_> = long.map(|(id, tail)| (*id, *tail)).collect();
        for (id, tail) in workspaces {
            let at_most = if tail > fold_events { fold_events } else { AT_ONCE_AT_REST };
            let left = self.store.write(|tx| match tx.workspace(id)? {
                Some(workspace) => tx.fold(&workspace, at_least, at_most),
                None => Ok(0),
            });
            self.set_tail(id, left);
        }
        let until = self.clock.instant() + MERGING_AT_REST;
        while self.merging.is_none()
            && !self.store.waits_for_readers()
            && self.clock.instant() < until
            && let Some(&workspace) = self.unmerged.first()
        {
            let step = self.store.write(|tx| {
                let prepared = tx.prepare_merge(workspace)?;
                prepared.map(|step| tx.apply_merge(&step)).transpose()
            });
            self.set_merged(workspace, step);
        }
    }

    fn write_fold(&mut self) {
        let Some(folding) = self.folding.take() else { return };
        // What is large and can wait is written when the log is short again.
        let may_wait = self.store.waits_for_readers() && !self.is_urgent(&folding);
        if may_wait || !folding.is_finished() {
            self.folding = Some(folding);
            return;
        }
        let workspace = folding.workspace;
        let left = match folding.end() {
            Ok(Some(prepared)) => self.store.write(|tx| {
                tx.apply_fold(&prepared)?;
                tx.unfolded(prepared.workspace())
            }),
            // The tail was not as long as it might have been.
            Ok(None) => Ok(0),
            Err(error) => Err(error),
        };
        self.set_tail(workspace, left);
    }

    /// Writes the step of merging that is being prepared, if it is ready.
    fn write_step(&mut self) {
        let is_ready = self.merging.as_ref().is_some_and(Preparing::is_finished);
        if !is_ready || self.store.waits_for_readers() {
            return;
        }
        let Some(merging) = self.merging.take() else { return };
        let workspace = merging.workspace;
        let step = match merging.end() {
            Ok(Some(step)) => self.store.write(|tx| tx.apply_merge(&step)).map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        self.set_merged(workspace, step);
    }

    /// Waits for what is being prepared, and leaves it: the next start goes on.
    pub(super) fn end(self) {
        self.folding.into_iter().for_each(|mut folding| folding.wait());
        self.merging.into_iter().for_each(|mut merging| merging.wait());
    }

    /// A step was written, or there was none to be made.
    fn set_merged(&mut self, workspace: WorkspaceId, step: Result<Option<bool>>) {
        let goes_on = step.map(|step| step.is_some()).unwrap_or_else(|error| {
            // Runs stay as they are and readers go on uniting them; it is tried again after a rest.
            tracing::error!(%error, "runs could not be merged");
            false
        });
        if !goes_on {
            self.unmerged.remove(&workspace);
        }
    }

    fn set_tail(&mut self, workspace: WorkspaceId, tail: Result<i64>) {
        metrics::folded(tail.is_ok());
        self.unmerged.insert(workspace);
        let tail = tail.unwrap_or_else(|error| {
            // The tail stays as it is and readers go on adding it; the next fold tries again.
            tracing::error!(%error, "the log could not be folded");
            0
        });
        self.tails.insert(workspace, tail);
    }
}
