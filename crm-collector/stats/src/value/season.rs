//! Seasons: how busy the parts of the year are, what purchases to expect in all, and how much of
//! them the known customers account for.
//!
//! A year is 364 days here, which keeps weekdays in step, in thirteen phases of four weeks.

use super::clock::Clock;
use super::ensemble::{Ensemble, grouped};
use super::groups::History;
use super::history::{Histories, PurchaseDays};
use super::model::{Process, Stretch};
use super::process::{fit, model};

const YEAR_DAYS: i32 = 364;
const PHASE_DAYS: i32 = 28;
const PHASES: usize = 13;

/// Half a year: what counts as recent.
const RECENT_DAYS: i32 = 182;

/// Histories longer than this are not searched for seasons (the search is quadratic in weeks).
const MOST_WEEKS: usize = 3_000;

/// Purchases vary by more than a Poisson count does, by about this factor.
const OVERDISPERSION: f64 = 2.0;

/// Purchases that an expectation is blended with when totals are reconciled, so that a handful of
/// them changes nothing.
const PRIOR_PURCHASES: f64 = 30.0;

/// How far, as a rule, a year's sum of the models and a forecast of all purchases are off, as
/// shares of the truth; the forecast by this part of the growth beside.
/// Tuned: `tests/benches/accuracy/value.rs` measures what another value does.
const MODEL_ERROR: f64 = 0.2;
const TOTAL_ERROR: f64 = 0.075;
const GROWTH_ERROR: f64 = 0.4;

/// Growth (in logarithms) of which three quarters are taken to last: of little growth half does, of
/// a shop that has just begun, or has stopped, all.
/// Tuned: `tests/benches/accuracy/value.rs` measures what another value does.
const LASTING_GROWTH: f64 = 0.7;

/// Days in which the year before gains its weight once it comes round, so that nobody's value
/// changes at one stroke.
const COMES_ROUND_DAYS: f64 = 18.0;

/// How busy each phase of the year is beside the mean.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Phases {
    /// The day that the first phase begins at.
    from: i32,
    levels: [f64; PHASES],
}

