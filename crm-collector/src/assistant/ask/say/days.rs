//! Days in words, as a question has them.

use chrono::{Datelike, NaiveDate};
use crm_api::{Bucket, DateRange, Language, Moment, WholeDay};

use crate::assistant::ask::when::{later, start};

const MONTHS: [(&str, &str, &str); 12] = [
    ("January", "январь", "января"),
    ("February", "февраль", "февраля"),
    ("March", "март", "марта"),
    ("April", "апрель", "апреля"),
    ("May", "май", "мая"),
    ("June", "июнь", "июня"),
    ("July", "июль", "июля"),
    ("August", "август", "августа"),
    ("September", "сентябрь", "сентября"),
    ("October", "октябрь", "октября"),
    ("November", "ноябрь", "ноября"),
    ("December", "декабрь", "декабря"),
];

/// The day of a question; an instant has none of its own.
pub(super) fn day_of(day: WholeDay) -> Option<NaiveDate> {
    match day.0 {
        Moment::Day(day) => Some(day),
        Moment::Instant(_) => None,
    }
}

/// The days of a report in words; none where it says none.
pub(super) fn days(
    language: Language,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    by_calendar: Option<DateRange>,
) -> Option<String> {
    Some(match (by_calendar, from, to) {
        (Some(range), ..) => range_in_words(language, range),
        (None, Some(from), Some(to)) => stretch(language, from, to),
        (None, Some(from), None) => match language {
            Language::English => format!("from {} on", day(language, from)),
            Language::Russian => format!("начиная с {}", day(language, from)),
        },
        (None, None, Some(to)) => match language {
            Language::English => format!("before {}", day(language, to)),
            Language::Russian => format!("до {}", day(language, to)),
        },
        (None, None, None) => return None,
    })
}

fn month(day: NaiveDate) -> (&'static str, &'static str, &'static str) {
    MONTHS.get(day.month0() as usize).copied().unwrap_or_default()
}

/// `5 November 2011`, `5 ноября 2011`.
pub(super) fn day(language: Language, day: NaiveDate) -> String {
    let (english, _, russian) = month(day);
    let month = if language == Language::English { english } else { russian };
    format!("{}\u{a0}{month} {}", day.day(), day.year())
}

/// `November 2011`, `ноябрь 2011`.
pub(super) fn period(language: Language, first: NaiveDate, bucket: Bucket) -> String {
    let (english, russian, _) = month(first);
    let quarter = first.month0() / 3 + 1;
    match (bucket, language) {
        (Bucket::Day, _) => day(language, first),
        (Bucket::Week, Language::English) => format!("the week of {}", day(language, first)),
        (Bucket::Week, Language::Russian) => format!("неделя с {}", day(language, first)),
        (Bucket::Month, Language::English) => format!("{english} {}", first.year()),
        (Bucket::Month, Language::Russian) => format!("{russian} {}", first.year()),
        (Bucket::Quarter, Language::English) => format!("Q{quarter} {}", first.year()),
        (Bucket::Quarter, Language::Russian) => {
            format!("{quarter}-й квартал {}", first.year())
        }
        (Bucket::Year, Language::English) => first.year().to_string(),
        (Bucket::Year, Language::Russian) => format!("{} год", first.year()),
    }
}

fn stretch(language: Language, from: NaiveDate, to: NaiveDate) -> String {
    let whole = Bucket::ALL
        .iter()
        .find(|bucket| start(from, **bucket) == from && later(from, 1, **bucket) == to);
    match whole {
        Some(bucket) => period(language, from, *bucket),
        None => {
            let last = to.pred_opt().unwrap_or(to);
            format!("{} – {}", day(language, from), day(language, last))
        }
    }
}

fn range_in_words(language: Language, range: DateRange) -> String {
    let english = language == Language::English;
    let (in_english, in_russian) = match range {
        DateRange::This(Bucket::Day) => ("today", "сегодня"),
        DateRange::Previous(Bucket::Day) => ("yesterday", "вчера"),
        DateRange::This(Bucket::Week) => ("this week so far", "эта неделя"),
        DateRange::This(Bucket::Month) => ("this month so far", "этот месяц"),
        DateRange::This(Bucket::Quarter) => ("this quarter so far", "этот квартал"),
        DateRange::This(Bucket::Year) => ("this year so far", "этот год"),
        DateRange::Previous(Bucket::Week) => ("last week", "прошлая неделя"),
        DateRange::Previous(Bucket::Month) => ("last month", "прошлый месяц"),
        DateRange::Previous(Bucket::Quarter) => ("last quarter", "прошлый квартал"),
        DateRange::Previous(Bucket::Year) => ("last year", "прошлый год"),
        DateRange::Latest(count, bucket) => {
            return match language {
                Language::English if count == 1 => format!("the last {bucket}"),
                Language::English => format!("the last {count} {bucket}s"),
                Language::Russian => latest_in_russian(count, bucket),
            };
        }
    };
    if english { in_english } else { in_russian }.to_owned()
}

/// `последние 30 дней`, `последняя 21 неделя`.
fn latest_in_russian(count: u32, bucket: Bucket) -> String {
    let forms = match bucket {
        Bucket::Day => ["последний", "день", "дня", "дней"],
        Bucket::Week => ["последняя", "неделя", "недели", "недель"],
        Bucket::Month => ["последний", "месяц", "месяца", "месяцев"],
        Bucket::Quarter => ["последний", "квартал", "квартала", "кварталов"],
        Bucket::Year => ["последний", "год", "года", "лет"],
    };
    let noun = match (count % 10, count % 100) {
        (1, tens) if tens != 11 => forms[1],
        (2..=4, tens) if !(12..=14).contains(&tens) => forms[2],
        _ => forms[3],
    };
    match count {
        1 => format!("{} {noun}", forms[0]),
        _ if noun == forms[1] => format!("{} {count} {noun}", forms[0]),
        _ => format!("последние {count} {noun}"),
    }
}
