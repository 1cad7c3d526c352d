//! Smooth lines through a series: the centred average over a season, and running lines. Sums move
//! along with their window, so that the cost does not depend on its width.

use super::real;

/// The average over one season around each point (for an even season the two outermost points
/// count half), which a season of that length does not disturb. The points within half a season
/// of either end have none: the averages are those of the points from `season / 2` on.
pub(super) fn seasonal_average(values: &[f64], season: usize) -> Vec<f64> {
    let half = season / 2;
    let width = 2 * half + 1;
    if season == 0 || values.len() < width {
        return Vec::new();
    }
    let ends = if season.is_multiple_of(2) { 0.5 } else { 0.0 };
    let mut sum: f64 = values[..width].iter().sum();
    let mut averages = Vec::with_capacity(values.len() - width + 1);
    for from in 0..=values.len() - width {
        let (first, last) = (values[from], values[from + width - 1]);
        averages.push((sum - ends * (first + last)) / real(season));
        if let Some(enters) = values.get(from + width) {
            sum += enters - first;
        }
    }
    averages
}

/// A line fitted to the `2·reach + 1` points around each point, all of them counting the same, and
/// read off at the point; at the ends the window is as wide and stands to one side (the running
/// lines of Friedman, A Variable Span Smoother, 1984).
pub(super) fn running_lines(values: &[f64], reach: usize) -> Vec<f64> {
    let count = values.len();
    let width = (2 * reach + 1).min(count);
    if width < 2 {
        return values.to_vec();
    }
    let (points, half) = (real(width), (real(width) - 1.0) / 2.0);
    // Places in the window are counted from its middle, so that they sum up to 0 and their squares
    // to w(w² - 1)/12.
    let squares = points * (points * points - 1.0) / 12.0;
    let mut smooth = Vec::with_capacity(count);
    let mut sum: f64 = values[..width].iter().sum();
    let mut products: f64 =
        values[..width].iter().enumerate().map(|(at, value)| (real(at) - half) * value).sum();
    let mut from = 0;
    for at in 0..count {
        if at > from + reach && from + width < count {
            let (leaves, enters) = (values[from], values[from + width]);
            // Each remaining point moves one place to the left.
            products += (half + 1.0) * leaves - sum + half * enters;
            sum += enters - leaves;
            from += 1;
        }
        smooth.push(sum / points + (real(at - from) - half) * products / squares);
    }
    smooth
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_average_over_a_season_is_that_of_the_textbook() {
        // A 2×4 average: half of the outermost points.
        let values = [1.0, 5.0, 2.0, 8.0, 3.0, 7.0];
        let expected = [(0.5 + 5.0 + 2.0 + 8.0 + 1.5) / 4.0, (2.5 + 2.0 + 8.0 + 3.0 + 3.5) / 4.0];
        assert_eq!(seasonal_average(&values, 4), expected);
        assert_eq!(seasonal_average(&values, 3), [8.0 / 3.0, 5.0, 13.0 / 3.0, 6.0]);
        assert!(seasonal_average(&values, 7).is_empty());
        assert!(seasonal_average(&[], 0).is_empty());
    }

    /// Straight from the normal equations, window by window.
    fn lines_one_by_one(values: &[f64], reach: usize) -> Vec<f64> {
        let width = (2 * reach + 1).min(values.len());
        (0..values.len())
            .map(|at| {
                let from = at.saturating_sub(reach).min(values.len() - width);
                let window = &values[from..from + width];
                let points = real(width);
                let (mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0);
                for (place, value) in window.iter().enumerate() {
                    x += real(place);
                    y += value;
                    xx += real(place) * real(place);
                    xy += real(place) * value;
                }
                let slope = (points * xy - x * y) / (points * xx - x * x);
                (y - slope * x) / points + slope * real(at - from)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn running_lines_are_those_fitted_one_by_one(
            values in prop::collection::vec(-100.0..100.0_f64, 2..60), reach in 1_usize..20,
        ) {
            let lines = running_lines(&values, reach);
            for (one, other) in lines.iter().zip(lines_one_by_one(&values, reach)) {
                prop_assert!((one - other).abs() < 1e-8, "{} {}", one, other);
            }
            prop_assert_eq!(lines.len(), values.len());
        }
    }
}
