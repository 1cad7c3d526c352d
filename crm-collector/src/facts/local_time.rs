//! Days, months and hours of a time zone.

use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use crm_models::Timestamp;

const DAY_SECONDS: i64 = 86_400;
/// No time zone ever changed its offset off a quarter of an hour.
const OFFSET_STEP_SECONDS: i64 = 900;

/// Turns instants into local days and hours, remembering the offset of the last quarter-hour:
/// events come in bunches.
#[derive(Clone, Debug)]
pub struct LocalTime {
    timezone: Tz,
    step: i64,
    offset_seconds: i64,
}

impl LocalTime {
    /// For a time zone.
    pub fn new(timezone: Tz) -> Self {
        Self { timezone, step: i64::MIN, offset_seconds: 0 }
    }

    /// The local day since 1970 and the hour of that day, 0 to 23.
    pub fn day_and_hour(&mut self, time: Timestamp) -> (i32, u32) {
        let seconds = time.millis().div_euclid(1_000);
        let step = seconds.div_euclid(OFFSET_STEP_SECONDS);
        if step != self.step {
            let utc = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
            let offset = self.timezone.offset_from_utc_datetime(&utc.naive_utc()).fix();
            self.offset_seconds = i64::from(offset.local_minus_utc());
            self.step = step;
        }
        let local = seconds + self.offset_seconds;
        let day = i32::try_from(local.div_euclid(DAY_SECONDS)).unwrap_or(i32::MAX);
        let hour = u32::try_from(local.rem_euclid(DAY_SECONDS) / 3_600).unwrap_or(0);
        (day, hour)
    }

    /// The local day since 1970.
    pub fn day(&mut self, time: Timestamp) -> i32 {
        self.day_and_hour(time).0
    }
}

/// The first instant of a local day since 1970. Where the clocks skip midnight, the day begins with
/// the first hour there is.
pub fn first_instant(day: i32, timezone: Tz) -> Timestamp {
    let midnight = date_of_day(day).and_time(chrono::NaiveTime::MIN);
    let local = (0..24).find_map(|hour| {
        timezone.from_local_datetime(&(midnight + chrono::TimeDelta::hours(hour))).earliest()
    });
    local.map_or_else(|| midnight.and_utc(), |local| local.to_utc()).into()
}

/// The date of a day since 1970; days past what a date holds become its first or its last.
pub fn date_of_day(day: i32) -> NaiveDate {
    let beyond = if day < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
    NaiveDate::from_epoch_days(day).unwrap_or(beyond)
}

/// The day since 1970 of a date.
pub fn day_of_date(date: NaiveDate) -> i32 {
    date.to_epoch_days()
}

/// The month since January 1970 that a day lies in.
pub fn month_of_day(day: i32) -> i32 {
    let date = date_of_day(day);
    (date.year() - 1970) * 12 + i32::try_from(date.month0()).unwrap_or(0)
}

/// The first day, since 1970, of a month since January 1970.
pub fn first_day_of_month(month: i32) -> i32 {
    let (year, month0) = (1970 + month.div_euclid(12), month.rem_euclid(12));
    let date = u32::try_from(month0).ok().and_then(|m| NaiveDate::from_ymd_opt(year, m + 1, 1));
    date.map_or(i32::MAX, day_of_date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn days_and_hours_are_those_of_the_zone() {
        let mut london = LocalTime::new(chrono_tz::Europe::London);
        let mut at = |text: &str| {
            let (day, hour) = london.day_and_hour(text.parse().unwrap());
            (date_of_day(day).to_string(), hour)
        };
        assert_eq!(at("2010-06-30T23:30:00Z"), ("2010-07-01".into(), 0));
        assert_eq!(at("2010-12-31T23:30:00Z"), ("2010-12-31".into(), 23));
        // The clocks go back at 01:00 UTC: the hour from 1 to 2 comes twice.
        assert_eq!(at("2010-10-31T00:59:59Z"), ("2010-10-31".into(), 1));
        assert_eq!(at("2010-10-31T01:00:00Z"), ("2010-10-31".into(), 1));
        assert_eq!(at("2010-10-31T02:00:00Z"), ("2010-10-31".into(), 2));
        let mut nepal = LocalTime::new(chrono_tz::Asia::Kathmandu);
        let (day, hour) = nepal.day_and_hour("2020-01-01T18:20:00Z".parse().unwrap());
        assert_eq!((date_of_day(day).to_string().as_str(), hour), ("2020-01-02", 0));
    }

    #[test]
    fn the_ends_of_time_keep_their_order() {
        let days = [i32::MIN, i32::MIN / 2, -25_567, 0, 60_000, i32::MAX / 2, i32::MAX];
        assert!(days.map(month_of_day).is_sorted());
        assert!(days.map(date_of_day).is_sorted());
    }

    proptest! {
        #[test]
        fn months_begin_on_their_first_day(day in -25_000_i32..60_000) {
            let month = month_of_day(day);
            prop_assert!(first_day_of_month(month) <= day);
            prop_assert!(day < first_day_of_month(month + 1));
            prop_assert_eq!(day_of_date(date_of_day(day)), day);
        }
    }
}
