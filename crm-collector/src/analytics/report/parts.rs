//! What was paid beside the products, and the orders that are no sale: the columns that make net sales
//! total sales.

use crm_api::answer::{Unit, Value};

use super::money;
use crate::facts::{Part, Sums};

/// What was paid beside the products, and what is pending and cancelled.
#[derive(Clone, Copy, Debug, Default)]
pub struct PartSums {
    shipping: i128,
    tax: i128,
    tips: i128,
    fees: i128,
    gift_cards: i128,
    rounding: i128,
    adjustments: i128,
    pending: i128,
    pending_orders: i64,
    cancelled: i128,
    cancelled_orders: i64,
}

impl PartSums {
    /// The columns of what makes net sales total sales.
    pub(super) const PAID: [(&'static str, Unit); 8] = [
        ("shipping", Unit::Money),
        ("tax", Unit::Money),
        ("tips", Unit::Money),
        ("fees", Unit::Money),
        ("gift_cards", Unit::Money),
        ("rounding", Unit::Money),
        ("adjustments", Unit::Money),
        ("total", Unit::Money),
    ];
    /// The columns of orders that are no sale, or not yet.
    pub(super) const UNPAID: [(&'static str, Unit); 4] = [
        ("pending_orders", Unit::Count),
        ("pending", Unit::Money),
        ("cancelled_orders", Unit::Count),
        ("cancelled", Unit::Money),
    ];

    /// Adds the sums of a part, by its key; those of a key that is none are left out.
    pub fn add(&mut self, part: u32, sums: &Sums) {
        // What was given back of a part is taken off it.
        let money = [
            (Part::Shipping, &mut self.shipping),
            (Part::Tax, &mut self.tax),
            (Part::Tips, &mut self.tips),
            (Part::Fees, &mut self.fees),
            (Part::GiftCards, &mut self.gift_cards),
            (Part::Rounding, &mut self.rounding),
            (Part::Adjustments, &mut self.adjustments),
        ];
        // A refund that is no more than asked for, or was withdrawn, is no order.
        let unpaid = [
            (Part::Pending, &mut self.pending, &mut self.pending_orders),
            (Part::Cancelled, &mut self.cancelled, &mut self.cancelled_orders),
        ];
        if let Some((_, sum, orders)) = unpaid.into_iter().find(|(of, ..)| of.key() == part) {
            *sum += sums.gross;
            *orders += sums.orders;
        } else if let Some((_, sum)) = money.into_iter().find(|(of, _)| of.key() == part) {
            *sum += sums.gross - sums.refunds;
        }
    }

    /// Adds those of other days.
    pub fn merge(&mut self, other: &Self) {
        let money = [
            (&mut self.shipping, other.shipping),
            (&mut self.tax, other.tax),
            (&mut self.tips, other.tips),
            (&mut self.fees, other.fees),
            (&mut self.gift_cards, other.gift_cards),
            (&mut self.rounding, other.rounding),
            (&mut self.adjustments, other.adjustments),
            (&mut self.pending, other.pending),
            (&mut self.cancelled, other.cancelled),
        ];
        money.into_iter().for_each(|(sum, amount)| *sum += amount);
        self.pending_orders += other.pending_orders;
        self.cancelled_orders += other.cancelled_orders;
    }

    /// What makes the net sales of these sums total sales: what was paid less what was given back.
    pub(super) fn paid(&self, sums: &Sums) -> [Value; 8] {
        let beside = [
            self.shipping,
            self.tax,
            self.tips,
            self.fees,
            self.gift_cards,
            self.rounding,
            self.adjustments,
        ];
        let total = sums.net() + beside.iter().sum::<i128>();
        let mut values = [const { Value::None }; 8];
        values.iter_mut().zip(beside.into_iter().chain([total])).for_each(|(value, amount)| {
            *value = money(amount);
        });
        values
    }

    pub(super) fn unpaid(&self) -> [Value; 4] {
        [
            Value::Count(self.pending_orders),
            money(self.pending),
            Value::Count(self.cancelled_orders),
            money(self.cancelled),
        ]
    }
}
