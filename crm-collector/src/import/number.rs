//! Numbers as files write them: `1234.56`, `1,234.56`, `1 234,56`, `$45.00`, `(5.00)`, `1000 руб`.
//!
//! What parts thousands and what decimals a number often shows itself: `15,90`, `1.234,56`. Where it does
//! not, as in `1,234`, the rest of the file does; and where that does not, nothing is guessed.

use std::borrow::Cow;
use std::str::FromStr;

use crm_models::Currency;

use super::reason::Reason;

/// What stands before the decimals of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decimals {
    /// As in `1,234.56`.
    Point,
    /// As in `1.234,56`.
    Comma,
}

/// A text that is no [`Decimals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what stands before decimals is point or comma")]
pub struct UnknownDecimals;

impl FromStr for Decimals {
    type Err = UnknownDecimals;

    fn from_str(text: &str) -> Result<Self, UnknownDecimals> {
        match text {
            "point" => Ok(Self::Point),
            "comma" => Ok(Self::Comma),
            _ => Err(UnknownDecimals),
        }
    }
}

/// What the numbers of a file show of their decimals.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown {
    point: bool,
    comma: bool,
}

impl Shown {
    /// Takes in a number.
    pub(super) fn look(&mut self, bytes: &[u8]) {
        match own(bytes) {
            Some(Decimals::Point) => self.point = true,
            Some(Decimals::Comma) => self.comma = true,
            None => {}
        }
    }

    /// Whether all that show anything show a comma.
    pub(super) fn is_comma(self) -> bool {
        self.comma && !self.point
    }
}

/// What a number shows of its decimals by itself.
fn own(bytes: &[u8]) -> Option<Decimals> {
    let digit = |byte: &u8| byte.is_ascii_digit();
    let is_mark = |byte: &u8| matches!(byte, b'.' | b',');
    let end = bytes.iter().rposition(digit)?;
    let bytes = bytes.get(..=end)?;
    let last = bytes.iter().rposition(is_mark)?;
    let (before, after) = (bytes.get(..last)?, bytes.len() - last - 1);
    let of = |mark: u8| if mark == b'.' { Decimals::Point } else { Decimals::Comma };
    let mark = *bytes.get(last)?;
    match before.iter().rfind(|byte| is_mark(byte)) {
        // The other one parts thousands.
        Some(other) if *other != mark => Some(of(mark)),
        // What stands twice parts thousands.
        Some(_) => Some(if mark == b'.' { Decimals::Comma } else { Decimals::Point }),
        None => {
            let digits = before.iter().filter(|byte| digit(byte)).count();
            let first = before.iter().find(|byte| digit(byte));
            let is_group = after == 3 && (1..=3).contains(&digits) && first != Some(&b'0');
            (!is_group).then(|| of(mark))
        }
    }
}

/// How the numbers of a file are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    /// What was said, or what the file shows.
    decimals: Option<Decimals>,
    /// Whether the file shows both.
    mixed: bool,
    currency: Currency,
}

impl Numbers {
    pub(super) fn new(told: Option<Decimals>, shown: Shown, currency: Currency) -> Self {
        let of_file = match (shown.point, shown.comma) {
            (true, false) => Some(Decimals::Point),
            (false, true) => Some(Decimals::Comma),
            (false, false) | (true, true) => None,
        };
        let mixed = told.is_none() && shown.point && shown.comma;
        Self { decimals: told.or(of_file), mixed, currency }
    }

