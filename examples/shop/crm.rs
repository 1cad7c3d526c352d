//! Everything the shop tells the CRM, in one place.
//!
//! No call here waits for the network, and none fails the shop: a sale is a sale, whatever
//! becomes of its report. What cannot be reported is logged. What was reported is on disk before
//! the call returns, so that it arrives even if the shop is killed the moment after.

use std::path::Path;
use std::time::Duration;

use crm_sdk::{
    Client, Customer, Direction, Error, EventId, Interaction, InteractionKind, LineItem, Purchase,
    Unsent,
};

use crate::shop::{Account, CURRENCY, Message, Order};

/// The shop's line to the CRM. Clones share one client: one queue, one thread, one connection.
#[derive(Clone)]
pub(crate) struct Crm {
    client: Client,
}

impl Crm {
    pub(crate) fn connect(endpoint: String, key: String, spool: &Path) -> Result<Self, Error> {
        let client = Client::builder(endpoint, key)
            // On a local disk, and kept between runs: it holds what the CRM does not have yet.
            .spool_dir(spool)
            // Where to learn of events that broke a rule only the collector knows, such as an
            // order number that was used before. The collector keeps them (`rejected list`), and
            // so does the client (`dead_letters`).
            .on_verdict(|verdict| {
                for rejection in &verdict.rejected {
                    tracing::warn!(code = %rejection.code, "{}", rejection.message);
                }
            })
            .build()?;
        Ok(Self { client })
    }

    /// An account was made or changed. What is left out stays as the CRM knows it.
    pub(crate) fn account(&self, account: &Account) {
        let mut customer = Customer::new(&account.id)
            .name(&account.name)
            .email(&account.email)
            .consent("email_marketing", account.newsletter);
        if let Some(country) = &account.country {
            customer = customer.country(country);
        }
        tracked("an account", self.client.customer(customer));
    }

    /// An order was paid. Its number makes it unique: reported twice, it counts once.
    pub(crate) fn sold(&self, order: &Order) {
        let sale = Purchase::sale(CURRENCY).purchase_id(&order.id);
        tracked("an order", self.client.purchase(with_lines(sale, order)));
    }

    /// All of an order was paid back. A refund is a purchase of its own, so it has a number of
    /// its own; amounts are positive here too.
    pub(crate) fn refunded(&self, order: &Order) {
        let refund = Purchase::refund(CURRENCY).purchase_id(format!("{}-refund", order.id));
        tracked("a refund", self.client.purchase(with_lines(refund, order)));
    }

    /// A customer wrote to the shop.
    pub(crate) fn message(&self, message: &Message) {
        let interaction = Interaction::new(&message.customer_id, InteractionKind::Ticket)
            .direction(Direction::Inbound)
            .channel("web")
            .subject(&message.subject)
            .text(&message.text);
        tracked("a message", self.client.interaction(interaction));
    }

    /// Sends what is queued and ends the client, within a time.
    pub(crate) async fn close(&self, timeout: Duration) -> Unsent {
        self.client.shutdown_async(timeout).await
    }
}

/// The total is left out: the CRM adds the lines up, and cannot be told another sum.
fn with_lines(purchase: Purchase, order: &Order) -> Purchase {
    let purchase = purchase.channel("web");
    let purchase = match &order.customer_id {
        Some(customer_id) => purchase.customer_id(customer_id),
        // A guest. The order counts all the same, as an anonymous one.
        None => purchase,
    };
    order.lines.iter().fold(purchase, |purchase, line| {
        let item = LineItem::new(line.product.sku, line.quantity, line.product.price);
        purchase.item(item.name(line.product.name).category(line.product.category))
    })
}

fn tracked(what: &str, outcome: Result<EventId, Error>) {
    if let Err(error) = outcome {
        tracing::error!(%error, "the CRM was not told of {what}");
    }
}
