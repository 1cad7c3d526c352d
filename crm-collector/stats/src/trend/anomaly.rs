//! Which values of a series stand out from what is around them.

use super::changepoint::levels;
use super::season::{seasonal, seasons};
use super::series::{Filled, filled, median_of_others, moving_mean, robust_scale};
use crate::numeric::distribution::{
    poisson_at_least, poisson_at_most, student_quantile, student_sf,
};
use crate::numeric::quantile::{NORMAL_MAD, median, quantile, quantile_of_sorted, sorted};
use crate::numeric::special::beta_inc;

/// The fewest values among which one can stand out.
const LEAST_VALUES: usize = 8;

/// The chance, over a whole series, that its most extreme value is called an anomaly though it is
/// none; for the second most extreme the same among the rest, and so on (Rosner 1983).
const LEVEL: f64 = 0.05;

/// At most this share of a series can stand out.
const MOST_ANOMALIES: f64 = 0.1;

/// How many neighbours on either side may say what a value should have been; which, the series
/// itself tells by how well they do.
const REACHES: [usize; 5] = [2, 4, 8, 16, 32];

/// Values on either side that the noise about a value is measured on, and how many values the
/// noise of the whole series counts for beside them.
const NOISE_REACH: usize = 40;
const NOISE_OF_ALL: f64 = 25.0;

/// The noise differs along a series where its highest tenth is so many times its lowest; of equal
/// noise, measured on as few values, it is 1.4.
const PLAINLY_DIFFERENT: f64 = 1.8;

/// A level of fewer values is not taken for one.
const LEAST_LEVEL: usize = 12;

/// Values on either side of a change between which it is seen whether it is a jump.
const CLOSE: usize = 5;

/// The median size knows the scale as well as this share of the values' squares would
/// (Rousseeuw & Croux 1993).
const MEDIAN_KNOWS: f64 = 0.37;

/// Standard errors of the ratio of quantiles that tails are judged by, times √n.
const QUANTILE_ERROR: f64 = 0.5;

/// Counts of a smaller median are judged as counts.
const SMALL_COUNT: f64 = 8.0;

/// The quantile that counts are held at before their spread is measured, and what that takes of it.
const COUNTS_HELD: f64 = 0.95;
const HOLDING_TAKES: f64 = 1.15;

/// Multiples of a unit above this are not counts of anything.
const MOST_MULTIPLES: f64 = 1e6;

/// How often the tails are looked at anew, without the anomalies found.
const MOST_ROUNDS: usize = 5;

/// The indices of the values that stand out, ascending.
///
/// `seasons` are their lengths in periods; a single 1 for none, nothing to find out. Values that
/// are not finite are gaps and no anomalies; fewer than eight values have none.
///
/// A value is compared with the median of its neighbours, all free of the seasons, on the scale
/// (plain, logarithm, or the square root that steadies counts) on which the series is most
/// regular. The differences, in units of the noise about them, have the tails of Student's t with
/// as many degrees of freedom as their inner 95% show, so that heavy tails are no anomalies by
/// themselves. An anomaly is outside the interval that the distribution foretells for the most
/// extreme of so many, by the steps and the level of the generalised extreme studentised deviate
/// (Rosner 1983): the largest i with pᵢ < 5% / (n − i + 1), p in ascending order.
pub fn anomalies(values: &[f64], seasons_of: &[usize]) -> Vec<usize> {
    let Some(filled) = filled(values).filter(|filled| !filled.is_straight()) else {
        return Vec::new();
    };
    let seasons = seasons(&filled.values, seasons_of);
    let Some((rest, counts)) = most_regular(values, &filled, &seasons) else { return Vec::new() };
    let mut found = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let tails = rest.tails_without(&found);
        let now = standing_out(values, &rest, tails, counts.as_ref());
        if now == found {
            break;
        }
        found = now;
    }
    found
}

