//! Whether a series moved to another level or along a slope: a p-value that holds for noise with
//! autocorrelation that nobody knows, and that sees what the eye sees.

use super::series::{robust_scale, without_spikes};
use crate::numeric::quantile::median;

/// Noise as an autoregression of order 2, (1 − aB)(1 − bB) x = e with b ≤ 0 ≤ a: its root a tells
/// how long it remembers, and b < 0 that part of it forgets at once, as a slow mood of customers
/// with the chance of each day on top does.
struct Memory {
    roots: [f64; 2],
    /// How much it is expected where nothing moves, and where something does: the first holds the
    /// size of the test for a memory up to 0.6 about evenly, the second puts its power where sales
    /// are, which remember little.
    quiet: f64,
    moved: f64,
}

#[rustfmt::skip]
const MEMORIES: [Memory; 16] = [
    Memory { roots: [0.0, 0.0], quiet: 1.0, moved: 1.0 },
    Memory { roots: [0.15, 0.0], quiet: 1.0, moved: 0.6 },
    Memory { roots: [0.3, 0.0], quiet: 1.0, moved: 0.4 },
    Memory { roots: [0.45, 0.0], quiet: 1.0, moved: 0.2 },
    Memory { roots: [0.6, 0.0], quiet: 1.0, moved: 0.1 },
    Memory { roots: [0.7, 0.0], quiet: 0.3, moved: 0.03 },
    Memory { roots: [0.8, 0.0], quiet: 0.1, moved: 0.01 },
    Memory { roots: [0.9, 0.0], quiet: 0.03, moved: 0.003 },
    Memory { roots: [0.96, 0.0], quiet: 0.01, moved: 0.0 },
    Memory { roots: [0.3, -0.3], quiet: 0.1, moved: 0.0 },
    Memory { roots: [0.45, -0.3], quiet: 0.1, moved: 0.0 },
    Memory { roots: [0.6, -0.3], quiet: 0.1, moved: 0.0 },
    Memory { roots: [0.7, -0.3], quiet: 0.03, moved: 0.0 },
    Memory { roots: [0.8, -0.3], quiet: 0.01, moved: 0.0 },
    Memory { roots: [0.9, -0.3], quiet: 0.003, moved: 0.0 },
    Memory { roots: [0.96, -0.3], quiet: 0.001, moved: 0.0 },
];

/// The standard deviation of the movements that are looked for, in that of the noise.
const EXPECTED: f64 = 2.0;

/// The fewest values on either side of a shift.
const LEAST_SIDE: usize = 5;

/// The fewest values since a bend.
const LEAST_BENT: usize = 8;

/// Longer series are looked at in this many means of neighbours or fewer: what is slower than that
/// is still in them, and the memory of the noise is shorter.
const MOST_LOOKED_AT: usize = 256;

/// The chance that noise shows movements as convincing as those of the values. `taken` degrees of
/// freedom went into what came before. One of too few values to tell.
///
/// The evidence is the Bayes factor of movements — a shift of level at any moment, a slope through
/// all, a bend into one from any moment on, each of a size about that of the noise — against none,
/// with the autocorrelation of the noise integrated out under both (Zellner 1971, ch. 10; the
/// factor as a test, Good 1957): a series whose shift would otherwise be its memory has the
/// memory of its quiet stretches. What noise has of it is by simulation (`QUIET`), so the
/// expectations only direct the power, and the p-value is one in the ordinary sense.
///
/// Sales are skewed by nature, and by how much nobody knows: the factor is the mean of those of the
/// values, of their roots and of their logarithms, each with the weight of its likelihood.
pub(super) fn p_value(values: &[f64], taken: f64) -> f64 {
    let count = values.len() / width(values.len());
    let taken = taken * count as f64 / values.len().max(1) as f64;
    let (mut factors, mut weights) = (Vec::new(), Vec::new());
    for (values, log_slope) in scales(values) {
        let factor = standardised(&shortened(&held(&values)))
            .and_then(|standardised| log_factor(&standardised, taken));
        let weight = freedom(count, taken) * (log_slope - 0.5 * noise(&values).ln());
        if let (Some(factor), true) = (factor, weight.is_finite()) {
            factors.push(factor + weight);
            weights.push(weight);
        }
    }
    if factors.is_empty() {
        return 1.0;
    }
    chance(log_sum(&factors) - log_sum(&weights), count)
}

