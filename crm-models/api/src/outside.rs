//! What an answer leaves out of its figures, so that nothing is missing in silence.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use crm_models::Currency;
use serde::{Deserialize, Serialize};

use crate::Total;

/// Purchases that are in none of an answer's figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outside {
    /// Purchases far before all others, as of a clock that was wrong. They do not set the first day
    /// where none was asked for.
    pub before: Option<Far>,
    /// Purchases that lie in the future.
    pub after: Option<Far>,
    /// Purchases since the days that count: of a day, a week or a month that is not over.
    pub since: Option<Far>,
    /// How many purchases of the same days are in other currencies.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, i64>))]
    pub other_currencies: BTreeMap<Currency, i64>,
}

/// Purchases on days that do not count, in the answer's currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Far {
    /// How many.
    pub purchases: i64,
    /// Their sales less their refunds.
    pub net: Total,
    /// Day of the first of them.
    pub first: NaiveDate,
    /// Day of the last of them.
    pub last: NaiveDate,
}
