//! Days and hours as a language says them: in words where they are near.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use crm_models::Timestamp;

use super::{Lang, Locale, Marked};

const ENGLISH: [(&str, &str); 12] = [
    ("Jan", "January"),
    ("Feb", "February"),
    ("Mar", "March"),
    ("Apr", "April"),
    ("May", "May"),
    ("Jun", "June"),
    ("Jul", "July"),
    ("Aug", "August"),
    ("Sep", "September"),
    ("Oct", "October"),
    ("Nov", "November"),
    ("Dec", "December"),
];
const RUSSIAN: [(&str, &str); 12] = [
    ("янв.", "января"),
    ("февр.", "февраля"),
    ("марта", "марта"),
    ("апр.", "апреля"),
    ("мая", "мая"),
    ("июня", "июня"),
    ("июля", "июля"),
    ("авг.", "августа"),
    ("сент.", "сентября"),
    ("окт.", "октября"),
    ("нояб.", "ноября"),
    ("дек.", "декабря"),
];
/// Russian months in the nominative.
const STANDING_ALONE: [&str; 12] = [
    "Январь",
    "Февраль",
    "Март",
    "Апрель",
    "Май",
    "Июнь",
    "Июль",
    "Август",
    "Сентябрь",
    "Октябрь",
    "Ноябрь",
    "Декабрь",
];
/// What is longer ago is told as a day.
const COUNTED_DAYS: i64 = 99;

impl Locale {
    fn local(&self, at: Timestamp) -> DateTime<Tz> {
        DateTime::<Utc>::from(at).with_timezone(&self.zone)
    }

    /// The day that it is.
    pub(crate) fn today(&self) -> NaiveDate {
        self.local(self.now).date_naive()
    }

    /// The day of an instant.
    pub(crate) fn day_of(&self, at: Timestamp) -> NaiveDate {
        self.local(at).date_naive()
    }

    /// `9 Dec`, with its year where that is another.
    pub(crate) fn day(&self, day: NaiveDate) -> String {
        self.written_day(day, self.month(day).0)
    }

    /// `9 December`, with its year where that is another.
    pub(crate) fn day_long(&self, day: NaiveDate) -> String {
        self.written_day(day, self.month(day).1)
    }

    /// `today, 12:50`, `yesterday, 12:50` or `9 Dec, 12:50`.
    pub(crate) fn moment(&self, at: Timestamp) -> String {
        let local = self.local(at);
        let time = local.format("%H:%M").to_string();
        let day = local.date_naive();
        let day = match (self.today() - day).num_days() {
            0 => self.say("when-today"),
            1 => self.say("when-yesterday"),
            _ => self.day(day),
        };
        format!("{day}, {time}")
    }

    /// The same as an element that a program can read, with the exact instant on hover.
    pub(crate) fn time(&self, at: Timestamp) -> Marked {
        let exact = self.local(at).format("%Y-%m-%d %H:%M:%S %Z").to_string();
        let machine = at.to_string();
        Marked::element("time", &[("datetime", &machine), ("title", &exact)], &self.moment(at))
    }

    /// `today`, `yesterday`, `38 days ago`, or the day where that is long ago.
    pub(crate) fn ago(&self, day: NaiveDate) -> String {
        match (self.today() - day).num_days() {
            0 => self.say("when-today"),
            1 => self.say("when-yesterday"),
            days @ 2..=COUNTED_DAYS => self.count("when-days-ago", days),
            _ => self.day(day),
        }
    }

    /// `November 2011`, as it stands alone.
    pub(crate) fn whole_month(&self, day: NaiveDate) -> String {
        let month = match self.lang {
            Lang::English => self.month(day).1,
            Lang::Russian => STANDING_ALONE.get(day.month0() as usize).copied().unwrap_or_default(),
        };
        format!("{month} {}", day.year())
    }

    fn month(&self, day: NaiveDate) -> (&'static str, &'static str) {
        let names = match self.lang {
            Lang::English => &ENGLISH,
            Lang::Russian => &RUSSIAN,
        };
        names.get(day.month0() as usize).copied().unwrap_or_default()
    }

    fn written_day(&self, day: NaiveDate, month: &str) -> String {
        let number = day.day();
        if day.year() == self.today().year() {
            return format!("{number}\u{a0}{month}");
        }
        format!("{number}\u{a0}{month} {}", day.year())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_in_words_where_they_are_near() {
        let now = "2011-12-09T12:50:00Z".parse().unwrap();
        let (en, ru) =
            (Locale::new(Lang::English, Tz::UTC, now), Locale::new(Lang::Russian, Tz::UTC, now));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(en.moment(at("2011-12-09T08:05:00Z")), "today, 08:05");
        assert_eq!(ru.moment(at("2011-12-08T23:59:59Z")), "вчера, 23:59");
        assert_eq!(en.moment(at("2010-11-01T10:27:00Z")), "1\u{a0}Nov 2010, 10:27");
        assert_eq!(en.ago(day("2011-11-01")), "38 days ago");
        assert_eq!(ru.ago(day("2011-11-01")), "38 дней назад");
        assert_eq!(ru.ago(day("2011-11-08")), "31 день назад");
        assert_eq!(en.ago(day("2010-12-09")), "9\u{a0}Dec 2010");
        // A clock that runs ahead of ours.
        assert_eq!(en.ago(day("2011-12-10")), "10\u{a0}Dec");
        assert_eq!(ru.day_long(day("2011-12-09")), "9\u{a0}декабря");
        let paris = Locale::new(Lang::English, Tz::Europe__Paris, now);
        assert_eq!(paris.moment(at("2011-12-08T23:30:00Z")), "today, 00:30");
    }
}
