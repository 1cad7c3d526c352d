//! Purchases: the rows of the log, by place, by number and by time.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crm_models::{
    Attributes, Currency, EventId, LineItem, LineKind, Purchase, PurchaseKind, State, Timestamp,
};
use serde::{Deserialize, Serialize};

use super::error::{Result, StoreError};
use super::ids::{CustomerNumber, WorkspaceId};
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
    /// Label of the source; 0 for none.
    pub source: u32,
    /// What it was; customer, products and labels as numbers.
    pub fact: PurchaseFact,
    /// When the host last changed it, where that was told.
    pub updated_at: Option<Timestamp>,
    /// Of a refund: the host's number of the purchase.
    pub refund_of: Option<String>,
    /// What is shown and counted nowhere.
    pub details: PurchaseDetails,
    /// When the collector took it in.
    pub received_at: Timestamp,
}

/// A purchase as it is or was, or the mark that it was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredVersion {
    /// What was stored.
    pub row: PurchaseRow,
    /// Whether this is such a mark.
    pub is_void: bool,
}

/// What is told of a purchase that is shown and counted nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PurchaseDetails {
    /// The number that people know it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// How it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<String>,
    /// Codes of the coupons that were used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<String>,
    /// Whatever else the host knows.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// What was told of lines, by their place.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lines: BTreeMap<usize, LineDetails>,
}

/// What is told of a line that is shown and counted nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineDetails {
    /// Which of the product it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// How a line is called that is about no product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the host calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
}

impl PurchaseDetails {
    /// Those of a purchase as it was sent.
    pub(super) fn of(purchase: &Purchase) -> Self {
        let line = |(place, item): (usize, &LineItem)| {
            let is_product = item.kind == LineKind::Product;
            let details = LineDetails {
                variant: item.variant.clone(),
                name: item.name.clone().filter(|_| !is_product),
                sku: item.sku.as_ref().map(ToString::to_string).filter(|_| !is_product),
            };
            (details != LineDetails::default()).then_some((place, details))
        };
        Self {
            number: purchase.number.clone(),
            payment_method: purchase.payment_method.clone(),
            coupons: purchase.coupons.clone(),
            attributes: purchase.attributes.clone(),
            lines: purchase.items.iter().enumerate().filter_map(line).collect(),
        }
    }

    /// As it is stored; nothing where there is nothing to tell.
    pub(super) fn to_json(&self) -> Result<Option<String>> {
        if *self == Self::default() {
            return Ok(None);
        }
        let json = serde_json::to_string(self);
        json.map(Some).map_err(|error| StoreError::Damaged(format!("details: {error}")))
    }

    fn from_json(json: Option<&str>) -> Result<Self> {
        let Some(json) = json else { return Ok(Self::default()) };
        serde_json::from_str(json).map_err(|error| StoreError::Damaged(format!("details: {error}")))
    }
}

/// What an event of the log adds to the figures, and what it takes back.
pub(super) struct Logged<'a> {
    /// Its place in the log.
    pub(super) seq: i64,
    /// What it adds; nothing where it only takes back.
    pub(super) added: Option<&'a PurchaseFact>,
    /// What it takes the place of.
    pub(super) taken_back: Option<&'a PurchaseFact>,
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
    /// See [`state_code`].
    pub(super) state: Option<u8>,
    pub(super) currency: Currency,
    pub(super) total: i64,
    /// What was told of the whole order beside its total.
    pub(super) amounts: Option<&'r [u8]>,
    pub(super) channel: u32,
    pub(super) country: u32,
    pub(super) occurred_at: Timestamp,
    pub(super) items: &'r [u8],
}

/// A purchase as the log keeps it.
pub(super) struct LoggedPurchase<'r> {
    pub(super) id: EventId,
    pub(super) purchase_id: Option<&'r str>,
    /// Label of the source; `None` for none.
    pub(super) source: Option<u32>,
    pub(super) fact: LoggedFact<'r>,
    pub(super) updated_at: Option<Timestamp>,
    pub(super) refund_of: Option<&'r str>,
    /// As JSON, see [`PurchaseDetails`].
    pub(super) details: Option<&'r str>,
    pub(super) received_at: Timestamp,
}

