//! A change of revenue as price, volume and mix, by product. The effects of a product sum to its
//! change, those of all products to the change of the whole.

use super::{Change, finite, settle};

/// What one product brought in two periods.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Line {
    /// Units sold.
    pub units: Change,
    /// Money that they brought.
    pub money: Change,
}

/// The parts of one product's change, in money.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LineEffects {
    /// Its price moved.
    pub price: f64,
    /// More or fewer units, each at the average price of all products.
    pub volume: f64,
    /// Its units cost more or less than the average.
    pub mix: f64,
    /// Money without units, such as fees, which no price explains.
    pub unpriced: f64,
}

impl LineEffects {
    /// The whole change of the product.
    pub fn total(self) -> f64 {
        self.price + self.volume + self.mix + self.unpriced
    }
}

/// A change of revenue and its parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PriceVolumeMix {
    /// Revenue after less before.
    pub change: f64,
    /// Prices moved.
    pub price: f64,
    /// More or fewer units in all.
    pub volume: f64,
    /// Dearer or cheaper products among them.
    pub mix: f64,
    /// Money without units.
    pub unpriced: f64,
    /// The same parts by product, in the order given.
    pub lines: Vec<LineEffects>,
}

/// How many times a product's money a price effect may be and still be called one. A price that
/// moves more is that of a few stray units, and would bury the digits of everything beside it.
const MOST_TIMES: f64 = 1e5;

/// Splits a change of revenue by Bennet's symmetric indicator (Bennet 1920; Diewert 2005, eq. 18):
/// with price p and units q of product i, price = Σ ½(q⁰ᵢ + q¹ᵢ)(p¹ᵢ − p⁰ᵢ) and quantity =
/// Σ ½(p⁰ᵢ + p¹ᵢ)(q¹ᵢ − q⁰ᵢ). Of the quantity, P̄ Σ (q¹ᵢ − q⁰ᵢ) is volume, P̄ the mean of both
/// periods' average prices, and the rest is mix. A product that is new or gone has one price in
/// both periods, so its change is volume and mix.
pub fn price_volume_mix(lines: &[Line]) -> PriceVolumeMix {
    let lines: Vec<Line> = lines
        .iter()
        .map(|line| Line { units: line.units.finite(), money: line.money.finite() })
        .collect();
    let average_price = average_price(&lines);
    let mut all = PriceVolumeMix::default();
    let (mut before, mut after) = (0.0, 0.0);
    for line in &lines {
        let effects = effects(*line, average_price);
        before += line.money.before;
        after += line.money.after;
        all.price += effects.price;
        all.volume += effects.volume;
        all.mix += effects.mix;
        all.unpriced += effects.unpriced;
        all.lines.push(effects);
    }
    all.change = finite(after) - finite(before);
    settle([&mut all.price, &mut all.volume, &mut all.mix, &mut all.unpriced], all.change);
    all
}

/// By absolute amounts, so that returns that nearly cancel sales make no giant of it.
fn average_price(lines: &[Line]) -> f64 {
    let of = |pick: fn(Change) -> f64| {
        let units: f64 = lines.iter().map(|line| pick(line.units).abs()).sum();
        let money: f64 = lines.iter().map(|line| pick(line.money).abs()).sum();
        let price = money / units;
        price.is_finite().then_some(price)
    };
    let price = match (of(|change| change.before), of(|change| change.after)) {
        (Some(before), Some(after)) => before / 2.0 + after / 2.0,
        (Some(price), None) | (None, Some(price)) => price,
        (None, None) => 0.0,
    };
    let money: f64 =
        lines.iter().map(|line| line.money.before.abs() + line.money.after.abs()).sum();
    let moved: f64 = lines.iter().map(|line| line.units.difference().abs()).sum();
    // An average of a few units and of millions is none: all is mix then.
    if price * moved <= MOST_TIMES * money { price } else { 0.0 }
}

