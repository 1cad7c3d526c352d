//! When the log is folded: in the background while events come in, at once when none do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::metrics;
use crate::store::{PreparedFold, Result, Store, StoreError, WorkspaceId};

/// The tail is folded when it weighs this much and nothing waits. Below, readers do not notice it.
const AT_REST: i64 = 256;
/// Folded at once at rest, where there is time and memory is not to grow.
const AT_ONCE_AT_REST: i64 = 4_096;
/// A tail of the weight of so many folds has the writer wait for the fold that is being prepared.
const LONGEST_TAIL_FOLDS: i64 = 4;

/// Keeps tails short.
pub(super) struct Folder {
    store: Arc<Store>,
    /// What each workspace's tail weighs, as far as is known here.
    tails: BTreeMap<WorkspaceId, i64>,
    /// The fold that is being prepared, if any.
    preparing: Option<Preparing>,
    /// Until the tails are looked at anew.
    rests: u32,
}

/// Rests between looks at all tails: what an import or a replay leaves behind is not noted here,
/// and a fold that failed is tried again.
const LOOK_EVERY_RESTS: u32 = 50;

struct Preparing {
    workspace: WorkspaceId,
    thread: JoinHandle<Result<Option<PreparedFold>>>,
}

impl Folder {
    pub(super) fn new(store: Arc<Store>) -> Self {
        // Looks at once: after a start, any workspace may have a tail.
        Self { store, tails: BTreeMap::new(), preparing: None, rests: LOOK_EVERY_RESTS }
    }

    fn look(&mut self) {
        let found = self.store.read::<_, StoreError>(|tx| {
            let known = tx.workspaces()?.into_iter();
            known.map(|workspace| Ok((workspace.id, tx.unfolded(&workspace)?))).collect()
        });
        match found {
            Ok(tails) => self.tails = tails,
            Err(error) => tracing::warn!(%error, "the tails of the log cannot be read"),
        }
    }

    /// Events of this weight have joined a workspace's tail.
    pub(super) fn note(&mut self, workspace: WorkspaceId, weight: i64) {
        let tail = self.tails.entry(workspace).or_default();
        *tail = tail.saturating_add(weight);
    }

    /// To be called after each group: has a fold prepared on a thread of its own when a tail is
    /// long enough, one at a time, and merges it when it is ready. Only the merging holds up the
    /// writer.
    pub(super) fn under_load(&mut self) {
        self.merge();
        let fold_events = self.store.fold_events();
        let longest = self.tails.iter().max_by_key(|(_, tail)| **tail);
        let Some((&workspace, _)) = longest.filter(|(_, tail)| **tail >= fold_events) else {
            return;
        };
        if self.preparing.is_some() {
            return;
        }
        let store = self.store.clone();
        let prepare = move || {
            store.read(|tx| match tx.workspace(workspace)? {
                Some(known) => tx.prepare_fold(&known, fold_events, fold_events),
                None => Ok(None),
            })
        };
        match std::thread::Builder::new().name("crm-fold".into()).spawn(prepare) {
            Ok(thread) => self.preparing = Some(Preparing { workspace, thread }),
            Err(error) => tracing::error!(%error, "no thread to fold on"),
        }
    }

    /// To be called when nothing comes in: folds what there is, a step of each workspace.
    pub(super) fn at_rest(&mut self) {
        self.merge();
        self.rests += 1;
        if self.rests > LOOK_EVERY_RESTS {
            self.rests = 0;
            self.look();
        }
        let long = self.tails.iter().filter(|(_, tail)| **tail >= AT_REST);
        let workspaces: Vec<_> = long.map(|(id, tail)| (*id, *tail)).collect();
        let fold_events = self.store.fold_events();
        for (id, tail) in workspaces {
            let at_most = if tail > fold_events { fold_events } else { AT_ONCE_AT_REST };
            let left = self.store.write(|tx| match tx.workspace(id)? {
                Some(workspace) => tx.fold(&workspace, AT_REST, at_most),
                None => Ok(0),
            });
            self.set_tail(id, left);
        }
    }

    fn merge(&mut self) {
        let Some(Preparing { workspace, thread }) = self.preparing.take() else { return };
        let tail = self.tails.get(&workspace).copied().unwrap_or_default();
        let too_long = tail >= self.store.fold_events().saturating_mul(LONGEST_TAIL_FOLDS);
        // A fold writes more than anything else: it waits for the log to be short again.
        let not_yet = !thread.is_finished() || self.store.waits_for_readers();
        if not_yet && !too_long {
            self.preparing = Some(Preparing { workspace, thread });
            return;
        }
        let merged = match thread.join() {
            Ok(Ok(Some(prepared))) => self.store.write(|tx| {
                tx.apply_fold(&prepared)?;
                tx.unfolded(prepared.workspace())
            }),
            // The tail was not as long as it might have been.
            Ok(Ok(None)) => Ok(0),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(StoreError::Damaged("the thread that folds broke off".into())),
        };
        self.set_tail(workspace, merged);
    }

    /// Waits for the fold that is being prepared, and leaves it: the next start folds.
    pub(super) fn end(self) {
        if self.preparing.is_some_and(|preparing| preparing.thread.join().is_err()) {
            tracing::error!("the thread that folds broke off");
        }
    }

    fn set_tail(&mut self, workspace: WorkspaceId, tail: Result<i64>) {
        metrics::folded(tail.is_ok());
        let tail = tail.unwrap_or_else(|error| {
            // The tail stays as it is and readers go on adding it; the next fold tries again.
            tracing::error!(%error, "the log could not be folded");
            0
        });
        self.tails.insert(workspace, tail);
    }
}
