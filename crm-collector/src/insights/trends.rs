//! What changed, by how much, and what drove it: the whole and its parts are looked at together,
//! and each change found is taken apart over the purchases of the periods before and after it.

mod evidence;

use std::ops::Range;

use crm_api::answer::{
    Breakdown, Contribution, Driver, Figure, Measure, Missing, Rows, Trend, Trends,
};
use crm_api::{Bucket, question};
use crm_models::{LineItem, Timestamp};
use crm_stats::trend::{self, Kind};

use super::forecasts::seasons;
use super::memory::Weighs;
use super::names::{Name, Names};
use super::people::People;
use super::selection::Selection;
use super::work::{Computing, On, Work};
use super::{explanation, series};
use crate::analytics::period::Periods;
use crate::ask_error::AskError;
use crate::facts::{Dimension, date_of_day, first_instant};
use crate::wording::{self, TrendParts};
use evidence::{Evidence, Told, Windows};

/// Products looked at, at the most: those that brought most lately.
const MOST_PRODUCTS: usize = 2_000;
/// The share of false trends held to among those reported.
const FALSE_DISCOVERIES: f64 = 0.05;
/// Periods without which there is nothing to compare.
const LEAST_PERIODS: usize = 12;
/// Periods before and after a change that are compared, at the most.
const COMPARED: usize = 26;

/// Values of a series that are held at once while it is looked at, each as often as this.
const COPIES: usize = 4;
/// Names and sentences of a trend.
const BYTES_OF_TEXTS: usize = 1_024;

/// What a series is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Of {
    /// `None` for the whole.
    by: Option<Breakdown>,
    key: u32,
}

impl Weighs for Trends {
    fn bytes(&self) -> usize {
        let of_one = |trend: &Trend| {
            let drivers = trend.drivers.len() * size_of::<Contribution>();
            size_of::<Trend>() + BYTES_OF_TEXTS + drivers
        };
        self.trends.iter().map(of_one).sum()
    }
}

pub(super) fn trends(
    work: &mut Work<'_>,
    asked: &question::Trends,
    people: &People,
) -> Result<Trends, AskError> {
    // Read, looked at, gathered, taken apart.
    let progress = work.progress();
    progress.expect(4);
    let read = work.read(|on| Loaded::read(on, asked.bucket))?;
    progress.advance(1);
    let (found, omitted) = work.compute(|computing| read.found(asked, computing))?;
    progress.advance(1);
    let mut evidence = Evidence::of(found.iter().map(|found| (found.of, &found.windows)));
    evidence.gather(work, &read.selection, people)?;
    progress.advance(1);
    let told = work.compute(|_| evidence.told())?;
    let numbers: Vec<_> = found
        .iter()
        .map(|found| found.of)
        .chain(told.iter().flat_map(|told| told.drivers.iter().map(|driver| driver.of)))
        .filter_map(|of| of.by.map(|by| (by, of.key)))
        .collect();
    let names = work.look_up(|tx, workspace| Names::look_up(tx, workspace.id, numbers))?;
    let Loaded { selection, periods, series, .. } = &read;
    let shown = found.iter().zip(&told).map(|(found, told)| {
        Shown { found, told, periods, bucket: asked.bucket, selection, names: &names }.trend()
    });
    let trends: Vec<_> = shown.collect();
    progress.advance(1);
    let more = LEAST_PERIODS.saturating_sub(periods.len());
    let lacking = Missing::PeriodsForTrends { more, bucket: asked.bucket };
    let missing_codes: Vec<_> = (more > 0).then_some(lacking).into_iter().collect();
    Ok(Trends {
        bucket: asked.bucket,
        currency: selection.currency,
        timezone: selection.workspace.timezone.name().to_owned(),
        from: date_of_day(selection.days.start),
        as_of: date_of_day(selection.days.end),
        examined: series.len(),
        false_discovery_rate: FALSE_DISCOVERIES,
        trends,
        omitted,
        missing: wording::missing(&missing_codes),
        missing_codes,
        outside: selection.outside.clone(),
    })
}

