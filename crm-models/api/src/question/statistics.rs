//! Questions to the statistics.

use chrono::NaiveDate;
use crm_models::{Code, Currency, Invalid, words};

use super::fields::question;
use crate::answer::{Breakdown, Measure};
use crate::{Bucket, WholeDay};

/// Which purchases count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counting {
    /// Those in this currency; left out, in the workspace's own.
    pub currency: Option<Currency>,
    /// Those before this day; left out, before today, or, in a shop that has sold nothing for five
    /// weeks, up to the last one.
    pub as_of: Option<WholeDay>,
}

/// Days ahead that values cover where nobody says how many.
const HORIZON_DAYS: u32 = 182;
/// Days ahead at the most.
const LONGEST_HORIZON_DAYS: u32 = 1_826;

question! {
    /// What is to be forecast.
    Forecast of purchases {
        /// What is forecast: revenue, orders, units or customers.
        series: Measure = Measure::Revenue,
        /// What it is divided by: product, country, channel or segment; the whole alone if left out.
        by: Option<Breakdown>,
        /// Length of a period: day, week, month, quarter or year.
        bucket: Bucket = Bucket::Month,
        /// Periods ahead; 28 days, 13 weeks, 6 months, 4 quarters or 2 years if left out.
        #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 366))]
        horizon: Option<usize>,
        /// Parts by product, country or channel that are forecast one by one, the largest first; 10
        /// if left out, 0 for all.
        limit: Option<usize>,
        /// Holidays behind and ahead, for days: dates, parted by commas.
        #[serde(with = "crate::day::list")]
        #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
        #[cfg_attr(feature = "clap", arg(value_name = "DATE,…", value_delimiter = ',', value_parser = crate::parse_day))]
        holidays: Vec<NaiveDate>,
    }
}

impl Forecast {
    /// Parts that are shown unless asked otherwise.
    const DEFAULT_LIMIT: usize = 10;
    /// Holidays at the most.
    const MOST_HOLIDAYS: usize = 1_000;

    /// Periods ahead.
    pub fn periods_ahead(&self) -> usize {
        self.horizon.unwrap_or(match self.bucket {
            Bucket::Day => 28,
            Bucket::Week => 13,
            Bucket::Month => 6,
            Bucket::Quarter => 4,
            Bucket::Year => 2,
        })
    }

    /// Parts that are forecast one by one; 0 for all.
    pub fn parts(&self) -> usize {
        self.limit.unwrap_or(Self::DEFAULT_LIMIT)
    }