/// The values, and where none is negative their roots and logarithms too, with a share of their
/// median added so that zeros have one. Each with the mean logarithm of its derivative, which makes
/// likelihoods on different scales comparable (Box & Cox 1964, eq. 9).
fn scales(values: &[f64]) -> Vec<(Vec<f64>, f64)> {
    let mut scales = vec![(values.to_vec(), 0.0)];
    let shift = EVENED_SHARE * median(values).unwrap_or(0.0);
    if shift > 0.0 && values.iter().all(|value| value + shift > 0.5 * shift) {
        let of = |scale: fn(f64) -> f64| values.iter().map(|v| scale(v + shift)).collect();
        let logarithms: Vec<f64> = of(f64::ln);
        let mean = logarithms.iter().sum::<f64>() / values.len() as f64;
        scales.push((of(f64::sqrt), -std::f64::consts::LN_2 - 0.5 * mean));
        scales.push((logarithms, -mean));
    }
    scales
}

/// The mean square of the differences of neighbours: what a movement has next to no part in.
fn noise(values: &[f64]) -> f64 {
    let square: f64 = values.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
    square / values.len().max(1) as f64
}

const EVENED_SHARE: f64 = 0.25;

/// Values within so many standard deviations of the median of all, and spikes of up to three
/// values within as many of their neighbours. Movements stay: what has a new level half of the
/// time has a larger deviation, and what has it rarely still stands out.
fn held(values: &[f64]) -> Vec<f64> {
    let centre = median(values).unwrap_or(0.0);
    let rest: Vec<f64> = values.iter().map(|value| value - centre).collect();
    let bound = HELD * robust_scale(&rest);
    let held: Vec<f64> = rest.iter().map(|rest| rest.clamp(-bound, bound)).collect();
    without_spikes(&held, HELD)
}

const HELD: f64 = 3.0;

fn width(count: usize) -> usize {
    count.div_ceil(MOST_LOOKED_AT).max(1)
}

fn shortened(values: &[f64]) -> Vec<f64> {
    let width = width(values.len());
    let mean = |values: &[f64]| values.iter().sum::<f64>() / width as f64;
    // From the end, where the news is.
    values[values.len() % width..].chunks_exact(width).map(mean).collect()
}

/// Of mean 0 and variance 1; nothing where the variation is that of rounding.
fn standardised(values: &[f64]) -> Option<Vec<f64>> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let deviation = variance.sqrt();
    let standardised: Vec<f64> = values.iter().map(|value| (value - mean) / deviation).collect();
    let varies = deviation > 1e-12 * mean.abs() && standardised.iter().all(|v| v.is_finite());
    varies.then_some(standardised)
}

/// The logarithm of the Bayes factor: of the marginal likelihood of the values where something
/// moves to that where nothing does, each over all memories. Level and variance of the noise are
/// integrated out under their invariant priors.
fn log_factor(values: &[f64], taken: f64) -> Option<f64> {
    let count = values.len();
    if count < 2 * LEAST_SIDE {
        return None;
    }
    let freedom = freedom(count, taken);
    let mut quiet = Vec::with_capacity(MEMORIES.len());
    let mut moved = Vec::with_capacity(2 * MEMORIES.len() * count);
    for memory in &MEMORIES {
        let noise = Whitened::of(values, memory.roots);
        let likelihood = noise.log_likelihood(freedom);
        if !likelihood.is_finite() {
            return None;
        }
        quiet.push(likelihood + memory.quiet.ln());
        if memory.moved > 0.0 {
            let likelihood = likelihood + memory.moved.ln();
            noise.movements(|share, movement| {
                moved.push(likelihood + share.ln() + noise.log_gain(movement, freedom));
            });
        }
    }
    Some(log_sum(&moved) - log_sum(&quiet))
}

fn freedom(count: usize, taken: f64) -> f64 {
    (count as f64 - 1.0 - taken).max(1.0)
}

fn log_sum(logarithms: &[f64]) -> f64 {
    let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + logarithms.iter().map(|value| (value - largest).exp()).sum::<f64>().ln()
}

/// Products of whitened series: with the whitened constant, with the values, and with itself.
#[derive(Clone, Copy, Debug, Default)]
struct Products {
    constant: f64,
    value: f64,
    square: f64,
}

/// A series as its innovations, were its noise of these roots.
struct Whitened {
    errors: Vec<f64>,
    /// Of each index and all after.
    rest: Vec<f64>,
    first: f64,
    second: f64,
    variance: f64,
    correlation: f64,
    constant: Products,
    /// About the mean.
    square: f64,
}

