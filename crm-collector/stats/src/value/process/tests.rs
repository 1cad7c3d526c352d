//! Likelihoods against other ways to write them, expectations against simulation, and what holds
//! for any history.

use proptest::prelude::*;

use super::super::groups::{Groups, History};
use super::super::model::Process;
use super::super::simulation::{Random, cut, mbg_cnbd, pareto};
use super::{fit, model};
use crate::numeric::hypergeometric::ln_hyp2f1;
use crate::numeric::special::{ln_beta, ln_gamma};

const PROCESSES: [Process; 5] =
    [Process::ParetoNbd, Process::BgNbd, Process::MbgNbd, Process::MbgCnbd(2), Process::MbgCnbd(3)];

const HISTORIES: [(u32, f64, f64); 6] = [
    (0, 0.0, 38.0),
    (2, 30.43, 38.86),
    (26, 30.86, 31.0),
    (1, 0.14, 26.0),
    (7, 20.0, 20.0),
    (150, 80.0, 104.0),
];

fn history((repeats, recency, age): (u32, f64, f64)) -> History {
    History { repeats, recency, age }
}

fn ln_likelihood(process: Process, parameters: [f64; 4], history: History) -> f64 {
    let groups = Groups::new(std::iter::once(history), 0.0);
    model(process).ln_likelihood(&groups, parameters.map(f64::ln)).0
}

fn near(got: f64, wanted: f64, relative: f64) {
    assert!((got - wanted).abs() <= relative * wanted.abs().max(1e-12), "{got} is not {wanted}");
}

#[test]
fn gradients_agree_with_differences_of_the_likelihood() {
    let mut histories: Vec<History> = HISTORIES.into_iter().map(history).collect();
    histories.sort_by_key(|history| history.repeats);
    let groups = Groups::new(histories.into_iter(), 3.0);
    for process in PROCESSES {
        for at in [[0.5_f64, 10.0, 0.6, 12.0], [2.0, 3.0, 1.4, 0.8]] {
            let ln = at.map(f64::ln);
            let gradient = model(process).ln_likelihood(&groups, ln).1;
            for (place, got) in gradient.into_iter().enumerate() {
                let at = |step: f64| {
                    let mut moved = ln;
                    moved[place] += step;
                    model(process).ln_likelihood(&groups, moved).0
                };
                near(got, (at(1e-5) - at(-1e-5)) / 2e-5, 1e-5);
            }
        }
    }
}

/// Fader & Hardie 2005, "A note on deriving the Pareto/NBD model", eq. 22 and 23, with Gauss's
/// function.
#[test]
fn pareto_likelihood_agrees_with_its_hypergeometric_form() {
    for [r, alpha, s, beta] in
        [[0.55, 10.6, 0.6, 11.7], [0.9, 14.0, 1.5, 4.0], [2.0, 1.0, 0.3, 80.0]]
    {
        for one in HISTORIES.into_iter().map(history) {
            let x = f64::from(one.repeats);
            let all = r + s + x;
            let (larger, other) = if alpha >= beta { (alpha, s + 1.0) } else { (beta, r + x) };
            let part = |time: f64| {
                let z = (alpha - beta).abs() / (larger + time);
                ln_hyp2f1(all, other, all + 1.0, z) - all * (larger + time).ln()
            };
            let (from, to) = (part(one.recency), part(one.age));
            let alive = -(r + x) * (alpha + one.age).ln() - s * (beta + one.age).ln();
            let left = from + (-(to - from).exp()).ln_1p() + (s / all).ln();
            let higher = alive.max(left);
            let wanted = ln_gamma(r + x) - ln_gamma(r)
                + r * alpha.ln()
                + s * beta.ln()
                + higher
                + ((alive - higher).exp() + (left - higher).exp()).ln();
            let got = ln_likelihood(Process::ParetoNbd, [r, alpha, s, beta], one);
            near(got, wanted, 1e-9);
        }
    }
}