/// The series, as they were read.
struct Loaded {
    selection: Selection,
    periods: Periods,
    of: Vec<Of>,
    series: Vec<Vec<f64>>,
}

/// A trend that is told.
struct Found {
    trend: trend::Trend,
    of: Of,
    windows: Windows,
}

impl Loaded {
    fn read(on: &On<'_>, bucket: Bucket) -> Result<Self, AskError> {
        let periods = Periods::complete(bucket, on.selected.days.clone());
        let (of, series) = all_series(on, &periods)?;
        Ok(Self { selection: on.selected.selection.clone(), periods, of, series })
    }

    /// The largest trends, as many as are asked for, and how many others there are.
    fn found(&self, asked: &question::Trends, computing: &Computing<'_>) -> (Vec<Found>, usize) {
        let settings = trend::Settings {
            seasons: seasons(asked.bucket).to_vec(),
            rate: FALSE_DISCOVERIES,
            threads: computing.threads,
        };
        let mut found = trend::find(&self.series, &settings);
        found.sort_by(|one, other| {
            let by_size = weight(other).total_cmp(&weight(one));
            by_size.then(one.series.cmp(&other.series)).then(one.since.cmp(&other.since))
        });
        let omitted = found.len().saturating_sub(asked.limit);
        found.truncate(asked.limit);
        let found = found.into_iter().map(|trend| {
            let (of, windows) = (self.of[trend.series], windows(&trend, &self.periods));
            Found { trend, of, windows }
        });
        (found.collect(), omitted)
    }
}

/// How much a trend matters: the money it has brought or cost.
fn weight(trend: &trend::Trend) -> f64 {
    if trend.kind == Kind::Season { trend.per_period.abs() } else { trend.total.abs() }
}

/// Revenue of the whole, and of each product, country and channel.
fn all_series(on: &On<'_>, periods: &Periods) -> Result<(Vec<Of>, Vec<Vec<f64>>), AskError> {
    let On { tx, selected, memory } = on;
    let mut of = vec![Of { by: None, key: 0 }];
    let mut values = vec![series::whole(selected, Measure::Revenue, periods)?];
    let fees = tx.products_of(selected.workspace.id, LineItem::FEE)?;
    let breakdowns = [
        (Breakdown::Product, Dimension::Product),
        (Breakdown::Country, Dimension::Country),
        (Breakdown::Channel, Dimension::Channel),
    ];
    for (by, dimension) in breakdowns {
        let mut keys = series::ranked(selected, Measure::Revenue, dimension, &periods.days())?;
        if by == Breakdown::Product {
            keys.retain(|key| fees.binary_search(key).is_err());
        }
        keys.truncate(MOST_PRODUCTS.min(memory.values() / COPIES / periods.len().max(1)));
        // A shop in one country has no trend of that country which it has not as a whole.
        if keys.len() < 2 {
            continue;
        }
        values.extend(series::parts(on, Measure::Revenue, dimension, &keys, periods)?);
        of.extend(keys.into_iter().map(|key| Of { by: Some(by), key }));
    }
    Ok((of, values))
}

/// The days that are compared: of a level as many periods from the change on as before it, of a
/// slope its first and its last third, of an outlier itself and as much before it. A season is no
/// change from one time to another.
fn windows(trend: &trend::Trend, periods: &Periods) -> Windows {
    let days = |range: Range<usize>| match (
        periods.bounds().get(range.start),
        periods.bounds().get(range.end),
    ) {
        (Some(start), Some(end)) if range.start < range.end => *start..*end,
        _ => 0..0,
    };
    let (since, until) = (trend.since, trend.until);
    let (before, after) = match trend.kind {
        Kind::LevelShift | Kind::Outlier => {
            let length = (until.saturating_sub(since)).min(since).min(COMPARED);
            (since - length..since, since..since + length)
        }
        Kind::Slope => {
            let length = (until.saturating_sub(since) / 3).min(COMPARED);
            (since..since + length, until.saturating_sub(length)..until)
        }
        Kind::Season => (0..0, 0..0),
    };
    Windows { before: days(before), after: days(after), whole: days(since..until) }
}

