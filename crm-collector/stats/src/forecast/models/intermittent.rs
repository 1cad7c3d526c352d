//! Intermittent demand: series that are zero most of the time. Both forecast one rate, which
//! goes on for ever.

use super::holt::{Trend, holt};
use super::{Loss, ModelFit, mean, real};

/// How much of a new size, or of a new interval, is taken in. Demand that comes seldom allows no
/// search; 0.1 is what the literature settles on (Syntetos and Boylan 2005).
const SMOOTHING: f64 = 0.1;

/// Smoothed size times smoothed probability, which falls while nothing is demanded, so that what
/// went out of use is forecast less and less (Teunter, Syntetos and Babai, Intermittent demand:
/// linking forecasting to inventory obsolescence, 2011). Starts from the means.
pub fn tsb(values: &[f64], horizon: usize) -> ModelFit {
    let demands: Vec<f64> = values.iter().copied().filter(|value| *value != 0.0).collect();
    if demands.is_empty() {
        return ModelFit { point: vec![0.0; horizon], errors: Vec::new() };
    }
    let mut size = mean(&demands);
    let mut probability = real(demands.len()) / real(values.len());
    for value in values {
        let demanded = *value != 0.0;
        if demanded {
            size += SMOOTHING * (value - size);
        }
        probability += SMOOTHING * (if demanded { 1.0 } else { 0.0 } - probability);
    }
    ModelFit { point: vec![size * probability; horizon], errors: Vec::new() }
}

/// Sums over blocks of the mean interval between demands, smoothed exponentially, and divided
/// evenly again (Nikolopoulos, Syntetos, Boylan, Petropoulos and Assimakopoulos, An
/// aggregate-disaggregate intermittent demand approach, 2011). The blocks end with the series.
pub fn adida(values: &[f64], horizon: usize) -> ModelFit {
    let demands = values.iter().filter(|value| **value != 0.0).count();
    if demands == 0 {
        return ModelFit { point: vec![0.0; horizon], errors: Vec::new() };
    }
    let block = (values.len() + demands / 2) / demands;
    let first = values.len() % block;
    let sums: Vec<f64> = values[first..].chunks(block).map(|block| block.iter().sum()).collect();
    let smoothed = holt(&sums, Trend::None, Loss::Squares, 1).fit;
    let rate = smoothed.point.first().map_or(0.0, |sum| sum / real(block));
    ModelFit { point: vec![rate; horizon], errors: Vec::new() }
}

/// The demands with none larger than five times what nine tenths of them do not exceed: an order
/// of a wholly different size, often withdrawn, is no rate.
pub fn without_wild_sizes(values: &[f64]) -> Vec<f64> {
    let mut sizes: Vec<f64> = values.iter().copied().filter(|value| *value != 0.0).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let last = sizes.len().saturating_sub(1);
    let Some(usual) = sizes.get(last * 9 / 10) else { return values.to_vec() };
    let cap = 5.0 * usual;
    values.iter().map(|value| value.min(cap)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_order_of_a_different_size_is_cut_to_what_is_usual() {
        let mut values = [0.0, 2.0, 0.0, 1.0, 3.0, 0.0, 2.0, 0.0, 1.0, 900.0];
        assert_eq!(without_wild_sizes(&values)[9], 15.0);
        values[9] = 12.0;
        assert_eq!(without_wild_sizes(&values), values);
        assert_eq!(without_wild_sizes(&[0.0, 0.0]), [0.0, 0.0]);
    }

    #[test]
    fn the_rate_of_what_went_out_of_use_falls() {
        let mut values = vec![0.0, 3.0, 0.0, 3.0, 0.0, 3.0];
        let falling = tsb(&values, 1);
        values.extend([0.0; 20]);
        // Size 3; the mean 3/26 as start, then 20 times 0.9.
        let mut probability: f64 = 3.0 / 26.0;
        for value in &values {
            probability += 0.1 * (f64::from(u8::from(*value > 0.0)) - probability);
        }
        assert!((tsb(&values, 1).point[0] - 3.0 * probability).abs() < 1e-12);
        assert!(tsb(&values, 1).point[0] < 0.25 * falling.point[0]);
    }

    #[test]
    fn steady_demand_has_its_own_rate() {
        let values: Vec<f64> = (0..60).map(|at| if at % 4 == 3 { 8.0 } else { 0.0 }).collect();
        assert!((adida(&values, 1).point[0] - 2.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_demanded_is_nothing_forecast() {
        for model in [tsb, adida] {
            assert_eq!(model(&[0.0; 9], 2).point, [0.0; 2]);
            assert_eq!(model(&[], 1).point, [0.0]);
        }
    }
}
