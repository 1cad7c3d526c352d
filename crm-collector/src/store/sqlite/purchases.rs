//! The table of purchases.

use std::ops::ControlFlow;

use crm_models::{Currency, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, params};

use super::numbers::{key, last_key, number_of};
use super::sealed::Sealed;
use super::{Snapshot, column};
use crate::store::{LoggedFact, LoggedPurchase, PurchaseQuery, Result, WorkspaceId};

pub(super) static ROWS: Sealed = Sealed::new(
    "purchases",
    &["key"],
    &[
        "key",
        "workspace",
        "event_id",
        "purchase_id",
        "customer",
        "kind",
        "currency",
        "total",
        "channel",
        "country",
        "occurred_at",
        "received_at",
        "items",
    ],
);

const FACT: &str = "key, customer, kind, currency, total, channel, country, occurred_at, items";
const ALL: &str = "key, customer, kind, currency, total, channel, country, occurred_at, items, \
                   event_id, purchase_id, received_at";

impl Snapshot<'_> {
    /// Visits what the sums need of the purchases of the log behind one place up to another, in order,
    /// until a visit has seen enough.
    pub(in crate::store) fn each_logged_fact(
        &self,
        workspace: WorkspaceId,
        (after, through): (i64, i64),
        mut visit: impl FnMut(&LoggedFact<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let sql = format!("SELECT {FACT} FROM purchases WHERE key > ?1 AND key <= ?2");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([key(workspace, after), key(workspace, through)])?;
        while let Some(row) = rows.next()? {
            if visit(&fact(row)?)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// What `read` makes of one purchase by the host's number for it.
    pub(in crate::store) fn logged_purchase_by_id<T>(
        &self,
        workspace: WorkspaceId,
        purchase_id: &str,
        read: impl FnOnce(&LoggedPurchase<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let sql = format!("SELECT {ALL} FROM purchases WHERE workspace = ?1 AND purchase_id = ?2");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query(params![workspace, purchase_id])?;
        rows.next()?.map(|row| read(&logged(row)?)).transpose()
    }

    /// What `read` makes of one purchase by its place in the log.
    pub(in crate::store) fn logged_purchase<T>(
        &self,
        workspace: WorkspaceId,
        seq: i64,
        read: impl FnOnce(&LoggedPurchase<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let sql = format!("SELECT {ALL} FROM purchases WHERE key = ?1");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([key(workspace, seq)])?;
        rows.next()?.map(|row| read(&logged(row)?)).transpose()
    }

    /// Visits purchases before a place in time, of any product, the latest first, until the visitor
    /// breaks off.
    pub(in crate::store) fn each_logged_purchase_before(
        &self,
        workspace: WorkspaceId,
        query: PurchaseQuery,
        mut visit: impl FnMut(&LoggedPurchase<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let sql = format!(
            "SELECT {ALL} FROM purchases
             WHERE workspace = ?1 AND occurred_at >= ?2 AND (occurred_at, key) < (?3, ?4)
             AND (?5 IS NULL OR country = ?5) AND (?6 IS NULL OR channel = ?6)
             AND (?7 IS NULL OR currency = ?7)
             ORDER BY occurred_at DESC, key DESC"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let (before, seq) = query.before;
        let mut rows = statement.query(params![
            workspace,
            query.from.millis(),
            before.millis(),
            key(workspace, seq),
            query.filter.country,
            query.filter.channel,
            query.filter.currency.map(Currency::number),
        ])?;
        while let Some(row) = rows.next()? {
            if visit(&logged(row)?)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// When the workspace last took in a purchase or an interaction.
    pub fn last_received_at(&self, workspace: WorkspaceId) -> Result<Option<Timestamp>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT max(coalesce((SELECT received_at FROM purchases WHERE key BETWEEN ?1 AND ?2
                                  ORDER BY key DESC LIMIT 1), -1),
                        coalesce((SELECT received_at FROM interactions WHERE key BETWEEN ?1 AND ?2
                                  ORDER BY key DESC LIMIT 1), -1))",
        )?;
        let keys = params![key(workspace, 0), last_key(workspace)];
        let millis: Option<i64> = statement.query_row(keys, |row| row.get(0)).optional()?;
        Ok(millis.filter(|millis| *millis >= 0).map(Timestamp::from_millis))
    }
}

fn fact<'r>(row: &'r Row<'_>) -> rusqlite::Result<LoggedFact<'r>> {
    Ok(LoggedFact {
        seq: number_of(row.get(0)?),
        customer: row.get(1)?,
        kind: row.get(2)?,
        currency: column::currency(row, 3)?,
        total: row.get(4)?,
        channel: row.get(5)?,
        country: row.get(6)?,
        occurred_at: column::time(row, 7)?,
        items: match row.get_ref(8)? {
            ValueRef::Blob(packed) => packed,
            _ => &[],
        },
    })
}

fn logged<'r>(row: &'r Row<'_>) -> rusqlite::Result<LoggedPurchase<'r>> {
    Ok(LoggedPurchase {
        id: column::event_id(row, 9)?,
        purchase_id: row.get_ref(10)?.as_str_or_null()?,
        fact: fact(row)?,
        received_at: column::time(row, 11)?,
    })
}
