//! What trends are looked for in: a shop's sales by period, as a whole and by its parts, and how
//! long its customers have been silent.

use chrono::{Datelike, Days, NaiveDate};

/// The periods that sales are given by.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// First day of each period, counted from 1970-01-01, and after them the first day past the last.
    pub bounds: Vec<i32>,
    /// Periods a year: 52 weeks, 12 months. A period and the one so many before it are alike.
    pub year: usize,
}

impl Calendar {
    /// How many periods there are.
    pub fn len(&self) -> usize {
        self.bounds.len().saturating_sub(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Periods a month.
    pub(super) fn month(&self) -> f64 {
        self.year as f64 / 12.0
    }

    /// Periods that a season lasts, by which "lately" is meant: a quarter of a year.
    pub(super) fn quarter(&self) -> usize {
        (self.year / 4).max(1)
    }

    /// Whether what began in a period is how the shop is by now, and no news.
    pub(super) fn is_old(&self, period: usize) -> bool {
        2 * (self.len() - period.min(self.len())) > 3 * self.year.max(4)
    }

    /// Whether a period's sales may be owed to Easter, which lies in other periods each year: the
    /// fortnight before Easter Sunday and the week after it touch it. Longer periods than months
    /// hold Easter every year.
    pub(super) fn near_easter(&self, period: usize) -> bool {
        let (Some(&first), Some(&end)) = (self.bounds.get(period), self.bounds.get(period + 1))
        else {
            return false;
        };
        if end - first > 31 {
            return false;
        }
        let epoch = NaiveDate::default();
        let Some(date) =
            u64::try_from(first).ok().and_then(|d| epoch.checked_add_days(Days::new(d)))
        else {
            return false;
        };
        let Some(easter) = easter(date.year()) else { return false };
        let easter = i32::try_from(easter.signed_duration_since(epoch).num_days()).unwrap_or(0);
        first < easter + 8 && easter - 14 < end
    }
}

/// Easter Sunday of a year of the Gregorian calendar (Meeus, Jones & Butcher).
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(n / 31).ok()?, u32::try_from(n % 31 + 1).ok()?)
}

/// A shop's sales.
#[derive(Clone, Debug)]
pub struct Shop {
    /// The periods; the running one, which is not complete, must not be among them.
    pub calendar: Calendar,
    /// Money of each period, as a whole.
    pub whole: Vec<f64>,
    /// Its parts by product, country, channel …: parts of one dimension exclude each other.
    pub dimensions: Vec<Vec<Part>>,
    /// When each customer bought.
    pub customers: Vec<Customer>,
}

/// Beyond this, sums and squares of a few thousand values might overflow; money never comes near it.
const LARGEST: f64 = 1e100;

impl Shop {
    /// The same with a value for each period, all of them finite: what is none is nothing.
    pub(super) fn cleaned(&self) -> Self {
        let count = self.calendar.len();
        let cleaned = |values: &[f64]| -> Vec<f64> {
            let finite = |value: &f64| if value.is_finite() { *value } else { 0.0 };
            let mut values: Vec<f64> =
                values.iter().map(|value| finite(value).clamp(-LARGEST, LARGEST)).collect();
            values.resize(count, 0.0);
            values
        };
        let part = |part: &Part| {
            let known = |values: &[f64]| match values {
                [] => Vec::new(),
                values => cleaned(values),
            };
            Part { money: cleaned(&part.money), units: known(&part.units), sold: known(&part.sold) }
        };
        Self {
            calendar: Calendar { year: self.calendar.year.max(1), ..self.calendar.clone() },
            whole: cleaned(&self.whole),
            dimensions: self.dimensions.iter().map(|of| of.iter().map(part).collect()).collect(),
            customers: self.customers.clone(),
        }
    }
}

/// A part of the sales.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Money of each period.
    pub money: Vec<f64>,
    /// Units sold of each period; empty where they have no price in common.
    pub units: Vec<f64>,
    /// Money of those units, whatever came back of it: what the price is told by. As long as they are.
    pub sold: Vec<f64>,
}

/// When a customer bought.
#[derive(Clone, Copy, Debug)]
pub struct Customer {
    /// The first day with a purchase.
    pub first_day: i32,
    /// The last.
    pub last_day: i32,
    /// Days with a purchase.
    pub days: u32,
}

#[cfg(test)]
mod tests {
    use super::easter;

    #[test]
    fn easter_is_on_the_days_that_it_was_on() {
        let on = |year| easter(year).unwrap().to_string();
        assert_eq!(
            [2008, 2010, 2011, 2024, 2025, 2038].map(on),
            ["2008-03-23", "2010-04-04", "2011-04-24", "2024-03-31", "2025-04-20", "2038-04-25"]
        );
    }
}
