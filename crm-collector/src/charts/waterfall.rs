//! What a change is made of: rows from what it was to what it is, joined. A table already.

use super::figure::{Value, number};
use super::markup::{At, Escaped, Markup};

/// Height of a row, and of the bar in its middle.
const ROW: f64 = 44.0;
const BAR: f64 = 16.0;

/// A row.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it is.
    pub name: String,
    /// What stands below its name, such as `49.8 → 36.3 a week`.
    pub note: String,
    /// How much it adds, or for a total how much there is.
    pub value: Value,
    /// Whether it is what there was or is, not a step between them.
    pub is_total: bool,
}

/// A change and what it is made of.
#[derive(Clone, Debug)]
pub struct Waterfall {
    /// What it shows, in a sentence: its caption.
    pub sentence: String,
    /// What it was, its steps, what it is.
    pub parts: Vec<Part>,
}

impl Waterfall {
    /// As HTML.
    pub fn render(&self) -> String {
        let mut level = 0.0;
        let bars: Vec<(f64, f64)> = self
            .parts
            .iter()
            .map(|part| {
                let number = number(Some(&part.value));
                let from = if part.is_total { 0.0 } else { level };
                level = from + number.unwrap_or(0.0);
                (from, level)
            })
            .collect();
        let (low, high) = bars.iter().fold((0.0, 0.0), |(low, high): (f64, f64), (from, to)| {
            (low.min(*from).min(*to), high.max(*from).max(*to))
        });
        let range = if high > low { high - low } else { 1.0 };
        let x = |value: f64| (value - low) / range * 100.0;
        let mut out = Markup::default();
        out.add(format_args!(
            "<figure class=\"chart-figure\" data-chart=\"waterfall\"><table class=\"wf\">\
             <caption class=\"sr\">{}</caption><tbody>",
            Escaped(&self.sentence)
        ));
        for (nth, (part, (from, to))) in self.parts.iter().zip(&bars).enumerate() {
            let (class, cell) = match part.is_total {
                true => ("b-tot", "num"),
                false if part.value.number < 0.0 => ("b-dn", "num bad"),
                false => ("b-up", "num good"),
            };
            out.add(format_args!(
                "<tr><th scope=\"row\"><bdi>{}</bdi><span class=\"sub\">{}</span></th>\
                 <td><svg width=\"100%\" height=\"{ROW}\" aria-hidden=\"true\">",
                Escaped(&part.name),
                Escaped(&part.note)
            ));
            let middle = (ROW - BAR) / 2.0;
            if nth > 0 {
                // A total is reached at its end, a step begins where the one before ended.
                let x = At(x(if part.is_total { *to } else { *from }));
                out.add(format_args!(
                    "<line class=\"conn\" x1=\"{x}%\" x2=\"{x}%\" y1=\"0\" y2=\"{middle}\"/>"
                ));
            }
            if nth + 1 < self.parts.len() {
                let x = At(x(*to));
                let below = middle + BAR;
                out.add(format_args!(
                    "<line class=\"conn\" x1=\"{x}%\" x2=\"{x}%\" y1=\"{below}\" y2=\"{ROW}\"/>"
                ));
            }
            out.add(format_args!(
                "<rect class=\"{class}\" x=\"{}%\" width=\"{}%\" y=\"{middle}\" height=\"{BAR}\"/>\
                 </svg></td><td class=\"{cell}\">{}</td></tr>",
                At(x(from.min(*to))),
                At((x(*to) - x(*from)).abs().max(0.3)),
                Escaped(&part.value.text)
            ));
        }
        out.add("</tbody></table></figure>");
        out.finish()
    }
}
