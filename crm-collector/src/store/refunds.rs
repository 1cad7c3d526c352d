//! Refunds beside the purchases that they are of: what has to be looked at, whichever comes last, and
//! what the goods that came back had cost.

use std::collections::BTreeMap;

use crm_models::{Amount, Currency, PurchaseKind, State, Warning, WarningCode};

use super::ReadTx;
use super::error::Result;
use super::ids::WorkspaceId;
use super::purchases::{kind_code, state_code};
use crate::facts::{ItemFact, PurchaseFact};

/// So many refunds of one purchase are added up, the latest: no order has more than some, and who
/// invents them must not make each of them cost all others.
const MOST: u32 = 100;

/// What matters of a purchase where money is given back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bill {
    pub(super) kind: PurchaseKind,
    pub(super) state: State,
    pub(super) currency: Currency,
    /// 1/10,000.
    pub(super) total: i64,
}

impl From<&PurchaseFact> for Bill {
    fn from(fact: &PurchaseFact) -> Self {
        let PurchaseFact { kind, state, currency, total, .. } = *fact;
        Self { kind, state, currency, total }
    }
}

/// What was given back for a purchase.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct GivenBack {
    /// How many refunds were paid.
    refunds: u32,
    /// Those in the currency of the purchase, 1/10,000.
    amount: i128,
    /// Another currency that money was given back in.
    other_currency: Option<Currency>,
}

impl GivenBack {
    /// Whether there is no refund yet.
    pub(super) fn is_nothing(&self) -> bool {
        self.refunds == 0
    }
}

impl ReadTx<'_> {
    /// What was given back for a purchase in a currency.
    pub(super) fn given_back(
        &self,
        workspace: WorkspaceId,
        which: (u32, &str),
        currency: Currency,
    ) -> Result<GivenBack> {
        let mut back = GivenBack::default();
        self.each_logged_refund(workspace, which, MOST, |logged| {
            let fact = &logged.fact;
            let counts = fact.state == state_code(State::Paid)
                && fact.kind == kind_code(PurchaseKind::Refund);
            if counts {
                back.refunds += 1;
                match fact.currency == currency {
                    true => back.amount += i128::from(fact.total),
                    false => back.other_currency = Some(fact.currency),
                }
            }
            Ok(())
        })?;
        Ok(back)
    }
}

/// Whether nothing was paid that could be given back, and why.
fn unpaid(purchase: Bill) -> Option<&'static str> {
    match (purchase.kind, purchase.state) {
        (PurchaseKind::Refund, _) => Some("a refund itself"),
        (PurchaseKind::Sale, State::Pending) => Some("pending"),
        (PurchaseKind::Sale, State::Cancelled) => Some("cancelled"),
        (PurchaseKind::Sale, State::Paid) => None,
    }
}

/// What has to be looked at in a refund that has come, beside the purchase that it is of.
pub(super) fn look_at_refund(refund: Bill, of: Option<(Bill, GivenBack)>) -> Option<Warning> {
    let warning = |code, field, message: String| Some(Warning::new(code, field, message));
    let Some((purchase, back)) = of else {
        let message = "no purchase of this number is stored, or not yet".to_owned();
        return warning(WarningCode::UnknownPurchase, "refund_of", message);
    };
    // Nothing is given back until it is paid.
    if refund.state != State::Paid {
        return None;
    }
    if let Some(what) = unpaid(purchase) {
        let message = format!("what money was given back for is {what}");
        return warning(WarningCode::NotPaid, "refund_of", message);
    }
    if refund.currency != purchase.currency {
        let (given, paid) = (refund.currency, purchase.currency);
        let message = format!("money was given back in {given} for what was paid in {paid}");
        return warning(WarningCode::OtherCurrency, "currency", message);
    }
    too_much(purchase, back, "refund_of")
}

/// What has to be looked at in a sale that has come, or was corrected, beside its refunds.
pub(super) fn look_at_sale(sale: Bill, back: GivenBack) -> Option<Warning> {
    if back.refunds == 0 {
        return None;
    }
    if let Some(what) = unpaid(sale) {
        let message = format!("money was given back for this, which is {what}");
        return Some(Warning::new(WarningCode::NotPaid, "state", message));
    }
    too_much(sale, back, "total").or_else(|| {
        let (given, paid) = (back.other_currency?, sale.currency);
        let message = format!("money was given back in {given} for what was paid in {paid}");
        Some(Warning::new(WarningCode::OtherCurrency, "currency", message))
    })
}

fn too_much(purchase: Bill, back: GivenBack, field: &str) -> Option<Warning> {
    if back.amount <= i128::from(purchase.total) {
        return None;
    }
    let paid = Amount::from_ten_thousandths(purchase.total);
    let message = format!("more was given back than the {paid} that were paid");
    Some(Warning::new(WarningCode::RefundedTooMuch, field, message))
}

/// Fills in what goods that came back had cost, where the refund does not tell: as much as the same
/// product in the purchase that it is of, at the same price if there are several.
pub(super) fn take_costs(refund: &mut [ItemFact], sold: &[ItemFact]) {
    let is_untold = |item: &ItemFact| item.is_product() && item.cost.is_none();
    if !refund.iter().any(is_untold) {
        return;
    }
    let (mut at_price, mut at_any) = (BTreeMap::new(), BTreeMap::new());
    for item in sold.iter().filter(|item| item.is_product()) {
        if let Some(cost) = item.cost {
            at_price.entry((item.product, item.unit_price)).or_insert(cost);
            at_any.entry(item.product).or_insert(cost);
        }
    }
    for item in refund.iter_mut().filter(|item| is_untold(item)) {
        let cost = at_price.get(&(item.product, item.unit_price));
        item.cost = cost.or_else(|| at_any.get(&item.product)).copied();
    }
}
