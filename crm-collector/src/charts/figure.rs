//! What all charts with axes share: the sentence, the two axes, the key to the signs, the table behind.

use super::locale::{Locale, Unit};
use super::markup::{At, Escaped, Markup, shortened};
use super::places::Places;
use super::scale::{LARGEST, Scale};

/// Height of a chart, and what of it is above and below the plot, in pixels.
const HEIGHT: f64 = 316.0;
pub(super) const TOP: f64 = 22.0;
const BELOW: f64 = 26.0;
pub(super) const BOTTOM: f64 = HEIGHT - BELOW;
/// About what a letter of 12 px takes.
const LETTER: f64 = 7.0;
/// Letters that a name at the end of a line has room for.
pub(super) const END_LETTERS: usize = 18;
/// Between two lines of text.
pub(super) const LINE: f64 = 15.0;

/// What is to be said of a chart.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// Tells it from others of the page; letters, digits and dashes.
    pub id: &'a str,
    /// What it shows, in a sentence, for who cannot see it.
    pub sentence: String,
    /// Name of its x axis: the head of the table's first column.
    pub places: String,
    /// What the y axis counts.
    pub unit: Unit,
    /// Whose words it uses.
    pub locale: Locale,
}

/// A value with its exact text, which the table behind shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Where it stands. What is not finite stands nowhere.
    pub number: f64,
    /// How it is written.
    pub text: String,
}

impl Value {
    /// A value as it is written.
    pub fn new(number: f64, text: impl Into<String>) -> Self {
        Self { number, text: text.into() }
    }
}

/// The value of an optional one that can be drawn. Beyond the ends of all scales it stands at their ends,
/// so that no sum of them overflows.
pub(super) fn number(value: Option<&Value>) -> Option<f64> {
    value.and_then(|value| drawable(value.number))
}

/// The same of a bare number.
pub(super) fn drawable(number: f64) -> Option<f64> {
    number.is_finite().then_some(number.clamp(-LARGEST, LARGEST))
}

/// The period that is not over.
#[derive(Clone, Debug)]
pub struct Running {
    /// Its place.
    pub place: usize,
    /// What of it is over, such as `9 days`.
    pub text: String,
}

/// A column of the table behind: its head, and a text a place.
pub(super) struct Column {
    pub(super) head: String,
    pub(super) cells: Vec<String>,
}

/// A chart with axes, put together.
pub(super) struct Figure<'a> {
    pub(super) about: &'a About<'a>,
    pub(super) kind: &'static str,
    pub(super) scale: Scale,
    pub(super) places: &'a Places,
    /// Where a place stands, in percent of the width.
    pub(super) x: &'a dyn Fn(usize) -> f64,
    /// Inside the axes.
    pub(super) plot: Markup,
    /// Names at the ends of lines: height of each, and its lines.
    pub(super) ends: Vec<End>,
    /// Signs and what they mean.
    pub(super) key: Vec<(String, String)>,
    pub(super) columns: Vec<Column>,
}

/// What stands beside the end of a line.
pub(super) struct End {
    pub(super) y: f64,
    pub(super) class: &'static str,
    pub(super) name: String,
    pub(super) value: String,
}

/// Where a value stands, in pixels from the top.
pub(super) fn y(scale: &Scale, value: f64) -> f64 {
    TOP + scale.down(value) * (BOTTOM - TOP)
}

/// The reference to the hatching of a chart.
pub(super) fn hatched(about: &About<'_>) -> String {
    format!("url(#{}-hatch)", Escaped(about.id))
}

impl Figure<'_> {
    pub(super) fn render(self) -> String {
        let about = self.about;
        let mut out = Markup::default();
        let id = Escaped(about.id);
        out.add(format_args!(
            "<figure class=\"chart-figure\" id=\"{id}\" data-chart=\"{}\"><div class=\"chart\">",
            self.kind
        ));
        self.y_axis(&mut out);
        out.add(format_args!(
            "<svg class=\"plot\" role=\"img\" aria-label=\"{}\" width=\"100%\" height=\"{HEIGHT}\">",
            Escaped(&about.sentence)
        ));
        out.add(format_args!(
            "<defs><pattern id=\"{id}-hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><rect class=\"hatch-bg\" width=\"6\" height=\"6\"/>\
             <line class=\"hatch-l\" x1=\"1\" x2=\"1\" y1=\"0\" y2=\"6\"/></pattern></defs>"
        ));
        for tick in self.scale.ticks() {
            let class = if tick == 0.0 { "zero" } else { "gl" };
            let y = At(y(&self.scale, tick).round());
            out.add(format_args!(
                "<line class=\"{class}\" x1=\"0\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>"
            ));
        }
        out.add(self.plot.finish());
        x_axis(&mut out, self.places, self.x);
        out.add("</svg>");
        ends(&mut out, self.ends);
        out.add("</div>");
        key(&mut out, &self.key);
        behind(&mut out, about, self.places, &self.columns);
        out.add("</figure>");
        out.finish()
    }

    fn y_axis(&self, out: &mut Markup) {
        let About { unit, locale, .. } = *self.about;
        let ticks = self.scale.ticks();
        let labels: Vec<_> =
            ticks.iter().map(|tick| (y(&self.scale, *tick), locale.short(*tick, unit))).collect();
        let longest = labels.iter().map(|(_, label)| width(label)).fold(0.0, f64::max);
        let (width, x) = (At(longest + 12.0), At(longest + 4.0));
        out.add(format_args!(
            "<svg class=\"ys\" width=\"{width}\" height=\"{HEIGHT}\" aria-hidden=\"true\">"
        ));
        for (y, label) in labels {
            out.add(format_args!(
                "<text x=\"{x}\" y=\"{}\" text-anchor=\"end\">{}</text>",
                At(y.round() + 4.0),
                Escaped(&label)
            ));
        }
        out.add("</svg>");
    }
}