/// What a trend is shown from.
struct Shown<'a> {
    found: &'a Found,
    told: &'a Told,
    periods: &'a Periods,
    bucket: Bucket,
    selection: &'a Selection,
    names: &'a Names,
}

impl Shown<'_> {
    fn name(&self, of: Of) -> Name {
        match of.by {
            None => (None, None),
            Some(Breakdown::Segment) => {
                let (key, name) = evidence::segment(of.key);
                (Some(key), Some(name))
            }
            Some(by) => self.names.of(by, of.key),
        }
    }

    fn trend(&self) -> Trend {
        let Self { found, told, periods, bucket, selection, .. } = *self;
        let Found { trend, of, windows } = found;
        let (key, name) = self.name(*of);
        let label = |index: usize| periods.labels().get(index).cloned().unwrap_or_default();
        let dimension = of.by.map_or("all", Breakdown::as_str);
        let drivers: Vec<_> = told
            .drivers
            .iter()
            .map(|driver| {
                let (key, name) = self.name(driver.of);
                Contribution {
                    dimension: driver.of.by.map_or("all", Breakdown::as_str).into(),
                    key,
                    name,
                    contribution: Figure::money(driver.contribution),
                    share: driver.share,
                    surprise: driver.surprise,
                }
            })
            .collect();
        let (since, size) = (label(trend.since), Figure::estimate(trend.per_period));
        let (change, driver) = (explanation::change(trend), Driver::of(&drivers, size));
        let named = wording::part(of.by.map(Breakdown::as_str), key.as_deref(), name.as_deref());
        let mut shown = Trend {
            dimension: dimension.into(),
            kind: trend.kind.name().to_owned(),
            summary: String::new(),
            change,
            driver,
            since,
            since_date: date_of_day(periods.bounds().get(trend.since).copied().unwrap_or_default()),
            size,
            total: Figure::estimate(trend.total),
            expected: Figure::estimate(trend.without),
            actual: Figure::estimate(trend.now),
            confidence: trend.confidence(),
            factors: told.factors.clone(),
            drivers,
            rows: rows(of.by, key.as_deref(), windows, told.purchases, selection),
            key,
            name,
        };
        shown.summary = wording::trend(&TrendParts {
            what: &named,
            change,
            since: &shown.since,
            size: trend.per_period,
            currency: selection.currency,
            bucket,
            driver: shown.driver.as_ref().zip(shown.main_driver()),
        });
        shown
    }
}

/// How to find the purchases behind a trend.
fn rows(
    by: Option<Breakdown>,
    key: Option<&str>,
    windows: &Windows,
    purchases: usize,
    selection: &Selection,
) -> Rows {
    let days = if windows.after.is_empty() { &windows.whole } else { &windows.after };
    let instant = |day| -> Timestamp { first_instant(day, selection.workspace.timezone) };
    let mut href = format!(
        "/v1/purchases?from={}&to={}&currency={}",
        encoded(&instant(days.start).to_string()),
        encoded(&instant(days.end).to_string()),
        selection.currency
    );
    let field = match by {
        Some(Breakdown::Product) => Some("sku"),
        Some(Breakdown::Country) => Some("country"),
        Some(Breakdown::Channel) => Some("channel"),
        Some(Breakdown::Segment) | None => None,
    };
    if let Some(field) = field {
        href.push_str(&format!("&{field}={}", encoded(key.unwrap_or_default())));
    }
    Rows { purchases, href }
}

/// A text as a part of a query string (RFC 3986, section 2).
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_query_string_is_encoded() {
        assert_eq!(encoded("A-1 & ß+"), "A-1%20%26%20%C3%9F%2B");
    }
}
