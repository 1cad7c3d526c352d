//! What customers are worth: whether they will come back, how often, and for how much.

mod analysis;
mod bfgs;
mod clock;
mod ensemble;
mod groups;
mod history;
mod interval;
mod model;
mod process;
mod regression;
mod season;
#[cfg(test)]
mod simulation;
mod spend;
#[cfg(test)]
mod tests;
mod training;
mod view;

pub use analysis::{analyse, fit};
pub use model::{
    Cohort, CustomerValue, FittedProcess, FittedSpend, Level, Method, Options, Process, Purchase,
    Season, Span, ValueModel,
};
