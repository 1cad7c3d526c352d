//! How what holds for a whole order is shared among its products.

use super::line::LineKind;
use super::parts::{Computed, LineMoney, LineSums, OrderMoney, Parts, rounded_share, scaled};
use crate::money::{Amount, Currency};

/// The parts of a purchase, and how those of the whole order are shared among its products.
#[derive(Clone, Debug, Default)]
pub struct Breakdown {
    parts: Parts,
    tax_included: bool,
    discounts: Spread,
    tax: Spread,
}

/// What one line of products comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct LineParts {
    /// Before discounts, without tax.
    pub gross: Amount,
    /// What was taken off, with its share of what was taken off the whole order.
    pub discounts: Amount,
}

impl Breakdown {
    /// Breaks an order and its lines down; `None` when a sum does not fit.
    pub fn of(
        order: &OrderMoney,
        lines: impl Iterator<Item = LineMoney>,
        currency: Currency,
    ) -> Option<Self> {
        let Computed { parts, sums, order_discount, order_tax, unit } =
            Computed::of(order, lines, currency)?;
        // Where less was taken off than the lines tell, it is so much less of what they tell.
        let by_discount = if order_discount < 0 { Weight::Discount } else { Weight::Worth };
        // Prices have the same share of tax in them, also those of what came back; but where that evens
        // out what was bought, the shares would have no end.
        let by_tax = match Weight::Paid.of_all(&sums).abs() < order_tax.abs() {
            true => Weight::Worth,
            false => Weight::Paid,
        };
        Some(Self {
            parts,
            tax_included: order.tax_included,
            discounts: Spread::new(order_discount, by_discount, unit, &sums),
            tax: Spread::new(order_tax, by_tax, unit, &sums),
        })
    }

    /// The parts of the whole.
    pub fn parts(&self) -> Parts {
        self.parts
    }

    /// What each product comes to, in the order of the lines; nothing for lines that are none. They
    /// have to be the same lines. Gross and discounts of all products add up to those of the whole.
    pub fn products(
        &self,
        lines: impl Iterator<Item = LineMoney>,
    ) -> impl Iterator<Item = Option<LineParts>> {
        let (mut discounts, mut tax) = (self.discounts, self.tax);
        lines.map(move |line| {
            if line.kind != LineKind::Product {
                return None;
            }
            let own_tax = if self.tax_included { scaled(line.tax) } else { 0 };
            let gross = scaled(line.amount) - own_tax - tax.next(&line);
            let discounts = line.taken_off() + discounts.next(&line);
            let amount = |sum| Amount::from_ten_thousandths(i64::try_from(sum).unwrap_or(i64::MAX));
            Some(LineParts { gross: amount(gross), discounts: amount(discounts) })
        })
    }
}

/// An amount that is handed out over lines in proportion to what each comes to, in the currency's
/// smallest units: rounding is done on the running sum, so that the shares add up.
#[derive(Clone, Copy, Debug, Default)]
struct Spread {
    amount: i128,
    weight: Weight,
    unit: i128,
    over: i128,
    base: i128,
    given: i128,
}

impl Spread {
    fn new(amount: i128, weight: Weight, unit: i128, sums: &LineSums) -> Self {
        Self { amount, weight, unit, over: weight.of_all(sums), base: 0, given: 0 }
    }

    fn next(&mut self, line: &LineMoney) -> i128 {
        self.base += self.weight.of(line);
        // Where all lines come to nothing, the first one takes it.
        let upto = match self.over {
            0 => self.amount,
            over => rounded_share(self.amount, self.base, over, self.unit),
        };
        let share = upto - self.given;
        self.given = upto;
        share
    }
}

/// What a line of products takes part with in what is handed out.
#[derive(Clone, Copy, Debug, Default)]
enum Weight {
    /// What it comes to less its discount; nothing when it came back or is free.
    #[default]
    Worth,
    /// The same, below zero when it came back.
    Paid,
    /// Its own discount.
    Discount,
}

impl Weight {
    fn of(self, line: &LineMoney) -> i128 {
        match self {
            Self::Worth => line.paid().max(0),
            Self::Paid => line.paid(),
            Self::Discount => line.taken_off(),
        }
    }

