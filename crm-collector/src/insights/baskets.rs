//! What is bought together, and what customers are likely to buy next: the baskets of the log in
//! memory, bounded, the latest of them.

use std::collections::HashMap;

use crm_api::answer::{Missing, NextItem, NextItems, Pair, Reason, Together};
use crm_models::{LineItem, PurchaseKind};
use crm_stats::basket::{
    self, ANONYMOUS, BasketIndex, Baskets, NextItems as Predictor, PairOptions, Pairs, Suggestion,
};

use super::explanation;
use super::memory::Weighs;
use super::selection::Selection;
use super::work::{Computing, Work};
use crate::ask_error::AskError;
use crate::assistant::candidates::Paired;
use crate::facts::{LocalTime, ProductName, date_of_day};
use crate::store::{CustomerNumber, ReadTx, Workspace};
use crate::wording;

/// Events of the log looked at, the latest; more would take memory that a sidecar has not got.
const LATEST_EVENTS: i64 = 2_000_000;

/// What a line takes once and again in the index, in the baskets by customer and in what is popular.
const BYTES_OF_A_LINE: usize = 24;
/// What an item takes beside its lines, most of it for the thirty items that go with it best.
const BYTES_OF_AN_ITEM: usize = 500;

/// Products whose companions are looked at for one list of suggestions; of more, nobody reads the reasons.
const MOST_COMPARED: usize = 64;

/// Pairs of the whole shop that are looked at for what to offer, those with the largest excess over
/// chance.
const MOST_PAIRS: usize = 500;
/// The share of orders with the one product that hold the other as well, for it to be offered.
const LEAST_CONFIDENCE: f64 = 0.3;

/// A suggestion, and whether what it is said to go with is in no pair that `together` would tell.
pub(super) struct Suggested {
    suggestion: Suggestion,
    may_be_chance: bool,
}

/// Everything bought, by basket.
pub(super) struct Purchased {
    index: BasketIndex,
    predictor: Predictor,
    as_of: i32,
    /// Products that are fees, in order; they are in no basket.
    fees: Vec<u32>,
    /// What was left out.
    left_out: Vec<Missing>,
    /// What a first basket lacks, where there is none.
    lacking: Option<Missing>,
}

/// The baskets, as they were read.
struct Read {
    baskets: Baskets,
    fees: Vec<u32>,
    left_out: Vec<Missing>,
    /// The first day behind those that count on which goods were bought.
    bought_behind: Option<i32>,
}

impl Read {
    fn all(work: &mut Work<'_>) -> Result<(Self, Selection), AskError> {
        let (selection, fees) = work.read(|on| {
            let fees = on.tx.products_of(on.selected.workspace.id, LineItem::FEE)?;
            Ok((on.selected.selection.clone(), fees))
        })?;
        let after = (selection.last_seq - LATEST_EVENTS).max(0);
        work.progress().expect(usize::try_from(selection.last_seq - after).unwrap_or(0));
        let is_goods = |item: &u32| fees.binary_search(item).is_err();
        let mut local_time = LocalTime::new(selection.workspace.timezone);
        let mut baskets = Baskets::with_limit(work.memory().lines());
        let mut items = Vec::new();
        let (mut is_full, mut bought_behind) = (false, None);
        // The latest first: they are what is kept when there is more than fits.
        work.each_purchase_back(after, selection.last_seq, |fact| {
            let day = local_time.day(fact.occurred_at);
            if fact.kind == PurchaseKind::Sale && fact.currency == selection.currency {
                items.clear();
                let products = fact.items.iter().filter(|item| item.is_product());
                items.extend(products.map(|item| item.product).filter(is_goods));
                let customer = fact.customer.unwrap_or(ANONYMOUS);
                if items.is_empty() {
                    // No basket.
                } else if selection.days.contains(&day) {
                    is_full = !baskets.push(customer, day, &items);
                } else if day >= selection.days.end {
                    bought_behind = Some(bought_behind.map_or(day, |first: i32| first.min(day)));
                }
            }
            !is_full
        })?;
        baskets.shrink_to_fit();
        let mut left_out = Vec::new();
        if after > 0 {
            left_out.push(Missing::OnlyLatestEvents { events: LATEST_EVENTS });
        }
        if is_full {
            left_out.push(Missing::OnlyLatestBaskets { baskets: baskets.len() });
        }
        Ok((Self { baskets, fees, left_out, bought_behind }, selection))
    }
}

impl Weighs for Purchased {
    fn bytes(&self) -> usize {
        let baskets = self.index.baskets();
        baskets.lines() * BYTES_OF_A_LINE + baskets.item_bound() * BYTES_OF_AN_ITEM
    }
}

impl Purchased {
    pub(super) fn make(work: &mut Work<'_>) -> Result<Self, AskError> {
        // The last step is the learning.
        work.progress().expect(1);
        let (read, selection) = Read::all(work)?;
        work.compute(|computing| Self::of(read, selection.days.end, computing))
    }

    fn of(read: Read, as_of: i32, computing: &Computing<'_>) -> Self {
        let Read { baskets, fees, left_out, bought_behind } = read;
        let lacking = baskets.is_empty().then(|| match bought_behind {
            Some(day) => Missing::FirstWholeDay {
                bought_on: date_of_day(day),
                counted_from: date_of_day(day + 1),
            },
            None => Missing::FirstBasket,
        });
        let predictor = Predictor::fit(&baskets, computing.threads);
        let index = BasketIndex::new(baskets);
        computing.progress.advance(1);
        Self { index, predictor, as_of, fees, left_out, lacking }
    }

