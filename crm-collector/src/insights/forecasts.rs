//! Forecasts of the whole and of its parts, and what they differ by.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::NaiveDate;
use crm_api::answer::{
    Accuracy, Band, Breakdown, Figure, ForecastPeriod, Forecasts, Measure, Missing, PastPeriod,
    SeriesForecast, Why,
};
use crm_api::{Bucket, question};
use crm_models::Currency;
use crm_stats::Interval;
use crm_stats::forecast::{self, Backtest, Calendar, Forecast, Settings};
use crm_stats::segment::Stage;

use super::memory::Weighs;
use super::people::People;
use super::selection::{Selected, Selection};
use super::work::{Computing, On, Work};
use super::{explanation, series};
use crate::analytics::period::Periods;
use crate::ask_error::AskError;
use crate::facts::{date_of_day, day_of_date};
use crate::store::BuyerHistories;
use crate::wording;

/// Coverage of the intervals.
const LEVELS: [f64; 2] = [0.80, 0.95];
/// The name of a period.
const BYTES_OF_A_PERIOD: usize = 32;
/// Names of a part, and how it was forecast.
const BYTES_OF_TEXTS: usize = 512;
/// What of the past is shown beside a forecast, in seasons; in periods where there is no season.
const SEASONS_SHOWN: usize = 2;
const PERIODS_SHOWN: usize = 10;

/// Forecasts, and what they were made from.
pub(super) struct Forecasted {
    pub(super) answer: Arc<Forecasts>,
    /// A hash of the series.
    made_from: u64,
}

impl Weighs for Forecasted {
    fn bytes(&self) -> usize {
        let of_one = |series: &SeriesForecast| {
            let ahead = size_of::<ForecastPeriod>() + LEVELS.len() * size_of::<Band>();
            let periods = series.periods.len() * (ahead + BYTES_OF_A_PERIOD);
            let past = series.past.len() * (size_of::<PastPeriod>() + BYTES_OF_A_PERIOD);
            size_of::<SeriesForecast>() + BYTES_OF_TEXTS + periods + past
        };
        self.answer.forecasts.iter().map(of_one).sum()
    }
}

impl Forecasted {
    /// `people` are wanted for segments; what was forecast `before` may stand.
    pub(super) fn make(
        work: &mut Work<'_>,
        asked: &question::Forecast,
        people: Option<&People>,
        before: Option<&Self>,
    ) -> Result<Self, AskError> {
        // The first step is the reading.
        work.progress().expect(1);
        let (mut series, histories) = work.read(|on| Loaded::read(on, asked))?;
        if let Some((selection, histories)) = histories {
            let people = people.ok_or_else(|| {
                AskError::invalid("by", "segments come with the customers".into())
            })?;
            series.add_segments(work, asked, &selection, histories, people)?;
        }
        work.progress().advance(1);
        work.compute(|computing| series.forecast(asked, before, computing))
    }
}

/// Whether a forecast may be of more parts than are worth a thought: it takes turns with its like.
pub(super) fn is_large(asked: &question::Forecast) -> bool {
    const FEW: usize = 1_000;
    asked.by == Some(Breakdown::Product) && !(1..=FEW).contains(&asked.parts())
}

/// A part of the whole: its key, the name of the key, and its values.
struct Part {
    key: Option<String>,
    name: Option<String>,
    values: Vec<f64>,
    /// Whether it is all that is in no other part.
    is_rest: bool,
}

/// Series, and what is said around them.
struct Loaded {
    whole: Part,
    parts: Vec<Part>,
    periods: Periods,
    ahead: Periods,
    /// The day on which there is a first complete period, if anything was bought.
    first: Option<NaiveDate>,
    /// An answer that has all but the forecasts.
    about: Forecasts,
}

