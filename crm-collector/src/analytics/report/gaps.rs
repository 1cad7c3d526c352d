//! Times between one purchase and the next: how many, their mean and their median, exact to the
//! tenth of a day that is shown, in memory that does not grow with how many there are.

/// A tenth of a day, in which durations are shown.
const TENTH_OF_DAY_MS: i64 = 8_640_000;
/// The median takes longer ones for so long: a hundred years, in tenths of days.
const LONGEST: i64 = 365_250;

/// Durations, gathered by the tenth of a day that each is rounded to.
#[derive(Clone, Debug, Default)]
pub(super) struct Gaps {
    bins: Vec<Bin>,
    sum_ms: i128,
    count: i64,
}

/// The durations that are rounded alike. The shortest and the longest are enough for a median: when
/// its two middles are rounded alike so is their mean, and otherwise one is the longest of its bin and
/// the other the shortest.
#[derive(Clone, Copy, Debug)]
struct Bin {
    count: u32,
    shortest_ms: i64,
    longest_ms: i64,
}

const EMPTY: Bin = Bin { count: 0, shortest_ms: i64::MAX, longest_ms: i64::MIN };

impl Gaps {
    /// Adds a duration; one below zero counts as none.
    pub(super) fn add(&mut self, ms: i64) {
        let ms = ms.max(0);
        self.sum_ms += i128::from(ms);
        self.count += 1;
        let ms = ms.min(LONGEST * TENTH_OF_DAY_MS);
        let bin = Bin { count: 1, shortest_ms: ms, longest_ms: ms };
        // Below the longest, so it fits.
        self.merge_at(usize::try_from(tenths(ms)).unwrap_or(0), bin);
    }

    /// Adds those of another.
    pub(super) fn merge(&mut self, other: &Self) {
        self.sum_ms += other.sum_ms;
        self.count += other.count;
        for (index, bin) in other.bins.iter().enumerate() {
            self.merge_at(index, *bin);
        }
    }

    fn merge_at(&mut self, index: usize, other: Bin) {
        if index >= self.bins.len() {
            self.bins.resize(index + 1, EMPTY);
        }
        let bin = &mut self.bins[index];
        bin.count = bin.count.saturating_add(other.count);
        bin.shortest_ms = bin.shortest_ms.min(other.shortest_ms);
        bin.longest_ms = bin.longest_ms.max(other.longest_ms);
    }

    /// The mean, rounded to tenths of days; `None` where there are no durations.
    pub(super) fn mean(&self) -> Option<i64> {
        rounded_mean(self.sum_ms, self.count)
    }

    /// The median, which between two middles is their mean, rounded to tenths of days.
    pub(super) fn median(&self) -> Option<i64> {
        let (lower, upper) = (self.bin_of((self.count - 1) / 2)?, self.bin_of(self.count / 2)?);
        if lower == upper {
            return i64::try_from(lower).ok();
        }
        let (lower, upper) = (self.bins.get(lower)?, self.bins.get(upper)?);
        rounded_mean(i128::from(lower.longest_ms) + i128::from(upper.shortest_ms), 2)
    }

    /// The bin of a duration, counted from the shortest.
    fn bin_of(&self, position: i64) -> Option<usize> {
        let mut seen = 0;
        self.bins.iter().position(|bin| {
            seen += i64::from(bin.count);
            seen > position
        })
    }
}

/// Rounded to tenths of days, half up.
fn tenths(ms: i64) -> i64 {
    (ms + TENTH_OF_DAY_MS / 2).div_euclid(TENTH_OF_DAY_MS)
}

/// The mean of `count` durations, rounded once.
pub(super) fn rounded_mean(sum_ms: i128, count: i64) -> Option<i64> {
    let whole = i128::from(TENTH_OF_DAY_MS) * i128::from(count);
    let rounded = (2 * sum_ms + whole).checked_div_euclid(2 * whole)?;
    i64::try_from(rounded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(all: &[i64]) -> Gaps {
        let mut gaps = Gaps::default();
        all.iter().for_each(|ms| gaps.add(*ms));
        gaps
    }

    #[test]
    fn durations_are_rounded_once_and_at_the_end() {
        // Each is 0.09 days, which is 0.0 when it is cut and 0.1 when it is rounded.
        let short = TENTH_OF_DAY_MS * 9 / 10;
        assert_eq!(of(&[short; 10]).mean(), Some(1));
        // 1.04 days three times and 1.05 days: 1.0425 in the mean.
        let day = 10 * TENTH_OF_DAY_MS;
        assert_eq!(of(&[day * 104 / 100, day * 104 / 100, day * 105 / 100]).mean(), Some(10));
        assert_eq!(of(&[]).mean(), None);
    }

    #[test]
    fn the_median_lies_between_two_middles() {
        let day = 10 * TENTH_OF_DAY_MS;
        assert_eq!(of(&[10 * day, 20 * day]).median(), Some(150));
        assert_eq!(of(&[day, 10 * day, 20 * day, 90 * day]).median(), Some(150));
        assert_eq!(of(&[day, 10 * day, 90 * day]).median(), Some(100));
        assert_eq!(of(&[]).median(), None);
    }

    proptest! {
        #[test]
        fn mean_and_median_are_those_of_the_sorted_durations(
            mut all in prop::collection::vec(0_i64..40 * TENTH_OF_DAY_MS, 1..40),
            at in 0_usize..40,
        ) {
            let (one, other) = all.split_at(at.min(all.len()));
            let mut gaps = of(one);
            gaps.merge(&of(other));
            let sum: i64 = all.iter().sum();
            let count = i64::try_from(all.len()).unwrap();
            prop_assert_eq!(gaps.mean(), rounded_mean(sum.into(), count));
            all.sort_unstable();
            let (lower, upper) = (all[(all.len() - 1) / 2], all[all.len() / 2]);
            prop_assert_eq!(gaps.median(), rounded_mean((lower + upper).into(), 2));
        }
    }
}
