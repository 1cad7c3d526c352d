//! Instants: milliseconds since 1970 in UTC inside, RFC 3339 with an offset on the wire.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::DateTime;
#[cfg(feature = "chrono")]
use chrono::Utc;
use serde::de::Deserializer;
use serde::{Deserialize, Serialize, Serializer};

use crate::text::ascii;

/// An instant, exact to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = DateTime))]
pub struct Timestamp(i64);

/// A text that is no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time is RFC 3339 with an offset, such as \"2026-03-01T09:30:00Z\"")]
pub struct TimestampError;

impl Timestamp {
    /// The first and the last instant that RFC 3339 can write: the years 0 to 9999.
    const RANGE_MS: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

    /// From milliseconds since 1970; instants past the years 0 and 9999 become the nearest one.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(*Self::RANGE_MS.start(), *Self::RANGE_MS.end()))
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The instant `millis` later, or earlier when negative.
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Its only form on the wire, of one length whatever the instant. Written here, as every event
    /// of a host carries one, and chrono needs several times as long.
    fn rfc3339(self) -> [u8; 24] {
        let (days, millis) = (self.0.div_euclid(DAY_MS), self.0.rem_euclid(DAY_MS).unsigned_abs());
        let (year, month, day) = civil(days);
        let (seconds, millis) = (millis / 1_000, millis % 1_000);
        let (minutes, seconds) = (seconds / 60, seconds % 60);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        put(&mut text[0..4], year);
        put(&mut text[5..7], month);
        put(&mut text[8..10], day);
        put(&mut text[11..13], minutes / 60);
        put(&mut text[14..16], minutes % 60);
        put(&mut text[17..19], seconds);
        put(&mut text[20..23], millis);
        text
    }
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Year, month and day of a day counted from 1970, for days of the years 0 to 9999: Neri and
/// Schneider, Euclidean affine functions and their application to calendar algorithms (2023),
/// section 5. Years begin in March there, so that the leap day is a year's last.
fn civil(days: i64) -> (u64, u64, u64) {
    /// From 1 March of the year -400 to 1970: a whole cycle of the calendar before the year 0.
    const EPOCH: u64 = 719_468 + 146_097;
    let quarters = 4 * EPOCH.saturating_add_signed(days) + 3;
    let (century, day) = (quarters / 146_097, quarters % 146_097 / 4);
    let quarters = 4 * day + 3;
    let (year, day) = (quarters / 1_461, quarters % 1_461 / 4);
    let fifths = 5 * day + 461;
    let (month, day) = (fifths / 153, fifths % 153 / 5 + 1);
    // Months 13 and 14 are January and February, of the year that follows.
    let follows = u64::from(month > 12);
    (100 * century + year + follows - 400, month - 12 * follows, day)
}

/// Fills a place with the decimal digits of a number.
fn put(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// To the millisecond before it; times past the years 0 and 9999 become the nearest one.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let millis = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration().as_nanos().div_ceil(1_000_000);
                i64::try_from(before).map_or(i64::MIN, |millis| -millis)
            }
        };
        Self::from_millis(millis)
    }
}

#[cfg(feature = "chrono")]
impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self::from_millis(time.timestamp_millis())
    }
}

#[cfg(feature = "chrono")]
impl From<Timestamp> for DateTime<Utc> {
    fn from(time: Timestamp) -> Self {
        // In range by construction.
        DateTime::from_timestamp_millis(time.0).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(ascii(&self.rfc3339()))
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let time = DateTime::parse_from_rfc3339(text).map_err(|_| TimestampError)?;
        let millis = time.timestamp_millis();
        if Self::RANGE_MS.contains(&millis) { Ok(Self(millis)) } else { Err(TimestampError) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(ascii(&self.rfc3339()))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::parse_str(deserializer, "a time in RFC 3339 with an offset")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{SecondsFormat, Utc};
    use proptest::prelude::*;
    use std::time::Duration;

    fn chronos(time: Timestamp) -> String {
        let time = DateTime::<Utc>::from_timestamp_millis(time.millis()).unwrap();
        time.to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    #[test]
    fn every_day_that_can_be_written_is_the_one_that_chrono_writes() {
        let (first, last) = (*Timestamp::RANGE_MS.start(), *Timestamp::RANGE_MS.end());
        for day_ms in (first..=last).step_by(24 * 60 * 60 * 1_000) {
            let time = Timestamp::from_millis(day_ms);
            assert_eq!(time.to_string(), chronos(time));
        }
        assert_eq!(Timestamp::from_millis(first).to_string(), "0000-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_millis(last).to_string(), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn offsets_are_turned_into_utc() {
        let time: Timestamp = "2010-11-05T10:30:00.25+02:00".parse().unwrap();
        assert_eq!(time.to_string(), "2010-11-05T08:30:00.250Z");
        for bad in ["2010-11-05", "2010-11-05T10:30:00", "yesterday", "", "2010-13-05T10:30:00Z"] {
            assert_eq!(bad.parse::<Timestamp>(), Err(TimestampError), "{bad}");
        }
    }

    #[test]
    fn a_time_of_the_system_is_counted_in_whole_milliseconds() {
        let after = |nanos| Timestamp::from(UNIX_EPOCH + Duration::from_nanos(nanos)).millis();
        let before = |nanos| Timestamp::from(UNIX_EPOCH - Duration::from_nanos(nanos)).millis();
        assert_eq!([0, 999_999, 1_000_000, 1_999_999].map(after), [0, 0, 1, 1]);
        assert_eq!([1, 1_000_000, 1_000_001].map(before), [-1, -1, -2]);
        let far = UNIX_EPOCH + Duration::from_secs(1 << 40);
        assert_eq!(Timestamp::from(far).to_string(), "9999-12-31T23:59:59.999Z");
    }

    proptest! {
        #[test]
        fn printing_and_parsing_agree(millis in Timestamp::RANGE_MS) {
            let time = Timestamp::from_millis(millis);
            prop_assert_eq!(time.millis(), millis);
            prop_assert_eq!(time.to_string().parse(), Ok(time));
            prop_assert_eq!(serde_json::to_string(&time).unwrap(), format!("\"{time}\""));
        }

        #[test]
        fn every_instant_is_written_as_chrono_writes_it(millis in Timestamp::RANGE_MS) {
            let time = Timestamp::from_millis(millis);
            prop_assert_eq!(time.to_string(), chronos(time));
        }
    }
}
