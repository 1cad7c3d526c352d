//! Purchases and interactions, the latest first.

use crm_api::answer::{PurchaseDetail, PurchasePage, PurchaseVersion, TimelineEntry, TimelinePage};
use crm_api::{Moment, question};
use crm_models::Timestamp;

use super::names::Names;
use super::{Clients, json_bytes, no_such};
use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::facts::{HistoryKind, List, Page, Place, instant, out_of_order};
use crate::store::{LabelKind, PurchaseFilter, PurchaseQuery, ReadTx, Result, WorkspaceId};

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

/// The label of a source as a path names it, 0 for none; `None` where nothing comes from there. Of a
/// key that has a source, `-` is that, as it is for what the key sends.
fn source_number(tx: &ReadTx<'_>, access: &Access<Read>, text: &str) -> Result<Option<u32>> {
    let source = match text {
        NO_SOURCE => access.key().and_then(|key| key.source.as_deref()),
        text => Some(text),
    };
    match source {
        None => Ok(Some(0)),
        Some(text) => tx.label_number(access.workspace(), LabelKind::Source, text),
    }
}

/// What stands in a path where no source was told.
pub const NO_SOURCE: &str = "-";

impl Clients {
    /// Lists purchases, the latest first, page by page.
    pub fn purchases(
        &self,
        access: &Access<Read>,
        asked: &question::Purchases,
    ) -> std::result::Result<PurchasePage, AskError> {
        let (workspace, limit) = (access.workspace(), asked.limit.get());
        let token = asked.after.as_deref();
        let start = token.map(|token| Place::parse(token, List::Purchases)).transpose()?;
        self.store.read(|tx| {
            if let Some(id) = &asked.purchase_id {
                let found = tx.purchases_of_number(workspace, id)?;
                let mut names = Names::new(tx, workspace);
                let purchases =
                    found.into_iter().map(|row| names.purchase(row)).collect::<Result<_>>()?;
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

    /// Shows one purchase with its past.
    pub fn purchase(
        &self,
        access: &Access<Read>,
        asked: &question::Purchase,
    ) -> std::result::Result<PurchaseDetail, AskError> {
        let workspace = access.workspace();
        self.store.read(|tx| {
            let Some(source) = source_number(tx, access, &asked.source)? else {
                return Err(no_such("purchase"));
            };
            let number = &asked.purchase_id;
            let now = tx.purchase_by_id(workspace, source, number)?;
            let past = tx.past_of_purchase(workspace, source, number)?;
            if now.is_none() && past.is_empty() {
                return Err(no_such("purchase"));
            }
            let mut names = Names::new(tx, workspace);
            let mut versions = Vec::with_capacity(past.len() + 1);
            let seqs = past.iter().map(|past| past.row.fact.seq);
            let seqs: Vec<_> = seqs.chain(now.iter().map(|row| row.fact.seq)).collect();
            for past in past {
                let received_at = past.row.received_at;
                let purchase = match past.is_void {
                    true => None,
                    false => Some(names.purchase(past.row)?),
                };
                versions.push(PurchaseVersion { received_at, actor: None, purchase });
            }
            let purchase = now.map(|row| names.purchase(row)).transpose()?;
            versions.extend(purchase.iter().map(|now| PurchaseVersion {
                received_at: now.received_at,
                actor: None,
                purchase: Some(now.clone()),
            }));
            for (version, seq) in versions.iter_mut().zip(seqs) {
                version.actor = tx.corrector(workspace, seq)?;
            }
            let refunds = tx.refunds_of(workspace, source, number)?;
            let refunds =
                refunds.into_iter().map(|row| names.purchase(row)).collect::<Result<_>>()?;
            Ok(PurchaseDetail { purchase, refunds, versions })
        })
    }

    /// Lists what happened with a customer, the latest first, page by page.
    pub fn timeline(
        &self,
        access: &Access<Read>,
        asked: &question::Timeline,
    ) -> std::result::Result<TimelinePage, AskError> {
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
                return Err(no_such("customer"));
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
                    HistoryKind::Sale(..) | HistoryKind::Refund(..) | HistoryKind::Unpaid => tx
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
