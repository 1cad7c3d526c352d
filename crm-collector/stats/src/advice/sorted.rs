//! Lower bounds from what was alike.

use super::BOUND;
use crate::numeric::quantile::quantile_in_place;

/// What four of five lie above; 0 of nothing.
pub(super) fn bound(values: &mut [f64]) -> f64 {
    quantile_in_place(values, BOUND).unwrap_or(0.0).max(0.0)
}

/// The lower end of the one-sided interval of a share: Jeffreys' (Brown, Cai & DasGupta 2001), by
/// bisection of the incomplete beta function.
pub(super) fn least_share(hits: u32, of: u32, chance_below: f64) -> f64 {
    if hits == 0 || of == 0 {
        return 0.0;
    }
    let (a, b) = (f64::from(hits) + 0.5, f64::from(of.saturating_sub(hits)) + 0.5);
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if crate::numeric::special::beta_inc(a, b, middle) < chance_below {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_few_is_bounded_further_below_than_one_of_many() {
        let few = least_share(5, 10, 0.2);
        let many = least_share(500, 1_000, 0.2);
        // R: qbeta(.2, 5.5, 5.5) and qbeta(.2, 500.5, 500.5).
        assert!((few - 0.372_6).abs() < 0.001, "{few}");
        assert!((many - 0.486_7).abs() < 0.001, "{many}");
        assert_eq!(least_share(0, 10, 0.2), 0.0);
    }
}
