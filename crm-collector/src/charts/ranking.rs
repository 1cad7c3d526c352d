//! Parts by their size: a row each, with its bar from nought. A table already.

use super::figure::{Value, number};
use super::markup::{At, Escaped, Markup};

/// Height of a row, and of the bar in its middle.
const ROW: f64 = 28.0;
const BAR: f64 = 12.0;

/// A part.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// What it is.
    pub name: String,
    /// What stands below its name; may be empty.
    pub note: String,
    /// How much it is.
    pub value: Value,
}

/// Parts, in the order in which they are shown.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// What it shows, in a sentence: its caption.
    pub sentence: String,
    /// The parts.
    pub rows: Vec<Ranked>,
}

impl Ranking {
    /// As HTML.
    pub fn render(&self) -> String {
        let numbers = self.rows.iter().filter_map(|row| number(Some(&row.value)));
        let (low, high) = numbers
            .fold((0.0, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)));
        let range = if high > low { high - low } else { 1.0 };
        let x = |value: f64| (value - low) / range * 100.0;
        let mut out = Markup::default();
        out.add(format_args!(
            "<figure class=\"chart-figure\" data-chart=\"ranking\"><table class=\"wf rank\">\
             <caption class=\"sr\">{}</caption><tbody>",
            Escaped(&self.sentence)
        ));
        for row in &self.rows {
            let name = Escaped(&row.name);
            out.add(format_args!("<tr><th scope=\"row\" title=\"{name}\"><bdi>{name}</bdi>"));
            if !row.note.is_empty() {
                out.add(format_args!("<span class=\"sub\">{}</span>", Escaped(&row.note)));
            }
            out.add("</th><td><svg width=\"100%\" aria-hidden=\"true\">");
            if let Some(value) = number(Some(&row.value)) {
                let class = if value < 0.0 { "b-dn" } else { "b1" };
                out.add(format_args!(
                    "<rect class=\"{class}\" x=\"{}%\" width=\"{}%\" y=\"{}\" height=\"{BAR}\"/>",
                    At(x(value.min(0.0))),
                    At((x(value) - x(0.0)).abs().max(0.3)),
                    At((ROW - BAR) / 2.0)
                ));
            }
            out.add(format_args!(
                "</svg></td><td class=\"num\">{}</td></tr>",
                Escaped(&row.value.text)
            ));
        }
        out.add("</tbody></table></figure>");
        out.finish()
    }
}
