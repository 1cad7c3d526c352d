//! Where things stand on the x axis: what each place is called, and which few of them are told.

use chrono::{Datelike, NaiveDate};

use super::locale::Locale;

/// The most labels that stand side by side.
const MOST_LABELS: usize = 13;
/// The most letters of all labels together: more would touch on a laptop.
const MOST_LETTERS: usize = 96;

/// The length of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A day.
    Day,
    /// Seven days from a Monday on.
    Week,
    /// A month of the calendar.
    Month,
    /// Three months.
    Quarter,
    /// A year.
    Year,
}

/// The places of an x axis, from the left.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// What each is called in full: the first column of the table behind.
    pub(super) names: Vec<String>,
    /// What is written below the axis, by place.
    pub(super) labels: Vec<(usize, String)>,
}

impl Places {
    /// Places with names, of which as many are told as have room.
    pub fn named(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let letters: usize = names.iter().map(|name| name.chars().count() + 2).sum();
        let every = names.len().div_ceil(MOST_LABELS).max(letters.div_ceil(MOST_LETTERS)).max(1);
        let labels = names.iter().enumerate().step_by(every);
        Self { labels: labels.map(|(at, name)| (at, name.clone())).collect(), names }
    }

    /// Periods by their first days, in order.
    pub fn periods(days: &[NaiveDate], step: Step, locale: Locale) -> Self {
        let names = days.iter().map(|day| name(*day, step, locale)).collect();
        Self { names, labels: labels(days, step, locale) }
    }

    /// What a place is called in full; empty where there is none.
    pub fn name(&self, place: usize) -> &str {
        self.names.get(place).map_or("", String::as_str)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// A period's name in full.
fn name(day: NaiveDate, step: Step, locale: Locale) -> String {
    match step {
        Step::Day => locale.day(day),
        Step::Week => match locale {
            Locale::En => format!("week of {}", locale.day(day)),
            Locale::Ru => format!("неделя с {}", locale.day(day)),
        },
        Step::Month => format!("{} {}", locale.month(day), day.year()),
        Step::Quarter => match locale {
            Locale::En => format!("Q{} {}", day.month0() / 3 + 1, day.year()),
            Locale::Ru => format!("{}-й кв. {}", day.month0() / 3 + 1, day.year()),
        },
        Step::Year => day.year().to_string(),
    }
}

/// The labels of the axis: days by their number where they are few, else months, else years; the year
/// where it is another than that of the label before.
fn labels(days: &[NaiveDate], step: Step, locale: Locale) -> Vec<(usize, String)> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Vec::new() };
    let months = (last.year() - first.year()) * 12 + month_of(*last) - month_of(*first) + 1;
    match step {
        Step::Year => Places::named(days.iter().map(|day| day.year().to_string())).labels,
        Step::Day if days.len() <= 45 => of_days(days, locale),
        Step::Quarter if days.len() <= MOST_LABELS => {
            with_years(days.iter().enumerate().map(|(at, day)| {
                let quarter = day.month0() / 3 + 1;
                let text = match locale {
                    Locale::En => format!("Q{quarter}"),
                    Locale::Ru => format!("{quarter}\u{a0}кв."),
                };
                (at, *day, text)
            }))
        }
        _ if months <= 48 => {
            let every = match months {
                ..14 => 1,
                14..27 => 2,
                27..40 => 3,
                _ => 6,
            };
            let begins = first_of_each(days, |day| (day.year(), day.month0()));
            let told = begins.filter(|(_, day)| month_of(*day) % every == 0);
            with_years(told.map(|(at, day)| (at, day, locale.short_month(day).to_owned())))
        }
        _ => {
            let begins: Vec<_> = first_of_each(days, NaiveDate::year).collect();
            let every = begins.len().div_ceil(MOST_LABELS).max(1);
            let told = begins.into_iter().step_by(every);
            told.map(|(at, day)| (at, day.year().to_string())).collect()
        }
    }
}

fn month_of(day: NaiveDate) -> i32 {
    i32::try_from(day.month0()).unwrap_or(0)
}

