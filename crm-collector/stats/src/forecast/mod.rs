//! Forecasts of series: models, their combination, intervals, backtests, reconciliation.
//!
//! What is promised of every forecast: it is there for any input, all its numbers are finite, its
//! intervals are nested around the point, and it says by which method it came about, why that one,
//! and what was missing for a better one.
//!
//! Three years of airline passengers by month, in thousands (Box & Jenkins 1976, series G), and the
//! year that followed:
//!
//! ```
//! use crm_stats::forecast::{Settings, forecast};
//!
//! let passengers = [
//!     112.0, 118.0, 132.0, 129.0, 121.0, 135.0, 148.0, 148.0, 136.0, 119.0, 104.0, 118.0,
//!     115.0, 126.0, 141.0, 135.0, 125.0, 149.0, 170.0, 170.0, 158.0, 133.0, 114.0, 140.0,
//!     145.0, 150.0, 178.0, 163.0, 172.0, 178.0, 199.0, 199.0, 184.0, 162.0, 146.0, 166.0,
//! ];
//! let settings = Settings {
//!     seasons: vec![12],
//!     horizon: 12,
//!     levels: vec![0.80, 0.95],
//!     nonnegative: true,
//!     calendar: None,
//! };
//! let told = forecast(&passengers, &settings);
//!
//! let came = [
//!     171.0, 180.0, 193.0, 181.0, 183.0, 218.0, 230.0, 242.0, 209.0, 191.0, 172.0, 194.0,
//! ];
//! let error: f64 = told.point.iter().zip(came).map(|(told, came)| (told - came).abs() / came).sum();
//! assert!(error / 12.0 < 0.06, "off by a twentieth, on average");
//! let widest = &told.intervals[1];
//! assert_eq!(widest.level, 0.95);
//! let held = came.iter().zip(widest.lower.iter().zip(&widest.upper));
//! assert!(held.filter(|(came, (lower, upper))| (*lower..=*upper).contains(came)).count() >= 11);
//! ```

use std::fmt;

mod autoregression;
mod backtest;
pub mod calendar;
mod combine;
mod conformal;
mod last_season;
pub mod local;
mod members;
pub mod models;
mod pipeline;
mod pooled;
mod prepare;
mod reconcile;
mod words;

pub use calendar::Calendar;
pub use reconcile::{reconcile, settle};

/// Forecasts one series. Its intervals rest on its own rolling origins.
#[must_use]
pub fn forecast(values: &[f64], settings: &Settings) -> Forecast {
    let mut found = pipeline::forecast_all(&[values], settings, 1, &|_| {});
    found.swap_remove(0)
}

/// Forecasts series that are like each other, in their order: they learn from one another, and
/// their intervals rest on the errors of all. The result does not depend on `threads`. `progress`
/// is told, from any thread, how many series have been looked at.
#[must_use]
pub fn forecast_all<S: AsRef<[f64]>>(
    series: &[S],
    settings: &Settings,
    threads: usize,
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<Forecast> {
    let series: Vec<&[f64]> = series.iter().map(AsRef::as_ref).collect();
    pipeline::forecast_all(&series, settings, threads, progress)
}

/// What is asked of a forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Lengths of the seasons in steps, shortest first (`[24, 168]` for hours, `[12]` for months);
    /// ones and repetitions are dropped. Empty where there is none.
    pub seasons: Vec<usize>,
    /// How many steps ahead; beyond 5,000 of them the last one is repeated.
    pub horizon: usize,
    /// Coverages of the intervals, each between 0 and 1, such as `[0.80, 0.95]`.
    pub levels: Vec<f64>,
    /// Whether a value below zero is impossible, as with sales.
    pub nonnegative: bool,
    /// For daily series: which days they are, and which of them are special.
    pub calendar: Option<Calendar>,
}

/// How a forecast came about. The names that [`fmt::Display`] gives are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Exponential smoothing, Theta and their like, combined.
    Ensemble,
    /// [`Method::Ensemble`] together with autoregressions on the series' own past and on that of
    /// the series beside it.
    PooledEnsemble,
    /// Autoregressions on the series' own past and on that of the series beside it.
    Autoregression,
    /// A rate of demand for a series that is zero on most steps.
    Intermittent,
    /// The last season once more.
    SeasonalNaive,
    /// The last value once more.
    Naive,
    /// The sum of the forecasts of a series' parts, or its share of a whole.
    Reconciled,
    /// Nothing was given: zeros.
    None,
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ensemble => "ensemble",
            Self::PooledEnsemble => "pooled-ensemble",
            Self::Autoregression => "autoregression",
            Self::Intermittent => "intermittent",
            Self::SeasonalNaive => "seasonal-naive",
            Self::Naive => "naive",
            Self::Reconciled => "reconciled",
            Self::None => "none",
        })
    }
}

/// Where the values will lie with a given probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// The probability, between 0 and 1.
    pub level: f64,
    /// One lower bound a step, never above the point.
    pub lower: Vec<f64>,
    /// One upper bound a step, never below the point.
    pub upper: Vec<f64>,
}

/// How the method did on the end of the series that it had not been shown.
///
/// Errors are measured as in the M4 competition (Makridakis, Spiliotis & Assimakopoulos 2020):
/// sMAPE is `200 |y − f| / (|y| + |f|)` in percent, MASE is the mean absolute error divided by that
/// of repeating the season within the part that was shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtest {
    /// How many origins were forecast from.
    pub origins: usize,
    /// How many steps were forecast from each of them.
    pub horizon: usize,
    /// Mean absolute scaled error of the method that was chosen.
    pub mase: f64,
    /// That of naive: the last season, or where there is none the last value.
    pub naive_mase: f64,
    /// Symmetric mean absolute percentage error of the method that was chosen.
    pub smape: f64,
    /// That of naive.
    pub naive_smape: f64,
    /// The share of held-out values within the 95% interval; intervals and errors come from the
    /// same origins, so this is how well the pooled intervals fit this one series.
    pub coverage_95: f64,
}

/// A forecast of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The expected value of each step.
    pub point: Vec<f64>,
    /// One for each level asked for, in the same order.
    pub intervals: Vec<Interval>,
    /// How it came about.
    pub method: Method,
    /// Why that method, as a sentence.
    pub why: String,
    /// Absent where the series is too short to hold anything back.
    pub backtest: Option<Backtest>,
    /// How many values the forecast rests on.
    pub given: usize,
    /// What was missing for the next better method, as a sentence.
    pub missing: Option<String>,
}

#[cfg(test)]
mod tests;
