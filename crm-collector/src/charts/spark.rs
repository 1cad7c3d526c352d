//! Small pictures beside a figure or a sentence: without axes, as the words beside them say how much.

use super::figure::drawable;
use super::markup::{At, Escaped, Markup};

const WIDTH: f64 = 100.0;
const HEIGHT: f64 = 36.0;

/// A small picture of a series.
#[derive(Clone, Debug)]
pub struct Spark {
    /// What it shows, in a sentence.
    pub sentence: String,
    /// Its values; what is not finite is left out.
    pub values: Vec<f64>,
}

/// What the level of a series was, before and after a change.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    /// The first value after the change.
    pub at: usize,
    /// The level before.
    pub before: f64,
    /// The level after.
    pub after: f64,
}

impl Spark {
    /// As bars, those from a place on as what is looked at.
    pub fn bars(&self, from: usize) -> String {
        let mut out = self.open("spark");
        let height = height(self.values.iter().copied());
        let slot = WIDTH / at(self.values.len().max(1));
        for (place, value) in self.values.iter().enumerate() {
            let Some(value) = drawable(*value) else { continue };
            let (nought, end) = (height(0.0), height(value));
            let least = if value == 0.0 { 0.0 } else { 1.0 };
            out.add(format_args!(
                "<rect class=\"{}\" x=\"{}\" width=\"{}\" y=\"{}\" height=\"{}\"/>",
                if place < from { "bp" } else { "b1" },
                At(slot * at(place)),
                At(slot * 0.7),
                At(nought.min(end)),
                At((nought - end).abs().max(least))
            ));
        }
        out.add("</svg>");
        out.finish()
    }

    /// As a thin line, with its level before and after a change as a step.
    pub fn line(&self, level: Option<Level>) -> String {
        let levels = level.into_iter().flat_map(|level| [level.before, level.after]);
        let mut out = self.open("mini");
        let height = height(self.values.iter().copied().chain(levels));
        let last = at(self.values.len().saturating_sub(1).max(1));
        let point =
            |place: f64, value| format!("{},{}", At(place / last * WIDTH), At(height(value)));
        let values = self.values.iter().enumerate();
        let points: Vec<_> = values
            .filter_map(|(place, value)| drawable(*value).map(|value| point(at(place), value)))
            .collect();
        out.add(format_args!("<polyline class=\"l raw\" points=\"{}\"/>", points.join(" ")));
        if let Some(Level { at: change, before, after }) = level {
            let change = (at(change) - 0.5).clamp(0.0, last);
            let step = [
                point(0.0, before),
                point(change, before),
                point(change, after),
                point(last, after),
            ];
            out.add(format_args!("<polyline class=\"l lvl\" points=\"{}\"/>", step.join(" ")));
        }
        out.add("</svg>");
        out.finish()
    }

    fn open(&self, class: &str) -> Markup {
        let mut out = Markup::default();
        out.add(format_args!(
            "<svg class=\"{class}\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             preserveAspectRatio=\"none\">",
            Escaped(&self.sentence)
        ));
        out
    }
}

/// Where a value stands: nought is always there, and the ends touch the edges.
fn height(values: impl Iterator<Item = f64>) -> impl Fn(f64) -> f64 {
    let (low, high) = values
        .filter_map(drawable)
        .fold((0.0, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)));
    let range = if high > low { high - low } else { 1.0 };
    move |value| 1.0 + (1.0 - (value - low) / range) * (HEIGHT - 2.0)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn at(place: usize) -> f64 {
    place as f64
}