    /// A number with a point before its decimals, and nothing else but a sign. What is no number at all
    /// may come back as it is, for whoever parses it.
    pub(super) fn plain<'t>(&self, text: &'t str) -> Result<Cow<'t, str>, Reason> {
        let points = text.matches('.').count();
        let is_plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-'))
            && !text.starts_with(['.', '-'])
            && !text.ends_with(['.', '-'])
            && points <= 1;
        if is_plain && (points == 0 || self.decimals != Some(Decimals::Comma) && !self.mixed) {
            return Ok(Cow::Borrowed(text));
        }
        self.read(text).map(Cow::Owned)
    }

    fn read(&self, text: &str) -> Result<String, Reason> {
        let (body, negative) = unsigned(text.trim());
        let body = self.without_currency(body)?;
        let (body, inner_negative) = unsigned(body);
        let (mantissa, exponent) = exponent(body).ok_or(Reason::MalformedAmount)?;
        let mut number = self.number(mantissa)?;
        if exponent != 0 {
            number = shifted(&number, exponent);
        }
        Ok(if negative != inner_negative { format!("-{number}") } else { number })
    }

    /// Takes the sign of a currency off, which has to be the import's.
    fn without_currency<'t>(&self, text: &'t str) -> Result<&'t str, Reason> {
        let is_of_number = |letter: char| letter.is_ascii_digit() || "-−(.,".contains(letter);
        let start = text.find(is_of_number).unwrap_or(text.len());
        let (before, rest) = text.split_at(start);
        let end = rest.rfind(|letter: char| letter.is_ascii_digit() || "-−)".contains(letter));
        let end = end.map_or(0, |end| end + rest[end..].chars().next().map_or(0, char::len_utf8));
        let (number, after) = rest.split_at(end);
        for sign in [before.trim(), after.trim().trim_end_matches('.')] {
            if !sign.is_empty() && !is_sign_of(sign, self.currency)? {
                return Err(Reason::MalformedAmount);
            }
        }
        Ok(number.trim())
    }

    /// Digits with marks: without those of the thousands, with a point before the decimals.
    fn number(&self, text: &str) -> Result<String, Reason> {
        let malformed = Reason::MalformedAmount;
        // What was said counts, also against what a number shows.
        let decimals = self.decimals.or_else(|| own(text.as_bytes()));
        let has_mark = text.contains(['.', ',']);
        let decimals = match decimals {
            Some(decimals) => decimals,
            None if !has_mark => Decimals::Point,
            // As programs write it.
            None if text.contains('.') && !self.mixed => Decimals::Point,
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

/// How currencies are written beside their codes.
const SIGNS: [(&str, &[&str]); 22] = [
    ("€", &["EUR"]),
    ("£", &["GBP", "EGP", "GIP", "FKP"]),
    ("₽", &["RUB"]),
    ("руб", &["RUB", "BYN"]),
    ("р", &["RUB", "BYN"]),
    ("₴", &["UAH"]),
    ("грн", &["UAH"]),
    ("₸", &["KZT"]),
    ("₹", &["INR"]),
    ("₺", &["TRY"]),
    ("₩", &["KRW"]),
    ("₪", &["ILS"]),
    ("₫", &["VND"]),
    ("฿", &["THB"]),
    ("¥", &["JPY", "CNY"]),
    ("zł", &["PLN"]),
    ("Kč", &["CZK"]),
    ("Ft", &["HUF"]),
    ("lei", &["RON", "MDL"]),
    ("kr", &["SEK", "NOK", "DKK", "ISK"]),
    ("R$", &["BRL"]),
    ("$", &["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP", "BRL"]),
];

/// Whether a text stands for a currency.
///
/// # Errors
/// It stands for another one.
fn is_sign_of(sign: &str, currency: Currency) -> Result<bool, Reason> {
    let code = currency.to_string();
    let known = SIGNS.iter().find(|(known, _)| *known == sign);
    let is_code = sign.len() == 3 && sign.parse::<Currency>().is_ok();
    match known {
        Some((_, of)) if of.contains(&&*code) => Ok(true),
        None if is_code && sign.eq_ignore_ascii_case(&code) => Ok(true),
        Some(_) => Err(Reason::OtherCurrency),
        None if is_code => Err(Reason::OtherCurrency),
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, told: Option<Decimals>, of_file: &[&str]) -> Result<String, Reason> {
        let mut shown = Shown::default();
        of_file.iter().for_each(|number| shown.look(number.as_bytes()));
        Numbers::new(told, shown, Currency::USD).plain(text).map(Cow::into_owned)
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
            // As programs write it.
            ("1.234", "1.234"),
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
