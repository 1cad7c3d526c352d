//! Pareto/NBD: a customer buys at an own rate (gamma over customers) and leaves at an own rate
//! (gamma over customers), at any moment. Schmittlein, Morrison & Colombo 1987; Fader & Hardie 2005,
//! "A note on deriving the Pareto/NBD model".
//!
//! The part of the likelihood that is usually written as a difference of two Gaussian
//! hypergeometric functions is the integral over the moment of leaving,
//! s ∫ (α+y)^−(r+x) (β+y)^−(s+1) dy from t_x to T. On the scale τ = ln(m+y), m the smaller of α and
//! β, its integrand is an exponential times a smooth factor, so Gauss-Legendre panels give it, and
//! its gradient, to about twelve digits, where the difference loses all of them.

use super::super::groups::{Groups, History};
use super::super::model::Process;
use super::{Model, Outlook};
use crate::numeric::special::{digamma, ln_gamma};

/// Nodes and weights of Gauss-Legendre quadrature on (−1, 1), 16 points, the positive half.
const NODES: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_6),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_74),
    (0.755_404_408_355_003, 0.124_628_971_255_533_87),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_89),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_094),
];

/// The Pareto/NBD model; its parameters are r, α, s, β.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pareto;

/// ln of the integral over the moment of leaving, without its factor s, and its derivatives by r,
/// α, s and β (of the logarithm).
struct Leaving {
    ln: f64,
    gradient: [f64; 4],
}

fn leaving([r, alpha, s, beta]: [f64; 4], history: History) -> Option<Leaving> {
    let History { repeats, recency, age } = history;
    if age <= recency {
        return None;
    }
    let buying = r + f64::from(repeats);
    let leaving = s + 1.0;
    let least = alpha.min(beta);
    let start = least + recency;
    let length = ((age - recency) / start).ln_1p();
    // Panels short enough for the exponential, and none where it has vanished: the integrand's
    // decay on this scale is slowest at the start.
    let decay = |moved: f64| {
        buying * moved / (moved - least + alpha) + leaving * moved / (moved - least + beta) - 1.0
    };
    let slowest = decay(start);
    let reach = if slowest > 0.0 { length.min(45.0 / slowest) } else { length };
    let fastest = decay(start * reach.exp());
    let panels = (fastest * reach / 20.0).max(reach / 2.0).ceil().clamp(1.0, 64.0);
    let width = reach / panels;
    let ln_first = -buying * (alpha + recency).ln() - leaving * (beta + recency).ln();
    let mut sum = 0.0;
    let mut moments = [0.0; 4];
    let mut panel = 0.0;
    while panel < panels {
        for (node, weight) in NODES {
            for node in [-node, node] {
                let tau = width * (panel + 0.5 + 0.5 * node);
                let moved = start * tau.exp();
                let (by_alpha, by_beta) = (moved - least + alpha, moved - least + beta);
                let (ln_alpha, ln_beta) = (by_alpha.ln(), by_beta.ln());
                let density =
                    weight * moved * (-buying * ln_alpha - leaving * ln_beta - ln_first).exp();
                sum += density;
                moments[0] += density * ln_alpha;
                moments[1] += density / by_alpha;
                moments[2] += density * ln_beta;
                moments[3] += density / by_beta;
            }
        }
        panel += 1.0;
    }
    if !(sum > 0.0 && sum.is_finite()) {
        return None;
    }
    Some(Leaving {
        ln: (sum * 0.5 * width).ln() + ln_first,
        gradient: [
            -moments[0] / sum,
            -buying * moments[1] / sum,
            -moments[2] / sum,
            -leaving * moments[3] / sum,
        ],
    })
}

impl Model for Pareto {
    fn process(&self) -> Process {
        Process::ParetoNbd
    }

    fn start(&self, groups: &Groups) -> [f64; 4] {
        let age = groups.mean_age().max(1e-3);
        let rate = (groups.mean_repeats() + 0.1) / age;
        let r: f64 = 0.6;
        [r.ln(), (0.7 * r / rate).ln(), 0.6_f64.ln(), (0.5 * age).ln()]
    }

