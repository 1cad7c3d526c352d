//! Forecasts of series: models, their combination, intervals, backtests.

pub mod local;
pub mod models;
