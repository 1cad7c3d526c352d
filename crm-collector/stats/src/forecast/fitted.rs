//! What is fitted to one series.

use super::conformal::Scale;
use super::explanation::{Lack, Why};
use super::prepare::Prepared;
use super::{Backtest, Method};

/// What is fitted to one series.
#[derive(Clone, Debug)]
pub(super) struct Fitted {
    /// None where there was nothing to fit to.
    pub(super) outlook: Option<Outlook>,
    pub(super) method: Method,
    pub(super) why: Why,
    pub(super) missing: Vec<Lack>,
    pub(super) backtest: Option<Backtest>,
    pub(super) given: usize,
    pub(super) filled: usize,
}

/// The steps ahead of one series, as the models see it.
#[derive(Clone, Debug)]
pub(super) struct Outlook {
    /// One a step.
    pub(super) point: Vec<f64>,
    /// What a step is multiplied by in the series' own units.
    pub(super) factors: Vec<f64>,
    pub(super) scale: Scale,
    /// Which of the fit's calibrations is that of the series.
    pub(super) calibration: usize,
    /// No value of the series was below zero, and no forecast of it will be.
    pub(super) is_nonnegative: bool,
}

impl Fitted {
    /// Of a series without values.
    pub(super) fn nothing(one: &Prepared) -> Self {
        Self {
            outlook: None,
            method: Method::None,
            why: Why::Nothing,
            missing: vec![Lack::Value],
            backtest: None,
            given: 0,
            filled: one.filled,
        }
    }

    /// Of a series that is over, silent for so many steps: zeros.
    pub(super) fn ended(one: &Prepared, silent: usize) -> Self {
        Self {
            outlook: None,
            method: Method::Ended,
            why: Why::Ended { silent },
            missing: Vec::new(),
            backtest: None,
            given: one.given,
            filled: one.filled,
        }
    }
}
