//! Periods by their names, as answers have them.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use crate::charts::Step;

/// The first day and the length of a period: `2010-11-05`, `2010-W44`, `2010-11`, `2010-Q4` or `2010`.
pub fn period_start(name: &str) -> Option<(NaiveDate, Step)> {
    if let Some((year, week)) = name.split_once("-W") {
        let day = NaiveDate::from_isoywd_opt(year.parse().ok()?, week.parse().ok()?, Weekday::Mon)?;
        return Some((day, Step::Week));
    }
    if let Some((year, quarter)) = name.split_once("-Q") {
        let quarter: u32 = quarter.parse().ok().filter(|quarter| (1..=4).contains(quarter))?;
        let day = NaiveDate::from_ymd_opt(year.parse().ok()?, quarter * 3 - 2, 1)?;
        return Some((day, Step::Quarter));
    }
    let mut parts = name.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next().map(|month| month.parse().ok());
    let day = parts.next().map(|day| day.parse().ok());
    let (month, day, step) = match (month, day) {
        (None, _) => (1, 1, Step::Year),
        (Some(month), None) => (month?, 1, Step::Month),
        (Some(month), Some(day)) => (month?, day?, Step::Day),
    };
    Some((NaiveDate::from_ymd_opt(year, month, day)?, step))
}

/// The first day behind the period that begins on a day.
pub(super) fn end(start: NaiveDate, step: Step) -> Option<NaiveDate> {
    match step {
        Step::Day => start.checked_add_days(Days::new(1)),
        Step::Week => start.checked_add_days(Days::new(7)),
        Step::Month => start.checked_add_months(Months::new(1)),
        Step::Quarter => start.checked_add_months(Months::new(3)),
        Step::Year => start.checked_add_months(Months::new(12)),
    }
}

/// The first day of the same period a year before. Weeks begin on Mondays, so theirs is 364 days ago.
pub(super) fn year_before(start: NaiveDate, step: Step) -> Option<NaiveDate> {
    match step {
        Step::Week => start.checked_sub_days(Days::new(364)),
        _ => start.checked_sub_months(Months::new(12)),
    }
}

/// The last day before one.
pub(super) fn last_before(end: NaiveDate) -> NaiveDate {
    end.pred_opt().unwrap_or(end)
}

/// Whether two days are of one year.
pub(super) fn same_year(one: NaiveDate, other: NaiveDate) -> bool {
    one.year() == other.year()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_period_says_its_first_day_and_its_length() {
        let cases = [
            ("2010-11-05", "2010-11-05", Step::Day),
            ("2010-W44", "2010-11-01", Step::Week),
            ("2010-11", "2010-11-01", Step::Month),
            ("2010-Q4", "2010-10-01", Step::Quarter),
            ("2010", "2010-01-01", Step::Year),
        ];
        for (name, day, step) in cases {
            assert_eq!(period_start(name), Some((day.parse().unwrap(), step)), "{name}");
        }
        for name in ["", "2010-13", "2010-W60", "2010-Q5", "2010-02-30", "x", "2010-11-05-1"] {
            assert_eq!(period_start(name), None, "{name}");
        }
    }
}
