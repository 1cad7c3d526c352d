//! What an answer says first to somebody who asked for a part of it: one sentence, with what the figure is
//! beside. Of what was asked as a whole, it is what the answer says at a glance.

use chrono::NaiveDate;
use chrono_tz::Tz;
use crm_api::Focus;
use crm_api::answer::{
    Forecasts, Report, ReportName, Segments, SeriesForecast, Trends, Unit as ColumnUnit, Value,
};
use crm_api::question::Answer;

use super::names::capital;
use super::period::period_start;
use super::text::{Texts, number, of_figure};
use super::{Sentence, face, name, records};
use crate::charts::{Locale, Places};

/// One sentence that answers. `timezone` is that of the workspace.
pub fn told(answer: &Answer, focus: &Focus, locale: Locale, timezone: Tz) -> Sentence {
    let of_part = match answer {
        Answer::Report(report) => of_report(report, focus, locale),
        Answer::Forecast(forecasts) => of_forecast(forecasts, focus, locale),
        Answer::Trends(trends) => of_trends(trends, focus, locale),
        Answer::Segments(segments) => of_segments(segments, focus, locale),
        _ => None,
    };
    of_part
        .or_else(|| face(answer, locale).map(|face| face.says))
        .unwrap_or_else(|| records::sentence(answer, focus, locale, timezone))
}

struct View<'a> {
    report: &'a Report,
    texts: Texts,
}

impl View<'_> {
    fn at(&self, column: &str) -> Option<usize> {
        self.report.columns.iter().position(|of| of.name == column)
    }

    /// The column that is asked about, or the money of the report.
    fn column(&self, asked: Option<&str>) -> Option<(usize, String)> {
        let usual = match self.report.report {
            ReportName::Products => "gross",
            ReportName::Refunds => "refunds",
            ReportName::Repeat | ReportName::Rfm => "customers",
            _ => "net",
        };
        let column = asked.unwrap_or(usual);
        let at = self.at(column).or_else(|| self.at("net"))?;
        let column = self.report.columns.get(at)?;
        Some((at, name(&column.name, self.texts.locale).into_owned()))
    }

    /// A cell as in a sentence: money in whole units, but for means.
    fn text(&self, at: usize, value: &Value) -> String {
        let column = self.report.columns.get(at);
        let is_mean = column.is_some_and(|column| column.name == "average_order");
        match (value, number(value)) {
            (Value::None, _) | (_, None) => "—".to_owned(),
            (Value::Money(_), Some(units)) if !is_mean => self.texts.whole(units),
            _ => self.texts.cell(value),
        }
    }

    /// The same with the name of the figure.
    fn figure(&self, at: usize, value: &Value, named: &str) -> String {
        let text = self.text(at, value);
        let key = self.report.columns.get(at).map_or("", |column| &*column.name);
        match (key, self.texts.locale) {
            ("quantity" | "items" | "refund_quantity", Locale::En) => format!("{text} pieces"),
            ("quantity" | "items" | "refund_quantity", Locale::Ru) => format!("{text} шт."),
            (_, Locale::En) => format!("{text} {named}"),
            (_, Locale::Ru) => format!("{text} ({named})"),
        }
    }

    /// By how much one is more than the other, with the other in brackets.
    fn beside(&self, say: Sentence, at: usize, now: &Value, then: &Value, than: &str) -> Sentence {
        let (Some(one), Some(other)) = (number(now), number(then)) else { return say.say(".") };
        let was = self.text(at, then);
        let is_ratio =
            self.report.columns.get(at).is_some_and(|column| column.unit == ColumnUnit::Ratio);
        if other <= 0.0 || is_ratio {
            return say.say(format!("; {than} {was}."));
        }
        let change = (one / other - 1.0) * 100.0;
        let percent = self.texts.locale.percent(change.abs());
        match (self.texts.locale, change) {
            (Locale::En, change) if change.abs() < 0.05 => say.say(format!(", as {than} ({was}).")),
            (Locale::Ru, change) if change.abs() < 0.05 => {
                say.say(format!(", столько же, сколько {than} ({was})."))
            }
            (Locale::En, change) => say
                .say(", ")
                .figure(format!("{percent} {}", if change < 0.0 { "less" } else { "more" }))
                .say(format!(" than {than} ({was}).")),
            (Locale::Ru, change) => say
                .say(", ")
                .figure(format!("на {percent} {}", if change < 0.0 { "меньше" } else { "больше" }))
                .say(format!(", чем {than} ({was}).")),
        }
    }
}

