//! Numbers, money and days as people read them, in each language: short on axes, whole in sentences,
//! exact in tables.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};
use crm_models::Currency;

/// Between groups of digits in Russian, and between a number and its unit: no line breaks there.
const NO_BREAK: char = '\u{a0}';
/// Before a percent sign.
const NARROW: char = '\u{202f}';

/// Whose words and signs are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things that are whole: orders, customers.
    Count,
    /// A number that may have a fraction.
    Number,
    /// Money of a currency, in its units.
    Money(Currency),
    /// Percent: 12.5 is 12.5 %.
    Percent,
}

impl Locale {
    /// A number in few letters, for axes and the ends of lines: three digits, as `£992k` or `992 тыс.`
    pub fn short(self, value: f64, unit: Unit) -> String {
        let (number, word) = self.scaled(value.abs());
        let number = self.grouped(&number);
        let is_zero = number.bytes().all(|byte| matches!(byte, b'0' | b'.' | b','));
        let sign = if value < 0.0 && !is_zero { "−" } else { "" };
        match unit {
            Unit::Money(currency) if self == Self::En && !is_zero => {
                format!("{sign}{}{number}{word}", leading(currency))
            }
            Unit::Percent => format!("{sign}{number}{word}{NARROW}%"),
            _ => format!("{sign}{number}{word}"),
        }
    }

    /// Money rounded to whole units, for sentences: `£992,000`, `992 000 ₽`.
    pub fn whole_money(self, value: f64, currency: Currency) -> String {
        self.money(&format!("{value:.0}"), currency)
    }

    /// Money from a decimal text, with the decimals that the text has: `£1,234.56`, `1 234,56 ₽`.
    pub fn money(self, decimal: &str, currency: Currency) -> String {
        let (sign, size) = decimal.strip_prefix('-').map_or(("", decimal), |size| ("−", size));
        let number = self.grouped(size);
        match self {
            Self::En => format!("{sign}{}{number}", leading(currency)),
            Self::Ru => format!("{sign}{number}{NO_BREAK}{}", sign_of(currency)),
        }
    }

    /// A decimal text with its digits in groups, this language's point, and a true minus.
    pub fn grouped(self, decimal: &str) -> String {
        let (sign, size) = decimal.strip_prefix('-').map_or(("", decimal), |size| ("−", size));
        let (whole, fraction) = size.split_once('.').map_or((size, None), |(w, f)| (w, Some(f)));
        let (between, point) = match self {
            Self::En => (',', '.'),
            Self::Ru => (NO_BREAK, ','),
        };
        let mut text = sign.to_owned();
        for (position, digit) in whole.chars().enumerate() {
            if position > 0 && (whole.len() - position).is_multiple_of(3) {
                text.push(between);
            }
            text.push(digit);
        }
        if let Some(fraction) = fraction {
            text.push(point);
            text.push_str(fraction);
        }
        text
    }

    /// Percent with one decimal, and none from 100 on.
    pub fn percent(self, percent: f64) -> String {
        let decimals = if percent.abs() < 99.95 { 1 } else { 0 };
        let number = format!("{percent:.decimals$}");
        let number = if number.trim_start_matches('-') == "0.0" { "0" } else { &number };
        format!("{}{NARROW}%", self.grouped(number))
    }

    /// That a period is not over, with what of it is.
    pub(super) fn not_over(self, so_far: &str) -> String {
        match self {
            Self::En => format!("not over yet ({so_far})"),
            Self::Ru => format!("ещё не закончен ({so_far})"),
        }
    }

    /// From one text to another: `£896,000 to £1,088,000`.
    pub fn range(self, lower: &str, upper: &str) -> String {
        match self {
            Self::En => format!("{lower} to {upper}"),
            Self::Ru => format!("от {lower} до {upper}"),
        }
    }

    /// `9 December 2011`.
    pub fn day(self, day: NaiveDate) -> String {
        let month = match self {
            Self::En => MONTHS_EN,
            Self::Ru => MONTHS_RU_OF,
        };
        format!("{}{NO_BREAK}{} {}", day.day(), name(&month, day), day.year())
    }

    /// `9 Dec`.
    pub fn short_day(self, day: NaiveDate) -> String {
        format!("{}{NO_BREAK}{}", day.day(), self.short_month(day))
    }

    /// `Dec`.
    pub fn short_month(self, day: NaiveDate) -> &'static str {
        match self {
            Self::En => name(&MONTHS_EN, day).get(..3).unwrap_or_default(),
            Self::Ru => name(&MONTHS_RU_SHORT, day),
        }
    }

    /// `December`, standing by itself.
    pub fn month(self, day: NaiveDate) -> &'static str {
        name(if self == Self::En { &MONTHS_EN } else { &MONTHS_RU }, day)
    }

    /// `December 2011`, with a capital as at the beginning of a line.
    pub fn month_and_year(self, day: NaiveDate) -> String {
        let mut letters = self.month(day).chars();
        let first: String = letters.next().map_or_else(String::new, |l| l.to_uppercase().collect());
        format!("{first}{} {}", letters.as_str(), day.year())
    }

    /// The days of a week from Monday on.
    pub fn weekdays(self) -> [&'static str; 7] {
        match self {
            Self::En => {
                ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
            }
            Self::Ru => {
                ["понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"]
            }
        }
    }

    /// The same in two or three letters.
    pub fn short_weekdays(self) -> [&'static str; 7] {
        match self {
            Self::En => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
            Self::Ru => ["пн", "вт", "ср", "чт", "пт", "сб", "вс"],
        }
    }

    /// Three digits of a size, and the word of the thousands, millions and so on that they are.
    fn scaled(self, size: f64) -> (String, Cow<'static, str>) {
        let words: [(f64, &str, &str); 4] =
            [(1e3, "k", "тыс."), (1e6, "m", "млн"), (1e9, "bn", "млрд"), (1e12, "tn", "трлн")];
        // What rounds to a thousand is one of the next word.
        let word = words.iter().rev().find(|(one, ..)| size >= one * 0.9995);
        match word {
            None => (three_digits(size), Cow::Borrowed("")),
            Some((one, en, ru)) => {
                let word = match self {
                    Self::En => Cow::Borrowed(*en),
                    Self::Ru => Cow::Owned(format!("{NO_BREAK}{ru}")),
                };
                (three_digits(size / one), word)
            }
        }
    }
}

