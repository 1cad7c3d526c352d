//! What a purchase comes to.

use super::{Breakdown, LineItem, LineMoney, OrderMoney, Parts, Purchase};
use crate::money::Amount;

impl Purchase {
    /// The figures beside its lines, as they were told.
    pub fn money(&self) -> OrderMoney {
        OrderMoney {
            discount: self.discount,
            shipping: self.shipping,
            tax: self.tax,
            tax_included: self.tax_included,
            tip: self.tip,
            fees: self.fees,
            rounding: self.rounding,
            total: self.total,
        }
    }

    /// What its money is made of. `None` when a sum does not fit.
    pub fn parts(&self) -> Option<Parts> {
        self.breakdown().map(|breakdown| breakdown.parts())
    }

    /// The same, with what it is for each product. `None` when a sum does not fit.
    pub fn breakdown(&self) -> Option<Breakdown> {
        let mut fits = true;
        let lines = self.items.iter().map(|item| {
            let amount = item.amount();
            fits &= amount.is_some();
            line_money(item, amount)
        });
        let breakdown = Breakdown::of(&self.money(), lines, self.currency)?;
        fits.then_some(breakdown)
    }

    /// The money of its lines.
    pub fn lines(&self) -> impl Iterator<Item = LineMoney> {
        self.items.iter().map(|item| line_money(item, item.amount()))
    }

    /// The total: as given, or the sum of its parts. `None` when there is neither, or when a sum does
    /// not fit.
    pub fn total_or_sum(&self) -> Option<Amount> {
        match self.total {
            Some(total) => Some(total),
            None if self.items.is_empty() => None,
            None => self.parts()?.total(),
        }
    }
}

/// The money of a line that comes to so much, if that fits.
fn line_money(item: &LineItem, amount: Option<Amount>) -> LineMoney {
    LineMoney {
        kind: item.kind,
        amount: amount.unwrap_or_default(),
        discount: item.discount.unwrap_or_default(),
        tax: item.tax.unwrap_or_default(),
    }
}
