//! What the money of a purchase is made of.
//!
//! A figure of the order, where it is given, is the whole of it: the order's `discount` is all that was
//! taken off, that of its lines included. Where it is left out, it is the sum of the lines'. So a host
//! that tells only totals and one that tells only lines come to the same, and one that tells both is
//! not counted twice.

use serde::{Deserialize, Serialize};

use super::line::LineKind;
use crate::money::{Amount, Currency};

/// The figures of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineMoney {
    /// What the line is about.
    pub kind: LineKind,
    /// Quantity times unit price.
    pub amount: Amount,
    /// Money off the line, whatever its sign; nothing where none was told.
    pub discount: Amount,
    /// Tax on the line.
    pub tax: Amount,
}

/// The figures of an order beside its lines, as they were told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrderMoney {
    /// All that was taken off.
    pub discount: Option<Amount>,
    /// All delivery.
    pub shipping: Option<Amount>,
    /// All tax.
    pub tax: Option<Amount>,
    /// Whether prices have their tax in them, so that it is not paid on top.
    pub tax_included: bool,
    /// All tips.
    pub tip: Option<Amount>,
    /// All fees.
    pub fees: Option<Amount>,
    /// What the total was rounded by.
    pub rounding: Option<Amount>,
    /// What was paid.
    pub total: Option<Amount>,
}

/// What the money of a purchase is made of. Its parts add up to what was paid; of a refund, to what
/// was given back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct Parts {
    /// Products before discounts, without tax.
    pub gross: Amount,
    /// What was taken off, positive.
    pub discounts: Amount,
    /// Delivery.
    pub shipping: Amount,
    /// Tax, whether it was in the prices or on top.
    pub tax: Amount,
    /// Tips.
    pub tips: Amount,
    /// Fees.
    pub fees: Amount,
    /// Gift cards that were sold.
    pub gift_cards: Amount,
    /// The difference that rounding makes: at most the currency's smallest unit a line.
    pub rounding: Amount,
    /// The difference between what was paid and all other parts, where it is no rounding.
    pub adjustment: Amount,
}

impl Parts {
    /// Gross less discounts.
    pub fn net(&self) -> Option<Amount> {
        self.gross.checked_sub(self.discounts)
    }

    /// All parts together: what was paid.
    pub fn total(&self) -> Option<Amount> {
        let beside = [
            self.shipping,
            self.tax,
            self.tips,
            self.fees,
            self.gift_cards,
            self.rounding,
            self.adjustment,
        ];
        beside.into_iter().try_fold(self.net()?, Amount::checked_add)
    }

