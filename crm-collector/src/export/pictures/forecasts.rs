//! Forecasts at a glance: what was, what is expected with its bands, and what was a year before.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use crm_api::answer::{Figure, ForecastPeriod, Forecasts, Measure, SeriesForecast};

use super::names::{capital, heading};
use super::period::{end, period_start, year_before};
use super::report::days_text;
use super::text::{Texts, of_figure, units};
use super::{Face, LARGEST, Picture, Sentence, name};
use crate::charts::{
    self, About, Band, Line, LineChart, Locale, Places, Ranked, Ranking, Running, Stroke, Unit,
    Upright,
};

/// Periods of the past that are drawn for each period ahead, and at the least.
const PAST_PER_AHEAD: usize = 4;
const LEAST_PAST: usize = 12;

pub(super) fn face(forecasts: &Forecasts, locale: Locale) -> Face {
    let mut texts = Texts::of(locale, forecasts.currency, &forecasts.timezone);
    if forecasts.series != Measure::Revenue {
        texts.currency = None;
    }
    let view = View { forecasts, texts };
    let whole = forecasts.forecasts.first();
    let mut charts: Vec<_> = whole.and_then(|whole| view.chart(whole)).into_iter().collect();
    charts.extend(view.parts());
    Face {
        title: format!(
            "{}: {}",
            heading("forecast", locale),
            name(forecasts.series.as_str(), locale)
        ),
        about: view.about(),
        says: whole.map_or_else(Sentence::default, |whole| view.sentence(whole)),
        charts,
    }
}

struct View<'a> {
    forecasts: &'a Forecasts,
    texts: Texts,
}

