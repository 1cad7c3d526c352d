//! What the demo shop tells of an order: as it was placed, how it was changed, what came back of it.
//!
//! Prices have their tax in them, 19 % or, of food, 7 %, whoever buys. A coupon takes 15 or 20 % off each
//! line. By web and app, delivery costs 4.90, abroad 9.90, and nothing from 59.00 on. Goods cost the shop
//! between 38 and 55 % of their price without tax.
//!
//! Web shop and till number their orders each from 100001 on, so that they are two sources. Of a hundred
//! orders of the web shop, twenty are paid by transfer: they are pending for one to six days, and two of
//! them are never paid and are called off after a fortnight. One more is called off within hours; one or
//! two are corrected within a day, mostly because something was not there any more. What comes back,
//! comes after two to twenty-one days: all, one product, a part of it; or, in one case of six, some money
//! does for goods that are kept.

use crm_models::{Amount, Currency, LineItem, LineKind, Purchase, Timestamp};

use super::basket::{self, Choice};
use super::catalogue::Product;
use super::dice::Dice;
use super::members::Channel;
use super::people::COUNTRIES;

/// Ways to pay in the web shop and how many of a hundred choose each; the last is slow.
const ONLINE: ([&str; 3], [u64; 3]) = (["card", "paypal", "transfer"], [46, 34, 20]);
const AT_THE_TILL: ([&str; 2], [u64; 2]) = (["card", "cash"], [70, 30]);
/// Of a million transfers, those that never come.
const NEVER_PAID: u64 = 90_000;
/// Of a million other orders by web and app.
const CALLED_OFF: u64 = 12_000;
const CORRECTED: u64 = 18_000;
/// Of a million refunds, those of money alone.
const GOODS_KEPT: u64 = 170_000;

/// What prices rise by with every year, in hundredths.
const PRICE_RISE: u64 = 4;
/// Delivery within the country and abroad, and the tax in it in hundredths.
const DELIVERY_CENTS: [u64; 2] = [490, 990];
const DELIVERY_TAX: u64 = 19;
/// What goods have to come to for delivery to be free.
const FREE_FROM_CENTS: u64 = 5_900;

const HOUR_MS: u64 = 60 * 60 * 1_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// An order, before anything has become of it.
pub(super) struct Order {
    /// Its number in its source.
    pub(super) number: u64,
    pub(super) currency: Currency,
    pub(super) customer_id: Option<String>,
    pub(super) channel: Channel,
    /// Where it goes, by position in [`COUNTRIES`]; the first is the shop's own.
    pub(super) country: usize,
    pub(super) at: Timestamp,
    /// Whole years since the shop opened, by which prices rise.
    pub(super) years: u64,
    pub(super) coupon: Option<Coupon>,
    pub(super) choices: Vec<Choice>,
}

/// A code that takes something off.
pub(super) struct Coupon {
    pub(super) code: String,
    /// In hundredths.
    pub(super) off: u64,
}

impl Order {
    /// What the shop calls it.
    pub(super) fn id(&self) -> String {
        self.number.to_string()
    }

    /// All that is told of it, each with when it is told.
    pub(super) fn told(&self, dice: &mut Dice) -> Vec<(Timestamp, Purchase)> {
        let is_online = self.channel.is_online();
        let method = match is_online {
            true => ONLINE.0[dice.weighted(ONLINE.1)],
            false => AT_THE_TILL.0[dice.weighted(AT_THE_TILL.1)],
        };
        let sale = |choices: &[Choice]| self.sale(choices).payment_method(method);
        let changed = |at: Timestamp, sale: Purchase| (at, sale.updated_at(at));
        let placed = sale(&self.choices);
        let mut paid_at = self.at;
        let mut told = Vec::new();
        if method == ONLINE.0[2] {
            told.push((self.at, placed.clone().pending()));
            if dice.chance(NEVER_PAID) {
                told.push(changed(later(self.at, 14 * DAY_MS), placed.cancelled()));
                return told;
            }
            paid_at = later(self.at, dice.between(20, 140) * HOUR_MS);
            told.push(changed(paid_at, placed));
        } else {
            told.push((self.at, placed.clone()));
            let soon = later(self.at, dice.between(1, 20) * HOUR_MS);
            if is_online && dice.chance(CALLED_OFF) {
                told.push(changed(soon, placed.cancelled()));
                return told;
            }
            if is_online && dice.chance(CORRECTED) {
                told.push(changed(soon, sale(&self.corrected())));
                return told;
            }
        }
        let returned = self.choices.iter().map(|choice| choice.product.category.returned()).max();
        if dice.chance(returned.unwrap_or_default()) {
            let at = later(paid_at, dice.between(2, 21) * DAY_MS);
            told.push((at, self.refund(dice)));
        }
        told
    }

    /// What is there of it: without the last product, or with one piece more of the only one.
    fn corrected(&self) -> Vec<Choice> {
        match self.choices.split_last() {
            Some((last, [])) => vec![Choice { pieces: last.pieces + 1, ..*last }],
            Some((_, others)) => others.to_vec(),
            None => Vec::new(),
        }
    }

    fn sale(&self, choices: &[Choice]) -> Purchase {
        let mut lines: Vec<_> = choices.iter().map(|choice| self.line(choice)).collect();
        lines.extend(self.delivery(&lines));
        let sale = self.of(Purchase::sale(self.currency), &lines).purchase_id(self.id());
        match &self.coupon {
            Some(coupon) => sale.occurred_at(self.at).coupon(&coupon.code),
            None => sale.occurred_at(self.at),
        }
    }