impl Loaded {
    /// Reads the series; for segments, what they are to be added from.
    fn read(
        on: &On<'_>,
        asked: &question::Forecast,
    ) -> Result<(Self, Option<(Selection, BuyerHistories)>), AskError> {
        let selected = &on.selected;
        let periods = Periods::complete(asked.bucket, selected.days.clone());
        let start = ahead_from(&periods, selected, asked);
        let ahead = Periods::ahead(asked.bucket, start, asked.periods_ahead());
        let first = (!selected.days.is_empty())
            .then(|| date_of_day(Periods::first_complete(asked.bucket, selected.days.start)));
        let whole = Part {
            key: None,
            name: None,
            values: series::whole(selected, asked.series, &periods)?,
            is_rest: false,
        };
        let (mut parts, mut omitted, mut histories) = (Vec::new(), 0, None);
        match asked.by {
            None => {}
            Some(Breakdown::Segment) => {
                let of_days = selected.derived.buyer_histories(periods.days());
                histories = Some((selected.selection.clone(), of_days));
            }
            Some(by) => {
                (parts, omitted) = self::parts(on, asked, by, &periods, &whole)?;
            }
        }
        let about = Forecasts {
            series: asked.series,
            by: asked.by,
            bucket: asked.bucket,
            horizon: asked.periods_ahead(),
            currency: selected.currency,
            timezone: selected.workspace.timezone.name().to_owned(),
            from: date_of_day(selected.days.start),
            as_of: date_of_day(selected.days.end),
            forecasts: Vec::new(),
            omitted,
            reconciled: is_additive(asked) && !parts.is_empty(),
            outside: selected.outside.clone(),
        };
        Ok((Self { whole, parts, periods, ahead, first, about }, histories))
    }

    /// Adds the customers by the stage of life that they are in today, and after them the purchases
    /// of nobody known.
    fn add_segments(
        &mut self,
        work: &mut Work<'_>,
        asked: &question::Forecast,
        selection: &Selection,
        histories: BuyerHistories,
        people: &People,
    ) -> Result<(), AskError> {
        let (measure, periods) = (asked.series, &self.periods);
        let values = series::by_stage(work, selection, histories, measure, people, periods)?;
        let named = Stage::ALL.iter().zip(values);
        self.parts = named
            .map(|(stage, values)| Part {
                key: Some(stage.as_str().into()),
                name: None,
                values,
                is_rest: false,
            })
            .collect();
        if is_additive(asked) {
            self.parts.extend(rest(&self.whole, &self.parts, wording::ANONYMOUS));
            self.about.reconciled = true;
        }
        Ok(())
    }

    /// Forecasts the series, or takes over what was forecast from the same ones before.
    fn forecast(
        self,
        asked: &question::Forecast,
        before: Option<&Forecasted>,
        computing: &Computing<'_>,
    ) -> Forecasted {
        let Computing { threads, progress } = *computing;
        // New events fall into the period that is not over, so most of the time nothing has changed.
        let made_from = self.hash();
        if let Some(before) = before.filter(|before| before.made_from == made_from) {
            let forecasts = before.answer.forecasts.clone();
            return Forecasted {
                answer: Arc::new(Forecasts { forecasts, ..self.about }),
                made_from,
            };
        }
        let Self { whole, mut parts, periods, ahead, first, about } = self;
        let currency = about.currency;
        progress.expect(1 + parts.len());
        let settings = settings(asked, &periods);
        let horizon = settings.horizon;
        let total = forecast::fit(&[&whole.values], &settings, 1, &|_| {});
        let total = total.predict(horizon, &LEVELS).swap_remove(0);
        progress.advance(1);
        let told = AtomicUsize::new(0);
        let tell = |done: usize| {
            let before = told.fetch_max(done, Ordering::Relaxed);
            progress.advance(done.saturating_sub(before));
        };
        let given: Vec<&[f64]> = parts.iter().map(|part| part.values.as_slice()).collect();
        let fit = forecast::fit_each(&given, &settings, threads, &tell);
        let mut forecasts = fit.predict(horizon, &LEVELS);
        if about.reconciled {
            let rest = parts.iter().position(|part| part.is_rest);
            if let Some(left) = forecast::reconcile(&total, &mut forecasts, rest) {
                forecasts.push(left);
                parts.push(Part {
                    key: None,
                    name: asked.by.map(wording::not_told_by),
                    values: vec![0.0; whole.values.len()],
                    is_rest: false,
                });
            }
        }
        let shown = |part: &Part, forecast: &Forecast| {
            let mut told = series_forecast(part, forecast, asked, &periods, &ahead);
            lacking(&mut told, part, forecast, &Lacking { bucket: asked.bucket, first, currency });
            told
        };
        let all = std::iter::once(shown(&whole, &total))
            .chain(parts.iter().zip(&forecasts).map(|(part, forecast)| shown(part, forecast)))
            .collect();
        Forecasted { answer: Arc::new(Forecasts { forecasts: all, ..about }), made_from }
    }

