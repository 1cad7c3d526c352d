//! Minimum of a smooth function by the BFGS method with an analytic gradient (Nocedal & Wright 2006,
//! algorithm 6.1). The parameters are logarithms of what they stand for, which keeps that above
//! zero and makes the scales alike.

use crate::cancel::checkpoint;

/// Steps after which a search that still descends is taken as it stands.
const MOST_STEPS: usize = 200;

/// Logarithms stay within these: beyond them no likelihood of ours still changes.
const BOUNDS: (f64, f64) = (-9.0, 10.0);

/// Where the search ended, and the value there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Minimum<const N: usize> {
    pub(super) at: [f64; N],
    pub(super) value: f64,
}

/// Searches from a start; none where the function is not finite there.
pub(super) fn minimise<const N: usize>(
    start: [f64; N],
    loss: impl Fn([f64; N]) -> (f64, [f64; N]),
) -> Option<Minimum<N>> {
    let mut at = start.map(|start| start.clamp(BOUNDS.0, BOUNDS.1));
    let (mut value, mut gradient) = loss(at);
    if !finite(value, &gradient) {
        return None;
    }
    let mut inverse = identity(1.0);
    let mut fresh = true;
    for _ in 0..MOST_STEPS {
        checkpoint();
        let steepest = norm(&gradient);
        if steepest < 1e-7 {
            break;
        }
        let mut direction = product(&inverse, &gradient).map(|of| -of);
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 || !slope.is_finite() {
            inverse = identity(1.0);
            fresh = true;
            direction = gradient.map(|of| -of);
            slope = -steepest * steepest;
        }
        // No parameter changes by more than a factor of e² in one step.
        let longest = direction.iter().fold(0.0_f64, |longest, of| longest.max(of.abs()));
        let mut length = if longest > 2.0 { 2.0 / longest } else { 1.0 };
        if fresh && longest < 0.5 {
            length = 0.5 / longest;
        }
        let mut next = None;
        for _ in 0..40 {
            let mut there = at;
            for (there, of) in there.iter_mut().zip(direction) {
                *there = (*there + length * of).clamp(BOUNDS.0, BOUNDS.1);
            }
            let (loss_there, gradient_there) = loss(there);
            if finite(loss_there, &gradient_there) && loss_there <= value + 1e-4 * length * slope {
                next = Some((there, loss_there, gradient_there));
                break;
            }
            length *= 0.4;
        }
        let Some((there, loss_there, gradient_there)) = next else {
            if fresh {
                break;
            }
            inverse = identity(1.0);
            fresh = true;
            continue;
        };
        let step: [f64; N] = std::array::from_fn(|i| there[i] - at[i]);
        let change: [f64; N] = std::array::from_fn(|i| gradient_there[i] - gradient[i]);
        let gained = value - loss_there;
        (at, value, gradient) = (there, loss_there, gradient_there);
        update(&mut inverse, &step, &change, fresh);
        fresh = false;
        if gained <= 1e-10 {
            break;
        }
    }
    Some(Minimum { at, value })
}

fn finite<const N: usize>(value: f64, gradient: &[f64; N]) -> bool {
    value.is_finite() && gradient.iter().all(|of| of.is_finite())
}

fn identity<const N: usize>(scale: f64) -> [[f64; N]; N] {
    std::array::from_fn(|i| std::array::from_fn(|j| if i == j { scale } else { 0.0 }))
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm<const N: usize>(a: &[f64; N]) -> f64 {
    dot(a, a).sqrt()
}

fn product<const N: usize>(matrix: &[[f64; N]; N], by: &[f64; N]) -> [f64; N] {
    std::array::from_fn(|i| dot(&matrix[i], by))
}

/// The inverse Hessian after a step (Nocedal & Wright 2006, eq. 6.17); before the first update it
/// takes the scale of the step (eq. 6.20).
fn update<const N: usize>(
    inverse: &mut [[f64; N]; N],
    step: &[f64; N],
    change: &[f64; N],
    first: bool,
) {
    let curvature = dot(step, change);
    if curvature <= 1e-12 * norm(step) * norm(change) {
        return;
    }
    if first {
        *inverse = identity(curvature / dot(change, change));
    }
    let along = product(inverse, change);
    let bend = dot(change, &along);
    for i in 0..N {
        for j in 0..N {
            inverse[i][j] += (1.0 + bend / curvature) * step[i] * step[j] / curvature
                - (along[i] * step[j] + step[i] * along[j]) / curvature;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_of_a_narrow_valley_is_found_and_bounds_are_kept() {
        // Rosenbrock 1960.
        let valley = |[x, y]: [f64; 2]| {
            let bend = y - x * x;
            let value = 100.0 * bend * bend + (1.0 - x).powi(2);
            (value, [-400.0 * x * bend - 2.0 * (1.0 - x), 200.0 * bend])
        };
        let found = minimise([-1.2, 1.0], valley).unwrap();
        assert!((found.at[0] - 1.0).abs() < 1e-3 && (found.at[1] - 1.0).abs() < 1e-3, "{found:?}");
        // Without a minimum, the search ends at a bound.
        let found = minimise([0.0], |[x]| (-x, [-1.0])).unwrap();
        assert_eq!(found.at, [BOUNDS.1]);
        assert_eq!(minimise([0.0], |[x]| (f64::NAN * x, [0.0])), None);
    }
}
