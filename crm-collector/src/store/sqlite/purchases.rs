//! The table of purchases.

use std::ops::ControlFlow;

use crm_models::{Currency, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Params, Row, ToSql, params};

use super::numbers::{key, last_key, number_of};
use super::sealed::{Insertion, Sealed};
use super::{Snapshot, column};
use crate::store::{LoggedChange, LoggedFact, LoggedPurchase, PurchaseQuery, Result, WorkspaceId};

/// Those that count, or will.
pub(super) static ROWS: Sealed = Sealed::new("purchases", &["key"], CONTENT).with_later(LATER);

/// Those that others have taken the place of.
pub(super) static PAST: Sealed = Sealed::new("past_purchases", &["key"], CONTENT).with_later(LATER);

const CONTENT: &[&str] = &[
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
    "source",
    "state",
    "updated_at",
    "refund_of",
    "amounts",
    "details",
];
const LATER: usize = 6;

/// What the sums need. Behind it stands, of a whole purchase, [`BESIDE`].
const FACT: &str = "key, customer, kind, currency, total, channel, country, occurred_at, items, \
                    state, amounts";
const BESIDE: &str = "event_id, purchase_id, received_at, source, updated_at, refund_of, details";

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
        let keys = [key(workspace, after), key(workspace, through)];
        self.each_row(&sql, keys, |row| visit(&fact(row)?))
    }

    /// The same of everything that an event did, with what it took the place of: purchases that others
    /// have taken the place of since are among them.
    pub(in crate::store) fn each_logged_change(
        &self,
        workspace: WorkspaceId,
        (after, through): (i64, i64),
        mut visit: impl FnMut(&LoggedChange<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let keys = [key(workspace, after), key(workspace, through)];
        let has_past: bool = self
            .conn
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM past_purchases WHERE key > ?1 AND key <= ?2)
                     OR EXISTS (SELECT 1 FROM corrections WHERE key > ?1 AND key <= ?2)",
            )?
            .query_row(keys, |row| row.get(0))?;
        if !has_past {
            return self.each_logged_fact(workspace, (after, through), |fact| {
                visit(&LoggedChange { fact: LoggedFact { ..*fact }, replaces: None })
            });
        }
        // Two lists in order are merged; nothing is sorted.
        let sql = format!(
            "SELECT {FACT}, (SELECT replaces FROM corrections WHERE corrections.key = logged.key)
             FROM (SELECT {FACT} FROM purchases WHERE key > ?1 AND key <= ?2
                   UNION ALL
                   SELECT {FACT} FROM past_purchases WHERE key > ?1 AND key <= ?2) AS logged
             ORDER BY key"
        );
        self.each_row(&sql, keys, |row| {
            let replaces: Option<i64> = row.get(11)?;
            visit(&LoggedChange { fact: fact(row)?, replaces: replaces.map(number_of) })
        })
    }

    /// What `read` makes of a purchase that another has taken the place of, by its place in the log.
    pub(in crate::store) fn logged_past<T>(
        &self,
        workspace: WorkspaceId,
        seq: i64,
        read: impl FnOnce(&LoggedFact<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let sql = format!("SELECT {FACT} FROM past_purchases WHERE key = ?1");
        self.one_row(&sql, [key(workspace, seq)], |row| read(&fact(row)?))
    }

    /// What `read` makes of one purchase by the label of its source, 0 for none, and the host's number
    /// for it.
    pub(in crate::store) fn logged_purchase_by_id<T>(
        &self,
        workspace: WorkspaceId,
        source: u32,
        purchase_id: &str,
        read: impl FnOnce(&LoggedPurchase<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let sql = format!(
            "SELECT {FACT}, {BESIDE} FROM purchases
             WHERE workspace = ?1 AND purchase_id = ?2 AND ifnull(source, 0) = ?3"
        );
        self.one_row(&sql, params![workspace, purchase_id, source], |row| read(&logged(row)?))
    }

    /// Visits the purchases of a number, of whatever source: at most so many.
    pub(in crate::store) fn each_logged_of_number(
        &self,
        workspace: WorkspaceId,
        purchase_id: &str,
        at_most: u32,
        visit: impl FnMut(&LoggedPurchase<'_>) -> Result<()>,
    ) -> Result<()> {
        let of = "purchases WHERE workspace = ?1 AND purchase_id = ?2";
        self.each_of(of, params![workspace, purchase_id, at_most], visit)
    }

    /// Visits the purchases of a source, or of any, behind one place in the log up to another, in its order:
    /// at most so many.
    pub(in crate::store) fn each_logged_of_source(
        &self,
        workspace: WorkspaceId,
        source: Option<u32>,
        (after, through): (i64, i64),
        at_most: usize,
        mut visit: impl FnMut(&LoggedPurchase<'_>) -> Result<()>,
    ) -> Result<()> {
        let sql = format!(
            "SELECT {FACT}, {BESIDE} FROM purchases WHERE key > ?1 AND key <= ?2
             AND (?3 IS NULL OR source = ?3) ORDER BY key LIMIT ?4"
        );
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        let values = params![key(workspace, after), key(workspace, through), source, at_most];
        self.each_row(&sql, values, |row| visit(&logged(row)?).map(ControlFlow::Continue))
    }

    /// Visits the refunds of a purchase, by the label of its source, 0 for none, and its number: the
    /// latest so many, the latest first.
    pub(in crate::store) fn each_logged_refund(
        &self,
        workspace: WorkspaceId,
        (source, purchase_id): (u32, &str),
        at_most: u32,
        visit: impl FnMut(&LoggedPurchase<'_>) -> Result<()>,
    ) -> Result<()> {
        let of = "purchases WHERE workspace = ?1 AND refund_of = ?2 AND ifnull(source, 0) = ?4";
        self.each_of(of, params![workspace, purchase_id, at_most, source], visit)
    }

    fn each_of(
        &self,
        of: &str,
        values: &[&dyn ToSql],
        mut visit: impl FnMut(&LoggedPurchase<'_>) -> Result<()>,
    ) -> Result<()> {
        let sql = format!("SELECT {FACT}, {BESIDE} FROM {of} ORDER BY key DESC LIMIT ?3");
        self.each_row(&sql, values, |row| visit(&logged(row)?).map(ControlFlow::Continue))
    }

    /// Whether any purchase says which one it is a refund of.
    pub(in crate::store) fn has_refunds(&self, workspace: WorkspaceId) -> Result<bool> {
        let mut statement = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM purchases WHERE workspace = ?1 AND refund_of IS NOT NULL)",
        )?;
        Ok(statement.query_row([workspace], |row| row.get(0))?)
    }

    /// Places in the log of the refunds of a purchase before one, the latest first.
    pub fn refund_places(
        &self,
        workspace: WorkspaceId,
        which: (u32, &str),
        before: i64,
        at_most: usize,
    ) -> Result<Vec<i64>> {
        self.places("purchases", "refund_of", workspace, which, before, at_most)
    }

    /// Places in the log of what others have taken the place of, and of the marks that it was taken
    /// back, in the same way.
    pub fn past_places(
        &self,
        workspace: WorkspaceId,
        which: (u32, &str),
        before: i64,
        at_most: usize,
    ) -> Result<Vec<i64>> {
        self.places("past_purchases", "purchase_id", workspace, which, before, at_most)
    }

    fn places(
        &self,
        table: &str,
        number: &str,
        workspace: WorkspaceId,
        (source, purchase_id): (u32, &str),
        before: i64,
        at_most: usize,
    ) -> Result<Vec<i64>> {
        let sql = format!(
            "SELECT key FROM {table} WHERE workspace = ?1 AND {number} = ?2 AND ifnull(source, 0) = ?3
             AND key < ?4 ORDER BY key DESC LIMIT ?5"
        );
        let before = match before {
            i64::MAX => i64::MAX,
            before => key(workspace, before),
        };
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        let mut statement = self.conn.prepare_cached(&sql)?;
        let values = params![workspace, purchase_id, source, before, at_most];
        let rows = statement.query_map(values, |row| Ok(number_of(row.get(0)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// What `read` makes of one purchase, whether it is past or not, by its place in the log.
    pub(in crate::store) fn logged_version<T>(
        &self,
        workspace: WorkspaceId,
        seq: i64,
        read: impl FnOnce(&LoggedPurchase<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let sql = format!(
            "SELECT {FACT}, {BESIDE} FROM purchases WHERE key = ?1
             UNION ALL SELECT {FACT}, {BESIDE} FROM past_purchases WHERE key = ?1"
        );
        self.one_row(&sql, [key(workspace, seq)], |row| read(&logged(row)?))
    }

    /// What `read` makes of one purchase by its place in the log.
    pub(in crate::store) fn logged_purchase<T>(
        &self,
        workspace: WorkspaceId,
        seq: i64,
        read: impl FnOnce(&LoggedPurchase<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let sql = format!("SELECT {FACT}, {BESIDE} FROM purchases WHERE key = ?1");
        self.one_row(&sql, [key(workspace, seq)], |row| read(&logged(row)?))
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
            "SELECT {FACT}, {BESIDE} FROM purchases
             WHERE workspace = ?1 AND occurred_at >= ?2 AND (occurred_at, key) < (?3, ?4)
             AND (?5 IS NULL OR country = ?5) AND (?6 IS NULL OR channel = ?6)
             AND (?7 IS NULL OR currency = ?7)
             ORDER BY occurred_at DESC, key DESC"
        );
        let (before, seq) = query.before;
        let values = params![
            workspace,
            query.from.millis(),
            before.millis(),
            key(workspace, seq),
            query.filter.country,
            query.filter.channel,
            query.filter.currency.map(Currency::number),
        ];
        self.each_row(&sql, values, |row| visit(&logged(row)?))
    }

    /// Visits the rows that a query finds, until the visitor breaks off.
    fn each_row(
        &self,
        sql: &str,
        values: impl Params,
        mut visit: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(values)?;
        while let Some(row) = rows.next()? {
            if visit(row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// What `read` makes of the first row that a query finds.
    fn one_row<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(values)?;
        rows.next()?.map(read).transpose()
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

/// Inserts a purchase into either table.
pub(super) fn insert(
    rows: &mut Insertion<'_>,
    workspace: WorkspaceId,
    purchase: &LoggedPurchase<'_>,
) -> rusqlite::Result<()> {
    let fact = &purchase.fact;
    rows.row(params![
        key(workspace, fact.seq),
        workspace,
        purchase.id.as_bytes(),
        purchase.purchase_id,
        fact.customer,
        fact.kind,
        fact.currency.number(),
        fact.total,
        fact.channel,
        fact.country,
        fact.occurred_at.millis(),
        purchase.received_at.millis(),
        fact.items,
        purchase.source,
        fact.state,
        purchase.updated_at.map(Timestamp::millis),
        purchase.refund_of,
        fact.amounts,
        purchase.details
    ])
}

fn fact<'r>(row: &'r Row<'_>) -> rusqlite::Result<LoggedFact<'r>> {
    let blob = |column| -> rusqlite::Result<Option<&'r [u8]>> {
        Ok(match row.get_ref(column)? {
            ValueRef::Blob(packed) => Some(packed),
            _ => None,
        })
    };
    Ok(LoggedFact {
        seq: number_of(row.get(0)?),
        customer: row.get(1)?,
        kind: row.get(2)?,
        currency: column::currency(row, 3)?,
        total: row.get(4)?,
        channel: row.get(5)?,
        country: row.get(6)?,
        occurred_at: column::time(row, 7)?,
        items: blob(8)?.unwrap_or_default(),
        state: row.get(9)?,
        amounts: blob(10)?,
    })
}

fn logged<'r>(row: &'r Row<'_>) -> rusqlite::Result<LoggedPurchase<'r>> {
    Ok(LoggedPurchase {
        id: column::event_id(row, 11)?,
        purchase_id: row.get_ref(12)?.as_str_or_null()?,
        source: row.get(14)?,
        fact: fact(row)?,
        updated_at: column::optional_time(row, 15)?,
        refund_of: row.get_ref(16)?.as_str_or_null()?,
        details: row.get_ref(17)?.as_str_or_null()?,
        received_at: column::time(row, 13)?,
    })
}