    /// Refuses what has no answer or would do nothing.
    ///
    /// # Errors
    /// A field is out of range, or does not go with another.
    pub fn check(&self) -> Result<(), Invalid> {
        let invalid = |field, rule: String| Err(Invalid::new(Code::InvalidField, field, rule));
        let (bucket, horizon) = (self.bucket, self.periods_ahead());
        // The whole is one series, and segments are few and always all told.
        match (self.limit, self.by) {
            (Some(_), None) => {
                let rule = "cuts the parts of a forecast by something; leave it out, or give by";
                return invalid("limit", rule.into());
            }
            (Some(_), Some(Breakdown::Segment)) => {
                let rule = "cuts parts by product, country or channel; leave it out for segments";
                return invalid("limit", rule.into());
            }
            _ => {}
        }
        let most = longest_horizon(bucket);
        if !(1..=most).contains(&horizon) {
            let rule =
                format!("lies between 1 and {most} for a bucket of a {bucket}, {horizon} given");
            return Err(Invalid::new(Code::OutOfRange, "horizon", rule));
        }
        if self.holidays.len() > Self::MOST_HOLIDAYS {
            let (most, given) = (Self::MOST_HOLIDAYS, self.holidays.len());
            return invalid("holidays", format!("at most {most} days, {given} given"));
        }
        if !self.holidays.is_empty() && bucket != Bucket::Day {
            let rule = format!("holidays count for a bucket of a day only, {bucket} given");
            return invalid("holidays", rule);
        }
        if self.by == Some(Breakdown::Segment) && self.series == Measure::Units {
            let rule = "units are not kept by segment; ask for revenue, orders or customers";
            return invalid("series", rule.into());
        }
        if self.by == Some(Breakdown::Channel) && self.series == Measure::Customers {
            let rule = "customers are not kept by channel; ask for revenue, orders or units";
            return invalid("series", rule.into());
        }
        Ok(())
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

question! {
    /// What trends are looked for.
    Trends of purchases {
        /// Length of a period: day, week, month, quarter or year.
        bucket: Bucket = Bucket::Week,
        /// Trends at the most, those with most money at stake first; 0 for 200.
        limit: usize = 20,
    }
}

impl Trends {
    /// Trends that are explained at the most.
    pub const LARGEST_LIMIT: usize = 200;

    /// Trends that are shown at the most.
    pub fn shown(&self) -> usize {
        match self.limit {
            0 => Self::LARGEST_LIMIT,
            limit => limit.min(Self::LARGEST_LIMIT),
        }
    }
}

words! {
    /// What a list of customers goes by, the most or the latest first.
    ValuesBy {
        /// Money expected within the horizon.
        Value = "value",
        /// Spent so far.
        Spent = "spent",
        /// Days with a purchase.
        Purchases = "purchases",
        /// The last purchase.
        Last = "last",
        /// The next purchase; the soonest first.
        Next = "next",
        /// The chance of being a customer still.
        Alive = "alive",
    }
}

words! {
    /// Where customers are in life with the shop.
    Stage {
        /// Active, and among those who buy most often.
        Loyal = "loyal",
        /// Came back, and is likely to buy again within a year.
        Active = "active",
        /// Bought for the first time, no longer ago than customers usually wait.
        New = "new",
        /// Came back, and is as likely as not to buy again within a year.
        Slipping = "slipping",
        /// Came back once, and is not likely to buy again within a year.
        Lost = "lost",
        /// Bought once, longer ago than customers usually wait.
        OneTime = "one-time",
    }
}

question! {
    /// Which customers' values are listed.
    Values of purchases {
        /// Days ahead that the figures cover.
        #[cfg_attr(feature = "openapi", param(minimum = 1))]
        #[cfg_attr(feature = "clap", arg(value_name = "N"))]
        horizon_days: u32 = HORIZON_DAYS,
        /// Customers at the most; 0 for all. A long list is refused where it takes more memory than
        /// there is.
        limit: usize = 100,
        /// Only those in this stage of life: loyal, active, new, slipping, lost or one-time.
        stage: Option<Stage>,
        /// What the list goes by: value, spent, purchases, last, next or alive. The most, the latest or the
        /// soonest first.
        by: ValuesBy = ValuesBy::Value,
        /// The `next_after` of the page before.
        after: Option<String>,
    }
}

question! {
    /// Whose value is told.
    Value(
        /// The host's id
        "id" customer_id: String
    ) of purchases {
        /// Days ahead that the figures cover.
        #[cfg_attr(feature = "openapi", param(minimum = 1))]
        #[cfg_attr(feature = "clap", arg(value_name = "N"))]
        horizon_days: u32 = HORIZON_DAYS,
    }
}

question! {
    /// How the groups are told.
    Segments of purchases {
        /// Days ahead that expected values cover.
        #[cfg_attr(feature = "openapi", param(minimum = 1))]
        #[cfg_attr(feature = "clap", arg(value_name = "N"))]
        horizon_days: u32 = HORIZON_DAYS,
    }
}

/// Refuses days ahead for which nothing can be told.
///
/// # Errors
/// There are none, or more than five years.
pub fn check_horizon_days(days: u32) -> Result<(), Invalid> {
    if (1..=LONGEST_HORIZON_DAYS).contains(&days) {
        return Ok(());
    }
    let rule = format!("lies between 1 and {LONGEST_HORIZON_DAYS}, {days} given");
    Err(Invalid::new(Code::OutOfRange, "horizon_days", rule))
}

question! {
    /// With which product others are bought.
    Together(
        /// The host's id of the product
        "sku" sku: String
    ) of purchases {
        /// Products at the most; 0 for all.
        limit: usize = 10,
    }
}

question! {
    /// Whose next purchase is told.
    Next(
        /// The host's id of the customer
        "id" customer_id: String
    ) of purchases {
        /// Products at the most; 0 for all.
        limit: usize = 10,
    }
}
