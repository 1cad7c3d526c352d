//! Whether a series is over: what it counts is sold no more.

use crate::numeric::silence;

/// The silence is at least this part of the longest season, and so many steps: a product that is out of
/// stock, or a shop that is closed for some days, comes back.
const PART_OF_SEASON: usize = 4;
const LEAST_STEPS: usize = 3;

/// So unlikely by chance is a silence that ends a series.
const LEAST_CHANCE: f64 = 1e-3;

/// For how many steps nothing has been sold, where that is the end. Series that were below zero, and
/// those of nothing but zeros, have none.
pub(super) fn silent_since_the_end(values: &[f64], seasons: &[usize]) -> Option<usize> {
    let end = values.iter().rposition(|value| *value != 0.0)? + 1;
    let silent = values.len() - end;
    let longest = seasons.iter().copied().max().unwrap_or(1);
    let is_long = silent >= LEAST_STEPS.max(longest.div_ceil(PART_OF_SEASON));
    let is_demand = values.iter().all(|value| *value >= 0.0);
    let is_over = is_long && is_demand;
    (is_over && silence::chance(&values[..end], silent, f64::INFINITY) <= LEAST_CHANCE)
        .then_some(silent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sold_each_week_and_then_no_more_is_over_after_a_quarter_of_a_year() {
        let mut weeks: Vec<f64> = (0..60_u8).map(|week| f64::from(20 + week % 7)).collect();
        weeks.extend([0.0; 12]);
        assert_eq!(silent_since_the_end(&weeks, &[52]), None);
        weeks.push(0.0);
        assert_eq!(silent_since_the_end(&weeks, &[52]), Some(13));
    }

    #[test]
    fn what_sells_seldom_or_at_christmas_alone_or_was_below_zero_is_not_over() {
        let seldom: Vec<f64> = (0..90).map(|at| f64::from(u8::from(at % 30 == 5))).collect();
        assert_eq!(silent_since_the_end(&seldom, &[52]), None);
        let mut christmas: Vec<f64> =
            (0..104).map(|week| if week % 52 > 44 { 9.0 } else { 0.0 }).collect();
        christmas.extend([0.0; 20]);
        assert_eq!(silent_since_the_end(&christmas, &[52]), None);
        let mut refunds = vec![-5.0; 60];
        refunds.extend([0.0; 30]);
        assert_eq!(silent_since_the_end(&refunds, &[52]), None);
        assert_eq!(silent_since_the_end(&[0.0; 60], &[52]), None);
        assert_eq!(silent_since_the_end(&[], &[]), None);
    }
}
