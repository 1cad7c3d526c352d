//! One purchase: as it is now, and page by page what became of it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crm_api::answer::{Purchase, PurchaseDetail, PurchaseVersion};
use crm_api::question;

use super::names::Names;
use super::{Clients, json_bytes, no_such};
use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::facts::{List, Page, Place};
use crate::store::{LabelKind, ReadTx, Result, WorkspaceId};

/// What happened with a purchase: another version of it, or a refund.
enum Event {
    Version(PurchaseVersion),
    Refund(Purchase),
}

/// Which of the two stands at a place in the log.
#[derive(Clone, Copy)]
enum Kind {
    Version,
    Refund,
}

impl Clients {
    /// Shows one purchase with its past, of which a page holds the latest versions and refunds together.
    pub fn purchase(
        &self,
        access: &Access<Read>,
        asked: &question::Purchase,
    ) -> std::result::Result<PurchaseDetail, AskError> {
        let (workspace, limit) = (access.workspace(), asked.limit.get());
        let token = asked.after.as_deref();
        let place = token.map(|token| Place::parse(token, List::PurchasePast)).transpose()?;
        let before = place.map_or(i64::MAX, |place| place.number);
        self.store.read(|tx| {
            let source = match access.source(&asked.source) {
                None => Some(0),
                Some(text) => tx.label_number(workspace, LabelKind::Source, text)?,
            };
            let source = source.ok_or_else(|| no_such("purchase"))?;
            let which = (source, asked.purchase_id.trim());
            let now = tx.purchase_by_id(workspace, which.0, which.1)?;
            if now.is_none() && tx.past_places(workspace, which, i64::MAX, 1)?.is_empty() {
                return Err(no_such("purchase"));
            }
            // One more tells whether there is a next page.
            let most = limit + 1;
            let refunds = tx.refund_places(workspace, which, before, most)?;
            let versions = tx.past_places(workspace, which, before, most)?;
            let current = now.as_ref().map(|row| row.fact.seq).filter(|seq| *seq < before);
            let versions = versions.into_iter().chain(current).map(|seq| (seq, Kind::Version));
            let refunds = refunds.into_iter().map(|seq| (seq, Kind::Refund));
            // A purchase that says it is a refund of itself is a version of it.
            let events: BTreeMap<_, _> =
                refunds.chain(versions).map(|(seq, kind)| (Reverse(seq), kind)).collect();

            let mut names = Names::new(tx, workspace);
            let mut page = Page::new(List::PurchasePast, limit);
            for (Reverse(seq), kind) in events {
                let Some(event) = event(tx, workspace, &mut names, seq, kind)? else { continue };
                let bytes = match &event {
                    Event::Version(version) => json_bytes(version)?,
                    Event::Refund(refund) => json_bytes(refund)?,
                };
                if page.take(Place::number(seq), bytes, event).is_break() {
                    break;
                }
            }
            let (events, next_after) = page.finish();
            let (mut refunds, mut versions) = (Vec::new(), Vec::new());
            for event in events {
                match event {
                    Event::Version(version) => versions.push(version),
                    Event::Refund(refund) => refunds.push(refund),
                }
            }
            versions.reverse();
            let purchase = now.map(|row| names.purchase(row)).transpose()?;
            Ok(PurchaseDetail { purchase, refunds, versions, next_after })
        })
    }
}

fn event(
    tx: &ReadTx<'_>,
    workspace: WorkspaceId,
    names: &mut Names<'_>,
    seq: i64,
    kind: Kind,
) -> Result<Option<Event>> {
    let Some(stored) = tx.version(workspace, seq)? else { return Ok(None) };
    let received_at = stored.row.received_at;
    let is_void = stored.is_void;
    let purchase = names.purchase(stored.row)?;
    Ok(Some(match kind {
        Kind::Refund => Event::Refund(purchase),
        Kind::Version => Event::Version(PurchaseVersion {
            received_at,
            actor: tx.corrector(workspace, seq)?,
            purchase: (!is_void).then_some(purchase),
        }),
    }))
}
