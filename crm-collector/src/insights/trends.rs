//! What changed, by how much, and what drove it: the whole and its parts are looked at together,
//! and each change found is taken apart over the purchases of the periods before and after it.

mod evidence;

use std::borrow::Cow;
use std::ops::Range;

use crm_api::answer::{
    Breakdown, Contribution, Driver, Explained, Figure, Measure, Missing, Rows, Season, Trend,
    Trends,
};
use crm_api::{Bucket, question};
use crm_models::{LineItem, Timestamp};
use crm_stats::trend::{self, Calendar, Finding, Kind, Part, Shop};

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
/// The chance that a shop in which nothing changed shows anything, at the most.
const FALSE_ALARMS: f64 = 0.05;
/// Periods without which there is nothing to compare.
const LEAST_PERIODS: usize = 12;

/// Parts that are named of those that one trend explains.
const MOST_EXPLAINED: usize = 20;

/// Values of a series that are held at once while it is looked at, each as often as this.
const COPIES: usize = 4;
/// Names and sentences of a trend.
const BYTES_OF_TEXTS: usize = 1_024;

/// What the shop is taken apart by.
const BREAKDOWNS: [(Breakdown, Dimension); 3] = [
    (Breakdown::Product, Dimension::Product),
    (Breakdown::Country, Dimension::Country),
    (Breakdown::Channel, Dimension::Channel),
];

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
            size_of::<Trend>() + BYTES_OF_TEXTS * (1 + trend.explains.len()) + drivers
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
    let read = work.read(|on| Loaded::read(on, asked.bucket, people))?;
    progress.advance(1);
    let found = work.compute(|computing| read.found(computing))?;
    let omitted = found.findings.len().saturating_sub(asked.limit);
    let told = found.findings.iter().take(asked.limit);
    let told: Vec<_> = told.map(|one| (one, read.of(one.of), read.windows(one))).collect();
    progress.advance(1);
    let mut evidence = Evidence::of(told.iter().map(|(_, of, windows)| (*of, windows)));
    evidence.gather(work, &read.selection)?;
    progress.advance(1);
    let made_of = work.compute(|_| evidence.told(&read.fees))?;
    let explained = told
        .iter()
        .flat_map(|(one, ..)| one.explains.iter().take(MOST_EXPLAINED).map(|of| read.of(*of)));
    let drivers = made_of.iter().flat_map(|told| told.drivers.iter().map(|driver| driver.of));
    let of_each = told.iter().map(|(_, of, _)| *of);
    let numbers: Vec<_> = of_each
        .chain(drivers)
        .chain(explained)
        .filter_map(|of| of.by.map(|by| (by, of.key)))
        .collect();
    let names = work.look_up(|tx, workspace| Names::look_up(tx, workspace.id, numbers))?;
    let shown = told.iter().zip(&made_of).map(|((found, of, windows), told)| {
        Shown { found, of: *of, windows, told, read: &read, bucket: asked.bucket, names: &names }
            .trend()
    });
    let trends: Vec<_> = shown.collect();
    progress.advance(1);
    let Loaded { selection, periods, .. } = &read;
    let missing_codes = missing(asked.bucket, periods, found.periods_missing);
    let season = found.season.map(|season| {
        let times = (season.times * 100.0).round() / 100.0;
        let start = date_of_day(periods.bounds().get(season.best).copied().unwrap_or_default());
        let best = periods.labels().get(season.best).cloned().unwrap_or_default();
        Season { summary: wording::season(start, times, asked.bucket), best, times }
    });
    Ok(Trends {
        bucket: asked.bucket,
        currency: selection.currency,
        timezone: selection.workspace.timezone.name().to_owned(),
        from: date_of_day(selection.days.start),
        as_of: date_of_day(selection.days.end),
        examined: found.examined,
        false_alarm_rate: FALSE_ALARMS,
        season,
        trends,
        omitted,
        missing: wording::missing(&missing_codes),
        missing_codes,
        outside: selection.outside.clone(),
    })
}

/// What more would have been needed.
fn missing(bucket: Bucket, periods: &Periods, for_years: usize) -> Vec<Missing> {
    let more = LEAST_PERIODS.saturating_sub(periods.len());
    if more > 0 {
        return vec![Missing::PeriodsForTrends { more, bucket }];
    }
    let Some(end) = periods.bounds().last().filter(|_| for_years > 0) else { return Vec::new() };
    let on = date_of_day(Periods::ahead(bucket, *end, for_years).days().end);
    let known = periods.len();
    vec![Missing::PeriodsForYearOnYear { known, needed: known + for_years, bucket, on }]
}

/// Periods a year: one and the one so many before it are alike, days by their weekday too.
fn year(bucket: Bucket) -> usize {
    match bucket {
        Bucket::Day => 364,
        Bucket::Week => 52,
        Bucket::Month => 12,
        Bucket::Quarter => 4,
        Bucket::Year => 1,
    }
}

/// The shop, as it was read.
struct Loaded {
    selection: Selection,
    periods: Periods,
    shop: Shop,
    /// The dimensions of the shop, and the number of each of their parts.
    keys: Vec<(Breakdown, Vec<u32>)>,
    /// Products that are fees, in order.
    fees: Vec<u32>,
}

