//! Which days a report covers: those asked for, or what a shop looks at when nobody says.

use std::borrow::Cow;
use std::ops::Range;

use chrono::{Datelike, Months, NaiveDate};
use chrono_tz::Tz;
use crm_api::answer::ReportName;
use crm_api::{Bucket, DateRange, Outside, question};
use crm_models::{Code, Currency, Invalid, limits};

use crate::analytics::frame::{self, Activity};
use crate::analytics::period::{Periods, least_days};
use crate::ask_error::AskError;
use crate::facts::{date_of_day, day_of_date, out_of_order, whole_day};

/// Rows that `sales` has at the most; a default range is cut to its latest days.
const MOST_PERIODS: i32 = 10_000;
/// How they are called.
const LATEST_PERIODS: &str = "the latest 10,000 periods";
/// What a date may lie between: what an event's time may be is the day before, west of Greenwich.
const FIRST_DAY: i64 = limits::EARLIEST_MS / 86_400_000 - 1;
const LAST_YEAR: i32 = 9999;

/// What is asked about, in days of the workspace.
#[derive(Clone)]
pub(super) struct Asked {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    /// In the place of both.
    range: Option<DateRange>,
    pub(super) bucket: Bucket,
}

impl Asked {
    pub(super) fn new(question: &question::Report, timezone: Tz) -> Result<Self, Invalid> {
        let from = whole_day("from", question.from, timezone)?;
        let to = whole_day("to", question.to, timezone)?;
        Ok(Self { from, to, range: question.range, bucket: question.periods() })
    }

    /// The same with the days that a range means today, what these are compared with, and how they are
    /// called.
    fn on(&self, today: i32) -> (Self, Option<(Range<i32>, String)>) {
        let Some(range) = self.range else { return (self.clone(), None) };
        let today = date_of_day(today);
        let (days, before) = (range.days(today), range.before(today));
        let before = day_of_date(before.start)..day_of_date(before.end);
        let days = Self { from: Some(days.start), to: Some(days.end), ..self.clone() };
        (days, Some((before, called(range))))
    }
}

/// How a range is called.
fn called(range: DateRange) -> String {
    match range {
        DateRange::This(Bucket::Day) => "today so far".to_owned(),
        DateRange::Previous(Bucket::Day) => "yesterday".to_owned(),
        DateRange::This(bucket) => format!("this {bucket} so far"),
        DateRange::Previous(bucket) => format!("last {bucket}"),
        DateRange::Latest(1, bucket) => format!("the last {bucket}"),
        DateRange::Latest(count, bucket) => format!("the last {count} {bucket}s"),
    }
}

/// The days of a report.
pub(super) struct Span {
    pub(super) days: Range<i32>,
    /// What the days are compared with.
    pub(super) before: Range<i32>,
    /// The first day of the past that counts. What lies before it is in no figure: nobody bought for
    /// the first time there, and nobody has come back since.
    pub(super) since: i32,
    /// How the days were chosen, where no end was given.
    pub(super) period: Option<Cow<'static, str>>,
    asked: (bool, bool),
    /// Whether there is a first and a last day.
    bounded: (bool, bool),
}

