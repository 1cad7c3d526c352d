//! The table of those who were erased, and what erasing does to the rows of others.

use crm_models::{EventId, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::log::NOT_LOGGED;
use super::numbers::key;
use super::sealed::Sealed;
use super::{Snapshot, Transaction, column, interactions, purchases};

use crate::store::{
    CustomerHash, CustomerNumber, Erasure, INTERACTION_VOID, Result, VOID, WorkspaceId,
};

pub(super) static ROWS: Sealed = Sealed::new(
    "erasures",
    &["workspace", "hash", "at"],
    &["workspace", "hash", "at", "number", "purchases", "interactions", "rejected", "done"],
);

const COLUMNS: &str = "workspace, hash, at, number, purchases, interactions, rejected, done";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Erasure> {
    let number: u32 = row.get(3)?;
    Ok(Erasure {
        workspace: row.get(0)?,
        hash: CustomerHash(row.get(1)?),
        at: column::time(row, 2)?,
        number: (number != 0).then_some(CustomerNumber(number)),
        purchases: row.get(4)?,
        interactions: row.get(5)?,
        rejected: row.get(6)?,
        is_done: row.get(7)?,
    })
}

impl Snapshot<'_> {
    /// The latest erasure of a hash.
    pub(in crate::store) fn erasure(
        &self,
        workspace: WorkspaceId,
        hash: &CustomerHash,
    ) -> Result<Option<Erasure>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM erasures WHERE workspace = ?1 AND hash = ?2
             ORDER BY at DESC LIMIT 1"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut found = statement.query_map(params![workspace, hash.0], from_row)?;
        Ok(found.next().transpose()?)
    }

    /// One erasure.
    pub(in crate::store) fn erasure_at(
        &self,
        workspace: WorkspaceId,
        hash: &CustomerHash,
        at: Timestamp,
    ) -> Result<Option<Erasure>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM erasures WHERE workspace = ?1 AND hash = ?2 AND at = ?3"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut found = statement.query_map(params![workspace, hash.0, at.millis()], from_row)?;
        Ok(found.next().transpose()?)
    }

    /// Visits all erasures of all workspaces.
    pub(in crate::store) fn each_erasure(
        &self,
        mut visit: impl FnMut(Erasure) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.conn.prepare(&format!("SELECT {COLUMNS} FROM erasures"))?;
        for found in statement.query_map([], from_row)? {
            visit(found?)?;
        }
        Ok(())
    }

    /// The erasures that have been begun and are not done.
    pub(in crate::store) fn begun_erasures(&self) -> Result<Vec<Erasure>> {
        let sql = format!("SELECT {COLUMNS} FROM erasures WHERE done = 0");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let found = statement.query_map([], from_row)?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// Visits the ids of all customers of a workspace.
    pub(in crate::store) fn each_customer_id(
        &self,
        workspace: WorkspaceId,
        mut visit: impl FnMut(&str),
    ) -> Result<()> {
        let sql = "SELECT host_id FROM customer_ids WHERE workspace = ?1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([workspace])?;
        while let Some(row) = rows.next()? {
            visit(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
        }
        Ok(())
    }
}

impl Transaction<'_> {
    /// Notes an erasure.
    pub(in crate::store) fn insert_erasure(&self, erasure: &Erasure) -> Result<()> {
        self.hold_lock()?;
        ROWS.insert(
            self.conn,
            params![
                erasure.workspace,
                erasure.hash.0,
                erasure.at.millis(),
                erasure.number.map_or(0, |number| number.0),
                erasure.purchases,
                erasure.interactions,
                erasure.rejected,
                erasure.is_done
            ],
        )
    }

    /// Notes how far an erasure has come.
    pub(in crate::store) fn set_erasure(&self, erasure: &Erasure) -> Result<()> {
        ROWS.change(
            self.conn,
            "purchases = ?4, interactions = ?5, rejected = ?6, done = ?7",
            params![
                erasure.workspace,
                erasure.hash.0,
                erasure.at.millis(),
                erasure.purchases,
                erasure.interactions,
                erasure.rejected,
                erasure.is_done
            ],
        )?;
        Ok(())
    }

    /// Deletes a customer and the id. What he or she is found by is deleted apart.
    pub(in crate::store) fn delete_customer(
        &self,
        workspace: WorkspaceId,
        number: CustomerNumber,
        host_id: &str,
    ) -> Result<()> {
        let sql = "DELETE FROM customers WHERE key = ?1";
        self.conn.prepare_cached(sql)?.execute([key(workspace, number.0.into())])?;
        let sql = "DELETE FROM customer_ids WHERE workspace = ?1 AND host_id = ?2";
        self.conn.prepare_cached(sql)?.execute(params![workspace, host_id])?;
        Ok(())
    }

    /// Makes a purchase nobody's, if it is this customer's: it keeps what it was and what it came to, and
    /// loses what is shown and counted nowhere. `true` where it is one that counts, not a past one.
    pub(in crate::store) fn disown_purchase(
        &self,
        workspace: WorkspaceId,
        seq: i64,
        customer: CustomerNumber,
        ids: impl Fn(&str) -> Option<String>,
    ) -> Result<bool> {
        let key = key(workspace, seq);
        for table in [&purchases::ROWS, &purchases::PAST] {
            let sql = format!(
                "SELECT purchase_id, refund_of, state FROM {} WHERE key = ?1 AND customer = ?2",
                table.name()
            );
            let mut statement = self.conn.prepare_cached(&sql)?;
            let mut rows = statement.query(params![key, customer])?;
            let Some(row) = rows.next()? else { continue };
            let (purchase_id, refund_of): (Option<String>, Option<String>) =
                (row.get(0)?, row.get(1)?);
            let state: Option<u8> = row.get(2)?;
            drop(rows);
            // Another purchase may stand under that number already.
            let taken = format!(
                "SELECT EXISTS (SELECT 1 FROM {0} AS other JOIN {0} AS own ON own.key = ?1
                 WHERE other.workspace = own.workspace AND other.purchase_id = ?2
                 AND ifnull(other.source, 0) = ifnull(own.source, 0) AND other.key <> ?1)",
                table.name()
            );
            let mut taken = self.conn.prepare_cached(&taken)?;
            let purchase_id = match purchase_id.as_deref().and_then(&ids) {
                Some(other) if taken.query_row(params![key, other], |row| row.get(0))? => {
                    Some(format!("{other}-{seq}"))
                }
                Some(other) => Some(other),
                None => purchase_id,
            };
            let refund_of = refund_of.as_deref().and_then(&ids).or(refund_of);
            let set = "customer = NULL, details = NULL, purchase_id = ?2, refund_of = ?3";
            table.change(self.conn, set, params![key, purchase_id, refund_of])?;
            let counts = std::ptr::eq(table, &purchases::ROWS);
            if counts || state == Some(VOID) {
                self.forget_versions_before(workspace, seq)?;
            }
            return Ok(counts);
        }
        Ok(false)
    }

    /// Takes out what was told beside money and products of the versions of a purchase before one,
    /// whoever's they were: they tell of the same order.
    pub(in crate::store) fn forget_versions_before(
        &self,
        workspace: WorkspaceId,
        seq: i64,
    ) -> Result<()> {
        let mut before =
            self.conn.prepare_cached("SELECT replaces FROM corrections WHERE key = ?1")?;
        let mut version = Some(key(workspace, seq));
        while let Some(key) = version {
            version = before.query_row([key], |row| row.get(0)).optional()?;
            if let Some(earlier) = version {
                purchases::PAST.change(self.conn, "details = NULL", params![earlier])?;
            }
        }
        Ok(())
    }

    /// Takes out what past versions of an interaction tell, whoever's they were. That there were such stays,
    /// for histories have it.
    pub(in crate::store) fn forget_past_of_interaction(
        &self,
        workspace: WorkspaceId,
        id: &EventId,
    ) -> Result<()> {
        let sql = "SELECT key FROM past_interactions WHERE workspace = ?1 AND event_id = ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let keys = statement.query_map(params![workspace, id.as_bytes()], |row| row.get(0))?;
        for past in keys.collect::<rusqlite::Result<Vec<i64>>>()? {
            let set = "subject = NULL, text = NULL, attributes = NULL";
            interactions::PAST.change(self.conn, set, params![past])?;
        }
        Ok(())
    }

    /// Deletes an interaction, or a past version of one with the mark that took it back. Ids stay taken,
    /// so that it does not come back. With the latest version, or with the mark behind it, goes what all
    /// others tell. `true` where it is one that counts, not a past one.
    pub(in crate::store) fn delete_interaction(
        &self,
        workspace: WorkspaceId,
        seq: i64,
    ) -> Result<bool> {
        let key = key(workspace, seq);
        if self.delete_version(&interactions::ROWS, workspace, key)? {
            return Ok(true);
        }
        // What took its place stays, for it may be somebody else's; a mark has nothing to take back then.
        if self.delete_version(&interactions::PAST, workspace, key)? {
            let sql = "DELETE FROM corrections WHERE replaces = ?1 RETURNING key";
            let by: Option<i64> =
                self.conn.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()?;
            let sql = format!(
                "SELECT 1 FROM past_interactions WHERE key = ?1 AND kind = {INTERACTION_VOID}"
            );
            if let Some(by) = by
                && self.conn.prepare_cached(&sql)?.exists([by])?
            {
                self.delete_version(&interactions::PAST, workspace, by)?;
            }
        }
        Ok(false)
    }

    /// Deletes a row of interactions, and lets the ids that lead to it lead nowhere.
    fn delete_version(&self, of: &Sealed, workspace: WorkspaceId, key: i64) -> Result<bool> {
        let sql =
            format!("DELETE FROM {} WHERE key = ?1 RETURNING event_id, brought_by", of.name());
        let ids = self
            .conn
            .prepare_cached(&sql)?
            .query_row([key], |row| {
                Ok((column::event_id(row, 0)?, column::optional_event_id(row, 1)?))
            })
            .optional()?;
        let Some((id, brought_by)) = ids else { return Ok(false) };
        let sql =
            "UPDATE event_ids SET key = ?4 WHERE workspace = ?1 AND event_id = ?2 AND key = ?3";
        let mut lead_nowhere = self.conn.prepare_cached(sql)?;
        let mut led_here =
            |id: &EventId| lead_nowhere.execute(params![workspace, id.as_bytes(), key, NOT_LOGGED]);
        if let Some(brought_by) = brought_by {
            led_here(&brought_by)?;
        }
        if led_here(&id)? > 0 {
            self.forget_past_of_interaction(workspace, &id)?;
        }
        Ok(true)
    }
}
