//! Erasing customers: as if the shop had never known who they are.
//!
//! What they bought stays, as bought by nobody: the shop's books need it, and sums name nobody. Gone are
//! who they are, what they are found by, what happened with them, what was told of their purchases
//! beside products and money, and rejected events that speak of them. Gone means from the file, too:
//! at the end its pages are cleared of what was deleted, and SQLite's log is emptied.
//!
//! A [`CustomerHash`] of the id stays, in the database and in a list beside it (`list`). What was told
//! of a customer who was erased and arrives late is stored as of nobody, or not at all; and a database that
//! was brought back from a backup is rid of all that are on the list when the collector starts.
//!
//! It is done in steps, so that nobody waits long for the writer: the first one takes the identity, so
//! that from then on nothing leads to the person, and the others what has the number. Each step leaves
//! figures that agree with the log. Begun is noted, so that an interrupted one goes on.

mod came_back;
mod hash;
mod list;
mod mentions;
mod sent;

use std::time::{Duration, Instant};

use crm_models::{LineKind, Purchase, Timestamp};

pub use hash::CustomerHash;
use list::List;
use mentions::Mentions;

use super::error::Result;
use super::ids::{CustomerNumber, WorkspaceId};
use super::workspaces::Workspace;
use super::{ReadTx, Store, StoreError, WriteTx};

/// How long is waited for whoever reads, in order to clear the database's files.
const CLEARED_WITHIN: Duration = Duration::from_secs(10);
const LOG_TRIED_EVERY: Duration = Duration::from_millis(50);
/// Rejected events that are looked at in one snapshot, in bytes.
const REJECTED_AT_ONCE_BYTES: usize = 4 << 20;

/// What was erased of a customer, and when: no word of who it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Where.
    pub workspace: WorkspaceId,
    /// What is left of the id.
    pub hash: CustomerHash,
    /// When. What was told of the customer until then is not taken in any more.
    pub at: Timestamp,
    /// The number, if there was such a customer. It is not given again.
    pub(super) number: Option<CustomerNumber>,
    /// Purchases that are nobody's now.
    pub purchases: i64,
    /// Interactions that are gone.
    pub interactions: i64,
    /// Rejected events that are gone.
    pub rejected: i64,
    /// Whether all of it is done.
    pub is_done: bool,
}

/// What an erasure has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// What was erased.
    pub erasure: Erasure,
    /// Whether the files hold nothing of it any more. Else others read for long: asked again, or when the
    /// collector starts, they are cleared.
    pub is_gone: bool,
}

/// Rejected events that speak of somebody.
#[derive(Default)]
struct Mentioned {
    found: Vec<i64>,
    /// The last that was looked at.
    seen: i64,
}

impl Erasure {
    /// One that has nothing to do, of an id of which nobody is stored.
    fn of_nobody(workspace: WorkspaceId, hash: CustomerHash, at: Timestamp) -> Self {
        let (purchases, interactions, rejected) = (0, 0, 0);
        Self { workspace, hash, at, number: None, purchases, interactions, rejected, is_done: true }
    }
}

/// A purchase as of nobody, as it is stored when its customer was erased.
pub(super) fn nobodys(workspace: &Workspace, purchase: &Purchase) -> Purchase {
    let mut nobodys = purchase.clone();
    nobodys.customer_id = None;
    nobodys.number = None;
    nobodys.payment_method = None;
    nobodys.coupons.clear();
    nobodys.attributes.clear();
    for item in &mut nobodys.items {
        item.variant = None;
        // A product's name is the shop's.
        if item.kind != LineKind::Product {
            (item.name, item.sku) = (None, None);
        }
    }
    for id in [&mut nobodys.purchase_id, &mut nobodys.refund_of] {
        let other = id.as_ref().and_then(|id| hash::number_without_contact(workspace, id.as_str()));
        if let Some(other) = other {
            *id = Some(other.into());
        }
    }
    nobodys
}

