//! What can be asked for.

use chrono::NaiveDate;
use crm_api::Bucket;
use crm_api::answer::{Breakdown, Measure};
use crm_models::{Code, Currency, Invalid};

use super::InsightError;

/// Which purchases count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope {
    /// Those in this currency; left out, in the workspace's own.
    pub currency: Option<Currency>,
    /// Those before this day; left out, before today, or, in a shop that has sold nothing for five
    /// weeks, up to the last one.
    pub as_of: Option<NaiveDate>,
}

/// What is to be forecast.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ForecastQuery {
    /// Which purchases count.
    pub scope: Scope,
    /// What the series count.
    pub series: Measure,
    /// What they are divided by; left out, the whole alone.
    pub by: Option<Breakdown>,
    /// Length of a period.
    pub bucket: Bucket,
    /// Periods ahead; left out, what suits the bucket.
    pub horizon: Option<usize>,
    /// Parts that are forecast one by one, the largest first; 0 for all.
    pub limit: usize,
    /// Days ahead and behind on which people buy otherwise than on others of their kind.
    pub holidays: Vec<NaiveDate>,
}

impl Default for ForecastQuery {
    fn default() -> Self {
        Self {
            scope: Scope::default(),
            series: Measure::Revenue,
            by: None,
            bucket: Bucket::Month,
            horizon: None,
            limit: Self::DEFAULT_LIMIT,
            holidays: Vec::new(),
        }
    }
}

impl ForecastQuery {
    /// Parts that are shown unless asked otherwise.
    pub const DEFAULT_LIMIT: usize = 10;
    /// How many parts are forecast one by one, where somebody asks for `limit`. Refused where it would
    /// do nothing: the whole is one series, and segments are few and always all told.
    pub fn parts(by: Option<Breakdown>, limit: Option<usize>) -> Result<usize, Invalid> {
        let rule = match (limit, by) {
            (Some(_), None) => {
                "cuts the parts of a forecast by something; leave it out, or give by"
            }
            (Some(_), Some(Breakdown::Segment)) => {
                "cuts parts by product, country or channel; leave it out for segments"
            }
            _ => return Ok(limit.unwrap_or(Self::DEFAULT_LIMIT)),
        };
        Err(Invalid::new(Code::InvalidField, "limit", rule.to_owned()))
    }

    /// Whether it may be of more parts than are worth a thought: it takes turns with its like.
    pub(super) fn is_large(&self) -> bool {
        const FEW: usize = 1_000;
        self.by == Some(Breakdown::Product) && !(1..=FEW).contains(&self.limit)
    }

    /// Holidays at the most.
    pub const MOST_HOLIDAYS: usize = 1_000;

    /// Periods ahead.
    pub fn horizon(&self) -> usize {
        self.horizon.unwrap_or_else(|| default_horizon(self.bucket))
    }

    pub(super) fn check(&self) -> Result<(), InsightError> {
        let most = longest_horizon(self.bucket);
        if !(1..=most).contains(&self.horizon()) {
            let (bucket, given) = (self.bucket.as_str(), self.horizon());
            let rule =
                format!("lies between 1 and {most} for a bucket of a {bucket}, {given} given");
            return Err(InsightError::outside("horizon", rule));
        }
        if self.holidays.len() > Self::MOST_HOLIDAYS {
            let (most, given) = (Self::MOST_HOLIDAYS, self.holidays.len());
            let rule = format!("at most {most} days, {given} given");
            return Err(InsightError::invalid("holidays", rule));
        }
        if !self.holidays.is_empty() && self.bucket != Bucket::Day {
            let bucket = self.bucket.as_str();
            let rule = format!("holidays count for a bucket of a day only, {bucket} given");
            return Err(InsightError::invalid("holidays", rule));
        }
        if self.by == Some(Breakdown::Segment) && self.series == Measure::Units {
            let rule = "units are not kept by segment; ask for revenue, orders or customers";
            return Err(InsightError::invalid("series", rule.into()));
        }
        if self.by == Some(Breakdown::Channel) && self.series == Measure::Customers {
            let rule = "customers are not kept by channel; ask for revenue, orders or units";
            return Err(InsightError::invalid("series", rule.into()));
        }
        Ok(())
    }
}

/// Periods ahead where nobody says how many.
fn default_horizon(bucket: Bucket) -> usize {
    match bucket {
        Bucket::Day => 28,
        Bucket::Week => 13,
        Bucket::Month => 6,
        Bucket::Quarter => 4,
        Bucket::Year => 2,
    }
}

fn longest_horizon(bucket: Bucket) -> usize {
    match bucket {
        Bucket::Day => 366,
        Bucket::Week => 104,
        Bucket::Month => 36,
        Bucket::Quarter => 12,
        Bucket::Year => 5,
    }
}
