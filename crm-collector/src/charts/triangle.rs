//! Retention: who bought first in which month, and how many of them came back in the months since. A
//! table whose cells are shaded; on a phone it keeps a few of its columns.

use super::figure::Value;
use super::locale::{Locale, Unit};
use super::markup::{Escaped, Markup};
use super::shade::Shades;

/// The columns that a phone has room for.
const KEPT: [usize; 5] = [1, 2, 3, 6, 12];

/// Those who bought first in the same month.
#[derive(Clone, Debug)]
pub struct Cohort {
    /// The month.
    pub name: String,
    /// How many they are.
    pub size: Value,
    /// What they did one month later, two months later, and so on.
    pub months: Vec<Option<Value>>,
}

/// Cohorts, the oldest first.
#[derive(Clone, Debug)]
pub struct Triangle {
    /// What it shows, in a sentence: its caption.
    pub sentence: String,
    /// What its cells count.
    pub unit: Unit,
    /// Whose words it uses.
    pub locale: Locale,
    /// Heads of the first two columns: the month, and how many they are.
    pub heads: [String; 2],
    /// The rows.
    pub cohorts: Vec<Cohort>,
    /// Whether the last month of each row is not over: outlined instead of shaded.
    pub last_is_running: bool,
}

impl Triangle {
    /// As HTML.
    pub fn render(&self) -> String {
        let columns = self.cohorts.iter().map(|cohort| cohort.months.len()).max().unwrap_or(0);
        let values = self.cohorts.iter().flat_map(|cohort| {
            let whole = cohort.months.len().saturating_sub(usize::from(self.last_is_running));
            cohort.months.iter().take(whole).flatten().map(|value| value.number)
        });
        let shades = Shades::of(values);
        let mut out = Markup::default();
        out.add("<figure class=\"chart-figure\" data-chart=\"triangle\">");
        self.scale(&mut out, &shades);
        let [month, size] = &self.heads;
        out.add(format_args!(
            "<table class=\"tri cohorts\"><caption class=\"sr\">{}</caption><thead><tr>\
             <th scope=\"col\" class=\"l0\">{}</th><th scope=\"col\" class=\"n0\">{}</th>",
            Escaped(&self.sentence),
            Escaped(month),
            Escaped(size)
        ));
        for month in 1..=columns {
            out.add(format_args!("<th scope=\"col\"{}>{month}</th>", less(month)));
        }
        out.add("</tr></thead><tbody>");
        self.cohorts.iter().for_each(|cohort| self.row(&mut out, &shades, cohort, columns));
        out.add("</tbody></table></figure>");
        out.finish()
    }

    fn row(&self, out: &mut Markup, shades: &Shades, cohort: &Cohort, columns: usize) {
        out.add(format_args!(
            "<tr><th scope=\"row\" class=\"l0\">{}</th><td class=\"n0\">{}</td>",
            Escaped(&cohort.name),
            Escaped(&cohort.size.text)
        ));
        for month in 1..=columns {
            let is_running = self.last_is_running && month == cohort.months.len();
            let less = if KEPT.contains(&month) { "" } else { "o " };
            match cohort.months.get(month - 1) {
                Some(Some(value)) if value.number.is_finite() => out.add(format_args!(
                    "<td class=\"{less}{}\" title=\"{}\">{}</td>",
                    if is_running { "run" } else { shades.class(value.number) },
                    Escaped(&value.text),
                    Escaped(&self.figure(value.number))
                )),
                _ => out.add(format_args!("<td{}></td>", self::less(month))),
            }
        }
        out.add("</tr>");
    }

    /// The percent sign stands in the scale, not in each cell.
    fn figure(&self, value: f64) -> String {
        match self.unit {
            Unit::Percent => self.locale.grouped(&format!("{value:.0}")),
            unit => self.locale.short(value, unit),
        }
    }

    /// What the shades mean.
    fn scale(&self, out: &mut Markup, shades: &Shades) {
        let most = self.locale.short(shades.most().round(), self.unit);
        let most = match self.locale {
            Locale::En => format!("{most} and more"),
            Locale::Ru => format!("{most} и больше"),
        };
        out.add("<div class=\"scale\">0<svg viewBox=\"0 0 162 12\" aria-hidden=\"true\">");
        for step in 0..9 {
            let x = step * 18;
            out.add(format_args!(
                "<rect class=\"s{step}\" x=\"{x}\" width=\"17\" height=\"12\" rx=\"2\"/>"
            ));
        }
        out.add(format_args!("</svg>{}</div>", Escaped(&most)));
    }
}

/// The class of a column that goes where there is little room.
fn less(month: usize) -> &'static str {
    if KEPT.contains(&month) { "" } else { " class=\"o\"" }
}
