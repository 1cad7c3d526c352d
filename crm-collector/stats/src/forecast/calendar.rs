//! Days that are unlike others: the ends of months, and the holidays that the user names.
//!
//! A kind of day has an effect if days of that kind differ from the same weekday in the weeks
//! around, by more than chance, and if knowing so would have helped on the end of the series. Such
//! effects are divided out before anything is forecast and multiplied back in after.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::prepare::Prepared;
use super::{LONGEST_HORIZON, Settings};

/// Which days the values of a daily series are, and which of them are special.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The day of the last value, in days since 1970-01-01. Series of different lengths given
    /// together all end on it.
    pub last_day: i32,
    /// Holidays, past and to come, in days since 1970-01-01, in any order.
    pub holidays: Vec<i32>,
}

/// What special days multiply a value by, along a series and after it.
#[derive(Clone, Debug, Default)]
pub(super) struct Effects {
    /// From the first value on; beyond its end, and where it is empty, there is none.
    factors: Vec<f64>,
    /// The number of values of the series.
    length: usize,
}

impl Effects {
    /// The factor of a value of the series.
    pub(super) fn at(&self, index: usize) -> f64 {
        self.factors.get(index).copied().unwrap_or(1.0)
    }

    /// The factor of a step after the series.
    pub(super) fn ahead(&self, step: usize) -> f64 {
        self.at(self.length + step)
    }
}

/// A kind of special day. Of several that a day is, the first counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A holiday that comes on the same date each year: month and day.
    Yearly(u32, u32),
    Holiday,
    BeforeHoliday,
    AfterHoliday,
    LastOfMonth,
    FirstOfMonth,
}

/// Less history than this holds too few special days to tell.
const LEAST_DAYS: usize = 90;
/// The share of a mean that must not be chance: it is two and a half standard errors from none.
const CLEAR: f64 = 0.84;
/// A factor beyond these bounds is believed no further.
const FACTORS: (f64, f64) = (0.02, 20.0);

/// Divides the effects of special days out of a daily series, and gives them back.
pub(super) fn take_off(series: &mut Prepared, settings: &Settings) -> Effects {
    let Some(calendar) = &settings.calendar else { return Effects::default() };
    let length = series.values.len();
    // Factors make sense for what is counted from zero.
    if length < LEAST_DAYS
        || series.is_intermittent()
        || series.values.iter().any(|value| *value < 0.0)
    {
        return Effects::default();
    }
    let kinds = kinds(calendar, length, settings.horizon.min(LONGEST_HORIZON));
    let factors = factors(&series.values, &kinds);
    if factors.is_empty() {
        return Effects::default();
    }
    let factors: Vec<f64> =
        kinds.iter().map(|kinds| strongest(kinds, &factors).unwrap_or(1.0)).collect();
    for (value, factor) in series.values.iter_mut().zip(&factors) {
        *value /= factor;
    }
    Effects { factors, length }
}

/// The kinds of each day of the series and of the horizon.
fn kinds(calendar: &Calendar, length: usize, horizon: usize) -> Vec<Vec<Kind>> {
    let holidays: BTreeSet<i32> = calendar.holidays.iter().copied().collect();
    let back = i32::try_from(length).unwrap_or(i32::MAX);
    let ahead = i32::try_from(horizon).unwrap_or(i32::MAX);
    let first = calendar.last_day.saturating_sub(back).saturating_add(1);
    (0..back.saturating_add(ahead))
        .map(|offset| {
            let day = first.saturating_add(offset);
            let date = date_of_day(day);
            let next = date_of_day(day.saturating_add(1));
            let mut kinds = Vec::new();
            if holidays.contains(&day) {
                kinds.extend([Kind::Yearly(date.month(), date.day()), Kind::Holiday]);
            } else if holidays.contains(&day.saturating_add(1)) {
                kinds.push(Kind::BeforeHoliday);
            } else if holidays.contains(&day.saturating_sub(1)) {
                kinds.push(Kind::AfterHoliday);
            }
            if next.day() == 1 {
                kinds.push(Kind::LastOfMonth);
            } else if date.day() == 1 {
                kinds.push(Kind::FirstOfMonth);
            }
            kinds
        })
        .collect()
}

fn strongest(kinds: &[Kind], factors: &BTreeMap<Kind, f64>) -> Option<f64> {
    kinds.iter().find_map(|kind| factors.get(kind).copied())
}

