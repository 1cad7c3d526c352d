//! Nine steps of one blue for cells of tables. The figure stands in each cell, so that the shade only
//! helps the eye.

/// Which shade a value has among others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shades {
    /// The least value of the darkest shade.
    most: f64,
}

impl Shades {
    /// The darkest shade is that of the highest thirtieth, so that one cell that stands out does not pale
    /// all others.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<_> =
            values.into_iter().filter(|value| value.is_finite() && *value > 0.0).collect();
        values.sort_by(f64::total_cmp);
        let rank = values.len().saturating_sub(1 + values.len() / 30);
        Self { most: values.get(rank).copied().unwrap_or(1.0) }
    }

    /// The least value of the darkest shade.
    pub(super) fn most(&self) -> f64 {
        self.most
    }

    /// The class of a value: `q0` for nothing, up to `q8`.
    pub(super) fn class(&self, value: f64) -> &'static str {
        const CLASSES: [&str; 9] = ["q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8"];
        let steps = CLASSES.iter().enumerate().skip(1);
        #[expect(clippy::cast_precision_loss, reason = "nine steps")]
        let reached = steps
            .take_while(|(step, _)| value > 0.0 && value >= self.most * (*step as f64 - 1.0) / 7.0)
            .last();
        reached.map_or("q0", |(_, class)| class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_go_from_nothing_to_the_most_and_one_that_stands_out_pales_no_others() {
        let usual = (0..=70).map(f64::from);
        let shades = Shades::of(usual.chain([9_000.0]));
        let of = |value| shades.class(value);
        assert_eq!([0.0, -3.0, f64::NAN].map(of), ["q0"; 3]);
        assert_eq!([0.1, 35.0, 69.0, 9_000.0].map(of), ["q1", "q4", "q8", "q8"]);
        assert_eq!(Shades::of([]).class(0.0), "q0");
    }
}
