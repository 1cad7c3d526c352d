//! Models of buying until leaving, on grouped histories: likelihood, fit, and what each expects of
//! a customer.
//!
//! A customer buys at an own rate (gamma over customers), with exponential or Erlang waits, and
//! leaves for good at some point that nobody sees. All likelihoods are computed in logarithms and
//! are finite at any parameters above zero.

mod fit;
mod geometric;
mod pareto;
#[cfg(test)]
mod tests;

pub(super) use fit::{fit, fit_drawn};
pub(super) use geometric::Geometric;
pub(super) use pareto::Pareto;

use super::groups::{Groups, History};
use super::model::Process;

/// What a model says of a customer at the end of observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outlook {
    /// The chance to be alive.
    pub(super) alive: f64,
    /// Purchases expected.
    pub(super) mean: f64,
    /// Their variance.
    pub(super) variance: f64,
}

/// A model at given parameters.
pub(super) trait Model: Sync {
    /// Which it is.
    fn process(&self) -> Process;
    /// Where a search begins, in logarithms of the parameters.
    fn start(&self, groups: &Groups) -> [f64; 4];
    /// ln of the likelihood of all groups, and its gradient by the logarithms of the parameters.
    fn ln_likelihood(&self, groups: &Groups, parameters: [f64; 4]) -> (f64, [f64; 4]);
    /// What the model expects within a time after the end of observation.
    fn outlook(&self, parameters: [f64; 4], history: History, horizon: f64) -> Outlook;
    /// The time after which a customer who is alive has bought again with even chance.
    fn median_wait(&self, parameters: [f64; 4], history: History) -> f64;
}

/// The model that bears a name.
pub(super) fn model(process: Process) -> Box<dyn Model> {
    match process {
        Process::ParetoNbd => Box::new(Pareto),
        Process::BgNbd => Box::new(Geometric::bg_nbd()),
        Process::MbgNbd => Box::new(Geometric::mbg_cnbd(1)),
        Process::MbgCnbd(shape) => Box::new(Geometric::mbg_cnbd(shape)),
    }
}
