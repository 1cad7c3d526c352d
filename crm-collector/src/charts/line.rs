//! Lines over time: what was sold, what is expected with its bands, and what it is compared with.

use super::figure::{
    About, BOTTOM, Column, END_LETTERS, End, Figure, Running, TOP, Value, hatched, number, y,
};
use super::markup::{At, Escaped, Markup, shortened};
use super::places::Places;
use super::scale::Scale;

/// Width of the inner frame, whose units are stretched to the width of the page.
const WIDTH: f64 = 1_000.0;

/// What a line is, which says how it is drawn; each kind is told apart without its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// What was sold.
    Sold,
    /// What is expected. Begins at the end of what was sold.
    Expected,
    /// What it is compared with.
    Compared,
    /// A second one that it is compared with.
    ComparedAgain,
    /// What was said in the past.
    Said,
    /// A second line of the same kind as the first.
    Second,
    /// A third.
    Third,
    /// A fourth.
    Fourth,
    /// A level, before and after a change.
    Level,
}

impl Stroke {
    const fn class(self) -> &'static str {
        match self {
            Self::Sold => "l l1",
            Self::Expected => "l l1 fc",
            Self::Compared => "l prev",
            Self::ComparedAgain => "l naive",
            Self::Said => "l l2 fc",
            Self::Second => "l l2",
            Self::Third => "l l3",
            Self::Fourth => "l l4",
            Self::Level => "l lvl",
        }
    }

    /// What is drawn over what.
    const fn rank(self) -> u8 {
        match self {
            Self::Compared | Self::ComparedAgain => 0,
            Self::Second | Self::Third | Self::Fourth => 1,
            Self::Said | Self::Expected => 2,
            Self::Sold => 3,
            Self::Level => 4,
        }
    }

    const fn class_of_end(self) -> &'static str {
        match self {
            Self::Sold | Self::Expected => "c1",
            Self::Level => "strong",
            _ => "t2",
        }
    }
}

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// How it is drawn.
    pub stroke: Stroke,
    /// A value a place, as far as there is one.
    pub values: Vec<Option<Value>>,
    /// What its values lie in, the narrowest first.
    pub bands: Vec<Band>,
    /// Whether its name and last value stand beside its end.
    pub is_named_at_end: bool,
}

/// What values lie in with a probability.
#[derive(Clone, Debug)]
pub struct Band {
    /// What it is, such as `4 times in 5`.
    pub name: String,
    /// Lower and upper end a place, as far as there is one.
    pub ends: Vec<Option<(Value, Value)>>,
}

/// An upright through the chart: today, or where something changed.
#[derive(Clone, Debug)]
pub struct Upright {
    /// Where: at a place, or between two.
    pub at: f64,
    /// Written left of it.
    pub before: String,
    /// Written right of it.
    pub after: String,
    /// A change is drawn through, today is dashed.
    pub is_change: bool,
}

/// A chart of lines.
#[derive(Clone, Debug)]
pub struct LineChart<'a> {
    /// What it is about.
    pub about: About<'a>,
    /// Its x axis.
    pub places: Places,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Uprights.
    pub uprights: Vec<Upright>,
    /// The period that is not over, and what it has so far: no part of any line.
    pub running: Option<(Running, Value)>,
}

