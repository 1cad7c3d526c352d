//! Merging: of many runs of like size one is made, a step at a time.
//!
//! The size of a run is the number of its events, in powers of [`RUNS`]. When there are so many runs of
//! a size with none that is larger between them, they are merged, with the smaller ones between them. So a
//! row is written once for each power.
//!
//! A merge writes its run in steps of about a mebibyte, each in a transaction of its own, and notes how
//! far it has come; the runs that it merges are read meanwhile. The last step puts it in their place,
//! and then their blocks are deleted, in steps as well. A merge that was interrupted goes on.

use std::ops::ControlFlow;

use crm_models::Timestamp;

use super::block::{Block, Blocks};
use super::{Run, RunState, Runs, Unite};
use crate::store::error::Result;
use crate::store::ids::WorkspaceId;
use crate::store::{ReadTx, WriteTx};

/// So many runs of a size are merged. More make for fewer writes and slower reads; found by
/// `cargo bench --bench ingest` and `--bench reports`.
const RUNS: u8 = if cfg!(test) { 3 } else { 8 };
/// Events of the smallest size.
const SMALLEST: i64 = if cfg!(test) { 4 } else { 512 };
/// Bytes that a step writes, and reads. Tests take many steps.
const STEP_WRITES: usize = if cfg!(test) { 1 << 10 } else { 1 << 20 };
const STEP_READS: usize = 4 * STEP_WRITES;
/// Blocks that are deleted in a step.
const STEP_DELETES: usize = if cfg!(test) { 4 } else { 128 };

/// A step of merging, ready to be written.
pub struct PreparedMerge {
    workspace: WorkspaceId,
    /// When something had last been erased: what was read before is not to come back.
    erased_at: Option<Timestamp>,
    step: Step,
}

enum Step {
    /// Blocks of a run that others are merged into.
    Write {
        /// Which run, if it has been begun.
        run: Option<Growing>,
        /// The runs that are merged.
        merged: Vec<Run>,
        blocks: Vec<Block>,
        /// The last key that is in the blocks; `None` when these are the last ones.
        reached: Option<Vec<u8>>,
    },
    /// Blocks of a run that was merged are to be deleted.
    Delete(i64),
}

/// A run that others are being merged into.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Growing {
    run: Run,
    reached: Vec<u8>,
}

impl ReadTx<'_> {
    /// Prepares the next step of merging the runs of a workspace, if there is any, by a way to unite values.
    pub(in crate::store) fn prepare_merge_by(
        &self,
        workspace: WorkspaceId,
        unite: Unite,
    ) -> Result<Option<PreparedMerge>> {
        let erased_at = self.erased_at(workspace)?;
        if let Some(run) = self.merged_run(workspace)? {
            return Ok(Some(PreparedMerge { workspace, erased_at, step: Step::Delete(run) }));
        }
        let mut runs = self.runs(workspace)?;
        let growing = self.growing_run(workspace)?;
        let merged = match &growing {
            Some(Growing { run, .. }) => {
                let within = |one: &&Run| run.after <= one.after && one.through <= run.through;
                runs.runs.iter().filter(within).copied().collect()
            }
            None => due(&runs.runs).to_vec(),
        };
        if merged.is_empty() {
            return Ok(None);
        }
        runs.runs.clone_from(&merged);
        let reached = growing.as_ref().map(|growing| growing.reached.as_slice());
        let (blocks, reached) = united(&runs, reached, unite)?;
        let step = Step::Write { run: growing, merged, blocks, reached };
        Ok(Some(PreparedMerge { workspace, erased_at, step }))
    }

    fn merged_run(&self, workspace: WorkspaceId) -> Result<Option<i64>> {
        let merged = self.runs_in(workspace, RunState::Merged)?;
        Ok(merged.iter().map(|run| run.number).min())
    }

    fn growing_run(&self, workspace: WorkspaceId) -> Result<Option<Growing>> {
        let Some(run) = self.runs_in(workspace, RunState::Growing)?.pop() else { return Ok(None) };
        let reached = self.run_reached(workspace, run.number)?;
        Ok(Some(Growing { run, reached: reached.unwrap_or_default() }))
    }
}

/// The runs that are to be merged: neighbours of which there are enough of a size, the smallest first.
fn due(runs: &[Run]) -> &[Run] {
    let size = |run: &Run| ((run.through - run.after) / SMALLEST).max(1).ilog(RUNS.into());
    let largest = runs.iter().map(size).max().unwrap_or_default();
    let of_size = |most| {
        let neighbours = runs.split(move |run| size(run) > most);
        neighbours
            .filter(move |some| some.iter().filter(|run| size(run) == most).count() >= RUNS.into())
    };
    (0..=largest).find_map(|most| of_size(most).next()).unwrap_or_default()
}