    /// What an order and its lines come to; `None` when a sum does not fit.
    pub fn of(
        order: &OrderMoney,
        lines: impl Iterator<Item = LineMoney>,
        currency: Currency,
    ) -> Option<Self> {
        Breakdown::of(order, lines, currency).map(|breakdown| breakdown.parts)
    }
}

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
        let mut sums = LineSums::default();
        lines.for_each(|line| sums.add(line));
        let told = |whole: Option<Amount>, lines: i128| whole.map_or(lines, scaled);
        let discounts = match order.discount {
            Some(discount) => scaled(discount).abs(),
            None => sums.product_discounts + sums.other_discounts,
        };
        let (shipping, tax) = (told(order.shipping, sums.shipping), told(order.tax, sums.tax()));
        let (tips, fees) = (told(order.tip, sums.tips), told(order.fees, sums.fees));
        let rounding = told(order.rounding, 0);
        // Tax that is in the prices is taken out of them. What is told of the order alone lies on
        // products and delivery in proportion.
        let untold = if order.tax_included { tax - sums.tax() } else { 0 };
        let unit = smallest_unit(currency);
        let on_top = if order.tax_included { 0 } else { tax };
        let products = match order.total {
            // Without lines of products they are what is left of the total.
            Some(total) if sums.product_lines == 0 => {
                let beside = shipping + on_top + tips + fees + sums.gift_cards + rounding;
                scaled(total) + discounts - beside
            }
            _ => sums.products,
        };
        let base = products - discounts;
        let (product_tax_untold, shipping_tax_untold) = match base + shipping {
            0 if fees != 0 => (0, 0),
            0 => (untold, 0),
            whole => {
                let of_products = rounded_share(untold, base, whole, unit);
                (of_products, untold - of_products)
            }
        };
        let fees_tax_untold = untold - product_tax_untold - shipping_tax_untold;
        let (product_tax, shipping_tax, fees_tax) = match order.tax_included {
            true => (
                sums.product_tax + product_tax_untold,
                sums.shipping_tax + shipping_tax_untold,
                sums.other_tax + fees_tax_untold,
            ),
            false => (0, 0, 0),
        };
        let (shipping, fees) = (shipping - shipping_tax, fees - fees_tax);
        let beside = shipping + tax + tips + fees + sums.gift_cards + rounding;
        let gross = products - product_tax;
        let difference =
            order.total.map_or(0, |total| scaled(total) - (gross - discounts + beside));
        let tolerated = unit * sums.lines.max(1);
        let (rounded, adjustment) =
            if difference.abs() <= tolerated { (difference, 0) } else { (0, difference) };
        let amount = |sum: i128| i64::try_from(sum).ok().map(Amount::from_ten_thousandths);
        let parts = Parts {
            gross: amount(gross)?,
            discounts: amount(discounts)?,
            shipping: amount(shipping)?,
            tax: amount(tax)?,
            tips: amount(tips)?,
            fees: amount(fees)?,
            gift_cards: amount(sums.gift_cards)?,
            rounding: amount(rounding + rounded)?,
            adjustment: amount(adjustment)?,
        };
        parts.total()?;
        // Where less was taken off than the lines tell, it is so much less of what they tell.
        let by_discount =
            if discounts < sums.product_discounts { Weight::Discount } else { Weight::Worth };
        // Prices have the same share of tax in them, also those of what came back; but where that evens
        // out what was bought, the shares would have no end.
        let by_tax = match sums.over(Weight::Paid).abs() < product_tax_untold.abs() {
            true => Weight::Worth,
            false => Weight::Paid,
        };
        Some(Self {
            parts,
            tax_included: order.tax_included,
            discounts: Spread::new(discounts - sums.product_discounts, by_discount, unit, &sums),
            tax: Spread::new(product_tax_untold, by_tax, unit, &sums),
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
            let discounts = scaled(line.discount).abs() + discounts.next(&line);
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
        Self { amount, weight, unit, over: sums.over(weight), base: 0, given: 0 }
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
        let discount = scaled(line.discount).abs();
        let paid = scaled(line.amount) - discount;
        match self {
            Self::Worth => paid.max(0),
            Self::Paid => paid,
            Self::Discount => discount,
        }
    }
}

/// `amount × part / whole`, rounded half away from zero to the currency's smallest unit, where the
/// amount is a multiple of it; the whole is not zero. Amounts are below 2^63 and sums of lines below
/// 2^77, so that their product fits; what does not is cut.
fn rounded_share(amount: i128, part: i128, whole: i128, unit: i128) -> i128 {
    // So it is in most purchases, and dividing 128 bits takes longer than all else of a line.
    if amount == 0 {
        return 0;
    }
    let unit = if amount % unit == 0 { unit } else { 1 };
    let product = (amount / unit).saturating_mul(part);
    let half = product.signum() * (whole.abs() / 2);
    product.saturating_add(half) / whole * unit
}

/// Sums of lines by what they are about, 1/10,000.
#[derive(Default)]
struct LineSums {
    lines: i128,
    product_lines: i128,
    products: i128,
    product_discounts: i128,
    product_tax: i128,
    product_worth: i128,
    other_discounts: i128,
    other_tax: i128,
    shipping: i128,
    shipping_tax: i128,
    fees: i128,
    tips: i128,
    gift_cards: i128,
}

impl LineSums {
    /// What all lines of products take part with.
    fn over(&self, weight: Weight) -> i128 {
        match weight {
            Weight::Worth => self.product_worth,
            Weight::Paid => self.products - self.product_discounts,
            Weight::Discount => self.product_discounts,
        }
    }