    /// Tells series that differ apart.
    fn hash(&self) -> u64 {
        let mut hasher = foldhash::fast::FixedState::default().build_hasher();
        (self.periods.bounds(), self.ahead.bounds(), self.first).hash(&mut hasher);
        for part in std::iter::once(&self.whole).chain(&self.parts) {
            (&part.key, &part.name).hash(&mut hasher);
            part.values.iter().for_each(|value| value.to_bits().hash(&mut hasher));
        }
        hasher.finish()
    }
}

/// The first day of the first period that is forecast: the one that is not over.
fn ahead_from(periods: &Periods, selected: &Selected<'_>, asked: &question::Forecast) -> i32 {
    let running = Periods::new(asked.bucket, selected.days.end..selected.days.end + 1);
    periods.bounds().last().or(running.bounds().first()).copied().unwrap_or(selected.days.end)
}

fn settings(asked: &question::Forecast, periods: &Periods) -> Settings {
    let calendar = (asked.bucket == Bucket::Day && !periods.is_empty()).then(|| Calendar {
        last_day: periods.days().end - 1,
        holidays: asked.holidays.iter().map(|date| day_of_date(*date)).collect(),
    });
    Settings { seasons: seasons(asked.bucket).to_vec(), horizon: asked.periods_ahead(), calendar }
}

/// What repeats itself, in periods.
pub(super) fn seasons(bucket: Bucket) -> &'static [usize] {
    match bucket {
        Bucket::Day => &[7, 365],
        Bucket::Week => &[52],
        Bucket::Month => &[12],
        Bucket::Quarter => &[4],
        Bucket::Year => &[],
    }
}

/// The parts, the largest first, and after them all that is in none of them; and how many the
/// limit left out.
fn parts(
    on: &On<'_>,
    asked: &question::Forecast,
    by: Breakdown,
    periods: &Periods,
    whole: &Part,
) -> Result<(Vec<Part>, usize), AskError> {
    let On { tx, selected, memory } = on;
    let Some(dimension) = series::dimension(by) else {
        return Err(AskError::invalid("by", "segments come with the customers".into()));
    };
    let mut keys = series::ranked(selected, asked.series, dimension, &periods.days())?;
    let limit = if asked.parts() == 0 { usize::MAX } else { asked.parts() };
    let omitted = keys.len().saturating_sub(limit);
    keys.truncate(limit);
    let (count, bucket) = (keys.len(), asked.bucket);
    let told = asked.periods_ahead() + periods.len().min(shown(asked.bucket));
    let most = memory.values() / periods.len().max(1);
    let most = most.min(memory.periods() / told.max(1));
    if count > most {
        let rule = format!(
            "{count} parts by {bucket}, {} periods ahead, take more memory than there is; ask for at \
             most {most}, or for longer periods, or give the collector more (store.memory_mib)",
            asked.periods_ahead()
        );
        return Err(AskError::outside("limit", rule));
    }
    let numbers = keys.iter().map(|key| (by, *key));
    let names = super::names::Names::look_up(tx, selected.workspace.id, numbers)?;
    let values = series::parts(on, asked.series, dimension, &keys, periods)?;
    let mut parts = Vec::with_capacity(keys.len() + 1);
    for (key, values) in keys.iter().zip(values) {
        let (key, name) = names.of(by, *key);
        parts.push(Part { key, name, values, is_rest: false });
    }
    if is_additive(asked) {
        let name = if omitted > 0 { wording::ALL_OTHERS } else { wording::NONE_OF_THESE };
        parts.extend(rest(whole, &parts, name));
    }
    Ok((parts, omitted))
}

/// Whether the parts add up to the whole: who bought two products is a customer of each, and of
/// the whole once.
fn is_additive(asked: &question::Forecast) -> bool {
    match asked.series {
        Measure::Revenue | Measure::Units => true,
        Measure::Orders => asked.by != Some(Breakdown::Product),
        Measure::Customers => asked.by == Some(Breakdown::Segment),
    }
}

