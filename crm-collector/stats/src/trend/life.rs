//! Whether a part was sold for the first time in the midst of what is known, or is sold no more. That
//! is seen in the part alone: in periods without a single sale, and in how likely those are by
//! chance of what sells as it does.

use crate::numeric::silence;

/// Fewer periods of sales, or of silence, show nothing.
const LEAST_PERIODS: usize = 3;

/// Where sales begin or end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    /// The first period with sales, or the first of those without.
    pub(super) at: usize,
    /// How likely so many periods without a sale are by chance.
    pub(super) chance: f64,
}

/// The first period with sales, after others without. `units` are those sold, where they are known.
pub(super) fn begun(money: &[f64], units: &[f64]) -> Option<Edge> {
    let first = money.iter().position(|money| *money > 0.0)?;
    edge(first, &money[first..], first, units)
}

/// The first period without sales, where none has had any since.
pub(super) fn ended(money: &[f64], units: &[f64]) -> Option<Edge> {
    let first = money.iter().position(|money| *money > 0.0)?;
    let end = money.iter().rposition(|money| *money > 0.0)? + 1;
    edge(end, &money[first..end], money.len() - end, units)
}

fn edge(at: usize, sold: &[f64], silent: usize, units: &[f64]) -> Option<Edge> {
    let long_enough = sold.len().min(silent) >= LEAST_PERIODS;
    // No more sales than units.
    let most = if units.is_empty() { f64::INFINITY } else { units.iter().sum() };
    long_enough.then(|| Edge { at, chance: silence::chance(sold, silent, most) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks(silent: usize, sold: &[f64]) -> Vec<f64> {
        [vec![0.0; silent], sold.to_vec()].concat()
    }

    #[test]
    fn what_sells_each_week_and_never_did_before_was_launched_in_its_first_week() {
        let launched = weeks(50, &[30.0, 42.0, 25.0, 38.0, 33.0, 29.0]);
        let edge = begun(&launched, &[]).unwrap();
        assert_eq!(edge.at, 50);
        assert!(edge.chance < 1e-12, "{edge:?}");
        let mut ended_then: Vec<f64> = launched;
        ended_then.reverse();
        assert_eq!(ended(&ended_then, &[]).map(|edge| edge.at), Some(6));
    }

    #[test]
    fn a_few_single_sales_may_lie_anywhere() {
        let rare = weeks(90, &[5.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert!(begun(&rare, &[]).unwrap().chance > 1e-4);
        // Two units are two sales at the most, however even.
        let even = weeks(97, &[5.0, 0.0, 5.0]);
        assert!(begun(&even, &weeks(97, &[1.0, 0.0, 1.0])).unwrap().chance > 5e-4);
    }

    #[test]
    fn too_few_weeks_show_nothing() {
        assert_eq!(begun(&weeks(50, &[30.0, 40.0]), &[]), None);
        assert_eq!(begun(&weeks(2, &[30.0; 40]), &[]), None);
        assert_eq!(begun(&[0.0; 40], &[]), None);
        assert_eq!(ended(&[], &[]), None);
    }
}
