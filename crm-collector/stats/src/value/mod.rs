//! What customers are worth: whether they will come back, how often, and for how much.
//!
//! [`fit`] learns from purchases, [`Fit::predict`] says what follows for a horizon. Days are whole, from
//! any origin; models run in weeks, on a clock that goes by the season; money is in the unit of the
//! amounts. Nothing fails: too little data leads to a simpler [`Method`], and [`Prediction::missing`]
//! says what a better one would have needed.
//!
//! Of a customer with x purchase days after the first, the last of them t weeks after the first, in T
//! weeks observed:
//!
//! - P(alive | x, t, T) and E(purchases in h weeks | x, t, T) are the means over three models: the
//!   likeliest of Pareto/NBD, BG/NBD, MBG/NBD and MBG/CNBD-k, the Pareto/NBD, and the MBG/CNBD-2
//!   (sources at [`Process`]).
//! - The expectation of repeat buyers is averaged, 1 : 2, with a Poisson regression ln μ = ln E + β·z that
//!   was trained at earlier cut-offs; z are E itself, purchases weighted by how recent they are, the time
//!   since the last one and the time since the first, in logarithms.
//! - All expectations are multiplied by one factor, so that with those of customers to come they meet a
//!   forecast of all purchases.
//! - Money of a purchase is p (v + n m) / (p n + q − 1) after n purchase days of m on average, the
//!   Gamma-Gamma model's (Fader & Hardie 2013, eq. 5), less the share that is given back; what a customer is worth is the product of both,
//!   discounted.
//! - Intervals: a count is 0 with the chance to have left and negative binomial otherwise; money is 0
//!   without a purchase and log-normal otherwise.
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
