//! What lies in a basket: some things chosen for themselves, some for what they go with.

use super::catalogue::{Category, PRODUCTS, Product};
use super::dice::Dice;

/// How many of a million choices bring along what goes with them.
const PAIRED: u64 = 340_000;
/// How much likelier a customer chooses from the category that suits them, in hundredths.
const FAVOURITE: u64 = 260;
/// Most things chosen for themselves: one in this many of a hundred baskets, two, and so on.
const CHOICES: [u64; 5] = [42, 30, 16, 8, 4];
/// The product that a magazine praises, and how often it is chosen then, in hundredths of before.
const PRAISED: (&str, u64) = ("TEA-202", 500);
/// For how many days before the shop's end.
pub(super) const PRAISED_DAYS: u64 = 140;

/// So many pieces of a product.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice {
    pub(super) product: &'static Product,
    pub(super) pieces: u64,
}

/// Fills a basket.
pub(super) fn fill(
    favourite: Option<Category>,
    month: u32,
    is_praised: bool,
    dice: &mut Dice,
) -> Vec<Choice> {
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
    let mut choices: Vec<Choice> = Vec::new();
    for product in chosen {
        if choices.iter().any(|choice| choice.product.sku == product.sku) {
            continue;
        }
        let few = if product.cents < 3_000 { [70, 20, 5, 5] } else { [93, 6, 1, 0] };
        choices.push(Choice { product, pieces: 1 + dice.weighted(few) as u64 });
    }
    choices
}

/// What comes back of a basket: all of it, or one product or a part of one.
pub(super) fn returned(choices: &[Choice], dice: &mut Dice) -> Vec<Choice> {
    if (choices.len() == 1 && choices[0].pieces == 1) || dice.chance(450_000) {
        return choices.to_vec();
    }
    let choice = *dice.pick(choices);
    vec![Choice { pieces: dice.between(1, choice.pieces), ..choice }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_together_is_bought_together() {
        let mut dice = Dice::new(3);
        let (mut both, mut plates) = (0, 0);
        for _ in 0..5_000 {
            let choices = fill(None, 5, false, &mut dice);
            let has = |sku: &str| choices.iter().any(|choice| choice.product.sku == sku);
            plates += i32::from(has("TBL-101"));
            both += i32::from(has("TBL-101") && has("TBL-102"));
        }
        assert!(plates > 100 && both * 4 > plates, "{both} of {plates}");
    }
}
