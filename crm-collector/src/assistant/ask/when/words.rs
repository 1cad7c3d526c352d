//! Words that tell days, in both languages.

use crm_api::Bucket;

/// What a word says of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    Today,
    Yesterday,
    DayBefore,
    Tomorrow,
    This,
    /// The one before.
    Last,
    /// The latest, up to now.
    Past,
    Next,
    Unit(Bucket),
    /// Half a year as one word.
    HalfYear,
    Half,
    Month(u32),
    Weekday(u32),
    /// A word for a number.
    Number(u32),
    Ordinal(u32),
    Quarter(u32),
    HalfOf(u32),
    In,
    /// Russian `за`: behind.
    Behind,
    /// Russian `на`: ahead, or at.
    At,
    From,
    Since,
    Between,
    To,
    And,
    Until,
    Before,
    After,
    Of,
    Ago,
    Beginning,
    End,
    /// `so far`.
    SoFar,
    Date,
    ToDate(Bucket),
}

/// What a folded word says of days, if it does.
pub(super) fn atom(word: &str) -> Option<Atom> {
    english(word).or_else(|| russian(word)).or_else(|| number(word))
}

fn english(word: &str) -> Option<Atom> {
    use Atom::*;
    Some(match word {
        "today" | "todays" => Today,
        "yesterday" => Yesterday,
        "tomorrow" => Tomorrow,
        "this" | "current" => This,
        "last" | "previous" | "preceding" | "prior" => Last,
        "past" | "latest" | "recent" | "trailing" => Past,
        "next" | "coming" | "upcoming" | "following" => Next,
        "day" | "days" => Unit(Bucket::Day),
        "week" | "weeks" | "wk" | "wks" => Unit(Bucket::Week),
        "month" | "months" => Unit(Bucket::Month),
        "quarter" | "quarters" => Unit(Bucket::Quarter),
        "year" | "years" | "yr" | "yrs" => Unit(Bucket::Year),
        "half" => Half,
        "in" | "for" | "during" | "over" | "within" | "on" | "the" | "throughout" | "at" => In,
        "from" | "starting" | "beginning" => From,
        "since" => Since,
        "between" => Between,
        "to" => To,
        "and" => And,
        "until" | "till" | "through" | "thru" => Until,
        "before" => Before,
        "after" => After,
        "of" => Of,
        "ago" => Ago,
        "start" => Beginning,
        "end" => End,
        "date" => Date,
        "ytd" => ToDate(Bucket::Year),
        "mtd" => ToDate(Bucket::Month),
        "qtd" => ToDate(Bucket::Quarter),
        "wtd" => ToDate(Bucket::Week),
        "sofar" => SoFar,
        "one" => Number(1),
        "two" => Number(2),
        "three" => Number(3),
        "four" => Number(4),
        "five" => Number(5),
        "six" => Number(6),
        "seven" => Number(7),
        "eight" => Number(8),
        "nine" => Number(9),
        "ten" => Number(10),
        "eleven" => Number(11),
        "twelve" => Number(12),
        "fourteen" => Number(14),
        "twenty" => Number(20),
        "thirty" => Number(30),
        "sixty" => Number(60),
        "ninety" => Number(90),
        "first" => Ordinal(1),
        "second" => Ordinal(2),
        "third" => Ordinal(3),
        "fourth" => Ordinal(4),
        "i" => Ordinal(1),
        "ii" => Ordinal(2),
        "iii" => Ordinal(3),
        "iv" => Ordinal(4),
        "q1" => Quarter(1),
        "q2" => Quarter(2),
        "q3" => Quarter(3),
        "q4" => Quarter(4),
        "h1" => HalfOf(1),
        "h2" => HalfOf(2),
        "jan" | "january" => Month(1),
        "feb" | "february" => Month(2),
        "mar" | "march" => Month(3),
        "apr" | "april" => Month(4),
        "may" => Month(5),
        "jun" | "june" => Month(6),
        "jul" | "july" => Month(7),
        "aug" | "august" => Month(8),
        "sep" | "sept" | "september" => Month(9),
        "oct" | "october" => Month(10),
        "nov" | "november" => Month(11),
        "dec" | "december" => Month(12),
        "monday" => Weekday(0),
        "tuesday" => Weekday(1),
        "wednesday" => Weekday(2),
        "thursday" => Weekday(3),
        "friday" => Weekday(4),
        "saturday" => Weekday(5),
        "sunday" => Weekday(6),
        _ => return None,
    })
}

