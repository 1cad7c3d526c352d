//! The demo: a made-up shop that looks like a real one, and what it takes to show it.
//!
//! [`Shop`] is pure; [`send`](fn@send) hands its events to whatever takes them, with a progress
//! bar; [`Welcome`] is what the command prints at the end.

mod basket;
mod catalogue;
mod dice;
mod members;
mod orders;
mod parameters;
mod people;
mod season;
mod send;
mod shop;
#[cfg(test)]
mod tests;
mod welcome;
mod words;

pub use parameters::Parameters;
pub use send::{Sent, progress_bar, send};
pub use shop::Shop;
pub use welcome::Welcome;