/// The factors of those kinds of days that have an effect.
fn factors(values: &[f64], kinds: &[Vec<Kind>]) -> BTreeMap<Kind, f64> {
    let usual: Vec<Option<f64>> =
        (0..values.len()).map(|index| usual(values, kinds, index)).collect();
    let ratio = |index: usize| usual[index].map(|usual| values[index] / usual);
    let chance = {
        let mut ordinary: Vec<f64> = (0..values.len())
            .filter(|index| kinds[*index].is_empty())
            .filter_map(|index| ratio(index).map(|ratio| (ratio - 1.0).abs()))
            .collect();
        ordinary.sort_by(f64::total_cmp);
        // The median distance of a normal variable is 0.6745 standard deviations.
        ordinary.get(ordinary.len() / 2).copied().unwrap_or(0.0) / 0.6745
    };
    let mut days: BTreeMap<Kind, Vec<usize>> = BTreeMap::new();
    for (index, kinds) in kinds.iter().take(values.len()).enumerate() {
        for kind in kinds {
            days.entry(*kind).or_default().push(index);
        }
    }
    days.into_iter()
        .filter_map(|(kind, days)| {
            let seen: Vec<f64> = days.iter().filter_map(|index| ratio(*index)).collect();
            let factor = shrunk(&seen, chance)?;
            // Would the days before have helped with each later one?
            let (mut with, mut without) = (0.0, 0.0);
            for place in 1..seen.len() {
                let learned = shrunk(&seen[..place], chance).unwrap_or(1.0);
                with += (seen[place] - learned).abs();
                without += (seen[place] - 1.0).abs();
            }
            (with < without).then_some((kind, factor))
        })
        .collect()
}

/// The mean ratio of some days, drawn towards one by the share of chance in it (James & Stein
/// 1961, the positive part); `None` where all of it may be chance.
fn shrunk(ratios: &[f64], chance: f64) -> Option<f64> {
    let count = f64::from(u32::try_from(ratios.len()).unwrap_or(u32::MAX));
    if ratios.is_empty() {
        return None;
    }
    let away = ratios.iter().sum::<f64>() / count - 1.0;
    let share = 1.0 - chance * chance / (count * away * away);
    let factor = (1.0 + away * share).clamp(FACTORS.0, FACTORS.1);
    (share > CLEAR && share.is_finite()).then_some(factor)
}

/// What a day would be if it were like the same weekday in the weeks around.
fn usual(values: &[f64], kinds: &[Vec<Kind>], index: usize) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for weeks in 1..=3 {
        let near = [index.checked_sub(7 * weeks), index.checked_add(7 * weeks)];
        for other in near.into_iter().flatten() {
            if other < values.len() && kinds[other].is_empty() {
                sum += values[other];
                count += 1.0;
            }
        }
    }
    (count >= 2.0 && sum > 0.0).then(|| sum / count)
}

/// The date of a day since 1970; days past what a date holds become its first or its last.
fn date_of_day(day: i32) -> NaiveDate {
    let beyond = if day < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
    NaiveDate::from_epoch_days(day).unwrap_or(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2023-01-01, a Sunday.
    const FIRST: i32 = 19_358;

    fn settings(last_day: i32, holidays: Vec<i32>) -> Settings {
        Settings { seasons: vec![7], horizon: 40, calendar: Some(Calendar { last_day, holidays }) }
    }

    fn prepared(values: Vec<f64>) -> Prepared {
        Prepared::of(&values, 7)
    }

    #[test]
    fn a_doubled_end_of_month_is_divided_out_and_foreseen() {
        let values: Vec<f64> = (0..400)
            .map(|offset| {
                let last = date_of_day(FIRST + offset + 1).day() == 1;
                let weekday = 100.0 + 10.0 * f64::from(offset % 7);
                let noise = 1.0 + 0.02 * f64::from((offset * 7_919) % 11 - 5) / 5.0;
                weekday * noise * if last { 2.0 } else { 1.0 }
            })
            .collect();
        let mut series = prepared(values);
        let effects = take_off(&mut series, &settings(FIRST + 399, vec![]));
        assert!(!effects.factors.is_empty());
        for step in 0..40_i32 {
            let last = date_of_day(FIRST + 400 + step + 1).day() == 1;
            let found = effects.ahead(usize::try_from(step).unwrap());
            let expected = if last { 2.0 } else { 1.0 };
            assert!((found - expected).abs() < 0.05, "{step}: {found}");
        }
        assert!(series.values.iter().all(|value| *value < 175.0));
    }

    #[test]
    fn a_shop_closed_on_holidays_will_be_closed_on_the_next() {
        let holidays: Vec<i32> = (0..10).map(|number| FIRST + 45 * number + 20).collect();
        let values: Vec<f64> = (0..400)
            .map(|offset| {
                if holidays.contains(&(FIRST + offset)) {
                    0.0
                } else {
                    50.0 + f64::from(offset % 7)
                }
            })
            .collect();
        let effects = take_off(&mut prepared(values), &settings(FIRST + 399, holidays.clone()));
        let next = usize::try_from(holidays[9] - FIRST - 400).unwrap();
        assert!(effects.ahead(next) < 0.05, "{}", effects.ahead(next));
        assert!((effects.ahead(next + 2) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn noise_without_special_days_has_no_effects() {
        let values: Vec<f64> =
            (0..500_i32).map(|index| 100.0 + f64::from((index * 7_919) % 101)).collect();
        let mut series = prepared(values.clone());
        let effects = take_off(&mut series, &settings(FIRST + 499, vec![FIRST + 100, FIRST + 300]));
        assert!(effects.factors.is_empty());
        assert_eq!(series.values, values);
    }
}