/// Beginnings of Russian words that are months; `мая` and its forms are whole words.
const MONTHS: [&str; 12] = [
    "январ",
    "феврал",
    "март",
    "апрел",
    "май",
    "июн",
    "июл",
    "август",
    "сентябр",
    "октябр",
    "ноябр",
    "декабр",
];

fn russian(word: &str) -> Option<Atom> {
    use Atom::*;
    let begins = |with: &[&str]| with.iter().any(|one| word.starts_with(one));
    Some(match word {
        "сегодня" => Today,
        "вчера" => Yesterday,
        "позавчера" => DayBefore,
        "завтра" => Tomorrow,
        "этот" | "эта" | "этом" | "этой" | "эту" | "этого" | "это" | "этому" => {
            This
        }
        "день" | "дня" | "дней" | "дни" | "дню" | "днем" | "дне" | "сутки" | "суток" => {
            Unit(Bucket::Day)
        }
        "год" | "года" | "году" | "годом" | "годы" | "лет" | "годов" | "г" => {
            Unit(Bucket::Year)
        }
        "полгода" | "полугода" => HalfYear,
        "половина" | "половине" | "половину" | "половины" => Half,
        "в" | "во" | "течение" => In,
        "за" => Behind,
        "на" => At,
        "с" | "со" | "от" => From,
        "начиная" => Since,
        "между" => Between,
        "по" => To,
        "и" => And,
        "до" => Before,
        "после" => After,
        "назад" => Ago,
        "начала" | "начале" => Beginning,
        "конца" | "концу" | "конце" => End,
        "мая" | "мае" | "маю" | "маем" => Month(5),
        "i" => Ordinal(1),
        "один" | "одну" | "одного" | "одной" => Number(1),
        "два" | "две" | "двух" | "двое" => Number(2),
        "три" | "трех" | "трое" => Number(3),
        "четыре" | "четырех" => Number(4),
        "пять" | "пяти" => Number(5),
        "шесть" | "шести" => Number(6),
        "семь" | "семи" => Number(7),
        "восемь" | "восьми" => Number(8),
        "девять" | "девяти" => Number(9),
        "десять" | "десяти" => Number(10),
        "двенадцать" | "двенадцати" => Number(12),
        "тридцать" | "тридцати" => Number(30),
        "1кв" => Quarter(1),
        "2кв" => Quarter(2),
        "3кв" => Quarter(3),
        "4кв" => Quarter(4),
        "кв" => Unit(Bucket::Quarter),
        _ if begins(&["сегодняшн"]) => Today,
        _ if begins(&["вчерашн"]) => Yesterday,
        _ if begins(&["текущ", "нынешн"]) => This,
        _ if begins(&["прошл", "предыдущ", "минувш"]) && !word.starts_with("прошло") => {
            Last
        }
        _ if ["прошлом", "прошлого", "прошлой", "прошлому", "прошлое"].contains(&word) => {
            Last
        }
        _ if begins(&["последн"]) => Past,
        _ if begins(&["следующ", "будущ", "ближайш", "предстоящ", "грядущ"]) => {
            Next
        }
        _ if begins(&["недел"]) => Unit(Bucket::Week),
        _ if begins(&["месяц"]) => Unit(Bucket::Month),
        _ if begins(&["квартал"]) => Unit(Bucket::Quarter),
        _ if begins(&["полугоди"]) => Half,
        _ if begins(&["перв"]) => Ordinal(1),
        _ if begins(&["втор"]) && !word.starts_with("вторн") => Ordinal(2),
        _ if begins(&["трет"]) => Ordinal(3),
        _ if begins(&["четверт"]) => Ordinal(4),
        _ if begins(&["понедельник"]) => Weekday(0),
        _ if begins(&["вторник"]) => Weekday(1),
        "среда" | "среду" | "среды" | "среде" => Weekday(2),
        _ if begins(&["четверг"]) => Weekday(3),
        _ if begins(&["пятниц"]) => Weekday(4),
        _ if begins(&["суббот"]) => Weekday(5),
        _ if begins(&["воскресень"]) => Weekday(6),
        _ => {
            let month = MONTHS.iter().position(|beginning| {
                word.strip_prefix(beginning).is_some_and(|rest| rest.chars().count() <= 2)
            })?;
            return u32::try_from(month + 1).ok().map(Month);
        }
    })
}

/// `3rd`, `5-го`: the ordinals of digits.
fn number(word: &str) -> Option<Atom> {
    let digits = word.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let rest = word.get(digits.len()..)?;
    if !matches!(rest, "st" | "nd" | "rd" | "th" | "го" | "й" | "е" | "м") {
        return None;
    }
    digits.parse().ok().filter(|number| *number > 0).map(Atom::Ordinal)
}
