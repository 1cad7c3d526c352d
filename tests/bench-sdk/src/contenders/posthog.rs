//! posthog-rs: `capture` on its blocking client, whose background thread is that of the
//! asynchronous one as well.

use std::time::Duration;

use posthog_rs::{Client, ClientOptionsBuilder, Event};

use super::{Contender, Sale};

pub struct Posthog(Client);

impl Posthog {
    pub fn new(url: &str, capacity: usize) -> Self {
        let options = ClientOptionsBuilder::default()
            .api_key("phc_bench".to_owned())
            .host(url)
            .max_queue_size(capacity)
            .build()
            .expect("the options are good");
        Self(posthog_rs::client(options))
    }
}

impl Contender for Posthog {
    type Event = Event;

    fn event(&self, number: usize) -> Event {
        let sale = Sale::of(number);
        let unit_price = sale.unit_price_text();
        let mut event = Event::new("purchase".to_owned(), sale.customer);
        let mut set = |name: &str, value: &str| event.insert_prop(name, value).expect("it is JSON");
        set("kind", sale.kind);
        set("currency", sale.currency);
        set("sku", &sale.sku);
        set("unit_price", &unit_price);
        set("channel", sale.channel);
        set("country", sale.country);
        event.insert_prop("quantity", sale.quantity).expect("it is JSON");
        event
    }

    fn call(&self, event: Event) {
        self.0.capture(event);
    }

    fn flush(&self, _timeout: Duration) {
        // Takes no time; a request has 30 seconds by default.
        self.0.flush();
    }

    fn finish(self) {
        self.0.shutdown();
    }
}