/// What of the whole is in none of the parts.
fn rest(whole: &Part, parts: &[Part], name: &str) -> Option<Part> {
    let mut rest = whole.values.clone();
    for part in parts {
        rest.iter_mut().zip(&part.values).for_each(|(rest, value)| *rest -= value);
    }
    // What sums of money in floats leave over is no part.
    let noise = whole.values.iter().fold(0.0_f64, |most, value| most.max(value.abs())) * 1e-9;
    let is_part = rest.iter().any(|value| value.abs() > noise);
    is_part.then(|| Part { key: None, name: Some(name.to_owned()), values: rest, is_rest: true })
}

/// How many periods of the past are shown.
fn shown(bucket: Bucket) -> usize {
    seasons(bucket).first().map_or(PERIODS_SHOWN, |season| season * SEASONS_SHOWN)
}

fn series_forecast(
    part: &Part,
    forecast: &Forecast,
    asked: &question::Forecast,
    periods: &Periods,
    ahead: &Periods,
) -> SeriesForecast {
    let figure = |value: f64| match asked.series {
        Measure::Revenue => Figure::estimate(value),
        Measure::Orders | Measure::Units | Measure::Customers => Figure::Number(value),
    };
    let band = |step: usize| {
        let band = |interval: Interval| Band {
            level: percent(interval.level),
            lower: figure(interval.lower),
            upper: figure(interval.upper),
        };
        forecast.intervals.iter().filter_map(|intervals| intervals.at(step)).map(band).collect()
    };
    let steps = forecast.point.iter().zip(ahead.labels()).zip(ahead.bounds()).enumerate();
    let next = steps.map(|(step, ((point, label), start))| ForecastPeriod {
        period: label.clone(),
        from: date_of_day(*start),
        point: figure(*point),
        bands: band(step),
    });
    let past = periods.len().saturating_sub(shown(asked.bucket));
    let past = periods.labels().iter().zip(&part.values).skip(past);
    let past =
        past.map(|(label, value)| PastPeriod { period: label.clone(), value: figure(*value) });
    let total = (asked.series != Measure::Customers).then(|| figure(forecast.point.iter().sum()));
    let why_code = explanation::of_forecast(forecast.why, asked.bucket);
    SeriesForecast {
        key: part.key.clone(),
        name: part.name.clone(),
        method: forecast.method.to_string(),
        why: wording::why(&why_code),
        why_code,
        given: forecast.given,
        missing: None,
        missing_codes: Vec::new(),
        backtest: forecast.backtest.as_ref().map(accuracy),
        total,
        periods: next.collect(),
        past: past.collect(),
    }
}

/// What there is to know of a series that lacks something.
struct Lacking {
    bucket: Bucket,
    /// The day on which there is a first complete period.
    first: Option<NaiveDate>,
    currency: Currency,
}

/// Tells what a forecast lacks. From nothing nothing is forecast: a row of noughts would be a promise.
fn lacking(told: &mut SeriesForecast, part: &Part, forecast: &Forecast, about: &Lacking) {
    let is_whole = part.key.is_none() && part.name.is_none();
    let never_sold = is_whole && part.values.iter().all(|value| *value == 0.0);
    told.missing_codes = match never_sold && forecast.given > 0 {
        true => vec![Missing::NothingSold { currency: about.currency }],
        false => explanation::missing_of_forecast(&forecast.missing, about.bucket, about.first),
    };
    told.missing = wording::missing(&told.missing_codes);
    if never_sold || forecast.given == 0 {
        told.why_code = Why::Nothing;
        told.why = wording::why(&told.why_code);
        told.method = forecast::Method::None.to_string();
        (told.periods, told.total, told.backtest) = (Vec::new(), None, None);
    }
}

fn accuracy(backtest: &Backtest) -> Accuracy {
    Accuracy {
        origins: backtest.origins,
        mase: backtest.mase,
        naive_mase: backtest.naive_mase,
        smape: backtest.smape,
        naive_smape: backtest.naive_smape,
        coverage_95: backtest.coverage_95.is_finite().then_some(backtest.coverage_95),
    }
}

/// A probability in whole percent.
fn percent(level: f64) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 100"
    )]
    let percent = (level * 100.0).round().clamp(0.0, 100.0) as u8;
    percent
}
