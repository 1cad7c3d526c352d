//! Sends a shop, event by event, with a progress bar.

use std::fmt;
use std::time::Duration;

use crm_models::{Event, PurchaseKind};
use indicatif::{ProgressBar, ProgressStyle};

use super::shop::Shop;
use crate::words::counted;

/// How many events were sent, by what they tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Customers.
    pub customers: u64,
    /// Sales.
    pub sales: u64,
    /// Refunds.
    pub refunds: u64,
    /// Sales that take the place of one before.
    pub corrections: u64,
    /// Interactions.
    pub interactions: u64,
}

impl Sent {
    /// All events.
    pub fn total(&self) -> u64 {
        self.customers + self.sales + self.refunds + self.corrections + self.interactions
    }

    fn count(&mut self, event: &Event) {
        *match event {
            Event::Customer(_) => &mut self.customers,
            Event::Purchase(purchase) if purchase.kind == PurchaseKind::Refund => &mut self.refunds,
            Event::Purchase(purchase) if purchase.updated_at.is_some() => &mut self.corrections,
            Event::Purchase(_) => &mut self.sales,
            Event::Interaction(_) => &mut self.interactions,
        } += 1;
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { customers, sales, refunds, corrections, interactions } = self;
        let said = [
            counted(customers, "customer", "customers"),
            counted(sales, "sale", "sales"),
            counted(refunds, "refund", "refunds"),
            counted(corrections, "correction", "corrections"),
            counted(interactions, "interaction", "interactions"),
        ];
        f.write_str(&said.join(", "))
    }
}

/// A bar for [`send`], on the standard error stream; invisible where that is no terminal.
pub fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new(1_000);
    // The template is a constant; were it wrong, the plain bar would do.
    if let Ok(style) = ProgressStyle::with_template("{msg:>14} {wide_bar} {percent:>3} %") {
        bar.set_style(style);
    }
    bar.set_message("three years …");
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// Hands every event of a shop to `track`, the SDK's for one, until the end or its first error.
pub fn send<E>(
    mut shop: Shop,
    bar: &ProgressBar,
    track: &mut dyn FnMut(Event) -> Result<(), E>,
) -> Result<Sent, E> {
    let mut sent = Sent::default();
    while let Some(event) = shop.next() {
        sent.count(&event);
        track(event)?;
        bar.set_position(shop.progress());
    }
    bar.finish_and_clear();
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::Parameters;

    fn small() -> Shop {
        let until = "2026-03-01".parse().unwrap();
        Shop::new(Parameters { days: 60, customers: 50, ..Parameters::three_years(1, until) })
    }

    #[test]
    fn every_event_is_handed_over_and_counted() {
        let mut events = Vec::new();
        let sent = send(small(), &ProgressBar::hidden(), &mut |event| {
            events.push(event);
            Ok::<_, ()>(())
        });
        assert_eq!(sent.map(|sent| sent.total()), Ok(events.len() as u64));
        assert!(small().eq(events));
    }

    #[test]
    fn the_first_error_ends_it() {
        let mut left = 3;
        let sent = send(small(), &ProgressBar::hidden(), &mut |_| {
            left -= 1;
            if left == 0 { Err("full") } else { Ok(()) }
        });
        assert_eq!(sent, Err("full"));
        assert_eq!(left, 0);
    }
}
