//! Days and instants as questions give them.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use crm_models::{Timestamp, text};

/// A day of the workspace, such as `2026-01-31`, or an instant, such as `2026-01-31T09:30:00Z`.
/// A day stands for its first instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// The beginning of a day.
    Day(NaiveDate),
    /// An instant.
    Instant(Timestamp),
}

/// A day of the workspace, for what counts whole days: given as itself, or as the instant at which it
/// begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WholeDay(pub Moment);

impl From<NaiveDate> for WholeDay {
    fn from(date: NaiveDate) -> Self {
        Self(Moment::Day(date))
    }
}

/// Reads a day such as `2026-01-31`; the error is the rule that it breaks.
///
/// # Errors
/// The text is no such day, or of no year from 1 to 9999.
pub fn parse_day(text: &str) -> Result<NaiveDate, String> {
    match text.trim().parse::<NaiveDate>() {
        Ok(date) if (1..=9_999).contains(&date.year()) => Ok(date),
        Ok(_) => Err(format!("lies between the years 1 and 9999, {} given", text.trim())),
        Err(_) => Err(format!("is a day such as 2026-01-31, {text:?} given")),
    }
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

/// As it was given.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => date.fmt(f),
            Self::Instant(time) => time.fmt(f),
        }
    }
}

impl fmt::Display for WholeDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A time that is written as a text.
macro_rules! time {
    ($name:ident) => {
        text!($name);

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

time!(Moment);
time!(WholeDay);

/// Days in one text, parted by commas.
pub(crate) mod list {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(
        days: &[NaiveDate],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let days: Vec<_> = days.iter().map(NaiveDate::to_string).collect();
        serializer.serialize_str(&days.join(","))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<NaiveDate>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let days = text.split(',').filter(|day| !day.trim().is_empty());
        days.map(super::parse_day).collect::<Result<_, _>>().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