impl View<'_> {
    fn locale(&self) -> Locale {
        self.texts.locale
    }

    fn about(&self) -> String {
        let Forecasts { currency, timezone, as_of, .. } = self.forecasts;
        let day = self.locale().day(super::period::last_before(*as_of));
        match self.locale() {
            Locale::En => format!("as known at the end of {day} · {currency} · {timezone}"),
            Locale::Ru => format!("по данным на конец {day} · {currency} · {timezone}"),
        }
    }

    /// What was, by the first day of its period.
    fn past(&self, series: &SeriesForecast) -> BTreeMap<NaiveDate, Figure> {
        let periods = series.past.iter();
        let day = |name: &str| period_start(name).map(|(day, _)| day);
        periods.filter_map(|period| Some((day(&period.period)?, period.value))).collect()
    }

    /// The first period ahead with its band, and all of them beside the year before.
    fn sentence(&self, series: &SeriesForecast) -> Sentence {
        // Of a period that is running already more is known than its forecast says.
        let ahead = |period: &&ForecastPeriod| period.from >= self.forecasts.as_of;
        let first = series.periods.iter().find(ahead).or(series.periods.first());
        let Some(first) = first else { return Sentence::default() };
        let Some((day, step)) = period_start(&first.period) else { return Sentence::default() };
        let (locale, past) = (self.locale(), self.past(series));
        let whole = |figure| self.texts.whole(of_figure(figure));
        let place = Places::periods(&[day], step, locale).name(0).to_owned();
        let say = Sentence::default();
        let say = match locale {
            Locale::En => {
                say.say(format!("{}: about ", capital(&place))).figure(whole(first.point))
            }
            Locale::Ru => {
                say.say(format!("{}: около ", capital(&place))).figure(whole(first.point))
            }
        };
        let say = match (first.bands.first(), locale) {
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
        let say = say.say(". ");
        let before: Option<Vec<f64>> = series
            .periods
            .iter()
            .map(|period| {
                let (day, step) = period_start(&period.period)?;
                past.get(&year_before(day, step)?).map(|figure| of_figure(*figure))
            })
            .collect();
        let (Some(before), Some(total)) = (before, series.total) else { return say };
        let (before, total) = (before.iter().sum::<f64>(), of_figure(total));
        if before <= 0.0 || series.periods.len() < 2 {
            return say;
        }
        let change = (total / before - 1.0) * 100.0;
        let (percent, count) = (locale.percent(change.abs()), series.periods.len());
        let total = self.texts.whole(total);
        match locale {
            Locale::En => say
                .say(format!("All {count} periods together: about "))
                .figure(total)
                .say(", ")
                .figure(format!("{percent} {}", if change < 0.0 { "less" } else { "more" }))
                .say(" than a year before."),
            Locale::Ru => say
                .say(format!("Всего за {count} периодов: около "))
                .figure(total)
                .say(", ")
                .figure(format!("на {percent} {}", if change < 0.0 { "меньше" } else { "больше" }))
                .say(", чем годом раньше."),
        }
    }

    fn chart(&self, series: &SeriesForecast) -> Option<Picture> {
        let locale = self.locale();
        let past = self.past(series);
        let drawn = (series.periods.len() * PAST_PER_AHEAD).max(LEAST_PAST);
        let behind: Vec<_> = past.iter().skip(past.len().saturating_sub(drawn)).collect();
        let ahead: Vec<_> =
            series.periods.iter().filter_map(|period| period_start(&period.period)).collect();
        let (_, step) = *ahead.first()?;
        let days: Vec<NaiveDate> =
            behind.iter().map(|(day, _)| **day).chain(ahead.iter().map(|(day, _)| *day)).collect();
        let known = behind.len();
        let ahead = |of: &dyn Fn(usize) -> Option<charts::Value>| {
            (0..days.len()).map(|place| of(place.checked_sub(known)?)).collect::<Vec<_>>()
        };
        let figure = |figure| self.texts.figure(figure);
        let sold = behind.iter().map(|(_, value)| Some(figure(**value))).collect();
        let expected = ahead(&|nth| series.periods.get(nth).map(|period| figure(period.point)));
        let levels = series.periods.first().map_or(0, |period| period.bands.len());
        let bands = (0..levels).map(|level| {
            let ends = (0..days.len()).map(|place| {
                let period = series.periods.get(place.checked_sub(known)?)?;
                let band = period.bands.get(level)?;
                Some((figure(band.lower), figure(band.upper)))
            });
            let percent = series.periods.first().and_then(|period| period.bands.get(level));
            Band { name: often(percent.map_or(0, |band| band.level), locale), ends: ends.collect() }
        });
        let before: Vec<_> = days
            .iter()
            .map(|day| past.get(&year_before(*day, step)?).map(|value| figure(*value)))
            .collect();
        let line = |name: &str, stroke, values: Vec<Option<charts::Value>>| Line {
            name: name.to_owned(),
            stroke,
            values,
            bands: Vec::new(),
            is_named_at_end: false,
        };
        let [was, will_be, year, known_word, expected_word] = match locale {
            Locale::En => ["Sold", "Expected", "A year before", "known", "expected"],
            Locale::Ru => ["Продано", "Ожидается", "Годом раньше", "известно", "ожидается"],
        };
        let mut lines = vec![
            line(was, Stroke::Sold, sold),
            Line { bands: bands.collect(), ..line(will_be, Stroke::Expected, expected) },
        ];
        if before.iter().any(Option::is_some) {
            lines.push(line(year, Stroke::Compared, before));
        }
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let today = known as f64 - 0.5;
        let upright = Upright {
            at: today,
            before: known_word.into(),
            after: expected_word.into(),
            is_change: false,
        };
        let chart = LineChart {
            about: About {
                id: "forecast",
                sentence: self.sentence(series).plain(),
                places: heading("period", locale),
                unit: self.unit(),
                locale,
            },
            places: Places::periods(&days, step, locale),
            lines,
            uprights: if known > 0 { vec![upright] } else { Vec::new() },
            running: days.get(known).and_then(|day| self.running(known, *day, end(*day, step)?)),
        };
        let mut text = vec![series.why.clone()];
        let accuracy = series.backtest.as_ref().map(crate::wording::accuracy);
        text.extend(accuracy.map(|accuracy| format!("{}.", capital(&accuracy))));
        // There is one language of explanations.
        let text = if locale == Locale::En { text.join(" ") } else { String::new() };
        Some(Picture { text, ..Picture::new("", chart.render()) })
    }

    /// What the period under way has so far, where that is told.
    fn running(
        &self,
        place: usize,
        from: NaiveDate,
        end: NaiveDate,
    ) -> Option<(Running, charts::Value)> {
        let since = self.forecasts.outside.since.as_ref()?;
        let currency = self.texts.currency?;
        if since.first < from || since.last >= end {
            return None;
        }
        let days = days_text((since.last - from).num_days() + 1, self.locale());
        let text = match self.locale() {
            Locale::En => format!("{days} so far"),
            Locale::Ru => format!("пока {days}"),
        };
        let net = self.locale().money(&since.net.to_string(), currency);
        Some((Running { place, text }, charts::Value::new(units(since.net), net)))
    }

    fn unit(&self) -> Unit {
        match self.texts.currency {
            Some(currency) => Unit::Money(currency),
            None => Unit::Number,
        }
    }

    /// The largest parts, by what is expected of them.
    fn parts(&self) -> Option<Picture> {
        let by = self.forecasts.by?;
        let locale = self.locale();
        let parts = self.forecasts.forecasts.iter().skip(1);
        let row = |part: &SeriesForecast| {
            let total = match part.total {
                Some(total) => total,
                None => part.periods.first()?.point,
            };
            let named = part.name.as_deref().or(part.key.as_deref()).unwrap_or("");
            let name = match (named, locale) {
                ("", Locale::En) => "what the parts differ from the whole by",
                ("", Locale::Ru) => "разница частей и целого",
                (named, _) => named,
            };
            Some(Ranked { name: name.into(), note: String::new(), value: self.texts.figure(total) })
        };
        let mut rows: Vec<Ranked> = parts.filter_map(row).collect();
        rows.sort_by(|one, other| other.value.number.total_cmp(&one.value.number));
        rows.truncate(LARGEST);
        let heading = format!(
            "{}: {}",
            match locale {
                Locale::En => "What is expected, by part",
                Locale::Ru => "Что ожидается, по частям",
            },
            name(by.as_str(), locale)
        );
        let ranking = Ranking { sentence: heading.clone(), rows };
        Some(Picture::new(heading, ranking.render()))
    }
}

/// A probability in counts.
fn often(percent: u8, locale: Locale) -> String {
    match (percent, locale) {
        (80, Locale::En) => "4 times in 5".into(),
        (80, Locale::Ru) => "в 4 случаях из 5".into(),
        (95, Locale::En) => "19 times in 20".into(),
        (95, Locale::Ru) => "в 19 случаях из 20".into(),
        (percent, locale) => locale.percent(percent.into()),
    }
}