impl Span {
    pub(super) fn choose(
        name: ReportName,
        query: &Asked,
        activity: &Activity,
        today: i32,
    ) -> Result<Self, AskError> {
        let (query, by_calendar) = &query.on(today);
        check_years(query)?;
        // What was asked for has to make sense; what was left out follows it.
        if let (Some(from), Some(to)) = (query.from, query.to)
            && from > to
        {
            return Err(out_of_order(from, to).into());
        }
        let asked = (query.from.is_some(), query.to.is_some());
        let frame = frame::frame(activity, today);
        if name == ReportName::Summary
            && asked == (false, false)
            && let Some(frame) = &frame
        {
            let so_far = || ("everything so far", frame.clone(), frame.start..frame.start);
            let (period, days, before) = latest(frame, today).unwrap_or_else(so_far);
            let since = frame.start;
            let bounded = (true, true);
            let period = Some(period.into());
            return Ok(Self { days, before, since, period, asked, bounded });
        }
        let (from, to) = (query.from.map(day_of_date), query.to.map(day_of_date));
        // An end that was left out is where the purchases end, if there are any on that side.
        let known = frame.as_ref();
        let first = known.map(|frame| frame.start).filter(|first| to.is_none_or(|to| *first < to));
        let end = known.map(|frame| frame.end).filter(|end| from.is_none_or(|from| from < *end));
        let (from, to) = (from.or(first), to.or(end));
        let mut days = match (from, to) {
            (Some(from), Some(to)) => from..to,
            (Some(from), None) => from..from,
            (None, Some(to)) => to..to,
            (None, None) => 0..0,
        };
        let mut period = None;
        if name == ReportName::Sales {
            (days, period) = bounded(days, query)?;
        }
        let mut period = period.map(Cow::Borrowed);
        let mut before = before(&days);
        if let Some((days_before, called)) = by_calendar {
            before = days_before.clone();
            period = Some(called.clone().into());
        }
        // Whoever asks for far days has them count.
        let oldest = if name == ReportName::Summary { before.start } else { days.start };
        let since = match known {
            Some(frame) if asked.0 => frame.start.min(oldest),
            Some(frame) => frame.start,
            None => oldest,
        };
        let bounded = (from.is_some(), to.is_some());
        Ok(Self { days, before, since, period, asked, bounded })
    }

    /// The past up to the end of the days, as far as it counts.
    pub(super) fn so_far(&self) -> Range<i32> {
        self.since.min(self.days.end)..self.days.end
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
        if self.period.is_some() && self.asked != (true, true) {
            let frame = frame::frame(activity, today).unwrap_or(0..0);
            let beyond = activity.outside(&frame, currency, self.asked);
            (outside.before, outside.after) = (beyond.before, beyond.after);
            outside.since = activity.purchases(&(self.days.end..frame.end), currency);
        }
        outside
    }
}

fn check_years(query: &Asked) -> Result<(), AskError> {
    let first = date_of_day(i32::try_from(FIRST_DAY).unwrap_or(i32::MIN));
    let last = NaiveDate::from_ymd_opt(LAST_YEAR, 1, 1);
    for (field, date) in [("from", query.from), ("to", query.to)] {
        if date.is_some_and(|date| date < first || Some(date) > last) {
            let rule = format!("lies between {first} and {LAST_YEAR}-01-01");
            return Err(Invalid::new(Code::OutOfRange, field, rule).into());
        }
    }
    Ok(())
}