impl Whitened {
    fn of(values: &[f64], [a, b]: [f64; 2]) -> Self {
        let (first, second) = (a + b, -a * b);
        let correlation = first / (1.0 - second);
        let variance = (1.0 - second) / ((1.0 + second) * ((1.0 - second).powi(2) - first * first));
        let mut white = Self {
            errors: Vec::new(),
            rest: Vec::new(),
            first,
            second,
            variance,
            correlation,
            constant: Products::default(),
            square: 0.0,
        };
        white.errors = white.innovations(values.len(), |index| values[index]);
        let ones = white.innovations(values.len(), |_| 1.0);
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let square = product(&ones, &ones);
        white.constant =
            Products { constant: square, value: product(&ones, &white.errors), square };
        white.square =
            product(&white.errors, &white.errors) - white.constant.value.powi(2) / square;
        let mut rest = 0.0;
        white.rest = vec![0.0; values.len() + 1];
        for (index, error) in white.errors.iter().enumerate().rev() {
            rest += error;
            white.rest[index] = rest;
        }
        white
    }

    fn innovations(&self, count: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let deviation = self.variance.sqrt();
        let second = deviation * (1.0 - self.correlation * self.correlation).sqrt();
        (0..count)
            .map(|index| match index {
                0 => value(0) / deviation,
                1 => (value(1) - self.correlation * value(0)) / second,
                _ => value(index) - self.first * value(index - 1) - self.second * value(index - 2),
            })
            .collect()
    }

    /// Of noise about an unknown level, of unknown variance: −½ (ln|Γ| + ln 1'Γ⁻¹1 + ν ln S), with
    /// S the squares left about the level (Zellner 1971, ch. 4).
    fn log_likelihood(&self, freedom: f64) -> f64 {
        let determinant = self.variance.powi(2) * (1.0 - self.correlation * self.correlation);
        -0.5 * (determinant.ln() + self.constant.square.ln() + freedom * self.square.ln())
    }

    /// What a movement of normal size adds: with h its expected square in units of its error and R²
    /// what it explains, −½ ln(1 + h) − ½ ν ln(1 − R² h / (1 + h)) (Liang & al. 2008, eq. 6).
    fn log_gain(&self, movement: Products, freedom: f64) -> f64 {
        let one = self.constant.square;
        let square = movement.square - movement.constant.powi(2) / one;
        let product = movement.value - movement.constant * self.constant.value / one;
        let known = EXPECTED * EXPECTED * square * self.variance;
        let explained = (product * product / (square * self.square)).clamp(0.0, 1.0);
        -0.5 * known.ln_1p() - 0.5 * freedom * (-explained * known / (1.0 + known)).ln_1p()
    }

    /// Each movement with its share of the expectations, which sum to one.
    fn movements(&self, mut each: impl FnMut(f64, Products)) {
        let count = self.errors.len();
        let shifts = 0.5 / (count - 2 * LEAST_SIDE + 1) as f64;
        let bends = (LEAST_SIDE..(count + 1).saturating_sub(LEAST_BENT)).len();
        let slopes = 0.5 / (bends + 1) as f64;
        let level = 1.0 - self.first - self.second;
        let second = 1.0 - self.first;
        let mut bend = Products::default();
        let mut bend_sum = 0.0;
        for at in (2..count).rev() {
            // A step at `at` is 1, 1 − φ₁ and from then on 1 − φ₁ − φ₂ when whitened.
            let after = (count - at).saturating_sub(2) as f64;
            let next = if at + 1 < count { second } else { 0.0 };
            let next_error = self.errors.get(at + 1).copied().unwrap_or(0.0);
            let rest = self.rest.get(at + 2).copied().unwrap_or(0.0);
            let step_sum = 1.0 + next + level * after;
            let step = Products {
                constant: level * step_sum,
                value: self.errors[at] + next * next_error + level * rest,
                square: 1.0 + next * next + level * level * after,
            };
            if at >= LEAST_SIDE && at + LEAST_SIDE <= count {
                each(shifts, step);
            }
            // A line that rises from `at` is the sum of the steps from there on.
            let bent_next = if at + 1 < count { 1.0 } else { 0.0 };
            let together = next * bent_next + level * (bend_sum - bent_next);
            bend.constant += step.constant;
            bend.value += step.value;
            bend.square += 2.0 * together + step.square;
            bend_sum += step_sum;
            if at >= LEAST_SIDE && at + LEAST_BENT <= count {
                each(slopes, bend.scaled(1.0 / (count - at) as f64));
            }
        }
        let last = (count - 1) as f64;
        let line = self.innovations(count, |index| index as f64 / last);
        let ones = self.innovations(count, |_| 1.0);
        let product = |other: &[f64]| line.iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
        each(
            slopes,
            Products {
                constant: product(&ones),
                value: product(&self.errors),
                square: product(&line),
            },
        );
    }
}

