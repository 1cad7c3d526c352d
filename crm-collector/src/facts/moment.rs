//! From days and instants, as questions give them, to those of a workspace.

use std::fmt;

use chrono::NaiveDate;
use chrono_tz::Tz;
use crm_api::{Moment, WholeDay};
use crm_models::{Code, Invalid, Timestamp};

use super::{LocalTime, date_of_day, day_of_date, first_instant};

/// The instant that is meant.
pub fn instant(moment: Moment, timezone: Tz) -> Timestamp {
    match moment {
        Moment::Day(date) => first_instant(day_of_date(date), timezone),
        Moment::Instant(time) => time,
    }
}

/// The day that a field of a question means, if it is given.
///
/// # Errors
/// It is an instant at which no day of the time zone begins.
pub fn whole_day(
    field: &str,
    asked: Option<WholeDay>,
    timezone: Tz,
) -> Result<Option<NaiveDate>, Invalid> {
    let time = match asked {
        None => return Ok(None),
        Some(WholeDay(Moment::Day(date))) => return Ok(Some(date)),
        Some(WholeDay(Moment::Instant(time))) => time,
    };
    let day = LocalTime::new(timezone).day(time);
    let date = date_of_day(day);
    if first_instant(day, timezone) == time {
        return Ok(Some(date));
    }
    let rule = format!("lies between two days of {timezone}, and whole days count; ask for {date}");
    Err(Invalid::new(Code::OutOfRange, field, rule))
}

/// That a range ends before it begins.
pub fn out_of_order(from: impl fmt::Display, to: impl fmt::Display) -> Invalid {
    let rule = format!("{to} lies before {from}, which is asked from");
    Invalid::new(Code::InvalidField, "to", rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_the_zone_says() {
        let zone = chrono_tz::Asia::Tokyo;
        let meant = |text: &str| whole_day("from", Some(text.parse().unwrap()), zone);
        let (day, begin) = ("2026-01-31", "2026-01-30T15:00:00Z");
        let instant_of = |text: &str| instant(text.parse().unwrap(), zone);
        assert_eq!(instant_of(day), instant_of(begin));
        assert_eq!(meant(day), Ok(Some(day.parse().unwrap())));
        assert_eq!(meant(day), meant(begin));
        let rule = "lies between two days of Asia/Tokyo, and whole days count; ask for 2026-01-31";
        let refused = Invalid::new(Code::OutOfRange, "from", rule.to_owned());
        assert_eq!(meant("2026-01-30T15:00:01Z"), Err(refused));
        assert_eq!(whole_day("from", None, zone), Ok(None));
    }
}
