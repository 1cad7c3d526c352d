//! A question that was asked in words: what it came to, and what of the answer is told first.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::answer::Breakdown;
use crate::question::Question;

/// What a question in words came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AskedInWords))]
pub struct Asked {
    /// The question, named by `question`, with its fields beside: as the same question is asked by its own
    /// path.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub question: Question,
    /// What of its answer was asked about.
    #[serde(default)]
    pub focus: Focus,
}

/// What of an answer was asked about, where that is a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Focus {
    /// The key of a row: an sku, a country, a channel, a stage of life.
    pub key: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// The column of the figure.
    pub column: Option<String>,
    /// The parts of one kind, among trends.
    pub part: Option<Breakdown>,
    /// First day of the period.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub days: Option<NaiveDate>,
    /// First day of the period that it is compared with.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub than: Option<NaiveDate>,
}
