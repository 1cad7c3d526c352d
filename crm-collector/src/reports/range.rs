//! Which days a report covers: those asked for, or what a shop looks at when nobody says.

use std::ops::Range;

use chrono::{Datelike, Months, NaiveDate};
use crm_models::{Code, Currency, Invalid, Outside};

use super::{Query, ReportError, ReportName};
use crate::analytics::frame::{self, Activity};
use crate::analytics::period::{Bucket, Periods};
use crate::facts::{date_of_day, day_of_date};

/// Rows that `sales` has at the most; a default range is cut to its latest days.
const MOST_PERIODS: i32 = 10_000;
/// What a date may lie between.
const FIRST_YEAR: i32 = 1900;
const LAST_YEAR: i32 = 9999;

/// The days of a report.
pub(super) struct Span {
    pub(super) days: Range<i32>,
    /// What the days are compared with.
    pub(super) before: Range<i32>,
    /// How the days were chosen, where nobody said.
    pub(super) period: Option<&'static str>,
    asked: (bool, bool),
    /// Whether there is a first and a last day.
    bounded: (bool, bool),
}

impl Span {
    pub(super) fn choose(
        name: ReportName,
        query: &Query,
        activity: &Activity,
        today: i32,
    ) -> Result<Self, ReportError> {
        check_years(query)?;
        let asked = (query.from.is_some(), query.to.is_some());
        let frame = frame::frame(activity, today);
        if name == ReportName::Summary
            && asked == (false, false)
            && let Some((period, days, before)) =
                frame.as_ref().and_then(|frame| latest(frame, today))
        {
            return Ok(Self { days, before, period: Some(period), asked, bounded: (true, true) });
        }
        let from = query.from.map(day_of_date).or(frame.as_ref().map(|frame| frame.start));
        let to = query.to.map(day_of_date).or(frame.as_ref().map(|frame| frame.end));
        let mut days = match (from, to) {
            (Some(from), Some(to)) => from..to,
            (Some(from), None) => from..from,
            (None, Some(to)) => to..to,
            (None, None) => 0..0,
        };
        // What was asked for has to make sense; what was left out follows it.
        if let (Some(from), Some(to)) = (query.from, query.to)
            && from > to
        {
            let rule = format!("{to} lies before {from}, which is asked from");
            return Err(ReportError::invalid("to", rule));
        }
        days.end = days.end.max(days.start);
        if name == ReportName::Sales {
            days = bounded(days, query)?;
        }
        let before = before(&days);
        Ok(Self { days, before, period: None, asked, bounded: (from.is_some(), to.is_some()) })
    }

    /// First day that counts, if there is one.
    pub(super) fn from(&self) -> Option<NaiveDate> {
        self.bounded.0.then(|| date_of_day(self.days.start))
    }

    /// First day that counts no more, if there is one.
    pub(super) fn to(&self) -> Option<NaiveDate> {
        self.bounded.1.then(|| date_of_day(self.days.end))
    }

    /// What is in none of the figures.
    pub(super) fn outside(&self, activity: &Activity, currency: Currency, today: i32) -> Outside {
        let mut outside = activity.outside(&self.days, currency, self.asked);
        // Which period is shown is told; what lies beyond the frame is another matter.
        if self.period.is_some() {
            let frame = frame::frame(activity, today).unwrap_or(0..0);
            let beyond = activity.outside(&frame, currency, (false, false));
            (outside.before, outside.after) = (beyond.before, beyond.after);
        }
        outside
    }
}

fn check_years(query: &Query) -> Result<(), ReportError> {
    let first = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1);
    let last = NaiveDate::from_ymd_opt(LAST_YEAR, 1, 1);
    for (field, date) in [("from", query.from), ("to", query.to)] {
        if date.is_some_and(|date| Some(date) < first || Some(date) > last) {
            let rule = format!("lies between {FIRST_YEAR}-01-01 and {LAST_YEAR}-01-01");
            return Err(Invalid::new(Code::OutOfRange, field, rule).into());
        }
    }
    Ok(())
}

/// The last month that is over, or else week or day, if there is one before it to compare with.
fn latest(frame: &Range<i32>, today: i32) -> Option<(&'static str, Range<i32>, Range<i32>)> {
    let known = frame.start..frame::end(frame, today).max(frame.start);
    let buckets = [
        ("the last full month", Bucket::Month),
        ("the last full week", Bucket::Week),
        ("the last full day", Bucket::Day),
    ];
    buckets.into_iter().find_map(|(name, bucket)| {
        let periods = Periods::complete(bucket, known.clone());
        match periods.bounds() {
            [.., before, from, to] => Some((name, *from..*to, *before..*from)),
            _ => None,
        }
    })
}

/// The days before some days that they are compared with: months before whole months, and otherwise
/// as many days.
fn before(days: &Range<i32>) -> Range<i32> {
    let (from, to) = (date_of_day(days.start), date_of_day(days.end));
    let first_of_month = |date: NaiveDate| date.day() == 1;
    if first_of_month(from) && first_of_month(to) && from < to {
        let months = (to.year() - from.year()) * 12 + to.month0().cast_signed()
            - from.month0().cast_signed();
        let months = Months::new(months.unsigned_abs());
        if let Some(start) = from.checked_sub_months(months) {
            return day_of_date(start)..days.start;
        }
    }
    days.start.saturating_sub(days.end - days.start)..days.start
}