/// What is left of the series on the scale on which it is most regular.
fn most_regular(
    values: &[f64],
    filled: &Filled,
    seasons: &[usize],
) -> Option<(Rest, Option<Counts>)> {
    if values.len() < LEAST_VALUES {
        return None;
    }
    let lattice = lattice(values);
    let (_, rest) = scales(filled, lattice)
        .into_iter()
        .filter_map(|scale| {
            let rest = Rest::of(&scale.values, seasons)?;
            Some((2.0 * values.len() as f64 * rest.noise_of_all.ln() + scale.jacobian, rest))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some((rest, lattice.and_then(|unit| Counts::of(values, unit))))
}

fn standing_out(values: &[f64], rest: &Rest, tails: Tails, counts: Option<&Counts>) -> Vec<usize> {
    let chance = |index: usize| {
        counts.map_or_else(
            || tails.chance(rest.values[index]),
            |counts| counts.chance(index, values[index]),
        )
    };
    let mut chances: Vec<(f64, usize)> = (0..values.len())
        .filter(|&index| {
            values[index].is_finite() && (counts.is_some() || rest.values[index].abs() > 2.5)
        })
        .map(|index| (chance(index), index))
        .collect();
    chances.sort_by(|a, b| a.0.total_cmp(&b.0));
    let most = (MOST_ANOMALIES * values.len() as f64).ceil();
    let found = (1..=chances.len())
        .rev()
        .find(|&count| {
            let left = (values.len() - count + 1) as f64;
            count as f64 <= most && chances[count - 1].0 < LEVEL / left
        })
        .unwrap_or(0);
    let mut found: Vec<usize> = chances[..found].iter().map(|(_, index)| *index).collect();
    found.sort_unstable();
    found
}

/// A way to look at the values, and −2 log of what it does to their density.
struct Scale {
    values: Vec<f64>,
    jacobian: f64,
}

fn scales(filled: &Filled, lattice: Option<f64>) -> Vec<Scale> {
    let mut scales = vec![Scale { values: filled.values.clone(), jacobian: 0.0 }];
    if filled.values.iter().all(|value| *value > 0.0) {
        let logarithms: Vec<f64> = filled.values.iter().map(|value| value.ln()).collect();
        let jacobian = 2.0 * logarithms.iter().sum::<f64>();
        scales.push(Scale { values: logarithms, jacobian });
    }
    if let Some(unit) = lattice {
        // √(x + 3/8) has the same variance for every mean where x is Poisson (Anscombe 1948).
        let shift = 0.375 * unit / filled.unit;
        let roots: Vec<f64> =
            filled.values.iter().map(|value| 2.0 * (value + shift).sqrt()).collect();
        let jacobian = filled.values.iter().map(|value| (value + shift).ln()).sum::<f64>();
        scales.push(Scale { values: roots, jacobian });
    }
    scales
}

/// The unit of which all values are small multiples, if there is one and none is negative: 1 for
/// counts, a price for the takings of one product.
fn lattice(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    let (least, most) = (*sorted.first()?, *sorted.last()?);
    let unit = sorted
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .filter(|gap| *gap > 1e-9 * most)
        .min_by(f64::total_cmp)?;
    let multiple = |value: &f64| {
        let times = value / unit;
        (times - times.round()).abs() < 1e-6 * times.max(1.0)
    };
    (least >= 0.0 && most / unit < MOST_MULTIPLES && sorted.iter().all(multiple)).then_some(unit)
}

/// What seasons and neighbours leave of a series.
struct Rest {
    /// In units of the noise about each.
    values: Vec<f64>,
    noise_of_all: f64,
}

impl Rest {
    fn of(values: &[f64], seasons: &[usize]) -> Option<Self> {
        let seasonal = seasonal(values, seasons);
        let mut adjusted: Vec<f64> = values.iter().zip(&seasonal).map(|(v, s)| v - s).collect();
        level(&mut adjusted);
        let (noise_of_all, rest) = REACHES
            .into_iter()
            .filter(|reach| 2 * reach < values.len())
            .map(|reach| {
                let others = median_of_others(&adjusted, reach);
                let rest: Vec<f64> = adjusted.iter().zip(others).map(|(v, o)| v - o).collect();
                (robust_scale(&rest), rest)
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))?;
        if noise_of_all <= 0.0 {
            return None;
        }
        let noise = noise(&rest, noise_of_all);
        let values = rest.iter().zip(noise).map(|(value, noise)| value / noise).collect();
        Some(Self { values, noise_of_all })
    }

    fn tails_without(&self, anomalies: &[usize]) -> Tails {
        let mut sizes: Vec<f64> = self.values.iter().map(|value| value.abs()).collect();
        for index in anomalies.iter().rev() {
            sizes.swap_remove(*index);
        }
        Tails::of(&sizes)
    }
}

/// Takes the jumps at changes of level away, so that neighbours on the other side of one say what
/// a value should be as well as those on this side. Short levels between two long ones go with
/// that which they are nearer to: they are anomalies or not by their own values.
fn level(values: &mut [f64]) {
    let mut bounds = vec![0];
    bounds.extend(levels(values));
    bounds.push(values.len());
    let long: Vec<(usize, usize)> = bounds
        .windows(2)
        .map(|pair| (pair[0], pair[1]))
        .filter(|(from, to)| to - from >= LEAST_LEVEL)
        .collect();
    let mut steps = vec![0.0; values.len()];
    for pair in long.windows(2) {
        let ((_, before_ends), (after_begins, _)) = (pair[0], pair[1]);
        let about = |from: usize, to: usize| median(&values[from..to]).unwrap_or(0.0);
        // A slope or a wandering level has no jump between close neighbours.
        let jump = |width: usize| {
            let before = about(before_ends - width, before_ends);
            (before, about(after_begins, after_begins + width))
        };
        let jumps = [LEAST_LEVEL, CLOSE].map(jump);
        let (before, after) = jumps[0];
        let [far, close] = jumps.map(|(before, after)| after - before);
        let step = if far * close > 0.0 { far.abs().min(close.abs()).copysign(far) } else { 0.0 };
        let between = about(before_ends, after_begins.max(before_ends + 1));
        let nearer_after = (between - after).abs() < (between - before).abs();
        steps[if nearer_after { before_ends } else { after_begins }] += step;
    }
    let mut jumps = 0.0;
    for (value, step) in values.iter_mut().zip(steps) {
        jumps += step;
        *value -= jumps;
    }
}

/// The noise about each value: that of all, or, where it plainly differs along the series, that
/// of the values near it.
fn noise(rest: &[f64], of_all: f64) -> Vec<f64> {
    let sizes: Vec<f64> = rest.iter().map(|value| value.abs()).collect();
    let near: Vec<f64> = median_of_others(&sizes, NOISE_REACH.min((rest.len() - 1) / 2))
        .into_iter()
        .map(|size| size.max(0.0) * NORMAL_MAD)
        .collect();
    let [low, high] = [0.1, 0.9].map(|p| quantile(&near, p).unwrap_or(0.0));
    if rest.len() < 4 * NOISE_REACH || high <= PLAINLY_DIFFERENT * low {
        return vec![of_all; rest.len()];
    }
    let weight = (2 * NOISE_REACH) as f64;
    let mixed = |near: f64| {
        (weight * near * near + NOISE_OF_ALL * of_all * of_all) / (weight + NOISE_OF_ALL)
    };
    near.into_iter().map(|near| mixed(near).sqrt()).collect()
}

/// Student's distribution as the inner values show it.
#[derive(Clone, Copy)]
struct Tails {
    degrees: f64,
    scale: f64,
}

impl Tails {
    /// Degrees of freedom and scale of the distribution whose middle, 90% and 95% quantiles of
    /// size are those given. Of these two ways to see the tails, the lighter counts: anomalies
    /// make them heavier, never lighter.
    fn of(sizes: &[f64]) -> Self {
        let sizes = sorted(sizes);
        let at = |p: f64| quantile_of_sorted(&sizes, p).unwrap_or(0.0);
        let count = sizes.len().max(1) as f64;
        let middle = at(0.5);
        if middle <= 0.0 {
            return Self { degrees: MEDIAN_KNOWS * count, scale: 1.0 };
        }
        // A few values' middle is itself uncertain.
        let uncertain = 1.0 / count.sqrt() + 5.0 / count;
        let heavier = |degrees: f64| {
            [0.9, 0.95].into_iter().all(|p| {
                let expected =
                    student_quantile(0.5 + p / 2.0, degrees) / student_quantile(0.75, degrees);
                at(p) / middle * (1.0 - QUANTILE_ERROR * uncertain) > expected
            })
        };
        // By halves of 1 / degrees of freedom, between the normal distribution and Cauchy's.
        let (mut light, mut heavy) = (0.0, 1.0);
        for _ in 0..10 {
            let between = (light + heavy) / 2.0;
            if heavier(1.0 / between) {
                light = between;
            } else {
                heavy = between;
            }
        }
        let degrees = 1.0 / (light + 1.0 / (MEDIAN_KNOWS * count));
        Self { degrees, scale: middle / student_quantile(0.75, degrees) }
    }

    /// Of a value as far out or farther, on either side.
    fn chance(self, value: f64) -> f64 {
        2.0 * student_sf(value.abs() / self.scale, self.degrees)
    }
}

/// Small counts are too coarse for a continuous distribution. Theirs is the negative binomial, of
/// which Poisson's is the limit.
struct Counts {
    unit: f64,
    /// Expected, at each index.
    means: Vec<f64>,
    /// Variance over mean, at least 1.
    spread: f64,
}

impl Counts {
    fn of(values: &[f64], unit: f64) -> Option<Self> {
        let most = quantile(values, COUNTS_HELD)? / unit;
        if median(values)? >= SMALL_COUNT * unit {
            return None;
        }
        let held: Vec<f64> = values
            .iter()
            .map(|value| if value.is_finite() { (value / unit).round().min(most) } else { 0.0 })
            .collect();
        let means = moving_mean(&held, 2 * NOISE_REACH + 1);
        let whole: f64 = means.iter().sum();
        let squares: f64 =
            held.iter().zip(&means).map(|(value, mean)| (value - mean).powi(2)).sum();
        let spread = (HOLDING_TAKES * squares / whole).max(1.0);
        (whole > 0.0).then_some(Self { unit, means, spread })
    }

    /// Of a count as far out or farther.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "held between zero and a million"
    )]
    fn chance(&self, index: usize, value: f64) -> f64 {
        let mean = self.means[index];
        let count = (value / self.unit).round().clamp(0.0, MOST_MULTIPLES);
        if mean <= 0.0 {
            return 1.0;
        }
        let (high, low) = if self.spread < 1.0 + 1e-6 {
            (poisson_at_least(count as u64, mean), poisson_at_most(count as u64, mean))
        } else {
            // Of size r and chance p of a failure, at least x: I_p(x, r), with mean r p / (1 − p)
            // and variance over mean 1 / (1 − p).
            let failure = 1.0 - 1.0 / self.spread;
            let size = mean / (self.spread - 1.0);
            let high = if count > 0.0 { beta_inc(count, size, failure) } else { 1.0 };
            (high, 1.0 - beta_inc(count + 1.0, size, failure))
        };
        (2.0 * high.min(low)).min(1.0)
    }
}
