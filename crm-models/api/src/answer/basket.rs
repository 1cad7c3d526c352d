//! What is bought together, and what is likely to be bought next.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Missing, Reason};

/// What is bought together with a product.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Together {
    /// The product.
    pub sku: String,
    /// Its name, if known.
    pub name: Option<String>,
    /// Whether it counts as a fee, such as postage. Fees are left out of baskets, so nothing is bought
    /// together with one.
    pub is_fee: bool,
    /// Baskets looked at.
    pub baskets: usize,
    /// Baskets with the product.
    pub with_it: u32,
    /// Those with the largest excess over chance first. Only pairs that chance does not explain: the share of false ones among
    /// them is held at 5 %.
    pub pairs: Vec<Pair>,
    /// Pairs that the limit left out.
    pub omitted: usize,
    /// What more would have been needed, in a sentence; null when nothing was missing.
    pub missing: Option<String>,
    /// The same as codes with their parameters.
    pub missing_codes: Vec<Missing>,
}

/// Another product in the same baskets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pair {
    /// The other product.
    pub sku: String,
    /// Its name, if known.
    pub name: Option<String>,
    /// Baskets with both.
    pub together: u32,
    /// The share of all baskets that hold both.
    pub support: f64,
    /// The share of baskets with the product that hold the other as well.
    pub confidence: f64,
    /// How many times more often they stand together than by chance.
    pub lift: f64,
    /// Probability of so many by chance (Fisher's exact test, one-sided).
    pub p_value: f64,
    /// The same, corrected for the number of pairs looked at (Benjamini & Hochberg 1995).
    pub q_value: f64,
}

/// What a customer is likely to buy next.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NextItems {
    /// The host's id.
    pub customer_id: String,
    /// First day that counts no more.
    pub as_of: NaiveDate,
    /// The likeliest first.
    pub items: Vec<NextItem>,
    /// What more would have been needed, in a sentence; null when nothing was missing.
    pub missing: Option<String>,
    /// The same as codes with their parameters.
    pub missing_codes: Vec<Missing>,
}

/// A product that a customer is likely to buy.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NextItem {
    /// The product.
    pub sku: String,
    /// Its name, if known.
    pub name: Option<String>,
    /// How likely it is beside the first of the list, from 1 down to 0; no probability.
    pub score: f64,
    /// Why it is on the list, in a sentence.
    pub reason: String,
    /// The same as a code with its parameters.
    pub reason_code: Reason,
}