impl Loaded {
    fn read(on: &On<'_>, bucket: Bucket, people: &People) -> Result<Self, AskError> {
        let On { tx, selected, memory } = on;
        let periods = Periods::complete(bucket, selected.days.clone());
        let whole = series::whole(selected, Measure::Revenue, &periods)?;
        let fees = tx.products_of(selected.workspace.id, LineItem::FEE)?;
        let (mut keys, mut dimensions) = (Vec::new(), Vec::new());
        for (by, dimension) in BREAKDOWNS {
            let mut ranked =
                series::ranked(selected, Measure::Revenue, dimension, &periods.days())?;
            if by == Breakdown::Product {
                ranked.retain(|key| fees.binary_search(key).is_err());
            }
            ranked.truncate(MOST_PRODUCTS.min(memory.values() / COPIES / periods.len().max(1)));
            // A shop in one country has no trend of that country which it has not as a whole.
            if ranked.len() < 2 {
                continue;
            }
            let money = series::parts(on, Measure::Revenue, dimension, &ranked, &periods)?;
            let mut parts: Vec<Part> =
                money.into_iter().map(|money| Part { money, ..Part::default() }).collect();
            if by == Breakdown::Product {
                let units = series::parts(on, Measure::Units, dimension, &ranked, &periods)?;
                let sold = series::sold(on, dimension, &ranked, &periods)?;
                for (part, (units, sold)) in parts.iter_mut().zip(units.into_iter().zip(sold)) {
                    *part = Part { units, sold, ..std::mem::take(part) };
                }
            }
            dimensions.push(parts);
            keys.push((by, ranked));
        }
        let calendar = Calendar { bounds: periods.bounds().to_vec(), year: year(bucket) };
        let shop = Shop { calendar, whole, dimensions, customers: people.buyers().collect() };
        Ok(Self { selection: selected.selection.clone(), periods, shop, keys, fees })
    }

    fn found(&self, computing: &Computing<'_>) -> trend::Found {
        let settings = trend::Settings { rate: FALSE_ALARMS, threads: computing.threads };
        trend::find(&self.shop, &settings)
    }

    fn of(&self, of: trend::Of) -> Of {
        let part = match of {
            trend::Of::Whole => None,
            trend::Of::Part(dimension, part) => self
                .keys
                .get(dimension)
                .and_then(|(by, keys)| Some(Of { by: Some(*by), key: *keys.get(part)? })),
        };
        part.unwrap_or(Of { by: None, key: 0 })
    }

    fn windows(&self, found: &Finding) -> Windows {
        let days = |range: &Range<usize>| match (
            self.periods.bounds().get(range.start),
            self.periods.bounds().get(range.end),
        ) {
            (Some(start), Some(end)) if range.start < range.end => *start..*end,
            _ => 0..0,
        };
        let compared = &found.compared;
        #[expect(clippy::cast_precision_loss, reason = "periods of a calendar")]
        let periods = compared.after.len().max(1) as f64;
        let (before, after) = (days(&compared.before), days(&compared.after));
        Windows { before, after, scale: compared.scale, periods }
    }
}

/// What a trend is shown from.
struct Shown<'a> {
    found: &'a Finding,
    of: Of,
    windows: &'a Windows,
    told: &'a Told,
    read: &'a Loaded,
    bucket: Bucket,
    names: &'a Names,
}

impl Shown<'_> {
    fn name(&self, of: Of) -> Name {
        of.by.map_or((None, None), |by| self.names.of(by, of.key))
    }

    fn trend(&self) -> Trend {
        let Self { found, of, windows, told, read, bucket, .. } = *self;
        let (key, name) = self.name(of);
        let drivers: Vec<_> = told
            .drivers
            .iter()
            .map(|driver| {
                let (key, name) = self.name(driver.of);
                Contribution {
                    dimension: dimension(driver.of),
                    key,
                    name,
                    contribution: Figure::money(driver.contribution),
                    share: driver.share,
                    surprise: driver.surprise,
                }
            })
            .collect();
        let explains = found.explains.iter().take(MOST_EXPLAINED).map(|of| {
            let of = read.of(*of);
            let (key, name) = self.name(of);
            Explained { dimension: dimension(of), key, name }
        });
        let (size, change) = (found.per_period(), explanation::change(found));
        // A price moves money by itself: what else its product did is another matter.
        let (drivers, factors) = match found.kind {
            Kind::Price => (Vec::new(), vec![evidence::price_alone(found)]),
            _ => (drivers, told.factors.clone()),
        };
        let periods = &read.periods;
        let start = periods.bounds().get(found.since).copied().unwrap_or_default();
        let mut shown = Trend {
            dimension: dimension(of),
            kind: change.as_str().to_owned(),
            first: found.first,
            summary: String::new(),
            cause: None,
            change,
            compared: explanation::compared(found.compared.basis),
            driver: Driver::of(&drivers, Figure::estimate(size)),
            since: periods.labels().get(found.since).cloned().unwrap_or_default(),
            since_date: date_of_day(start),
            size: Figure::estimate(size),
            share: (found.before > 0.0).then(|| (size / found.before * 1e4).round() / 1e4),
            at_stake: Figure::estimate(found.at_stake),
            expected: Figure::estimate(found.before),
            actual: Figure::estimate(found.after),
            confidence: found.confidence(),
            explains: explains.collect(),
            explained: found.explains.len(),
            factors,
            drivers,
            rows: rows(of.by, key.as_deref(), windows, told.purchases, &read.selection),
            key,
            name,
        };
        shown.cause = wording::cause(&shown);
        shown.summary = wording::trend(&TrendParts {
            trend: &shown,
            currency: read.selection.currency,
            bucket,
        });
        shown
    }
}

fn dimension(of: Of) -> Cow<'static, str> {
    of.by.map_or("all", Breakdown::as_str).into()
}

/// How to find the purchases behind a trend.
fn rows(
    by: Option<Breakdown>,
    key: Option<&str>,
    windows: &Windows,
    purchases: usize,
    selection: &Selection,
) -> Rows {
    let days = &windows.after;
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