/// As many periods as one answer may have. Refused where both ends were asked for; otherwise the end
/// that was left out gives way.
fn bounded(days: Range<i32>, query: &Query) -> Result<Range<i32>, ReportError> {
    let longest = MOST_PERIODS * query.bucket().least_days();
    if days.end - days.start <= longest {
        return Ok(days);
    }
    if query.from.is_none() {
        return Ok(days.end - longest..days.end);
    }
    let (bucket, given) = (query.bucket().as_str(), days.end - days.start);
    let rule = format!(
        "covers at most {longest} days by {bucket}, {given} days asked for; ask for fewer days or a \
         longer bucket"
    );
    Err(ReportError::invalid("from", rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Sums;

    fn day(date: &str) -> i32 {
        day_of_date(date.parse().unwrap())
    }

    fn shop(from: &str, to: &str) -> Activity {
        let sums = Sums { orders: 1, ..Sums::default() };
        let days = (day(from)..day(to)).map(|day| ((day, Currency::GBP), sums));
        Activity(days.collect())
    }

    fn choose(name: ReportName, query: &Query, shop: &Activity, today: &str) -> (String, String) {
        let span = Span::choose(name, query, shop, day(today)).unwrap();
        let shown =
            |days: &Range<i32>| format!("{} {}", date_of_day(days.start), date_of_day(days.end));
        (shown(&span.days), shown(&span.before))
    }

    #[test]
    fn a_summary_compares_the_last_full_month_with_the_one_before() {
        let shop = shop("2025-11-20", "2026-03-05");
        let summary = |today| choose(ReportName::Summary, &Query::default(), &shop, today);
        let (february, january) = ("2026-02-01 2026-03-01", "2026-01-01 2026-02-01");
        assert_eq!(summary("2026-03-05"), (february.into(), january.into()));
        // March is over, and April cannot be compared with.
        assert_eq!(summary("2026-04-02").0, "2026-03-01 2026-04-01");
        // Quiet since March: nothing is known of it but four days.
        assert_eq!(summary("2026-08-01"), (february.into(), january.into()));
    }

    #[test]
    fn a_young_shop_compares_weeks_or_days() {
        let summary = |from, today| {
            let query = Query::default();
            choose(ReportName::Summary, &query, &shop(from, "2026-03-05"), today)
        };
        let weeks = ("2026-02-23 2026-03-02", "2026-02-16 2026-02-23");
        assert_eq!(summary("2026-02-14", "2026-03-04"), (weeks.0.into(), weeks.1.into()));
        let days = ("2026-03-03 2026-03-04", "2026-03-02 2026-03-03");
        assert_eq!(summary("2026-03-01", "2026-03-04"), (days.0.into(), days.1.into()));
    }

    #[test]
    fn months_are_compared_with_months_and_days_with_days() {
        let shop = shop("2025-01-01", "2026-03-05");
        let asked = |from: &str, to: &str| {
            let date = |text: &str| Some(text.parse().unwrap());
            let query = Query { from: date(from), to: date(to), ..Query::default() };
            choose(ReportName::Summary, &query, &shop, "2026-03-05").1
        };
        assert_eq!(asked("2026-03-01", "2026-04-01"), "2026-02-01 2026-03-01");
        assert_eq!(asked("2026-01-01", "2026-04-01"), "2025-10-01 2026-01-01");
        assert_eq!(asked("2026-03-02", "2026-03-12"), "2026-02-20 2026-03-02");
    }

    #[test]
    fn a_range_that_was_left_out_is_never_refused() {
        // More than a few purchases of 1900, so that they set the frame.
        let mut activity = shop("1900-01-01", "1900-01-31");
        activity.0.append(&mut shop("2026-01-01", "2026-03-05").0);
        let by_day = Query { bucket: Some(Bucket::Day), ..Query::default() };
        let (days, _) = choose(ReportName::Sales, &by_day, &activity, "2026-03-04");
        assert_eq!(days, "1998-10-18 2026-03-05");
        let outside = Span::choose(ReportName::Sales, &by_day, &activity, day("2026-03-04"))
            .unwrap()
            .outside(&activity, Currency::GBP, day("2026-03-04"));
        assert_eq!(outside.before.unwrap().purchases, 30);
        let by_month = Query::default();
        let (days, _) = choose(ReportName::Sales, &by_month, &activity, "2026-03-04");
        assert_eq!(days, "1900-01-01 2026-03-05");

        let asked = Query { from: "1900-01-01".parse().ok(), ..by_day };
        let refused = Span::choose(ReportName::Sales, &asked, &activity, day("2026-03-04"));
        let told = refused.err().unwrap().to_string();
        assert!(told.contains("at most 10000 days by day, 46084 days asked for"), "{told}");
    }

    #[test]
    fn a_shop_without_purchases_has_no_days() {
        let span = Span::choose(ReportName::Sales, &Query::default(), &Activity::default(), 20_000)
            .unwrap();
        assert_eq!((span.from(), span.to(), span.days), (None, None, 0..0));
    }
}
