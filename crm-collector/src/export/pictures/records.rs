//! Answers about the client base in a sentence.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use crm_api::answer::{
    CustomerDetail, CustomerPage, Purchase, PurchaseDetail, PurchasePage, TimelineEntry,
    TimelinePage, Value,
};
use crm_api::question::Answer;
use crm_api::{Focus, Total};
use crm_models::{Currency, PurchaseKind, Timestamp};

use super::Sentence;
use super::text::Texts;
use crate::charts::Locale;

/// Customers that are named.
const NAMED: usize = 3;

/// What an answer about the client base says first; nothing for all others.
pub(super) fn sentence(answer: &Answer, focus: &Focus, locale: Locale, timezone: Tz) -> Sentence {
    let with = With { locale, timezone };
    match answer {
        Answer::FindCustomers(page) => with.found(page),
        Answer::Customer(customer) => with.customer(customer, focus),
        Answer::Timeline(page) => with.timeline(page, focus),
        Answer::Purchases(page) => with.purchases(page),
        Answer::Purchase(purchase) => with.purchase(purchase),
        _ => Sentence::default(),
    }
}

#[derive(Clone, Copy)]
struct With {
    locale: Locale,
    timezone: Tz,
}

impl With {
    fn of(self, english: &str, russian: &str) -> String {
        match self.locale {
            Locale::En => english.to_owned(),
            Locale::Ru => russian.to_owned(),
        }
    }

    fn found(self, page: &CustomerPage) -> Sentence {
        let say = Sentence::default();
        let names =
            page.customers.iter().take(NAMED).map(|customer| {
                customer.name.clone().unwrap_or_else(|| customer.customer_id.clone())
            });
        let names = names.collect::<Vec<_>>().join(", ");
        let count = page.customers.len();
        let more = if page.next_after.is_some() || count > NAMED { ", …" } else { "" };
        match (count, self.locale) {
            (0, _) => say.say(self.of("Nobody is found.", "Никто не найден.")),
            (1, Locale::En) => say.say("One customer is found: ").figure(names).say("."),
            (1, Locale::Ru) => say.say("Найден один клиент: ").figure(names).say("."),
            (_, Locale::En) => say.say("Found: ").figure(names).say(format!("{more}.")),
            (_, Locale::Ru) => say.say("Найдены: ").figure(names).say(format!("{more}.")),
        }
    }

    fn customer(self, detail: &CustomerDetail, focus: &Focus) -> Sentence {
        let customer = &detail.customer;
        let named = focus.name.as_ref().or(customer.name.as_ref()).unwrap_or(&customer.customer_id);
        let say = Sentence::default().figure(named);
        let Some(worth) = detail.worth.first() else {
            return say.say(self.of(" has bought nothing yet.", ": покупок пока нет."));
        };
        let net = money(worth.net, worth.currency, self.locale);
        let orders = self.locale.grouped(&worth.orders.to_string());
        let last = worth.last_order.map(|at| self.locale.day(day(at, self.timezone)));
        match self.locale {
            Locale::En => {
                let noun = if worth.orders == 1 { "order" } else { "orders" };
                let last = last.map_or(String::new(), |last| format!(", the last on {last}"));
                say.say(": ")
                    .figure(format!("{net} net"))
                    .say(format!(" from {orders} {noun}{last}."))
            }
            Locale::Ru => {
                let last = last.map_or(String::new(), |last| format!(", последний — {last}"));
                say.say(": чистая выручка ").figure(net).say(format!(", заказов — {orders}{last}."))
            }
        }
    }

    fn timeline(self, page: &TimelinePage, focus: &Focus) -> Sentence {
        let named = focus.name.clone().unwrap_or_default();
        let say = Sentence::default().figure(named);
        match page.entries.first() {
            None => say.say(self.of(": nothing has happened yet.", ": пока ничего не произошло.")),
            Some(TimelineEntry::Purchase(purchase)) => {
                let is_refund = purchase.kind == PurchaseKind::Refund;
                let what = match is_refund {
                    true => self.of(": the latest is a refund of ", ": последнее — возврат от "),
                    false => self.of(": the latest is an order of ", ": последнее — заказ от "),
                };
                say.say(what).say(self.day_and_total(purchase))
            }
            Some(TimelineEntry::Interaction(one)) => {
                let day = self.locale.day(day(one.occurred_at, self.timezone));
                let what = self.of(": the latest was on ", ": последнее событие — ");
                say.say(format!("{what}{day}."))
            }
        }
    }

    fn day_and_total(self, purchase: &Purchase) -> String {
        let day = self.locale.day(day(purchase.occurred_at, self.timezone));
        let total = money(purchase.total.into(), purchase.currency, self.locale);
        match self.locale {
            Locale::En => format!("{day}, {total}."),
            Locale::Ru => format!("{day}, {total}."),
        }
    }

    fn purchases(self, page: &PurchasePage) -> Sentence {
        let say = Sentence::default();
        let Some(latest) = page.purchases.first() else {
            return say.say(self.of("There is no such order.", "Таких заказов нет."));
        };
        let count = self.locale.grouped(&page.purchases.len().to_string());
        let latest = self.day_and_total(latest);
        match (self.locale, page.next_after.is_some()) {
            (Locale::En, true) => {
                say.say(format!("The latest {count} are below; the last one: ")).figure(latest)
            }
            (Locale::En, false) => {
                say.say(format!("Orders and refunds: {count}; the last one: ")).figure(latest)
            }
            (Locale::Ru, true) => {
                say.say(format!("Ниже последние {count}; самый последний: ")).figure(latest)
            }
            (Locale::Ru, false) => {
                say.say(format!("Заказов и возвратов: {count}; последний: ")).figure(latest)
            }
        }
    }

    fn purchase(self, detail: &PurchaseDetail) -> Sentence {
        let say = Sentence::default();
        let Some(purchase) = &detail.purchase else {
            return say.say(self.of("It was taken back.", "Он отозван."));
        };
        let number = purchase.number.as_ref().or(purchase.purchase_id.as_ref());
        let number = number.map_or("", String::as_str);
        let lines = purchase.items.len();
        match self.locale {
            Locale::En => say
                .say(format!("Order {number} of "))
                .figure(self.day_and_total(purchase))
                .say(match lines {
                    1 => " One line.".to_owned(),
                    lines => format!(" {lines} lines."),
                }),
            Locale::Ru => say
                .say(format!("Заказ {number} от "))
                .figure(self.day_and_total(purchase))
                .say(format!(" Позиций: {lines}.")),
        }
    }
}

/// Money with its decimals.
fn money(total: Total, currency: Currency, locale: Locale) -> String {
    let texts = Texts { locale, currency: Some(currency), timezone: Tz::UTC };
    texts.cell(&Value::Money(total))
}

/// The day of an instant.
fn day(at: Timestamp, timezone: Tz) -> NaiveDate {
    DateTime::<Utc>::from(at).with_timezone(&timezone).date_naive()
}
