//! Intervals are as wide as the errors behind them say.

use super::*;

/// A scale of one.
const ONES: Scale = Scale { naive: 1.0, recent: 1.0, spread: 1.0, level: 1.0 };

fn trial(origin: usize, errors: &[f64]) -> Evidence {
    Evidence { origin, scale: ONES, errors: errors.to_vec() }
}

fn assert_near(found: (f64, f64), expected: (f64, f64), tolerance: f64) {
    let off = (found.0 - expected.0).abs().max((found.1 - expected.1).abs());
    assert!(off <= tolerance, "{found:?} instead of {expected:?}");
}

#[test]
fn before_any_error_was_seen_the_tails_are_those_of_student_with_four_degrees() {
    let calibration = Calibration::of(&[], 2, &Prior::PLAIN);
    // The quantiles 0.9 and 0.975 from a table; times the deviation of the prior's error.
    for (level, student) in [(0.8, 1.533_206), (0.95, 2.776_445)] {
        let bound = student * 1.253_314 * 0.8;
        let offsets = calibration.offsets(&ONES, level, 2);
        assert_near(offsets[0], (-bound, bound), 1e-4);
        let grown = bound * 2.0_f64.powf(0.65);
        assert_near(offsets[1], (-grown, grown), 1e-4);
    }
}

#[test]
fn where_many_errors_were_seen_the_bounds_are_their_quantiles_at_calm_and_restless_times() {
    let errors = (0..1_000_u32).map(|index| (f64::from(index) + 0.5) / 1_000.0);
    let evidence: Vec<_> = errors.map(|error| trial(0, &[error])).collect();
    let calibration = Calibration::of(&evidence, 1, &Prior::PLAIN);
    // Errors even between 0 and 1, four sixths as they are, a sixth each e^(0.18 √3) times as large
    // and as small: x (4 + a + 1 / a) / 6 is the share of those below a small x, and so on.
    assert_near(calibration.offsets(&ONES, 0.8, 1)[0], (0.0984, 0.9298), 2e-3);
    assert_near(calibration.offsets(&ONES, 0.95, 1)[0], (0.0246, 1.1609), 2e-3);
}

#[test]
fn a_few_errors_are_drawn_towards_a_bell_curve_and_grow_with_the_step() {
    let evidence: Vec<_> = (0..20)
        .map(|index| if index % 2 == 0 { 1.0 } else { -1.0 })
        .map(|error| trial(0, &[error, 2.0 * error]))
        .collect();
    let offsets = Calibration::of(&evidence, 2, &Prior::PLAIN).offsets(&ONES, 0.8, 2);
    // Errors count four fifths. Their quantile is 1; the bell's that of 24 degrees of freedom.
    let size = 0.2 * 0.8 + 0.8 * 1.0;
    let bound = 0.8 * 1.0 + 0.2 * 1.317_836 * 1.253_314 * size;
    let growth: f64 = 0.2 * 0.65 + 0.8;
    assert!((growth - 0.93).abs() < 1e-12);
    // Errors of the second step are divided by a growth that is not quite theirs.
    let spread = 2.0_f64.powf(1.0 - growth);
    assert!(offsets[0].1 >= bound - 0.05 && offsets[0].1 <= bound * spread + 0.05, "{offsets:?}");
    assert!((offsets[1].1 / offsets[0].1 - 2.0_f64.powf(growth)).abs() < 1e-9, "{offsets:?}");
    assert!((offsets[0].0 + offsets[0].1).abs() < 0.05, "{offsets:?}");
}

#[test]
fn errors_that_lie_above_more_than_below_make_bounds_that_do() {
    let evidence: Vec<_> =
        (0..20).map(|index| trial(0, &[if index % 2 == 0 { 3.0 } else { -1.0 }])).collect();
    let offsets = Calibration::of(&evidence, 1, &Prior::PLAIN).offsets(&ONES, 0.8, 2);
    // Errors count four fifths, their quantiles are −1 and 3; the bell's is that of 24 degrees.
    let bell = 1.317_836 * 1.253_314 * (0.2 * 0.8 + 0.8 * 2.0);
    assert_near(offsets[0], (-0.8 - 0.2 * bell, 2.4 + 0.2 * bell), 1e-4);
}

#[test]
fn dispersion_between_origins_widens_the_intervals() {
    // Logarithms 0, 1 and −1: squares of 2 over two degrees, drawn towards 0.18 by three.
    let apart = [1.0, std::f64::consts::E, 1.0 / std::f64::consts::E];
    assert!((dispersion(&apart) - (2.0972_f64 / 5.0).sqrt()).abs() < 1e-9);
    assert!((dispersion(&[3.0, 3.0, 3.0]) - (0.0972_f64 / 5.0).sqrt()).abs() < 1e-9);
    assert!((dispersion(&[]) - 0.18).abs() < 1e-12);

    // The same errors, once spread evenly over two origins, once the large ones all in one.
    let errors = [1.0, -1.0, 4.0, -4.0];
    let of = |origin: &dyn Fn(usize) -> usize| {
        let evidence: Vec<_> =
            (0..400).map(|index| trial(origin(index), &[errors[index % 4]])).collect();
        Calibration::of(&evidence, 1, &Prior::PLAIN).offsets(&ONES, 0.95, 1)[0].1
    };
    let calm = of(&|index| index / 4 % 2);
    let restless = of(&|index| index % 4 / 2);
    // Of the largest errors, the sixth that is e^(dispersion √3) times as large.
    let away = |dispersion: f64| 4.0 * (3.0_f64.sqrt() * dispersion).exp();
    assert!((calm - away((0.0972_f64 / 4.0).sqrt())).abs() < 1e-6, "{calm}");
    let squares = 2.0 * 2.0_f64.ln().powi(2);
    assert!((restless - away(((squares + 0.0972) / 4.0).sqrt())).abs() < 1e-6, "{restless}");
}

#[test]
fn steps_that_were_never_tried_are_as_uncertain_as_the_growth_of_the_errors_says() {
    let few = Calibration::of(&[trial(0, &[1.0, 1.5])], 2, &Prior::PLAIN);
    let many: Vec<_> = (0..400)
        .map(|index| if index % 2 == 0 { 1.0 } else { -1.0 })
        .map(|error| trial(0, &[error, 2.0 * error]))
        .collect();
    let many = Calibration::of(&many, 2, &Prior::PLAIN);
    for calibration in [few, many] {
        let offsets = calibration.offsets(&ONES, 0.8, 8);
        assert_eq!(calibration.offsets(&ONES, 0.8, 3), offsets[..3]);
        let growth = (offsets[7].1 / offsets[3].1).log2();
        assert!((offsets[3].1 / offsets[1].1).log2() - growth < 1e-9, "{offsets:?}");
        assert!((0.3..=1.0).contains(&growth), "{growth}");
    }
}
