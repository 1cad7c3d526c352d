//! Everything that is derived from the log of events: sums, buyers, histories.
//!
//! A workspace's log is append-only; its mark says how far it has been folded. A fold adds the events
//! behind the mark up and writes them as a run ([`super::runs`]), whose end is the mark from then on.
//! Readers unite the runs and add the short tail by the same code, so every figure is exact at every
//! instant, whatever was folded when.
//!
//! Why not in every write: an index by customer touches a random page for each purchase, and a
//! month's row of sums would be written anew for each order. Folded by the tens of thousands,
//! both cost next to nothing.

mod buyers;
mod compare;
mod delta;
mod erase;
mod everyone;
mod histories;
mod key;
mod line;
mod rows;
mod sums;
#[cfg(test)]
pub(super) mod tests;

use std::ops::ControlFlow;

use crm_models::Timestamp;

use super::error::Result;
use super::ids::WorkspaceId;
use super::purchases::Logged;
use super::runs::{Block, PreparedMerge, Runs};
use super::workspaces::Workspace;
use super::{ReadTx, WriteTx};

pub use buyers::BuyerSets;
pub(super) use compare::{Differences, differences};
use delta::Delta;
pub use everyone::{BuyerHistories, Part};

/// Some events of a tail, added up and ready to be written.
pub struct PreparedFold {
    workspace: Workspace,
    after: i64,
    through: i64,
    blocks: Vec<Block>,
}

impl PreparedFold {
    /// Whose events they are.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }
}

/// The derived figures of a workspace: the runs, and the tail of the log folded in memory.
pub struct Derived<'a> {
    tx: &'a ReadTx<'a>,
    workspace: Workspace,
    runs: Runs<'a>,
    tail: Delta,
    /// When something was last erased.
    erased_at: Option<Timestamp>,
}