fn of_report(report: &Report, focus: &Focus, locale: Locale) -> Option<Sentence> {
    let view = View { report, texts: Texts::of(locale, report.currency, &report.timezone) };
    let (at, column) = view.column(focus.column.as_deref())?;
    if let Some(key) = &focus.key {
        return Some(of_row(&view, key, focus, at, &column));
    }
    match report.report {
        ReportName::Summary => {
            focus.column.as_ref()?;
            let (now, then) = (report.rows.first()?.get(at)?, report.rows.get(1));
            let say = Sentence::default()
                .say(format!("{}: ", capital(&column)))
                .figure(view.text(at, now));
            Some(match then.and_then(|row| row.get(at)) {
                Some(then) => {
                    let than = match locale {
                        Locale::En => "in the period before",
                        Locale::Ru => "в предыдущем периоде",
                    };
                    view.beside(say, at, now, then, than)
                }
                None => say.say("."),
            })
        }
        ReportName::Sales => match (focus.days, focus.than) {
            (Some(days), Some(than)) => of_two(&view, days, than, at, &column),
            _ => of_total(&view, focus, at, &column),
        },
        ReportName::Products => {
            focus.column.as_ref()?;
            let of = |row: &Vec<Value>| row.get(at).and_then(number).unwrap_or(f64::MIN);
            let largest = report.rows.iter().max_by(|one, other| of(one).total_cmp(&of(other)))?;
            let key = view.at("sku").and_then(|at| largest.get(at)).map(Value::to_text)?;
            let named = view.at("name").and_then(|at| largest.get(at)).map(Value::to_text);
            let focus = Focus { name: named.filter(|name| !name.is_empty()), ..focus.clone() };
            Some(of_row(&view, &key, &focus, at, &column))
        }
        _ => None,
    }
}

/// One row, beside the whole.
fn of_row(view: &View<'_>, key: &str, focus: &Focus, at: usize, column: &str) -> Sentence {
    let locale = view.texts.locale;
    let named = focus.name.clone().unwrap_or_else(|| name(key, locale).into_owned());
    let row =
        view.report.rows.iter().find(|row| row.first().is_some_and(|cell| cell.to_text() == key));
    let say = Sentence::default();
    let Some(value) = row.and_then(|row| row.get(at)) else {
        return match locale {
            Locale::En => say.figure(named).say(": nothing in these days."),
            Locale::Ru => say.figure(named).say(": за эти дни ничего."),
        };
    };
    let say = say.say(format!("{}: ", capital(&named))).figure(view.figure(at, value, column));
    let total = view.report.totals.get(at).and_then(number).filter(|total| *total > 0.0);
    let share = number(value).zip(total).filter(|(part, _)| *part > 0.0);
    let is_sum =
        !matches!(
            view.report.columns.get(at).map(|column| column.unit),
            Some(ColumnUnit::Ratio | ColumnUnit::Days)
        ) && view.report.columns.get(at).is_some_and(|column| column.name != "average_order");
    match share.filter(|_| is_sum) {
        Some((part, total)) => {
            let percent = locale.percent((part / total * 100.0).min(100.0));
            let whole = view.report.totals.get(at).map(|total| view.text(at, total));
            let whole = whole.unwrap_or_default();
            say.say(match locale {
                Locale::En => format!(", {percent} of the whole ({whole})."),
                Locale::Ru => format!(", {percent} от всего ({whole})."),
            })
        }
        None => say.say("."),
    }
}

