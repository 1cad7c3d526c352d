//! sentry: `capture_event` with its default integrations. It sends each event in a request of its
//! own; that is how it comes.

use std::time::Duration;

use sentry::protocol::{Event, User};
use sentry::{ClientInitGuard, ClientOptions, Level};

use super::{Contender, Sale};

pub struct Sentry(ClientInitGuard);

impl Sentry {
    pub fn new(url: &str, capacity: usize) -> Self {
        let dsn = format!("{}/1", url.replace("http://", "http://bench@"));
        let options = ClientOptions::new().dsn(&dsn).transport_channel_capacity(capacity);
        Self(sentry::init(options))
    }
}

impl Contender for Sentry {
    type Event = Event<'static>;

    fn event(&self, number: usize) -> Event<'static> {
        let sale = Sale::of(number);
        let unit_price = sale.unit_price_text();
        let mut event = Event::new();
        event.level = Level::Info;
        event.message = Some("purchase".to_owned());
        event.user = Some(User { id: Some(sale.customer), ..User::default() });
        let texts = [
            ("kind", sale.kind),
            ("currency", sale.currency),
            ("channel", sale.channel),
            ("country", sale.country),
        ];
        event.extra = texts.map(|(name, value)| (name.to_owned(), value.into())).into();
        event.extra.insert("sku".to_owned(), sale.sku.into());
        event.extra.insert("unit_price".to_owned(), unit_price.into());
        event.extra.insert("quantity".to_owned(), sale.quantity.into());
        event
    }

    fn call(&self, event: Event<'static>) {
        sentry::capture_event(event);
    }

    fn flush(&self, timeout: Duration) {
        self.0.flush(Some(timeout));
    }

    fn finish(self) {
        self.0.close(None);
    }
}
