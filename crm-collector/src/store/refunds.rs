//! Refunds beside the purchases that they are of: what a refund does not tell is as in its purchase, and what
//! does not fit between the two has to be looked at, whichever comes last.

use std::collections::BTreeMap;

use crm_models::{
    Amount, Currency, OrderMoney, Purchase, PurchaseKind, State, Warning, WarningCode,
};

use super::ReadTx;
use super::content::is_by_amount;
use super::error::Result;
use super::ids::WorkspaceId;
use super::purchases::{kind_code, state_code};
use crate::facts::{ItemFact, PurchaseFact};

/// So many refunds of one purchase are added up, the latest: no order has more than some, and who
/// invents them must not make each of them cost all others.
const MOST: u32 = 100;

/// Ties refunds to the purchases that they are of, while purchases are appended.
pub(super) struct Refunds<'a> {
    tx: &'a ReadTx<'a>,
    workspace: WorkspaceId,
    /// Whether any purchase says which one it is a refund of, as far as that was asked.
    has_any: Option<bool>,
}

impl<'a> Refunds<'a> {
    pub(super) fn new(tx: &'a ReadTx<'a>, workspace: WorkspaceId) -> Self {
        Self { tx, workspace, has_any: None }
    }

    /// The purchase that a refund of a source is of, if it is stored. One that is of itself is not.
    pub(super) fn refunded(&self, refund: &Purchase, source: u32) -> Result<Option<PurchaseFact>> {
        let Some(of) = refund.refund_of.as_ref() else { return Ok(None) };
        if refund.purchase_id.as_ref() == Some(of) {
            return Ok(None);
        }
        let of = self.tx.purchase_by_id(self.workspace, source, of.as_str())?;
        Ok(of.map(|row| row.fact))
    }

    /// Completes the lines of a refund by what it is of: what they had cost, and all of them where all of the
    /// money is given back at once and nothing else is told. Answers the money beside its lines.
    pub(super) fn make_up(
        &self,
        refund: &Purchase,
        source: u32,
        of: &PurchaseFact,
        items: &mut Vec<ItemFact>,
    ) -> Result<OrderMoney> {
        let money = refund.money();
        if of.currency != refund.currency {
            return Ok(money);
        }
        take_costs(items, &of.items);
        if !self.gives_all_back(refund, source, of)? {
            return Ok(money);
        }
        items.clone_from(&of.items);
        Ok(OrderMoney { total: money.total, ..of.order })
    }

    /// Whether a refund that tells its total alone gives all of a purchase back, at once.
    fn gives_all_back(&self, refund: &Purchase, source: u32, of: &PurchaseFact) -> Result<bool> {
        let Some(number) = refund.refund_of.as_ref().filter(|_| is_by_amount(refund)) else {
            return Ok(false);
        };
        let total = refund.total.map(Amount::ten_thousandths);
        let is_whole = of.kind == PurchaseKind::Sale && total == Some(of.total);
        if !is_whole {
            return Ok(false);
        }
        let which = (source, number.as_str());
        Ok(self.tx.given_back(self.workspace, which, of.currency)?.is_nothing())
    }

    /// What does not fit between a purchase of this total that was just added and its refunds, or between a
    /// refund and what it is of.
    pub(super) fn look_at(
        &mut self,
        purchase: &Purchase,
        total: Amount,
        source: u32,
        refunded: Option<&PurchaseFact>,
    ) -> Result<Option<Warning>> {
        let bill = Bill {
            kind: purchase.kind,
            state: purchase.state,
            currency: purchase.currency,
            total: total.ten_thousandths(),
        };
        let back = |of: &str, currency| self.tx.given_back(self.workspace, (source, of), currency);
        Ok(match (&purchase.refund_of, &purchase.purchase_id) {
            (Some(of), own) => {
                let refunded = match own == &Some(of.clone()) {
                    true => Some(bill),
                    false => refunded.map(Bill::from),
                };
                let refunded = match refunded {
                    Some(refunded) => Some((refunded, back(of.as_str(), refunded.currency)?)),
                    None => None,
                };
                self.has_any = Some(true);
                look_at_refund(bill, refunded)
            }
            (None, Some(id)) if bill.kind == PurchaseKind::Sale => {
                // Most shops have no refunds that say what they are of, and are not to pay for this.
                let has_any = match self.has_any {
                    Some(known) => known,
                    None => self.tx.has_refunds(self.workspace)?,
                };
                let back = match has_any {
                    true => Some(back(id.as_str(), bill.currency)?),
                    false => None,
                };
                self.has_any = Some(has_any);
                back.and_then(|back| look_at_sale(bill, back))
            }
            (None, _) => None,
        })
    }
}

/// What matters of a purchase where money is given back.
#[derive(Clone, Copy, Debug)]
struct Bill {
    kind: PurchaseKind,
    state: State,
    currency: Currency,
    /// 1/10,000.
    total: i64,
}

impl From<&PurchaseFact> for Bill {
    fn from(fact: &PurchaseFact) -> Self {
        let PurchaseFact { kind, state, currency, total, .. } = *fact;
        Self { kind, state, currency, total }
    }
}

/// What was given back for a purchase.
#[derive(Clone, Copy, Debug, Default)]
struct GivenBack {
    /// How many refunds were paid.
    refunds: u32,
    /// Those in the currency of the purchase, 1/10,000.
    amount: i128,
    /// Another currency that money was given back in.
    other_currency: Option<Currency>,
}

impl GivenBack {
    /// Whether there is no refund yet.
    fn is_nothing(&self) -> bool {
        self.refunds == 0
    }
}

impl ReadTx<'_> {
    /// What was given back for a purchase in a currency.
    fn given_back(
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
fn look_at_refund(refund: Bill, of: Option<(Bill, GivenBack)>) -> Option<Warning> {
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
fn look_at_sale(sale: Bill, back: GivenBack) -> Option<Warning> {
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
fn take_costs(refund: &mut [ItemFact], sold: &[ItemFact]) {
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
