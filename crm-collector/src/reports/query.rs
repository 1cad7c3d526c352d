//! What can be asked for.

use std::str::FromStr;

use chrono::NaiveDate;
use crm_models::Currency;

use super::ReportError;
use crate::analytics::period::Bucket;

/// The reports there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportName {
    /// One period and the one before it.
    Summary,
    /// By period.
    Sales,
    /// By product.
    Products,
    /// By country.
    Countries,
    /// The most valuable customers.
    Customers,
    /// New against returning customers.
    Repeat,
    /// What came back, by product.
    Refunds,
    /// By weekday and hour.
    Heatmap,
    /// By sales channel.
    Channels,
    /// By recency, frequency and money.
    Rfm,
    /// By month of first purchase.
    Cohorts,
}

impl ReportName {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Summary,
        Self::Sales,
        Self::Products,
        Self::Countries,
        Self::Customers,
        Self::Repeat,
        Self::Refunds,
        Self::Heatmap,
        Self::Channels,
        Self::Rfm,
        Self::Cohorts,
    ];

    /// Its name in paths and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Sales => "sales",
            Self::Products => "products",
            Self::Countries => "countries",
            Self::Customers => "customers",
            Self::Repeat => "repeat",
            Self::Refunds => "refunds",
            Self::Heatmap => "heatmap",
            Self::Channels => "channels",
            Self::Rfm => "rfm",
            Self::Cohorts => "cohorts",
        }
    }

    /// Whether it holds something of every product or every customer while it is made.
    pub fn is_heavy(self) -> bool {
        match self {
            Self::Summary | Self::Sales | Self::Countries | Self::Heatmap | Self::Channels => false,
            Self::Products
            | Self::Customers
            | Self::Repeat
            | Self::Refunds
            | Self::Rfm
            | Self::Cohorts => true,
        }
    }

    /// What it tells, in a line.
    pub fn description(self) -> &'static str {
        match self {
            Self::Summary => "Sales, refunds, orders and customers, beside the period before",
            Self::Sales => "The same by day, week, month, quarter or year",
            Self::Products => "What was sold, by product, the largest gross first",
            Self::Countries => "Where it was sold",
            Self::Customers => "The customers who brought most, by net",
            Self::Repeat => "New against returning customers, and the days between their orders",
            Self::Refunds => "What came back, by product",
            Self::Heatmap => "When people buy, by weekday and hour",
            Self::Channels => "How it was sold",
            Self::Rfm => "Customers by recency, frequency and money, from champions to lost",
            Self::Cohorts => "Retention and revenue by month of first purchase",
        }
    }
}

impl FromStr for ReportName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|name| name.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.into_iter().map(Self::as_str).collect();
            format!("there is no report {text:?}; there are {}", names.join(", "))
        })
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
        self.bucket.unwrap_or_default()
    }

    /// Rows at the most.
    pub(super) fn limit(&self) -> usize {
        match self.limit.unwrap_or(Self::DEFAULT_LIMIT) {
            0 => usize::MAX,
            limit => limit,
        }
    }
}

impl FromStr for Bucket {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "day" => Ok(Self::Day),
            "week" => Ok(Self::Week),
            "month" => Ok(Self::Month),
            "quarter" => Ok(Self::Quarter),
            "year" => Ok(Self::Year),
            _ => Err(format!("{text:?} is none of day, week, month, quarter, year")),
        }
    }
}
