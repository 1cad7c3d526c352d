//! What is recommended: the log read into a ledger, and candidates of it. `told` gives them names and
//! words, `desk` knows what was given and what became of it.

mod desk;
mod results;
mod told;

use std::sync::Arc;

use crm_api::Outside;
use crm_api::answer::{Missing, Trends};
use crm_models::{Currency, LineItem, PurchaseKind, State};
use crm_stats::advice::{Ledger, Line, Ordered};
use crm_stats::basket::ANONYMOUS;

pub use desk::Decision;

use super::baskets::Purchased;
use super::memory::Weighs;
use super::people::People;
use super::selection::Selection;
use super::work::Work;
use crate::ask_error::AskError;
use crate::assistant::ranking::{Ranked, ranked};
use crate::assistant::{Facts, candidates};
use crate::facts::{LocalTime, units};

/// Events of the log looked at, the latest, as for baskets.
const LATEST_EVENTS: i64 = 2_000_000;

/// Everything that could be recommended, ranked.
pub(super) struct Advised {
    ranked: Vec<Ranked>,
    trends: Arc<Trends>,
    currency: Currency,
    as_of: i32,
    missing: Vec<Missing>,
    outside: Outside,
}

impl Weighs for Advised {
    fn bytes(&self) -> usize {
        self.ranked.iter().map(|one| size_of::<Ranked>() + one.candidate.bytes()).sum()
    }
}

/// What it is made of beside the log.
pub(super) struct Needs {
    /// Customers, for the window.
    pub(super) people: Arc<People>,
    /// What is bought together.
    pub(super) purchased: Arc<Purchased>,
    /// What changed.
    pub(super) trends: Arc<Trends>,
}

impl Advised {
    pub(super) fn make(work: &mut Work<'_>, needs: Needs) -> Result<Self, AskError> {
        // The last two steps are pairs and candidates.
        work.progress().expect(2);
        let workspace = work.moment().workspace.0;
        let (ledger, selection, mut missing) = read(work)?;
        let Needs { people, purchased, trends } = needs;
        let ranked = work.compute(|computing| {
            let pairs = purchased.pairs_of_all(computing.threads);
            computing.progress.advance(1);
            let ahead = people.prediction();
            let facts = Facts { workspace, ledger: &ledger, ahead, pairs: &pairs, trends: &trends };
            let ranked = ranked(candidates(&facts));
            computing.progress.advance(1);
            ranked
        })?;
        missing.extend(trends.missing_codes.iter().cloned());
        let Selection { currency, days, outside, .. } = selection;
        Ok(Self { ranked, trends, currency, as_of: days.end, missing, outside })
    }
}

/// The log as a ledger, with what was left out.
fn read(work: &mut Work<'_>) -> Result<(Ordered, Selection, Vec<Missing>), AskError> {
    let (selection, fees) = work.read(|on| {
        let fees = on.tx.products_of(on.selected.workspace.id, LineItem::FEE)?;
        Ok((on.selected.selection.clone(), fees))
    })?;
    let after = (selection.last_seq - LATEST_EVENTS).max(0);
    work.progress().expect(usize::try_from(selection.last_seq - after).unwrap_or(0));
    let most = work.memory().lines();
    let mut local_time = LocalTime::new(selection.workspace.timezone);
    let (mut ledger, mut lines, mut orders) = (Ledger::new(selection.days.end), Vec::new(), 0);
    let mut is_full = false;
    // The latest first: they are what is kept when there is more than fits.
    work.each_purchase_back(after, selection.last_seq, |fact| {
        let day = local_time.day(fact.occurred_at);
        if fact.state != State::Paid || !selection.counts(day, fact.currency) {
            return true;
        }
        lines.clear();
        let parts = fact.breakdown();
        for (item, of_it) in fact.items.iter().zip(parts.products(fact.lines())) {
            let Some(of_it) = of_it.filter(|_| fees.binary_search(&item.product).is_err()) else {
                continue;
            };
            let net = of_it.gross.ten_thousandths() - of_it.discounts.ten_thousandths();
            #[expect(clippy::cast_possible_truncation, reason = "seven digits do for a line")]
            lines.push(Line {
                product: item.product,
                quantity: units(item.quantity.ten_thousandths()) as f32,
                amount: units(net) as f32,
            });
        }
        let customer = fact.customer.unwrap_or(ANONYMOUS);
        match fact.kind {
            PurchaseKind::Sale => ledger.sale(customer, day, &lines),
            PurchaseKind::Refund => ledger.refund(customer, day, &lines),
        }
        orders += 1;
        is_full = ledger.lines() >= most;
        !is_full
    })?;
    let mut missing = Vec::new();
    if after > 0 {
        missing.push(Missing::OnlyLatestEvents { events: LATEST_EVENTS });
    }
    if is_full {
        missing.push(Missing::OnlyLatestBaskets { baskets: orders });
    }
    Ok((ledger.in_order(), selection, missing))
}
