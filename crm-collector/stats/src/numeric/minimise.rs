//! Minima of functions of several variables without derivatives, by the simplex of Nelder and Mead,
//! within bounds. Deterministic; never evaluates outside the bounds, and takes a value that is not a
//! number for infinitely bad. It ends after a given number of evaluations, whatever the function does.

/// When a search ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// The spread of the function's values over the simplex, beside their size.
    pub tolerance: f64,
    /// Evaluations at most; the simplex may need as many more as it has corners to end a step.
    pub evaluations: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { tolerance: 1e-8, evaluations: 2_000 }
    }
}

/// Where a function is smallest, as far as a search found out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minimum<const N: usize> {
    /// The arguments.
    pub at: [f64; N],
    /// The function there; infinite when it was a number nowhere.
    pub value: f64,
    /// How often the function was evaluated.
    pub evaluations: usize,
    /// Whether the tolerance was reached.
    pub converged: bool,
}

fn number_or_infinity(value: f64) -> f64 {
    if value.is_nan() { f64::INFINITY } else { value }
}

/// A minimum of a function of several variables from a start, by a simplex whose first edges are
/// the given steps along the axes (Nelder and Mead, A Simplex Method for Function Minimization,
/// 1965, with the coefficients 1, 2, 1/2 and 1/2). A corner that would lie outside the bounds
/// (lower, upper) is moved onto them; give infinite ones where there are none.
pub fn minimise<const N: usize>(
    start: [f64; N],
    steps: [f64; N],
    bounds: [(f64, f64); N],
    effort: Effort,
    mut function: impl FnMut(&[f64; N]) -> f64,
) -> Minimum<N> {
    let inside = |mut at: [f64; N]| {
        for (value, (lower, upper)) in at.iter_mut().zip(bounds) {
            *value = value.max(lower).min(upper);
        }
        at
    };
    let mut evaluations = 0;
    let mut evaluate = |at: &[f64; N]| {
        evaluations += 1;
        number_or_infinity(function(at))
    };
    let first = inside(start);
    let mut corners = Vec::with_capacity(N + 1);
    corners.push((first, evaluate(&first)));
    for axis in 0..N {
        let mut corner = first;
        corner[axis] += steps[axis];
        corner = inside(corner);
        if corner[axis] == first[axis] {
            // The start lies on the bound that the step leads to.
            corner[axis] -= steps[axis];
            corner = inside(corner);
        }
        corners.push((corner, evaluate(&corner)));
    }
    let mut spent = N + 1;
    let mut converged = N == 0;
    while !converged {
        // Corners of the same value keep their order, so that the search is the same everywhere.
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (best, worst, next_to_worst) = (corners[0].1, corners[N].1, corners[N - 1].1);
        converged = worst - best <= effort.tolerance * (best.abs() + effort.tolerance);
        if converged || spent >= effort.evaluations {
            break;
        }
        let mut centre = [0.0; N];
        for (corner, _) in &corners[..N] {
            for (sum, value) in centre.iter_mut().zip(corner) {
                *sum += value;
            }
        }
        for sum in &mut centre {
            *sum /= count(N);
        }
        let away = |factor: f64, from: &[f64; N]| {
            let mut at = centre;
            for (value, other) in at.iter_mut().zip(from) {
                *value += factor * (*value - other);
            }
            inside(at)
        };
        let last = corners[N].0;
        let reflected = away(1.0, &last);
        let value = evaluate(&reflected);
        spent += 1;
        if value < best {
            let expanded = away(2.0, &last);
            let further = evaluate(&expanded);
            spent += 1;
            corners[N] = if further < value { (expanded, further) } else { (reflected, value) };
            continue;
        }
        if value < next_to_worst {
            corners[N] = (reflected, value);
            continue;
        }
        let contracted = away(if value < worst { 0.5 } else { -0.5 }, &last);
        let nearer = evaluate(&contracted);
        spent += 1;
        if nearer < value.min(worst) {
            corners[N] = (contracted, nearer);
            continue;
        }
        let centre = corners[0].0;
        for corner in &mut corners[1..] {
            for (value, middle) in corner.0.iter_mut().zip(centre) {
                *value = middle + 0.5 * (*value - middle);
            }
            corner.1 = evaluate(&corner.0);
        }
        spent += N;
    }
    let (at, value) = corners
        .iter()
        .copied()
        .reduce(|best, corner| if corner.1 < best.1 { corner } else { best })
        .unwrap_or((first, f64::INFINITY));
    Minimum { at, value, evaluations, converged }
}

