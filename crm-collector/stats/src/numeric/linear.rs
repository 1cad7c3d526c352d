//! Weighted least squares with a ridge, by Cholesky factors of the normal equations.
//!
//! Rows are accumulated one at a time, so a regression over millions of them needs memory for its
//! coefficients alone. Nothing here panics: a row of the wrong width or with a value that is not
//! finite is left out, and equations without a solution yield none.

/// The normal equations of a regression: `XᵀWX`, `XᵀWy` and the sum of the weights.
#[derive(Clone, Debug)]
pub struct Normal {
    width: usize,
    /// The lower triangle of `XᵀWX`, row by row in full rows of `width`.
    gram: Vec<f64>,
    moment: Vec<f64>,
    weight: f64,
}

impl Normal {
    /// Equations of `width` coefficients that have not seen a row.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, gram: vec![0.0; width * width], moment: vec![0.0; width], weight: 0.0 }
    }

    /// The sum of the weights of the rows so far.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// Takes in one row with its target. A row of another width, with a weight that is not
    /// positive, or with a value that is not finite is left out.
    pub fn add(&mut self, row: &[f64], target: f64, weight: f64) {
        let sound = row.len() == self.width
            && weight > 0.0
            && weight.is_finite()
            && target.is_finite()
            && row.iter().all(|value| value.is_finite());
        if !sound {
            return;
        }
        self.weight += weight;
        for (index, value) in row.iter().enumerate() {
            let scaled = weight * value;
            if scaled == 0.0 {
                continue;
            }
            self.moment[index] += scaled * target;
            let start = index * self.width;
            for (sum, other) in self.gram[start..=start + index].iter_mut().zip(row) {
                *sum += scaled * other;
            }
        }
    }

    /// Takes in all that another set of equations of the same width has seen.
    pub fn merge(&mut self, other: &Self) {
        if other.width != self.width {
            return;
        }
        self.weight += other.weight;
        for (sum, value) in self.gram.iter_mut().zip(&other.gram) {
            *sum += value;
        }
        for (sum, value) in self.moment.iter_mut().zip(&other.moment) {
            *sum += value;
        }
    }

    /// The coefficients that minimise `Σ w (y − xᵀb)² + Σ ridgeⱼ (bⱼ − towardsⱼ)²` (Hoerl &
    /// Kennard 1970, eq. 2.1, with a centre); `None` where the equations are singular. A shorter
    /// `ridge` or `towards` counts as zeros.
    #[must_use]
    pub fn solve(&self, ridge: &[f64], towards: &[f64]) -> Option<Vec<f64>> {
        let mut factor = self.gram.clone();
        let mut solution = self.moment.clone();
        for index in 0..self.width {
            let penalty = ridge.get(index).copied().unwrap_or(0.0);
            factor[index * self.width + index] += penalty;
            solution[index] += penalty * towards.get(index).copied().unwrap_or(0.0);
        }
        if !cholesky(&mut factor, self.width) {
            return None;
        }
        substitute(&factor, &mut solution);
        solution.iter().all(|value| value.is_finite()).then_some(solution)
    }

    /// The diagonal of `XᵀWX`: what a ridge is measured against.
    #[must_use]
    pub fn diagonal(&self) -> Vec<f64> {
        (0..self.width).map(|index| self.gram[index * self.width + index]).collect()
    }
}

/// The coefficients of a weighted regression of `targets` on `rows` (`width` values each, one row
/// after the other), each coefficient penalised by `ridge` times the mean square of its column.
/// `None` where the equations are singular, or where nothing was given.
#[must_use]
pub fn least_squares(
    rows: &[f64],
    width: usize,
    targets: &[f64],
    weights: Option<&[f64]>,
    ridge: f64,
) -> Option<Vec<f64>> {
    if width == 0 {
        return None;
    }
    let mut normal = Normal::new(width);
    for (index, (row, target)) in rows.chunks_exact(width).zip(targets).enumerate() {
        let weight = weights.map_or(1.0, |weights| weights.get(index).copied().unwrap_or(0.0));
        normal.add(row, *target, weight);
    }
    let weight = normal.weight();
    if weight <= 0.0 {
        return None;
    }
    let penalties: Vec<f64> = normal.diagonal().iter().map(|sum| ridge * sum / weight).collect();
    normal.solve(&penalties, &[])
}

/// Replaces the lower triangle of a symmetric matrix (full rows of `width`) by its Cholesky factor
/// `L` with `A = LLᵀ` (Golub & Van Loan 2013, algorithm 4.2.1). False, with the matrix half done,
/// where it is not positive definite to working precision or not finite.
#[must_use]
pub fn cholesky(matrix: &mut [f64], width: usize) -> bool {
    if matrix.len() != width * width {
        return false;
    }
    for row in 0..width {
        let (above, rest) = matrix.split_at_mut(row * width);
        let current = &mut rest[..width];
        let size = current[row].abs();
        for column in 0..row {
            let other = &above[column * width..=column * width + column];
            let inner = dot(&current[..column], &other[..column]);
            current[column] = (current[column] - inner) / other[column];
        }
        let left = current[row] - dot(&current[..row], &current[..row]);
        // Below this share of its size a pivot is rounding, and the solution would be noise.
        if !left.is_finite() || left <= size * 1e-13 {
            return false;
        }
        current[row] = left.sqrt();
    }
    true
}