impl Products {
    fn scaled(self, by: f64) -> Self {
        Self { constant: self.constant * by, value: self.value * by, square: self.square * by * by }
    }
}

/// Chances, and for each number of values the logarithm of the factor that normal noise exceeds
/// with them, as an autoregression of order 1 with the coefficient of 0, 0.2, 0.4 and 0.6 that has
/// it highest. By 20,000 series each, half of them with a movement of standard deviation 0.8 by the
/// expectations and all weighted back to noise by their exact likelihood ratio (importance sampling,
/// Siegmund 1976), so that rare chances are seen; `held` was part of it.
const CHANCES: [f64; 10] = [0.5, 0.2, 0.1, 0.05, 0.01, 0.003, 0.001, 0.0003, 0.0001, 1e-05];
const QUIET: [(f64, [f64; CHANCES.len()]); 9] = [
    (12.0, [-1.34, -0.46, 0.10, 0.55, 1.38, 2.17, 2.98, 4.26, 5.22, 8.47]),
    (16.0, [-1.42, -0.51, 0.14, 0.68, 1.59, 2.24, 3.22, 4.63, 5.98, 8.92]),
    (24.0, [-1.46, -0.80, -0.09, 0.55, 1.74, 2.53, 3.33, 4.33, 5.11, 6.54]),
    (36.0, [-1.51, -1.07, -0.52, 0.18, 1.81, 2.90, 3.63, 4.41, 6.01, 6.14]),
    (52.0, [-1.57, -1.12, -0.66, -0.11, 1.29, 2.35, 3.50, 4.51, 5.41, 7.49]),
    (78.0, [-1.66, -1.19, -0.76, -0.22, 1.10, 2.11, 3.06, 4.44, 5.66, 7.88]),
    (104.0, [-1.73, -1.25, -0.81, -0.29, 1.06, 2.11, 3.04, 4.18, 5.34, 7.14]),
    (156.0, [-1.85, -1.36, -0.91, -0.41, 0.93, 2.06, 3.02, 4.17, 5.08, 6.93]),
    (256.0, [-2.00, -1.48, -1.01, -0.49, 0.75, 1.73, 2.77, 3.93, 4.83, 6.97]),
];

