//! Reports at a glance.

use crm_api::answer::{Report, ReportName, Unit as ColumnUnit, Value};

use super::names::heading;
use super::period::{end, last_before, period_start, same_year};
use super::text::{Texts, number};
use super::{Face, LARGEST, Picture, Sentence, name};
use crate::charts::{
    About, BarChart, BarSeries, Cohort, Fill, Heatmap, Line, LineChart, Locale, Part, Places,
    Ranked, Ranking, Running, Step, Stroke, Triangle, Unit, Waterfall,
};

/// Beyond this many periods bars are too thin to be told apart, and a line is drawn.
const MOST_BARS: usize = 62;
/// Rows and columns of the cohorts' picture; the table has all of them.
const COHORTS: usize = 25;

pub(super) fn face(report: &Report, locale: Locale) -> Face {
    let view = View { report, texts: Texts::of(locale, report.currency, &report.timezone) };
    let charts = match report.report {
        _ if report.rows.is_empty() => Vec::new(),
        ReportName::Summary => view.summary(),
        ReportName::Sales => view.sales(),
        ReportName::Products => view.largest("gross", "sku", "name"),
        ReportName::Countries => view.largest("net", "country", ""),
        ReportName::Channels => view.largest("net", "channel", ""),
        ReportName::Customers => view.largest("net", "customer_id", "name"),
        ReportName::Refunds => view.largest("refunds", "sku", "name"),
        ReportName::Repeat => view.largest("sold", "buyers", ""),
        ReportName::Rfm => view.largest("customers", "segment", ""),
        ReportName::Heatmap => view.heatmap(),
        ReportName::Cohorts => view.cohorts(),
    };
    Face {
        title: heading(report.report.as_str(), locale),
        about: view.about(),
        says: view.sentence(),
        charts,
    }
}

struct View<'a> {
    report: &'a Report,
    texts: Texts,
}

