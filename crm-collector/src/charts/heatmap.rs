//! When people buy: weekdays by hours, as a table whose cells are shaded. Hours go across where there is
//! room, and down on a phone.

use super::figure::Value;
use super::locale::{Locale, Unit};
use super::markup::{Escaped, Markup};
use super::shade::Shades;

/// A week of hours.
#[derive(Clone, Debug)]
pub struct Heatmap {
    /// What it shows, in a sentence: its caption.
    pub sentence: String,
    /// What its cells count.
    pub unit: Unit,
    /// Whose words it uses.
    pub locale: Locale,
    /// A value an hour of each day from Monday on, as far as there is one.
    pub cells: [[Option<Value>; 24]; 7],
}

impl Heatmap {
    /// As HTML.
    pub fn render(&self) -> String {
        let values = self.cells.iter().flatten().flatten().map(|value| value.number);
        let shades = Shades::of(values);
        let mut out = Markup::default();
        out.add("<figure class=\"chart-figure\" data-chart=\"heatmap\">");
        let days = self.locale.weekdays();
        let short = self.locale.short_weekdays();
        let hours: Vec<_> = self.hours().collect();
        self.open(&mut out, "heat across");
        for hour in &hours {
            out.add(format_args!("<th scope=\"col\">{hour}</th>"));
        }
        out.add("</tr></thead><tbody>");
        for (day, cells) in days.iter().zip(&self.cells) {
            out.add(format_args!("<tr><th scope=\"row\">{day}</th>"));
            hours.iter().for_each(|hour| self.cell(&mut out, &shades, cells.get(*hour)));
            out.add("</tr>");
        }
        out.add("</tbody></table>");
        self.open(&mut out, "heat down");
        for day in short {
            out.add(format_args!("<th scope=\"col\">{day}</th>"));
        }
        out.add("</tr></thead><tbody>");
        for hour in &hours {
            out.add(format_args!("<tr><th scope=\"row\">{hour}:00</th>"));
            self.cells.iter().for_each(|cells| self.cell(&mut out, &shades, cells.get(*hour)));
            out.add("</tr>");
        }
        out.add("</tbody></table></figure>");
        out.finish()
    }

    fn open(&self, out: &mut Markup, class: &str) {
        out.add(format_args!(
            "<table class=\"tri {class}\"><caption class=\"sr\">{}</caption><thead><tr><td></td>",
            Escaped(&self.sentence)
        ));
    }

    fn cell(&self, out: &mut Markup, shades: &Shades, cell: Option<&Option<Value>>) {
        match cell {
            Some(Some(value)) if value.number.is_finite() => out.add(format_args!(
                "<td class=\"{}\" title=\"{}\">{}</td>",
                shades.class(value.number),
                Escaped(&value.text),
                Escaped(&self.figure(value.number))
            )),
            _ => out.add("<td></td>"),
        }
    }

    /// Four digits have room.
    fn figure(&self, value: f64) -> String {
        match self.unit {
            Unit::Count if value.abs() < 10_000.0 => self.locale.grouped(&format!("{value:.0}")),
            unit => self.locale.short(value, unit),
        }
    }

    /// From the first hour in which anything was bought to the last.
    fn hours(&self) -> impl Iterator<Item = usize> + use<> {
        let bought =
            |hour: &usize| self.cells.iter().any(|day| day.get(*hour).is_some_and(Option::is_some));
        let first = (0..24).find(bought).unwrap_or(0);
        let last = (0..24).rev().find(bought).unwrap_or(23);
        first..=last
    }
}
