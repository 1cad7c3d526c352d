//! Purchases: the rows of the log, by key, by number and by time.

use std::ops::{ControlFlow, RangeInclusive};

use crm_models::{Currency, EventId, PurchaseKind, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, params};

use super::error::Result;
use super::ids::{WorkspaceId, number_of};
use super::sealed::Sealed;
use super::workspaces::Workspace;
use super::{ReadTx, column, items};
use crate::facts::PurchaseFact;

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

/// Purchases to ask for: those before a place, the latest first.
#[derive(Clone, Copy, Debug)]
pub struct PurchaseQuery {
    /// Not before this.
    pub from: Timestamp,
    /// Before this time; at this time, only those with a smaller seq.
    pub before: (Timestamp, i64),
    /// Which of them.
    pub filter: PurchaseFilter,
}

/// Which purchases to take; what is left out does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PurchaseFilter {
    /// Those with this product, by number.
    pub product: Option<u32>,
    /// Those of this country, by label; 0 for none.
    pub country: Option<u32>,
    /// Those of this channel, by label; 0 for none.
    pub channel: Option<u32>,
    /// Those in this currency.
    pub currency: Option<Currency>,
}

const COLUMNS: &str = "key, customer, kind, currency, total, channel, country, occurred_at, items, \
                       event_id, purchase_id, received_at";

impl ReadTx<'_> {
    /// Visits what the sums need of the purchases with these keys, in order, until a visit has seen
    /// enough.
    pub(super) fn each_purchase_fact(
        &self,
        keys: RangeInclusive<i64>,
        mut visit: impl FnMut(&PurchaseFact) -> ControlFlow<()>,
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
            if visit(fact.insert(read_fact(row, items)?)).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Visits the purchases of a workspace behind a place in its log up to another, in order of the
    /// log, until a visit has seen enough.
    pub fn each_purchase(
        &self,
        workspace: &Workspace,
        after_seq: i64,
        through_seq: i64,
        visit: impl FnMut(&PurchaseFact) -> ControlFlow<()>,
    ) -> Result<()> {
        let keys = workspace.id.key(after_seq.saturating_add(1))..=workspace.id.key(through_seq);
        self.each_purchase_fact(keys, visit)
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

    /// Visits purchases before a place in time, the latest first, until the visitor breaks off.
    pub fn each_purchase_before(
        &self,
        workspace: WorkspaceId,
        query: PurchaseQuery,
        mut visit: impl FnMut(PurchaseRow) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let sql = format!(
            "SELECT {COLUMNS} FROM purchases
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
            workspace.key(seq),
            query.filter.country,
            query.filter.channel,
            query.filter.currency.map(Currency::number),
        ])?;
        while let Some(row) = rows.next()? {
            let purchase = read_row(row)?;
            // What was bought is packed, so that SQL cannot look for it.
            let wanted = query.filter.product.is_none_or(|product| {
                purchase.fact.items.iter().any(|item| item.product == product)
            });
            if wanted && visit(purchase)?.is_break() {
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
