//! Days without sales because a shop is closed: the weekday on which nothing is ever sold, and the
//! few days around a holiday. They say nothing of the demand on other days, so that models see the
//! series without them.

use super::real;

/// Which phases of a season are closed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Opening {
    closed: Vec<bool>,
}

/// A phase is closed when its last so many values were 0.
const CYCLES: usize = 8;

impl Opening {
    /// What is closed in the shortest season, if anything is, something is open, and the series is
    /// long enough to tell.
    pub(super) fn of(values: &[f64], seasons: &[usize]) -> Option<Self> {
        let season = seasons.iter().copied().filter(|season| *season > 1).min()?;
        let recent = values.len().checked_sub(season.checked_mul(CYCLES)?)?;
        let mut closed = vec![true; season];
        for (at, value) in values.iter().enumerate().skip(recent) {
            closed[at % season] &= *value == 0.0;
        }
        let count = closed.iter().filter(|closed| **closed).count();
        (count > 0 && count < season).then_some(Self { closed })
    }

    /// How many phases are closed.
    pub(super) fn closed(&self) -> usize {
        self.closed.iter().filter(|closed| **closed).count()
    }

    /// The values of a series' open points.
    pub(super) fn open(&self, values: &[f64]) -> Vec<f64> {
        let closed = self.closed.iter().cycle();
        values.iter().zip(closed).filter(|(_, closed)| !**closed).map(|(value, _)| *value).collect()
    }

    /// The length of a season in open points, rounded.
    pub(super) fn season(&self, season: usize) -> usize {
        let all = self.closed.len();
        (season.saturating_mul(all - self.closed()) + all / 2) / all
    }

    /// How many of the steps after a series of some points are open.
    pub(super) fn steps(&self, points: usize, horizon: usize) -> usize {
        let ahead = self.closed.iter().cycle().skip(points % self.closed.len()).take(horizon);
        ahead.filter(|closed| !**closed).count()
    }

    /// Forecasts of the open steps with zeros for the others between them.
    pub(super) fn spread(&self, point: &[f64], points: usize, horizon: usize) -> Vec<f64> {
        let ahead = self.closed.iter().cycle().skip(points % self.closed.len()).take(horizon);
        let mut open = point.iter().copied();
        ahead.map(|closed| if *closed { 0.0 } else { open.next().unwrap_or(0.0) }).collect()
    }
}

/// Replaces the zeros of a series that otherwise keeps clear of 0 by the mean of the values a
/// season before and after. They are closures and not demand when they are at most a tenth of the
/// points, when nine tenths of the other values are above a fifth of their median, and when none of
/// their runs is longer than two seasons or reaches the end. Returns whether there were any.
pub(super) fn fill_closures(values: &mut [f64], season: usize) -> bool {
    let season = season.max(1);
    let zeros = values.iter().filter(|value| **value == 0.0).count();
    if zeros == 0 || zeros * 10 > values.len() || values.iter().any(|value| *value < 0.0) {
        return false;
    }
    let mut others: Vec<f64> = values.iter().copied().filter(|value| *value > 0.0).collect();
    others.sort_unstable_by(f64::total_cmp);
    if others[others.len() / 10] < 0.2 * others[others.len() / 2] {
        return false;
    }
    let longest = values.split(|value| *value > 0.0).map(<[f64]>::len).max().unwrap_or(0);
    if longest > 2 * season || values.last() == Some(&0.0) {
        return false;
    }
    let given = values.to_vec();
    let open = |at: Option<usize>| given.get(at?).copied().filter(|value| *value > 0.0);
    for (at, value) in values.iter_mut().enumerate().filter(|(_, value)| **value == 0.0) {
        let near: Vec<f64> = (1..=3)
            .flat_map(|times| [at.checked_sub(times * season), at.checked_add(times * season)])
            .filter_map(open)
            .take(2)
            .collect();
        *value = if near.is_empty() {
            others[others.len() / 2]
        } else {
            near.iter().sum::<f64>() / real(near.len())
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weekday_on_which_nothing_is_sold_is_closed() {
        let mut week: Vec<f64> = (0..80).map(|at| if at % 7 == 5 { 0.0 } else { 4.0 }).collect();
        week[3] = 0.0;
        let opening = Opening::of(&week, &[7, 365]).unwrap();
        assert_eq!((opening.closed(), opening.season(7), opening.season(365)), (1, 6, 313));
        assert_eq!(opening.open(&week).len(), 80 - 11);
        // Point 80 has phase 3: two are open before the closed one.
        assert_eq!(opening.steps(80, 4), 3);
        assert_eq!(opening.spread(&[1.0, 2.0, 3.0], 80, 4), [1.0, 2.0, 0.0, 3.0]);
    }

    #[test]
    fn nothing_is_closed_where_all_is_zero_or_sold_or_too_short() {
        assert_eq!(Opening::of(&[0.0; 80], &[7]), None);
        assert_eq!(Opening::of(&[1.0; 80], &[7]), None);
        let week: Vec<f64> = (0..80).map(|at| if at % 7 == 5 { 0.0 } else { 4.0 }).collect();
        assert_eq!(Opening::of(&week[..50], &[7]), None);
        assert_eq!(Opening::of(&week, &[]), None);
        // Closed at first, and open of late.
        let late: Vec<f64> =
            (0..80).map(|at| if at % 7 == 5 && at < 70 { 0.0 } else { 4.0 }).collect();
        assert_eq!(Opening::of(&late, &[7]), None);
    }

    #[test]
    fn a_holiday_is_filled_in_by_its_weekday_and_seldom_demand_is_not() {
        let mut values: Vec<f64> = (0..40).map(|at| if at % 4 == 0 { 9.0 } else { 5.0 }).collect();
        values[20] = 0.0;
        values[21] = 0.0;
        let closed = values.clone();
        assert!(fill_closures(&mut values, 4));
        assert_eq!((values[20], values[21], values[22]), (9.0, 5.0, 5.0));
        let mut ends = closed;
        ends[39] = 0.0;
        assert!(!fill_closures(&mut ends, 4));
        let mut small: Vec<f64> = (0..40).map(|at| [1.0, 9.0, 12.0, 1.0][at % 4]).collect();
        small[20] = 0.0;
        assert!(!fill_closures(&mut small, 4));
    }
}
