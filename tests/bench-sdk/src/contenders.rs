//! Libraries that are measured, each behind the same three steps. All events have the same eight
//! fields, besides the id and the time that each library adds.

pub mod crm;
pub mod opentelemetry;
pub mod posthog;
pub mod sentry;

use std::time::Duration;

use crate::server::MARK;

/// A library in the configuration that its own documents recommend, with a queue that takes all
/// that it is given.
pub trait Contender: Sync {
    /// An event, ready to be handed over.
    type Event: Send;

    /// Makes an event; not part of what is measured.
    fn event(&self, number: usize) -> Self::Event;

    /// Hands an event over: what is measured.
    fn call(&self, event: Self::Event);

    /// Sends what is queued, for so long at most.
    fn flush(&self, timeout: Duration);

    /// Ends the library.
    fn finish(self);
}

/// What an event says. No two say the same, so that compression gains what it would gain in life.
pub struct Sale {
    pub customer: String,
    pub kind: &'static str,
    pub currency: &'static str,
    pub sku: String,
    pub quantity: u32,
    /// In hundredths of the currency.
    pub unit_price: u32,
    pub channel: &'static str,
    pub country: &'static str,
}

impl Sale {
    /// The sale of this number, always the same.
    pub fn of(number: usize) -> Self {
        // Knuth's multiplicative hashing: numbers in a row share nothing.
        let mixed = (number as u32).wrapping_mul(2_654_435_761);
        let one_of = |choices: &[&'static str], shift: u32| {
            choices[(mixed >> shift) as usize % choices.len()]
        };
        Self {
            customer: customer(number),
            kind: one_of(&["sale", "refund"], 31),
            currency: one_of(&["GBP", "EUR", "USD", "CHF"], 29),
            sku: format!("{:05}{}", mixed % 40_000, char::from(b'A' + (mixed >> 27) as u8 % 26)),
            quantity: 1 + mixed % 12,
            unit_price: 95 + mixed % 20_000,
            channel: one_of(&["web", "app", "store"], 25),
            country: one_of(&["United Kingdom", "Germany", "France", "EIRE", "Spain"], 22),
        }
    }

    /// The price as a decimal number.
    pub fn unit_price_text(&self) -> String {
        format!("{}.{:02}", self.unit_price / 100, self.unit_price % 100)
    }
}

/// The customer of an event: what the server counts by.
pub fn customer(number: usize) -> String {
    format!("{MARK}{number}")
}