/// Solves `LLᵀx = b` in place, `L` as [`cholesky`] leaves it.
pub fn substitute(factor: &[f64], values: &mut [f64]) {
    let width = values.len();
    if factor.len() != width * width {
        return;
    }
    for row in 0..width {
        let line = &factor[row * width..=row * width + row];
        values[row] = (values[row] - dot(&line[..row], &values[..row])) / line[row];
    }
    for row in (0..width).rev() {
        values[row] /= factor[row * width + row];
        let value = values[row];
        let line = &factor[row * width..row * width + row];
        for (left, coefficient) in values[..row].iter_mut().zip(line) {
            *left -= value * coefficient;
        }
    }
}

/// The inner product, in four sums, which the compiler turns into vector instructions.
#[must_use]
pub fn dot(left: &[f64], right: &[f64]) -> f64 {
    let shared = left.len().min(right.len());
    let (left, right) = (&left[..shared], &right[..shared]);
    let mut sums = [0.0; 4];
    let (lefts, rights) = (left.chunks_exact(4), right.chunks_exact(4));
    let tail: f64 = lefts.remainder().iter().zip(rights.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in lefts.zip(rights) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + tail
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_exact_relation_is_found_exactly() {
        // y = 1 + 2a − 3b exactly.
        let rows = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 2.0, 5.0];
        let found = least_squares(&rows, 3, &[1.0, 3.0, -2.0, -10.0], None, 0.0).unwrap();
        for (value, expected) in found.iter().zip([1.0, 2.0, -3.0]) {
            assert!((value - expected).abs() < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn a_weight_of_two_counts_as_the_row_twice() {
        let once = least_squares(
            &[1.0, 1.0, 1.0, 2.0, 1.0, 4.0],
            2,
            &[1.0, 3.0, 4.0],
            Some(&[1.0, 2.0, 1.0]),
            0.0,
        );
        let twice = least_squares(
            &[1.0, 1.0, 1.0, 2.0, 1.0, 2.0, 1.0, 4.0],
            2,
            &[1.0, 3.0, 3.0, 4.0],
            None,
            0.0,
        );
        for (left, right) in once.unwrap().iter().zip(twice.unwrap()) {
            assert!((left - right).abs() < 1e-12);
        }
    }

    #[test]
    fn equal_columns_have_no_solution_without_a_ridge_and_share_evenly_with_one() {
        let rows = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0];
        assert_eq!(least_squares(&rows, 2, &[2.0, 4.0, 6.0], None, 0.0), None);
        let shared = least_squares(&rows, 2, &[2.0, 4.0, 6.0], None, 1e-6).unwrap();
        assert!((shared[0] - shared[1]).abs() < 1e-6 && (shared[0] - 1.0).abs() < 1e-5);
    }

    #[test]
    fn rows_that_are_not_finite_are_left_out() {
        let rows = [1.0, f64::NAN, 2.0, f64::INFINITY, 4.0];
        let found = least_squares(&rows, 1, &[3.0, 1.0, 6.0, 1.0, f64::NAN], None, 0.0).unwrap();
        assert!(found.len() == 1 && (found[0] - 3.0).abs() < 1e-12, "{found:?}");
        assert_eq!(least_squares(&[], 1, &[], None, 1.0), None);
        assert_eq!(least_squares(&[1.0], 0, &[1.0], None, 1.0), None);
    }

    #[test]
    fn a_heavy_ridge_leaves_the_centre() {
        let mut normal = Normal::new(2);
        normal.add(&[1.0, 2.0], 10.0, 1.0);
        let found = normal.solve(&[1e12, 1e12], &[0.25, -0.5]).unwrap();
        assert!((found[0] - 0.25).abs() < 1e-9 && (found[1] + 0.5).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn residuals_stand_at_right_angles_to_every_column(
            values in proptest::collection::vec(-10.0..10.0f64, 40),
            targets in proptest::collection::vec(-10.0..10.0f64, 10),
        ) {
            if let Some(found) = least_squares(&values, 4, &targets, None, 0.0) {
                for column in 0..4 {
                    let angle: f64 = values
                        .chunks_exact(4)
                        .zip(&targets)
                        .map(|(row, target)| row[column] * (target - dot(row, &found)))
                        .sum();
                    prop_assert!(angle.abs() < 1e-6, "{angle}");
                }
            }
        }
    }
}
