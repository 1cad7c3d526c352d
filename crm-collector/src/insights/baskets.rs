//! What is bought together, and what customers are likely to buy next: the baskets of the log in
//! memory, bounded, the latest of them.

use crm_models::insight::{NextItem, NextItems, Pair, Together};
use crm_models::{LineItem, PurchaseKind};

use super::shelf::Progress;
use super::{InsightError, On};
use crate::analytics::basket::{
    ANONYMOUS, BasketIndex, Baskets, NextItems as Predictor, NextOptions, PairOptions, Reason,
};
use crate::facts::{LocalTime, date_of_day};
use crate::store::{CustomerNumber, ReadTx, Workspace};

/// Events of the log looked at, the latest; more would take memory that a sidecar has not got.
const LATEST_EVENTS: i64 = 2_000_000;
/// Lines of them that are kept: 32 MiB, and as much again for the index.
const MOST_LINES: usize = 1 << 22;
/// Steps of progress are told after so many purchases.
const TOLD_EVERY: usize = 4_096;

/// Everything bought, by basket.
pub(super) struct Purchased {
    index: BasketIndex,
    predictor: Predictor,
    as_of: i32,
    /// What was left out, if anything.
    missing: Option<String>,
    /// The same, and what the weights of next items would have needed.
    missing_for_next: Option<String>,
}

impl Purchased {
    pub(super) fn load(
        on: &On<'_>,
        threads: usize,
        progress: &Progress,
    ) -> Result<Self, InsightError> {
        let (tx, frame) = (on.tx, &on.frame);
        let last_seq = tx.last_seq(frame.workspace)?;
        let after = (last_seq - LATEST_EVENTS).max(0);
        progress.expect(usize::try_from(last_seq - after).unwrap_or(0) + 1);
        let fees = tx.products_of(frame.workspace.id, LineItem::FEE)?;
        let is_goods = |item: &u32| fees.binary_search(item).is_err();
        let mut local_time = LocalTime::new(frame.workspace.timezone);
        let mut baskets = Baskets::with_limit(MOST_LINES);
        let mut items = Vec::new();
        let (mut seen, mut told_seq, mut is_full) = (0_usize, last_seq, false);
        // The latest first: they are what is kept when there is more than fits.
        tx.each_purchase_back(frame.workspace, after, |fact| {
            seen += 1;
            if seen.is_multiple_of(TOLD_EVERY) {
                progress.advance(usize::try_from(told_seq - fact.seq).unwrap_or(0));
                told_seq = fact.seq;
            }
            let day = local_time.day(fact.occurred_at);
            if fact.kind == PurchaseKind::Sale && frame.counts(day, fact.currency) {
                items.clear();
                items.extend(fact.items.iter().map(|item| item.product).filter(is_goods));
                let customer = fact.customer.unwrap_or(ANONYMOUS);
                is_full = !items.is_empty() && !baskets.push(customer, day, &items);
            }
            !is_full
        })?;
        progress.advance(usize::try_from(told_seq - after).unwrap_or(0));
        let mut missing = Vec::new();
        if after > 0 {
            missing.push(format!("only the latest {LATEST_EVENTS} events were looked at"));
        }
        if is_full {
            missing.push(format!("only the latest {} baskets were looked at", baskets.len()));
        }
        let options = NextOptions { as_of: Some(frame.days.end), threads };
        let predictor = Predictor::fit(&baskets, &options);
        let mut missing_for_next = missing.clone();
        if let Some(more) = &predictor.blend().missing {
            missing_for_next
                .push(format!("{more}; until then the weights are those of another shop"));
        }
        let index = BasketIndex::new(baskets);
        progress.advance(1);
        let said = |missing: Vec<String>| (!missing.is_empty()).then(|| missing.join("; "));
        let (missing, missing_for_next) = (said(missing), said(missing_for_next));
        Ok(Self { index, predictor, as_of: frame.days.end, missing, missing_for_next })
    }

    /// What is bought together with a product.
    pub(super) fn together(
        &self,
        tx: &ReadTx<'_>,
        workspace: &Workspace,
        sku: &str,
        limit: usize,
    ) -> Result<Together, InsightError> {
        let number = tx.product_number(workspace.id, sku)?;
        let number = number.ok_or_else(|| InsightError::NotFound(format!("product \"{sku}\"")))?;
        let limit = if limit == 0 { usize::MAX } else { limit };
        let pairs = self.index.together(number, &PairOptions { limit, ..PairOptions::default() });
        let shown = pairs.pairs.iter().map(|pair| {
            let product = tx.product_name(workspace.id, pair.b)?;
            Ok(Pair {
                sku: product.sku,
                name: product.name,
                together: pair.together,
                support: pair.support,
                confidence: pair.confidence,
                lift: pair.lift,
                p_value: pair.p_value,
                q_value: pair.q_value,
            })
        });
        let shown = shown.collect::<Result<Vec<_>, InsightError>>()?;
        let product = tx.product_name(workspace.id, number)?;
        Ok(Together {
            sku: product.sku,
            name: product.name,
            baskets: self.index.baskets().len(),
            with_it: self.index.count(number),
            omitted: pairs.found.saturating_sub(shown.len()),
            pairs: shown,
            missing: joined(pairs.missing, self.missing.as_deref()),
        })
    }

    /// What a customer is likely to buy next.
    pub(super) fn next(
        &self,
        tx: &ReadTx<'_>,
        workspace: &Workspace,
        customer_id: &str,
        limit: usize,
    ) -> Result<NextItems, InsightError> {
        let number = tx.customer_number(workspace.id, customer_id)?;
        let number =
            number.ok_or_else(|| InsightError::NotFound(format!("customer \"{customer_id}\"")))?;
        let limit = if limit == 0 { usize::MAX } else { limit };
        let suggestions = self.predictor.next(number.0, limit);
        let items = suggestions.iter().map(|suggestion| {
            let product = tx.product_name(workspace.id, suggestion.item)?;
            let reason = self.reason(tx, workspace, suggestion.reason)?;
            let score = suggestion.score;
            Ok(NextItem { sku: product.sku, name: product.name, score, reason })
        });
        let items = items.collect::<Result<Vec<_>, InsightError>>()?;
        let name = tx.customer_name(workspace.id, CustomerNumber(number.0))?;
        let nothing = self.index.baskets().is_empty().then(|| "a basket of anybody".to_owned());
        Ok(NextItems {
            customer_id: name.customer_id,
            as_of: date_of_day(self.as_of),
            items,
            missing: joined(nothing, self.missing_for_next.as_deref()),
        })
    }

    fn reason(
        &self,
        tx: &ReadTx<'_>,
        workspace: &Workspace,
        reason: Reason,
    ) -> Result<String, InsightError> {
        Ok(match reason {
            Reason::Bought { times, last_day } => {
                let days = if times == 1 { "day".into() } else { format!("{times} days") };
                let on = if times == 1 { "one " } else { "" };
                format!("bought on {on}{days}, last on {}", date_of_day(last_day))
            }
            Reason::Together { with, lift } => {
                let product = tx.product_name(workspace.id, with)?;
                let name = product.name.unwrap_or(product.sku);
                format!("bought with {name} {lift:.1} times as often as by chance")
            }
            Reason::Popular { baskets, days } => {
                format!("in {baskets} baskets of the last {days} days")
            }
        })
    }
}

fn joined(one: Option<String>, other: Option<&str>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) => Some(format!("{one}; {other}")),
        (one, other) => one.or_else(|| other.map(str::to_owned)),
    }
}
