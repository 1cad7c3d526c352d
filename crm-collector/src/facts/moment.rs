//! A time as questions give it: a day of the workspace, or an instant.

use std::fmt;
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
}

/// As it was given.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => date.fmt(f),
            Self::Instant(time) => time.fmt(f),
        }
    }
}

/// A day of the workspace, for what counts whole days: given as itself, or as the instant at which it
/// begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WholeDay(pub Moment);

impl WholeDay {
    /// The day, or the rule that is broken.
    pub fn date(self, timezone: Tz) -> Result<NaiveDate, String> {
        match self.0 {
            Moment::Day(date) => Ok(date),
            Moment::Instant(time) => {
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

/// Reads a day such as `2026-01-31`; the error is the rule that it breaks.
pub fn parse_day(text: &str) -> Result<NaiveDate, String> {
    match text.trim().parse::<NaiveDate>() {
        Ok(date) if (1..=9_999).contains(&date.year()) => Ok(date),
        Ok(_) => Err(format!("lies between the years 1 and 9999, {} given", text.trim())),
        Err(_) => Err(format!("is a day such as 2026-01-31, {text:?} given")),
    }
}

/// Refuses a range that ends before it begins.
pub fn in_order<T: PartialOrd + fmt::Display>(from: T, to: T) -> Result<(), String> {
    if from <= to {
        return Ok(());
    }
    Err(format!("{to} lies before {from}, which is asked from"))
}

fn parse(text: &str, rule: &str) -> Result<Moment, String> {
    match parse_day(text) {
        Ok(date) => Ok(Moment::Day(date)),
        Err(bounds) if bounds.starts_with("lies") => Err(bounds),
        Err(_) => {
            let text = text.trim();
            text.parse().map(Moment::Instant).map_err(|_| format!("is {rule}, {text:?} given"))
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text, "a day such as 2026-01-31, or an instant such as 2026-01-31T09:30:00Z")
    }
}

impl FromStr for WholeDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rule =
            "a day such as 2026-01-31, or the instant at which a day of the workspace begins";
        parse(text, rule).map(Self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for WholeDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
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
        assert_eq!(WholeDay(day).date(zone), WholeDay(instant).date(zone));
        let within: Moment = "2026-01-30T15:00:01Z".parse().unwrap();
        let rule = "lies between two days of Asia/Tokyo, and whole days count; ask for 2026-01-31";
        assert_eq!(WholeDay(within).date(zone), Err(rule.to_owned()));
    }

    #[test]
    fn what_is_neither_is_told_both() {
        for bad in ["yesterday", "2026-02-30", "2026-01-31T09:30:00", ""] {
            let rule = Moment::from_str(bad).unwrap_err();
            assert!(rule.starts_with("is a day such as 2026-01-31, or an instant"), "{rule}");
            let rule = WholeDay::from_str(bad).unwrap_err();
            assert!(rule.starts_with("is a day such as 2026-01-31, or the instant at"), "{rule}");
        }
        let rule = Moment::from_str("+12026-01-01").unwrap_err();
        assert!(rule.starts_with("lies between"), "{rule}");
    }
}
