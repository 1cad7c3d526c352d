//! Gauss's hypergeometric function, for tests: papers write likelihoods and expectations with it, and
//! what is computed in other ways is held against that.

/// Terms after which a series or fraction is taken as it is.
const MOST_TERMS: u32 = 500_000;

/// ln ₂F₁(a, b; c; z) for a, b, c > 0 and 0 ≤ z < 1, where every term is positive. Where Euler's
/// transformation (Abramowitz & Stegun 1964, 15.3.3) leaves positive parameters, it is used, as it
/// converges when the plain series does not.
pub(crate) fn ln_hyp2f1(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let domain = a > 0.0 && b > 0.0 && c > 0.0 && (0.0..1.0).contains(&z);
    if !domain || !(a + b + c).is_finite() {
        return f64::NAN;
    }
    if z == 0.0 {
        return 0.0;
    }
    if c - a == 1.0 && c > b {
        return (1.0 - b) * (-z).ln_1p() + hyp2f1_of_one(c - b, c, z).ln();
    }
    if c - b == 1.0 && c > a {
        return (1.0 - a) * (-z).ln_1p() + hyp2f1_of_one(c - a, c, z).ln();
    }
    if c > a && c > b && a + b > c {
        return (c - a - b) * (-z).ln_1p() + ln_hyp2f1_series(c - a, c - b, c, z);
    }
    ln_hyp2f1_series(a, b, c, z)
}

/// ₂F₁(1, b; c; z) for 0 < b < c and 0 ≤ z < 1, by Gauss's continued fraction (Abramowitz & Stegun
/// 1964, 15.1.8 and Wall 1948, eq. 89.9), which takes some dozens of steps where z is close to one
/// and the series takes thousands.
fn hyp2f1_of_one(b: f64, c: f64, z: f64) -> f64 {
    let tiny = 1e-300;
    // F = 1 / (1 − k₁ z / (1 − k₂ z / (1 − …)))
    let mut value = 1.0;
    let mut up = 1.0;
    let mut down = 0.0;
    let mut n = 0.0;
    for step in 1..MOST_TERMS {
        let coefficient = if step % 2 == 1 {
            let k = (b + n) * (c + n - 1.0) / ((c + 2.0 * n - 1.0) * (c + 2.0 * n));
            // At c = 1 the first coefficient is b / c, though its factors vanish.
            if n == 0.0 { b / c } else { k }
        } else {
            let k = (n + 1.0) * (c + n - b) / ((c + 2.0 * n) * (c + 2.0 * n + 1.0));
            n += 1.0;
            k
        };
        let alpha = -coefficient * z;
        down = 1.0 + alpha * down;
        if down.abs() < tiny {
            down = tiny;
        }
        down = 1.0 / down;
        up = 1.0 + alpha / up;
        if up.abs() < tiny {
            up = tiny;
        }
        let factor = up * down;
        value *= factor;
        if (factor - 1.0).abs() < 1e-15 || !value.is_finite() {
            break;
        }
    }
    1.0 / value
}

/// The defining series, with its sum kept below overflow.
fn ln_hyp2f1_series(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let mut ln_scale = 0.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for step in 0..MOST_TERMS {
        let n = f64::from(step);
        let ratio = (a + n) / (c + n) * ((b + n) / (n + 1.0)) * z;
        term *= ratio;
        sum += term;
        if sum > 1e280 {
            term /= sum;
            ln_scale += sum.ln();
            sum = 1.0;
        }
        // Terms rise first where a and b are large, so a small one ends the sum only when falling.
        if ratio < 1.0 && term < sum * 1e-16 * (1.0 - ratio) {
            break;
        }
    }
    ln_scale + sum.ln()
}

/// Wanted values: mpmath at 40 digits.
#[test]
fn hypergeometric_function_is_finite_and_exact_close_to_one_and_at_large_parameters() {
    for (a, b, c, z, wanted) in [
        (5.2, 1.6, 6.2, 0.1, 0.140_612_930_499_436_23),
        (5.2, 1.6, 6.2, 0.9, 2.686_093_449_765_486),
        (5.2, 1.6, 6.2, 0.999_9, 7.665_118_513_864_028),
        (300.7, 1.6, 301.7, 0.8, 2.554_370_355_884_813_6),
        (300.7, 299.4, 301.7, 0.95, 893.933_802_105_980_1),
        (1.0, 2.0, 3.0, 0.5, 0.435_138_754_550_694_4),
        (2.0, 3.0, 1.5, 0.7, 4.504_347_796_408_583),
        (0.5, 0.5, 3.0, 0.99, 0.121_380_675_086_541_39),
        (400.0, 300.0, 401.0, 0.99, 1_377.233_523_204_760_4),
    ] {
        near(ln_hyp2f1(a, b, c, z), wanted, 2e-12);
        near(ln_hyp2f1(b, a, c, z), wanted, 2e-12);
    }
    // F(1, b; c; 0) = 1 and F(1, 1; 2; z) = −ln(1 − z) / z
    near(hyp2f1_of_one(0.3, 2.0, 0.0), 1.0, 0.0);
    near(hyp2f1_of_one(1.0, 2.0, 0.6), -(0.4_f64.ln()) / 0.6, 1e-14);
    near(hyp2f1_of_one(0.25, 1.0, 0.6), 0.4_f64.powf(-0.25), 1e-14);
}

fn near(got: f64, wanted: f64, relative: f64) {
    assert!((got - wanted).abs() <= relative * wanted.abs(), "{got} is not {wanted}");
}
