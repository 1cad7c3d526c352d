//! The first program of the README: tells the collector of one order, and says how that went.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program of the command line prints its result")]

use std::time::Duration;

use crm_sdk::{Client, Currency, LineItem, Purchase};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(endpoint), Some(key)) = (arguments.next(), arguments.next()) else {
        return Err("usage: order ENDPOINT KEY".into());
    };
    // Makes no connection yet: a collector may be down, and come up later.
    let client = Client::builder(endpoint, key).build()?;

    // Two mugs at 6.95 pounds. The collector adds the lines up.
    let mugs = LineItem::new("MUG-01", 2, "6.95".parse()?);
    client.purchase(Purchase::sale(Currency::GBP).customer_id("c-1").item(mugs))?;

    // Before the program ends: up to five seconds for what is still queued.
    let unsent = client.shutdown(Duration::from_secs(5));
    let stats = client.stats();
    if let Some(failure) = stats.failure {
        let reason = stats.failure_reason.unwrap_or_default();
        return Err(format!("not sent: {failure}: {reason}").into());
    }
    if !unsent.is_empty() || stats.rejected > 0 {
        return Err(format!("{} unsent, {} rejected", unsent.events, stats.rejected).into());
    }
    println!("the CRM has it");
    Ok(())
}
