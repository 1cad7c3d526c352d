//! BG/NBD, MBG/NBD and MBG/CNBD-k: a customer may leave at each purchase, with an own chance (beta
//! over customers); waits are Erlang-k with an own rate (gamma over customers).
//!
//! Fader, Hardie & Lee 2005 (BG/NBD: one may not leave at the first purchase); Batislam, Denizel &
//! Filiztekin 2007 (MBG/NBD: one may); Reutterer, Platzer & Schröder 2021 (MBG/CNBD-k).

use super::super::groups::{Groups, History};
use super::super::model::Process;
use super::{Model, Outlook};
use crate::numeric::special::{beta_inc, digamma, ln_beta, ln_gamma};

/// Purchases after which the sum of an expectation ends at the latest.
const MOST_PURCHASES: u32 = 100_000;

/// A model of the family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Geometric {
    /// k of the Erlang waits.
    shape: u32,
    /// Whether one may leave at the first purchase.
    modified: bool,
}

impl Geometric {
    pub(crate) fn bg_nbd() -> Self {
        Self { shape: 1, modified: false }
    }

    /// MBG/CNBD-k; MBG/NBD at k = 1. Shapes above 3 are taken as 3.
    pub(crate) fn mbg_cnbd(shape: u32) -> Self {
        Self { shape: shape.clamp(1, 3), modified: true }
    }

    /// Chances to leave that a customer with so many repeats has passed when alive.
    fn passed(self, repeats: f64) -> f64 {
        if self.modified { repeats + 1.0 } else { repeats }
    }

    /// The relative weights of being alive at each Erlang stage, and ln of that of having left,
    /// both relative to being alive at stage 0.
    fn weights(self, [r, alpha, a, b]: [f64; 4], history: History) -> ([f64; 3], f64) {
        let repeats = f64::from(history.repeats);
        let shape = r + f64::from(self.shape) * repeats;
        let since = (history.age - history.recency) / (alpha + history.age);
        let mut stages = [1.0, 0.0, 0.0];
        if self.shape > 1 {
            stages[1] = since * shape;
        }
        if self.shape > 2 {
            stages[2] = 0.5 * since * since * shape * (shape + 1.0);
        }
        let passed = self.passed(repeats);
        let ln_left = if passed > 0.0 {
            let ratio = ((history.age - history.recency) / (alpha + history.recency)).ln_1p();
            (a / (b + passed - 1.0)).ln() + shape * ratio
        } else {
            f64::NEG_INFINITY
        };
        (stages, ln_left)
    }
}

impl Model for Geometric {
    fn process(&self) -> Process {
        match (self.modified, self.shape) {
            (false, _) => Process::BgNbd,
            (true, 1) => Process::MbgNbd,
            (true, shape) => Process::MbgCnbd(shape),
        }
    }

    fn start(&self, groups: &Groups) -> [f64; 4] {
        let rate = (groups.mean_repeats() + 0.1) / groups.mean_age().max(1e-3);
        let r: f64 = 0.5;
        let alpha = 0.6 * r * f64::from(self.shape) / rate;
        [r.ln(), alpha.ln(), 0.7_f64.ln(), 2.0_f64.ln()]
    }

    fn ln_likelihood(&self, groups: &Groups, ln: [f64; 4]) -> (f64, [f64; 4]) {
        let [r, alpha, a, b] = ln.map(f64::exp);
        let k = f64::from(self.shape);
        let mut value = 0.0;
        let mut gradient = [0.0; 4];
        // What depends on the number of repeats alone.
        let ln_gamma_r = ln_gamma(r);
        let ln_beta_ab = ln_beta(a, b);
        let (digamma_r, digamma_b, digamma_ab) = (digamma(r), digamma(b), digamma(a + b));
        for level in &groups.levels {
            let passed = self.passed(level.repeats);
            let shape = r + k * level.repeats;
            value +=
                level.weight * (ln_gamma(shape) - ln_gamma_r + ln_beta(a, b + passed) - ln_beta_ab);
            gradient[0] += level.weight * (digamma(shape) - digamma_r);
            let all = digamma_ab - digamma(a + b + passed);
            gradient[2] += level.weight * all;
            gradient[3] += level.weight * (all + digamma(b + passed) - digamma_b);
        }
        value += groups.weight * r * ln[1];
        gradient[0] += groups.weight * ln[1];
        gradient[1] += groups.weight * r / alpha;
        // What depends on the times.
        for group in &groups.groups {
            let History { repeats, recency, age } = group.history;
            let repeats = f64::from(repeats);
            let shape = r + k * repeats;
            let end = alpha + age;
            let ln_end = end.ln();
            let gap = age - recency;
            let mut of_r = -ln_end;
            let mut of_alpha = -shape / end;
            let mut logarithm = -shape * ln_end;
            let passed = self.passed(repeats);
            let since = gap / end;
            // Alive at any stage: 1 + u₁ + u₂, and its derivatives.
            let (mut alive, mut alive_r, mut alive_alpha) = (1.0, 0.0, 0.0);
            if self.shape > 1 {
                let first = since * shape;
                alive += first;
                alive_r += since;
                alive_alpha -= first / end;
            }
            if self.shape > 2 {
                let second = 0.5 * since * since * shape * (shape + 1.0);
                alive += second;
                alive_r += since * since * (shape + 0.5);
                alive_alpha -= 2.0 * second / end;
            }
            if passed > 0.0 {
                let last = alpha + recency;
                let ln_ratio = ln_end - last.ln();
                let ln_left = (a / (b + passed - 1.0)).ln() + shape * ln_ratio;
                // Relative to whichever is larger, so that neither overflows.
                let (scale_alive, left) =
                    if ln_left > 0.0 { ((-ln_left).exp(), 1.0) } else { (1.0, ln_left.exp()) };
                let sum = alive * scale_alive + left;
                logarithm += sum.ln() + ln_left.max(0.0);
                let share_alive = scale_alive / sum;
                let share_left = left / sum;
                of_r += share_alive * alive_r + share_left * ln_ratio;
                of_alpha += share_alive * alive_alpha - share_left * shape * gap / (end * last);
                gradient[2] += group.weight * share_left / a;
                gradient[3] -= group.weight * share_left / (b + passed - 1.0);
            } else {
                logarithm += alive.ln();
                of_r += alive_r / alive;
                of_alpha += alive_alpha / alive;
            }
            value += group.weight * logarithm;
            gradient[0] += group.weight * of_r;
            gradient[1] += group.weight * of_alpha;
        }
        let purchases: f64 = groups.levels.iter().map(|level| level.weight * level.repeats).sum();
        value += (k - 1.0) * groups.ln_waits - purchases * ln_gamma(k);
        ([r, alpha, a, b].into_iter().zip(&mut gradient)).for_each(|(by, of)| *of *= by);
        (value, gradient)
    }