/// The last month that is over, or else week, if there is one before it to compare with. Before that a
/// shop looks at all that it has.
fn latest(frame: &Range<i32>, today: i32) -> Option<(&'static str, Range<i32>, Range<i32>)> {
    let known = frame.start..frame::end(frame, today).max(frame.start);
    let buckets = [("the last full month", Bucket::Month), ("the last full week", Bucket::Week)];
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

/// As many periods as one answer may have, and how they were chosen if there are more. Refused where
/// both ends were asked for; otherwise the end that was left out gives way.
fn bounded(
    days: Range<i32>,
    query: &Asked,
) -> Result<(Range<i32>, Option<&'static str>), AskError> {
    let longest = MOST_PERIODS * least_days(query.bucket);
    if days.end - days.start <= longest {
        return Ok((days, None));
    }
    if query.from.is_none() {
        return Ok((days.end - longest..days.end, Some(LATEST_PERIODS)));
    }
    let (bucket, given) = (query.bucket, days.end - days.start);
    let rule = format!(
        "covers at most {longest} days by {bucket}, {given} days asked for; ask for fewer days or a \
         longer bucket"
    );
    let field = if query.range.is_some() { "range" } else { "from" };
    Err(Invalid::new(Code::InvalidField, field, rule).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Sums;

    fn anything() -> Asked {
        Asked { from: None, to: None, range: None, bucket: Bucket::Month }
    }

    fn day(date: &str) -> i32 {
        day_of_date(date.parse().unwrap())
    }

    fn shop(from: &str, to: &str) -> Activity {
        let sums = Sums { orders: 1, ..Sums::default() };
        let days = (day(from)..day(to)).map(|day| ((day, Currency::GBP), sums));
        Activity { days: days.collect(), known_from: None }
    }

    fn choose(name: ReportName, query: &Asked, shop: &Activity, today: &str) -> (String, String) {
        let span = Span::choose(name, query, shop, day(today)).unwrap();
        let shown =
            |days: &Range<i32>| format!("{} {}", date_of_day(days.start), date_of_day(days.end));
        (shown(&span.days), shown(&span.before))
    }

    #[test]
    fn a_summary_compares_the_last_full_month_with_the_one_before() {
        let shop = shop("2025-11-20", "2026-03-05");
        let summary = |today| choose(ReportName::Summary, &anything(), &shop, today);
        let (february, january) = ("2026-02-01 2026-03-01", "2026-01-01 2026-02-01");
        assert_eq!(summary("2026-03-05"), (february.into(), january.into()));
        // March is over, and April cannot be compared with.
        assert_eq!(summary("2026-04-02").0, "2026-03-01 2026-04-01");
        // Quiet since March: nothing is known of it but four days.
        assert_eq!(summary("2026-08-01"), (february.into(), january.into()));
    }

    #[test]
    fn a_young_shop_compares_weeks_and_before_that_sees_all_that_it_has() {
        let summary = |from, today| {
            let query = anything();
            choose(ReportName::Summary, &query, &shop(from, "2026-03-05"), today)
        };
        let weeks = ("2026-02-23 2026-03-02", "2026-02-16 2026-02-23");
        assert_eq!(summary("2026-02-14", "2026-03-04"), (weeks.0.into(), weeks.1.into()));
        // The first order is seen at once, on whatever day it was, and so is what came back of it.
        for (from, today) in [
            ("2026-03-01", "2026-03-04"),
            ("2026-03-04", "2026-03-04"),
            ("2026-03-01", "2026-11-29"),
        ] {
            let all = (format!("{from} 2026-03-05"), format!("{from} {from}"));
            assert_eq!(summary(from, today), all);
        }
    }

    #[test]
    fn months_are_compared_with_months_and_days_with_days() {
        let shop = shop("2025-01-01", "2026-03-05");
        let asked = |from: &str, to: &str| {
            let date = |text: &str| Some(text.parse().unwrap());
            let query = Asked { from: date(from), to: date(to), ..anything() };
            choose(ReportName::Summary, &query, &shop, "2026-03-05").1
        };
        assert_eq!(asked("2026-03-01", "2026-04-01"), "2026-02-01 2026-03-01");
        assert_eq!(asked("2026-01-01", "2026-04-01"), "2025-10-01 2026-01-01");
        assert_eq!(asked("2026-03-02", "2026-03-12"), "2026-02-20 2026-03-02");
    }

    #[test]
    fn a_range_of_the_calendar_is_compared_with_as_much_of_the_period_before() {
        let shop = shop("2025-01-01", "2026-03-05");
        let of = |range: &str| {
            let query = Asked { range: range.parse().ok(), ..anything() };
            let span = Span::choose(ReportName::Summary, &query, &shop, day("2026-03-04")).unwrap();
            assert_eq!(span.outside(&shop, Currency::GBP, day("2026-03-04")), Outside::default());
            let shown = |days: &Range<i32>| {
                format!("{} {}", date_of_day(days.start), date_of_day(days.end))
            };
            (span.period.unwrap().into_owned(), shown(&span.days), shown(&span.before))
        };
        let told = |called: &str, days: &str, before: &str| {
            (called.to_owned(), days.to_owned(), before.to_owned())
        };
        let march = told("this month so far", "2026-03-01 2026-03-05", "2026-02-01 2026-02-05");
        assert_eq!(of("this-month"), march);
        let february = told("last month", "2026-02-01 2026-03-01", "2026-01-01 2026-02-01");
        assert_eq!(of("last-month"), february);
        let weeks = told("the last 2 weeks", "2026-02-19 2026-03-05", "2026-02-05 2026-02-19");
        assert_eq!(of("2w"), weeks);
    }

    #[test]
    fn a_range_that_was_left_out_is_never_refused() {
        // More than a few purchases of 1900, so that they set the frame.
        let mut activity = shop("1900-01-01", "1900-01-31");
        activity.days.append(&mut shop("2026-01-01", "2026-03-05").days);
        let by_day = Asked { bucket: Bucket::Day, ..anything() };
        let (days, _) = choose(ReportName::Sales, &by_day, &activity, "2026-03-04");
        assert_eq!(days, "1998-10-18 2026-03-05");
        let span = Span::choose(ReportName::Sales, &by_day, &activity, day("2026-03-04")).unwrap();
        // They are left out by the period that is told, and not for being far.
        assert_eq!(span.period.as_deref(), Some("the latest 10,000 periods"));
        assert_eq!(span.outside(&activity, Currency::GBP, day("2026-03-04")), Outside::default());
        assert_eq!(span.since, day("1900-01-01"));
        let by_month = anything();
        let (days, _) = choose(ReportName::Sales, &by_month, &activity, "2026-03-04");
        assert_eq!(days, "1900-01-01 2026-03-05");

        let asked = Asked { from: "1900-01-01".parse().ok(), ..by_day };
        let refused = Span::choose(ReportName::Sales, &asked, &activity, day("2026-03-04"));
        let told = refused.err().unwrap().to_string();
        assert!(told.contains("at most 10000 days by day, 46084 days asked for"), "{told}");
    }

    #[test]
    fn a_range_without_purchases_is_told_as_it_was_asked() {
        let shop = shop("2025-08-29", "2026-03-05");
        let date = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
        let told = |name, from: Option<NaiveDate>, to: Option<NaiveDate>| {
            let query = Asked { from, to, ..anything() };
            let span = Span::choose(name, &query, &shop, day("2026-03-05")).unwrap();
            assert!(span.days.is_empty());
            (span.from(), span.to())
        };
        for name in ReportName::ALL.iter().copied() {
            for early in ["2020-01-01", "2025-08-29"] {
                assert_eq!(told(name, None, date(early)), (None, date(early)));
            }
            for late in ["2026-03-05", "2030-01-01"] {
                assert_eq!(told(name, date(late), None), (date(late), None));
            }
        }
    }

    #[test]
    fn the_past_that_counts_begins_with_the_frame_or_with_what_is_asked_for() {
        let mut activity = shop("2026-01-01", "2026-03-05");
        activity.days.append(&mut shop("1900-01-01", "1900-01-02").days);
        let since = |name, from: Option<&str>, to: Option<&str>| {
            let date = |text: Option<&str>| text.map(|text| text.parse().unwrap());
            let query = Asked { from: date(from), to: date(to), ..anything() };
            date_of_day(Span::choose(name, &query, &activity, day("2026-03-04")).unwrap().since)
                .to_string()
        };
        for name in ReportName::ALL.iter().copied() {
            assert_eq!(since(name, None, None), "2026-01-01");
            assert_eq!(since(name, None, Some("2026-02-01")), "2026-01-01");
        }
        assert_eq!(since(ReportName::Repeat, Some("2026-02-01"), None), "2026-01-01");
        assert_eq!(since(ReportName::Repeat, Some("1899-12-31"), None), "1899-12-31");
        // What a summary compares with was asked for with it.
        let early = ("1900-02-01", "1900-03-01");
        assert_eq!(since(ReportName::Summary, Some(early.0), Some(early.1)), "1900-01-01");
    }

    #[test]
    fn days_may_be_asked_for_from_the_first_that_a_purchase_can_lie_on_in_any_zone() {
        let asked = |from: &str| {
            let query = Asked { from: from.parse().ok(), ..anything() };
            check_years(&query).map_err(|error| error.to_string())
        };
        assert_eq!(asked("1899-12-31"), Ok(()));
        let told = asked("1899-12-30").unwrap_err();
        assert!(told.ends_with("lies between 1899-12-31 and 9999-01-01"), "{told}");
    }

    #[test]
    fn a_shop_without_purchases_has_no_days() {
        let span =
            Span::choose(ReportName::Sales, &anything(), &Activity::default(), 20_000).unwrap();
        assert_eq!((span.from(), span.to(), span.days), (None, None, 0..0));
    }
}