/// Fader, Hardie & Lee 2005, eq. 10: the expectation with Gauss's function equals the sum over
/// purchases.
#[test]
fn bg_nbd_expectation_agrees_with_its_hypergeometric_form() {
    let [r, alpha, a, b] = [0.2426, 4.4136, 0.7929, 2.4259];
    for one in HISTORIES.into_iter().map(history) {
        for horizon in [1.0, 39.0, 200.0] {
            let x = f64::from(one.repeats);
            let end = alpha + one.age;
            let z = horizon / (end + horizon);
            let shrunk = ln_hyp2f1(r + x, b + x, a + b + x - 1.0, z)
                + (r + x) * (end / (end + horizon)).ln();
            let left = if one.repeats == 0 {
                0.0
            } else {
                a / (b + x - 1.0) * (end / (alpha + one.recency)).powf(r + x)
            };
            let wanted = (a + b + x - 1.0) / (a - 1.0) * (1.0 - shrunk.exp()) / (1.0 + left);
            let got = model(Process::BgNbd).outlook([r, alpha, a, b], one, horizon);
            near(got.mean, wanted, 1e-8);
            near(got.alive, 1.0 / (1.0 + left), 1e-12);
        }
    }
}

/// Batislam, Denizel & Filiztekin 2007, eq. 3.
#[test]
fn mbg_nbd_is_what_mbg_cnbd_is_with_exponential_waits() {
    let [r, alpha, a, b] = [0.52, 6.2, 0.9, 1.6];
    for one in HISTORIES.into_iter().map(history) {
        let x = f64::from(one.repeats);
        let alive = ln_beta(a, b + x + 1.0) - (r + x) * (alpha + one.age).ln();
        let left = ln_beta(a + 1.0, b + x) - (r + x) * (alpha + one.recency).ln();
        let wanted = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln() - ln_beta(a, b)
            + alive
            + (left - alive).exp().ln_1p();
        near(ln_likelihood(Process::MbgNbd, [r, alpha, a, b], one), wanted, 1e-11);
        near(ln_likelihood(Process::MbgCnbd(1), [r, alpha, a, b], one), wanted, 1e-11);
    }
}

#[test]
fn expectations_chances_and_variances_are_those_of_simulated_customers() {
    let age = 30.0;
    let horizon = 25.0;
    for (process, of) in [
        (Process::ParetoNbd, [0.9, 7.0, 0.8, 15.0]),
        (Process::MbgNbd, [0.9, 7.0, 0.9, 4.0]),
        (Process::MbgCnbd(2), [1.1, 4.0, 0.9, 4.0]),
        (Process::MbgCnbd(3), [1.4, 3.0, 0.7, 3.0]),
    ] {
        let mut random = Random::new(7);
        // By the number of repeats, so that errors do not cancel.
        let mut seen = [[0.0; 4]; 4];
        for _ in 0..40_000 {
            let times = match process {
                Process::ParetoNbd => pareto(&mut random, of, age + horizon),
                Process::MbgCnbd(shape) => mbg_cnbd(&mut random, shape, of, age + horizon),
                Process::BgNbd | Process::MbgNbd => mbg_cnbd(&mut random, 1, of, age + horizon),
            };
            let (history, bought) = cut(&times, age);
            if random.uniform() > 0.25 {
                continue;
            }
            let outlook = model(process).outlook(of, history, horizon);
            let sums = &mut seen[usize::try_from(history.repeats.min(3)).unwrap()];
            let bought = f64::from(u32::try_from(bought).unwrap());
            sums[0] += 1.0;
            sums[1] += bought - outlook.mean;
            sums[2] += (bought - outlook.mean).powi(2) - outlook.variance;
            sums[3] += outlook.variance;
        }
        for [count, off, spread, variance] in seen {
            // Four standard errors of the mean; the variance within a fifth.
            assert!(off.abs() < 4.0 * variance.sqrt(), "{process}: {off} of {count}");
            assert!(spread.abs() < 0.2 * variance, "{process}: {spread} of {variance}");
        }
    }
}

