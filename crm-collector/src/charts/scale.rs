//! Where a value stands on the y axis, and which few round values are told beside it.

/// The most steps between the ends of an axis.
const MOST_STEPS: f64 = 5.0;
/// Beyond this a chart shows nothing anyway; within it no step overflows.
pub(super) const LARGEST: f64 = 1e60;

/// An axis from a round value to a round value, with nought on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    step: f64,
    /// Steps below and above nought.
    below: f64,
    above: f64,
}

impl Scale {
    /// An axis that holds nought and all of these values; `whole` where there is nothing between 1 and
    /// 2. Without values it goes from 0 to 1.
    pub(super) fn of(values: impl IntoIterator<Item = f64>, whole: bool) -> Self {
        let values = values.into_iter().filter(|value| value.is_finite());
        let (low, high) = values.fold((0.0, 0.0), |(low, high): (f64, f64), value| {
            let value = value.clamp(-LARGEST, LARGEST);
            (low.min(value), high.max(value))
        });
        // Nothing but nought.
        let high = if low == high { 1.0 } else { high };
        let mut step = Self::first_step(high - low, whole);
        loop {
            let (below, above) = ((-low / step).ceil(), (high / step).ceil());
            if below + above <= MOST_STEPS {
                return Self { step, below: below.max(0.0), above };
            }
            step = next_step(step, whole);
        }
    }

    /// A round step that is certainly not too long.
    fn first_step(range: f64, whole: bool) -> f64 {
        let power = 10_f64.powf((range / MOST_STEPS).log10().floor());
        if whole { power.max(1.0) } else { power.max(f64::MIN_POSITIVE) }
    }

    /// The values that are told, the lowest first.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let mut ticks = Vec::new();
        let mut count = -self.below;
        while count <= self.above {
            ticks.push(count * self.step);
            count += 1.0;
        }
        ticks
    }

    /// How far below the top a value stands, as a share of the height.
    pub(super) fn down(&self, value: f64) -> f64 {
        let steps = (value.clamp(-LARGEST, LARGEST) / self.step).clamp(-self.below, self.above);
        (self.above - steps) / (self.above + self.below)
    }
}

/// The next of 1, 2, 2.5, 5, 10, 20, …
fn next_step(step: f64, whole: bool) -> f64 {
    let power = 10_f64.powf((step * 1.000_001).log10().floor());
    let digit = step / power;
    let next = match digit {
        ..1.5 => 2.0,
        ..2.2 if !(whole && power < 10.0) => 2.5,
        ..3.0 => 5.0,
        _ => 10.0,
    };
    next * power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ticks_are_few_and_round() {
        let ticks = |values: &[f64], whole| Scale::of(values.iter().copied(), whole).ticks();
        assert_eq!(
            ticks(&[1_461_756.0, 500_000.0], false),
            [0.0, 500_000.0, 1_000_000.0, 1_500_000.0]
        );
        assert_eq!(ticks(&[480_000.0], false), [0.0, 1e5, 2e5, 3e5, 4e5, 5e5]);
        assert_eq!(ticks(&[160.0, -60.0], false), [-100.0, 0.0, 100.0, 200.0]);
        assert_eq!(ticks(&[3.0], true), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(ticks(&[11.0], true), [0.0, 5.0, 10.0, 15.0]);
        assert_eq!(ticks(&[1.0], true), [0.0, 1.0]);
        assert_eq!(ticks(&[], true), [0.0, 1.0]);
        assert_eq!(ticks(&[-30.0], false), [-30.0, -20.0, -10.0, 0.0]);
        assert_eq!(ticks(&[f64::NAN, f64::INFINITY, 2.0], true), [0.0, 1.0, 2.0]);
    }

    proptest! {
        #[test]
        fn an_axis_holds_every_value_and_nought_on_three_to_six_ticks(
            values in prop::collection::vec(-1e12..1e12_f64, 1..20),
            shrunk in -9..9_i32,
        ) {
            let values: Vec<_> = values.iter().map(|value| value * 10_f64.powi(shrunk)).collect();
            let scale = Scale::of(values.iter().copied(), false);
            let ticks = scale.ticks();
            prop_assert!((3..=6).contains(&ticks.len()), "{ticks:?}");
            prop_assert!(ticks.contains(&0.0));
            for value in values {
                let down = scale.down(value);
                prop_assert!((0.0..=1.0).contains(&down), "{value} is at {down}");
                prop_assert!(ticks[0] <= value * (1.0 - value.signum() * 1e-9) + 1e-300);
                prop_assert!(value <= ticks[ticks.len() - 1] * (1.0 + 1e-9) + 1e-300);
            }
        }

        #[test]
        fn a_larger_value_stands_higher(one in -1e9..1e9_f64, other in -1e9..1e9_f64) {
            let scale = Scale::of([one, other], false);
            prop_assert_eq!(one < other, scale.down(one) > scale.down(other));
        }

        #[test]
        fn an_axis_of_counts_tells_whole_ones(values in prop::collection::vec(0..100_000_u32, 1..9)) {
            let ticks = Scale::of(values.into_iter().map(f64::from), true).ticks();
            prop_assert!((2..=6).contains(&ticks.len()));
            prop_assert!(ticks.iter().all(|tick| tick.fract() == 0.0), "{ticks:?}");
        }

        #[test]
        fn any_number_at_all_makes_an_axis(value in any::<f64>()) {
            let scale = Scale::of([value], false);
            prop_assert!((2..=6).contains(&scale.ticks().len()));
            prop_assert!(value.is_nan() || (0.0..=1.0).contains(&scale.down(value)));
        }
    }
}
