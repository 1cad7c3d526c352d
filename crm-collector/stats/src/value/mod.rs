//! What customers are worth: whether they will come back, how often, and for how much.
//!
//! ```
//! use crm_stats::value::{Options, Purchase, analyse};
//!
//! // Sixty customers, a year. Every third came each two weeks until the end, every third stopped half
//! // a year ago, and every third came once.
//! let mut purchases = Vec::new();
//! for customer in 0..60_i32 {
//!     let days = match customer % 3 {
//!         0 => 0..364,
//!         1 => 0..180,
//!         _ => 200..201,
//!     };
//!     let first = customer % 14;
//!     for day in days.step_by(14) {
//!         let customer = customer.unsigned_abs();
//!         purchases.push(Purchase { customer, day: first + day, amount: 20.0, units: 1.0 });
//!     }
//! }
//! let model = analyse(&purchases, 370, 182, &Options::default());
//!
//! let [steady, stopped] = [0, 1].map(|number| {
//!     *model.customers.iter().find(|customer| customer.customer == number).unwrap()
//! });
//! assert!(steady.p_alive > 0.9 && stopped.p_alive < 0.1);
//! assert!((9.0..17.0).contains(&steady.expected_purchases), "half of 26");
//! assert!(stopped.expected_value < 0.1 * steady.expected_value);
//! assert!(steady.value_95.lower <= steady.value_80.lower);
//! ```

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
