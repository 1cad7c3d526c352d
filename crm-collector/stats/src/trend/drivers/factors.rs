//! A change of revenue as customers × orders a customer × units an order × money a unit.

use super::Change;

/// What two periods had in all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Volumes {
    /// Distinct customers who bought.
    pub customers: Change,
    /// Orders.
    pub orders: Change,
    /// Units in them.
    pub units: Change,
    /// Money that they brought.
    pub revenue: Change,
}

/// How a change was split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorMethod {
    /// The logarithmic mean Divisia index, LMDI-I: all factors are positive in both periods.
    Lmdi,
    /// The mean over all orders in which the factors could have changed: some factor is not
    /// positive, or all but disappears.
    Shapley,
}

/// A change of revenue and its parts, in money.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FactorEffects {
    /// Revenue after less before.
    pub change: f64,
    /// More or fewer customers.
    pub customers: f64,
    /// Orders a customer.
    pub frequency: f64,
    /// Units an order.
    pub basket: f64,
    /// Money a unit.
    pub price: f64,
    /// Revenue of a period that had no customers, orders or units to come from, or a change that
    /// is lost in how far its factors moved against each other.
    pub other: f64,
    /// How it was split.
    pub method: FactorMethod,
}

const FACTORS: usize = 4;

/// Splits a change of revenue over its four factors.
///
/// Where all are positive, by LMDI-I: Δ_k = L(R¹, R⁰) ln(f¹_k / f⁰_k) with the logarithmic mean
/// L(a, b) = (a − b) / (ln a − ln b) (Ang 2005, table 2). Else by the Shapley value, the mean of
/// a factor's marginal change over all orders (Sun 1998; Albrecht, François & Schoors 2002). A
/// factor that one of the periods does not have (nobody bought, so there is no frequency) counts
/// as unchanged.
pub fn factors(of: &Volumes) -> FactorEffects {
    let chain = [of.customers, of.orders, of.units, of.revenue].map(Change::finite);
    let change = chain[FACTORS - 1].difference();
    let mut before = [0.0; FACTORS];
    let mut after = [0.0; FACTORS];
    let mut above = Change { before: 1.0, after: 1.0 };
    for (k, link) in chain.into_iter().enumerate() {
        let old = ratio(link.before, above.before);
        let new = ratio(link.after, above.after);
        before[k] = old.or(new).unwrap_or(0.0);
        after[k] = new.or(old).unwrap_or(0.0);
        above = link;
    }
    let revenue = Change { before: before.iter().product(), after: after.iter().product() };
    if let Some([customers, frequency, basket, price]) = lmdi(before, after, revenue) {
        let mut found = FactorEffects {
            change,
            customers,
            frequency,
            basket,
            price,
            other: 0.0,
            method: FactorMethod::Lmdi,
        };
        settle(&mut found, chain[FACTORS - 1]);
        return found;
    }
    let [customers, frequency, basket, price] = shapley(before, after);
    let other = change - revenue.difference();
    let mut found = FactorEffects {
        change,
        customers,
        frequency,
        basket,
        price,
        other: if other.abs() <= 1e-9 * change.abs() { 0.0 } else { other },
        method: FactorMethod::Shapley,
    };
    settle(&mut found, chain[FACTORS - 1]);
    found
}

/// Factors that grow a millionfold while others shrink as much leave no digits to the sum.
const MOST_TIMES: f64 = 1e5;

fn settle(found: &mut FactorEffects, revenue: Change) {
    let bound = MOST_TIMES * revenue.before.abs().max(revenue.after.abs());
    let FactorEffects { change, customers, frequency, basket, price, other, .. } = found;
    // Written so that what is no number is beyond the bound as well.
    if [&customers, &frequency, &basket, &price].iter().all(|part| part.abs() <= bound) {
        super::settle([customers, frequency, basket, price, other], *change);
    } else {
        (*customers, *frequency, *basket, *price, *other) = (0.0, 0.0, 0.0, 0.0, *change);
    }
}

fn ratio(value: f64, of: f64) -> Option<f64> {
    let ratio = value / of;
    (of != 0.0 && ratio.is_finite()).then_some(ratio)
}

