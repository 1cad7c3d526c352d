//! crm-sdk: `track` into memory and into the spool, and `track_durable`.

use std::path::Path;
use std::time::Duration;

use crm_sdk::{Amount, Client, ClientBuilder, LineItem, Purchase};

use super::{Contender, Sale};

/// More bytes than an event of the bench has in a queue.
const EVENT_BYTES: usize = 512;

pub struct Crm(Client);

impl Crm {
    /// With room in memory for so many events.
    pub fn in_memory(url: &str, capacity: usize) -> Self {
        Self::of(builder(url).queue_events(capacity).queue_bytes(capacity * EVENT_BYTES))
    }

    /// With a spool in a folder.
    pub fn on_disk(url: &str, folder: &Path) -> Self {
        Self::of(builder(url).spool_dir(folder).spool_bytes(1 << 40))
    }

    /// Of options.
    pub fn of(builder: ClientBuilder) -> Self {
        Self(builder.build().expect("the options are good"))
    }

    /// The client itself.
    pub fn client(&self) -> &Client {
        &self.0
    }
}

pub fn builder(url: &str) -> ClientBuilder {
    Client::builder(url, "crm_sk_bench")
}

impl Contender for Crm {
    type Event = Purchase;

    fn event(&self, number: usize) -> Purchase {
        let sale = Sale::of(number);
        let currency = sale.currency.parse().expect("it is a currency");
        let unit_price = Amount::from_minor(sale.unit_price.into(), currency).expect("it is small");
        let purchase = match sale.kind {
            "refund" => Purchase::refund(currency),
            _ => Purchase::sale(currency),
        };
        purchase
            .customer_id(sale.customer)
            .item(LineItem::new(sale.sku, sale.quantity, unit_price))
            .channel(sale.channel)
            .country(sale.country)
    }

    fn call(&self, purchase: Purchase) {
        self.0.track(purchase).expect("there is room");
    }

    fn flush(&self, timeout: Duration) {
        // The server counts what arrived.
        let _unsent = self.0.flush(timeout);
    }

    fn finish(self) {
        let _unsent = self.0.shutdown(Duration::from_secs(1));
    }
}

/// [`Crm`] on disk, each call to stable storage.
pub struct Durable(Crm);

impl Durable {
    pub fn new(url: &str, folder: &Path) -> Self {
        Self(Crm::on_disk(url, folder))
    }
}

impl Contender for Durable {
    type Event = Purchase;

    fn event(&self, number: usize) -> Purchase {
        self.0.event(number)
    }

    fn call(&self, purchase: Purchase) {
        self.0.0.track_durable(purchase).expect("the disk can be written");
    }

    fn flush(&self, timeout: Duration) {
        Contender::flush(&self.0, timeout);
    }

    fn finish(self) {
        self.0.finish();
    }
}
