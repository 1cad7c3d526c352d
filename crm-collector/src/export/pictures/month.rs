//! A month so far, day by day added up: beside the month before and the same month a year before, and
//! where it is expected to end.

use chrono::{Datelike, NaiveDate};
use crm_api::Total;
use crm_api::answer::{Forecasts, Report, Value};
use crm_models::Currency;

use super::period::{end, period_start};
use super::text::{Texts, of_figure, units};
use crate::charts::{
    self, About, Band, Line, LineChart, Locale, Places, Step, Stroke, Unit, Upright,
};

/// What a month's picture is made of: reports `sales` by day, and forecasts.
pub struct Month<'a> {
    /// This month's days, from its first to the last that is known.
    pub so_far: &'a Report,
    /// The whole of the month before.
    pub before: Option<&'a Report>,
    /// The whole of the same month a year before.
    pub year_before: Option<&'a Report>,
    /// By month, of which the first is this one.
    pub expected: Option<&'a Forecasts>,
    /// By day, from which the expected course within the month is taken.
    pub by_day: Option<&'a Forecasts>,
}

/// Where a month is expected to end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// What is expected of all of it.
    pub point: f64,
    /// What it ends between 4 times in 5.
    pub band: (f64, f64),
}

/// Net sales of each day added up, and what they come to.
fn added_up(report: &Report) -> Vec<(NaiveDate, Total)> {
    let Some(at) = report.columns.iter().position(|column| column.name == "net") else {
        return Vec::new();
    };
    let mut sum = Total::ZERO;
    let rows = report.rows.iter().filter_map(|row| match (row.first()?, row.get(at)?) {
        (Value::Text(period), Value::Money(net)) => {
            sum = sum + *net;
            Some((period_start(period)?.0, sum))
        }
        _ => None,
    });
    rows.collect()
}

impl Month<'_> {
    /// Where it is expected to end; nothing where another month is forecast first.
    pub fn outlook(&self, first: NaiveDate) -> Option<Outlook> {
        let period = self.expected?.forecasts.first()?.periods.first()?;
        let band = period.bands.first()?;
        (period.from == first).then(|| Outlook {
            point: of_figure(period.point),
            band: (of_figure(band.lower), of_figure(band.upper)),
        })
    }

    /// The chart; nothing where the month has no day yet.
    pub fn chart(&self, sentence: &str, locale: Locale) -> Option<String> {
        let so_far = added_up(self.so_far);
        let (today, sum) = *so_far.last()?;
        let first = today.with_day(1)?;
        let after = end(first, Step::Month)?;
        let days: Vec<_> = first.iter_days().take_while(|day| *day < after).collect();
        let currency = self.so_far.currency;
        let texts = Texts::of(locale, currency, &self.so_far.timezone);
        let value = |sum: Total| charts::Value::new(units(sum), texts.cell(&Value::Money(sum)));
        let known = usize::try_from(today.day()).unwrap_or(1);
        let mut own: Vec<Option<charts::Value>> = vec![None; known];
        for (day, sum) in &so_far {
            if let Some(place) = own.get_mut(place_of(*day)) {
                *place = Some(value(*sum));
            }
        }
        let line = |name: String, stroke, values, is_named_at_end| Line {
            name,
            stroke,
            values,
            bands: Vec::new(),
            is_named_at_end,
        };
        let mut lines = vec![line(locale.month_and_year(first), Stroke::Sold, own, false)];
        if let Some(outlook) = self.outlook(first)
            && known < days.len()
        {
            lines.push(self.ahead(&days, known, units(sum), outlook, locale, currency));
        }
        let others = [(self.before, Stroke::Compared), (self.year_before, Stroke::ComparedAgain)];
        for (report, stroke) in others {
            let sums = report.map(added_up).unwrap_or_default();
            let Some((first, _)) = sums.first() else { continue };
            let mut values: Vec<Option<charts::Value>> = vec![None; days.len()];
            for (day, sum) in &sums {
                // What a longer month has more stands on the last day.
                let place = place_of(*day).min(days.len().saturating_sub(1));
                if let Some(place) = values.get_mut(place) {
                    *place = Some(value(*sum));
                }
            }
            lines.push(line(locale.month_and_year(*first), stroke, values, true));
        }
        let text = match locale {
            Locale::En => format!("{} so far", locale.short_day(today)),
            Locale::Ru => format!("на {}", locale.short_day(today)),
        };
        let about = About {
            id: "month",
            sentence: sentence.to_owned(),
            places: super::names::heading("period", locale),
            unit: Unit::Money(currency),
            locale,
        };
        #[expect(clippy::cast_precision_loss, reason = "days of a month")]
        let at = (known - 1) as f64;
        let upright = Upright { at, before: String::new(), after: text, is_change: false };
        let places = Places::periods(&days, Step::Day, locale);
        let uprights = vec![upright];
        Some(LineChart { about, places, lines, uprights, running: None }.render())
    }

    /// From today to where the month is expected to end, along the course of the forecast by day where
    /// there is one. The band grows with what is still to come.
    fn ahead(
        &self,
        days: &[NaiveDate],
        known: usize,
        sum: f64,
        outlook: Outlook,
        locale: Locale,
        currency: Currency,
    ) -> Line {
        let ahead = days.len() - known;
        let by_day = self.by_day.and_then(|forecasts| forecasts.forecasts.first());
        let of_day = |day: &NaiveDate| {
            let periods = &by_day?.periods;
            let found = periods.iter().find(|period| period.from == *day)?;
            Some(of_figure(found.point).max(0.0))
        };
        let weights: Option<Vec<f64>> = days.iter().skip(known).map(of_day).collect();
        let weights = weights.filter(|weights| weights.iter().sum::<f64>() > 0.0);
        let weights = weights.unwrap_or_else(|| vec![1.0; ahead]);
        let whole: f64 = weights.iter().sum();
        let text = |value: f64| charts::Value::new(value, locale.whole_money(value, currency));
        let (mut values, mut ends) = (vec![None; known], vec![None; known]);
        let mut share = 0.0;
        for weight in weights {
            share += weight / whole;
            let toward = |end: f64| sum + (end - sum) * share;
            values.push(Some(text(toward(outlook.point))));
            let (lower, upper) = outlook.band;
            ends.push(Some((text(toward(lower)), text(toward(upper)))));
        }
        let (name, often) = match locale {
            Locale::En => ("Expected", "4 times in 5"),
            Locale::Ru => ("Ожидается", "в 4 случаях из 5"),
        };
        Line {
            name: name.into(),
            stroke: Stroke::Expected,
            values,
            bands: vec![Band { name: often.into(), ends }],
            is_named_at_end: true,
        }
    }
}

fn place_of(day: NaiveDate) -> usize {
    usize::try_from(day.day0()).unwrap_or(0)
}