fn lmdi(before: [f64; FACTORS], after: [f64; FACTORS], revenue: Change) -> Option<[f64; FACTORS]> {
    let positive = |factors: &[f64]| factors.iter().all(|f| *f > 0.0 && f.is_finite());
    let logs: [f64; FACTORS] = std::array::from_fn(|k| (after[k] / before[k]).ln());
    if !(positive(&before) && positive(&after) && positive(&[revenue.before, revenue.after])) {
        return None;
    }
    let whole: f64 = logs.iter().sum();
    // The logarithmic mean without its 0/0: R⁰ (eᵈ − 1) / d.
    let mean = if whole == 0.0 { revenue.before } else { revenue.before * whole.exp_m1() / whole };
    let effects = logs.map(|log| mean * log);
    let bound = MOST_TIMES * revenue.before.max(revenue.after);
    effects.iter().all(|effect| effect.abs() <= bound).then_some(effects)
}

fn shapley(before: [f64; FACTORS], after: [f64; FACTORS]) -> [f64; FACTORS] {
    // |S|! (n − |S| − 1)! / n! for sets of 0, 1, 2, 3 of four.
    const WEIGHTS: [f64; FACTORS] = [1.0 / 4.0, 1.0 / 12.0, 1.0 / 12.0, 1.0 / 4.0];
    let product = |changed: u32, skipped: usize| -> f64 {
        (0..FACTORS)
            .filter(|k| *k != skipped)
            .map(|k| if changed >> k & 1 == 1 { after[k] } else { before[k] })
            .product()
    };
    std::array::from_fn(|k| {
        (0..1_u32 << FACTORS)
            .filter(|changed| changed >> k & 1 == 0)
            .map(|changed| {
                let count = changed.count_ones() as usize;
                WEIGHTS[count] * product(changed, k) * (after[k] - before[k])
            })
            .sum()
    })
}

#[cfg(test)]
mod tests {
    use super::super::Change;
    use super::{FactorEffects, FactorMethod, Volumes, factors};
    use proptest::prelude::*;

    fn volumes(before: [f64; 4], after: [f64; 4]) -> Volumes {
        let at = |k: usize| Change { before: before[k], after: after[k] };
        Volumes { customers: at(0), orders: at(1), units: at(2), revenue: at(3) }
    }

    fn sum(found: &FactorEffects) -> f64 {
        found.customers + found.frequency + found.basket + found.price + found.other
    }

    #[test]
    fn one_factor_that_moves_takes_the_whole_change() {
        let found =
            factors(&volumes([100.0, 200.0, 600.0, 6_000.0], [100.0, 200.0, 600.0, 9_000.0]));
        assert_eq!(found.method, FactorMethod::Lmdi);
        assert!((found.price - 3_000.0).abs() < 1e-9);
        for none in [found.customers, found.frequency, found.basket, found.other] {
            assert!(none.abs() < 1e-9);
        }
    }

    #[test]
    fn the_logarithmic_mean_divides_as_ang_s_formula_does() {
        // Twice the customers, half the price: the changes cancel, each ± R ln 2.
        let found = factors(&volumes([10.0, 10.0, 10.0, 80.0], [20.0, 20.0, 20.0, 80.0]));
        assert!((found.customers - 80.0 * 2.0_f64.ln()).abs() < 1e-9);
        assert!((found.price + 80.0 * 2.0_f64.ln()).abs() < 1e-9);
        assert_eq!(found.change, 0.0);
    }

    #[test]
    fn a_shop_that_opens_or_closes_does_so_by_its_customers() {
        let open = factors(&volumes([0.0; 4], [5.0, 10.0, 30.0, 60.0]));
        assert_eq!((open.customers, open.method), (60.0, FactorMethod::Shapley));
        let closed = factors(&volumes([5.0, 10.0, 30.0, 60.0], [0.0; 4]));
        assert_eq!(closed.customers, -60.0);
    }

    #[test]
    fn money_without_units_is_named_as_such() {
        let found = factors(&volumes([2.0, 2.0, 4.0, 8.0], [2.0, 2.0, 0.0, 5.0]));
        assert_eq!((found.basket, found.other), (-8.0, 5.0));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_change(
            before in prop::array::uniform4(-20.0..1e5_f64),
            after in prop::array::uniform4(-20.0..1e5_f64),
            zeros in 0_u8..255,
        ) {
            let blank = |values: [f64; 4], bits: u8| {
                std::array::from_fn(|k| if bits >> k & 1 == 1 { 0.0 } else { values[k].round() })
            };
            let (before, after) = (blank(before, zeros & zeros >> 2), blank(after, zeros >> 4));
            let found = factors(&volumes(before, after));
            let change = after[3] - before[3];
            prop_assert_eq!(found.change, change);
            let largest = [found.customers, found.frequency, found.basket, found.price, found.other]
                .iter().fold(0.0_f64, |most, part| most.max(part.abs()));
            prop_assert!((sum(&found) - change).abs() <= 1e-9 * change.abs() + 1e-13 * largest);
        }
    }
}