    /// The pairs of a product.
    pub(super) fn pairs(&self, number: u32, limit: usize) -> Pairs {
        let limit = if limit == 0 { usize::MAX } else { limit };
        self.index.together(number, &PairOptions { limit, ..PairOptions::default() })
    }

    /// The pairs of the whole shop that say most of what is bought, in both directions: who has the one
    /// buys the other more often than not, or nearly.
    pub(super) fn pairs_of_all(&self, threads: usize) -> Vec<Paired> {
        let options = PairOptions { limit: MOST_PAIRS, ..PairOptions::default() };
        let found = self.index.pairs(&options, threads).pairs;
        let ways = found.iter().flat_map(|pair| {
            let both = pair.together;
            [
                Paired { first: pair.a, second: pair.b, both, with_first: pair.of_a },
                Paired { first: pair.b, second: pair.a, both, with_first: pair.of_b },
            ]
        });
        let says =
            |pair: &Paired| f64::from(pair.both) >= LEAST_CONFIDENCE * f64::from(pair.with_first);
        ways.filter(says).collect()
    }

    /// What is likely next of a customer.
    pub(super) fn suggestions(&self, number: CustomerNumber, limit: usize) -> Vec<Suggested> {
        let limit = if limit == 0 { usize::MAX } else { limit };
        // What goes with a product, as `together` tells it, by product.
        let mut companions: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut is_chance = |item: u32, with: u32| {
            if companions.len() >= MOST_COMPARED && !companions.contains_key(&with) {
                return true;
            }
            let of_it = companions.entry(with).or_insert_with(|| {
                self.pairs(with, 0).pairs.into_iter().map(|pair| pair.b).collect()
            });
            !of_it.contains(&item)
        };
        let predicted = self.predictor.predict(number.0, Some(self.as_of), limit);
        let suggested = predicted.into_iter().map(|suggestion| {
            let may_be_chance = match suggestion.reason {
                basket::Reason::Together { with, .. } => is_chance(suggestion.item, with),
                basket::Reason::Bought { .. } | basket::Reason::Popular { .. } => false,
            };
            Suggested { suggestion, may_be_chance }
        });
        suggested.collect()
    }

    /// What is bought together with a product, with names.
    pub(super) fn together(
        &self,
        tx: &ReadTx<'_>,
        workspace: &Workspace,
        number: u32,
        pairs: Pairs,
    ) -> Result<Together, AskError> {
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
        let shown = shown.collect::<Result<Vec<_>, AskError>>()?;
        let product = tx.product_name(workspace.id, number)?;
        let is_fee = self.fees.binary_search(&number).is_ok();
        let of_pairs = || pairs.missing.map(explanation::missing_of_pairs);
        // No more baskets would hold a fee.
        let lacking = if is_fee { None } else { self.lacking.clone().or_else(of_pairs) };
        let missing_codes: Vec<_> = lacking.into_iter().chain(self.left_out.clone()).collect();
        Ok(Together {
            sku: product.sku,
            name: product.name,
            is_fee,
            baskets: self.index.baskets().len(),
            with_it: self.index.count(number),
            omitted: pairs.found.saturating_sub(shown.len()),
            pairs: shown,
            missing: wording::missing(&missing_codes),
            missing_codes,
        })
    }

    /// What a customer is likely to buy next, with names.
    pub(super) fn next(
        &self,
        tx: &ReadTx<'_>,
        workspace: &Workspace,
        number: CustomerNumber,
        suggested: &[Suggested],
    ) -> Result<NextItems, AskError> {
        let items = suggested.iter().map(|Suggested { suggestion, may_be_chance }| {
            let product = tx.product_name(workspace.id, suggestion.item)?;
            let reason_code = reason(tx, workspace, suggestion.reason, *may_be_chance)?;
            // More digits would say nothing.
            let score = (suggestion.score * 1e4).round() / 1e4;
            let reason = wording::reason(&reason_code);
            Ok(NextItem { sku: product.sku, name: product.name, score, reason, reason_code })
        });
        let items = items.collect::<Result<Vec<_>, AskError>>()?;
        let name = tx.customer_name(workspace.id, number)?;
        let more = self.predictor.blend().missing_customers();
        let missing_codes: Vec<_> = (self.lacking.clone().into_iter())
            .chain(self.left_out.clone())
            .chain((more > 0).then_some(Missing::ReturningCustomers { more }))
            .collect();
        Ok(NextItems {
            customer_id: name.customer_id,
            as_of: date_of_day(self.as_of),
            items,
            missing: wording::missing(&missing_codes),
            missing_codes,
        })
    }
}

/// Why a product is suggested, with names.
fn reason(
    tx: &ReadTx<'_>,
    workspace: &Workspace,
    reason: basket::Reason,
    may_be_chance: bool,
) -> Result<Reason, AskError> {
    Ok(match reason {
        basket::Reason::Bought { times, last_day } => {
            Reason::Bought { days: times, last_on: date_of_day(last_day) }
        }
        basket::Reason::Together { with, lift } => {
            let product = tx.product_name(workspace.id, with)?;
            let ProductName { sku, name, .. } = product;
            if may_be_chance {
                Reason::Beside { sku, name }
            } else {
                Reason::Together { sku, name, lift }
            }
        }
        basket::Reason::Popular { baskets, days } => Reason::Popular { baskets, days },
    })
}