impl ReadTx<'_> {
    /// A purchase by the number under which it stands since its customer was erased, where that was a
    /// contact; `None` where it stands under its own.
    pub(super) fn renumbered(
        &self,
        workspace: &Workspace,
        purchase: &Purchase,
    ) -> Result<Option<Purchase>> {
        let mut renumbered = None;
        if workspace.erased_at.is_none() {
            return Ok(renumbered);
        }
        for (at, id) in [&purchase.purchase_id, &purchase.refund_of].into_iter().enumerate() {
            let Some(id) = id else { continue };
            let Some(other) = hash::number_without_contact(workspace, id.as_str()) else {
                continue;
            };
            if !self.purchases_of_number(workspace.id, &other)?.is_empty() {
                let purchase = renumbered.get_or_insert_with(|| purchase.clone());
                let of = if at == 0 { &mut purchase.purchase_id } else { &mut purchase.refund_of };
                *of = Some(other.into());
            }
        }
        Ok(renumbered)
    }

    /// The number under which a purchase stands since its customer was erased, where its own was a contact.
    pub(super) fn number_since_erased(
        &self,
        workspace: WorkspaceId,
        purchase_id: &str,
    ) -> Result<Option<String>> {
        if !purchase_id.contains('@') {
            return Ok(None);
        }
        let known = self.known_workspace(workspace)?;
        let number = known.erased_at.and(hash::number_without_contact(&known, purchase_id));
        Ok(number)
    }

    /// Whether a rejected event, which may be cut, is about somebody who was erased and has not come back:
    /// it is not to be kept.
    pub(super) fn is_of_erased(&self, workspace: WorkspaceId, event: &str) -> Result<bool> {
        let known = self.known_workspace(workspace)?;
        if known.erased_at.is_none() {
            return Ok(false);
        }
        let Some(id) = sent::Sent::read(event).customer_id() else { return Ok(false) };
        Ok(self.customer_number(workspace, id.trim())?.is_none()
            && self.erasure_of(&known, &id)?.is_some())
    }

    /// Whether what was told of a customer at a time is not to be taken in, because the customer was erased
    /// since.
    pub(super) fn is_erased(
        &self,
        workspace: &Workspace,
        host_id: &str,
        told_at: Timestamp,
    ) -> Result<bool> {
        if workspace.erased_at.is_none_or(|latest| latest < told_at) {
            return Ok(false);
        }
        let erasure = self.erasure(workspace.id, &CustomerHash::of(workspace, host_id))?;
        Ok(erasure.is_some_and(|erasure| told_at <= erasure.at))
    }

    /// What was erased under an id, if anything was.
    pub fn erasure_of(&self, workspace: &Workspace, host_id: &str) -> Result<Option<Erasure>> {
        self.erasure(workspace.id, &CustomerHash::of(workspace, host_id))
    }
}

impl Store {
    /// Erases a customer, by one of the host's ids, in the name of `actor`. Once this returns, no file of
    /// the data folder has anything of the person, unless `Erased::is_gone` says that somebody who reads
    /// kept it from being cleared; `None` where there is no such customer. One who was
    /// erased before gets the same answer again.
    ///
    /// # Errors
    /// Something could not be written. What was begun goes on when it is asked again, or at the next start.
    pub fn erase_customer(
        &self,
        workspace: WorkspaceId,
        host_id: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<Option<Erased>> {
        let known = self.read::<_, StoreError>(|tx| tx.known_workspace(workspace))?;
        let (number, erased, mentioned) = self.read::<_, StoreError>(|tx| {
            let number = tx.customer_number(workspace, host_id)?;
            Ok((number, tx.erasure_of(&known, host_id)?, Mentions::of(tx, workspace, host_id)?))
        })?;
        let rejected = self.mentioned(workspace, &mentioned)?;
        let erasure = match (number, erased) {
            // Nobody, and nothing that speaks of anybody.
            (None, None) if rejected.found.is_empty() => return Ok(None),
            // What arrived late was rejected.
            (None, Some(erased)) => self.write(|tx| tx.release_late(&erased, &rejected.found))?,
            _ => {
                let at = known.erased_at.map_or(now, |last| now.max(last.plus_millis(1)));
                let hash = CustomerHash::of(&known, host_id);
                // Before anything else, so that no database comes back with somebody who is gone.
                List::of(self).add(&[(workspace, hash, at)])?;
                self.erase_identity(&known, host_id, at, (actor, now), (&mentioned, rejected))?
            }
        };
        let erasure = self.erase_further(erasure)?;
        let is_gone = self.clear_files()?;
        Ok(Some(Erased { erasure, is_gone }))
    }

    /// The rejected events that speak of a customer.
    fn mentioned(&self, workspace: WorkspaceId, mentions: &Mentions) -> Result<Mentioned> {
        let mut rejected = Mentioned::default();
        let Mentioned { found, seen } = &mut rejected;
        while self.read(|tx| mentions.find(tx, workspace, seen, found))? {}
        Ok(rejected)
    }

    /// The first step: who it was, what he or she is found by, and rejected events. From then on nothing
    /// leads to the person.
    fn erase_identity(
        &self,
        workspace: &Workspace,
        host_id: &str,
        at: Timestamp,
        (actor, now): (&str, Timestamp),
        (mentions, rejected): (&Mentions, Mentioned),
    ) -> Result<Erasure> {
        let id = workspace.id;
        let Mentioned { mut found, mut seen } = rejected;
        // What is behind the last fold is folded, as far as that need not hold up the writer.
        self.fold_beside(id)?;
        self.write(|tx| {
            tx.lock_workspace(id)?;
            let hash = CustomerHash::of(workspace, host_id);
            let number = tx.customer_number(id, host_id)?;
            // Somebody else was quicker.
            if number.is_none()
                && let Some(erased) = tx.erasure(id, &hash)?
            {
                return Ok(erased);
            }
            // What was rejected meanwhile.
            while mentions.find(tx, id, &mut seen, &mut found)? {}
            let mut erasure = Erasure::of_nobody(id, hash, at);
            erasure.rejected = tx.release_all(id, &found)?;
            if let Some(number) = number
                && let Some(profile) = tx.customer(id, number)?
            {
                tx.forget_customer(id, number, &profile)?;
                tx.audit(id, now, actor, "customer.erase", &format!("customer:{}", number.0))?;
                (erasure.number, erasure.is_done) = (Some(number), false);
            }
            tx.engine.insert_erasure(&erasure)?;
            tx.note_erased(id, at)?;
            Ok::<_, StoreError>(erasure)
        })
    }

    /// The other steps: what has the number.
    fn erase_further(&self, mut erasure: Erasure) -> Result<Erasure> {
        while !erasure.is_done {
            erasure = self.write(|tx| tx.erase_some(&erasure, self.fold_events))?;
        }
        Ok(erasure)
    }

    /// Clears the database's files of what was deleted: its log, and what deleted rows leave in its pages.
    /// `false` where others read or write without a pause, so that something may be left.
    fn clear_files(&self) -> Result<bool> {
        let until = Instant::now() + CLEARED_WITHIN;
        let mut is_gone = self.engine.scrub(until)?;
        loop {
            let is_empty = self.engine.empty_log()?;
            if is_empty || Instant::now() > until {
                is_gone &= is_empty;
                break;
            }
            std::thread::sleep(LOG_TRIED_EVERY);
        }
        if !is_gone {
            tracing::warn!(
                "somebody reads for long: what was erased may stand in the database's files until it is \
                 erased once more, or the collector starts again"
            );
        }
        Ok(is_gone)
    }
}

impl WriteTx<'_> {
    /// Lets rejected events go; how many were there.
    fn release_all(&self, workspace: WorkspaceId, rejected: &[i64]) -> Result<i64> {
        let mut released = 0;
        for one in rejected {
            released += i64::from(self.release_rejected(workspace, *one)?);
        }
        Ok(released)
    }

