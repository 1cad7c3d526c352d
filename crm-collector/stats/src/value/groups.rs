//! Customers with equal histories, counted: a likelihood costs one term a group, and what depends
//! on the number of purchases alone costs one term a number.

/// Above this many groups, a fit looks at an even sample of them: the parameters' sampling error
/// is by then far below what anybody reads.
const MOST_GROUPS: usize = 25_000;

/// The last wait of a history, and all that a model needs of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct History {
    /// Purchases after the first.
    pub(super) repeats: u32,
    /// Time from the first purchase to the last.
    pub(super) recency: f64,
    /// Time from the first purchase to the end of observation.
    pub(super) age: f64,
}

/// One group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Group {
    pub(super) history: History,
    /// Customers in it.
    pub(super) weight: f64,
    /// Which of the distinct numbers of repeats it has.
    pub(super) level: usize,
}

/// A distinct number of repeat purchases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RepeatLevel {
    pub(super) repeats: f64,
    /// Customers who have it.
    pub(super) weight: f64,
}

/// All groups of a set of histories.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Groups {
    pub(super) groups: Vec<Group>,
    pub(super) levels: Vec<RepeatLevel>,
    /// Customers.
    pub(super) weight: f64,
    /// Sum over all waits between purchases of their logarithm.
    pub(super) ln_waits: f64,
}

impl Groups {
    /// Groups histories that stand sorted by repeats; equal neighbours are counted as one.
    pub(super) fn new(sorted: impl Iterator<Item = History>, ln_waits: f64) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for history in sorted {
            match groups.last_mut() {
                Some(last) if last.history == history => last.weight += 1.0,
                _ => groups.push(Group { history, weight: 1.0, level: 0 }),
            }
        }
        Self::leveled(groups, ln_waits)
    }

    fn leveled(mut groups: Vec<Group>, ln_waits: f64) -> Self {
        let mut levels: Vec<RepeatLevel> = Vec::new();
        for group in &mut groups {
            let repeats = f64::from(group.history.repeats);
            match levels.last_mut() {
                Some(last) if last.repeats == repeats => last.weight += group.weight,
                _ => levels.push(RepeatLevel { repeats, weight: group.weight }),
            }
            group.level = levels.len() - 1;
        }
        let weight = levels.iter().map(|level| level.weight).sum();
        Self { groups, levels, weight, ln_waits }
    }

    /// The groups themselves, or an even sample of them that stands for all: of each run of
    /// neighbours one, with the run's weight.
    pub(super) fn sample(&self) -> Self {
        if self.groups.len() <= MOST_GROUPS {
            return self.clone();
        }
        let step = self.groups.len().div_ceil(MOST_GROUPS);
        let mut kept = Vec::with_capacity(MOST_GROUPS);
        let mut from = 0;
        while from < self.groups.len() {
            let repeats = self.groups[from].history.repeats;
            let run = self.groups[from..]
                .iter()
                .take(step)
                .take_while(|group| group.history.repeats == repeats)
                .count();
            let mut one = self.groups[from + run / 2];
            one.weight = self.groups[from..from + run].iter().map(|group| group.weight).sum();
            kept.push(one);
            from += run;
        }
        Self::leveled(kept, self.ln_waits)
    }

    /// Mean time observed a customer.
    pub(super) fn mean_age(&self) -> f64 {
        self.mean(|history| history.age)
    }

    /// Mean repeat purchases a customer.
    pub(super) fn mean_repeats(&self) -> f64 {
        self.mean(|history| f64::from(history.repeats))
    }

    fn mean(&self, of: impl Fn(&History) -> f64) -> f64 {
        let sum: f64 = self.groups.iter().map(|group| group.weight * of(&group.history)).sum();
        if self.weight > 0.0 { sum / self.weight } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_histories_are_counted_and_a_sample_stands_for_all() {
        let history = |repeats: u32, age: f64| History { repeats, recency: 0.0, age };
        let groups = Groups::new(
            [history(0, 5.0), history(0, 5.0), history(0, 6.0), history(2, 9.0)].into_iter(),
            0.0,
        );
        let weights: Vec<f64> = groups.groups.iter().map(|group| group.weight).collect();
        assert_eq!((weights, groups.levels.len()), (vec![2.0, 1.0, 1.0], 2));
        assert_eq!((groups.mean_repeats(), groups.mean_age()), (0.5, 6.25));
        assert_eq!(groups.sample(), groups);
        let many =
            (0..200_000_u32).map(|place| history(place / 100_000, f64::from(place % 99_991)));
        let many = Groups::new(many, 1.0);
        let sample = many.sample();
        assert!(sample.groups.len() <= MOST_GROUPS + 2, "{}", sample.groups.len());
        assert_eq!((sample.weight, sample.mean_repeats()), (many.weight, many.mean_repeats()));
        assert!((sample.mean_age() / many.mean_age() - 1.0).abs() < 1e-3);
    }
}
