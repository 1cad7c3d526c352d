//! Numbers as files write them: `1234.56`, `1,234.56`, `1 234,56`, `$45.00`, `(5.00)`, `1000 руб`.
//!
//! What parts thousands and what decimals a number often shows itself: `15,90`, `1.234,56`. Where it does
//! not, as in `1,234`, the rest of the file does; and where that does not, nothing is guessed.

use std::borrow::Cow;

use crm_models::Currency;

use super::currency::is_sign_of;
use super::decimals::{Decided, Decimals, Mark, Style, mark};
use super::field::Field;
use super::reason::Reason;

/// Whether a text is a number as files write it, whatever its marks mean.
pub(super) fn is_number(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let any = Numbers { decided: Decided::default() };
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let read = any.of(Style::default(), text, None);
    // A date has signs of minus within.
    let inner = text.trim_matches(|letter: char| !letter.is_ascii_digit());
    digits > 0
        && letters <= 5
        && !inner.contains('-')
        && matches!(read, Ok(_) | Err(Reason::AmbiguousNumber))
}

/// Reads numbers.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    decided: Decided,
}

impl Numbers {
    pub(super) fn new(decided: Decided) -> Self {
        Self { decided }
    }

    /// A number of a column with a point before its decimals, and nothing else but a sign. What is no number
    /// at all may come back as it is, for whoever parses it. A sign of a currency has to be that of this one.
    pub(super) fn plain<'t>(
        &self,
        text: &'t str,
        field: Field,
        currency: Currency,
    ) -> Result<Cow<'t, str>, Reason> {
        self.of(self.decided.of[field as usize], text, Some(currency))
    }

    fn of<'t>(
        &self,
        style: Style,
        text: &'t str,
        currency: Option<Currency>,
    ) -> Result<Cow<'t, str>, Reason> {
        let points = text.matches('.').count();
        let is_plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-'))
            && !text.starts_with(['.', '-'])
            && !text.ends_with(['.', '-'])
            && points <= 1;
        if is_plain && (points == 0 || style.decimals == Some(Decimals::Point)) {
            return Ok(Cow::Borrowed(text));
        }
        style.read(text, currency).map(Cow::Owned)
    }
}

impl Style {
    fn read(self, text: &str, currency: Option<Currency>) -> Result<String, Reason> {
        let (body, negative) = unsigned(text.trim());
        let body = without_currency(body, currency)?;
        let (body, inner_negative) = unsigned(body);
        let (mantissa, exponent) = exponent(body).ok_or(Reason::MalformedAmount)?;
        let mut number = self.number(mantissa)?;
        if exponent != 0 {
            number = shifted(&number, exponent);
        }
        Ok(if negative != inner_negative { format!("-{number}") } else { number })
    }

    /// Digits with marks: without those of the thousands, with a point before the decimals.
    fn number(self, text: &str) -> Result<String, Reason> {
        let malformed = Reason::MalformedAmount;
        // What was said counts, also against what a number shows.
        let decimals = self.decimals.or_else(|| match mark(text.as_bytes()) {
            Mark::Of(decimals) => Some(decimals),
            Mark::None | Mark::Open => None,
        });
        let has_mark = text.contains(['.', ',']);
        let decimals = match decimals {
            Some(decimals) => decimals,
            None if !has_mark => Decimals::Point,
            None => return Err(Reason::AmbiguousNumber),
        };
        let (mark, other) = match decimals {
            Decimals::Point => ('.', ','),
            Decimals::Comma => (',', '.'),
        };
        let (whole, rest) = text.split_once(mark).unwrap_or((text, ""));
        let is_blank = |letter: char| letter.is_whitespace() || matches!(letter, '\'' | '’');
        let groups: Vec<&str> =
            whole.split(|letter: char| letter == other || is_blank(letter)).collect();
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_grouped = match groups.as_slice() {
            [one] => are_digits(one),
            [first, others @ ..] => {
                (1..=3).contains(&first.len())
                    && others.last().is_some_and(|last| last.len() == 3)
                    // Two in India.
                    && others.iter().all(|group| matches!(group.len(), 2 | 3))
                    && groups.iter().all(|group| are_digits(group))
            }
            [] => false,
        };
        if !is_grouped || !are_digits(rest) || (whole.is_empty() && rest.is_empty()) {
            return Err(malformed);
        }
        let whole = if whole.is_empty() { "0".to_owned() } else { groups.concat() };
        Ok(if rest.is_empty() { whole } else { format!("{whole}.{rest}") })
    }
}

