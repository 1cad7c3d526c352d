//! Purchases: the rows of the log, by key, by number and by time.

use std::ops::RangeInclusive;

use crm_models::{EventId, PurchaseKind, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, params};

use super::error::Result;
use super::ids::{WorkspaceId, number_of};
use super::{ReadTx, column, items};
use crate::facts::PurchaseFact;

/// A stored purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseRow {
    /// Id of the event that brought it.
    pub id: EventId,
    /// The host's number for it.
    pub purchase_id: Option<String>,
    /// What it was; customer, products and labels as numbers.
    pub fact: PurchaseFact,
    /// When the collector took it in.
    pub received_at: Timestamp,
}

/// A page of purchases to ask for: those before a place, the latest first.
#[derive(Clone, Copy, Debug)]
pub struct PurchaseQuery {
    /// Not before this.
    pub from: Timestamp,
    /// Before this time; at this time, only those with a smaller seq.
    pub before: (Timestamp, i64),
    /// At most so many.
    pub limit: usize,
}

const COLUMNS: &str = "key, customer, kind, currency, total, channel, country, occurred_at, items, \
                       event_id, purchase_id, received_at";

impl ReadTx<'_> {
    /// Visits what the sums need of the purchases with these keys, in order.
    pub(super) fn each_purchase_fact(
        &self,
        keys: RangeInclusive<i64>,
        mut visit: impl FnMut(&PurchaseFact),
    ) -> Result<()> {
        let sql =
            "SELECT key, customer, kind, currency, total, channel, country, occurred_at, items
                   FROM purchases WHERE key BETWEEN ?1 AND ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([keys.start(), keys.end()])?;
        // One fact for all rows, so that its list of items is allocated once.
        let mut fact: Option<PurchaseFact> = None;
        while let Some(row) = rows.next()? {
            let items = fact.take().map(|fact| fact.items).unwrap_or_default();
            visit(fact.insert(read_fact(row, items)?));
        }
        Ok(())
    }

    /// One purchase by the host's number for it.
    pub fn purchase_by_id(
        &self,
        workspace: WorkspaceId,
        purchase_id: &str,
    ) -> Result<Option<PurchaseRow>> {
        let sql =
            format!("SELECT {COLUMNS} FROM purchases WHERE workspace = ?1 AND purchase_id = ?2");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query(params![workspace, purchase_id])?;
        rows.next()?.map(read_row).transpose()
    }

    /// One purchase by its place in the log.
    pub fn purchase(&self, workspace: WorkspaceId, seq: i64) -> Result<Option<PurchaseRow>> {
        let sql = format!("SELECT {COLUMNS} FROM purchases WHERE key = ?1");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([workspace.key(seq)])?;
        rows.next()?.map(read_row).transpose()
    }

    /// Purchases before a place in time, the latest first.
    pub fn purchases(
        &self,
        workspace: WorkspaceId,
        query: PurchaseQuery,
    ) -> Result<Vec<PurchaseRow>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM purchases
             WHERE workspace = ?1 AND occurred_at >= ?2 AND (occurred_at, key) < (?3, ?4)
             ORDER BY occurred_at DESC, key DESC LIMIT ?5"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let (before, seq) = query.before;
        let mut rows = statement.query(params![
            workspace,
            query.from.millis(),
            before.millis(),
            workspace.key(seq),
            i64::try_from(query.limit).unwrap_or(i64::MAX)
        ])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read_row(row)?);
        }
        Ok(found)
    }

    /// When the workspace last took in a purchase or an interaction.
    pub fn last_received_at(&self, workspace: WorkspaceId) -> Result<Option<Timestamp>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT max(coalesce((SELECT received_at FROM purchases WHERE key BETWEEN ?1 AND ?2
                                  ORDER BY key DESC LIMIT 1), -1),
                        coalesce((SELECT received_at FROM interactions WHERE key BETWEEN ?1 AND ?2
                                  ORDER BY key DESC LIMIT 1), -1))",
        )?;
        let keys = params![workspace.key(0), workspace.last_key()];
        let millis: Option<i64> = statement.query_row(keys, |row| row.get(0)).optional()?;
        Ok(millis.filter(|millis| *millis >= 0).map(Timestamp::from_millis))
    }
}

fn read_fact(row: &Row<'_>, mut items: Vec<crate::facts::ItemFact>) -> Result<PurchaseFact> {
    items.clear();
    if let ValueRef::Blob(packed) = row.get_ref(8)? {
        items::decode(packed, &mut items)?;
    }
    let kind = if row.get::<_, u8>(2)? == 0 { PurchaseKind::Sale } else { PurchaseKind::Refund };
    Ok(PurchaseFact {
        seq: number_of(row.get(0)?),
        customer: row.get(1)?,
        kind,
        currency: column::currency(row, 3)?,
        total: row.get(4)?,
        channel: row.get(5)?,
        country: row.get(6)?,
        occurred_at: column::time(row, 7)?,
        items,
    })
}

fn read_row(row: &Row<'_>) -> Result<PurchaseRow> {
    Ok(PurchaseRow {
        id: column::event_id(row, 9)?,
        purchase_id: row.get(10)?,
        fact: read_fact(row, Vec::new())?,
        received_at: column::time(row, 11)?,
    })
}
