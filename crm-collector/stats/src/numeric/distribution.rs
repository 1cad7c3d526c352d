//! Distribution functions and quantiles that the statistics test with: normal, Student's t,
//! Poisson.
//!
//! Tails keep their relative accuracy (about 1e-12), so that a p-value of 1e-200 is one. An
//! argument outside a function's domain gives NaN, never a panic.

pub use super::special::normal_cdf;
use super::special::{LN_SQRT_TAU, beta_inc_both, gamma_inc, ln_beta};

/// The density of the standard normal distribution.
pub fn normal_pdf(z: f64) -> f64 {
    (-0.5 * z * z - LN_SQRT_TAU).exp()
}

/// The z with `normal_cdf(z) = p`; infinite at 0 and 1. A rational start (Abramowitz & Stegun
/// 1964, 26.2.23), brought to full accuracy by Halley's method.
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if p == 1.0 {
        return f64::INFINITY;
    }
    let tail = if p < 0.5 { p } else { 1.0 - p };
    let t = (-2.0 * tail.ln()).sqrt();
    let mut z = t
        - (2.515_517 + t * (0.802_853 + t * 0.010_328))
            / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
    for _ in 0..3 {
        let density = normal_pdf(z);
        if density == 0.0 {
            break;
        }
        let step = (tail - normal_cdf(-z)) / density;
        z -= step / (1.0 + 0.5 * z * step);
    }
    if p < 0.5 { -z } else { z }
}

/// The chance that a Student t variable with `degrees` > 0 degrees of freedom exceeds `t`.
pub fn student_sf(t: f64, degrees: f64) -> f64 {
    if t.is_nan() || degrees.is_nan() || degrees <= 0.0 {
        return f64::NAN;
    }
    if degrees == f64::INFINITY || degrees > 1e9 {
        return normal_cdf(-t);
    }
    if t.is_infinite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    let square = t * t;
    let (x, y) = if square > 1e290 {
        (0.0, 1.0)
    } else {
        (degrees / (degrees + square), square / (degrees + square))
    };
    let half = 0.5 * beta_inc_both(0.5 * degrees, 0.5, x, y).0;
    if t >= 0.0 { half } else { 1.0 - half }
}

/// The t with `student_sf(t, degrees) = 1 − p`; infinite at 0 and 1.
pub fn student_quantile(p: f64, degrees: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || degrees.is_nan() || degrees <= 0.0 {
        return f64::NAN;
    }
    if p == 0.5 {
        return 0.0;
    }
    let tail = if p < 0.5 { p } else { 1.0 - p };
    if tail == 0.0 {
        return if p < 0.5 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    // The upper quantile: bracketed on a doubling scale, then Newton's method in ln of the tail,
    // with bisection where a step leaves the bracket.
    let (mut low, mut high) = (0.0, 1.0);
    while student_sf(high, degrees) > tail {
        low = high;
        high *= 2.0;
        if high > 1e300 {
            break;
        }
    }
    let ln_density = -0.5 * degrees.ln() - ln_beta(0.5 * degrees, 0.5);
    let mut t = 0.5 * (low + high);
    for _ in 0..200 {
        let above = student_sf(t, degrees);
        if above > tail {
            low = t;
        } else {
            high = t;
        }
        let density = (ln_density - 0.5 * (degrees + 1.0) * (t / degrees * t).ln_1p()).exp();
        let newton = t + above * (above / tail).ln() / density;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - t).abs() <= 1e-15 * t.abs() {
            t = next;
            break;
        }
        t = next;
    }
    if p < 0.5 { -t } else { t }
}

/// The chance that a Poisson variable is at least `events`, given its mean.
pub fn poisson_at_least(events: u64, mean: f64) -> f64 {
    if events == 0 { 1.0 } else { gamma_inc(events as f64, mean).0 }
}

/// The chance that a Poisson variable is at most `events`, given its mean.
pub fn poisson_at_most(events: u64, mean: f64) -> f64 {
    gamma_inc(events as f64 + 1.0, mean).1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, wanted: f64, relative: f64) {
        assert!((got - wanted).abs() <= relative * wanted.abs(), "{got} is not {wanted}");
    }

    /// Wanted values of this module's tests: mpmath at 40 digits, scipy for Student's t.
    #[test]
    fn normal_quantiles_agree_with_high_precision_far_into_the_tails() {
        for (p, wanted) in [
            (1e-300, -37.047_096_299_361_2),
            (1e-10, -6.361_340_902_404_056),
            (0.025, -1.959_963_984_540_054_2),
            (0.3, -0.524_400_512_708_040_8),
            (0.975, 1.959_963_984_540_053_9),
            (0.999_9, 3.719_016_485_455_708_4),
        ] {
            near(normal_quantile(p), wanted, 1e-13);
            near(normal_cdf(wanted), p, 1e-11);
        }
        assert!(normal_quantile(0.5).abs() < 1e-15);
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
        assert!(normal_quantile(1.1).is_nan());
    }

    #[test]
    fn student_quantiles_agree_with_high_precision_and_return_to_their_chance() {
        for (p, degrees, wanted) in [
            (0.975, 1.0, 12.706_204_736_174_694),
            (0.975, 5.0, 2.570_581_835_636_314_6),
            (0.975, 2.5, 3.574_654_842_003_682),
            (0.6, 30.0, 0.255_605_364_951_912_8),
            (0.999_9, 10.0, 5.693_820_101_457_592),
        ] {
            near(student_quantile(p, degrees), wanted, 1e-11);
            near(student_quantile(1.0 - p, degrees), -wanted, 1e-11);
            near(student_sf(wanted, degrees), 1.0 - p, 1e-11);
        }
        near(student_quantile(0.99, f64::INFINITY), normal_quantile(0.99), 1e-12);
        assert_eq!(student_quantile(1.0, 3.0), f64::INFINITY);
    }

    #[test]
    fn tails_of_counts_agree_with_exact_sums() {
        near(poisson_at_least(10, 3.5), 0.003_314_944_264_632_363, 1e-12);
        near(poisson_at_most(9, 3.5), 1.0 - 0.003_314_944_264_632_363, 1e-12);
    }

    #[test]
    fn no_argument_panics() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 1e-300, 0.5, 1e12, 1e300];
        for a in odd {
            for b in odd {
                let (t, q) = (student_sf(a, b), student_quantile(a, b));
                assert!(t.is_nan() || (0.0..=1.0).contains(&t), "{a} {b}: {t}");
                assert!(q.is_nan() || (0.0..=1.0).contains(&a), "{a} {b}: {q}");
            }
            let _ = (normal_quantile(a), poisson_at_least(3, a));
        }
    }
}
