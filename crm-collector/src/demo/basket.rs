//! What lies in a basket: some things chosen for themselves, some for what they go with.

use crm_models::{Amount, LineItem, Quantity};

use super::catalogue::{Category, PRODUCTS, Product};
use super::dice::Dice;

/// How many of a million choices bring along what goes with them.
const PAIRED: u64 = 340_000;
/// How much likelier a customer chooses from the category that suits them, in hundredths.
const FAVOURITE: u64 = 260;
/// Most things chosen for themselves: one in this many of a hundred baskets, two, and so on.
const CHOICES: [u64; 5] = [42, 30, 16, 8, 4];
/// What prices rise by with every year, in hundredths.
const PRICE_RISE: u64 = 4;

/// The product that a magazine praises, and how often it is chosen then, in hundredths of before.
const PRAISED: (&str, u64) = ("TEA-202", 500);
/// For how many days before the shop's end.
pub(super) const PRAISED_DAYS: u64 = 140;

/// Fills a basket.
pub(super) fn fill(
    favourite: Option<Category>,
    month: u32,
    years: u64,
    is_praised: bool,
    dice: &mut Dice,
) -> Vec<LineItem> {
    let mut chosen: Vec<&Product> = Vec::new();
    let weights = PRODUCTS.iter().map(|product| {
        let suits = if favourite == Some(product.category) { FAVOURITE } else { 100 };
        let praised = if is_praised && product.sku == PRAISED.0 { PRAISED.1 } else { 100 };
        product.weight * product.category.season(month) * suits * praised / 100
    });
    for _ in 0..=dice.weighted(CHOICES) {
        let product = &PRODUCTS[dice.weighted(weights.clone())];
        chosen.push(product);
        if dice.chance(PAIRED) {
            chosen.extend(PRODUCTS.iter().find(|other| Some(other.sku) == product.pair));
        }
    }
    let mut items: Vec<LineItem> = Vec::new();
    for product in chosen {
        if items.iter().any(|item| item.product() == Some(product.sku)) {
            continue;
        }
        let few = if product.cents < 3_000 { [70, 20, 5, 5] } else { [93, 6, 1, 0] };
        let quantity = 1 + u32::try_from(dice.weighted(few)).unwrap_or_default();
        items.push(
            LineItem::new(product.sku, quantity, price(product, years))
                .name(product.name)
                .category(product.category.name()),
        );
    }
    items
}

/// The price so many years on, rounded up to five hundredths.
fn price(product: &Product, years: u64) -> Amount {
    let mut cents = u64::from(product.cents);
    for _ in 0..years {
        cents = (cents * (100 + PRICE_RISE)).div_ceil(500) * 5;
    }
    Amount::from_ten_thousandths(i64::try_from(cents * 100).unwrap_or(i64::MAX))
}

/// What comes back of a purchase: all of it, or one line or a part of one.
pub(super) fn returned(items: &[LineItem], dice: &mut Dice) -> Vec<LineItem> {
    if items.len() == 1 && items[0].quantity == Quantity::ONE || dice.chance(450_000) {
        return items.to_vec();
    }
    let mut item = dice.pick(items).clone();
    let pieces = item.quantity.whole().and_then(|pieces| u64::try_from(pieces).ok()).unwrap_or(1);
    item.quantity = (1 + u32::try_from(dice.below(pieces)).unwrap_or_default()).into();
    vec![item]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_rise_to_the_next_five_hundredths() {
        assert_eq!(price(&PRODUCTS[0], 0).to_string(), "11.90");
        assert_eq!(price(&PRODUCTS[0], 1).to_string(), "12.40");
    }

    #[test]
    fn what_goes_together_is_bought_together() {
        let mut dice = Dice::new(3);
        let (mut both, mut plates) = (0, 0);
        for _ in 0..5_000 {
            let items = fill(None, 5, 0, false, &mut dice);
            let has = |sku: &str| items.iter().any(|item| item.product() == Some(sku));
            plates += i32::from(has("TBL-101"));
            both += i32::from(has("TBL-101") && has("TBL-102"));
        }
        assert!(plates > 100 && both * 4 > plates, "{both} of {plates}");
    }
}
