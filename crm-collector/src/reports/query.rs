//! What can be asked for.

use chrono::NaiveDate;
use crm_api::Bucket;
use crm_api::answer::ReportName;
use crm_models::Currency;

use super::ReportError;

/// Whether a report holds something of every product or every customer while it is made.
pub fn is_heavy(name: ReportName) -> bool {
    match name {
        ReportName::Summary
        | ReportName::Sales
        | ReportName::Countries
        | ReportName::Heatmap
        | ReportName::Channels => false,
        ReportName::Products
        | ReportName::Customers
        | ReportName::Repeat
        | ReportName::Refunds
        | ReportName::Rfm
        | ReportName::Cohorts => true,
    }
}

/// What a report is to cover.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// First day that counts; left out, the first day with a purchase, but for a few that lie far
    /// before all others.
    pub from: Option<NaiveDate>,
    /// First day that counts no more; left out, the day after the last purchase. A summary without
    /// either is of the last full month, or of a week or a day where there are no two months.
    pub to: Option<NaiveDate>,
    /// Currency of the purchases that count; left out, the workspace's own.
    pub currency: Option<Currency>,
    /// How `sales` divides time; left out, by month. No other report takes it.
    pub bucket: Option<Bucket>,
    /// Rows of `products`, `customers` and `refunds` at the most, 0 for all; left out,
    /// [`Self::DEFAULT_LIMIT`]. No other report takes it.
    pub limit: Option<usize>,
}

impl Query {
    /// Rows that are shown unless asked otherwise.
    pub const DEFAULT_LIMIT: usize = 100;

    /// Refuses what this report would not look at.
    pub(super) fn check(&self, name: ReportName) -> Result<(), ReportError> {
        let refuse = |field, rule: &str| {
            let rule = format!("{rule}; leave it out for {}", name.as_str());
            Err(ReportError::invalid(field, rule))
        };
        if self.bucket.is_some() && name != ReportName::Sales {
            return refuse("bucket", "divides the time of the report sales alone");
        }
        let is_long =
            matches!(name, ReportName::Products | ReportName::Customers | ReportName::Refunds);
        if self.limit.is_some() && !is_long {
            return refuse("limit", "cuts the reports products, customers and refunds alone");
        }
        Ok(())
    }

    /// Length of a period.
    pub(super) fn bucket(&self) -> Bucket {
        self.bucket.unwrap_or(Bucket::Month)
    }

    /// Rows at the most.
    pub(super) fn limit(&self) -> usize {
        match self.limit.unwrap_or(Self::DEFAULT_LIMIT) {
            0 => usize::MAX,
            limit => limit,
        }
    }
}