/// A small count as a number of the reals.
fn count(of: usize) -> f64 {
    u32::try_from(of).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FREE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    fn rosenbrock(at: &[f64; 2]) -> f64 {
        (1.0 - at[0]).powi(2) + 100.0 * (at[1] - at[0] * at[0]).powi(2)
    }

    #[test]
    fn the_bent_valley_of_rosenbrock_is_followed_to_its_end() {
        let effort = Effort { tolerance: 1e-14, evaluations: 1_000 };
        let found = minimise([-1.2, 1.0], [0.5, 0.5], [FREE; 2], effort, rosenbrock);
        assert!((found.at[0] - 1.0).abs() < 1e-5 && (found.at[1] - 1.0).abs() < 1e-5, "{found:?}");
        assert!(found.evaluations < 300, "{found:?}");
    }

    #[test]
    fn four_variables_of_powells_function_reach_its_singular_minimum() {
        let powell = |x: &[f64; 4]| {
            (x[0] + 10.0 * x[1]).powi(2)
                + 5.0 * (x[2] - x[3]).powi(2)
                + (x[1] - 2.0 * x[2]).powi(4)
                + 10.0 * (x[0] - x[3]).powi(4)
        };
        let effort = Effort { tolerance: 1e-12, evaluations: 2_000 };
        let found = minimise([3.0, -1.0, 0.0, 1.0], [1.0; 4], [FREE; 4], effort, powell);
        assert!(found.value < 1e-9, "{found:?}");
    }

    #[test]
    fn a_minimum_outside_the_bounds_is_found_on_them() {
        let bounds = [(-2.0, 0.5), (-2.0, 2.0)];
        let found = minimise([-1.0, 1.0], [0.5, 0.5], bounds, Effort::default(), |at| {
            for (value, (lower, upper)) in at.iter().zip(bounds) {
                assert!((lower..=upper).contains(value));
            }
            rosenbrock(at)
        });
        assert!((found.at[0] - 0.5).abs() < 1e-6 && (found.at[1] - 0.25).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn a_step_that_leads_out_of_the_bounds_leads_inwards() {
        let found =
            minimise([1.0], [0.5], [(0.0, 1.0)], Effort::default(), |at| (at[0] - 0.3).powi(2));
        assert!((found.at[0] - 0.3).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn what_is_never_a_number_ends_and_says_so() {
        let effort = Effort { tolerance: 1e-8, evaluations: 50 };
        let found = minimise([0.0, 0.0], [1.0, 1.0], [FREE; 2], effort, |_| f64::NAN);
        assert_eq!((found.at, found.value), ([0.0, 0.0], f64::INFINITY));
        assert!(found.evaluations < 60);
        assert_eq!(minimise([], [], [], effort, |_: &[f64; 0]| 3.0).value, 3.0);
    }

    proptest! {
        #[test]
        fn a_bowl_is_found_wherever_it_stands(
            x in -50.0..50.0_f64, y in -50.0..50.0_f64, lean in -0.9..0.9_f64, height in -10.0..10.0_f64,
        ) {
            let effort = Effort { tolerance: 1e-13, evaluations: 2_000 };
            let found = minimise([0.0, 0.0], [1.0, 1.0], [FREE; 2], effort, |at| {
                let (dx, dy) = (at[0] - x, at[1] - y);
                dx * dx + dy * dy + 2.0 * lean * dx * dy + height
            });
            prop_assert!((found.at[0] - x).abs() < 1e-3 && (found.at[1] - y).abs() < 1e-3, "{:?}", found);
        }

        #[test]
        fn no_function_makes_a_search_panic_or_leave_its_bounds(
            seed in any::<u64>(), lower in -1e300..1e300_f64, width in 0.0..1e300_f64, effort in 0_usize..200,
        ) {
            let mut state = seed;
            let mut noise = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                match state >> 62 { 0 => f64::NAN, 1 => f64::INFINITY, 2 => f64::NEG_INFINITY, _ => f64::from_bits(state) }
            };
            let effort = Effort { tolerance: 1e-8, evaluations: effort };
            let upper = lower + width;
            let found = minimise([0.0; 3], [1.0; 3], [(lower, upper); 3], effort, |_| noise());
            prop_assert!(found.at.iter().all(|at| (lower..=upper).contains(at)));
            prop_assert!(found.evaluations <= effort.evaluations.max(4) + 5);
        }
    }
}