/// `1 Dec`, 5, 10, …, and the first of a month with its name.
fn of_days(days: &[NaiveDate], locale: Locale) -> Vec<(usize, String)> {
    let every = match days.len() {
        ..15 => 1,
        15..32 => 5,
        _ => 10,
    };
    let mut month = None;
    let mut labels: Vec<(usize, String)> = Vec::new();
    for (at, day) in days.iter().enumerate() {
        let is_first = day.day() == 1 || at == 0;
        // The 30th would touch the first of the next month.
        let is_told = is_first || (day.day() % every == 0 && day.day() < 30);
        let touches = labels.last().is_some_and(|(before, _)| every > 1 && at - before < 3);
        if !is_told || touches {
            continue;
        }
        let text =
            if month == Some(day.month()) { day.day().to_string() } else { locale.short_day(*day) };
        month = Some(day.month());
        labels.push((at, text));
    }
    labels
}

/// The first place of each part of the time; that which the first place lies in only if it begins
/// there or soon before.
fn first_of_each<K: PartialEq>(
    days: &[NaiveDate],
    part: impl Fn(&NaiveDate) -> K,
) -> impl Iterator<Item = (usize, NaiveDate)> {
    days.iter().enumerate().filter_map(move |(at, day)| {
        let begins = match at.checked_sub(1).and_then(|before| days.get(before)) {
            None => day.day() <= 10,
            Some(before) => part(before) != part(day),
        };
        begins.then_some((at, *day))
    })
}

/// Adds the year to the first label, and to the first of each further year.
fn with_years(labels: impl Iterator<Item = (usize, NaiveDate, String)>) -> Vec<(usize, String)> {
    let mut year = None;
    let labels: Vec<_> = labels.collect();
    let several =
        labels.first().map(|(_, day, _)| day.year()) != labels.last().map(|(_, day, _)| day.year());
    let labels = labels.into_iter().map(|(at, day, text)| {
        let is_new = year.is_some_and(|year| year != day.year()) || (year.is_none() && several);
        year = Some(day.year());
        (at, if is_new { format!("{text} {}", day.year()) } else { text })
    });
    labels.collect()
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::*;

    fn days(from: &str, count: u64, every: u64) -> Vec<NaiveDate> {
        let from: NaiveDate = from.parse().unwrap();
        (0..count).map(|at| from + Days::new(at * every)).collect()
    }

    fn told(places: &Places) -> Vec<&str> {
        places.labels.iter().map(|(_, label)| &**label).collect()
    }

    #[test]
    fn labels_are_days_then_months_then_years() {
        let month = Places::periods(&days("2011-12-01", 31, 1), Step::Day, Locale::En);
        assert_eq!(told(&month), ["1\u{a0}Dec", "5", "10", "15", "20", "25"]);
        let weeks = Places::periods(&days("2010-12-06", 66, 7), Step::Week, Locale::En);
        assert_eq!(told(&weeks)[..3], ["Jan 2011", "Mar", "May"]);
        let years = Places::periods(&days("1990-01-01", 30, 365), Step::Month, Locale::En);
        assert_eq!(told(&years)[0], "1990");
        let quarters: Vec<_> =
            ["2010-10-01", "2011-01-01", "2011-04-01"].map(|day| day.parse().unwrap()).to_vec();
        let quarters = Places::periods(&quarters, Step::Quarter, Locale::Ru);
        assert_eq!(told(&quarters), ["4\u{a0}кв. 2010", "1\u{a0}кв. 2011", "2\u{a0}кв."]);
        assert_eq!(quarters.names[0], "4-й кв. 2010");
    }

    #[test]
    fn names_that_have_no_room_side_by_side_are_told_in_part() {
        let places = Places::named((0..100).map(|place| format!("place {place}")));
        assert!((2..=MOST_LABELS).contains(&places.labels.len()), "{:?}", places.labels);
        assert_eq!(places.len(), 100);
    }

    proptest! {
        #[test]
        fn labels_are_few_and_in_order(
            count in 0..900_u64,
            (step, every) in prop::sample::select(vec![
                (Step::Day, 1_u64), (Step::Week, 7), (Step::Month, 31), (Step::Quarter, 92),
                (Step::Year, 366),
            ]),
            from in 0..3_000_u64,
        ) {
            let first = NaiveDate::from_ymd_opt(2005, 1, 1).unwrap() + Days::new(from);
            let days: Vec<_> = (0..count).map(|at| first + Days::new(at * every)).collect();
            let places = Places::periods(&days, step, Locale::En);
            prop_assert_eq!(places.names.len(), days.len());
            prop_assert!(places.labels.len() <= 14, "{:?}", places.labels);
            prop_assert!(places.labels.is_sorted_by_key(|(at, _)| *at));
            prop_assert!(places.labels.iter().all(|(at, _)| *at < days.len()));
        }
    }
}
