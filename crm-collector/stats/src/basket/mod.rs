//! What is bought together, and what a customer is likely to buy next.
//!
//! [`Baskets`] hold who bought what on which day. [`BasketIndex`] answers what is bought together,
//! [`NextItems`] what each customer is likely to buy next, with the reason.

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
pub use next::{Blend, NextItems, NextOptions, Reason, Suggestion};
pub use pairs::{Pair, PairOptions, Pairs};
