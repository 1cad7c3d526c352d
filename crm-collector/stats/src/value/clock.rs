//! Operational time: days counted by how busy they are, in weeks of mean busyness.
//!
//! A rate of buying that follows the season is constant on this clock, so that models without a
//! season hold on it.

/// A clock over days; beyond what it was made for, a week is a week.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clock {
    from: i32,
    /// Weeks passed by the end of each day from `from` on; the last entry's rate goes on.
    passed: Vec<f64>,
}

impl Clock {
    /// All days alike.
    pub(super) fn plain() -> Self {
        Self { from: 0, passed: Vec::new() }
    }

    /// Each day from `from` on counts by its level, 1 being the mean.
    pub(super) fn seasonal(from: i32, levels: impl Iterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let passed = levels
            .map(|level| {
                sum += level / 7.0;
                sum
            })
            .collect();
        Self { from, passed }
    }

    /// Weeks from the end of one day to the end of another.
    pub(super) fn weeks(&self, start: i32, end: i32) -> f64 {
        self.at(end) - self.at(start)
    }

    fn at(&self, day: i32) -> f64 {
        let offset = i64::from(day) - i64::from(self.from);
        let Ok(index) = usize::try_from(offset) else {
            return (offset + 1) as f64 / 7.0;
        };
        match (self.passed.get(index), self.passed.last()) {
            (Some(&passed), _) => passed,
            (None, Some(&last)) => last + (index + 1 - self.passed.len()) as f64 / 7.0,
            (None, None) => (offset + 1) as f64 / 7.0,
        }
    }

    /// The first day after `start` by whose end so many weeks have passed; none beyond `days`.
    pub(super) fn day_after(&self, start: i32, weeks: f64, days: i32) -> Option<i32> {
        let reached = |ahead: i32| {
            start.checked_add(ahead).is_some_and(|day| self.weeks(start, day) >= weeks)
        };
        if !reached(days) {
            return None;
        }
        let (mut low, mut high) = (0, days);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if reached(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        start.checked_add(high)
    }

    /// How busy the days after one are beside the mean.
    pub(super) fn busyness(&self, start: i32, days: i32) -> f64 {
        let weeks = self.weeks(start, start.saturating_add(days));
        if days > 0 { weeks / (f64::from(days) / 7.0) } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_clock_counts_weeks_and_a_seasonal_one_busy_days_more() {
        assert_eq!(Clock::plain().weeks(-7, 14), 3.0);
        let levels = (0..28).map(|day| if day < 14 { 2.0 } else { 0.5 });
        let clock = Clock::seasonal(100, levels);
        // Before and after the days it was made for, a week is a week.
        for (start, end, weeks) in
            [(92, 99, 1.0), (99, 113, 4.0), (113, 127, 1.0), (127, 141, 2.0), (92, 141, 8.0)]
        {
            assert!((clock.weeks(start, end) - weeks).abs() < 1e-12, "{start} to {end}");
        }
        assert!((clock.busyness(99, 28) - 1.25).abs() < 1e-12);
        assert_eq!(clock.busyness(99, 0), 1.0);
    }

    #[test]
    fn the_day_after_so_many_weeks_is_the_first_by_which_they_have_passed() {
        let clock = Clock::seasonal(0, (0..28).map(|day| f64::from(1 + day % 3)));
        for weeks in [0.1, 0.5, 1.0, 4.2, 30.0] {
            let day = clock.day_after(3, weeks, 1_000).unwrap();
            assert!(clock.weeks(3, day) >= weeks && clock.weeks(3, day - 1) < weeks, "{weeks}");
        }
        assert_eq!(clock.day_after(3, 1e9, 1_000), None);
        assert_eq!(clock.day_after(i32::MAX - 1, 5.0, 1_000), None);
    }
}
