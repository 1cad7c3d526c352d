//! When a database is opened: what was begun is finished, and who came back with an older database is
//! erased again.

use std::collections::{BTreeMap, BTreeSet};

use crm_models::Timestamp;

use super::list::{List, Listed};
use super::{CustomerHash, Erasure};
use crate::store::error::{Result, StoreError};
use crate::store::ids::WorkspaceId;
use crate::store::workspaces::Workspace;
use crate::store::{ReadTx, Store};

impl Store {
    /// Brings database and list together.
    pub(in crate::store) fn erase_who_came_back(&self) -> Result<()> {
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
        let (mut people, mut changed) = (0, false);
        for workspace in &workspaces {
            let of_this = |(id, ..): &&Listed| *id == workspace.id;
            let back: Vec<_> = listed.difference(&known).filter(of_this).copied().collect();
            for erasure in begun.iter().filter(|begun| begun.workspace == workspace.id) {
                self.erase_further(workspace, erasure.clone())?;
                changed = true;
            }
            if !back.is_empty() {
                people += self.erase_again(workspace, &back)?;
                changed = true;
            }
        }
        if people > 0 {
            let what = "customers who had been erased were in this database, and are erased again";
            tracing::warn!(people, "{what}");
        }
        if changed { self.empty_log() } else { Ok(()) }
    }

    /// Erases those of a list of whom this database does not know that they were erased; how many of them
    /// it had.
    fn erase_again(&self, workspace: &Workspace, back: &[Listed]) -> Result<usize> {
        let hashes: BTreeSet<_> = back.iter().map(|(_, hash, _)| *hash).collect();
        // One look at all ids, whatever the length of the list.
        let mut ids = self.read(|tx| ids_of(tx, workspace, &hashes))?;
        let mut people = 0;
        for (_, hash, at) in back {
            let erasure = match ids.remove(hash) {
                Some(id) => self.erase_identity(workspace, &id, *at, ("cli", *at))?,
                None => self.note_erasure(workspace.id, *hash, *at)?,
            };
            people += usize::from(erasure.number.is_some());
            self.erase_further(workspace, erasure)?;
        }
        Ok(people)
    }

    /// Notes that an id was erased of which this database has nobody.
    fn note_erasure(
        &self,
        workspace: WorkspaceId,
        hash: CustomerHash,
        at: Timestamp,
    ) -> Result<Erasure> {
        let erasure = Erasure::of_nobody(workspace, hash, at);
        self.write(|tx| {
            tx.lock_workspace(workspace)?;
            tx.engine.insert_erasure(&erasure)?;
            tx.note_erased(workspace, at)
        })?;
        Ok(erasure)
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
