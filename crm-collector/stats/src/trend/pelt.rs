//! The best way to cut a series into segments, by PELT: exact, and linear in time where the
//! number of changes grows with the series (Killick, Fearnhead & Eckley 2012).

use super::series::prefix_sums;

/// Squared error of any stretch about its mean or its line, in constant time.
pub(super) struct Costs {
    sums: Vec<f64>,
    squares: Vec<f64>,
    /// Sums of index × value, where lines are wanted.
    products: Option<Vec<f64>>,
}

impl Costs {
    pub(super) fn of_levels(values: &[f64]) -> Self {
        let squares: Vec<f64> = values.iter().map(|value| value * value).collect();
        Self { sums: prefix_sums(values), squares: prefix_sums(&squares), products: None }
    }

    pub(super) fn of_lines(values: &[f64]) -> Self {
        let products: Vec<f64> =
            values.iter().enumerate().map(|(index, value)| index as f64 * value).collect();
        Self { products: Some(prefix_sums(&products)), ..Self::of_levels(values) }
    }

    fn cost(&self, from: usize, to: usize) -> f64 {
        let count = (to - from) as f64;
        let sum = self.sums[to] - self.sums[from];
        let about_mean = self.squares[to] - self.squares[from] - sum * sum / count;
        let Some(products) = &self.products else { return about_mean.max(0.0) };
        let middle = (from + to - 1) as f64 / 2.0;
        let product = products[to] - products[from] - middle * sum;
        let square = count * (count * count - 1.0) / 12.0;
        (about_mean - product * product / square).max(0.0)
    }
}

/// The starts of all segments but the first that make the sum of their costs and of `penalty` for
/// each least; no segment is shorter than `least` (2 or more).
pub(super) fn pelt(costs: &Costs, penalty: f64, least: usize) -> Vec<usize> {
    let count = costs.sums.len() - 1;
    if count < 2 * least {
        return Vec::new();
    }
    let mut total = vec![f64::INFINITY; count + 1];
    let mut start = vec![0; count + 1];
    total[0] = -penalty;
    /// A possible start of the last segment. One that has lost to another can still be the best
    /// until that other may start a segment, `least` values on.
    struct Candidate {
        start: usize,
        until: usize,
        total: f64,
    }
    let candidate = |start| Candidate { start, until: usize::MAX, total: 0.0 };
    let mut candidates = vec![candidate(0)];
    for end in least..=count {
        if end >= 2 * least {
            candidates.push(candidate(end - least));
        }
        let mut best = (f64::INFINITY, 0);
        for candidate in &mut candidates {
            candidate.total = total[candidate.start] + costs.cost(candidate.start, end);
            if candidate.total + penalty < best.0 {
                best = (candidate.total + penalty, candidate.start);
            }
        }
        (total[end], start[end]) = best;
        candidates.retain_mut(|candidate| {
            if candidate.until == usize::MAX && candidate.total > best.0 {
                candidate.until = end + least;
            }
            candidate.until > end
        });
    }
    let mut changes = Vec::new();
    let mut end = count;
    while start[end] > 0 {
        end = start[end];
        changes.push(end);
    }
    changes.reverse();
    changes
}
