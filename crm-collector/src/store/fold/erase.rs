//! Taking a customer out of what is folded: what he or she bought becomes nobody's, and what happened
//! else is gone.
//!
//! What stands in runs afterwards is what a fold of the log makes that was changed in the same way, so
//! that `check` finds nothing. Sums lose nothing; sets of buyers and histories lose the customer.

use std::collections::{BTreeMap, BTreeSet};

use super::delta::Delta;
use super::histories::{self, latest_lines};
use super::line::Line;
use super::rows::{figures, unite};
use crate::facts::{HistoryKind, PurchaseFact};
use crate::store::WriteTx;
use crate::store::error::Result;
use crate::store::ids::CustomerNumber;
use crate::store::runs::rows_of;
use crate::store::workspaces::Workspace;

/// Lines of a customer that are taken out at once, or a few more: whoever else writes waits for that
/// long.
const AT_ONCE: usize = if cfg!(test) { 3 } else { 2_048 };

/// Whose places in the log were taken out of the figures.
#[derive(Debug, Default)]
pub(in crate::store) struct TakenOut {
    /// Purchases, and those that took the place of them, which may be those of others.
    pub(in crate::store) purchases: BTreeSet<i64>,
    pub(in crate::store) interactions: BTreeSet<i64>,
}

/// What is done to a row of a run.
enum Change {
    /// This is united with it.
    Add(Vec<u8>),
    /// It loses what it has of a customer up to a place in the log.
    Lose { customer: CustomerNumber, through: i64 },
}

impl WriteTx<'_> {
    /// Takes some of what runs have of a customer out of them; `None` when there was nothing left. The
    /// log itself is as it was: its rows are to be changed in the same transaction.
    pub(in crate::store) fn take_out_some(
        &self,
        workspace: &Workspace,
        customer: CustomerNumber,
    ) -> Result<Option<TakenOut>> {
        self.lock_workspace(workspace.id)?;
        self.give_up_merging(workspace.id)?;
        let runs = self.runs(workspace.id)?;
        let Some(latest) = latest_lines(&runs, customer, AT_ONCE)? else { return Ok(None) };
        let mut taken = TakenOut::default();
        for lines in latest.lines.chunk_by(|(one, _), (other, _)| one == other) {
            let mut delta = Delta::new(workspace, lines.len());
            for (_, line) in lines {
                self.disown(workspace, line, &mut delta, &mut taken)?;
            }
            let added = rows_of(&figures(&delta))?.into_iter();
            let mut changes: BTreeMap<Vec<u8>, Change> =
                added.map(|(key, value)| (key, Change::Add(value))).collect();
            let row = histories::row((latest.month, histories::bucket_of(customer)));
            let lose = Change::Lose { customer, through: latest.through };
            changes.insert(row.to_vec(), lose);
            let (at, _) = lines[0];
            self.rewrite_run(
                workspace.id,
                runs.list()[at],
                &changes,
                |key, value, change, out| {
                    let value = value.into_iter();
                    match change {
                        Change::Add(added) => unite(key, value.chain([added.as_slice()]), out),
                        Change::Lose { customer, through } => {
                            histories::lose(key, value, *customer, *through, out)
                        }
                    }
                },
            )?;
        }
        Ok(Some(taken))
    }

    /// Adds what a line's event would have made of it if it had been nobody's, and takes back what it
    /// made of it.
    fn disown(
        &self,
        workspace: &Workspace,
        line: &Line,
        delta: &mut Delta,
        taken: &mut TakenOut,
    ) -> Result<()> {
        let entry = line.entry();
        if entry.kind == HistoryKind::Interaction {
            taken.interactions.insert(entry.seq);
            return Ok(());
        }
        let owned = PurchaseFact {
            customer: Some(entry.customer),
            ..self.fact_at(workspace.id, entry.seq)?
        };
        let nobodys = PurchaseFact { customer: None, ..owned.clone() };
        taken.purchases.insert(entry.seq);
        match line {
            Line::Entry(_) => {
                delta.add_purchase(&nobodys);
                delta.take_back(&owned, entry.seq);
            }
            // The other way round: what was taken back of the customer was taken back of nobody.
            Line::TakenBack { by, .. } => {
                taken.purchases.insert(*by);
                delta.take_back(&nobodys, *by);
                delta.add_purchase(&owned);
            }
        }
        Ok(())
    }
}
