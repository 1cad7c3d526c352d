//! Purchases and interactions, the latest first.

use std::collections::BTreeMap;

use crm_api::answer::{Interaction, LineItem, Purchase, PurchasePage, TimelineEntry, TimelinePage};
use crm_api::{Moment, Total, question};
use crm_models::{Amount, Timestamp};

use super::{Clients, ClientsError, json_bytes};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::facts::{HistoryKind, List, Page, Place, ProductName, instant, out_of_order};
use crate::store::{
    CustomerNumber, InteractionRow, LabelKind, PurchaseFilter, PurchaseQuery, PurchaseRow, ReadTx,
    Result, WorkspaceId,
};

/// The conditions by number; `None` where one names what is not there, so that nothing has it.
fn filter(
    tx: &ReadTx<'_>,
    workspace: WorkspaceId,
    asked: &question::Purchases,
) -> Result<Option<PurchaseFilter>> {
    let mut filter = PurchaseFilter { currency: asked.currency, ..PurchaseFilter::default() };
    if let Some(sku) = &asked.sku {
        filter.product = tx.product_number(workspace, sku)?;
        if filter.product.is_none() {
            return Ok(None);
        }
    }
    let labels = [
        (&asked.country, LabelKind::Country, &mut filter.country),
        (&asked.channel, LabelKind::Channel, &mut filter.channel),
    ];
    for (text, kind, place) in labels {
        let Some(text) = text else { continue };
        *place = match text.as_str() {
            "" => Some(0),
            text => tx.label_number(workspace, kind, text)?,
        };
        if place.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(filter))
}

impl Clients {
    /// Lists purchases, the latest first, page by page.
    pub fn purchases(
        &self,
        access: &Access<Read>,
        asked: &question::Purchases,
    ) -> std::result::Result<PurchasePage, ClientsError> {
        let (workspace, limit) = (access.workspace(), asked.limit.get());
        let token = asked.after.as_deref();
        let start = token.map(|token| Place::parse(token, List::Purchases)).transpose()?;
        self.store.read(|tx| {
            if let Some(id) = &asked.purchase_id {
                let found = tx.purchase_by_id(workspace, id)?;
                let purchase = found.map(|row| Names::new(tx, workspace).purchase(row));
                let purchases = purchase.transpose()?.into_iter().collect();
                return Ok(PurchasePage { purchases, next_after: None });
            }
            let zone = tx.known_workspace(workspace)?.timezone;
            let instant = |moment: Option<Moment>, none: i64| {
                moment.map_or(Timestamp::from_millis(none), |moment| instant(moment, zone))
            };
            let (from, end) = (instant(asked.from, i64::MIN), instant(asked.to, i64::MAX));
            if let (Some(asked_from), Some(to)) = (asked.from, asked.to)
                && from > end
            {
                return Err(out_of_order(asked_from, to).into());
            }
            let before = match start {
                Some(place) if place.time < end => (place.time, place.number),
                _ => (end, 0),
            };
            let Some(filter) = filter(tx, workspace, asked)? else {
                return Ok(PurchasePage { purchases: Vec::new(), next_after: None });
            };
            let mut names = Names::new(tx, workspace);
            let mut page = Page::new(List::Purchases, limit);
            tx.each_purchase_before(workspace, PurchaseQuery { from, before, filter }, |row| {
                let place = Place { time: row.fact.occurred_at, number: row.fact.seq };
                let purchase = names.purchase(row)?;
                Ok(page.take(place, json_bytes(&purchase)?, purchase))
            })?;
            let (purchases, next_after) = page.finish();
            Ok(PurchasePage { purchases, next_after })
        })
    }

