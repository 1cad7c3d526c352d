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

impl LineMoney {
    /// What it comes to less its discount, 1/10,000; below zero when it came back.
    pub(super) fn paid(&self) -> i128 {
        scaled(self.amount) - self.taken_off()
    }

    /// Its own discount, 1/10,000.
    pub(super) fn taken_off(&self) -> i128 {
        scaled(self.discount).abs()
    }
}

/// The figures of an order beside its lines, as they were told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrderMoney {
    /// All that was taken off, of charges too.
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
        Computed::of(order, lines, currency).map(|computed| computed.parts)
    }
}

/// The parts of a purchase, and what they leave to be shared among its products.
pub(super) struct Computed {
    pub(super) parts: Parts,
    pub(super) sums: LineSums,
    /// What was taken off beside what lines of products tell; below zero where that is less than they
    /// tell.
    pub(super) order_discount: i128,
    /// Tax in the prices of products that their lines do not tell.
    pub(super) order_tax: i128,
    /// The currency's smallest unit.
    pub(super) unit: i128,
}

impl Computed {
    /// Of an order and its lines; `None` when a sum does not fit.
    pub(super) fn of(
        order: &OrderMoney,
        lines: impl Iterator<Item = LineMoney>,
        currency: Currency,
    ) -> Option<Self> {
        let mut sums = LineSums::default();
        lines.for_each(|line| sums.add(line));
        let told = |whole: Option<Amount>, lines: i128| whole.map_or(lines, scaled);
        let discounts = match order.discount {
            Some(discount) => (scaled(discount).abs() - sums.charge_discounts).max(0),
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
        Some(Self {
            parts,
            order_discount: discounts - sums.product_discounts,
            order_tax: product_tax_untold,
            sums,
            unit,
        })
    }
}

/// `amount × part / whole`, rounded half away from zero to the currency's smallest unit, where the
/// amount is a multiple of it; the whole is not zero. Amounts are below 2^63 and sums of lines below
/// 2^77, so that their product fits; what does not is cut.
pub(super) fn rounded_share(amount: i128, part: i128, whole: i128, unit: i128) -> i128 {
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
pub(super) struct LineSums {
    lines: i128,
    product_lines: i128,
    pub(super) products: i128,
    pub(super) product_discounts: i128,
    product_tax: i128,
    pub(super) product_worth: i128,
    other_discounts: i128,
    /// What was taken off delivery, fees and the like.
    charge_discounts: i128,
    other_tax: i128,
    shipping: i128,
    shipping_tax: i128,
    fees: i128,
    tips: i128,
    gift_cards: i128,
}

impl LineSums {
    fn add(&mut self, line: LineMoney) {
        let (amount, tax) = (scaled(line.amount), scaled(line.tax));
        let discount = line.taken_off();
        self.lines += 1;
        if line.kind == LineKind::Product {
            self.product_lines += 1;
            self.products += amount;
            self.product_discounts += discount;
            self.product_tax += tax;
            self.product_worth += line.paid().max(0);
            return;
        }
        // What was taken off a charge was not charged.
        let charged = amount - discount;
        match line.kind {
            LineKind::Shipping => self.shipping_tax += tax,
            _ => self.other_tax += tax,
        }
        match line.kind {
            LineKind::Product => {}
            LineKind::Discount => {
                self.other_discounts += discount + amount.abs();
                return;
            }
            LineKind::Shipping => self.shipping += charged,
            LineKind::Fee => self.fees += charged,
            LineKind::Tip => self.tips += charged,
            LineKind::GiftCard => self.gift_cards += charged,
        }
        self.charge_discounts += discount;
    }

    fn tax(&self) -> i128 {
        self.product_tax + self.shipping_tax + self.other_tax
    }
}

pub(super) fn scaled(amount: Amount) -> i128 {
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
pub(super) mod tests {
    use super::*;

    pub(in crate::purchase) fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    pub(in crate::purchase) fn line(
        kind: LineKind,
        of: &str,
        discount: &str,
        tax: &str,
    ) -> LineMoney {
        let [of, discount, tax] = [of, discount, tax].map(amount);
        LineMoney { kind, amount: of, discount, tax }
    }

    pub(in crate::purchase) fn product(of: &str) -> LineMoney {
        line(LineKind::Product, of, "0", "0")
    }

    fn parts(order: OrderMoney, lines: &[LineMoney]) -> Parts {
        Parts::of(&order, lines.iter().copied(), Currency::EUR).unwrap()
    }

    pub(in crate::purchase) fn money(total: &str) -> OrderMoney {
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
    fn what_is_taken_off_a_charge_is_so_much_less_of_it_and_no_discount_of_products() {
        let lines = [
            product("100"),
            line(LineKind::Shipping, "20", "20", "0"),
            line(LineKind::Fee, "3", "1", "0"),
        ];
        let made = Parts { gross: amount("100"), fees: amount("2"), ..Parts::default() };
        // Whether or not the order tells all that was taken off.
        for discount in [None, Some(amount("21"))] {
            assert_eq!(parts(OrderMoney { discount, ..money("102") }, &lines), made);
        }
        let less = OrderMoney { discount: Some(amount("31")), ..money("92") };
        assert_eq!(parts(less, &lines), Parts { discounts: amount("10"), ..made });
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
}