    fn refund(&self, dice: &mut Dice) -> Purchase {
        let refund = Purchase::refund(self.currency)
            .purchase_id(format!("R-{}", self.number))
            .refund_of(self.id());
        if dice.chance(GOODS_KEPT) {
            let whole = Line::sum(self.choices.iter().map(|choice| self.line(choice)));
            let part = dice.between(10, 30);
            let back = Line { item: None, ..whole.share(part) };
            return self.of(refund, &[back]);
        }
        let returned = basket::returned(&self.choices, dice);
        let lines: Vec<_> = returned.iter().map(|choice| self.line(choice)).collect();
        self.of(refund, &lines)
    }

    /// A purchase with these lines and what they come to.
    fn of(&self, purchase: Purchase, lines: &[Line]) -> Purchase {
        let whole = Line::sum(lines.iter().cloned());
        let mut purchase = purchase
            .source(self.channel.source())
            .channel(self.channel.name())
            .country(COUNTRIES[self.country].name)
            .tax_included(amount(whole.tax))
            .total(amount(whole.paid));
        purchase.customer_id = self.customer_id.as_deref().map(Into::into);
        purchase.items = lines.iter().filter_map(|line| line.item.clone()).collect();
        purchase
    }

    fn line(&self, &Choice { product, pieces }: &Choice) -> Line {
        let price = price(product, self.years);
        let off = self.coupon.as_ref().map_or(0, |coupon| share(price * pieces, coupon.off, 100));
        let paid = price * pieces - off;
        let tax = share(paid, product.tax(), 100 + product.tax());
        let cost = share(price, product.category.cost(), 100 + product.tax());
        let pieces = u32::try_from(pieces).unwrap_or(u32::MAX);
        let mut item = LineItem::new(product.sku, pieces, amount(price))
            .name(product.name)
            .category(product.category.name())
            .tax(amount(tax))
            .cost(amount(cost));
        item.discount = (off > 0).then(|| amount(off));
        Line { paid, tax, item: Some(item) }
    }

    fn delivery(&self, goods: &[Line]) -> Option<Line> {
        let whole = Line::sum(goods.iter().cloned());
        if !self.channel.is_online() || whole.paid >= FREE_FROM_CENTS {
            return None;
        }
        let paid = DELIVERY_CENTS[usize::from(self.country > 0)];
        let tax = share(paid, DELIVERY_TAX, 100 + DELIVERY_TAX);
        let item = LineItem::of_kind(LineKind::Shipping, amount(paid)).name("Delivery");
        Some(Line { paid, tax, item: Some(item.tax(amount(tax))) })
    }
}

/// A line, with what it adds to what is paid, and the tax in that, in hundredths.
#[derive(Clone, Default)]
struct Line {
    paid: u64,
    tax: u64,
    item: Option<LineItem>,
}

impl Line {
    /// The money of several.
    fn sum(lines: impl Iterator<Item = Self>) -> Self {
        lines.fold(Self::default(), |sum, line| Self {
            paid: sum.paid + line.paid,
            tax: sum.tax + line.tax,
            item: None,
        })
    }

    /// So many hundredths of the money.
    fn share(&self, hundredths: u64) -> Self {
        let of = |cents| share(cents, hundredths, 100);
        Self { paid: of(self.paid), tax: of(self.tax), item: None }
    }
}

/// The price of a product so many years on, rounded up to five hundredths.
fn price(product: &Product, years: u64) -> u64 {
    (0..years).fold(product.cents.into(), |cents, _| (cents * (100 + PRICE_RISE)).div_ceil(500) * 5)
}

/// A part of some cents, rounded to the nearest.
fn share(cents: u64, part: u64, whole: u64) -> u64 {
    (2 * cents * part + whole) / (2 * whole)
}

fn amount(cents: u64) -> Amount {
    Amount::from_ten_thousandths(i64::try_from(cents * 100).unwrap_or(i64::MAX))
}

fn later(at: Timestamp, ms: u64) -> Timestamp {
    at.plus_millis(i64::try_from(ms).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::PRODUCTS;
    use super::*;

    #[test]
    fn prices_rise_to_the_next_five_hundredths() {
        assert_eq!((price(&PRODUCTS[0], 0), price(&PRODUCTS[0], 1)), (1_190, 1_240));
    }

    #[test]
    fn an_order_by_web_has_a_coupon_tax_in_its_prices_and_delivery() {
        let choice = |sku: &str, pieces| Choice {
            product: PRODUCTS.iter().find(|product| product.sku == sku).unwrap(),
            pieces,
        };
        let order = Order {
            number: 100_001,
            currency: Currency::EUR,
            customer_id: None,
            channel: Channel::Web,
            country: 1,
            at: Timestamp::from_millis(0),
            years: 0,
            coupon: Some(Coupon { code: "TEN".into(), off: 10 }),
            choices: vec![choice("TEA-101", 2), choice("TBL-104", 1)],
        };
        // 23.80 − 2.38 with 7 %, 13.50 − 1.35 with 19 %, 9.90 with 19 %.
        let sale = order.sale(&order.choices);
        let parts = sale.parts().unwrap();
        let told = [parts.gross, parts.discounts, parts.shipping, parts.tax, sale.total.unwrap()];
        assert_eq!(
            told.map(|amount| amount.to_string()),
            ["33.96", "3.73", "8.32", "4.92", "43.47"]
        );
        let costs: Vec<_> =
            sale.items.iter().map(|item| item.cost.map(|it| it.to_string())).collect();
        assert_eq!(costs, [Some("4.89".into()), Some("5.45".into()), None]);
        let corrected = order.sale(&order.corrected());
        assert_eq!(corrected.total.unwrap().to_string(), "31.32");
    }
}
