//! Questions for reports.

use crm_models::{Code, Currency, Invalid};

use super::fields::question;
use crate::answer::ReportName;
use crate::{Bucket, DateRange, WholeDay};

question! {
    /// Which report, and what it is to cover.
    Report(
        /// Which report
        "name" name: ReportName
    ) {
        /// First day that counts, such as 2026-01-31; if left out, the first day with a purchase, but
        /// for a few that lie far before all others. A summary without either is of the last full
        /// month, or week where there are no two months, and of everything so far where there are no
        /// two weeks.
        #[cfg_attr(feature = "clap", arg(value_name = "DATE"))]
        #[cfg_attr(feature = "openapi", param(example = "2026-01-31"))]
        from: Option<WholeDay>,
        /// First day that counts no more; if left out, the day after the last purchase.
        #[cfg_attr(feature = "clap", arg(value_name = "DATE"))]
        #[cfg_attr(feature = "openapi", param(example = "2026-02-28"))]
        to: Option<WholeDay>,
        /// Days by the calendar, in place of `from` and `to`: today, yesterday, this-week, last-week,
        /// this-month, last-month, this-quarter, last-quarter, this-year or last-year; or the latest up
        /// to and with today, such as 30d, 12w, 6m or 1y.
        #[cfg_attr(feature = "clap", arg(visible_alias = "last", value_name = "RANGE"))]
        #[cfg_attr(feature = "openapi", param(example = "this-month"))]
        range: Option<DateRange>,
        /// Currency of the purchases that count; the workspace's own if left out.
        #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
        #[cfg_attr(feature = "openapi", param(example = "EUR", min_length = 3, max_length = 3))]
        currency: Option<Currency>,
        /// How `sales` divides time: day, week, month (if left out), quarter or year.
        bucket: Option<Bucket>,
        /// Rows of `products`, `customers` and `refunds` at the most; 100 if left out, 0 for all.
        limit: Option<usize>,
    }
}

question! {
    /// What the report `cohorts` is to cover.
    Cohorts {
        /// First day that counts, such as 2026-01-31; if left out, the first day with a purchase, but
        /// for a few that lie far before all others.
        #[cfg_attr(feature = "openapi", param(example = "2026-01-31"))]
        from: Option<WholeDay>,
        /// First day that counts no more; if left out, the day after the last purchase.
        #[cfg_attr(feature = "openapi", param(example = "2026-02-28"))]
        to: Option<WholeDay>,
        /// Days by the calendar, in place of `from` and `to`: today, yesterday, this-week, last-week,
        /// this-month, last-month, this-quarter, last-quarter, this-year or last-year; or the latest up
        /// to and with today, such as 30d, 12w, 6m or 1y.
        #[cfg_attr(feature = "clap", arg(visible_alias = "last", value_name = "RANGE"))]
        #[cfg_attr(feature = "openapi", param(example = "this-month"))]
        range: Option<DateRange>,
        /// Currency of the purchases that count; the workspace's own if left out.
        #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
        #[cfg_attr(feature = "openapi", param(example = "EUR", min_length = 3, max_length = 3))]
        currency: Option<Currency>,
    }
}

impl From<Cohorts> for Report {
    fn from(asked: Cohorts) -> Self {
        let Cohorts { from, to, range, currency } = asked;
        Self { name: ReportName::Cohorts, from, to, range, currency, ..Self::default() }
    }
}

impl Report {
    /// Rows that are shown unless asked otherwise.
    const DEFAULT_LIMIT: usize = 100;

    /// Refuses what this report would not look at.
    ///
    /// # Errors
    /// It has a bucket or a limit that does nothing, or days that are told twice.
    pub fn check(&self) -> Result<(), Invalid> {
        DateRange::check(self.range, [self.from, self.to].map(|day| day.map(|WholeDay(day)| day)))?;
        let refuse = |field, rule: &str| {
            let rule = format!("{rule}; leave it out for {}", self.name);
            Err(Invalid::new(Code::InvalidField, field, rule))
        };
        if self.bucket.is_some() && self.name != ReportName::Sales {
            return refuse("bucket", "divides the time of the report sales alone");
        }
        let is_long =
            matches!(self.name, ReportName::Products | ReportName::Customers | ReportName::Refunds);
        if self.limit.is_some() && !is_long {
            return refuse("limit", "cuts the reports products, customers and refunds alone");
        }
        Ok(())
    }

    /// Length of a period.
    pub fn periods(&self) -> Bucket {
        self.bucket.unwrap_or(Bucket::Month)
    }

    /// Rows at the most.
    pub fn rows(&self) -> usize {
        match self.limit.unwrap_or(Self::DEFAULT_LIMIT) {
            0 => usize::MAX,
            limit => limit,
        }
    }
}
