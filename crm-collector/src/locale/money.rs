//! Money as a language writes it: two decimals in tables, whole units in sentences, exact on hover.

use crm_api::Total;
use crm_api::answer::Figure;
use crm_models::{Amount, Currency};

use super::number::{MINUS, NBSP, grouped};
use super::{Lang, Locale, Marked};

/// Digits of a [`Total`] behind its unit.
const TOTAL_DIGITS: u32 = 4;

/// The parts of a sum as it is written.
struct Written {
    minus: bool,
    whole: String,
    /// With the decimal sign; empty where there are none.
    decimals: String,
}

impl Locale {
    /// As in a table: rounded to what its currency is paid in.
    pub(crate) fn money(&self, total: impl Into<Total>, currency: Currency) -> String {
        let written = self.written(total.into(), digits(currency));
        self.signed(&written, currency, &format!("{}{}", written.whole, written.decimals))
    }

    /// As in a sentence: rounded to whole units.
    pub(crate) fn money_whole(&self, total: Total, currency: Currency) -> String {
        let written = self.written(total, 0);
        self.signed(&written, currency, &written.whole)
    }

    /// Every digit that is stored.
    pub(crate) fn money_exact(&self, total: Total, currency: Currency) -> String {
        let spare = (0..TOTAL_DIGITS - digits(currency))
            .take_while(|digit| total.ten_thousandths() % 10_i128.pow(digit + 1) == 0);
        let written = self.written(total, TOTAL_DIGITS - u32::try_from(spare.count()).unwrap_or(0));
        self.signed(&written, currency, &format!("{}{}", written.whole, written.decimals))
    }

    /// A large figure: its decimals are quieter, and what is exact is told on hover.
    pub(crate) fn money_figure(&self, total: Total, currency: Currency) -> Marked {
        let written = self.written(total, digits(currency));
        let quiet = format!("<span class=\"dec\">{}</span>", written.decimals);
        let number =
            format!("{}{}", written.whole, if written.decimals.is_empty() { "" } else { &quiet });
        // The currency's sign is ours or three letters: nothing in it needs escaping.
        let text = self.signed(&written, currency, &number);
        let exact = self.money_exact(total, currency);
        Marked(format!("<span title=\"{exact}\">{text}</span>"))
    }

    /// A figure of the statistics, which is money or a number.
    pub(crate) fn figure(&self, figure: Figure, currency: Currency) -> String {
        match figure {
            Figure::Money(total) => self.money(total, currency),
            Figure::Number(number) => self.decimals(number, 1),
        }
    }

    /// The same in whole units, for what is only estimated.
    pub(crate) fn estimate(&self, figure: Figure, currency: Currency) -> String {
        match figure {
            Figure::Money(total) => self.money_whole(total, currency),
            Figure::Number(number) => self.decimals(number, 1),
        }
    }

    fn written(&self, total: Total, digits: u32) -> Written {
        let unit = 10_u128.pow(TOTAL_DIGITS - digits);
        let size = total.ten_thousandths().unsigned_abs();
        // Half away from zero, as everywhere.
        let rounded = size / unit + u128::from(size % unit >= unit.div_ceil(2) && unit > 1);
        let one = 10_u128.pow(digits);
        let decimals = match digits {
            0 => String::new(),
            digits => {
                let width = usize::try_from(digits).unwrap_or(0);
                format!("{}{:0width$}", self.lang.decimal(), rounded % one)
            }
        };
        Written {
            minus: total < Total::ZERO && rounded > 0,
            whole: grouped(rounded / one, self.lang),
            decimals,
        }
    }

    fn signed(&self, written: &Written, currency: Currency, number: &str) -> String {
        let minus = if written.minus { MINUS.to_string() } else { String::new() };
        match (self.lang, symbol(currency)) {
            (Lang::English, Some(symbol)) => format!("{minus}{symbol}{number}"),
            (Lang::English, None) => format!("{minus}{currency}{NBSP}{number}"),
            (Lang::Russian, Some(symbol)) => format!("{minus}{number}{NBSP}{symbol}"),
            (Lang::Russian, None) => format!("{minus}{number}{NBSP}{currency}"),
        }
    }

    /// The sum of one purchase.
    pub(crate) fn amount(&self, amount: Amount, currency: Currency) -> String {
        self.money(amount, currency)
    }
}

fn symbol(currency: Currency) -> Option<&'static str> {
    Some(match currency {
        Currency::GBP => "£",
        Currency::EUR => "€",
        Currency::USD => "$",
        Currency::RUB => "₽",
        Currency::JPY => "¥",
        Currency::INR => "₹",
        Currency::BRL => "R$",
        Currency::AUD => "A$",
        Currency::CAD => "CA$",
        Currency::CNY => "CN¥",
        _ => return None,
    })
}

/// Decimals that a currency is paid in; none has more than a [`Total`].
fn digits(currency: Currency) -> u32 {
    currency.decimals().min(TOTAL_DIGITS)
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use crm_models::Timestamp;

    use super::*;

    #[test]
    fn money_is_written_as_its_language_has_it() {
        let of = |lang| Locale::new(lang, Tz::UTC, Timestamp::from_millis(0));
        let (en, ru) = (of(Lang::English), of(Lang::Russian));
        let total = |text: &str| text.parse::<Total>().unwrap();
        assert_eq!(en.money(total("1234.56"), Currency::GBP), "£1,234.56");
        assert_eq!(ru.money(total("1234567.5"), Currency::RUB), "1\u{a0}234\u{a0}567,50\u{a0}₽");
        assert_eq!(en.money(total("-79.205"), Currency::GBP), "−£79.21");
        assert_eq!(en.money(total("-0.004"), Currency::GBP), "£0.00");
        assert_eq!(en.money(total("1200.5"), Currency::JPY), "¥1,201");
        assert_eq!(en.money(total("3"), Currency::PLN), "PLN\u{a0}3.00");
        assert_eq!(en.money_whole(total("992000.5"), Currency::GBP), "£992,001");
        assert_eq!(en.money_exact(total("1.2345"), Currency::GBP), "£1.2345");
        assert_eq!(en.money_exact(total("1.23"), Currency::GBP), "£1.23");
        let figure = en.money_figure(total("433686.0149"), Currency::GBP).to_string();
        let expected =
            "<span title=\"£433,686.0149\">£433,686<span class=\"dec\">.01</span></span>";
        assert_eq!(figure, expected);
    }
}
