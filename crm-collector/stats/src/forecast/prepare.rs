//! What is done to a series before anything is forecast, and undone after.

/// A series as the models see it: finite, of ordinary size, and not longer than is useful.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// The values, divided by `unit`.
    pub(super) values: Vec<f64>,
    /// A power of two. Only values that squares would take beyond the range of numbers are divided.
    pub(super) unit: f64,
    /// How many values there were since the first that counts.
    pub(super) given: usize,
    /// How many of them were not finite numbers.
    pub(super) filled: usize,
}

/// Older values than this many, or than this many of the longest season, say nothing about the
/// next ones that these do not; the bound keeps the time of a forecast within bounds.
const LONGEST: usize = 4_096;
const LONGEST_IN_SEASONS: usize = 12;

impl Prepared {
    /// Fills values that are not finite by the one before, or at the start by the first that is.
    pub(super) fn of(values: &[f64], longest_season: usize) -> Self {
        let keep = LONGEST.max(LONGEST_IN_SEASONS.saturating_mul(longest_season)).min(8 * LONGEST);
        let filled = values.iter().filter(|value| !value.is_finite()).count();
        let recent = &values[values.len().saturating_sub(keep)..];
        let mut last = recent.iter().copied().find(|value| value.is_finite());
        let mut kept: Vec<f64> = Vec::with_capacity(recent.len());
        for value in recent {
            if value.is_finite() {
                last = Some(*value);
            }
            kept.extend(last);
        }
        let before = first_of_life(&kept);
        let mut kept = kept.split_off(before);
        let begins = values.len() - kept.len();
        let unborn = &values[begins - before..begins];
        let unborn = unborn.iter().filter(|value| value.is_finite()).count();
        let largest = kept.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let ordinary = largest == 0.0 || (1e-60..1e60).contains(&largest);
        let unit = if ordinary {
            1.0
        } else {
            2.0_f64.powf(largest.log2().floor().clamp(-1020.0, 1020.0))
        };
        for value in &mut kept {
            *value /= unit;
        }
        Self { values: kept, unit, given: values.len() - filled - unborn, filled }
    }

    /// Whether most steps are zero.
    pub(super) fn is_intermittent(&self) -> bool {
        let zeros = self.values.iter().filter(|value| **value == 0.0).count();
        2 * zeros > self.values.len()
    }
}

/// A first value that comes alone so long before the second, and many others after it, is no start:
/// such as an order with a wrong date.
const LONELY_STEPS: usize = 36;
const MANY_AFTER: usize = 10;

/// Where the life of a series begins: at its first value other than zero. A series of nothing but zeros
/// is whole.
fn first_of_life(values: &[f64]) -> usize {
    let mut sold = (0..values.len()).filter(|at| values[*at] != 0.0);
    let Some(first) = sold.next() else { return 0 };
    match sold.next() {
        Some(second) if second - first > LONELY_STEPS && sold.count() >= MANY_AFTER => second,
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use super::Prepared;

    #[test]
    fn gaps_repeat_the_value_before_and_are_counted() {
        let prepared = Prepared::of(&[f64::NAN, 2.0, f64::INFINITY, 3.0, f64::NAN], 1);
        assert_eq!(prepared.values, [2.0, 2.0, 2.0, 3.0, 3.0]);
        assert_eq!((prepared.given, prepared.filled), (2, 3));
        assert_eq!(Prepared::of(&[f64::NAN], 1).values, [] as [f64; 0]);
    }

    #[test]
    fn huge_and_tiny_values_are_brought_to_ordinary_size_without_loss() {
        for size in [f64::MAX, 1e300, 1e-300, f64::MIN_POSITIVE] {
            let prepared = Prepared::of(&[size, -size / 2.0], 1);
            assert!((0.1..20.0).contains(&prepared.values[0]), "{size}");
            assert_eq!(prepared.values[0] * prepared.unit, size);
        }
        assert_eq!(Prepared::of(&[7.25], 1).values, [7.25]);
    }

    #[test]
    fn a_series_begins_with_its_first_value_other_than_zero() {
        let mut values = vec![0.0; 24];
        values.extend([500.0; 12]);
        let prepared = Prepared::of(&values, 12);
        assert_eq!((prepared.values.as_slice(), prepared.given), (&[500.0; 12][..], 12));
        assert!(!prepared.is_intermittent());
        assert_eq!(Prepared::of(&[0.0; 5], 12).values, [0.0; 5]);
    }

    #[test]
    fn one_value_decades_before_all_others_is_no_beginning() {
        let mut values = vec![0.0; 600];
        values[0] = 1.0;
        values.extend([7.0; 30]);
        assert_eq!(Prepared::of(&values, 12).values, [7.0; 30]);
        // What is sold once in some years has a beginning all the same.
        let seldom: Vec<f64> = (0..120).map(|at| f64::from(u8::from(at % 40 == 0))).collect();
        assert_eq!(Prepared::of(&seldom, 12).values, seldom);
    }
}
