//! Weights of forecasts in their combination.
//!
//! Equal weights are hard to beat on one series, for there is too little to tell the members apart
//! (Stock & Watson 2004); over a file of like series there is enough. So the weights minimise the
//! absolute error over all series, and pay for every step away from where they began.

use std::collections::BTreeMap;

use crate::numeric::count::f64_of;

/// The held-out end of one series, and what the members said of it.
#[derive(Clone, Debug)]
pub(super) struct Holdout {
    /// The values that were held out.
    pub(super) actual: Vec<f64>,
    /// One forecast a member, as long as `actual`; `None` where the member had none.
    pub(super) forecasts: Vec<Option<Vec<f64>>>,
    /// What an absolute error of one unit costs on this series.
    pub(super) cost: f64,
    /// From which origin, counted back from the end of the series.
    pub(super) origin: usize,
}

/// Steps of the descent; the weights are settled to three digits long before.
const STEPS: usize = 300;

/// So many holdouts of one origin say all that it has to say.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what another value does.
const HOLDOUTS_OF_A_PERIOD: f64 = 250.0;

/// Weights of the members, summing to one: the minimum over the simplex of the mean absolute error
/// times its cost, plus `anchor / holdouts` times the Kullback-Leibler divergence from `prior`, by
/// mirror descent (Beck & Teboulle 2003, algorithm EMDA). `prior` has one positive entry for each
/// member; `anchor` is the number of holdouts at which both count alike.
pub(super) fn weights(holdouts: &[&Holdout], prior: &[f64], anchor: f64) -> Vec<f64> {
    let prior = shares(prior);
    let usable: Vec<&Holdout> = holdouts
        .iter()
        .copied()
        .filter(|holdout| holdout.cost.is_finite() && holdout.cost > 0.0)
        .collect();
    // In units of what the prior costs, so that the anchor means the same whatever the data.
    let (base, _) = cost_and_slope(&usable, &prior);
    if usable.is_empty() || !(base.is_normal()) {
        return prior;
    }
    let pull = anchor / effective(&usable);
    let mut weights = prior.clone();
    let mut average = vec![0.0; prior.len()];
    for step in 0..STEPS {
        let (_, slope) = cost_and_slope(&usable, &weights);
        let rate = 4.0 / (1.0 + f64_of(step)).sqrt();
        for ((weight, slope), prior) in weights.iter_mut().zip(&slope).zip(&prior) {
            // The divergence is taken implicitly: however strong its pull, it does not overshoot.
            let moved = weight.max(1e-300).ln() - (rate * slope / base).clamp(-3.0, 3.0);
            *weight = ((moved + rate * pull * prior.ln()) / (1.0 + rate * pull)).exp();
        }
        weights = shares(&weights);
        // The first half is the way there.
        if step >= STEPS / 2 {
            for (sum, weight) in average.iter_mut().zip(&weights) {
                *sum += weight;
            }
        }
    }
    shares(&average)
}

/// How many holdouts there are in effect. Series of one period share its shocks: beyond some of
/// them, more tell what suited that period, and only further origins tell more.
fn effective(holdouts: &[&Holdout]) -> f64 {
    let mut origins: BTreeMap<usize, f64> = BTreeMap::new();
    for holdout in holdouts {
        *origins.entry(holdout.origin).or_default() += 1.0;
    }
    origins.into_values().map(|count| count.min(HOLDOUTS_OF_A_PERIOD)).sum()
}

/// The combination of the forecasts that are there, their weights scaled to sum to one; `None`
/// where there is none, or none with any weight.
pub(super) fn combine(forecasts: &[Option<Vec<f64>>], weights: &[f64]) -> Option<Vec<f64>> {
    let present =
        || forecasts.iter().zip(weights).filter_map(|(one, weight)| Some((one.as_ref()?, weight)));
    let total: f64 = present().map(|(_, weight)| weight).sum();
    if total.is_nan() || total <= 0.0 {
        return None;
    }
    let length = present().map(|(one, _)| one.len()).min()?;
    let mut sum = vec![0.0; length];
    for (one, weight) in present() {
        for (sum, value) in sum.iter_mut().zip(one) {
            *sum += weight / total * value;
        }
    }
    Some(sum)
}

