//! Explanations in words: what the statistics say by code and parameters becomes a sentence here, and
//! nowhere else. There is one language; a second one is a second file.

mod en;

pub use en::{
    ALL_OTHERS, ANONYMOUS, NONE_OF_THESE, about_segment, about_stage, accuracy, brief_reason,
    customers_of, missing, part, reason, trend, why,
};

use crm_api::Bucket;
use crm_api::answer::{Change, Contribution, Driver};
use crm_models::Currency;

/// What a trend is told from.
pub struct TrendParts<'a> {
    /// What changed.
    pub what: &'a str,
    /// How.
    pub change: Change,
    /// The period that it began in.
    pub since: &'a str,
    /// Money a period: what is, less what would have been.
    pub size: f64,
    /// Of this currency.
    pub currency: Currency,
    /// Length of a period.
    pub bucket: Bucket,
    /// What drove it.
    pub driver: Option<(&'a Driver, &'a Contribution)>,
}
