//! What customers are worth: whether they will come back, how often, and for how much.
//!
//! ```
//! use crm_stats::value::{Horizon, Options, Purchase, fit};
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
//!         purchases.push(Purchase { customer, day: first + day, amount: 20.0 });
//!     }
//! }
//! let fit = fit(&purchases, 370, &Options::default());
//! let half_a_year = fit.predict(&Horizon::days(182));
//!
//! let [steady, stopped] = [0, 1].map(|number| {
//!     *half_a_year.customers.iter().find(|customer| customer.customer == number).unwrap()
//! });
//! assert!(steady.p_alive > 0.9 && stopped.p_alive < 0.1);
//! assert!((9.0..17.0).contains(&steady.expected_purchases), "half of 26");
//! assert!(stopped.expected_value < 0.1 * steady.expected_value);
//! let money = steady.value_interval(0.95);
//! assert!(money.holds(steady.expected_value) && money.holds(steady.value_interval(0.8).lower));
//!
//! // The models are fitted once, for any horizon.
//! let month = fit.predict(&Horizon::days(30));
//! assert!(month.customers[0].expected_purchases < half_a_year.customers[0].expected_purchases);
//! ```

mod bfgs;
mod clock;
mod ensemble;
mod fit;
mod groups;
mod history;
mod interval;
mod model;
mod prediction;
mod process;
mod regression;
mod season;
#[cfg(test)]
mod simulation;
mod spend;
#[cfg(test)]
mod tests;
mod trials;

pub use fit::{Fit, fit, fit_process};
pub use model::{
    FittedProcess, FittedSpend, Horizon, Lack, Method, Options, Process, Purchase, Stretch,
};
pub use prediction::{Cohort, CustomerValue, Prediction};
