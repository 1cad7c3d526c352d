//! Offsets and zones as files name them, and times of day of spreadsheets.

use std::borrow::Cow;

use chrono_tz::Tz;

use super::number;

/// What stands behind a time.
pub(super) enum Offset {
    /// Minutes ahead of UTC.
    Minutes(i64),
    Zone(Tz),
}

/// Names of offsets, in minutes ahead of UTC.
const NAMES: &[(&str, i64)] = &[
    ("Z", 0),
    ("UTC", 0),
    ("GMT", 0),
    ("MSK", 180),
    ("CET", 60),
    ("CEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("WET", 0),
    ("WEST", 60),
    ("EST", -300),
    ("EDT", -240),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("JST", 540),
];

/// Names of zones that tills and spreadsheets use.
const ZONES: &[(&str, Tz)] = &[
    ("eastern time (us & canada)", Tz::America__New_York),
    ("central time (us & canada)", Tz::America__Chicago),
    ("mountain time (us & canada)", Tz::America__Denver),
    ("pacific time (us & canada)", Tz::America__Los_Angeles),
    ("arizona", Tz::America__Phoenix),
    ("alaska", Tz::America__Anchorage),
    ("hawaii", Tz::Pacific__Honolulu),
    ("atlantic time (canada)", Tz::America__Halifax),
    ("london", Tz::Europe__London),
    ("edinburgh", Tz::Europe__London),
    ("dublin", Tz::Europe__Dublin),
    ("paris", Tz::Europe__Paris),
    ("berlin", Tz::Europe__Berlin),
    ("madrid", Tz::Europe__Madrid),
    ("moscow", Tz::Europe__Moscow),
    ("tokyo", Tz::Asia__Tokyo),
    ("osaka", Tz::Asia__Tokyo),
    ("sydney", Tz::Australia__Sydney),
    ("melbourne", Tz::Australia__Melbourne),
    ("brisbane", Tz::Australia__Brisbane),
    ("perth", Tz::Australia__Perth),
];

/// The zone of a name.
pub(super) fn named(name: &str) -> Option<Tz> {
    let known = ZONES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map(|(_, zone)| *zone).or_else(|| name.parse().ok())
}

/// What stands behind a time: `Z`, `+hh:mm`, `+hhmm`, `+hh`, `GMT+h`, a name, or one in brackets behind any
/// of these.
pub(super) fn offset(text: &[u8]) -> Option<Offset> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let text = match text.split_once('[') {
        Some((before, zone)) => {
            let zone = zone.strip_suffix(']')?;
            let before = before.trim();
            if before.is_empty() {
                return named(zone).map(Offset::Zone);
            }
            before
        }
        None => text,
    };
    let text = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let known = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    if let Some((_, minutes)) = known {
        return Some(Offset::Minutes(*minutes));
    }
    let digits = ["GMT", "UTC"].iter().find_map(|name| text.strip_prefix(name)).unwrap_or(text);
    match minutes(digits.as_bytes()) {
        Some(minutes) => Some(Offset::Minutes(minutes)),
        None => named(text).map(Offset::Zone),
    }
}

/// Minutes ahead of UTC in `+hh:mm`, `+hhmm`, `+hh` or `+h`.
fn minutes(text: &[u8]) -> Option<i64> {
    let (sign, mut rest) = match text {
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match number(&mut rest)? {
        (hours, 1 | 2) if rest.is_empty() => (hours, 0),
        (both, 4) => (both / 100, both % 100),
        (hours, 1 | 2) => {
            rest = rest.strip_prefix(b":")?;
            let (minutes, 2) = number(&mut rest)? else { return None };
            (hours, minutes)
        }
        _ => return None,
    };
    (rest.is_empty() && hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes))
}

/// A time of day, which spreadsheets keep as the part of a day that has passed.
pub(super) fn clock(text: &str) -> Cow<'_, str> {
    let part: Option<f64> = text.parse().ok().filter(|part| (0.0..1.0).contains(part));
    match part.filter(|_| text.starts_with("0.") || text == "0") {
        Some(part) => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "seconds of a day"
            )]
            let seconds = (part * 86_400.0).round() as u32;
            Cow::Owned(format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60))
        }
        None => Cow::Borrowed(text),
    }
}