    /// Lists what happened with a customer, the latest first, page by page.
    pub fn timeline(
        &self,
        access: &Access<Read>,
        asked: &question::Timeline,
    ) -> std::result::Result<TimelinePage, ClientsError> {
        let (workspace, limit) = (access.workspace(), asked.limit.get());
        let place =
            asked.after.as_deref().map(|token| Place::parse(token, List::Timeline)).transpose()?;
        let before = place.map_or((Timestamp::from_millis(i64::MAX), i64::MAX), |place| {
            (place.time, place.number)
        });
        self.store.read(|tx| {
            let known = tx.workspace(workspace)?;
            let number = tx.customer_number(workspace, &asked.customer_id)?;
            let (Some(known), Some(number)) = (known, number) else {
                return Err(ClientsError::NoSuchCustomer);
            };
            let mut names = Names::new(tx, workspace);
            let mut page = Page::new(List::Timeline, limit);
            // One more tells whether there is a next page.
            for entry in tx.derived(&known)?.history(number, before, limit + 1)? {
                let shown = match entry.kind {
                    HistoryKind::Interaction => tx
                        .interaction(workspace, entry.seq)?
                        .map(|row| names.interaction(row).map(TimelineEntry::Interaction))
                        .transpose()?,
                    HistoryKind::Sale(..) | HistoryKind::Refund(..) => tx
                        .purchase(workspace, entry.seq)?
                        .map(|row| names.purchase(row).map(TimelineEntry::Purchase))
                        .transpose()?,
                };
                let Some(shown) = shown else { continue };
                let place = Place { time: entry.occurred_at, number: entry.seq };
                if page.take(place, json_bytes(&shown)?, shown).is_break() {
                    break;
                }
            }
            let (entries, next_after) = page.finish();
            Ok(TimelinePage { entries, next_after })
        })
    }
}

/// Turns numbers into what the host calls things, each looked up once a page. It grows no larger than
/// the page and one entry behind it.
struct Names<'a> {
    tx: &'a ReadTx<'a>,
    workspace: WorkspaceId,
    labels: BTreeMap<(LabelKind, u32), Option<String>>,
    products: BTreeMap<u32, ProductName>,
}

impl<'a> Names<'a> {
    fn new(tx: &'a ReadTx<'a>, workspace: WorkspaceId) -> Self {
        Self { tx, workspace, labels: BTreeMap::new(), products: BTreeMap::new() }
    }

    fn label(&mut self, kind: LabelKind, number: u32) -> Result<Option<String>> {
        if let Some(text) = self.labels.get(&(kind, number)) {
            return Ok(text.clone());
        }
        let text = self.tx.label(self.workspace, kind, number)?;
        self.labels.insert((kind, number), text.clone());
        Ok(text)
    }

    fn purchase(&mut self, row: PurchaseRow) -> Result<Purchase> {
        let PurchaseRow { id, purchase_id, fact, received_at } = row;
        let customer_id = match fact.customer {
            Some(number) => {
                let name = self.tx.customer_name(self.workspace, CustomerNumber(number))?;
                Some(name.customer_id)
            }
            None => None,
        };
        let mut items = Vec::with_capacity(fact.items.len());
        for item in &fact.items {
            let name = match self.products.get(&item.product) {
                Some(name) => name.clone(),
                None => {
                    let name = self.tx.product_name(self.workspace, item.product)?;
                    self.products.insert(item.product, name.clone());
                    name
                }
            };
            items.push(LineItem {
                sku: name.sku,
                name: name.name,
                category: name.category,
                quantity: item.quantity,
                unit_price: Amount::from_ten_thousandths(item.unit_price),
                amount: Total::from_ten_thousandths(item.amount()),
            });
        }
        Ok(Purchase {
            id,
            purchase_id,
            customer_id,
            kind: fact.kind,
            currency: fact.currency,
            total: Amount::from_ten_thousandths(fact.total),
            items,
            channel: self.label(LabelKind::Channel, fact.channel)?,
            country: self.label(LabelKind::Country, fact.country)?,
            occurred_at: fact.occurred_at,
            received_at,
        })
    }

    fn interaction(&mut self, row: InteractionRow) -> Result<Interaction> {
        Ok(Interaction {
            id: row.id,
            kind: row.kind,
            direction: row.direction,
            channel: self.label(LabelKind::Channel, row.channel)?,
            subject: row.subject,
            text: row.text,
            attributes: row.attributes,
            occurred_at: row.occurred_at,
        })
    }
}
