//! Forecasts of series: models, their combination, intervals, backtests, reconciliation.
//!
//! [`fit`] learns from series, oldest value first, one a step, in any unit; [`Fit::predict`] gives points
//! and intervals in the same unit for as many steps, and of the levels, that are asked for. Nothing
//! fails: too little data leads to a simpler [`Method`], and [`Forecast::missing`] says what a better one
//! would have needed.
//!
//! A point is Σ wᵢ fᵢ over the members fᵢ (models of one series, and autoregressions over like series),
//! with weights that minimise the absolute error at rolling origins and are held near a prior; where the
//! trials say that naive is closer, it is naive. An interval is the point and conformal quantiles of
//! scaled errors at those origins (Lei et al. 2018).
//!
//! What is promised of every forecast: it is there for any input, all its numbers are finite, its
//! intervals are nested around the point, a step of it is the same however many are asked, what was
//! never below zero is not forecast below it, and it says by which method it came about, why that one,
//! and what was missing for a better one. A series begins with its first value other than zero.
//!
//! Three years of airline passengers by month, in thousands (Box & Jenkins 1976, series G), and the
//! year that followed:
//!
//! ```
//! use crm_stats::forecast::{Settings, fit};
//!
//! let passengers = [
//!     112.0, 118.0, 132.0, 129.0, 121.0, 135.0, 148.0, 148.0, 136.0, 119.0, 104.0, 118.0,
//!     115.0, 126.0, 141.0, 135.0, 125.0, 149.0, 170.0, 170.0, 158.0, 133.0, 114.0, 140.0,
//!     145.0, 150.0, 178.0, 163.0, 172.0, 178.0, 199.0, 199.0, 184.0, 162.0, 146.0, 166.0,
//! ];
//! let settings = Settings { seasons: vec![12], horizon: 12, calendar: None };
//! let fit = fit(&[passengers], &settings, 1, &|_| {});
//! let told = &fit.predict(12, &[0.80, 0.95])[0];
//!
//! let came = [
//!     171.0, 180.0, 193.0, 181.0, 183.0, 218.0, 230.0, 242.0, 209.0, 191.0, 172.0, 194.0,
//! ];
//! let error: f64 = told.point.iter().zip(came).map(|(told, came)| (told - came).abs() / came).sum();
//! assert!(error / 12.0 < 0.06, "off by a twentieth, on average");
//! let widest = &told.intervals[1];
//! assert_eq!(widest.level, 0.95);
//! let held = (0..12).filter(|&month| widest.at(month).is_some_and(|one| one.holds(came[month])));
//! assert!(held.count() >= 11);
//!
//! // The models are fitted once; a shorter horizon is a part of the longer one.
//! assert_eq!(fit.predict(3, &[])[0].point, told.point[..3]);
//! ```

use std::fmt;

use crate::Interval;

mod autoregression;
mod backtest;
pub mod calendar;
mod choice;
mod combine;
mod conformal;
mod ended;
pub mod ensemble;
mod explanation;
mod fit;
mod fitted;
mod last_season;
mod members;
pub mod models;
mod pipeline;
mod plan;
mod pooled;
mod prepare;
mod reconcile;
mod weights;

pub use calendar::Calendar;
pub use explanation::{Lack, Naive, Tested, Why};
pub use fit::{Fit, fit, fit_each};
pub use reconcile::reconcile;

/// The most steps ahead that are forecast; those after it have the values of the last one.
const LONGEST_HORIZON: usize = 5_000;

/// What a fit is made for.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Lengths of the seasons in steps, shortest first (`[24, 168]` for hours, `[12]` for months);
    /// ones and repetitions are dropped. Empty where there is none.
    pub seasons: Vec<usize>,
    /// The most steps ahead that will be predicted, 5,000 at the most. What is said of a step does
    /// not depend on it: models are weighed and tested by as many steps as suit the series.
    pub horizon: usize,
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
    /// Nothing: what the series counts is sold no more.
    Ended,
    /// The last season once more.
    SeasonalNaive,
    /// The last value once more.
    Naive,
    /// What the forecasts of a whole and of its parts differ by.
    Difference,
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
            Self::Ended => "ended",
            Self::SeasonalNaive => "seasonal-naive",
            Self::Naive => "naive",
            Self::Difference => "difference",
            Self::None => "none",
        })
    }
}

/// Where the values will lie with a given probability, one interval a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Intervals {
    /// The probability, between 0 and 1.
    pub level: f64,
    /// One lower bound a step, never above the point.
    pub lower: Vec<f64>,
    /// One upper bound a step, never below the point.
    pub upper: Vec<f64>,
}

impl Intervals {
    fn of(level: f64) -> Self {
        Self { level, lower: Vec::new(), upper: Vec::new() }
    }

    /// The interval of one step ahead, counted from 0; none beyond the horizon.
    pub fn at(&self, step: usize) -> Option<Interval> {
        let (lower, upper) = (*self.lower.get(step)?, *self.upper.get(step)?);
        Some(Interval { level: self.level, lower, upper })
    }
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
    pub intervals: Vec<Intervals>,
    /// How it came about.
    pub method: Method,
    /// Why that method.
    pub why: Why,
    /// Absent where the series is too short to hold anything back.
    pub backtest: Option<Backtest>,
    /// How many values the forecast rests on.
    pub given: usize,
    /// How many others were no finite numbers, and were taken to be like those before them.
    pub filled: usize,
    /// What was missing for the next better method.
    pub missing: Vec<Lack>,
}

#[cfg(test)]
mod tests;
