//! Purchases: the rows of the log, by place, by number and by time.

use std::ops::ControlFlow;

use crm_models::{Currency, EventId, PurchaseKind, Timestamp};

use super::error::Result;
use super::ids::WorkspaceId;
use super::workspaces::Workspace;
use super::{ReadTx, items};
use crate::facts::{ItemFact, PurchaseFact};

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

/// What the sums need of a purchase, as the log keeps it: codes and numbers, and its lines packed.
pub(super) struct LoggedFact<'r> {
    pub(super) seq: i64,
    pub(super) customer: Option<u32>,
    pub(super) kind: u8,
    pub(super) currency: Currency,
    pub(super) total: i64,
    pub(super) channel: u32,
    pub(super) country: u32,
    pub(super) occurred_at: Timestamp,
    pub(super) items: &'r [u8],
}

/// A purchase as the log keeps it.
pub(super) struct LoggedPurchase<'r> {
    pub(super) id: EventId,
    pub(super) purchase_id: Option<&'r str>,
    pub(super) fact: LoggedFact<'r>,
    pub(super) received_at: Timestamp,
}

/// How a kind of purchase is stored.
pub(super) fn kind_code(kind: PurchaseKind) -> u8 {
    match kind {
        PurchaseKind::Sale => 0,
        PurchaseKind::Refund => 1,
    }
}

impl LoggedFact<'_> {
    /// Unpacks it; the list is there to be used again.
    fn unpack(&self, mut items: Vec<ItemFact>) -> Result<PurchaseFact> {
        items.clear();
        items::decode(self.items, &mut items)?;
        let kind = if self.kind == 0 { PurchaseKind::Sale } else { PurchaseKind::Refund };
        Ok(PurchaseFact {
            seq: self.seq,
            customer: self.customer,
            kind,
            currency: self.currency,
            total: self.total,
            channel: self.channel,
            country: self.country,
            occurred_at: self.occurred_at,
            items,
        })
    }
}

impl LoggedPurchase<'_> {
    fn unpack(&self) -> Result<PurchaseRow> {
        Ok(PurchaseRow {
            id: self.id,
            purchase_id: self.purchase_id.map(str::to_owned),
            fact: self.fact.unpack(Vec::new())?,
            received_at: self.received_at,
        })
    }
}

impl ReadTx<'_> {
    /// Visits the purchases of a workspace behind a place in its log up to another, in order of the
    /// log, until a visit has seen enough.
    pub fn each_purchase(
        &self,
        workspace: &Workspace,
        after_seq: i64,
        through_seq: i64,
        mut visit: impl FnMut(&PurchaseFact) -> ControlFlow<()>,
    ) -> Result<()> {
        // One fact for all rows, so that its list of items is allocated once.
        let mut fact: Option<PurchaseFact> = None;
        self.each_logged_fact(workspace.id, (after_seq, through_seq), |logged| {
            let items = fact.take().map(|fact| fact.items).unwrap_or_default();
            Ok(visit(fact.insert(logged.unpack(items)?)))
        })
    }

    /// One purchase by the host's number for it.
    pub fn purchase_by_id(
        &self,
        workspace: WorkspaceId,
        purchase_id: &str,
    ) -> Result<Option<PurchaseRow>> {
        self.logged_purchase_by_id(workspace, purchase_id, |logged| logged.unpack())
    }

    /// One purchase by its place in the log.
    pub fn purchase(&self, workspace: WorkspaceId, seq: i64) -> Result<Option<PurchaseRow>> {
        self.logged_purchase(workspace, seq, |logged| logged.unpack())
    }

    /// Visits purchases before a place in time, the latest first, until the visitor breaks off.
    pub fn each_purchase_before(
        &self,
        workspace: WorkspaceId,
        query: PurchaseQuery,
        mut visit: impl FnMut(PurchaseRow) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.each_logged_purchase_before(workspace, query, |logged| {
            let purchase = logged.unpack()?;
            // What was bought is packed, so that no engine can look for it.
            let wanted = query.filter.product.is_none_or(|product| {
                purchase.fact.items.iter().any(|item| item.product == product)
            });
            if wanted { visit(purchase) } else { Ok(ControlFlow::Continue(())) }
        })
    }
}