/// What an event of the log adds, and what it takes the place of.
pub(super) struct LoggedChange<'r> {
    pub(super) fact: LoggedFact<'r>,
    /// The place in the log of what it takes the place of.
    pub(super) replaces: Option<i64>,
}

/// How a kind of purchase is stored.
pub(super) fn kind_code(kind: PurchaseKind) -> u8 {
    match kind {
        PurchaseKind::Sale => 0,
        PurchaseKind::Refund => 1,
    }
}

/// How the state of an order is stored: most are paid and say nothing.
pub(super) fn state_code(state: State) -> Option<u8> {
    match state {
        State::Paid => None,
        State::Pending => Some(1),
        State::Cancelled => Some(2),
    }
}

/// What stands in the place of a state where a purchase was taken back altogether.
pub(super) const VOID: u8 = 3;

fn state(code: Option<u8>) -> State {
    match code {
        None => State::Paid,
        Some(1) => State::Pending,
        Some(_) => State::Cancelled,
    }
}

impl LoggedFact<'_> {
    fn is_void(&self) -> bool {
        self.state == Some(VOID)
    }

    /// Unpacks it; the list is there to be used again.
    fn unpack(&self, mut items: Vec<ItemFact>) -> Result<PurchaseFact> {
        items.clear();
        items::decode(self.items, &mut items)?;
        let kind = if self.kind == 0 { PurchaseKind::Sale } else { PurchaseKind::Refund };
        Ok(PurchaseFact {
            seq: self.seq,
            customer: self.customer,
            kind,
            state: state(self.state),
            currency: self.currency,
            total: self.total,
            order: self.amounts.map(items::decode_order).transpose()?.unwrap_or_default(),
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
            source: self.source.unwrap_or(0),
            fact: self.fact.unpack(Vec::new())?,
            updated_at: self.updated_at,
            refund_of: self.refund_of.map(str::to_owned),
            details: PurchaseDetails::from_json(self.details)?,
            received_at: self.received_at,
        })
    }
}

/// So many sources of one number are shown.
const MOST: u32 = 100;

