//! A time as questions give it: a day of the workspace, or an instant.

use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use crm_models::Timestamp;
use serde::{Deserialize, Deserializer, de};

use super::{LocalTime, date_of_day, day_of_date, first_instant};

/// A day of the workspace, such as `2026-01-31`, or an instant, such as `2026-01-31T09:30:00Z`.
/// A day stands for its first instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The beginning of a day.
    Day(NaiveDate),
    /// An instant.
    Instant(Timestamp),
}

impl Moment {
    /// The instant that is meant.
    pub fn instant(self, timezone: Tz) -> Timestamp {
        match self {
            Self::Day(date) => first_instant(day_of_date(date), timezone),
            Self::Instant(time) => time,
        }
    }

    /// The day that begins at it, for what counts whole days; or the rule that it breaks.
    pub fn day(self, timezone: Tz) -> Result<NaiveDate, String> {
        match self {
            Self::Day(date) => Ok(date),
            Self::Instant(time) => {
                let day = LocalTime::new(timezone).day(time);
                if first_instant(day, timezone) == time {
                    return Ok(date_of_day(day));
                }
                let day = date_of_day(day);
                Err(format!(
                    "lies between two days of {timezone}, and whole days count; ask for {day}"
                ))
            }
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(date) = text.parse::<NaiveDate>() {
            if (1..=9_999).contains(&date.year()) {
                return Ok(Self::Day(date));
            }
            return Err(format!("lies between the years 1 and 9999, {text} given"));
        }
        text.parse().map(Self::Instant).map_err(|_| {
            format!(
                "is a day such as 2026-01-31, or an instant such as 2026-01-31T09:30:00Z, {text:?} \
                 given"
            )
        })
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_the_zone_says() {
        let zone = chrono_tz::Asia::Tokyo;
        let day: Moment = "2026-01-31".parse().unwrap();
        let instant: Moment = "2026-01-30T15:00:00Z".parse().unwrap();
        assert_eq!(day.instant(zone), instant.instant(zone));
        assert_eq!(day.day(zone), instant.day(zone));
        let within: Moment = "2026-01-30T15:00:01Z".parse().unwrap();
        let rule = "lies between two days of Asia/Tokyo, and whole days count; ask for 2026-01-31";
        assert_eq!(within.day(zone), Err(rule.to_owned()));
    }

    #[test]
    fn what_is_neither_is_told_both() {
        for bad in ["yesterday", "2026-02-30", "2026-01-31T09:30:00", ""] {
            let rule = Moment::from_str(bad).unwrap_err();
            assert!(rule.starts_with("is a day such as 2026-01-31, or an instant"), "{rule}");
        }
        let rule = Moment::from_str("+12026-01-01").unwrap_err();
        assert!(rule.starts_with("lies between"), "{rule}");
    }
}
