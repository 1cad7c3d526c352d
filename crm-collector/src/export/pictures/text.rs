//! Values as people read them: money with the decimals of its currency, times by the workspace's clocks.

use chrono_tz::Tz;
use crm_api::Total;
use crm_api::answer::{Figure, Value};
use crm_models::Currency;

use super::names::{capital, name};
use super::period::period_start;
use crate::charts::{self, Locale, Places};
use crate::export::cells::{plain, printable};

/// How values of an answer are written.
#[derive(Clone, Copy, Debug)]
pub struct Texts {
    /// Whose words and signs.
    pub locale: Locale,
    /// The currency of money, where there is money.
    pub currency: Option<Currency>,
    /// Whose clocks.
    pub timezone: Tz,
}

impl Texts {
    /// The texts of an answer in a currency.
    pub(super) fn of(locale: Locale, currency: Currency, timezone: &str) -> Self {
        let timezone = timezone.parse().unwrap_or(Tz::UTC);
        Self { locale, currency: Some(currency), timezone }
    }

    /// A cell, with its unit.
    pub fn cell(&self, value: &Value) -> String {
        self.cell_with(value, self.currency.map_or(2, |currency| currency.decimals() as usize))
    }

    /// The same with so many decimals of money and of numbers.
    pub fn cell_with(&self, value: &Value, decimals: usize) -> String {
        let plain = || plain(value, decimals, self.timezone);
        match (value, self.currency) {
            (Value::None, _) => String::new(),
            (Value::Text(text), _) => printable(text),
            (Value::Money(_), Some(currency)) => self.locale.money(&plain(), currency),
            // An order of magnitude has no groups.
            (Value::Number(_), _) if plain().contains('e') => plain(),
            (Value::Ratio(ratio), _) =>
            {
                #[expect(clippy::cast_precision_loss, reason = "shares are small")]
                self.locale.percent(*ratio as f64 / 100.0)
            }
            (Value::Time(_), _) => plain(),
            _ => self.locale.grouped(&plain()),
        }
    }

    /// A value of a chart, with its exact text.
    pub fn value(&self, value: &Value) -> Option<charts::Value> {
        Some(charts::Value::new(number(value)?, self.cell(value)))
    }

    /// The same of a figure.
    pub fn figure(&self, figure: Figure) -> charts::Value {
        let value = figure.value();
        charts::Value::new(number(&value).unwrap_or(f64::NAN), self.cell(&value))
    }

    /// Money in whole units, for a sentence; a number as it is.
    pub fn whole(&self, value: f64) -> String {
        match self.currency {
            Some(currency) => self.locale.whole_money(value, currency),
            None => self.locale.grouped(&format!("{value:.0}")),
        }
    }

    /// A cell of a column: what stands there as a code is told in words.
    pub fn cell_of(&self, column: &str, value: &Value, decimals: usize) -> String {
        let Value::Text(text) = value else { return self.cell_with(value, decimals) };
        match (column, period_start(text)) {
            ("period" | "cohort" | "since", Some((day, step))) => {
                capital(Places::periods(&[day], step, self.locale).name(0))
            }
            (
                "buyers" | "segment" | "stage" | "kind" | "dimension" | "by" | "method" | "period",
                _,
            ) => printable(&name(text, self.locale)),
            _ => printable(text),
        }
    }

    /// The head of a column.
    pub fn head(&self, column: &str) -> String {
        printable(&name(column, self.locale))
    }
}

/// A value as a number that can be drawn: money in units, shares in percent.
#[expect(clippy::cast_precision_loss, reason = "a picture keeps fifteen digits")]
pub(in crate::export) fn number(value: &Value) -> Option<f64> {
    Some(match value {
        Value::None | Value::Text(_) | Value::Time(_) => return None,
        Value::Count(count) => *count as f64,
        Value::Quantity(quantity) => *quantity as f64 / 1e4,
        Value::Money(amount) => units(*amount),
        Value::Ratio(ratio) => *ratio as f64 / 1e2,
        Value::Days(days) => *days as f64 / 10.0,
        Value::Number(number) => *number,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a picture keeps fifteen digits")]
pub(super) fn units(amount: Total) -> f64 {
    amount.ten_thousandths() as f64 / 1e4
}

/// A figure as a number.
pub(super) fn of_figure(figure: Figure) -> f64 {
    number(&figure.value()).unwrap_or(f64::NAN)
}