impl ReadTx<'_> {
    /// Visits the purchases of a workspace that were paid, as they are now, behind a place in its log up
    /// to another, in order of the log, until a visit has seen enough.
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
            let fact = fact.insert(logged.unpack(items)?);
            Ok(match fact.state {
                State::Paid => visit(fact),
                State::Pending | State::Cancelled => ControlFlow::Continue(()),
            })
        })
    }

    /// Visits what the purchases behind a place in the log up to another add to the figures and take
    /// back, in order, until a visit has seen enough. Those that others have taken the place of since
    /// are among them.
    pub(super) fn each_logged(
        &self,
        workspace: &Workspace,
        after_seq: i64,
        through_seq: i64,
        mut visit: impl FnMut(Logged<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut fact: Option<PurchaseFact> = None;
        self.each_logged_change(workspace.id, (after_seq, through_seq), |change| {
            let items = fact.take().map(|fact| fact.items).unwrap_or_default();
            let fact = fact.insert(change.fact.unpack(items)?);
            let taken_back = match change.replaces {
                Some(seq) => Some(self.past_fact(workspace.id, seq)?),
                None => None,
            };
            let added = (!change.fact.is_void()).then_some(&*fact);
            Ok(visit(Logged { seq: fact.seq, added, taken_back: taken_back.as_ref() }))
        })
    }

    fn past_fact(&self, workspace: WorkspaceId, seq: i64) -> Result<PurchaseFact> {
        let past = self.logged_past(workspace, seq, |logged| logged.unpack(Vec::new()))?;
        past.ok_or_else(|| StoreError::Damaged("a purchase that was replaced is gone".into()))
    }

    /// What the sums need of a purchase, whether or not another has taken its place.
    pub(super) fn fact_at(&self, workspace: WorkspaceId, seq: i64) -> Result<PurchaseFact> {
        let past = self.logged_past(workspace, seq, |logged| logged.unpack(Vec::new()))?;
        let now = |row: Option<PurchaseRow>| row.map(|row| row.fact);
        let fact =
            past.map_or_else(|| self.purchase(workspace, seq).map(now), |fact| Ok(Some(fact)));
        fact?.ok_or_else(|| StoreError::Damaged("a purchase of a history is gone".into()))
    }

    /// One purchase by its source, 0 for none, and the host's number for it.
    pub fn purchase_by_id(
        &self,
        workspace: WorkspaceId,
        source: u32,
        purchase_id: &str,
    ) -> Result<Option<PurchaseRow>> {
        let unpack = |logged: &LoggedPurchase<'_>| logged.unpack();
        let found = self.logged_purchase_by_id(workspace, source, purchase_id, unpack)?;
        if found.is_some() {
            return Ok(found);
        }
        match self.number_since_erased(workspace, purchase_id)? {
            Some(other) => self.logged_purchase_by_id(workspace, source, &other, unpack),
            None => Ok(None),
        }
    }

    /// The purchases of a number, one a source.
    pub fn purchases_of_number(
        &self,
        workspace: WorkspaceId,
        purchase_id: &str,
    ) -> Result<Vec<PurchaseRow>> {
        let mut found = Vec::new();
        self.each_logged_of_number(workspace, purchase_id, MOST, |logged| {
            found.push(logged.unpack()?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Some purchases of a source, or of any, behind one place in the log up to another, in its order.
    pub(super) fn some_of_source(
        &self,
        workspace: WorkspaceId,
        source: Option<u32>,
        events: (i64, i64),
        at_most: usize,
    ) -> Result<Vec<PurchaseRow>> {
        let mut found = Vec::new();
        self.each_logged_of_source(workspace, source, events, at_most, |logged| {
            found.push(logged.unpack()?);
            Ok(())
        })?;
        Ok(found)
    }

    /// One version of a purchase by its place in the log, whether it is past or not.
    pub fn version(&self, workspace: WorkspaceId, seq: i64) -> Result<Option<StoredVersion>> {
        self.logged_version(workspace, seq, |logged| {
            Ok(StoredVersion { is_void: logged.fact.is_void(), row: logged.unpack()? })
        })
    }

    /// The mark that a purchase was taken back, where nothing has come under its number since.
    pub(super) fn void_of_purchase(
        &self,
        workspace: WorkspaceId,
        source: u32,
        purchase_id: &str,
    ) -> Result<Option<PurchaseRow>> {
        let last = self.past_places(workspace, (source, purchase_id), i64::MAX, 1)?;
        let Some(seq) = last.first() else { return Ok(None) };
        let version = self.version(workspace, *seq)?;
        Ok(version.filter(|version| version.is_void).map(|version| version.row))
    }

    /// Who bought what stands under a number, or who had bought it where it was taken back.
    pub(super) fn customer_of_purchase(
        &self,
        workspace: WorkspaceId,
        source: u32,
        purchase_id: &str,
    ) -> Result<Option<CustomerNumber>> {
        let row = match self.purchase_by_id(workspace, source, purchase_id)? {
            Some(row) => Some(row),
            None => self.void_of_purchase(workspace, source, purchase_id)?,
        };
        Ok(row.and_then(|row| row.fact.customer).map(CustomerNumber))
    }

    /// The customer of the purchase or the interaction that the id of an event leads to.
    pub(super) fn customer_of_event(
        &self,
        workspace: WorkspaceId,
        id: EventId,
    ) -> Result<Option<CustomerNumber>> {
        let Some(seq) = self.place_of_event(workspace, id)? else { return Ok(None) };
        if let Some(version) = self.version(workspace, seq)? {
            return Ok(version.row.fact.customer.map(CustomerNumber));
        }
        self.logged_interaction_version(workspace, seq, |logged| Ok(logged.customer))
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