/// The chance that noise has a factor as large.
fn chance(factor: f64, count: usize) -> f64 {
    let place = (count as f64).ln();
    let after = QUIET.partition_point(|(count, _)| count.ln() < place).clamp(1, QUIET.len() - 1);
    let (low, high) = (QUIET[after - 1], QUIET[after]);
    let share = ((place - low.0.ln()) / (high.0.ln() - low.0.ln())).clamp(0.0, 1.0);
    let heights: [f64; CHANCES.len()] =
        std::array::from_fn(|index| low.1[index] + share * (high.1[index] - low.1[index]));
    let above = heights.partition_point(|height| *height <= factor);
    if above == 0 {
        return 1.0;
    }
    let reached = CHANCES[above - 1].ln();
    let beyond = factor - heights[above - 1];
    let fall = if above < heights.len() {
        (CHANCES[above].ln() - reached) / (heights[above] - heights[above - 1])
    } else {
        -1.0
    };
    (reached + fall * beyond).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Normal noise with this autocorrelation, about 100 with a deviation of 10.
    fn noise_of(seed: u64, count: usize, correlation: f64) -> Vec<f64> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) as f64 + 0.5) / (1_u64 << 31) as f64
        };
        let mut normal = || {
            let radius = (-2.0 * uniform().ln()).sqrt();
            radius * (2.0 * std::f64::consts::PI * uniform()).cos()
        };
        let mut last = normal();
        (0..count)
            .map(|_| {
                last = correlation * last + (1.0 - correlation * correlation).sqrt() * normal();
                100.0 + 10.0 * last
            })
            .collect()
    }

    fn share_below(chance: f64, count: usize, correlation: f64) -> f64 {
        let below = (0..300)
            .filter(|seed| p_value(&noise_of(*seed, count, correlation), 0.0) <= chance)
            .count();
        below as f64 / 300.0
    }

    #[test]
    fn noise_moves_as_rarely_as_the_p_value_says_whatever_its_memory() {
        for correlation in [0.0, 0.3, 0.6] {
            // Three standard errors of a share of 300 above 5 in 100.
            assert!(share_below(0.05, 40, correlation) <= 0.088, "{correlation}");
        }
    }

    #[test]
    fn a_shift_that_the_eye_sees_is_told_and_is_not_taken_for_memory() {
        let told = (0..40)
            .filter(|seed| {
                let mut values = noise_of(*seed, 104, 0.0);
                for value in &mut values[80..] {
                    *value += 20.0;
                }
                p_value(&values, 0.0) < 1e-3
            })
            .count();
        assert!(told >= 36, "{told}");
    }

    #[test]
    fn a_slope_and_a_late_bend_are_told() {
        let slope: Vec<f64> =
            noise_of(1, 104, 0.0).iter().enumerate().map(|(i, v)| v + 0.3 * i as f64).collect();
        assert!(p_value(&slope, 0.0) < 1e-3);
        let bend: Vec<f64> = noise_of(2, 104, 0.0)
            .iter()
            .enumerate()
            .map(|(i, v)| v + 1.5 * i.saturating_sub(70) as f64)
            .collect();
        assert!(p_value(&bend, 0.0) < 1e-3);
    }

    #[test]
    fn one_outlier_is_no_movement() {
        let mut values = noise_of(3, 104, 0.0);
        let quiet = p_value(&values, 0.0);
        values[90] = 1e6;
        assert!((p_value(&values, 0.0).ln() - quiet.ln()).abs() < 1.0);
    }

    #[test]
    fn the_products_of_movements_are_those_of_the_whitened_movements_themselves() {
        let values = noise_of(4, 17, 0.3);
        let noise = Whitened::of(&values, [0.6, -0.3]);
        let ones = noise.innovations(17, |_| 1.0);
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let direct = |of: &dyn Fn(usize) -> f64| {
            let white = noise.innovations(17, of);
            [product(&white, &ones), product(&white, &noise.errors), product(&white, &white)]
        };
        let mut expected = Vec::new();
        for at in (2..17_usize).rev() {
            if (LEAST_SIDE..=17 - LEAST_SIDE).contains(&at) {
                expected.push(direct(&|index| f64::from(u8::from(index >= at))));
            }
            if (LEAST_SIDE..=17 - LEAST_BENT).contains(&at) {
                let length = (17 - at) as f64;
                expected.push(direct(&|index| (index + 1).saturating_sub(at) as f64 / length));
            }
        }
        expected.push(direct(&|index| index as f64 / 16.0));
        let (mut found, mut shares) = (Vec::new(), 0.0);
        noise.movements(|share, movement| {
            shares += share;
            found.push([movement.constant, movement.value, movement.square]);
        });
        assert_eq!(found.len(), expected.len());
        assert!((shares - 1.0).abs() < 1e-12, "{shares}");
        for (found, expected) in found.iter().zip(&expected) {
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9 * (1.0 + expected.abs()));
            }
        }
    }

    #[test]
    fn the_unit_of_the_values_does_not_matter() {
        let values = noise_of(5, 60, 0.2);
        let p = p_value(&values, 0.0);
        for unit in [1e-6, 3.0, 1e6] {
            let scaled: Vec<f64> = values.iter().map(|value| value * unit).collect();
            assert!((p_value(&scaled, 0.0) / p - 1.0).abs() < 1e-6, "{unit}");
        }
    }

    #[test]
    fn a_larger_factor_is_a_smaller_chance_for_any_number_of_values() {
        for count in [10, 12, 17, 40, 104, 200, 256] {
            let chances: Vec<f64> =
                (-40..400).map(|step| chance(f64::from(step) / 10.0, count)).collect();
            assert!(chances.windows(2).all(|pair| pair[1] <= pair[0]));
            assert!(chances[0] <= 1.0 && chances[chances.len() - 1] > 0.0);
        }
    }

    #[test]
    fn values_that_tell_nothing_have_a_chance_of_one() {
        assert!(p_value(&[], 0.0) >= 1.0);
        assert!(p_value(&[3.0; 9], 0.0) >= 1.0);
        assert!(p_value(&[3.0; 50], 0.0) >= 1.0);
        assert!(p_value(&[f64::NAN; 50], 0.0) >= 1.0);
        assert!((0.0..=1.0).contains(&p_value(&noise_of(6, 5_000, 0.5), 11.0)));
    }
}
