//! Bars: side by side or one upon another, from nought up and down.

use super::figure::{About, BOTTOM, Column, Figure, Running, TOP, Value, hatched, number, y};
use super::markup::{At, Escaped, Markup};
use super::places::Places;
use super::scale::Scale;

/// The share of its place that a group of bars takes, and the share of that which a bar takes.
const GROUP: f64 = 0.72;
const BAR: f64 = 0.94;
/// Up to so many places a group takes less, so that bars are no walls.
const FEW: usize = 6;
const GROUP_OF_FEW: f64 = 0.4;

/// What bars are, which says how they are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// What was sold; below nought in the colour of what takes away.
    Sold,
    /// What it is compared with: outlined.
    Compared,
    /// A second part.
    Second,
    /// A third part.
    Third,
    /// A fourth part.
    Fourth,
}

impl Fill {
    const fn class(self, is_negative: bool) -> &'static str {
        match self {
            Self::Sold if is_negative => "b-dn",
            Self::Sold => "b1",
            Self::Compared => "bp",
            Self::Second => "b2",
            Self::Third => "b3",
            Self::Fourth => "b4",
        }
    }
}

/// Bars of one kind, one a place.
#[derive(Clone, Debug)]
pub struct BarSeries {
    /// What they are.
    pub name: String,
    /// How they are drawn.
    pub fill: Fill,
    /// A value a place, as far as there is one.
    pub values: Vec<Option<Value>>,
}

/// A chart of bars.
#[derive(Clone, Debug)]
pub struct BarChart<'a> {
    /// What it is about.
    pub about: About<'a>,
    /// Its x axis.
    pub places: Places,
    /// Its bars, from the left, or from the axis on.
    pub series: Vec<BarSeries>,
    /// Whether bars of a place stand one upon another.
    pub is_stacked: bool,
    /// The period that is not over: hatched, but for what it is compared with.
    pub running: Option<Running>,
}

/// A bar: its place among those of its group, and its ends.
struct Bar {
    series: usize,
    from: f64,
    to: f64,
}

impl BarChart<'_> {
    /// As HTML.
    pub fn render(&self) -> String {
        let groups: Vec<_> = (0..self.places.len()).map(|place| self.group(place)).collect();
        let ends = groups.iter().flatten().flat_map(|bar| [bar.from, bar.to]);
        let scale = Scale::of(ends, self.about.unit == super::Unit::Count);
        let x = |place: usize| self.left(place) + self.slot() / 2.0;
        let mut plot = Markup::default();
        for (place, bars) in groups.iter().enumerate() {
            bars.iter().for_each(|bar| self.draw(&mut plot, &scale, place, bar));
        }
        self.say_running(&mut plot, &scale, &groups);
        Figure {
            about: &self.about,
            kind: "bars",
            scale,
            places: &self.places,
            x: &x,
            plot,
            ends: Vec::new(),
            key: self.key(),
            columns: self.columns(),
        }
        .render()
    }

    /// What of the running period is over, above its bar.
    fn say_running(&self, plot: &mut Markup, scale: &Scale, groups: &[Vec<Bar>]) {
        let Some(running) = &self.running else { return };
        let is_own = |bar: &&Bar| {
            self.series.get(bar.series).is_some_and(|series| series.fill != Fill::Compared)
        };
        let own: Vec<_> = groups.get(running.place).into_iter().flatten().filter(is_own).collect();
        let highest = own.iter().map(|bar| y(scale, bar.from.max(bar.to))).fold(BOTTOM, f64::min);
        let nth = own.last().map_or(0, |bar| bar.series);
        let (left, width) = self.sides(running.place, nth);
        // At the right edge it ends with its bar.
        let (x, anchor) = match left + width / 2.0 {
            94.0.. => (left + width, "end"),
            middle => (middle, "middle"),
        };
        plot.add(format_args!(
            "<text class=\"t2 halo\" x=\"{}%\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            At(x),
            At((highest - 7.0).max(TOP - 8.0)),
            Escaped(&running.text)
        ));
    }

    /// Left side and width of a bar, in percent.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    fn sides(&self, place: usize, series: usize) -> (f64, f64) {
        let group = if self.places.len() <= FEW { GROUP_OF_FEW } else { GROUP };
        let (side_by_side, nth) = match self.is_stacked {
            true => (1, 0),
            false => (self.series.len().max(1), series),
        };
        let width = self.slot() * group / side_by_side as f64;
        (self.left(place) + self.slot() * (1.0 - group) / 2.0 + width * nth as f64, width * BAR)
    }

    /// Width of a place, in percent.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    fn slot(&self) -> f64 {
        100.0 / self.places.len().max(1) as f64
    }

    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    fn left(&self, place: usize) -> f64 {
        self.slot() * place as f64
    }

    fn group(&self, place: usize) -> Vec<Bar> {
        let (mut up, mut down) = (0.0, 0.0);
        let mut bars = Vec::new();
        for (series, of) in self.series.iter().enumerate() {
            let Some(value) = number(of.values.get(place).and_then(Option::as_ref)) else {
                continue;
            };
            let from = match self.is_stacked {
                false => 0.0,
                true if value < 0.0 => down,
                true => up,
            };
            let to = from + value;
            if value < 0.0 {
                down = to;
            } else {
                up = to;
            }
            bars.push(Bar { series, from, to });
        }
        bars
    }

    fn draw(&self, plot: &mut Markup, scale: &Scale, place: usize, bar: &Bar) {
        let Some(series) = self.series.get(bar.series) else { return };
        let (x, width) = self.sides(place, bar.series);
        let (from, to) = (y(scale, bar.from), y(scale, bar.to));
        // What is not nothing can be seen.
        let least = if bar.to == bar.from { 0.0 } else { 1.0 };
        let (top, height) = (from.min(to), (from - to).abs().max(least));
        let is_running = self.running.as_ref().is_some_and(|running| running.place == place);
        let class = series.fill.class(bar.to < bar.from);
        let style = match (is_running, series.fill) {
            (true, Fill::Sold) => format!("class=\"b-run\" fill=\"{}\"", hatched(&self.about)),
            (true, Fill::Second | Fill::Third | Fill::Fourth) => {
                format!("class=\"{class} b-part\"")
            }
            _ => format!("class=\"{class}\""),
        };
        plot.add(format_args!(
            "<rect {style} x=\"{}%\" width=\"{}%\" y=\"{}\" height=\"{}\"/>",
            At(x),
            At(width),
            At(top),
            At(height)
        ));
    }

    fn key(&self) -> Vec<(String, String)> {
        let square = |style: String| format!("<rect {style} x=\"6\" width=\"12\" height=\"12\"/>");
        let mut key: Vec<_> = self
            .series
            .iter()
            .map(|series| {
                let sign = square(format!("class=\"{}\"", series.fill.class(false)));
                (sign, series.name.clone())
            })
            .collect();
        if let Some(running) = &self.running {
            let sign = square(format!("class=\"b-run\" fill=\"{}\"", hatched(&self.about)));
            key.push((sign, self.about.locale.not_over(&running.text)));
        }
        key
    }

    fn columns(&self) -> Vec<Column> {
        let text = |value: &Option<Value>| value.as_ref().map_or(String::new(), |v| v.text.clone());
        let column = |series: &BarSeries| Column {
            head: series.name.clone(),
            cells: series.values.iter().map(text).collect(),
        };
        self.series.iter().map(column).collect()
    }
}
