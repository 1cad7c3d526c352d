//! Numbers as a language writes them: true minus, groups of three, its own decimal sign.

use super::{Lang, Locale};

/// Keeps a number together where a line breaks.
pub(super) const NBSP: char = '\u{a0}';
const NARROW_NBSP: char = '\u{202f}';
pub(super) const MINUS: char = '−';

impl Lang {
    const fn group(self) -> char {
        match self {
            Self::English => ',',
            Self::Russian => NBSP,
        }
    }

    pub(super) const fn decimal(self) -> char {
        match self {
            Self::English => '.',
            Self::Russian => ',',
        }
    }
}

impl Locale {
    /// A whole number.
    pub(crate) fn number(&self, n: impl TryInto<i128>) -> String {
        let n = n.try_into().unwrap_or(i128::MAX);
        let sign = if n < 0 { MINUS.to_string() } else { String::new() };
        sign + &grouped(n.unsigned_abs(), self.lang)
    }

    /// A number with so many decimals.
    pub(crate) fn decimals(&self, n: f64, decimals: usize) -> String {
        fixed(n, decimals, self.lang)
    }

    /// A share of one as whole percent; what is nearly nothing or nearly all is told as that.
    pub(crate) fn percent(&self, share: f64) -> String {
        let percent = share * 100.0;
        let text = match percent {
            p if p > 0.0 && p < 1.0 => "<1".to_owned(),
            p if p > 99.0 && p < 100.0 => ">99".to_owned(),
            p => fixed(p, 0, self.lang),
        };
        format!("{text}{NARROW_NBSP}%")
    }
}

/// Digits in groups of three.
pub(super) fn grouped(n: u128, lang: Lang) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(lang.group());
        }
        text.push(digit);
    }
    text
}

/// A number as it is, without decimals that say nothing.
pub(super) fn grouped_float(n: f64, lang: Lang) -> String {
    fixed(n, if n.fract() == 0.0 { 0 } else { 1 }, lang)
}

fn fixed(n: f64, decimals: usize, lang: Lang) -> String {
    let text = format!("{:.decimals$}", n.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let mut written = String::new();
    if n < 0.0 && !is_zero {
        written.push(MINUS);
    }
    match whole.parse() {
        Ok(whole) => written.push_str(&grouped(whole, lang)),
        // Infinite, or no number: nothing that a page should show is.
        Err(_) => return "—".to_owned(),
    }
    if !rest.is_empty() {
        written.push(lang.decimal());
        written.push_str(rest);
    }
    written
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use crm_models::Timestamp;

    use super::*;

    #[test]
    fn numbers_are_written_as_their_language_has_them() {
        let of = |lang| Locale::new(lang, Tz::UTC, Timestamp::from_millis(0));
        let (en, ru) = (of(Lang::English), of(Lang::Russian));
        assert_eq!(en.number(-1_234_567), "−1,234,567");
        assert_eq!(ru.number(1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!((en.number(1_234), ru.number(1_234)), ("1,234".into(), "1\u{a0}234".into()));
        assert_eq!(ru.decimals(5.25, 1), "5,2");
        assert_eq!(en.decimals(-0.04, 1), "0.0");
        assert_eq!(en.percent(0.314), "31\u{202f}%");
        assert_eq!(en.percent(0.996), ">99\u{202f}%");
        assert_eq!(en.percent(0.0), "0\u{202f}%");
        assert_eq!(en.decimals(f64::NAN, 1), "—");
    }
}
