//! When a database is opened: what was begun is finished, and who came back with an older database is
//! erased again.

use std::collections::{BTreeMap, BTreeSet};

use super::list::{List, Listed};
use super::mentions::Mentions;
use super::{CustomerHash, Erasure};
use crate::store::error::{Result, StoreError};
use crate::store::workspaces::Workspace;
use crate::store::{ReadTx, Store};

/// Erasures that are noted in one transaction.
const NOTED_AT_ONCE: usize = 1_000;

impl Store {
    /// Brings database and list together, clears the files of what a stop or a kill has left in them, and
    /// finishes what was begun. To be called by whoever opens the database to serve it, before anybody else
    /// reads.
    ///
    /// # Errors
    /// The list cannot be read, or the database not written. What of it fails for one customer is told in
    /// the log, and does not keep the database from being served.
    pub fn erase_who_came_back(&self) -> Result<()> {
        let list = List::of(self);
        let listed = list.read()?;
        let (known, begun, workspaces) = self.read::<_, StoreError>(|tx| {
            let mut known = BTreeSet::new();
            tx.each_erasure(|erasure| {
                known.insert((erasure.workspace, erasure.hash, erasure.at));
                Ok(())
            })?;
            Ok((known, tx.begun_erasures()?, tx.workspaces()?))
        })?;
        // A list that was lost, or was not taken along.
        list.add(&known.difference(&listed).copied().collect::<Vec<_>>())?;
        let mut people = 0;
        for erasure in &begun {
            if let Err(error) = self.erase_further(erasure.clone()) {
                tracing::error!(%error, receipt = %erasure.hash, "an erasure cannot be finished");
            }
        }
        for workspace in &workspaces {
            let of_this = |(id, ..): &&Listed| *id == workspace.id;
            let back: Vec<_> = listed.difference(&known).filter(of_this).copied().collect();
            if !back.is_empty() {
                people += self.erase_again(workspace, &back)?;
            }
        }
        if people > 0 {
            let what = "customers who had been erased were in this database, and are erased again";
            tracing::warn!(people, "{what}");
        }
        if !known.is_empty() || people > 0 {
            self.clear_files()?;
        }
        Ok(())
    }

    /// Erases those of a list of whom this database does not know that they were erased; how many of them
    /// it had.
    fn erase_again(&self, workspace: &Workspace, back: &[Listed]) -> Result<usize> {
        let hashes: BTreeSet<_> = back.iter().map(|(_, hash, _)| *hash).collect();
        // One look at all ids, whatever the length of the list.
        let mut ids = self.read(|tx| ids_of(tx, workspace, &hashes))?;
        let (mut people, mut nobody) = (0, Vec::new());
        for (_, hash, at) in back {
            let Some(id) = ids.remove(hash) else {
                nobody.push(Erasure::of_nobody(workspace.id, *hash, *at));
                continue;
            };
            let mentions = self.read(|tx| Mentions::of(tx, workspace.id, &id))?;
            let rejected = self.mentioned(workspace.id, &mentions)?;
            let erased = self
                .erase_identity(workspace, &id, *at, ("cli", *at), (&mentions, rejected))
                .and_then(|erasure| self.erase_further(erasure));
            match erased {
                Ok(_) => people += 1,
                Err(error) => {
                    tracing::error!(%error, receipt = %hash, "somebody cannot be erased again")
                }
            }
        }
        // Of whom this database has nobody.
        for some in nobody.chunks(NOTED_AT_ONCE) {
            self.write(|tx| {
                tx.lock_workspace(workspace.id)?;
                some.iter().try_for_each(|erasure| tx.engine.insert_erasure(erasure))?;
                let latest = some.iter().map(|erasure| erasure.at).max();
                latest.map_or(Ok(()), |latest| tx.note_erased(workspace.id, latest))
            })?;
        }
        Ok(people)
    }
}

/// The ids of a workspace's customers that have one of some hashes.
fn ids_of(
    tx: &ReadTx<'_>,
    workspace: &Workspace,
    hashes: &BTreeSet<CustomerHash>,
) -> Result<BTreeMap<CustomerHash, String>> {
    let mut ids = BTreeMap::new();
    tx.each_customer_id(workspace.id, |id| {
        let hash = CustomerHash::of(workspace, id);
        if hashes.contains(&hash) {
            ids.insert(hash, id.to_owned());
        }
    })?;
    Ok(ids)
}