    fn ln_likelihood(&self, groups: &Groups, ln: [f64; 4]) -> (f64, [f64; 4]) {
        let parameters = ln.map(f64::exp);
        let [r, alpha, s, beta] = parameters;
        let mut value = groups.weight * (r * ln[1] + s * ln[3]);
        let mut gradient = [
            groups.weight * ln[1],
            groups.weight * r / alpha,
            groups.weight * ln[3],
            groups.weight * s / beta,
        ];
        let (ln_gamma_r, digamma_r) = (ln_gamma(r), digamma(r));
        for level in &groups.levels {
            value += level.weight * (ln_gamma(r + level.repeats) - ln_gamma_r);
            gradient[0] += level.weight * (digamma(r + level.repeats) - digamma_r);
        }
        for group in &groups.groups {
            let buying = r + f64::from(group.history.repeats);
            let (end_alpha, end_beta) = (alpha + group.history.age, beta + group.history.age);
            let (ln_alpha, ln_beta) = (end_alpha.ln(), end_beta.ln());
            let ln_alive = -buying * ln_alpha - s * ln_beta;
            let of_alive = [-ln_alpha, -buying / end_alpha, -ln_beta, -s / end_beta];
            let (logarithm, of) = match leaving(parameters, group.history) {
                None => (ln_alive, of_alive),
                Some(mut left) => {
                    left.ln += ln[2];
                    left.gradient[2] += 1.0 / s;
                    let larger = ln_alive.max(left.ln);
                    let sum = (ln_alive - larger).exp() + (left.ln - larger).exp();
                    let share = (left.ln - larger).exp() / sum;
                    let mut of = of_alive;
                    for (of, left) in of.iter_mut().zip(left.gradient) {
                        *of += share * (left - *of);
                    }
                    (larger + sum.ln(), of)
                }
            };
            value += group.weight * logarithm;
            for (sum, of) in gradient.iter_mut().zip(of) {
                *sum += group.weight * of;
            }
        }
        parameters.into_iter().zip(&mut gradient).for_each(|(by, of)| *of *= by);
        (value, gradient)
    }

    /// Fader & Hardie 2005, eq. 41 of the note: E = P(alive) (r+x)/(α+T) · E[min(life left, t)].
    /// The variance follows from the second moment of that time and of the rate.
    fn outlook(&self, parameters: [f64; 4], history: History, horizon: f64) -> Outlook {
        let [r, alpha, s, beta] = parameters;
        let buying = r + f64::from(history.repeats);
        let end = beta + history.age;
        let ln_alive = -buying * (alpha + history.age).ln() - s * end.ln();
        let alive = leaving(parameters, history)
            .map_or(1.0, |left| 1.0 / (1.0 + (left.ln + s.ln() - ln_alive).exp()));
        if horizon.is_nan() || horizon <= 0.0 {
            return Outlook { alive, mean: 0.0, variance: 0.0 };
        }
        // The life left is Lomax(s, β+T): ∫ S and ∫ 2u S over (0, t).
        let grown = (horizon / end).ln_1p();
        let first = end * power_integral(1.0 - s, grown);
        let second = 2.0 * end * (end * power_integral(2.0 - s, grown) - first);
        let rate = buying / (alpha + history.age);
        let rate_square = rate * (buying + 1.0) / (alpha + history.age);
        let mean = alive * rate * first;
        let square = mean + alive * rate_square * second.max(0.0);
        Outlook { alive, mean, variance: (square - mean * mean).max(0.0) }
    }

    fn median_wait(&self, [r, alpha, ..]: [f64; 4], history: History) -> f64 {
        let buying = r + f64::from(history.repeats);
        (alpha + history.age) * (std::f64::consts::LN_2 / buying).exp_m1()
    }
}

/// ∫ e^(power·u) du over (0, length).
fn power_integral(power: f64, length: f64) -> f64 {
    let product = power * length;
    if product.abs() < 1e-9 { length * (1.0 + 0.5 * product) } else { product.exp_m1() / power }
}
