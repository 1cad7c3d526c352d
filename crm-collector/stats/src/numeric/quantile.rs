//! Order statistics: quantiles, the median, the median absolute deviation. Values that are not
//! finite are left out; what comes out is finite, or nothing where nothing is left.

/// Times the median absolute deviation: the standard deviation, where values are normal
/// (1 / Φ⁻¹(3/4); Rousseeuw & Croux 1993).
pub const NORMAL_MAD: f64 = 1.482_602_218_505_602;

/// The quantile at `p` (clamped to 0 to 1) of values in any order, in linear time.
///
/// Between two order statistics it interpolates: x₍ₖ₎ + (h − k)(x₍ₖ₊₁₎ − x₍ₖ₎) with
/// h = (n − 1)p + 1 and k = ⌊h⌋ (Hyndman & Fan 1996, definition 7, the default of R and NumPy).
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    quantile_in_place(&mut finite(values), p)
}

/// The same of values that may be reordered, and of which all are finite.
pub fn quantile_in_place(values: &mut [f64], p: f64) -> Option<f64> {
    let (below, share) = position(values.len(), p)?;
    let (_, &mut lower, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let upper = above.iter().copied().min_by(f64::total_cmp).unwrap_or(lower);
    Some(between(lower, upper, share))
}

/// The same of values that are finite and ascend: the way to many quantiles of the same values.
pub fn quantile_of_sorted(sorted: &[f64], p: f64) -> Option<f64> {
    let (below, share) = position(sorted.len(), p)?;
    let &lower = sorted.get(below)?;
    Some(between(lower, sorted.get(below + 1).copied().unwrap_or(lower), share))
}

/// The finite values, ascending.
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = finite(values);
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// The middle value, or the mean of the two.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The median of values that may be reordered, and of which all are finite.
pub fn median_in_place(values: &mut [f64]) -> Option<f64> {
    quantile_in_place(values, 0.5)
}

/// The median absolute deviation from a given centre.
pub fn mad_about(values: &[f64], centre: f64) -> Option<f64> {
    let mut deviations: Vec<f64> = values
        .iter()
        .filter(|value| value.is_finite())
        .map(|value| (value - centre).abs().min(f64::MAX))
        .collect();
    median_in_place(&mut deviations)
}

fn finite(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|value| value.is_finite()).collect()
}

/// The order statistic at or below the quantile, counted from 0, and the way to the next.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of the last index is neither negative nor beyond it"
)]
fn position(count: usize, p: f64) -> Option<(usize, f64)> {
    let last = count.checked_sub(1)?;
    let p = if p.is_nan() { 0.5 } else { p.clamp(0.0, 1.0) };
    let exact = p * last as f64;
    let below = (exact.floor() as usize).min(last);
    Some((below, exact - below as f64))
}

/// A weighted mean that neither leaves its ends nor overflows between them.
fn between(lower: f64, upper: f64, share: f64) -> f64 {
    (lower * (1.0 - share) + upper * share).clamp(lower, upper)
}

#[cfg(test)]
mod tests {
    use super::{NORMAL_MAD, median, quantile, quantile_of_sorted, sorted};
    use proptest::prelude::*;

    #[test]
    fn quantiles_are_those_that_numpy_gives() {
        // numpy.quantile([7, 1, 4, 10, 2.5], [0, .1, .25, .5, .8, .95, 1])
        let values = [7.0, 1.0, 4.0, 10.0, 2.5];
        let expected =
            [(0.0, 1.0), (0.1, 1.6), (0.25, 2.5), (0.5, 4.0), (0.8, 7.6), (0.95, 9.4), (1.0, 10.0)];
        for (p, value) in expected {
            let found = quantile(&values, p).unwrap();
            assert!((found - value).abs() < 1e-12, "at {p}: {found}");
        }
    }

    #[test]
    fn medians_of_even_and_odd_counts_and_of_none() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[f64::NAN, f64::INFINITY]), None);
        assert_eq!(median(&[f64::NAN, 5.0, f64::NEG_INFINITY]), Some(5.0));
    }

    #[test]
    fn the_factor_makes_a_standard_deviation_of_normal_quartiles() {
        // Φ⁻¹(3/4) to 15 digits.
        assert!((NORMAL_MAD * 0.674_489_750_196_082 - 1.0).abs() < 1e-14);
    }

    proptest! {
        #[test]
        fn selection_agrees_with_sorting(
            values in prop::collection::vec(prop::num::f64::ANY, 0..60),
            p in 0.0..=1.0,
        ) {
            let found = quantile(&values, p);
            prop_assert_eq!(found, quantile_of_sorted(&sorted(&values), p));
            prop_assert!(found.is_none_or(f64::is_finite));
        }
    }
}