/// A size with three digits, or all those before the point, without noughts at its end.
fn three_digits(size: f64) -> String {
    let decimals = match size {
        99.95.. => 0,
        9.995.. => 1,
        _ => 2,
    };
    let text = format!("{size:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What stands before an amount in English: a sign, or the code and a blank.
fn leading(currency: Currency) -> String {
    match sign(currency) {
        Some(sign) => sign.to_owned(),
        None => format!("{currency}{NO_BREAK}"),
    }
}

/// The sign of a currency, or its code.
fn sign_of(currency: Currency) -> String {
    sign(currency).map_or_else(|| currency.to_string(), str::to_owned)
}

fn sign(currency: Currency) -> Option<&'static str> {
    Some(match currency.as_str() {
        "GBP" => "£",
        "EUR" => "€",
        "USD" => "$",
        "RUB" => "₽",
        "JPY" => "¥",
        "INR" => "₹",
        "UAH" => "₴",
        "KZT" => "₸",
        "TRY" => "₺",
        "ILS" => "₪",
        _ => return None,
    })
}

fn name(months: &[&'static str; 12], day: NaiveDate) -> &'static str {
    months.get(day.month0() as usize).copied().unwrap_or_default()
}

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_RU: [&str; 12] = [
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
];
const MONTHS_RU_OF: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];
const MONTHS_RU_SHORT: [&str; 12] = [
    "янв.",
    "февр.",
    "март",
    "апр.",
    "май",
    "июнь",
    "июль",
    "авг.",
    "сент.",
    "окт.",
    "нояб.",
    "дек.",
];

#[cfg(test)]
mod tests {
    use super::*;

    const POUNDS: Unit = Unit::Money(Currency::GBP);

    #[test]
    fn a_short_number_has_three_digits_and_the_word_of_its_language() {
        let cases = [
            (0.0, "0", "0"),
            (-0.001, "0", "0"),
            (35.0, "£35", "35"),
            (2.5, "£2.5", "2,5"),
            (999.4, "£999", "999"),
            (999.6, "£1k", "1\u{a0}тыс."),
            (500_000.0, "£500k", "500\u{a0}тыс."),
            (992_000.0, "£992k", "992\u{a0}тыс."),
            (999_600.0, "£1m", "1\u{a0}млн"),
            (1_461_756.25, "£1.46m", "1,46\u{a0}млн"),
            (-1_500_000.0, "−£1.5m", "−1,5\u{a0}млн"),
            (12_500_000_000.0, "£12.5bn", "12,5\u{a0}млрд"),
            (1_234_000_000_000_000.0, "£1,234tn", "1\u{a0}234\u{a0}трлн"),
        ];
        for (value, en, ru) in cases {
            assert_eq!(Locale::En.short(value, POUNDS), en);
            assert_eq!(Locale::Ru.short(value, POUNDS), ru);
        }
        assert_eq!(Locale::En.short(12.5, Unit::Percent), "12.5\u{202f}%");
        assert_eq!(Locale::En.short(1_500.0, Unit::Count), "1.5k");
        let francs = Unit::Money("CHF".parse().unwrap());
        assert_eq!(Locale::En.short(1_500.0, francs), "CHF\u{a0}1.5k");
    }

    #[test]
    fn an_exact_amount_keeps_its_decimals_in_each_language() {
        let roubles = "RUB".parse().unwrap();
        assert_eq!(Locale::En.money("-1234.56", Currency::GBP), "−£1,234.56");
        assert_eq!(Locale::Ru.money("1234.56", roubles), "1\u{a0}234,56\u{a0}₽");
        assert_eq!(Locale::En.whole_money(991_999.7, Currency::GBP), "£992,000");
        assert_eq!(Locale::Ru.grouped("-1234567.8"), "−1\u{a0}234\u{a0}567,8");
        assert_eq!(Locale::Ru.percent(-42.55), "−42,5\u{202f}%");
        assert_eq!(Locale::En.percent(154.3), "154\u{202f}%");
        assert_eq!(Locale::En.percent(-0.01), "0\u{202f}%");
    }

    #[test]
    fn a_day_is_named_in_its_language() {
        let day = NaiveDate::from_ymd_opt(2011, 12, 9).unwrap();
        assert_eq!(Locale::En.day(day), "9\u{a0}December 2011");
        assert_eq!(Locale::Ru.day(day), "9\u{a0}декабря 2011");
        assert_eq!(Locale::En.short_day(day), "9\u{a0}Dec");
        assert_eq!(Locale::Ru.short_day(day), "9\u{a0}дек.");
        assert_eq!(Locale::Ru.month(day), "декабрь");
    }
}