impl LineChart<'_> {
    /// As HTML.
    pub fn render(&self) -> String {
        let scale = Scale::of(self.numbers(), self.about.unit == super::Unit::Count);
        let x = |place: usize| self.x(at(place));
        let mut plot = Markup::default();
        self.draw_running(&mut plot);
        self.draw_uprights(&mut plot);
        plot.add(format_args!(
            "<svg width=\"100%\" height=\"{BOTTOM}\" viewBox=\"0 0 {WIDTH} {BOTTOM}\" \
             preserveAspectRatio=\"none\" aria-hidden=\"true\">"
        ));
        self.lines.iter().for_each(|line| self.draw_bands(&mut plot, &scale, line));
        let mut lines: Vec<_> = self.lines.iter().collect();
        lines.sort_by_key(|line| line.stroke.rank());
        lines.iter().for_each(|line| self.draw_line(&mut plot, &scale, line));
        plot.add("</svg>");
        self.lines.iter().for_each(|line| self.draw_dots(&mut plot, &scale, line));
        self.say_uprights(&mut plot);
        self.say_running(&mut plot, &scale);
        Figure {
            about: &self.about,
            kind: "line",
            scale,
            places: &self.places,
            x: &x,
            plot,
            ends: self.ends(&scale),
            key: self.key(),
            columns: self.columns(),
        }
        .render()
    }

    /// Every value that has to be on the scale.
    fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        let of_line = |line: &Line| {
            let bands = line.bands.iter().flat_map(|band| band.ends.iter().flatten());
            let bands = bands.flat_map(|(lower, upper)| [lower.number, upper.number]);
            let values = line.values.iter().flatten().map(|value| value.number);
            values.chain(bands).collect::<Vec<_>>()
        };
        let running = self.running.as_ref().map(|(_, value)| value.number);
        self.lines.iter().flat_map(of_line).chain(running)
    }

    /// Percent of the width, from the first place to the last.
    fn x(&self, at: f64) -> f64 {
        match self.places.len() {
            0 | 1 => 50.0,
            places => at / (self::at(places) - 1.0) * 100.0,
        }
    }

    fn point(&self, scale: &Scale, place: usize, value: f64) -> String {
        format!("{},{}", At(self.x(at(place)) / 100.0 * WIDTH), At(y(scale, value)))
    }

    /// The end of what was sold, where this line goes on from it.
    fn joint(&self, line: &Line) -> Option<(usize, f64)> {
        let sold = self.lines.iter().find(|sold| sold.stroke == Stroke::Sold)?;
        let first = line.values.iter().position(Option::is_some)?;
        let before = first.checked_sub(1)?;
        let value = number(sold.values.get(before)?.as_ref())?;
        let ends_there = sold.values.get(first).is_none_or(Option::is_none);
        (line.stroke == Stroke::Expected && ends_there).then_some((before, value))
    }

    /// A line in as many pieces as it has gaps.
    fn draw_line(&self, plot: &mut Markup, scale: &Scale, line: &Line) {
        let mut points: Vec<String> = Vec::new();
        points.extend(self.joint(line).map(|(place, value)| self.point(scale, place, value)));
        let class = line.stroke.class();
        let mut flush = |points: &mut Vec<String>| {
            if points.len() > 1 {
                let points = points.join(" ");
                plot.add(format_args!("<polyline class=\"{class}\" points=\"{points}\"/>"));
            }
            points.clear();
        };
        let mut has_begun = false;
        for (place, value) in line.values.iter().enumerate() {
            match number(value.as_ref()) {
                Some(value) => {
                    has_begun = true;
                    points.push(self.point(scale, place, value));
                }
                // Before its first value it may wait at its joint.
                None if has_begun => flush(&mut points),
                None => {}
            }
        }
        flush(&mut points);
    }

    fn draw_bands(&self, plot: &mut Markup, scale: &Scale, line: &Line) {
        let said = line.stroke == Stroke::Said;
        for (nth, band) in line.bands.iter().enumerate().rev() {
            let ends = band.ends.iter().enumerate().filter_map(|(place, ends)| {
                let (lower, upper) = ends.as_ref()?;
                Some((place, number(Some(lower))?, number(Some(upper))?))
            });
            let joint = self.joint(line).map(|(place, value)| (place, value, value));
            let ends: Vec<_> = joint.into_iter().chain(ends).collect();
            let lower: Vec<_> =
                ends.iter().map(|(place, lower, _)| self.point(scale, *place, *lower)).collect();
            let upper: Vec<_> =
                ends.iter().map(|(place, _, upper)| self.point(scale, *place, *upper)).collect();
            let around: Vec<_> = upper.iter().chain(lower.iter().rev()).cloned().collect();
            let class = band_class(nth, said);
            let around = around.join(" ");
            plot.add(format_args!("<polygon class=\"{class}\" points=\"{around}\"/>"));
            if nth == 0 && !said {
                for edge in [lower, upper] {
                    let edge = edge.join(" ");
                    plot.add(format_args!("<polyline class=\"bandl\" points=\"{edge}\"/>"));
                }
            }
        }
    }

    /// A value without neighbours, which makes no line, and the end of what is expected.
    fn draw_dots(&self, plot: &mut Markup, scale: &Scale, line: &Line) {
        let value = |place: usize| number(line.values.get(place).and_then(Option::as_ref));
        let joint = self.joint(line).map(|(place, _)| place);
        let last = (0..line.values.len()).rev().find(|place| value(*place).is_some());
        for place in 0..line.values.len() {
            let Some(number) = value(place) else { continue };
            let before = place.checked_sub(1);
            let is_alone = before.is_none_or(|before| value(before).is_none())
                && value(place + 1).is_none()
                && (joint.is_none() || before != joint);
            let is_end = Some(place) == last && line.is_named_at_end;
            let class = match line.stroke {
                Stroke::Expected if is_end || is_alone => "dot o",
                Stroke::Sold if is_end || is_alone => "dot",
                _ if is_alone => "dot p",
                _ => continue,
            };
            let (x, y) = (At(self.x(at(place))), At(y(scale, number)));
            plot.add(format_args!("<circle class=\"{class}\" cx=\"{x}%\" cy=\"{y}\" r=\"4\"/>"));
        }
    }

    fn draw_uprights(&self, plot: &mut Markup) {
        for upright in &self.uprights {
            let (x, class) =
                (At(self.x(upright.at)), if upright.is_change { "mark-l" } else { "now" });
            plot.add(format_args!(
                "<line class=\"{class}\" x1=\"{x}%\" x2=\"{x}%\" y1=\"{}\" y2=\"{BOTTOM}\"/>",
                TOP - 16.0
            ));
        }
    }

    fn say_uprights(&self, plot: &mut Markup) {
        for upright in &self.uprights {
            let x = self.x(upright.at);
            let class = if upright.is_change { "strong halo" } else { "t2 halo" };
            let after = if upright.is_change { class } else { "c1 halo" };
            for (text, class, anchor, dx) in
                [(&upright.before, class, "end", -6), (&upright.after, after, "start", 6)]
            {
                if !text.is_empty() {
                    // At an edge it stands on the side that has room.
                    let (anchor, dx) = match x {
                        88.0.. => ("end", -6),
                        ..12.0 => ("start", 6),
                        _ => (anchor, dx),
                    };
                    plot.add(format_args!(
                        "<text class=\"{class}\" x=\"{}%\" y=\"{}\" dx=\"{dx}\" \
                         text-anchor=\"{anchor}\">{}</text>",
                        At(x),
                        TOP - 10.0,
                        Escaped(&shortened(text, 32))
                    ));
                }
            }
        }
    }

    /// The days of the running period, hatched.
    fn draw_running(&self, plot: &mut Markup) {
        let Some((running, _)) = &self.running else { return };
        let to = self.x(at(running.place));
        let from = self.x(at(running.place) - 1.0).max(0.0);
        plot.add(format_args!(
            "<rect class=\"run\" fill=\"{}\" x=\"{}%\" width=\"{}%\" y=\"{TOP}\" height=\"{}\"/>",
            hatched(&self.about),
            At(from),
            At(to - from),
            BOTTOM - TOP
        ));
    }

    fn say_running(&self, plot: &mut Markup, scale: &Scale) {
        let Some((running, value)) = &self.running else { return };
        let Some(number) = number(Some(value)) else { return };
        let (x, y) = (self.x(at(running.place)), y(scale, number));
        let (anchor, dx) = if x < 50.0 { ("start", 8) } else { ("end", -8) };
        // Above the ring, or below it where there is no room.
        let text_y = if y - 10.0 < TOP { y + 18.0 } else { y - 8.0 };
        plot.add(format_args!(
            "<circle class=\"dot o\" cx=\"{x}%\" cy=\"{cy}\" r=\"4\"/>\
             <text class=\"t2 halo\" x=\"{x}%\" y=\"{ty}\" dx=\"{dx}\" text-anchor=\"{anchor}\">{}</text>",
            Escaped(&running.text),
            x = At(x),
            cy = At(y),
            ty = At(text_y)
        ));
    }

    fn ends(&self, scale: &Scale) -> Vec<End> {
        let named = self.lines.iter().filter(|line| line.is_named_at_end);
        let end = |line: &Line| {
            let last = line.values.iter().rev().find_map(|value| number(value.as_ref()))?;
            Some(End {
                y: y(scale, last),
                class: line.stroke.class_of_end(),
                name: shortened(&line.name, END_LETTERS),
                value: self.about.locale.short(last, self.about.unit),
            })
        };
        named.filter_map(end).collect()
    }

    fn key(&self) -> Vec<(String, String)> {
        let of_line = |line: &Line| {
            let said = line.stroke == Stroke::Said;
            let band = |nth, height: f64| {
                let (class, y) = (band_class(nth, said), At((12.0 - height) / 2.0));
                format!("<rect class=\"{class}\" y=\"{y}\" width=\"24\" height=\"{height}\"/>")
            };
            let stroke = line.stroke.class();
            let sign = format!("<line class=\"{stroke}\" x1=\"1\" x2=\"23\" y1=\"6\" y2=\"6\"/>");
            let narrow = line.bands.first().map(|_| band(0, 12.0)).unwrap_or_default();
            let name = match line.bands.first() {
                Some(first) => format!("{}: {}", line.name, first.name),
                None => line.name.clone(),
            };
            let wider = line.bands.iter().enumerate().skip(1);
            let wider = wider.map(|(nth, wide)| (band(nth, 12.0), wide.name.clone()));
            [(format!("{narrow}{sign}"), name)].into_iter().chain(wider).collect::<Vec<_>>()
        };
        self.lines.iter().flat_map(of_line).collect()
    }

    fn columns(&self) -> Vec<Column> {
        let text = |value: &Option<Value>| value.as_ref().map_or(String::new(), |v| v.text.clone());
        let mut columns = Vec::new();
        for line in &self.lines {
            let cells = line.values.iter().map(text).collect();
            columns.push(Column { head: line.name.clone(), cells });
            for band in &line.bands {
                let cell = |ends: &Option<(Value, Value)>| {
                    ends.as_ref().map_or(String::new(), |(lower, upper)| {
                        self.about.locale.range(&lower.text, &upper.text)
                    })
                };
                let cells = band.ends.iter().map(cell).collect();
                columns.push(Column { head: band.name.clone(), cells });
            }
        }
        if let Some((running, value)) = &self.running {
            let cells = (0..self.places.len()).map(|place| match place == running.place {
                true => value.text.clone(),
                false => String::new(),
            });
            columns.push(Column { head: running.text.clone(), cells: cells.collect() });
        }
        columns
    }
}

fn band_class(nth: usize, said: bool) -> &'static str {
    match (nth, said) {
        (0, false) => "band80",
        (_, false) => "band95",
        (_, true) => "band-said",
    }
}

/// A place as a number.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn at(place: usize) -> f64 {
    place as f64
}
