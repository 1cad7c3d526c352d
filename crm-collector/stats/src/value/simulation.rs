//! Made-up customers for tests: buyers as the models have them, from a seeded generator.

use super::groups::History;
use super::model::Purchase;

/// A small generator (SplitMix64, Steele et al. 2014); a seed gives the same customers for ever.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Uniform on (0, 1).
    pub(super) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0 + 1e-17
    }

    pub(super) fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Gamma with a shape and scale 1 (Marsaglia & Tsang 2000).
    pub(super) fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.uniform().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    pub(super) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }
}

/// Times of one customer's purchases until a time, the first at 0, under the MBG/CNBD-k.
pub(super) fn mbg_cnbd(random: &mut Random, shape: u32, of: [f64; 4], until: f64) -> Vec<f64> {
    let [r, alpha, a, b] = of;
    let rate = random.gamma(r) / alpha;
    let leave = random.beta(a, b);
    let mut times = vec![0.0];
    while random.uniform() >= leave {
        let wait: f64 = (0..shape).map(|_| random.exponential() / rate).sum();
        let next = times[times.len() - 1] + wait;
        if next > until {
            break;
        }
        times.push(next);
    }
    times
}

/// The same under the Pareto/NBD.
pub(super) fn pareto(random: &mut Random, [r, alpha, s, beta]: [f64; 4], until: f64) -> Vec<f64> {
    let rate = random.gamma(r) / alpha;
    let end = (random.exponential() / (random.gamma(s) / beta)).min(until);
    let mut times = vec![0.0];
    loop {
        let next = times[times.len() - 1] + random.exponential() / rate;
        if next > end {
            return times;
        }
        times.push(next);
    }
}

/// The history at an age, and the purchases after it.
pub(super) fn cut(times: &[f64], age: f64) -> (History, usize) {
    let known = times.partition_point(|&time| time <= age);
    let history =
        History { repeats: u32::try_from(known - 1).unwrap_or(0), recency: times[known - 1], age };
    (history, times.len() - known)
}

/// A shop of MBG/NBD customers, who come evenly over the first half of `days`, each purchase of
/// about `money`.
pub(super) fn shop(seed: u64, customers: u32, days: i32, money: f64) -> Vec<Purchase> {
    let mut random = Random::new(seed);
    let mut purchases = Vec::new();
    for customer in 0..customers {
        let first = (random.uniform() * f64::from(days) / 2.0).floor();
        let mean = money * 3.0 / random.gamma(4.0);
        let weeks = (f64::from(days) - first) / 7.0;
        for time in mbg_cnbd(&mut random, 1, [1.2, 6.0, 0.8, 4.0], weeks) {
            #[expect(clippy::cast_possible_truncation)] // days of a test
            let day = (first + 7.0 * time).floor() as i32;
            let amount = mean * random.gamma(4.0) / 4.0;
            purchases.push(Purchase { customer, day, amount });
        }
    }
    purchases
}
