//! What a demo shop is made from.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use crm_models::Currency;

/// What a shop is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Another seed, another shop.
    pub seed: u64,
    /// The first day that has no more events.
    pub until: NaiveDate,
    /// Days before it that have.
    pub days: u64,
    /// Customers, those known from before included.
    pub customers: usize,
    /// Currency of all prices.
    pub currency: Currency,
    /// Time zone of the shop's days.
    pub timezone: Tz,
}

impl Parameters {
    /// Three years before a day, so that two whole ones precede each month of the last, with 2,500
    /// customers who pay in euro.
    pub fn three_years(seed: u64, until: NaiveDate) -> Self {
        Self {
            seed,
            until,
            days: 1_096,
            customers: 2_500,
            currency: Currency::EUR,
            timezone: chrono_tz::Europe::Berlin,
        }
    }

    /// The day so many days after the first.
    pub(super) fn date(&self, day: u64) -> NaiveDate {
        let first = self.until.checked_sub_days(Days::new(self.days)).unwrap_or_default();
        first.checked_add_days(Days::new(day)).unwrap_or_default()
    }
}