/// The rows of some runs as one, behind the key that was reached: about as many as a step writes, and
/// the last key of them unless they are the last.
fn united(
    runs: &Runs<'_>,
    reached: Option<&[u8]>,
    unite: Unite,
) -> Result<(Vec<Block>, Option<Vec<u8>>)> {
    // The first key that is greater.
    let from: Vec<u8> = reached.map_or(Vec::new(), |key| [key, &[0]].concat());
    let (mut blocks, mut value) = (Blocks::default(), Vec::new());
    let (mut read, mut is_last, mut last) = (0, true, Vec::new());
    runs.each(&from, BEHIND_ALL, |key, values| {
        if blocks.bytes() >= STEP_WRITES || read >= STEP_READS {
            is_last = false;
            return Ok(ControlFlow::Break(()));
        }
        read += values.iter().map(|value| value.len() + key.len()).sum::<usize>();
        last.clear();
        last.extend_from_slice(key);
        if values.iter().len() == 1 {
            values.iter().for_each(|value| blocks.push(key, value));
            return Ok(ControlFlow::Continue(()));
        }
        value.clear();
        unite(key, &mut values.iter(), &mut value)?;
        // What was added and taken back leaves nothing.
        if !value.is_empty() {
            blocks.push(key, &value);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((blocks.finish(), (!is_last).then_some(last)))
}

/// Greater than every key: none begins like this.
pub(in crate::store) const BEHIND_ALL: &[u8] = &[0xff];

impl WriteTx<'_> {
    /// Writes a step of a merge; `false`, and nothing done, when something else was done to the runs
    /// meanwhile.
    pub fn apply_merge(&self, prepared: &PreparedMerge) -> Result<bool> {
        let workspace = prepared.workspace;
        // What it was prepared of is looked at under the lock: others may fold and merge as well.
        self.lock_workspace(workspace)?;
        if self.erased_at(workspace)? != prepared.erased_at {
            return Ok(false);
        }
        match &prepared.step {
            Step::Delete(run) => {
                if self.merged_run(workspace)? != Some(*run) {
                    return Ok(false);
                }
                self.delete_blocks(workspace, *run)?;
            }
            Step::Write { run, merged, blocks, reached } => {
                let stands = self.runs(workspace)?.runs;
                let as_before = self.growing_run(workspace)? == *run
                    && merged.iter().all(|run| stands.contains(run));
                let (Some(first), Some(last), true) = (merged.first(), merged.last(), as_before)
                else {
                    return Ok(false);
                };
                let number = match run {
                    Some(growing) => growing.run.number,
                    None => {
                        let events = (first.after, last.through);
                        self.engine.insert_run(workspace, events, RunState::Growing)?
                    }
                };
                self.engine.insert_blocks(workspace, number, blocks)?;
                if let Some(reached) = reached {
                    self.engine.set_run_reached(workspace, number, reached)?;
                    return Ok(true);
                }
                for run in merged {
                    self.engine.set_run_state(workspace, run.number, RunState::Merged)?;
                }
                self.engine.set_run_state(workspace, number, RunState::Whole)?;
            }
        }
        Ok(true)
    }

    fn delete_blocks(&self, workspace: WorkspaceId, run: i64) -> Result<()> {
        let deleted = self.engine.delete_blocks(workspace, run, STEP_DELETES)?;
        if deleted < STEP_DELETES {
            self.engine.delete_run(workspace, run)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of so many events each, one behind the other.
    fn runs(events: &[i64]) -> Vec<Run> {
        let mut after = 0;
        let run = |(number, events): (i64, &i64)| {
            let run = Run { number, after, through: after + events };
            after = run.through;
            run
        };
        (1_i64..).zip(events).map(run).collect()
    }

    #[test]
    fn neighbours_of_a_size_are_merged_and_larger_ones_left_alone() {
        let due = |events: &[i64]| -> Vec<i64> {
            let runs = runs(events);
            due(&runs).iter().map(|run| run.through - run.after).collect()
        };
        const NONE: [i64; 0] = [];
        // In tests three runs are enough, sizes are powers of three, and the smallest is up to 11.
        assert_eq!(due(&[]), NONE);
        assert_eq!(due(&[5, 5]), NONE);
        assert_eq!(due(&[1, 5, 11]), [1, 5, 11]);
        assert_eq!(due(&[900, 5, 5]), NONE, "a large one counts for itself alone");
        assert_eq!(due(&[900, 5, 1, 7]), [5, 1, 7]);
        assert_eq!(due(&[5, 5, 12, 5, 5]), NONE, "none is larger between them");
        assert_eq!(due(&[900, 12, 5, 35, 5, 5, 20]), [12, 5, 35, 5, 5, 20]);
        assert_eq!(due(&[40, 40, 40, 12, 12, 5, 5, 5]), [5, 5, 5], "the smallest first");
    }

    #[test]
    fn a_row_is_written_once_for_each_power() {
        let (mut events, mut written) = (Vec::new(), 0);
        for _ in 0..3_i64.pow(6) {
            events.push(4);
            written += 4;
            loop {
                let some = runs(&events);
                let due = due(&some);
                let (Some(first), Some(last)) = (due.first(), due.last()) else { break };
                let merged = last.through - first.after;
                let range = usize::try_from(first.number - 1).unwrap()
                    ..usize::try_from(last.number).unwrap();
                events.splice(range, [merged]);
                written += merged;
            }
            assert!(events.len() <= 2 * 7, "{events:?}");
        }
        assert_eq!(events, [4 * 3_i64.pow(6)]);
        assert_eq!(written, 7 * 4 * 3_i64.pow(6));
    }
}
