//! Everything the shop tells the CRM, in one place.
//!
//! No call here waits for the network, and none fails the shop: a sale is a sale, whatever
//! becomes of its report. What cannot be reported is logged. What was reported is on disk before
//! the call returns, so that it arrives even if the shop is killed the moment after.

use std::path::Path;
use std::time::{Duration, SystemTime};

use crm_sdk::{
    Amount, Client, Customer, Direction, Error, EventId, Interaction, InteractionKind, LineItem,
    Purchase, Unsent,
};

use crate::shop::{Account, COUPON, CURRENCY, Message, Order};

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
                // What is stored, and worth a look, such as a total that its parts do not come to.
                for warning in &verdict.warnings {
                    tracing::warn!(code = %warning.code, "{}", warning.message);
                }
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
        tracked("an order", self.client.purchase(sale(order)));
    }

    /// An order was changed: told again, it takes the place of what the CRM has under its number, in
    /// all figures. Of the same two versions the later counts, in whichever order they come.
    pub(crate) fn changed(&self, order: &Order) {
        let sale = sale(order).updated_at(SystemTime::now().into());
        tracked("a correction", self.client.purchase(sale));
    }

    /// All of an order was paid back. A refund is a purchase of its own, so it has a number of
    /// its own, and names what it is of; amounts are positive here too.
    pub(crate) fn refunded(&self, order: &Order) {
        let refund = Purchase::refund(CURRENCY)
            .purchase_id(format!("{}-refund", order.id))
            .refund_of(&*order.id);
        tracked("a refund", self.client.purchase(with_parts(refund, order)));
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

fn sale(order: &Order) -> Purchase {
    let sale = Purchase::sale(CURRENCY).purchase_id(&*order.id).occurred_at(order.placed_at.into());
    with_parts(sale, order)
}

/// What the order's money is made of. Prices have their tax in them.
fn with_parts(purchase: Purchase, order: &Order) -> Purchase {
    let mut purchase = purchase
        .channel("web")
        .discount(pence(order.discount_pence()))
        .shipping(pence(order.postage_pence()))
        .tax_included(pence(order.tax_pence()))
        .total(pence(order.total_pence()));
    if order.has_coupon {
        purchase = purchase.coupon(COUPON);
    }
    // Without a customer it is a guest's: it counts all the same, as an anonymous one.
    if let Some(customer_id) = &order.customer_id {
        purchase = purchase.customer_id(customer_id);
    }
    order.lines.iter().fold(purchase, |purchase, line| {
        let product = line.product;
        let item = LineItem::new(product.sku, line.quantity, pence(product.price_pence));
        let item = item.name(product.name).category(product.category);
        purchase.item(item.cost(pence(product.cost_pence)))
    })
}

/// Exact from here to the report, where amounts are in 1/10,000 of a pound.
fn pence(pence: i64) -> Amount {
    Amount::from_ten_thousandths(pence * 100)
}

fn tracked(what: &str, outcome: Result<EventId, Error>) {
    if let Err(error) = outcome {
        tracing::error!(%error, "the CRM was not told of {what}");
    }
}