    fn add(&mut self, line: LineMoney) {
        let (amount, tax) = (scaled(line.amount), scaled(line.tax));
        let discount = scaled(line.discount).abs();
        self.lines += 1;
        if line.kind == LineKind::Product {
            self.product_lines += 1;
            self.products += amount;
            self.product_discounts += discount;
            self.product_tax += tax;
            self.product_worth += Weight::Worth.of(&line);
            return;
        }
        self.other_discounts += discount;
        match line.kind {
            LineKind::Shipping => self.shipping_tax += tax,
            _ => self.other_tax += tax,
        }
        match line.kind {
            LineKind::Product => {}
            LineKind::Discount => self.other_discounts += amount.abs(),
            LineKind::Shipping => self.shipping += amount,
            LineKind::Fee => self.fees += amount,
            LineKind::Tip => self.tips += amount,
            LineKind::GiftCard => self.gift_cards += amount,
        }
    }

    fn tax(&self) -> i128 {
        self.product_tax + self.shipping_tax + self.other_tax
    }
}

fn scaled(amount: Amount) -> i128 {
    i128::from(amount.ten_thousandths())
}

/// The smallest unit of a currency, 1/10,000: a cent, a yen, a fils.
fn smallest_unit(currency: Currency) -> i128 {
    match currency.decimals() {
        0 => 10_000,
        3 => 10,
        _ => 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    fn line(kind: LineKind, of: &str, discount: &str, tax: &str) -> LineMoney {
        let [of, discount, tax] = [of, discount, tax].map(amount);
        LineMoney { kind, amount: of, discount, tax }
    }

    fn product(of: &str) -> LineMoney {
        line(LineKind::Product, of, "0", "0")
    }

    fn parts(order: OrderMoney, lines: &[LineMoney]) -> Parts {
        Parts::of(&order, lines.iter().copied(), Currency::EUR).unwrap()
    }

    fn shares(order: OrderMoney, lines: &[LineMoney]) -> Vec<(String, String)> {
        let broken = Breakdown::of(&order, lines.iter().copied(), Currency::EUR).unwrap();
        let lines = broken.products(lines.iter().copied()).flatten();
        lines.map(|line| (line.gross.to_string(), line.discounts.to_string())).collect()
    }

    fn money(total: &str) -> OrderMoney {
        OrderMoney { total: Some(amount(total)), ..OrderMoney::default() }
    }

    #[test]
    fn an_order_of_lines_alone_is_gross() {
        let made = parts(money("30"), &[product("20"), product("10")]);
        assert_eq!(made, Parts { gross: amount("30"), ..Parts::default() });
        assert_eq!(parts(OrderMoney::default(), &[product("20"), product("10")]), made);
        assert_eq!(parts(money("30"), &[]), made);
    }

    #[test]
    fn a_discount_is_counted_once_wherever_it_is_told() {
        let order =
            |discount: Option<&str>| OrderMoney { discount: discount.map(amount), ..money("180") };
        let lines = [product("150"), line(LineKind::Product, "50", "20", "0")];
        let made = Parts { gross: amount("200"), discounts: amount("20"), ..Parts::default() };
        assert_eq!(parts(order(None), &lines), made);
        assert_eq!(parts(order(Some("20")), &lines), made);
        assert_eq!(parts(order(Some("-20")), &[product("150"), product("50")]), made);
        for price in ["20", "-20"] {
            let lines = [product("200"), line(LineKind::Discount, price, "0", "0")];
            assert_eq!(parts(order(None), &lines), made);
        }
    }

    #[test]
    fn what_is_charged_beside_the_products_is_no_sale_of_products() {
        let order = OrderMoney {
            shipping: Some(amount("4.90")),
            tax: Some(amount("8")),
            tip: Some(amount("2")),
            fees: Some(amount("1.50")),
            ..money("76.40")
        };
        let lines = [product("50"), line(LineKind::GiftCard, "10", "0", "0")];
        let made = parts(order, &lines);
        assert_eq!(
            made,
            Parts {
                gross: amount("50"),
                shipping: amount("4.90"),
                tax: amount("8"),
                tips: amount("2"),
                fees: amount("1.50"),
                gift_cards: amount("10"),
                ..Parts::default()
            }
        );
        let told_by_lines = [
            line(LineKind::Product, "50", "0", "8"),
            line(LineKind::GiftCard, "10", "0", "0"),
            line(LineKind::Shipping, "4.90", "0", "0"),
            line(LineKind::Tip, "2", "0", "0"),
            line(LineKind::Fee, "1.50", "0", "0"),
        ];
        assert_eq!(parts(money("76.40"), &told_by_lines), made);
        assert_eq!(parts(OrderMoney::default(), &told_by_lines), made);
    }

    #[test]
    fn tax_in_the_prices_is_taken_out_of_them() {
        // 119 for goods and 11.90 for delivery, each with 19 % in it.
        let order = OrderMoney {
            tax: Some(amount("20.90")),
            tax_included: true,
            shipping: Some(amount("11.90")),
            ..money("130.90")
        };
        let made = parts(order, &[product("119")]);
        assert_eq!(
            made,
            Parts {
                gross: amount("100"),
                shipping: amount("10"),
                tax: amount("20.90"),
                ..Parts::default()
            }
        );
        let told_by_lines = [
            line(LineKind::Product, "119", "0", "19"),
            line(LineKind::Shipping, "11.90", "0", "1.90"),
        ];
        let included = OrderMoney { tax_included: true, ..OrderMoney::default() };
        assert_eq!(parts(included, &told_by_lines), made);
    }

    #[test]
    fn without_products_they_are_what_is_left_of_the_total() {
        let order = OrderMoney {
            shipping: Some(amount("5")),
            tax: Some(amount("19")),
            discount: Some(amount("10")),
            ..money("124")
        };
        let made = parts(order, &[]);
        assert_eq!((made.gross, made.net()), (amount("110"), Some(amount("100"))));
        assert_eq!(made.adjustment, Amount::ZERO);
    }

    #[test]
    fn a_difference_is_rounding_up_to_the_smallest_unit_a_line_and_else_an_adjustment() {
        let of = |total, lines: &[LineMoney], currency| {
            let parts = Parts::of(&money(total), lines.iter().copied(), currency).unwrap();
            (parts.rounding, parts.adjustment)
        };
        let rounding = |text| (amount(text), Amount::ZERO);
        let adjustment = |text| (Amount::ZERO, amount(text));
        // 3 × 3.33
        assert_eq!(of("10", &[product("9.99")], Currency::EUR), rounding("0.01"));
        assert_eq!(of("10.02", &[product("10")], Currency::EUR), adjustment("0.02"));
        assert_eq!(of("10.02", &[product("5"), product("5")], Currency::EUR), rounding("0.02"));
        assert_eq!(of("9", &[product("10")], Currency::JPY), rounding("-1"));
        assert_eq!(of("8", &[product("10")], Currency::EUR), adjustment("-2"));
        let told = OrderMoney { rounding: Some(amount("-0.02")), ..money("9.98") };
        assert_eq!(parts(told, &[product("10")]).rounding, amount("-0.02"));
        assert_eq!(parts(told, &[product("10")]).adjustment, Amount::ZERO);
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
    fn tax_in_a_total_without_lines_is_in_the_products_and_in_delivery() {
        let order = |shipping: Option<&str>, total| OrderMoney {
            tax: Some(amount("19")),
            tax_included: true,
            shipping: shipping.map(amount),
            ..money(total)
        };
        let of = |made: Parts| [made.gross, made.shipping, made.fees].map(|part| part.to_string());
        assert_eq!(of(parts(order(None, "119"), &[])), ["100.00", "0.00", "0.00"]);
        assert_eq!(of(parts(order(Some("11.90"), "119"), &[])), ["90.00", "10.00", "0.00"]);
        // It may all lie in a fee.
        let fee = line(LineKind::Fee, "119", "0", "0");
        assert_eq!(of(parts(order(None, "119"), &[fee])), ["0.00", "0.00", "100.00"]);
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
