//! Fisher's exact test, one-sided, quick enough for a million pairs.

/// Logarithms of factorials: a table for counts that occur, Stirling's series beyond it.
#[derive(Clone, Debug)]
pub(super) struct LnFactorials(Vec<f64>);

/// Entries at the most, 8 MiB of them.
const TABLE: usize = 1 << 20;
/// Entries at the least: below that Stirling's series is not exact enough.
const LEAST: usize = 256;

impl LnFactorials {
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
    greater(&LnFactorials::up_to(LEAST), together, of_a, of_b, all)
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
