//! Forecasts of series of sales.

use chrono::NaiveDate;
use crm_models::{Currency, words};
use serde::{Deserialize, Serialize};

use super::{Figure, Missing, Why};
use crate::{Bucket, Outside};

words! {
    /// What a series counts.
    Measure {
        /// Sales less refunds, in money.
        Revenue = "revenue",
        /// Sales.
        Orders = "orders",
        /// Units sold.
        Units = "units",
        /// Distinct customers who bought.
        Customers = "customers",
    }
}

words! {
    /// What the whole is divided by.
    Breakdown {
        /// Product, by sku.
        Product = "product",
        /// Country of the purchase.
        Country = "country",
        /// Channel of the purchase.
        Channel = "channel",
        /// Segment that the customer is in today.
        Segment = "segment",
    }
}

/// Forecasts of one or many series.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Forecasts {
    /// What the series count.
    pub series: Measure,
    /// What they are divided by; null for the whole alone.
    pub by: Option<Breakdown>,
    /// Length of a period.
    pub bucket: Bucket,
    /// Periods ahead.
    pub horizon: usize,
    /// Currency of the purchases that count.
    pub currency: Currency,
    /// IANA name of the time zone whose days these are.
    pub timezone: String,
    /// First day that counts.
    pub from: NaiveDate,
    /// First day that counts no more: what is behind it is unknown, and the period that it lies in
    /// is not complete and not used.
    pub as_of: NaiveDate,
    /// The whole first where there are parts, then the largest part first.
    pub forecasts: Vec<SeriesForecast>,
    /// Parts that the limit left out.
    pub omitted: usize,
    /// Whether the parts add up to the whole: what all others have is moved within its interval, and what
    /// the forecasts still differ by is a part of its own, without a key, the last.
    pub reconciled: bool,
    /// Purchases that are in none of these figures.
    pub outside: Outside,
}

/// The forecast of a series.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesForecast {
    /// Which part: an sku, a country, a segment; null for the whole, and for what has no key.
    pub key: Option<String>,
    /// Name of the part, if it has one beside its key.
    pub name: Option<String>,
    /// How it was made, in short.
    pub method: String,
    /// Why it was made so, in a sentence.
    pub why: String,
    /// The same as a code with its parameters.
    pub why_code: Why,
    /// Complete periods given.
    pub given: usize,
    /// What more it would have needed, in a sentence; null when nothing was missing.
    pub missing: Option<String>,
    /// The same as codes with their parameters.
    pub missing_codes: Vec<Missing>,
    /// How right it would have been in the past; null where there is too little of it.
    pub backtest: Option<Accuracy>,
    /// All periods ahead together; null for customers, who may come back.
    pub total: Option<Figure>,
    /// The periods ahead.
    pub periods: Vec<ForecastPeriod>,
    /// The latest complete periods.
    pub past: Vec<PastPeriod>,
}

/// A period ahead.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForecastPeriod {
    /// The period's name, such as `2011-12`.
    pub period: String,
    /// Its first day.
    pub from: NaiveDate,
    /// The forecast.
    pub point: Figure,
    /// What it lies in with a probability, the narrowest first.
    pub bands: Vec<Band>,
}

/// An interval.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Band {
    /// Probability, in percent.
    pub level: u8,
    /// Lower end.
    pub lower: Figure,
    /// Upper end.
    pub upper: Figure,
}

/// A period behind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PastPeriod {
    /// The period's name.
    pub period: String,
    /// What it was.
    pub value: Figure,
}

/// Errors of a backtest: forecasts made as of earlier periods, beside what came and beside the
/// naive method.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accuracy {
    /// As of how many earlier periods.
    pub origins: usize,
    /// Mean absolute error, by that of the naive method within the series (Hyndman & Koehler 2006).
    pub mase: f64,
    /// The same of the naive method.
    pub naive_mase: f64,
    /// Symmetric mean absolute percentage error, 0 to 200.
    pub smape: f64,
    /// The same of the naive method.
    pub naive_smape: f64,
    /// Share of what came that lay in the interval of 95 %; null where it was not counted.
    pub coverage_95: Option<f64>,
}