/// Takes the sign of a currency off, which has to be that of the purchase.
fn without_currency(text: &str, currency: Option<Currency>) -> Result<&str, Reason> {
    let is_of_number = |letter: char| letter.is_ascii_digit() || "-−(.,".contains(letter);
    let start = text.find(is_of_number).unwrap_or(text.len());
    let (before, rest) = text.split_at(start);
    let end = rest.rfind(|letter: char| letter.is_ascii_digit() || "-−)".contains(letter));
    let end = end.map_or(0, |end| {
        end + rest.get(end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
    });
    let (number, after) = rest.split_at(end);
    for sign in [before.trim(), after.trim().trim_end_matches('.')] {
        if !sign.is_empty() && !is_sign_of(sign, currency)? {
            return Err(Reason::MalformedAmount);
        }
    }
    Ok(number.trim())
}

/// Takes a sign off, or the brackets that stand for one; whether it is below zero.
fn unsigned(text: &str) -> (&str, bool) {
    const MINUS: [char; 2] = ['-', '−'];
    if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return (inner.trim(), true);
    }
    match text.strip_prefix(MINUS).or_else(|| text.strip_suffix(MINUS)) {
        Some(rest) => (rest.trim(), true),
        None => (text.strip_prefix('+').unwrap_or(text).trim(), false),
    }
}

/// `1.5E+3` as its mantissa and its power of ten, which has a bound.
fn exponent(text: &str) -> Option<(&str, i32)> {
    let Some((mantissa, power)) = text.split_once(['e', 'E']) else { return Some((text, 0)) };
    let power: i32 = power.parse().ok()?;
    (-12..=12).contains(&power).then_some((mantissa, power))
}

