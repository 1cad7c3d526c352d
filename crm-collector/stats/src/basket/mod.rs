//! What is bought together, and what a customer is likely to buy next.
//!
//! [`Baskets`] hold who bought what on which day. [`BasketIndex`] answers what is bought together,
//! [`NextItems`] what each customer is likely to buy next, with the reason.
//!
//! ```
//! use crm_stats::basket::{BasketIndex, Baskets, PairOptions};
//!
//! const BREAD: u32 = 1;
//! const BUTTER: u32 = 2;
//! let mut baskets = Baskets::new();
//! for number in 0..90 {
//!     // Whoever buys bread takes butter along most of the time; others buy one of ten other things.
//!     let other = 3 + number % 10;
//!     match number % 3 {
//!         0 if number % 15 == 0 => baskets.push(number, 0, &[BREAD, other]),
//!         0 => baskets.push(number, 0, &[BREAD, BUTTER, other]),
//!         _ => baskets.push(number, 0, &[other]),
//!     };
//! }
//! let found = BasketIndex::new(baskets).together(BREAD, &PairOptions::default());
//! let pair = &found.pairs[0];
//! assert_eq!((pair.b, pair.together), (BUTTER, 24));
//! assert!((pair.confidence - 0.8).abs() < 1e-9, "24 of 30 with bread");
//! assert!(pair.lift > 2.0 && pair.q_value < 0.01);
//! ```

mod baskets;
mod chance;
mod fisher;
mod index;
mod meetings;
mod next;
mod pairs;
#[cfg(test)]
mod tests;

pub use baskets::{ANONYMOUS, Basket, Baskets};
pub use fisher::fisher_greater;
pub use index::BasketIndex;
pub use next::{Blend, NextItems, Reason, Suggestion};
pub use pairs::{Lack, Pair, PairOptions, Pairs};