impl Phases {
    /// The season that the purchases themselves show; none where they do not cover a year.
    ///
    /// A phase's level is the ratio of repeat purchases in it to what the model without seasons (the
    /// MBG/NBD) expects of the customers won until then, shrunk towards one by what chance alone
    /// would make of it (James & Stein 1961). What was seen in one year alone may be how the shop
    /// began: levels count from a year and a half on, and in full from two years on.
    pub(super) fn estimate(histories: &Histories, as_of: i32) -> Option<Self> {
        let from = histories.first_day()?;
        let span = as_of.checked_sub(from)?.checked_add(1)?;
        let weeks = usize::try_from(span).ok()?.div_ceil(7);
        if span < YEAR_DAYS || weeks > MOST_WEEKS {
            return None;
        }
        let week_of =
            |day: i32| usize::try_from(day.saturating_sub(from) / 7).unwrap_or(0).min(weeks - 1);
        let mut births = vec![0.0; weeks];
        let mut repeats = vec![0.0; weeks];
        for index in 0..histories.len() {
            for (place, &day) in histories.days(index).iter().enumerate() {
                let counts = if place == 0 { &mut births } else { &mut repeats };
                counts[week_of(day)] += 1.0;
            }
        }
        let process = model(Process::MbgNbd);
        let phase_of_week = |week: usize| week / 4 % PHASES;
        let mut phases = Self { from, levels: [1.0; PHASES] };
        // The second round sees the clock of the first; a third changes nothing.
        for _ in 0..2 {
            let clock = phases.clock(as_of, 0);
            let groups = grouped(histories, as_of, &clock);
            let fitted = fit(&*process, &groups.sample())?;
            let newcomer = History { repeats: 0, recency: 0.0, age: 0.0 };
            let expected_by = |time: f64| process.outlook(fitted.parameters, newcomer, time).mean;
            // Expected repeats by weeks passed, on a grid of the clock's own weeks.
            let reach = clock.weeks(from, as_of);
            let grid: Vec<f64> =
                (0..=256).map(|step| expected_by(reach * f64::from(step) / 256.0)).collect();
            let by = |time: f64| {
                let place = (time / reach * 256.0).clamp(0.0, 255.999);
                let below = place.floor();
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // within 0..256
                let index = below as usize;
                grid[index] + (grid[index + 1] - grid[index]) * (place - below)
            };
            let ends: Vec<f64> = (0..=weeks)
                .map(|week| {
                    let days = i32::try_from(week).unwrap_or(i32::MAX).saturating_mul(7);
                    clock.weeks(from, from.saturating_add(days).min(as_of))
                })
                .collect();
            let (mut actual, mut expected) = ([0.0; PHASES], [0.0; PHASES]);
            for week in 0..weeks {
                actual[phase_of_week(week)] += repeats[week];
            }
            for born in (0..weeks).filter(|&week| births[week] > 0.0) {
                let start = 0.5 * (ends[born] + ends[born + 1]);
                let mut before = 0.0;
                for week in born..weeks {
                    let by_end = by(ends[week + 1] - start);
                    expected[phase_of_week(week)] += births[born] * (by_end - before);
                    before = by_end;
                }
            }
            let scale = actual.iter().sum::<f64>() / expected.iter().sum::<f64>();
            if !(scale.is_finite() && scale > 0.0) {
                return None;
            }
            let ratios: [f64; PHASES] = std::array::from_fn(|i| {
                phases.levels[i] * (actual[i] + 1.0) / (expected[i] * scale + 1.0)
            });
            let noise: f64 = expected
                .iter()
                .map(|expected| OVERDISPERSION / (expected * scale + 1.0) / PHASES as f64)
                .sum();
            let mean = ratios.iter().sum::<f64>() / PHASES as f64;
            let spread: f64 = ratios.iter().map(|ratio| (ratio / mean - 1.0).powi(2)).sum::<f64>()
                / PHASES as f64;
            let kept = if spread > 0.0 { (1.0 - noise / spread).max(0.0) } else { 0.0 };
            let kept = kept * seen_twice(span);
            phases.levels = ratios.map(|ratio| (1.0 + kept * (ratio / mean - 1.0)).max(0.1));
        }
        Some(phases)
    }

    /// A clock that runs by the season, until so many days after a day.
    pub(super) fn clock(&self, as_of: i32, days: i32) -> Clock {
        let end = i64::from(as_of) + i64::from(days) + 1 - i64::from(self.from);
        let phase = |day: i64| {
            usize::try_from(day % i64::from(YEAR_DAYS) / i64::from(PHASE_DAYS)).unwrap_or(0)
        };
        Clock::seasonal(self.from, (0..end).map(|day| self.levels[phase(day)]))
    }
}

/// How much of a season was seen twice within so many days: from a year and a half on, from 0 to 1.
fn seen_twice(span: i32) -> f64 {
    let over = f64::from(span.saturating_sub(YEAR_DAYS + RECENT_DAYS));
    (over / f64::from(YEAR_DAYS - RECENT_DAYS)).clamp(0.0, 1.0)
}

/// A forecast of all purchases within a horizon, of customers known and to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Total {
    purchases: f64,
    /// How far expectations are brought into line with it, from 0 to 1.
    weight: f64,
}

/// As many as in the same days of the year before, times how the last half year, or as much of it as
/// there is, compares to the same days a year before. None where a year is not covered.
///
/// It and the models' sum meet at their precision-weighted mean, in logarithms. The more a shop has
/// grown or shrunk, the less is the year before to go by.
pub(super) fn total(bought: &PurchaseDays, as_of: i32, horizon_days: i32) -> Option<Total> {
    let from = bought.first()?;
    let span = as_of.checked_sub(from)?.checked_add(1)?;
    if span < YEAR_DAYS {
        return None;
    }
    let years = horizon_days / YEAR_DAYS;
    let rest = horizon_days % YEAR_DAYS;
    let last_year = as_of.saturating_sub(YEAR_DAYS);
    let again = f64::from(years) * bought.between(last_year, as_of)
        + bought.between(last_year, last_year.saturating_add(rest));
    let again_known = span - YEAR_DAYS;
    let window = RECENT_DAYS.min(again_known);
    let now = bought.between(as_of.saturating_sub(window), as_of);
    let then = bought.between(last_year.saturating_sub(window), last_year);
    let growth = ((now + PRIOR_PURCHASES) / (then + PRIOR_PURCHASES)).ln();
    let lasting = 0.5 + 0.5 * growth.powi(2) / (growth.powi(2) + LASTING_GROWTH.powi(2));
    let error = TOTAL_ERROR.hypot(GROWTH_ERROR * growth);
    let precise = MODEL_ERROR.powi(2) / (MODEL_ERROR.powi(2) + error.powi(2));
    let come_round = (f64::from(again_known) / COMES_ROUND_DAYS).min(1.0);
    Some(Total { purchases: again * (growth * lasting).exp(), weight: precise * come_round })
}