    /// Deletes rejected events that speak of somebody who was erased before; the erasure with them.
    fn release_late(&self, erased: &Erasure, rejected: &[i64]) -> Result<Erasure> {
        self.lock_workspace(erased.workspace)?;
        let mut erasure = self.one_erasure(erased)?;
        erasure.rejected += self.release_all(erased.workspace, rejected)?;
        self.engine.set_erasure(&erasure)?;
        Ok(erasure)
    }

    /// An erasure as it stands now: another process may have gone on with it.
    fn one_erasure(&self, erasure: &Erasure) -> Result<Erasure> {
        let found = self.erasure_at(erasure.workspace, &erasure.hash, erasure.at)?;
        found.ok_or_else(|| StoreError::Damaged("an erasure is gone".into()))
    }

    /// Takes out some of what has the number.
    fn erase_some(&self, erasure: &Erasure, fold_events: i64) -> Result<Erasure> {
        let workspace = erasure.workspace;
        self.lock_workspace(workspace)?;
        let known = self.known_workspace(workspace)?;
        let mut erasure = self.one_erasure(erasure)?;
        // What was corrected since the last step is behind the last fold. And the end of the log must not
        // move when its last rows are deleted.
        let last = self.last_seq(&known)?;
        while self.fold_oldest(self, &known, last, fold_events)? > 0 {}
        let some = match erasure.number {
            Some(number) => self.take_out_some(&known, number)?.map(|some| (number, some)),
            None => None,
        };
        match some {
            Some((number, some)) => {
                for seq in some.purchases {
                    let other = |id: &str| hash::number_without_contact(&known, id);
                    let counts = self.engine.disown_purchase(workspace, seq, number, other)?;
                    erasure.purchases += i64::from(counts);
                }
                for seq in some.interactions {
                    let gone = self.engine.delete_interaction(workspace, seq)?;
                    erasure.interactions += i64::from(gone);
                }
            }
            None => erasure.is_done = true,
        }
        self.engine.set_erasure(&erasure)?;
        self.note_erased(workspace, erasure.at)?;
        Ok(erasure)
    }

    /// Lets whoever reads in parts, or keeps an answer, know that something was erased.
    fn note_erased(&self, workspace: WorkspaceId, at: Timestamp) -> Result<()> {
        let last = self.erased_at(workspace)?;
        let at = last.map_or(at, |last| at.max(last.plus_millis(1)));
        self.engine.set_erased_at(workspace, at)
    }
}

#[cfg(test)]
mod tests;
