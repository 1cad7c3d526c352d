//! The models that everything else has to beat, and two of growth: what was last, what was a season
//! ago, the mean growth, and growth that returns to its mean.

use super::{ModelFit, mean, real};

/// The last value again, for ever. A series of nothing is forecast as zeros.
pub fn naive(values: &[f64], horizon: usize) -> ModelFit {
    let last = values.last().copied().unwrap_or(0.0);
    let errors = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    ModelFit { point: vec![last; horizon], errors }
}

/// The values of the last season again, for ever; the last value where there is no whole season.
pub fn seasonal_naive(values: &[f64], season: usize, horizon: usize) -> ModelFit {
    let season = season.max(1);
    let Some(start) = values.len().checked_sub(season) else { return naive(values, horizon) };
    let point = values[start..].iter().copied().cycle().take(horizon).collect();
    let errors = values[season..].iter().zip(values).map(|(now, then)| now - then).collect();
    ModelFit { point, errors }
}

/// A random walk with drift: the mean growth of the last `span` steps goes on from the last value,
/// each step's growth `damping` times that of the step before (1: on a line).
pub fn drift(values: &[f64], span: usize, damping: f64, horizon: usize) -> ModelFit {
    let steps = span.min(values.len().saturating_sub(1));
    if steps == 0 {
        return naive(values, horizon);
    }
    let last = values[values.len() - 1];
    let growth = (last - values[values.len() - 1 - steps]) / real(steps);
    let mut step = growth;
    let mut level = last;
    let point = std::iter::repeat_with(|| {
        step *= damping;
        level += step;
        level
    });
    ModelFit { point: point.take(horizon).collect(), errors: Vec::new() }
}

/// Growth that returns to its mean: an autoregression of first order of the differences, by its
/// Yule-Walker estimate: ARIMA(1,1,0) with drift (Box and Jenkins 1970).
pub fn returning_growth(values: &[f64], horizon: usize) -> ModelFit {
    if values.len() < 4 {
        return naive(values, horizon);
    }
    let growth: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mean = mean(&growth);
    let spread: f64 = growth.iter().map(|step| (step - mean).powi(2)).sum();
    let with_next: f64 = growth.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    let memory = if spread > 0.0 { with_next / spread } else { 0.0 };
    let errors = growth.windows(2).map(|pair| pair[1] - mean - memory * (pair[0] - mean)).collect();
    let mut level = values[values.len() - 1];
    let mut excess = growth[growth.len() - 1] - mean;
    let point = std::iter::repeat_with(|| {
        excess *= memory;
        level += mean + excess;
        level
    });
    ModelFit { point: point.take(horizon).collect(), errors }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_value_and_the_last_season_come_again() {
        let values = [1.0, 2.0, 3.0, 5.0, 7.0];
        assert_eq!(naive(&values, 3).point, [7.0; 3]);
        assert_eq!(naive(&values, 3).errors, [1.0, 1.0, 2.0, 2.0]);
        let season = seasonal_naive(&values, 3, 5);
        assert_eq!(season.point, [3.0, 5.0, 7.0, 3.0, 5.0]);
        assert_eq!(season.errors, [4.0, 5.0]);
        assert_eq!(seasonal_naive(&values, 9, 2).point, [7.0, 7.0]);
        assert_eq!(naive(&[], 2), ModelFit { point: vec![0.0; 2], errors: vec![] });
    }

    #[test]
    fn drift_goes_on_from_the_last_value_and_fades_when_damped() {
        let values = [0.0, 10.0, 11.0, 13.0];
        assert_eq!(drift(&values, 2, 1.0, 3).point, [14.5, 16.0, 17.5]);
        assert_eq!(drift(&values, 100, 0.5, 2).point, [13.0 + 13.0 / 6.0, 13.0 + 13.0 / 4.0]);
        assert_eq!(drift(&[4.0], 5, 0.9, 2).point, [4.0, 4.0]);
    }

    #[test]
    fn growth_returns_to_its_mean_by_the_factor_of_its_autocorrelation() {
        // Differences 1, 3, 1, 3, 2: mean 2, autocovariances 4 and -3, so that the factor is -3/4.
        let values = [0.0, 1.0, 4.0, 5.0, 8.0, 10.0];
        let fit = returning_growth(&values, 3);
        assert_eq!(fit.point, [12.0, 14.0, 16.0]);
        let values = [0.0, 1.0, 4.0, 5.0, 8.0];
        // Differences 1, 3, 1, 3: the excess of 1 turns to -3/4, then to 9/16.
        assert_eq!(returning_growth(&values, 2).point, [8.0 + 1.25, 8.0 + 1.25 + 2.5625]);
    }

    proptest! {
        #[test]
        fn a_line_goes_on_as_a_line(start in -1e3..1e3_f64, slope in -50.0..50.0_f64, count in 4_usize..60) {
            let values: Vec<f64> = (0..count).map(|at| start + slope * real(at)).collect();
            for fit in [drift(&values, 10, 1.0, 5), returning_growth(&values, 5)] {
                for (step, point) in fit.point.iter().enumerate() {
                    prop_assert!((point - (start + slope * real(count + step))).abs() < 1e-6);
                }
            }
        }
    }
}
