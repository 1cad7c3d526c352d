//! What customers are worth: whether they will come back, how often, and for how much.

mod model;

pub use model::{
    Cohort, CustomerValue, FittedProcess, FittedSpend, Level, Method, Options, Process, Purchase,
    Season, Span, ValueModel,
};