/// About how wide a text of 12 px is.
fn width(text: &str) -> f64 {
    text.chars().fold(0.0, |width, _| width + LETTER)
}

/// Every second label goes where there is little room.
fn x_axis(out: &mut Markup, places: &Places, x: &dyn Fn(usize) -> f64) {
    out.add("<g class=\"xs\">");
    for (nth, (place, label)) in places.labels.iter().enumerate() {
        let x = x(*place);
        let anchor = match x {
            ..2.0 => "start",
            98.0.. => "end",
            _ => "middle",
        };
        let class = if nth % 2 == 1 { " class=\"opt\"" } else { "" };
        out.add(format_args!(
            "<text{class} x=\"{}%\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            At(x),
            At(BOTTOM + 18.0),
            Escaped(&shortened(label, 16))
        ));
    }
    out.add("</g>");
}

/// Names beside the ends of lines, moved apart where they would touch.
fn ends(out: &mut Markup, mut ends: Vec<End>) {
    if ends.is_empty() {
        return;
    }
    ends.sort_by(|one, other| one.y.total_cmp(&other.y));
    let height = |end: &End| if end.value.is_empty() { LINE } else { 2.0 * LINE };
    let mut free = TOP - 8.0;
    for end in &mut ends {
        end.y = end.y.max(free);
        free = end.y + height(end) + 3.0;
    }
    // What was moved below the axis moves up, and those above with it.
    let mut floor = BOTTOM + 8.0;
    for end in ends.iter_mut().rev() {
        end.y = end.y.min(floor - height(end));
        floor = end.y - 3.0;
    }
    let texts = ends.iter().flat_map(|end| [width(&end.name), width(&end.value)]);
    let width = At(texts.fold(0.0, f64::max) + 14.0);
    out.add(format_args!(
        "<svg class=\"ends\" width=\"{width}\" height=\"{HEIGHT}\" aria-hidden=\"true\">"
    ));
    for End { y, class, name, value } in &ends {
        let text = |class, y: f64, text| {
            let (y, text) = (At(y), Escaped(text));
            format!("<text class=\"{class}\" x=\"10\" y=\"{y}\">{text}</text>")
        };
        out.add(text(*class, y + 4.0, name));
        if !value.is_empty() {
            out.add(text("t3", y + 4.0 + LINE, value));
        }
    }
    out.add("</svg>");
}

/// What the signs mean. One sign needs no key.
fn key(out: &mut Markup, signs: &[(String, String)]) {
    if signs.len() < 2 {
        return;
    }
    out.add("<div class=\"legend\">");
    for (sign, name) in signs {
        out.add(format_args!(
            "<span><svg viewBox=\"0 0 24 12\" aria-hidden=\"true\">{sign}</svg>{}</span>",
            Escaped(name)
        ));
    }
    out.add("</div>");
}

/// The table behind a chart.
fn behind(out: &mut Markup, about: &About<'_>, places: &Places, columns: &[Column]) {
    let summary = match about.locale {
        Locale::En => "The table behind it",
        Locale::Ru => "Таблица с этими данными",
    };
    out.add(format_args!(
        "<details class=\"tbl-behind\"><summary>{summary}</summary><div class=\"tbl-wrap\">\
         <table class=\"tbl dense\"><thead><tr><th scope=\"col\">{}</th>",
        Escaped(&about.places)
    ));
    for column in columns {
        let head = Escaped(&column.head);
        out.add(format_args!("<th scope=\"col\" class=\"num\">{head}</th>"));
    }
    out.add("</tr></thead><tbody>");
    for (place, name) in places.names.iter().enumerate() {
        let name = Escaped(name);
        out.add(format_args!("<tr><th scope=\"row\"><bdi>{name}</bdi></th>"));
        for column in columns {
            let cell = Escaped(column.cells.get(place).map_or("", String::as_str));
            out.add(format_args!("<td class=\"num\">{cell}</td>"));
        }
        out.add("</tr>");
    }
    out.add("</tbody></table></div></details>");
}