/// One period beside another.
fn of_two(
    view: &View<'_>,
    days: NaiveDate,
    than: NaiveDate,
    at: usize,
    column: &str,
) -> Option<Sentence> {
    let of_day = |day: NaiveDate| {
        let mut rows = view.report.rows.iter();
        rows.find_map(|row| {
            let (first, step) = period_start(&row.first()?.to_text())?;
            (first == day).then_some((row.get(at)?, step))
        })
    };
    let ((now, step), (then, _)) = (of_day(days)?, of_day(than)?);
    let locale = view.texts.locale;
    let place = |day| Places::periods(&[day], step, locale).name(0).to_owned();
    let say = Sentence::default()
        .say(format!("{}, {column}: ", capital(&place(days))))
        .figure(view.text(at, now));
    let than = match locale {
        Locale::En => format!("in {}", place(than)),
        Locale::Ru => format!("за {}", place(than)),
    };
    Some(view.beside(say, at, now, then, &than))
}

/// What a column comes to over all days.
fn of_total(view: &View<'_>, focus: &Focus, at: usize, column: &str) -> Option<Sentence> {
    focus.column.as_ref()?;
    let total = view.report.totals.get(at)?;
    let rows: Vec<f64> = view.report.rows.iter().filter_map(|row| number(row.get(at)?)).collect();
    let say =
        Sentence::default().say(format!("{}: ", capital(column))).figure(view.text(at, total));
    let most = rows.iter().copied().fold(f64::MIN, f64::max);
    let best = view.report.rows.iter().find(|row| row.get(at).and_then(number) == Some(most));
    let best = best.filter(|_| rows.len() > 1);
    let Some((row, cell)) = best.and_then(|row| Some((row, row.get(at)?))) else {
        return Some(say.say("."));
    };
    let (first, step) = period_start(&row.first()?.to_text())?;
    let locale = view.texts.locale;
    let place = Places::periods(&[first], step, locale).name(0).to_owned();
    let most = view.text(at, cell);
    Some(say.say(match locale {
        Locale::En => format!("; most in {place}: {most}."),
        Locale::Ru => format!("; больше всего — {place}: {most}."),
    }))
}

fn of_forecast(forecasts: &Forecasts, focus: &Focus, locale: Locale) -> Option<Sentence> {
    let mut texts = Texts::of(locale, forecasts.currency, &forecasts.timezone);
    if forecasts.series != crm_api::answer::Measure::Revenue {
        texts.currency = None;
    }
    let is_it = |series: &&SeriesForecast| series.key == focus.key;
    let Some(series) = forecasts.forecasts.iter().find(is_it) else {
        let named = focus.name.clone().unwrap_or_default();
        return Some(Sentence::default().figure(named).say(match locale {
            Locale::En => ": too little was sold for a forecast of its own.",
            Locale::Ru => ": продаж слишком мало для отдельного прогноза.",
        }));
    };
    if focus.key.is_none() && focus.days.is_none() {
        return None;
    }
    let ahead = |period: &&crm_api::answer::ForecastPeriod| match focus.days {
        Some(day) => period.from == day,
        None => period.from >= forecasts.as_of,
    };
    let periods = &series.periods;
    let period = periods.iter().find(ahead).or_else(|| periods.first())?;
    let (first, step) = period_start(&period.period)?;
    let place = Places::periods(&[first], step, locale).name(0).to_owned();
    let whole = |figure| texts.whole(of_figure(figure));
    let named = focus.name.as_ref().map_or(String::new(), |name| format!("{name}, "));
    let say = Sentence::default().say(match locale {
        Locale::En => format!("{}: about ", capital(&format!("{named}{place}"))),
        Locale::Ru => format!("{}: около ", capital(&format!("{named}{place}"))),
    });
    let say = say.figure(whole(period.point));
    let say = match (period.bands.first(), locale) {
        (None, _) => say,
        (Some(band), Locale::En) => say.say(format!(
            ", 4 times in 5 between {} and {}",
            whole(band.lower),
            whole(band.upper)
        )),
        (Some(band), Locale::Ru) => say.say(format!(
            ", в 4 случаях из 5 {}",
            locale.range(&whole(band.lower), &whole(band.upper))
        )),
    };
    let year_before = super::period::year_before(first, step);
    let was = series
        .past
        .iter()
        .find(|past| period_start(&past.period).map(|(day, _)| day) == year_before);
    Some(match (was, locale) {
        (None, _) => say.say("."),
        (Some(was), Locale::En) => say.say(format!(". A year before it was {}.", whole(was.value))),
        (Some(was), Locale::Ru) => say.say(format!(". Годом раньше было {}.", whole(was.value))),
    })
}

