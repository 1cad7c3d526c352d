//! Fisher's exact test, one-sided, quick enough for a million pairs.

/// Logarithms of factorials: a table for counts that occur, Stirling's series beyond it.
#[derive(Clone, Debug)]
pub(super) struct LnFactorials(Vec<f64>);

/// Entries at the most, 8 MiB of them.
const TABLE: usize = 1 << 20;
/// Entries at the least: below that Stirling's series is not exact enough.
const LEAST: usize = 256;

impl LnFactorials {
    /// Slow for numbers above some hundreds, but at hand at once: for a few pairs.
    pub(super) fn few() -> Self {
        Self::up_to(LEAST)
    }

    /// For numbers up to `largest`, and slower above.
    pub(super) fn up_to(largest: usize) -> Self {
        let mut table = vec![0.0];
        let mut sum = 0.0_f64;
        // What adding loses is carried along (Kahan 1965), so that a million terms stay exact.
        let mut lost = 0.0_f64;
        for number in 1..=largest.clamp(LEAST, TABLE) {
            let term = (number as f64).ln() - lost;
            let next = sum + term;
            lost = (next - sum) - term;
            sum = next;
            table.push(sum);
        }
        Self(table)
    }

    /// ln n!
    #[inline]
    pub(super) fn of(&self, number: u32) -> f64 {
        self.0.get(number as usize).copied().unwrap_or_else(|| stirling(f64::from(number)))
    }
}

/// ln n!, to fifteen digits for n of 256 and more: Abramowitz & Stegun 1964, 6.1.41.
fn stirling(n: f64) -> f64 {
    let inverse = n.recip();
    let square = inverse * inverse;
    let series = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square / 1_260.0));
    (n + 0.5) * n.ln() - n + 0.5 * std::f64::consts::TAU.ln() + series
}

/// The chance that at least `together` of `all` baskets hold both items, if `of_a` hold the one and
/// `of_b` the other without regard to each other: the upper tail of the hypergeometric distribution
/// (Fisher 1934). 1 for counts that contradict each other.
pub fn fisher_greater(together: u32, of_a: u32, of_b: u32, all: u32) -> f64 {
    greater(&LnFactorials::few(), together, of_a, of_b, all)
}

/// The same with a table at hand.
pub(super) fn greater(ln: &LnFactorials, together: u32, of_a: u32, of_b: u32, all: u32) -> f64 {
    if of_a > all || of_b > all || together > of_a.min(of_b) {
        return 1.0;
    }
    let least = (u64::from(of_a) + u64::from(of_b)).saturating_sub(u64::from(all));
    if u64::from(together) <= least {
        return 1.0;
    }
    let neither = |x: u32| all - of_a - (of_b - x);
    let chance = |x: u32| {
        let ways = ln.of(of_a) + ln.of(all - of_a) + ln.of(of_b) + ln.of(all - of_b) - ln.of(all);
        (ways - ln.of(x) - ln.of(of_a - x) - ln.of(of_b - x) - ln.of(neither(x))).exp()
    };
    let expected = f64::from(of_a) * f64::from(of_b) / f64::from(all);
    if f64::from(together) > expected {
        // Terms shrink from here on, by a ratio that shrinks too.
        let (mut sum, mut ratio_product) = (1.0, 1.0);
        for x in together..of_a.min(of_b) {
            let up = f64::from(of_a - x) * f64::from(of_b - x);
            ratio_product *= up / (f64::from(x + 1) * f64::from(neither(x) + 1));
            sum += ratio_product;
            if ratio_product < sum * 1e-17 {
                break;
            }
        }
        (chance(together) * sum).min(1.0)
    } else {
        // The lower tail is the shorter one.
        let (mut sum, mut ratio_product) = (1.0, 1.0);
        let mut x = together - 1;
        while u64::from(x) > least {
            let down = f64::from(x) * f64::from(neither(x));
            ratio_product *= down / (f64::from(of_a - x + 1) * f64::from(of_b - x + 1));
            sum += ratio_product;
            if ratio_product < sum * 1e-17 {
                break;
            }
            x -= 1;
        }
        (1.0 - chance(together - 1) * sum).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-10 * expected.abs(), "{found} for {expected}");
    }

    #[test]
    fn published_and_hand_computed_tables_are_met() {
        // Fisher 1935, the lady tasting tea: all four right of eight cups, 1 in 70; three right, 17.
        close(fisher_greater(4, 4, 4, 8), 1.0 / 70.0);
        close(fisher_greater(3, 4, 4, 8), 17.0 / 70.0);
        // Fisher 1925, twins of convicts (10 of 13 against 2 of 17): 0.000465 as printed.
        let twins = fisher_greater(10, 13, 12, 30);
        assert!((twins - 0.000_465_2).abs() < 1e-7, "{twins}");
        close(fisher_greater(0, 5, 5, 20), 1.0);
        close(fisher_greater(1, 1, 1, 1_000_000), 1e-6);
        // C(5,2)·C(5,1)/C(10,3) + C(5,3)/C(10,3)
        close(fisher_greater(2, 5, 3, 10), (50.0 + 10.0) / 120.0);
    }

    #[test]
    fn counts_that_contradict_each_other_prove_nothing() {
        for (together, of_a, of_b, all) in
            [(6, 5, 9, 20), (1, 30, 2, 20), (0, 0, 0, 0), (3, 3, 3, 3)]
        {
            assert!((fisher_greater(together, of_a, of_b, all) - 1.0).abs() < 1e-12);
        }
        let huge = fisher_greater(u32::MAX / 4, u32::MAX / 2, u32::MAX / 2, u32::MAX);
        assert!((0.4..=1.0).contains(&huge), "{huge}");
        assert_eq!(fisher_greater(900_000, 1_000_000, 1_000_000, u32::MAX), 0.0);
    }

    #[test]
    fn factorials_are_the_same_by_table_and_by_series() {
        let table = LnFactorials::up_to(5_000);
        for number in 257..5_000_u32 {
            let (exact, series) = (table.of(number), stirling(f64::from(number)));
            assert!((exact - series).abs() < 1e-13 * exact, "{number}: {exact} {series}");
        }
        assert!((table.of(20) - 2_432_902_008_176_640_000_f64.ln()).abs() < 1e-13);
    }

    proptest! {
        #[test]
        fn tails_are_sums_of_the_single_chances(all in 1_u32..60, a in 0_u32..60, b in 0_u32..60) {
            let (a, b) = (a.min(all), b.min(all));
            let choose = |n: u32, k: u32| -> f64 {
                if k > n { 0.0 } else { (0..k).map(|i| f64::from(n - i) / f64::from(i + 1)).product() }
            };
            let mut tail = 0.0;
            for together in (0..=a.min(b)).rev() {
                tail += choose(a, together) * choose(all - a, b - together) / choose(all, b);
                let found = fisher_greater(together, a, b, all);
                prop_assert!((found - tail).abs() < 1e-9 * tail.max(1e-6), "{found} for {tail}");
            }
        }
    }
}