#[test]
fn a_fit_finds_the_parameters_that_made_the_customers() {
    for (process, of) in [
        (Process::ParetoNbd, [0.9, 7.0, 0.8, 15.0]),
        (Process::MbgNbd, [0.9, 7.0, 0.9, 4.0]),
        (Process::MbgCnbd(2), [1.1, 4.0, 0.9, 4.0]),
    ] {
        let mut random = Random::new(11);
        let mut histories: Vec<History> = (0..3_000)
            .map(|_| {
                let times = match process {
                    Process::ParetoNbd => pareto(&mut random, of, 52.0),
                    Process::MbgCnbd(shape) => mbg_cnbd(&mut random, shape, of, 52.0),
                    Process::BgNbd | Process::MbgNbd => mbg_cnbd(&mut random, 1, of, 52.0),
                };
                cut(&times, 52.0).0
            })
            .collect();
        histories.sort_by_key(|history| history.repeats);
        let groups = Groups::new(histories.into_iter(), 0.0);
        let fitted = fit(&*model(process), &groups).unwrap();
        let truth = model(process).ln_likelihood(&groups, of.map(f64::ln)).0;
        // Twice the difference is chi-square with four degrees: above 18.5 once in a thousand.
        let above = fitted.ln_likelihood - truth;
        assert!((0.0..9.3).contains(&above), "{process}: {above}, {:?}", fitted.parameters);
    }
}

fn any_history() -> impl Strategy<Value = History> {
    (0..80_u32, 0.0..1.0, 0.1..300.0).prop_map(|(repeats, share, age)| History {
        repeats,
        recency: if repeats == 0 { 0.0 } else { share * age },
        age,
    })
}

fn any_parameters() -> impl Strategy<Value = [f64; 4]> {
    prop::array::uniform4(-5.0..6.0).prop_map(|ln: [f64; 4]| ln.map(f64::exp))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn expectation_is_nothing_at_no_horizon_and_rises_with_it(
        one in any_history(), of in any_parameters(), horizon in 0.1..150.0,
    ) {
        for process in PROCESSES {
            let model = model(process);
            prop_assert_eq!(model.outlook(of, one, 0.0).mean, 0.0);
            let (near, far) = (model.outlook(of, one, horizon), model.outlook(of, one, 1.5 * horizon));
            prop_assert!(near.mean > 0.0 || near.alive < 1e-9, "{process}: {near:?}");
            prop_assert!(far.mean >= near.mean * (1.0 - 1e-9), "{process}: {near:?} {far:?}");
            prop_assert!(near.variance.is_finite() && far.variance >= 0.0);
        }
    }

    #[test]
    fn chance_to_be_alive_falls_with_the_time_since_the_last_purchase(
        one in any_history(), of in any_parameters(), later in 0.1..100.0,
    ) {
        for process in PROCESSES {
            let model = model(process);
            let now = model.outlook(of, one, 1.0).alive;
            let then = model.outlook(of, History { age: one.age + later, ..one }, 1.0).alive;
            prop_assert!((0.0..=1.0).contains(&now) && (0.0..=1.0).contains(&then));
            prop_assert!(then <= now + 1e-9, "{process}: {now} then {then}");
            prop_assert!(model.median_wait(of, one) >= 0.0);
        }
    }

    #[test]
    fn likelihood_is_finite_at_any_parameters(one in any_history(), of in any_parameters()) {
        for process in PROCESSES {
            let groups = Groups::new(std::iter::once(one), 0.0);
            let (value, gradient) = model(process).ln_likelihood(&groups, of.map(f64::ln));
            prop_assert!(value.is_finite(), "{process}: {value}");
            prop_assert!(gradient.iter().all(|of| of.is_finite()), "{process}: {gradient:?}");
        }
    }
}
