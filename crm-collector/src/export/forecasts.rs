//! Forecasts as sheets: a row a period of each series.

use chrono_tz::Tz;
use crm_api::answer::{Column, Figure, Forecasts, Measure, SeriesForecast, Unit, Value};

use super::drawn::sparkline;
use super::{Look, Sheet, Tabular, outside};
use crate::wording;
use crate::words::counted;

impl Tabular for Forecasts {
    fn sheet(&self) -> Sheet<'_> {
        let unit = if self.series == Measure::Revenue { Unit::Money } else { Unit::Number };
        let mut columns = Vec::new();
        if let Some(by) = self.by {
            columns.push(Column::new(by.as_str(), Unit::Text));
            columns.push(Column::new("name", Unit::Text));
        }
        columns.push(Column::new("period", Unit::Text));
        for name in ["forecast", "lower_80", "upper_80", "lower_95", "upper_95"] {
            columns.push(Column::new(name, unit));
        }
        columns.push(Column::new("method", Unit::Text));
        let rows = self.forecasts.iter().flat_map(|series| rows(series, self.by.is_some()));
        let Self { series, bucket, currency, timezone, as_of, .. } = self;
        let mut notes: Vec<_> = self.forecasts.first().map(said).unwrap_or_default();
        if self.omitted > 0 {
            let more = counted(self.omitted, "more part", "more parts");
            notes.push(format!("{more}; --limit 0 shows each of them"));
        }
        if self.reconciled {
            notes.push("the parts add up to the whole, but for rounding".to_owned());
        }
        if let (Some(by), false, true) = (self.by, self.reconciled, self.forecasts.len() > 1) {
            notes.push(format!(
                "the parts do not add up to the whole: who buys of two counts in each {by}, and in the \
                 whole once"
            ));
        }
        notes.extend(outside::notes(&self.outside, *currency, None));
        Sheet {
            title: format!(
                "{series} in {currency} by {bucket}, as known before {as_of} ({timezone})"
            ),
            timezone: timezone.parse().unwrap_or(Tz::UTC),
            currency: Some(*currency),
            columns: columns.into(),
            rows: rows.collect(),
            totals: Vec::new().into(),
            omitted_rows: 0,
            when_empty: "nothing to forecast from yet",
            notes,
            spare: &["method", "lower_95", "upper_95"],
        }
    }

    fn table(&self, look: &Look) -> Sheet<'_> {
        let mut sheet = self.sheet();
        if let (true, Some(series)) = (look.drawn, self.forecasts.first()) {
            sheet.notes.insert(0, drawn(series, look.width));
        }
        sheet
    }
}

/// What was, and behind a line what is forecast, as far back as there is room.
fn drawn(series: &SeriesForecast, width: usize) -> String {
    let ahead = series.periods.len().min(width / 2);
    let behind = series.past.len().min(width - ahead - 1);
    let past = series.past.iter().skip(series.past.len() - behind).map(|period| period.value);
    let points = series.periods.iter().take(ahead).map(|period| period.point);
    let mut line: Vec<_> = sparkline(past.chain(points).map(Figure::to_f64)).chars().collect();
    line.insert(behind, '│');
    line.into_iter().collect()
}

fn rows(series: &SeriesForecast, with_key: bool) -> impl Iterator<Item = Vec<Value>> + '_ {
    let text = |text: &Option<String>| text.clone().map_or(Value::None, Value::Text);
    series.periods.iter().map(move |period| {
        let mut row = Vec::new();
        if with_key {
            let whole = series.key.is_none() && series.name.is_none();
            row.push(if whole { Value::Text("all".into()) } else { text(&series.key) });
            row.push(text(&series.name));
        }
        row.push(Value::Text(period.period.clone()));
        row.push(period.point.value());
        for band in &period.bands {
            row.extend([band.lower.value(), band.upper.value()]);
        }
        row.push(Value::Text(series.method.clone()));
        row
    })
}

/// What is to be known about a forecast, a line each.
fn said(series: &SeriesForecast) -> Vec<String> {
    let mut said = vec![format!("{}: {}", series.method, series.why)];
    said.extend(series.backtest.as_ref().map(wording::accuracy));
    said.extend(series.missing.as_ref().map(|missing| format!("missing: {missing}")));
    said
}