impl View<'_> {
    fn locale(&self) -> Locale {
        self.texts.locale
    }

    fn at(&self, column: &str) -> Option<usize> {
        self.report.columns.iter().position(|of| of.name == column)
    }

    fn cell<'r>(&self, row: &'r [Value], column: &str) -> Option<&'r Value> {
        row.get(self.at(column)?)
    }

    fn text(&self, row: &[Value], column: &str) -> String {
        self.cell(row, column).map_or(String::new(), |value| self.texts.cell(value))
    }

    fn number(&self, row: &[Value], column: &str) -> Option<f64> {
        self.cell(row, column).and_then(number)
    }

    fn value(&self, row: &[Value], column: &str) -> Option<crate::charts::Value> {
        self.cell(row, column).and_then(|value| self.texts.value(value))
    }

    fn unit(&self, column: &str) -> Unit {
        let unit = self.at(column).and_then(|at| self.report.columns.get(at)).map(|of| of.unit);
        match unit {
            Some(ColumnUnit::Money) => Unit::Money(self.report.currency),
            Some(ColumnUnit::Count) => Unit::Count,
            Some(ColumnUnit::Ratio) => Unit::Percent,
            _ => Unit::Number,
        }
    }

    /// The days, the currency, the time zone.
    fn about(&self) -> String {
        let Report { currency, timezone, .. } = self.report;
        format!("{} · {currency} · {timezone}", self.days())
    }

    fn days(&self) -> String {
        let locale = self.locale();
        match (self.report.from, self.report.to.map(last_before)) {
            (Some(from), Some(to)) if from == to => locale.day(from),
            (Some(from), Some(to)) if same_year(from, to) => {
                format!("{} – {}", locale.short_day(from), locale.day(to))
            }
            (Some(from), Some(to)) => format!("{} – {}", locale.day(from), locale.day(to)),
            (Some(day), None) | (None, Some(day)) => locale.day(day),
            (None, None) => match locale {
                Locale::En => "nothing was bought yet".into(),
                Locale::Ru => "покупок пока не было".into(),
            },
        }
    }

    /// What the report says first.
    fn sentence(&self) -> Sentence {
        let locale = self.locale();
        let (totals, rows) = (&self.report.totals, &self.report.rows);
        let say = Sentence::default();
        if rows.is_empty() {
            return say.say(match locale {
                Locale::En => "Nothing in this period.",
                Locale::Ru => "За этот период ничего нет.",
            });
        }
        let whole = |column| {
            let number = self.number(totals, column).unwrap_or(0.0);
            match self.unit(column) {
                Unit::Money(_) => self.texts.whole(number),
                _ => locale.grouped(&format!("{number:.0}")),
            }
        };
        match (self.report.report, locale) {
            (ReportName::Summary, _) => self.say_summary(),
            (ReportName::Sales, Locale::En) => say
                .say(format!("{}: ", self.days()))
                .figure(format!("{} net", whole("net")))
                .say(format!(" from {} orders; ", whole("orders")))
                .figure(format!("{} known customers", whole("customers")))
                .say(" bought."),
            (ReportName::Sales, Locale::Ru) => say
                .say(format!("{}: чистая выручка ", self.days()))
                .figure(whole("net"))
                .say(format!(", заказов — {}, известных клиентов — ", whole("orders")))
                .figure(whole("customers"))
                .say("."),
            (ReportName::Heatmap, _) => self.say_heatmap(),
            (ReportName::Cohorts, _) => self.say_cohorts(),
            (ReportName::Repeat, _) => self.say_repeat(),
            (ReportName::Refunds, _) => self.say_largest("refunds", "sku", "name"),
            (ReportName::Products, _) => self.say_largest("gross", "sku", "name"),
            (ReportName::Countries, _) => self.say_largest("net", "country", ""),
            (ReportName::Channels, _) => self.say_largest("net", "channel", ""),
            (ReportName::Customers, _) => self.say_largest("net", "customer_id", "name"),
            (ReportName::Rfm, _) => self.say_largest("customers", "segment", ""),
        }
    }

    fn say_summary(&self) -> Sentence {
        let locale = self.locale();
        let (Some(now), before) = (self.report.rows.first(), self.report.rows.get(1)) else {
            return Sentence::default();
        };
        let net = self.number(now, "net").unwrap_or(0.0);
        let say = Sentence::default().say(match locale {
            Locale::En => format!("{}: ", self.days()),
            Locale::Ru => format!("{}: чистая выручка ", self.days()),
        });
        let say = match locale {
            Locale::En => say.figure(format!("{} net", self.texts.whole(net))),
            Locale::Ru => say.figure(self.texts.whole(net)),
        };
        match before.and_then(|row| self.number(row, "net")).filter(|before| *before > 0.0) {
            None => say.say("."),
            Some(before) => {
                let change = (net / before - 1.0) * 100.0;
                let percent = locale.percent(change.abs());
                let was = self.texts.whole(before);
                match (locale, change < 0.0) {
                    (Locale::En, is_less) => say
                        .say(", ")
                        .figure(format!("{percent} {}", if is_less { "less" } else { "more" }))
                        .say(format!(" than in the period before ({was}).")),
                    (Locale::Ru, is_less) => say
                        .say(", ")
                        .figure(format!(
                            "на {percent} {}",
                            if is_less { "меньше" } else { "больше" }
                        ))
                        .say(format!(", чем за прошлый период ({was}).")),
                }
            }
        }
    }

    /// The largest row, and its share of the whole.
    fn say_largest(&self, column: &str, key: &str, named: &str) -> Sentence {
        let locale = self.locale();
        if self.at(column).is_none() {
            return Sentence::default();
        }
        let rows = self.report.rows.iter();
        let largest = rows.max_by(|one, other| {
            let of = |row: &[Value]| self.number(row, column).unwrap_or(f64::MIN);
            of(one).total_cmp(&of(other))
        });
        let Some(row) = largest else { return Sentence::default() };
        let (value, total) =
            (self.number(row, column).unwrap_or(0.0), self.number(&self.report.totals, column));
        let of_column = name(column, locale);
        let text = match self.unit(column) {
            Unit::Money(_) => self.texts.whole(value),
            _ => locale.grouped(&format!("{value:.0}")),
        };
        let say = match locale {
            Locale::En => Sentence::default().say(format!("Most {of_column}: ")),
            Locale::Ru => Sentence::default().say(format!("Больше всего — {of_column}: ")),
        };
        let say = say.figure(self.named(row, key, named)).say(", ").figure(text);
        match total.filter(|total| *total > 0.0 && value > 0.0) {
            Some(total) => {
                let percent = locale.percent((value / total * 100.0).min(100.0));
                say.say(match locale {
                    Locale::En => format!(", {percent} of the whole."),
                    Locale::Ru => format!(", {percent} от всего."),
                })
            }
            None => say.say("."),
        }
    }

    fn say_repeat(&self) -> Sentence {
        let returning = self.report.rows.iter().find(|row| self.text(row, "buyers") == "returning");
        let customers = |row: &[Value]| self.number(row, "customers");
        let (Some(returning), Some(all)) =
            (returning.and_then(|row| customers(row)), customers(&self.report.totals))
        else {
            return self.say_largest("sold", "buyers", "");
        };
        let share = self.locale().percent(if all > 0.0 { returning / all * 100.0 } else { 0.0 });
        let all = self.locale().grouped(&format!("{all:.0}"));
        // Of days before which nothing was sold nobody had bought before: then who came back within them.
        let came_back =
            self.number(&self.report.totals, "repeat_rate").filter(|_| returning == 0.0);
        if let Some(rate) = came_back {
            let rate = self.locale().percent(rate);
            return match self.locale() {
                Locale::En => Sentence::default()
                    .figure(rate)
                    .say(format!(" of the {all} customers came back in these days.")),
                Locale::Ru => Sentence::default()
                    .say(format!("Из {all} клиентов "))
                    .figure(rate)
                    .say(" вернулись за эти дни."),
            };
        }
        match self.locale() {
            Locale::En => Sentence::default()
                .figure(share)
                .say(format!(" of the {all} customers had bought before.")),
            Locale::Ru => Sentence::default()
                .say(format!("Из {all} клиентов "))
                .figure(share)
                .say(" покупали и раньше."),
        }
    }

    fn say_heatmap(&self) -> Sentence {
        let busiest = self.report.rows.iter().max_by(|one, other| {
            let of = |row: &[Value]| self.number(row, "orders").unwrap_or(0.0);
            of(one).total_cmp(&of(other))
        });
        let Some(row) = busiest else { return Sentence::default() };
        let Some((day, hour)) = self.day_and_hour(row) else { return Sentence::default() };
        let day = self.locale().weekdays().get(day).copied().unwrap_or_default();
        let orders = self.text(row, "orders");
        match self.locale() {
            Locale::En => Sentence::default()
                .say("Most orders come ")
                .figure(format!("on {day} from {hour}:00 to {}:00", hour + 1))
                .say(format!(": {orders}.")),
            Locale::Ru => Sentence::default()
                .say("Больше всего заказов — ")
                .figure(format!("{day}, с {hour}:00 до {}:00", hour + 1))
                .say(format!(": {orders}.")),
        }
    }

    fn say_cohorts(&self) -> Sentence {
        // Of everybody whose next month is over or running: how many bought in it.
        let of = |months: i64| {
            let rows = self.report.rows.iter();
            let rows = rows.filter(|row| self.number(row, "months_since") == Some(months as f64));
            rows.filter_map(|row| Some((self.text(row, "cohort"), self.number(row, "customers")?)))
                .collect::<Vec<_>>()
        };
        let (first, next) = (of(0), of(1));
        let begun: f64 = first
            .iter()
            .filter(|(cohort, _)| next.iter().any(|(other, _)| other == cohort))
            .map(|(_, customers)| customers)
            .sum();
        let back: f64 = next.iter().map(|(_, customers)| customers).sum();
        if begun <= 0.0 {
            return Sentence::default();
        }
        let share = format!("{:.0}", back / begun * 100.0);
        match self.locale() {
            Locale::En => Sentence::default()
                .say("Of 100 who buy for the first time, ")
                .figure(format!("{share} buy again the next month"))
                .say("."),
            Locale::Ru => Sentence::default()
                .say("Из 100 купивших впервые ")
                .figure(format!("{share} покупают снова в следующем месяце"))
                .say("."),
        }
    }

    /// What a row is of: its name, or its key.
    fn named(&self, row: &[Value], key: &str, named: &str) -> String {
        let text = Some(self.text(row, named)).filter(|text| !text.is_empty());
        let text = text.unwrap_or_else(|| self.text(row, key));
        match (text.is_empty(), self.locale()) {
            (false, locale) => name(&text, locale).into_owned(),
            (true, Locale::En) => "without a name".into(),
            (true, Locale::Ru) => "без названия".into(),
        }
    }

    fn summary(&self) -> Vec<Picture> {
        let Some(now) = self.report.rows.first() else { return Vec::new() };
        let locale = self.locale();
        let part = |column: &str, sign: f64, is_total| {
            let value = self.value(now, column)?;
            let text = match sign < 0.0 && value.number > 0.0 {
                true => format!("−{}", value.text),
                false => value.text,
            };
            Some(Part {
                name: heading(column, locale),
                note: String::new(),
                value: crate::charts::Value::new(value.number * sign, text),
                is_total,
            })
        };
        let parts = [
            part("gross", 1.0, true),
            part("discounts", -1.0, false),
            part("refunds", -1.0, false),
            part("net", 1.0, true),
        ];
        let waterfall = Waterfall {
            sentence: self.sentence().plain(),
            parts: parts.into_iter().flatten().collect(),
        };
        let made_of = match locale {
            Locale::En => "What net sales are made of",
            Locale::Ru => "Из чего складывается чистая выручка",
        };
        vec![Picture::new(made_of, waterfall.render())]
    }

    fn sales(&self) -> Vec<Picture> {
        let rows = &self.report.rows;
        let starts: Vec<_> =
            rows.iter().filter_map(|row| period_start(&self.text(row, "period"))).collect();
        let Some((last, step)) = starts.last().copied() else { return Vec::new() };
        let days: Vec<_> = starts.iter().map(|(day, _)| *day).collect();
        let locale = self.locale();
        let running = self.report.to.filter(|to| end(last, step).is_some_and(|end| *to < end));
        let running = running.map(|to| {
            let so_far = (to - last).num_days();
            Running { place: days.len() - 1, text: days_text(so_far, locale) }
        });
        let places = Places::periods(&days, step, locale);
        let column =
            |column: &str| rows.iter().map(|row| self.value(row, column)).collect::<Vec<_>>();
        let net = self.over_time("net", places.clone(), column("net"), running.clone());
        let mut charts = vec![Picture::new("", net)];
        let whole =
            |value: f64| crate::charts::Value::new(value, locale.grouped(&format!("{value:.0}")));
        let new = column("new_customers");
        let returning = rows.iter().map(|row| {
            let (all, new) = (self.number(row, "customers")?, self.number(row, "new_customers")?);
            Some(whole(all - new))
        });
        let returning: Vec<_> = returning.collect();
        if days.len() <= MOST_BARS && step != Step::Day {
            let sentence = match locale {
                Locale::En => "Customers by period: those who came back, and new ones.",
                Locale::Ru => "Клиенты по периодам: вернувшиеся и новые.",
            };
            let chart = BarChart {
                about: self.chart("buyers", sentence, Unit::Count),
                places,
                series: vec![
                    BarSeries {
                        name: heading("returning_customers", locale),
                        fill: Fill::Sold,
                        values: returning,
                    },
                    BarSeries {
                        name: heading("new_customers", locale),
                        fill: Fill::Second,
                        values: new,
                    },
                ],
                is_stacked: true,
                running,
            };
            charts.push(Picture::new(heading("customers", locale), chart.render()));
        }
        charts
    }

    fn chart(&self, id: &'static str, sentence: &str, unit: Unit) -> About<'static> {
        let (locale, sentence) = (self.locale(), sentence.to_owned());
        About { id, sentence, places: heading("period", locale), unit, locale }
    }

    /// A column over time: bars as long as they can be told apart.
    fn over_time(
        &self,
        column: &'static str,
        places: Places,
        values: Vec<Option<crate::charts::Value>>,
        running: Option<Running>,
    ) -> String {
        let about = self.chart(column, &self.sentence().plain(), self.unit(column));
        let named = heading(column, self.locale());
        if places.len() <= MOST_BARS {
            let series = vec![BarSeries { name: named, fill: Fill::Sold, values }];
            return BarChart { about, places, series, is_stacked: false, running }.render();
        }
        let mut values = values;
        let running = running.and_then(|running| {
            let value = values.get_mut(running.place)?.take()?;
            Some((running, value))
        });
        let line = Line {
            name: named,
            stroke: Stroke::Sold,
            values,
            bands: Vec::new(),
            is_named_at_end: false,
        };
        LineChart { about, places, lines: vec![line], uprights: Vec::new(), running }.render()
    }

    /// The rows with most of a column.
    fn largest(&self, column: &'static str, key: &str, named: &str) -> Vec<Picture> {
        if self.at(column).is_none() {
            return Vec::new();
        }
        let mut rows: Vec<_> = self.report.rows.iter().collect();
        let of = |row: &[Value]| self.number(row, column).unwrap_or(f64::MIN);
        rows.sort_by(|one, other| of(other).total_cmp(&of(one)));
        let most = if self.report.report == ReportName::Rfm { rows.len() } else { LARGEST };
        let total = self.number(&self.report.totals, column).filter(|total| *total > 0.0);
        let row = |row: &&Vec<Value>| {
            let value = self.value(row, column)?;
            let share = total
                .filter(|_| value.number > 0.0)
                .map(|total| self.locale().percent((value.number / total * 100.0).min(100.0)));
            let note = share.unwrap_or_default();
            Some(Ranked { name: self.named(row, key, named), note, value })
        };
        let rows: Vec<_> = rows.iter().take(most).filter_map(row).collect();
        let sentence = self.sentence().plain();
        let heading = match (rows.len() < self.report.rows.len(), self.locale()) {
            (false, locale) => heading(column, locale),
            (true, Locale::En) => {
                format!("{}: the {} largest", heading(column, Locale::En), rows.len())
            }
            (true, Locale::Ru) => {
                format!("{}: первые {}", heading(column, Locale::Ru), rows.len())
            }
        };
        vec![Picture::new(heading, Ranking { sentence, rows }.render())]
    }

    fn heatmap(&self) -> Vec<Picture> {
        let mut cells: [[Option<crate::charts::Value>; 24]; 7] = Default::default();
        for row in &self.report.rows {
            let Some((day, hour)) = self.day_and_hour(row) else { continue };
            if let Some(cell) = cells.get_mut(day).and_then(|day| day.get_mut(hour)) {
                *cell = self.value(row, "orders").filter(|value| value.number != 0.0);
            }
        }
        let (sentence, locale) = (self.sentence().plain(), self.locale());
        let heatmap = Heatmap { sentence, unit: Unit::Count, locale, cells };
        vec![Picture::new(heading("orders", locale), heatmap.render())]
    }

    fn day_and_hour(&self, row: &[Value]) -> Option<(usize, usize)> {
        let day = self.text(row, "weekday");
        let day = Locale::En.weekdays().iter().position(|name| name.eq_ignore_ascii_case(&day))?;
        match self.cell(row, "hour")? {
            Value::Count(hour) => Some((day, usize::try_from(*hour).ok()?)),
            _ => None,
        }
    }

    fn cohorts(&self) -> Vec<Picture> {
        let locale = self.locale();
        let mut cohorts: Vec<(String, Cohort)> = Vec::new();
        for row in &self.report.rows {
            let month = self.text(row, "cohort");
            let Some(since) = self.number(row, "months_since") else { continue };
            if since == 0.0 {
                let start = period_start(&month).map(|(day, _)| day);
                let name = start.map_or_else(
                    || month.clone(),
                    |day| format!("{} {}", locale.short_month(day), day.format("%Y")),
                );
                let Some(size) = self.value(row, "customers") else { continue };
                cohorts.push((month, Cohort { name, size, months: Vec::new() }));
            } else if let Some((of, cohort)) = cohorts.last_mut()
                && *of == month
            {
                cohort.months.push(self.value(row, "share"));
            }
        }
        let left_out = cohorts.len().saturating_sub(COHORTS);
        let cohorts = cohorts.into_iter().skip(left_out).map(|(_, cohort)| cohort).collect();
        let triangle = Triangle {
            sentence: self.sentence().plain(),
            unit: Unit::Percent,
            locale,
            heads: [heading("cohort", locale), heading("buyers", locale)],
            cohorts,
            last_is_running: self.report.to.is_some_and(|to| to.format("%d").to_string() != "01"),
        };
        let text = match locale {
            Locale::En => {
                "Columns: months since the first purchase. Figures: per cent of the buyers of \
                           the row. Outlined in italics: the month that is not over."
            }
            Locale::Ru => {
                "Столбцы: месяцы после первой покупки. Числа: процент покупателей строки. \
                           Курсивом в рамке: месяц, который ещё не закончился."
            }
        };
        let picture = Picture::new(
            match locale {
                Locale::En => "Share who bought again",
                Locale::Ru => "Доля купивших снова",
            },
            triangle.render(),
        );
        vec![Picture { text: text.to_owned(), ..picture }]
    }
}

/// `1 day`, `9 days`; `1 день`, `9 дней`.
pub(super) fn days_text(days: i64, locale: Locale) -> String {
    match locale {
        Locale::En => format!("{days} {}", if days == 1 { "day" } else { "days" }),
        Locale::Ru => {
            let noun = match (days % 10, days % 100) {
                (1, end) if end != 11 => "день",
                (2..=4, end) if !(12..=14).contains(&end) => "дня",
                _ => "дней",
            };
            format!("{days} {noun}")
        }
    }
}
