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
}

impl Purchased {
    pub(super) fn load(on: &On<'_, Self>, progress: &Progress) -> Result<Self, InsightError> {
        let (tx, frame) = (on.tx, &on.frame);
        let last_seq = tx.last_seq(frame.workspace)?;
        let after = (last_seq - LATEST_EVENTS).max(0);
        progress.expect(usize::try_from(last_seq - after).unwrap_or(0) + 1);
        let fees = tx.products_of(frame.workspace.id, LineItem::FEE)?;
        let is_goods = |item: &u32| fees.binary_search(item).is_err();
        let mut local_time = LocalTime::new(frame.workspace.timezone);
        let mut baskets = Baskets::with_limit(MOST_LINES);
        let mut items = Vec::new();
        let (mut seen, mut told_seq) = (0_usize, after);
        tx.each_purchase(frame.workspace, after, |fact| {
            seen += 1;
            if seen.is_multiple_of(TOLD_EVERY) {
                progress.advance(usize::try_from(fact.seq - told_seq).unwrap_or(0));
                told_seq = fact.seq;
            }
            let day = local_time.day(fact.occurred_at);
            if fact.kind == PurchaseKind::Sale && frame.counts(day, fact.currency) {
                items.clear();
                items.extend(fact.items.iter().map(|item| item.product).filter(is_goods));
                baskets.push(fact.customer.unwrap_or(ANONYMOUS), day, &items);
            }
        })?;
        progress.advance(usize::try_from(last_seq - told_seq).unwrap_or(0));
        let mut missing = Vec::new();
        if after > 0 {
            missing.push(format!("only the latest {LATEST_EVENTS} events were looked at"));
        }
        if baskets.lines() >= MOST_LINES / 2 && baskets.left_out() > 0 {
            missing.push(format!("only {MOST_LINES} lines of baskets were looked at"));
        }
        let options = NextOptions { as_of: Some(frame.days.end), threads: on.threads };
        let predictor = Predictor::fit(&baskets, &options);
        let index = BasketIndex::new(baskets);
        progress.advance(1);
        let missing = (!missing.is_empty()).then(|| missing.join("; "));
        Ok(Self { index, predictor, as_of: frame.days.end, missing })
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
            missing: pairs
                .missing
                .filter(|_| pairs.pairs.is_empty())
                .or_else(|| self.missing.clone()),
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
        let suggestions = self.predictor.next(number.0, limit);
        let items = suggestions.iter().map(|suggestion| {
            let product = tx.product_name(workspace.id, suggestion.item)?;
            let reason = self.reason(tx, workspace, suggestion.reason)?;
            let score = suggestion.score;
            Ok(NextItem { sku: product.sku, name: product.name, score, reason })
        });
        let items = items.collect::<Result<Vec<_>, InsightError>>()?;
        let name = tx.customer_name(workspace.id, CustomerNumber(number.0))?;
        let missing = items.is_empty().then(|| "a basket of anybody".to_owned());
        Ok(NextItems {
            customer_id: name.customer_id,
            as_of: date_of_day(self.as_of),
            items,
            missing: missing.or_else(|| self.missing.clone()),
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