    /// Sums the chances of at least n further purchases: of the next n − 1 none was the last, and
    /// n times k stages less those already passed fit into the horizon. For the mean this is
    /// E = Σⱼ wⱼ Σₙ B(a, b + m + n − 1) / B(a, b + m) · I_z(nk − j, r + kx + j), z = t / (α + T + t),
    /// with m chances to leave passed; wⱼ is the chance of being alive at stage j.
    fn outlook(&self, parameters: [f64; 4], history: History, horizon: f64) -> Outlook {
        let [r, alpha, a, b] = parameters;
        let (stages, ln_left) = self.weights(parameters, history);
        let scale = ln_left.max(0.0);
        let left = (ln_left - scale).exp();
        let stages = stages.map(|stage| stage * (-scale).exp());
        let alive: f64 = stages.iter().sum();
        let sum = alive + left;
        let repeats = f64::from(history.repeats);
        let passed = self.passed(repeats);
        let base = alpha + history.age;
        let mut outlook = Outlook { alive: alive / sum, mean: 0.0, variance: 0.0 };
        if horizon.is_nan() || horizon <= 0.0 {
            return outlook;
        }
        let mut square = 0.0;
        for (stage, weight) in (0..self.shape).zip(stages) {
            if weight <= 0.0 {
                continue;
            }
            let passed_stages = f64::from(stage);
            let shape = r + f64::from(self.shape) * repeats + passed_stages;
            let mut events = StageCounts::new(shape, horizon / (base + horizon));
            let mut stay = weight / sum;
            for n in 1..=MOST_PURCHASES {
                let chance = stay * events.at_least(self.shape * n - stage);
                outlook.mean += chance;
                square += chance * (2.0 * f64::from(n) - 1.0);
                if chance * f64::from(n) <= 1e-13 * square {
                    break;
                }
                let passed = b + passed + f64::from(n) - 1.0;
                stay *= passed / (a + passed);
            }
        }
        outlook.variance = (square - outlook.mean * outlook.mean).max(0.0);
        outlook
    }

    fn median_wait(&self, parameters: [f64; 4], history: History) -> f64 {
        let [r, alpha, ..] = parameters;
        let base = alpha + history.age;
        let shape = r + f64::from(self.shape) * f64::from(history.repeats);
        if self.shape == 1 {
            return base * (std::f64::consts::LN_2 / shape).exp_m1();
        }
        let (stages, _) = self.weights(parameters, history);
        let alive: f64 = stages.iter().sum();
        let bought = |share: f64| -> f64 {
            (0..self.shape)
                .zip(stages)
                .map(|(stage, weight)| {
                    let to_come = f64::from(self.shape - stage);
                    weight / alive * beta_inc(to_come, shape + f64::from(stage), share)
                })
                .sum()
        };
        // z = t / (base + t) by bisection: fifty halvings of (0, 1).
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            if bought(middle) < 0.5 {
                low = middle;
            } else {
                high = middle;
            }
        }
        base * low / (1.0 - high).max(1e-300)
    }
}

/// The chance that at least m stages pass within the horizon, for ascending m: the upper tail of a
/// negative binomial, I_z(m, shape), by its chances one after the other.
struct StageCounts {
    shape: f64,
    share: f64,
    /// The chance of exactly `at` stages, and of at least as many.
    exactly: f64,
    tail: f64,
    at: u32,
}

impl StageCounts {
    fn new(shape: f64, share: f64) -> Self {
        Self { shape, share, exactly: (shape * (-share).ln_1p()).exp(), tail: 1.0, at: 0 }
    }

    fn at_least(&mut self, stages: u32) -> f64 {
        if self.exactly < 1e-290 && self.at == 0 {
            // The chance of none is too small to start from.
            return beta_inc(f64::from(stages), self.shape, self.share);
        }
        while self.at < stages {
            self.tail -= self.exactly;
            let at = f64::from(self.at);
            self.exactly *= self.share * (self.shape + at) / (at + 1.0);
            self.at += 1;
        }
        self.tail.max(0.0)
    }
}