/// The total by a forecast of sales, which is met: each stretch relative to the mean of the last 364
/// days, or of as many as there are. None where no stretch is given.
pub(super) fn given_total(
    bought: &PurchaseDays,
    as_of: i32,
    horizon_days: i32,
    stretches: &[Stretch],
) -> Option<Total> {
    let from = bought.first()?;
    let span = as_of.checked_sub(from)?.checked_add(1)?.min(YEAR_DAYS);
    let a_day = bought.between(as_of.saturating_sub(span), as_of) / f64::from(span);
    let mut left = f64::from(horizon_days);
    let (mut sum, mut covered) = (0.0, 0.0);
    let usable = |stretch: &&Stretch| stretch.busyness.is_finite() && stretch.busyness >= 0.0;
    for stretch in stretches.iter().filter(usable) {
        let days = f64::from(stretch.days).min(left);
        sum += days * stretch.busyness;
        covered += days;
        left -= days;
    }
    let purchases = a_day * sum * f64::from(horizon_days) / covered;
    (covered > 0.0).then_some(Total { purchases, weight: 1.0 })
}

/// Days that are missing for a year since the first purchase.
pub(super) fn missing_days(bought: &PurchaseDays, as_of: i32) -> u32 {
    let span = bought.first().map_or(0, |from| i64::from(as_of) - i64::from(from) + 1);
    u32::try_from(i64::from(YEAR_DAYS) - span).unwrap_or(0)
}

/// Customers who came lately, as a sign of how many are yet to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Newcomers {
    /// The day after which they are counted.
    since: i32,
    count: usize,
}

impl Newcomers {
    /// Those of the last half year.
    pub(super) fn of(histories: &Histories, as_of: i32) -> Self {
        let first = histories.first_day().unwrap_or(as_of);
        let since = as_of.saturating_sub(RECENT_DAYS).max(first);
        let is_new = |index: &usize| histories.days(*index).first().is_some_and(|&day| day > since);
        Self { since, count: (0..histories.len()).filter(is_new).count() }
    }

    /// Purchases within a horizon of customers who are yet to come, when as many come a week, by the
    /// clock, as came lately.
    pub(super) fn purchases(
        &self,
        ensemble: &Ensemble,
        clock: &Clock,
        as_of: i32,
        horizon_days: i32,
    ) -> f64 {
        let observed = clock.weeks(self.since, as_of);
        if self.count == 0 || observed <= 0.0 {
            return 0.0;
        }
        let a_week = self.count as f64 / observed;
        let reach = clock.weeks(as_of, as_of.saturating_add(horizon_days));
        let newcomer = History { repeats: 0, recency: 0.0, age: 0.0 };
        let slices = 24;
        let each: f64 = (0..slices)
            .map(|slice| {
                let left = reach * (1.0 - (f64::from(slice) + 0.5) / f64::from(slices));
                1.0 + ensemble.outlook(newcomer, left).mean
            })
            .sum::<f64>()
            / f64::from(slices);
        a_week * reach * each
    }
}

/// What to multiply expectations by, so that known customers and those to come add up to a total,
/// or come as near to it as it is trusted.
pub(super) fn reconciling(total: Total, known: f64, newcomers: f64) -> f64 {
    let factor = (total.purchases + PRIOR_PURCHASES) / (known + newcomers + PRIOR_PURCHASES);
    if factor.is_finite() { factor.clamp(0.1, 10.0).powf(total.weight) } else { 1.0 }
}
