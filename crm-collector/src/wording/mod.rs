//! Explanations in words: what the statistics say by code and parameters becomes a sentence here, and
//! nowhere else. There is one language; a second one is a second file.

mod en;
mod trend;

pub use en::{
    ALL_OTHERS, ANONYMOUS, NONE_OF_THESE, about_segment, about_stage, accuracy, brief_reason,
    missing, not_told_by, reason, why,
};
pub use trend::{cause, season, trend};

use crm_api::Bucket;
use crm_api::answer::Trend;
use crm_models::Currency;

/// What a trend is told from.
pub struct TrendParts<'a> {
    /// All about it but its sentence.
    pub trend: &'a Trend,
    /// Of this currency.
    pub currency: Currency,
    /// Length of a period.
    pub bucket: Bucket,
}
