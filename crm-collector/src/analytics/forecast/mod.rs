//! Forecasts of series: models, their combination, intervals, backtests.