    /// The same of all lines of products.
    fn of_all(self, sums: &LineSums) -> i128 {
        match self {
            Self::Worth => sums.product_worth,
            Self::Paid => sums.products - sums.product_discounts,
            Self::Discount => sums.product_discounts,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parts::tests::{amount, line, money, product};
    use super::*;

    fn shares(order: OrderMoney, lines: &[LineMoney]) -> Vec<(String, String)> {
        let broken = Breakdown::of(&order, lines.iter().copied(), Currency::EUR).unwrap();
        let lines = broken.products(lines.iter().copied()).flatten();
        lines.map(|line| (line.gross.to_string(), line.discounts.to_string())).collect()
    }

    #[test]
    fn what_is_taken_off_an_order_is_shared_among_its_products() {
        let order = OrderMoney { discount: Some(amount("10")), ..OrderMoney::default() };
        let lines = [product("20"), line(LineKind::Shipping, "5", "0", "0"), product("10")];
        assert_eq!(
            shares(order, &lines),
            [("20.00".into(), "6.67".into()), ("10.00".into(), "3.33".into())]
        );
        // A line's own discount stays its own.
        let lines = [line(LineKind::Product, "20", "4", "0"), product("14")];
        assert_eq!(
            shares(order, &lines),
            [("20.00".into(), "7.20".into()), ("14.00".into(), "2.80".into())]
        );
        // What is free cannot be made cheaper; where everything is, nothing is lost either.
        assert_eq!(shares(order, &[product("0")]), [("0.00".into(), "10.00".into())]);
    }

    #[test]
    fn what_came_back_has_its_tax_in_it_too_and_takes_no_part_in_a_coupon() {
        let order = OrderMoney { tax: Some(amount("9.50")), tax_included: true, ..money("59.50") };
        let lines = [product("119"), product("-59.50")];
        let of = |order, lines: &[LineMoney]| {
            let shares = shares(order, lines).into_iter();
            shares.map(|(gross, off)| format!("{gross} {off}")).collect::<Vec<_>>()
        };
        assert_eq!(of(order, &lines), ["100.00 0.00", "-50.00 0.00"]);
        let order = OrderMoney { discount: Some(amount("5")), ..money("54.50") };
        assert_eq!(of(order, &lines), ["119.00 5.00", "-59.50 0.00"]);
        // An exchange for even leaves nothing to share by.
        let order = OrderMoney { tax: Some(amount("1")), tax_included: true, ..money("0") };
        assert_eq!(of(order, &[product("10"), product("-10")]), ["9.00 0.00", "-10.00 0.00"]);
    }

    #[test]
    fn less_off_the_order_than_its_lines_tell_is_less_of_what_they_tell() {
        let order = |off| OrderMoney { discount: Some(amount(off)), ..OrderMoney::default() };
        let lines = [line(LineKind::Product, "10", "1", "0"), product("10")];
        let off = |order| shares(order, &lines).into_iter().map(|(_, off)| off).collect::<Vec<_>>();
        assert_eq!(off(order("0")), ["0.00", "0.00"]);
        assert_eq!(off(order("0.40")), ["0.40", "0.00"]);
    }

    fn lines() -> impl Strategy<Value = Vec<LineMoney>> {
        let kinds = prop_oneof![
            4 => Just(LineKind::Product),
            1 => Just(LineKind::Discount),
            1 => Just(LineKind::Shipping),
            1 => Just(LineKind::Fee),
            1 => Just(LineKind::Tip),
            1 => Just(LineKind::GiftCard),
        ];
        let of = (kinds, -1_000_000_i64..10_000_000, 0_i64..500_000, 0_i64..500_000);
        let line = of.prop_map(|(kind, of, discount, tax)| {
            let [amount, discount, tax] = [of, discount, tax].map(Amount::from_ten_thousandths);
            LineMoney { kind, amount, discount, tax }
        });
        proptest::collection::vec(line, 0..8)
    }

    fn orders() -> impl Strategy<Value = OrderMoney> {
        let told = || {
            proptest::option::of(
                (-1_000_000_i64..10_000_000).prop_map(Amount::from_ten_thousandths),
            )
        };
        (told(), told(), told(), any::<bool>(), told(), told(), told(), told()).prop_map(
            |(discount, shipping, tax, tax_included, tip, fees, rounding, total)| OrderMoney {
                discount,
                shipping,
                tax,
                tax_included,
                tip,
                fees,
                rounding,
                total,
            },
        )
    }

    proptest! {
        /// Nothing is lost and nothing is counted twice, whatever a host tells.
        #[test]
        fn the_parts_are_the_total_and_the_products_are_their_part(order in orders(), lines in lines()) {
            let broken = Breakdown::of(&order, lines.iter().copied(), Currency::EUR).unwrap();
            let parts = broken.parts();
            if let Some(total) = order.total {
                prop_assert_eq!(parts.total(), Some(total));
            }
            let products: Vec<_> = broken.products(lines.iter().copied()).flatten().collect();
            if !products.is_empty() {
                let sum = |of: fn(&LineParts) -> Amount| {
                    products.iter().map(|line| of(line).ten_thousandths()).sum::<i64>()
                };
                prop_assert_eq!(sum(|line| line.gross), parts.gross.ten_thousandths());
                prop_assert_eq!(sum(|line| line.discounts), parts.discounts.ten_thousandths());
            }
        }
    }
}