impl ReadTx<'_> {
    /// Up to where the workspace's log is folded; 0 where nothing is.
    fn folded_through(&self, workspace: &Workspace) -> Result<i64> {
        Ok(self.runs(workspace.id)?.through())
    }

    /// The last event of the workspace's log; 0 when there is none.
    pub fn last_seq(&self, workspace: &Workspace) -> Result<i64> {
        let last = self.last_logged(workspace.id)?;
        // An erased event leaves no row, but its number is not given again.
        Ok(last.max(self.folded_through(workspace)?))
    }

    /// How many events are in the tail, or may be.
    pub fn tail_events(&self, workspace: &Workspace) -> Result<i64> {
        Ok(self.last_seq(workspace)? - self.folded_through(workspace)?)
    }

    /// The weight of the tail: how many events are in it, and more for those of many lines, see
    /// [`weight`]. A very long one is not read for that: it weighs as many as are in it.
    pub fn unfolded(&self, workspace: &Workspace) -> Result<i64> {
        const VERY_LONG: i64 = 500_000;
        let (after, last) = (self.folded_through(workspace)?, self.last_seq(workspace)?);
        if last - after > VERY_LONG {
            return Ok(last - after);
        }
        let lines = self.logged_lines(workspace.id, (after, last), BYTES_OF_A_WEIGHT)?;
        Ok(last - after + lines)
    }

    /// Reads and adds up the oldest events of the tail, of the weight of `at_most` or a little more, if
    /// it weighs at least `at_least`: the part of a fold that need not hold up the writer.
    pub fn prepare_fold(
        &self,
        workspace: &Workspace,
        at_least: i64,
        at_most: i64,
    ) -> Result<Option<PreparedFold>> {
        let (after, last) = (self.folded_through(workspace)?, self.last_seq(workspace)?);
        let events = last - after;
        // Each weighs one at least, so that a tail of many need not be read for that.
        if events == 0 || (events < at_least && self.unfolded(workspace)? < at_least) {
            return Ok(None);
        }
        let (delta, through) = self.delta(workspace, after, last, at_most)?;
        Ok(Some(PreparedFold {
            workspace: workspace.clone(),
            after,
            through,
            blocks: rows::blocks(&delta),
        }))
    }

    /// Prepares the next step of merging the runs of a workspace, if there is any: the part that need not
    /// hold up the writer.
    pub fn prepare_merge(&self, workspace: WorkspaceId) -> Result<Option<PreparedMerge>> {
        self.prepare_merge_by(workspace, |key, values, out| rows::unite(key, values, out))
    }

    /// The derived figures of a workspace, exact as of this snapshot.
    pub fn derived(&self, workspace: &Workspace) -> Result<Derived<'_>> {
        let runs = self.runs(workspace.id)?;
        let last = self.last_seq(workspace)?;
        let (tail, _) = self.delta(workspace, runs.through(), last, i64::MAX)?;
        let erased_at = self.erased_at(workspace.id)?;
        let tail = tail.in_order();
        Ok(Derived { tx: self, workspace: workspace.clone(), runs, tail, erased_at })
    }

    /// The events after `after` up to `last`, folded in memory; at least one of them, and no more when
    /// they weigh `at_most`. Answers which is the last.
    fn delta(
        &self,
        workspace: &Workspace,
        after: i64,
        last: i64,
        at_most: i64,
    ) -> Result<(Delta, i64)> {
        let mut through = last.min(after.saturating_add(at_most));
        let mut delta = Delta::new(workspace, usize::try_from(through - after).unwrap_or(0));
        let (upto, mut lines) = (through, 0);
        self.each_logged(workspace, after, upto, |logged| {
            let Logged { seq, added, taken_back } = logged;
            if let Some(added) = added {
                delta.add_purchase(added);
                lines += weight(added.items.len()) - 1;
            }
            if let Some(taken_back) = taken_back {
                delta.take_back(taken_back, seq);
                lines += weight(taken_back.items.len());
            }
            let is_enough = seq - after + lines >= at_most;
            if is_enough {
                through = seq;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        let events = (after, through);
        self.each_interaction_change(workspace.id, events, |entry, taken_back_by| {
            match taken_back_by {
                None => delta.add_entry(entry),
                Some(by) => delta.take_back_entry(entry, by),
            }
        })?;
        Ok((delta, through))
    }
}

/// What an event weighs where work and memory are bounded: a purchase of many lines is as much work as
/// many events.
pub fn weight(lines: usize) -> i64 {
    1 + i64::try_from(lines / LINES_OF_A_WEIGHT).unwrap_or(i64::MAX - 1)
}

const LINES_OF_A_WEIGHT: usize = 5;
/// What so many lines take in the log, about.
const BYTES_OF_A_WEIGHT: i64 = 32;

impl WriteTx<'_> {
    /// Folds the oldest events of the tail, of the weight of `at_most` or a little more, if it weighs
    /// at least `at_least`; the weight that is left.
    pub fn fold(&self, workspace: &Workspace, at_least: i64, at_most: i64) -> Result<i64> {
        if let Some(prepared) = self.prepare_fold(workspace, at_least, at_most)? {
            self.apply_fold(&prepared)?;
        }
        self.unfolded(workspace)
    }

    /// Writes what was prepared as a run, whose end is the mark then; `false`, and nothing done, when
    /// another fold or a change of the time zone came in between.
    pub fn apply_fold(&self, prepared: &PreparedFold) -> Result<bool> {
        let PreparedFold { workspace, after, through, blocks } = prepared;
        self.lock_workspace(workspace.id)?;
        // A change of the time zone in between makes other days of what was added up.
        let same_days =
            self.workspace(workspace.id)?.is_some_and(|now| now.timezone == workspace.timezone);
        if self.folded_through(workspace)? != *after || !same_days {
            return Ok(false);
        }
        self.add_run(workspace.id, (*after, *through), blocks)?;
        Ok(true)
    }

    /// Folds the oldest events of a tail, which `log` has, up to the `last` one: of the weight of `at_most`
    /// or a little more. What is left is not weighed, for that reads all of it. Answers how many events
    /// are left.
    pub(super) fn fold_oldest(
        &self,
        log: &ReadTx<'_>,
        workspace: &Workspace,
        last: i64,
        at_most: i64,
    ) -> Result<i64> {
        self.lock_workspace(workspace.id)?;
        let after = self.folded_through(workspace)?;
        if after >= last {
            return Ok(0);
        }
        let (delta, through) = log.delta(workspace, after, last, at_most)?;
        self.add_run(workspace.id, (after, through), &rows::blocks(&delta))?;
        Ok(last - through)
    }

    /// Throws the runs away, so that folding starts over; as after a change of the time zone, which
    /// moves days and months.
    pub fn unfold(&self, workspace: &Workspace) -> Result<()> {
        self.lock_workspace(workspace.id)?;
        self.engine.delete_runs(workspace.id)
    }
}