/// The mean cost of a combination, and its slope in each weight less the mean slope.
fn cost_and_slope(holdouts: &[&Holdout], weights: &[f64]) -> (f64, Vec<f64>) {
    let mut cost = 0.0;
    let mut slope = vec![0.0; weights.len()];
    for holdout in holdouts {
        let Some(combined) = combine(&holdout.forecasts, weights) else { continue };
        let total: f64 = holdout
            .forecasts
            .iter()
            .zip(weights)
            .filter_map(|(one, weight)| one.as_ref().map(|_| weight))
            .sum();
        let unit = holdout.cost / f64_of(holdout.actual.len().max(1));
        for (step, (actual, value)) in holdout.actual.iter().zip(&combined).enumerate() {
            cost += unit * (actual - value).abs();
            let sign = if value > actual { unit } else { -unit };
            for (slope, one) in slope.iter_mut().zip(&holdout.forecasts) {
                if let Some(forecast) = one {
                    *slope += sign * (forecast[step] - value) / total;
                }
            }
        }
    }
    let count = f64_of(holdouts.len().max(1));
    (cost / count, slope.into_iter().map(|sum| sum / count).collect())
}

fn shares(values: &[f64]) -> Vec<f64> {
    let total: f64 = values.iter().sum();
    if total > 0.0 && total.is_finite() {
        values.iter().map(|value| value / total).collect()
    } else {
        vec![1.0 / f64_of(values.len().max(1)); values.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holdout(actual: f64, forecasts: &[f64]) -> Holdout {
        let forecasts = forecasts.iter().map(|value| Some(vec![*value])).collect();
        Holdout { actual: vec![actual], forecasts, cost: 1.0, origin: 1 }
    }

    #[test]
    fn a_member_that_is_always_right_takes_nearly_all_when_there_are_many_holdouts() {
        let holdouts: Vec<Holdout> = (0..2_000)
            .map(|index| {
                let actual = f64::from(index % 17);
                holdout(actual, &[actual, actual + if index % 2 == 0 { 3.0 } else { -3.0 }])
            })
            .collect();
        let found = weights(&holdouts.iter().collect::<Vec<_>>(), &[1.0, 1.0], 10.0);
        assert!(found[0] > 0.95, "{found:?}");
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn errors_that_cancel_are_weighted_to_cancel() {
        // One is three too high, the other one too low: 1/4 and 3/4.
        let holdouts: Vec<Holdout> =
            (0..2_000).map(|origin| Holdout { origin, ..holdout(10.0, &[13.0, 9.0]) }).collect();
        let found = weights(&holdouts.iter().collect::<Vec<_>>(), &[1.0, 1.0], 1.0);
        assert!((found[0] - 0.25).abs() < 0.02, "{found:?}");
    }

    #[test]
    fn without_holdouts_the_weights_are_where_they_began() {
        assert_eq!(weights(&[], &[3.0, 1.0], 10.0), [0.75, 0.25]);
        let one = weights(&[&holdout(1.0, &[1.0, 2.0])], &[1.0, 1.0], 1e6);
        assert!((one[0] - 0.5).abs() < 1e-3, "{one:?}");
    }

    #[test]
    fn absent_members_leave_their_weight_to_the_others() {
        let combined =
            combine(&[Some(vec![1.0, 2.0]), None, Some(vec![3.0, 6.0])], &[0.25, 0.5, 0.25]);
        assert_eq!(combined, Some(vec![2.0, 4.0]));
        assert_eq!(combine(&[None], &[1.0]), None);
    }
}