/// A plain number times a power of ten.
fn shifted(number: &str, power: i32) -> String {
    let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{rest}");
    let point = i64::try_from(whole.len()).unwrap_or(0) + i64::from(power);
    let length = i64::try_from(digits.len()).unwrap_or(0);
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
    match point {
        ..=0 => format!("0.{}{digits}", zeros(-point)),
        point if point >= length => format!("{digits}{}", zeros(point - length)),
        point => {
            let (whole, rest) = digits.split_at(usize::try_from(point).unwrap_or(0));
            format!("{whole}.{rest}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::decimals::Shown;
    use crate::import::read::Place;

    fn read(text: &str, told: Option<Decimals>, of_file: &[&str]) -> Result<String, Reason> {
        let mut shown = [const { Shown::NONE }; Field::COUNT];
        let column = &mut shown[Field::UnitPrice as usize];
        of_file.iter().for_each(|number| column.look(number.as_bytes(), Place::default));
        let numbers = Numbers::new(Decided::of(told, &shown));
        numbers.plain(text, Field::UnitPrice, Currency::USD).map(Cow::into_owned)
    }

    #[test]
    fn a_column_is_read_by_itself_and_else_as_the_others_and_what_is_open_is_told() {
        let decided = |columns: &[(Field, &[&str])]| {
            let mut shown = [const { Shown::NONE }; Field::COUNT];
            for (field, numbers) in columns {
                let place = |line| Place { part: 0, line };
                for (line, number) in (2..).zip(*numbers) {
                    shown[*field as usize].look(number.as_bytes(), || place(line));
                }
            }
            Decided::of(None, &shown)
        };
        let read = |decided: &Decided, field| {
            Numbers::new(decided.clone()).plain("1,250", field, Currency::USD).map(Cow::into_owned)
        };
        let [price, count] = [Field::UnitPrice, Field::Quantity];
        let both = decided(&[(price, &["1,234.50"]), (count, &["0,125", "1,250"])]);
        assert_eq!(read(&both, price).as_deref(), Ok("1250"));
        assert_eq!(read(&both, count).as_deref(), Ok("1.250"));
        assert!(both.open.is_empty() && both.is_comma_shown);
        let other = decided(&[(price, &["15,90"]), (count, &["2", "1,250"])]);
        assert_eq!(read(&other, count).as_deref(), Ok("1.250"));
        let open = decided(&[(price, &["15"]), (count, &["2", "1,250"])]);
        assert_eq!(read(&open, count), Err(Reason::AmbiguousNumber));
        assert_eq!(open.open, [(count, Place { part: 0, line: 3 }, "1,250".to_owned())]);
    }

    #[test]
    fn numbers_are_known_from_other_texts() {
        for text in ["12", "1 234,56", "$45.00", "(5.00)", "1000 руб", "1.234"] {
            assert!(is_number(text.as_bytes()), "{text}");
        }
        for text in ["", "n/a", "A-12", "10%", "2026-07-01", "5 pcs", "#1001"] {
            assert!(!is_number(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_number_that_shows_its_decimals_is_read_by_them() {
        let cases = [
            ("1234.56", "1234.56"),
            ("-5.00", "-5.00"),
            ("15,90", "15.90"),
            ("1234,5", "1234.5"),
            ("0,125", "0.125"),
            ("1,234.56", "1234.56"),
            ("1.234,56", "1234.56"),
            ("1.234.567", "1234567"),
            ("12,34,567.8", "1234567.8"),
            ("1 234,56", "1234.56"),
            ("1\u{a0}234\u{202f}567,5", "1234567.5"),
            ("1’234.50", "1234.50"),
            ("$45.00", "45.00"),
            ("-$5.00", "-5.00"),
            ("$-5.00", "-5.00"),
            ("(5.00)", "-5.00"),
            ("5.00-", "-5.00"),
            ("−5", "-5"),
            ("+5", "5"),
            ("USD 1,234.50", "1234.50"),
            ("1.5E+3", "1500"),
            ("12e-3", "0.012"),
            (".5", "0.5"),
            ("7", "7"),
        ];
        for (text, plain) in cases {
            assert_eq!(read(text, None, &[]).as_deref(), Ok(plain), "{text}");
        }
    }

    #[test]
    fn what_a_number_does_not_show_the_file_does_or_somebody_says() {
        let comma = &["15,90", "1,234"];
        assert_eq!(read("1,234", None, comma).as_deref(), Ok("1.234"));
        assert_eq!(read("1.234", None, comma).as_deref(), Ok("1234"));
        assert_eq!(read("1,234", None, &["15.90"]).as_deref(), Ok("1234"));
        assert_eq!(read("1,234", Some(Decimals::Comma), &[]).as_deref(), Ok("1.234"));
        assert_eq!(read("1.234", Some(Decimals::Comma), &[]).as_deref(), Ok("1234"));
        assert_eq!(read("1,234", Some(Decimals::Point), comma).as_deref(), Ok("1234"));
        assert_eq!(read("1,234", None, &[]), Err(Reason::AmbiguousNumber));
        assert_eq!(read("1.234", None, &[]), Err(Reason::AmbiguousNumber));
        assert_eq!(read("1.234", None, &["2.5"]).as_deref(), Ok("1.234"));
        let both = &["15,90", "15.90"];
        for text in ["1,234", "1.234"] {
            assert_eq!(read(text, None, both), Err(Reason::AmbiguousNumber));
        }
        assert_eq!(read("15,90", None, both).as_deref(), Ok("15.90"));
    }

    #[test]
    fn what_is_no_number_or_in_another_currency_is_refused() {
        for text in ["abc", "1,2,3", "1,23.4", "12 34", "$", "(", "1.2.3", "1e3x", "5 pcs", "1e99"]
        {
            assert_eq!(read(text, None, &[]), Err(Reason::MalformedAmount), "{text}");
        }
        assert_eq!(read("15,90", Some(Decimals::Point), &[]), Err(Reason::MalformedAmount));
        for text in ["€5", "EUR 5.00", "5 руб."] {
            assert_eq!(read(text, None, &[]), Err(Reason::OtherCurrency), "{text}");
        }
    }
}
