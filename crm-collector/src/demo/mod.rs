//! The demo: a made-up shop that looks like a real one.

mod basket;
mod catalogue;
mod dice;
mod people;
mod season;
mod shop;
#[cfg(test)]
mod tests;
mod words;

pub use shop::{Parameters, Shop};