fn effects(line: Line, average_price: f64) -> LineEffects {
    let Line { units, money } = line;
    let change = money.difference();
    let unpriced = LineEffects { unpriced: change, ..LineEffects::default() };
    // Money of a period without units has no price and stands beside the rest.
    let priced = |money: f64, units: f64| if units == 0.0 { 0.0 } else { money };
    let (before, after) = (priced(money.before, units.before), priced(money.after, units.after));
    let (price, mean_price) = match (units.before != 0.0, units.after != 0.0) {
        (false, false) => return unpriced,
        (false, true) => (0.0, after / units.after),
        (true, false) => (0.0, before / units.before),
        (true, true) => {
            let (old, new) = (before / units.before, after / units.after);
            ((units.before / 2.0 + units.after / 2.0) * (new - old), old / 2.0 + new / 2.0)
        }
    };
    let quantity = (after - before) - price;
    let volume = average_price * units.difference();
    let mix = quantity - volume;
    let bound = MOST_TIMES * before.abs().max(after.abs());
    if !(price.is_finite() && mean_price.is_finite() && volume.is_finite() && price.abs() <= bound)
    {
        return unpriced;
    }
    let mut found = LineEffects { price, volume, mix, unpriced: change - (after - before) };
    settle([&mut found.price, &mut found.volume, &mut found.mix, &mut found.unpriced], change);
    found
}

#[cfg(test)]
mod tests {
    use super::super::Change;
    use super::{Line, LineEffects, price_volume_mix};
    use proptest::prelude::*;

    fn line(q0: f64, m0: f64, q1: f64, m1: f64) -> Line {
        Line { units: Change { before: q0, after: q1 }, money: Change { before: m0, after: m1 } }
    }

    #[test]
    fn a_price_that_rises_alone_is_price() {
        let found = price_volume_mix(&[line(10.0, 100.0, 10.0, 120.0), line(5.0, 5.0, 5.0, 5.0)]);
        assert_eq!((found.price, found.volume, found.mix, found.change), (20.0, 0.0, 0.0, 20.0));
    }

    #[test]
    fn units_that_all_double_are_volume() {
        let found =
            price_volume_mix(&[line(10.0, 100.0, 20.0, 200.0), line(30.0, 60.0, 60.0, 120.0)]);
        assert_eq!((found.price, found.volume, found.mix), (0.0, 160.0, 0.0));
    }

    #[test]
    fn a_move_to_dearer_products_is_mix() {
        let found =
            price_volume_mix(&[line(10.0, 100.0, 20.0, 200.0), line(20.0, 20.0, 10.0, 10.0)]);
        assert_eq!((found.price, found.volume, found.mix, found.change), (0.0, 0.0, 90.0, 90.0));
    }

    #[test]
    fn the_indicator_is_the_mean_of_those_of_laspeyres_and_paasche() {
        // 10 × 2.00 to 16 × 2.50, 5 × 8.00 to 4 × 7.00, by hand: at old units 5 − 5, at new 8 − 4.
        let found = price_volume_mix(&[line(10.0, 20.0, 16.0, 40.0), line(5.0, 40.0, 4.0, 28.0)]);
        assert!((found.price - 2.0).abs() < 1e-12);
        assert!((found.volume + found.mix - 6.0).abs() < 1e-12);
    }

    #[test]
    fn new_and_vanished_products_have_no_price_effect_and_fees_no_price() {
        let found = price_volume_mix(&[
            line(0.0, 0.0, 4.0, 40.0),
            line(3.0, 60.0, 0.0, 0.0),
            line(0.0, 2.0, 0.0, 9.0),
        ]);
        assert_eq!(found.price, 0.0);
        assert_eq!(found.lines[2], LineEffects { unpriced: 7.0, ..LineEffects::default() });
        assert_eq!(found.change, -13.0);
        assert!((found.volume + found.mix + 20.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_change_of_each_product_and_of_all(
            given in prop::collection::vec(
                (-50_i32..200, -1e4..1e5_f64, -50_i32..200, -1e4..1e5_f64), 0..30),
        ) {
            let lines: Vec<Line> =
                given.iter().map(|&(q0, m0, q1, m1)| line(q0.into(), m0, q1.into(), m1)).collect();
            let found = price_volume_mix(&lines);
            let scale = lines.iter().map(|l| l.money.before.abs() + l.money.after.abs()).sum::<f64>();
            let sum = found.price + found.volume + found.mix + found.unpriced;
            let change: f64 = lines.iter().map(|l| l.money.difference()).sum();
            prop_assert!((sum - change).abs() <= 1e-9 * change.abs() + 1e-12 * scale);
            prop_assert!((found.change - change).abs() <= 1e-12 * scale);
            for (line, effects) in lines.iter().zip(&found.lines) {
                prop_assert!((effects.total() - line.money.difference()).abs() <= 1e-10 * scale);
            }
        }
    }
}
