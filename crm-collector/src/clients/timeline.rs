//! Purchases and interactions, the latest first.

use crm_api::answer::{PurchasePage, TimelineEntry, TimelinePage};
use crm_api::{DateRange, Moment, question};
use crm_models::Timestamp;

use super::names::Names;
use super::{Clients, json_bytes, no_such};
use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::facts::{HistoryKind, List, LocalTime, Page, Place, date_of_day, instant, out_of_order};
use crate::store::{LabelKind, PurchaseFilter, PurchaseQuery, ReadTx, Result, WorkspaceId};

/// The conditions by number; `None` where one names what is not there, so that nothing has it.
fn filter(
    tx: &ReadTx<'_>,
    workspace: WorkspaceId,
    asked: &question::Purchases,
) -> Result<Option<PurchaseFilter>> {
    let mut filter = PurchaseFilter { currency: asked.currency, ..PurchaseFilter::default() };
    if let Some(sku) = &asked.sku {
        filter.product = tx.product_number(workspace, sku.trim())?;
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
        *place = match text.trim() {
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
    /// Lists purchases, the latest first, page by page. By what time it is now a range is told.
    pub fn purchases(
        &self,
        access: &Access<Read>,
        asked: &question::Purchases,
        now: Timestamp,
    ) -> std::result::Result<PurchasePage, AskError> {
        let (workspace, limit) = (access.workspace(), asked.limit.get());
        let token = asked.after.as_deref();
        let start = token.map(|token| Place::parse(token, List::Purchases)).transpose()?;
        self.store.read(|tx| {
            if let Some(id) = &asked.purchase_id {
                let found = tx.purchases_of_number(workspace, id.trim())?;
                let mut names = Names::new(tx, workspace);
                let purchases =
                    found.into_iter().map(|row| names.purchase(row)).collect::<Result<_>>()?;
                return Ok(PurchasePage { purchases, next_after: None });
            }
            let zone = tx.known_workspace(workspace)?.timezone;
            let mut ends = [asked.from, asked.to];
            DateRange::check(asked.range, ends)?;
            if let Some(range) = asked.range {
                let days = range.days(date_of_day(LocalTime::new(zone).day(now)));
                ends = [days.start, days.end].map(|day| Some(Moment::Day(day)));
            }
            let instant = |moment: Option<Moment>, none: i64| {
                moment.map_or(Timestamp::from_millis(none), |moment| instant(moment, zone))
            };
            let (from, end) = (instant(ends[0], i64::MIN), instant(ends[1], i64::MAX));
            if let [Some(asked_from), Some(to)] = ends
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
    ) -> std::result::Result<TimelinePage, AskError> {
        let (workspace, limit) = (access.workspace(), asked.limit.get());
        let place =
            asked.after.as_deref().map(|token| Place::parse(token, List::Timeline)).transpose()?;
        let before = place.map_or((Timestamp::from_millis(i64::MAX), i64::MAX), |place| {
            (place.time, place.number)
        });
        self.store.read(|tx| {
            let known = tx.workspace(workspace)?;
            let number = tx.customer_number(workspace, asked.customer_id.trim())?;
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
