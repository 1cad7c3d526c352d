//! When what is sent again is what is stored, though it is told in another way.

use crm_models::{Amount, Breakdown, OrderMoney, Purchase, PurchaseKind};

use crate::facts::{ItemFact, PurchaseFact};

/// Whether these are the same lines. Nothing and nought are the same money, and whatever its sign a
/// discount is one. A line of a refund that tells no cost has that of what was sold.
pub(super) fn same_lines(kind: PurchaseKind, given: &[ItemFact], stored: &[ItemFact]) -> bool {
    let same_cost = |given: &ItemFact, stored: &ItemFact| {
        given.cost == stored.cost || (kind == PurchaseKind::Refund && given.cost.is_none())
    };
    let told = |item: &ItemFact| {
        let size = |amount: Amount| amount.ten_thousandths().unsigned_abs();
        let off = size(item.discount.unwrap_or_default());
        (item.kind, item.product, item.quantity, item.unit_price, off, item.tax.unwrap_or_default())
    };
    given.len() == stored.len()
        && given
            .iter()
            .zip(stored)
            .all(|(given, stored)| told(given) == told(stored) && same_cost(given, stored))
}

/// Whether a refund tells what it comes to and nothing of what was given back.
pub(super) fn is_by_amount(purchase: &Purchase) -> bool {
    let total_alone = OrderMoney { total: purchase.total, ..OrderMoney::default() };
    purchase.kind == PurchaseKind::Refund
        && purchase.refund_of.is_some()
        && purchase.items.is_empty()
        && purchase.total.is_some()
        && purchase.money() == total_alone
}

/// Whether the money of a purchase is made of the same parts, however that is told.
pub(super) fn same_money(given: &Purchase, stored: &PurchaseFact) -> bool {
    let total = given.total_or_sum();
    if total.map(Amount::ten_thousandths) != Some(stored.total) {
        return false;
    }
    let order = OrderMoney { total, ..given.money() };
    let Some(told) = Breakdown::of(&order, given.lines(), given.currency) else { return false };
    let known = stored.breakdown();
    told.parts() == known.parts() && told.products(given.lines()).eq(known.products(stored.lines()))
}
