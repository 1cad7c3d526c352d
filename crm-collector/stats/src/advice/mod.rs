//! Advice: whom to turn to, with what, by when, and how much money is at stake.
//!
//! Everything is read off a [`Ledger`] of what was bought, as of a day. Money at stake is a lower bound:
//! the 20th percentile of what past windows, orders or lines like it have brought, so that four of five
//! brought more. It says what there is to be kept or won, not what an action earns: only an experiment
//! can tell that. The chance that a customer buys within the window without any action is that of
//! [`crate::value`].
//!
//! ```
//! use crm_stats::advice::{Ledger, Line, WINDOW_DAYS, slipped};
//! use crm_stats::value::{self, Horizon, Options, Purchase};
//!
//! // Thirty customers come every twenty days; one of them is thirteen days late.
//! let (mut ledger, mut purchases) = (Ledger::new(360), Vec::new());
//! for customer in 1..31_u32 {
//!     for day in (customer as i32 % 20..360).step_by(20) {
//!         if customer == 7 && day > 330 {
//!             continue;
//!         }
//!         ledger.sale(customer, day, &[Line { product: 1, quantity: 2.0, amount: 50.0 }]);
//!         purchases.push(Purchase { customer, day, amount: 50.0 });
//!     }
//! }
//! let ledger = ledger.in_order();
//! let ahead = value::fit(&purchases, 359, &Options::default()).predict(&Horizon::days(WINDOW_DAYS));
//! let found = slipped(&ledger, &ahead);
//! assert_eq!(found.len(), 1);
//! assert_eq!((found[0].customer, found[0].rhythm.usual_gap, found[0].rhythm.longest_gap), (7, 20.0, 20));
//! // Ten weeks hold three or four purchases.
//! assert!((found[0].at_stake - 150.0).abs() < 1e-9);
//! ```

mod concentration;
mod due;
mod experiment;
mod ledger;
mod returned;
mod rhythm;
mod second;
mod sorted;
mod together;

pub use crate::basket::ANONYMOUS;
pub use concentration::{Concentration, concentration};
pub use due::{Due, due};
pub use experiment::{Drawn, Effect, effect};
pub use ledger::{Bought, Ledger, Line, Ordered};
pub use returned::{Hotspot, Returned, hotspots};
pub use rhythm::{Rhythm, Slipped, slipped};
pub use second::{Second, second_purchases};
pub use together::{Offer, offers};

use crate::value::Prediction;

/// Days ahead that money at stake and chances are about: ten weeks.
pub const WINDOW_DAYS: u32 = 70;

/// The bound of money at stake: so much of what was alike brought less.
pub const BOUND: f64 = 0.2;

/// The chance that a customer buys within the horizon of a prediction, with no action; 0 of one it does
/// not know.
fn chance(ahead: &Prediction, customer: u32) -> f64 {
    let place = ahead.customers.binary_search_by_key(&customer, |value| value.customer);
    place.ok().and_then(|place| ahead.customers.get(place)).map_or(0.0, |value| value.p_purchase())
}
