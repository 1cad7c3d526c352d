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

impl Outlook {
    /// From what was sold, what the days left are forecast to bring, which share of the days they are,
    /// and by how much a whole month lies below and above its forecast 4 times in 5. Days that err on
    /// their own err together by the root of their number, so that a share of them errs by its root;
    /// what errs in common errs by less. It ends at no less than was sold.
    fn of(sold: f64, rest: f64, share: f64, (below, above): (f64, f64)) -> Self {
        let end = |by: f64| sold + (rest + by * share.sqrt()).max(0.0);
        Self { point: end(0.0), band: (end(below), end(above)) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "days of a month")]
fn days(number: usize) -> f64 {
    number as f64
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
    /// Where it is expected to end: what was sold so far and what is forecast of the days left. Nothing
    /// where the month is over, or another one is forecast first.
    pub fn outlook(&self, first: NaiveDate) -> Option<Outlook> {
        let period = self.expected?.forecasts.first()?.periods.first()?;
        let band = period.bands.first()?;
        let (today, sold) = *added_up(self.so_far).last()?;
        let after = end(first, Step::Month)?;
        let left: Vec<_> = today.iter_days().skip(1).take_while(|day| *day < after).collect();
        if period.from != first || today < first || left.is_empty() {
            return None;
        }
        let point = of_figure(period.point);
        let share = days(left.len()) / days(usize::try_from((after - first).num_days()).ok()?);
        let forecast: Option<Vec<f64>> = left.iter().map(|day| self.of_day(*day)).collect();
        let rest = forecast.map_or(point * share, |days| days.iter().sum());
        let whole = (of_figure(band.lower), of_figure(band.upper));
        Some(Outlook::of(units(sold), rest, share, (whole.0 - point, whole.1 - point)))
    }

    /// What a day is forecast to bring.
    fn of_day(&self, day: NaiveDate) -> Option<f64> {
        let periods = &self.by_day?.forecasts.first()?.periods;
        let found = periods.iter().find(|period| period.from == day)?;
        Some(of_figure(found.point).max(0.0))
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
        let weights: Option<Vec<f64>> =
            days.iter().skip(known).map(|day| self.of_day(*day)).collect();
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_month_ends_at_what_was_sold_and_what_is_still_to_come() {
        let at_first = Outlook::of(0.0, 3_000.0, 1.0, (-600.0, 900.0));
        assert_eq!(at_first, Outlook { point: 3_000.0, band: (2_400.0, 3_900.0) });
        // A ninth of the days are left, which err by a third.
        let late = Outlook::of(4_000.0, 250.0, 1.0 / 9.0, (-600.0, 900.0));
        assert!((late.point - 4_250.0).abs() < 1e-9);
        assert!((late.band.0 - 4_050.0).abs() < 1e-9 && (late.band.1 - 4_550.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn it_never_ends_below_what_was_sold(
            sold in -1e3..1e6_f64,
            rest in 0.0..1e6_f64,
            share in 0.01..1.0_f64,
            below in -1e6..0.0_f64,
            above in 0.0..1e6_f64,
        ) {
            let outlook = Outlook::of(sold, rest, share, (below, above));
            prop_assert!(sold <= outlook.band.0);
            prop_assert!(outlook.band.0 <= outlook.point && outlook.point <= outlook.band.1);
        }
    }
}
