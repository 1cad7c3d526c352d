//! How values are spread: bars over equal stretches of the x axis, with marks such as the median.

use super::figure::{About, BOTTOM, Column, Figure, TOP, Value, number, y};
use super::markup::{At, Escaped, Markup, shortened};
use super::places::Places;
use super::scale::Scale;

/// A stretch of the x axis.
#[derive(Clone, Debug)]
pub struct Bin {
    /// What it is called, such as `0 to 7 days`.
    pub name: String,
    /// How much lies in it.
    pub value: Value,
}

/// A distribution.
#[derive(Clone, Debug)]
pub struct Distribution<'a> {
    /// What it is about; the unit is that of the y axis.
    pub about: About<'a>,
    /// What the bars count: the head of the table's second column.
    pub counts: String,
    /// Equal stretches, from the left.
    pub bins: Vec<Bin>,
    /// Marks: where, in stretches from the left, and what they are.
    pub marks: Vec<(f64, String)>,
}

impl Distribution<'_> {
    /// As HTML.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    pub fn render(&self) -> String {
        let scale = Scale::of(
            self.bins.iter().map(|bin| bin.value.number),
            self.about.unit == super::Unit::Count,
        );
        let slot = 100.0 / self.bins.len().max(1) as f64;
        let places = Places::named(self.bins.iter().map(|bin| &*bin.name));
        let mut plot = Markup::default();
        for (nth, bin) in self.bins.iter().enumerate() {
            let Some(value) = number(Some(&bin.value)) else { continue };
            let (nought, end) = (y(&scale, 0.0), y(&scale, value));
            let least = if value == 0.0 { 0.0 } else { 1.0 };
            plot.add(format_args!(
                "<rect class=\"b1 bin\" x=\"{}%\" width=\"{}%\" y=\"{}\" height=\"{}\"/>",
                At(slot * nth as f64),
                At(slot),
                At(nought.min(end)),
                At((nought - end).abs().max(least))
            ));
        }
        for (at, text) in self.marks.iter().filter(|(at, _)| at.is_finite()) {
            let x = (slot * at).clamp(0.0, 100.0);
            let (anchor, dx) = if x > 70.0 { ("end", -6) } else { ("start", 6) };
            plot.add(format_args!(
                "<line class=\"mark-l\" x1=\"{x}%\" x2=\"{x}%\" y1=\"{}\" y2=\"{BOTTOM}\"/>\
                 <text class=\"strong halo\" x=\"{x}%\" y=\"{}\" dx=\"{dx}\" \
                 text-anchor=\"{anchor}\">{}</text>",
                TOP - 16.0,
                TOP - 10.0,
                Escaped(&shortened(text, 32)),
                x = At(x)
            ));
        }
        let cells = self.bins.iter().map(|bin| bin.value.text.clone()).collect();
        Figure {
            about: &self.about,
            kind: "distribution",
            scale,
            places: &places,
            x: &|place| slot * (place as f64 + 0.5),
            plot,
            ends: Vec::new(),
            key: Vec::new(),
            columns: vec![Column { head: self.counts.clone(), cells }],
        }
        .render()
    }
}