fn of_trends(trends: &Trends, focus: &Focus, locale: Locale) -> Option<Sentence> {
    if focus.key.is_none() && focus.part.is_none() {
        return None;
    }
    let texts = Texts::of(locale, trends.currency, &trends.timezone);
    let is_of = |trend: &&crm_api::answer::Trend| match (&focus.key, focus.part) {
        (Some(key), _) => trend.key.as_ref() == Some(key),
        (None, Some(part)) => trend.dimension == part.as_str(),
        (None, None) => true,
    };
    let named = |trend: &crm_api::answer::Trend| {
        let named = trend.name.as_deref().or(trend.key.as_deref());
        named.map_or_else(|| name(&trend.dimension, locale).into_owned(), str::to_owned)
    };
    let Some(trend) = trends.trends.iter().find(is_of) else {
        let what = focus.name.clone().unwrap_or_default();
        let says = match locale {
            Locale::En => "nothing changed that chance does not explain.",
            Locale::Ru => "ничего, кроме случайных колебаний, не изменилось.",
        };
        return Some(match what.is_empty() {
            true => Sentence::default().say(capital(says)),
            false => Sentence::default().figure(what).say(format!(": {says}")),
        });
    };
    let stake = of_figure(trend.at_stake);
    let size = texts.whole(stake.abs());
    let (since, is_less) = (locale.day(trend.since_date), stake < 0.0);
    let say = Sentence::default().figure(named(trend));
    Some(match locale {
        Locale::En => {
            let say = say
                .say(": ")
                .figure(format!("{size} {} a month", if is_less { "less" } else { "more" }))
                .say(format!(" since {since} than it would have been"));
            match &trend.cause {
                Some(cause) => say.say(format!("; {cause}.")),
                None => say.say("."),
            }
        }
        Locale::Ru => say
            .say(": ")
            .figure(format!("на {size} {} в месяц", if is_less { "меньше" } else { "больше" }))
            .say(format!(" с {since}, чем было бы без этой перемены.")),
    })
}

fn of_segments(segments: &Segments, focus: &Focus, locale: Locale) -> Option<Sentence> {
    let key = focus.key.as_deref()?;
    let group = segments.stages.iter().find(|group| group.segment == key)?;
    let texts = Texts::of(locale, segments.currency, "");
    let count = locale.grouped(&group.customers.to_string());
    let all = locale.grouped(&segments.customers.to_string());
    let (share, spent) = (locale.percent(group.share * 100.0), texts.whole(of_figure(group.spent)));
    let named = capital(&name(key, locale));
    let say = Sentence::default().say(format!("{named}: "));
    Some(match locale {
        Locale::En => say
            .figure(format!("{count} customers"))
            .say(format!(", {share} of {all}; they spent {spent} so far.")),
        Locale::Ru => say
            .figure(format!("клиентов — {count}"))
            .say(format!(", {share} из {all}; потратили {spent}.")),
    })
}
