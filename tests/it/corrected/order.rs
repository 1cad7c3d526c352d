//! An order as these rounds make it up: how it is sent, how it has to be shown, and what it comes to,
//! added up by hand.

use std::ops::Range;

use crm_sdk::{Amount, Timestamp};
use serde_json::{Value, json};

use crate::dice::Dice;

/// 2025-01-01 and 2025-04-01, where the workspace is.
pub(super) const DAYS: [&str; 2] = ["2025-01-01", "2025-04-01"];
pub(super) const ZONE: &str = "Asia/Tokyo";
const OFFSET_MS: i64 = 9 * 3_600_000;
const TIMES_MS: Range<i64> = 1_735_657_200_000..1_743_433_200_000;

pub(super) const CURRENCIES: [&str; 2] = ["EUR", "USD"];
/// Customers that all senders have in common.
pub(super) const CUSTOMERS: u64 = 60;
const PRODUCTS: u64 = 25;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Pending,
    Paid,
    Cancelled,
}

/// Money is in hundredths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) sku: u64,
    pub(super) quantity: i64,
    price: i64,
    pub(super) discount: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) customer: Option<u64>,
    pub(super) is_refund: bool,
    pub(super) state: State,
    pub(super) currency: &'static str,
    pub(super) at_ms: i64,
    pub(super) country: Option<&'static str>,
    pub(super) channel: Option<&'static str>,
    pub(super) refund_of: Option<String>,
    pub(super) lines: Vec<Line>,
    pub(super) shipping: i64,
    pub(super) tax: i64,
    pub(super) tip: i64,
    /// Told by a line of its own.
    pub(super) fee: i64,
}

impl Line {
    pub(super) fn gross(&self) -> i64 {
        self.quantity * self.price
    }
}

impl Order {
    pub(super) fn made_up(dice: &mut Dice) -> Self {
        let first = dice.below(PRODUCTS);
        // Each product of an order is another.
        let lines = (0..1 + dice.below(3)).map(|line| {
            let price = number(dice, 1..20_000);
            let quantity = number(dice, 1..4);
            let discount = if dice.below(3) == 0 { number(dice, 0..price) } else { 0 };
            Line { sku: (first + line) % PRODUCTS, quantity, price, discount }
        });
        let lines = lines.collect();
        let mut now_and_then = |most| if dice.below(2) == 0 { number(dice, 0..most) } else { 0 };
        let [shipping, tax, tip, fee] = [900, 4_000, 500, 300].map(&mut now_and_then);
        Self {
            customer: (dice.below(6) > 0).then(|| dice.below(CUSTOMERS)),
            is_refund: dice.below(8) == 0,
            state: *dice.pick(&[State::Paid, State::Paid, State::Paid, State::Pending]),
            currency: *dice.pick(&["EUR", "EUR", "EUR", "USD"]),
            at_ms: number(dice, TIMES_MS),
            country: *dice.pick(&[None, Some("DE"), Some("JP"), Some("BR")]),
            channel: *dice.pick(&[None, Some("web"), Some("shop")]),
            refund_of: None,
            lines,
            shipping,
            tax,
            tip,
            fee,
        }
    }

    /// The same order, but for something.
    pub(super) fn changed(&self, dice: &mut Dice) -> Self {
        let (other, mut changed) = (Self::made_up(dice), self.clone());
        match dice.below(8) {
            0 => changed.customer = other.customer,
            1 => changed.at_ms = other.at_ms,
            2 => changed.currency = other.currency,
            3 => (changed.country, changed.channel) = (other.country, other.channel),
            4 => changed.lines = other.lines,
            5 => changed.state = State::Paid,
            6 => changed.state = State::Cancelled,
            _ => {
                let refund_of = self.refund_of.clone();
                changed = Self { is_refund: self.is_refund, refund_of, ..other };
            }
        }
        changed.telling_all()
    }

    /// What a refund does not tell is as in what it is of, which other tests hold: here it tells all.
    pub(super) fn telling_all(mut self) -> Self {
        if self.refund_of.is_some() {
            self.customer.get_or_insert(0);
            self.country.get_or_insert("DE");
            self.channel.get_or_insert("web");
        }
        self
    }

    pub(super) fn gross(&self) -> i64 {
        self.lines.iter().map(Line::gross).sum()
    }

    pub(super) fn discounts(&self) -> i64 {
        self.lines.iter().map(|line| line.discount).sum()
    }

    pub(super) fn total(&self) -> i64 {
        self.gross() - self.discounts() + self.shipping + self.tax + self.tip + self.fee
    }

    /// The day on which it happened, where the workspace is.
    pub(super) fn day(&self) -> String {
        Timestamp::from_millis(self.at_ms + OFFSET_MS).to_string()[..10].to_owned()
    }

    /// The weekday and the hour at which it happened there.
    pub(super) fn hour_of_the_week(&self) -> [String; 2] {
        const WEEKDAYS: [&str; 7] =
            ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
        let hours = usize::try_from((self.at_ms + OFFSET_MS) / 3_600_000).unwrap();
        // 1970 began on the first of these.
        [WEEKDAYS[hours / 24 % 7].to_owned(), (hours % 24).to_string()]
    }

    fn kind(&self) -> &'static str {
        if self.is_refund { "refund" } else { "sale" }
    }

    fn state(&self) -> &'static str {
        match self.state {
            State::Pending => "pending",
            State::Paid => "paid",
            State::Cancelled => "cancelled",
        }
    }

    /// As a host sends it, without its id and its number.
    pub(super) fn sent(&self) -> Value {
        let mut items: Vec<_> = self
            .lines
            .iter()
            .map(|line| {
                json!({ "sku": sku(line.sku), "quantity": line.quantity,
                    "unit_price": money(line.price), "discount": money(line.discount) })
            })
            .collect();
        if self.fee > 0 {
            items.push(json!({ "kind": "fee", "name": "card", "unit_price": money(self.fee) }));
        }
        let mut sent = json!({
            "kind": self.kind(), "state": self.state(), "currency": self.currency, "items": items,
            "occurred_at": Timestamp::from_millis(self.at_ms).to_string(),
            "shipping": money(self.shipping), "tax": money(self.tax), "tip": money(self.tip),
        });
        // Some shops tell it, and some do not.
        if self.at_ms % 2 == 0 {
            sent["total"] = money(self.total());
        }
        let mut tell = |field: &str, value: Option<String>| {
            if let Some(value) = value {
                sent[field] = value.into();
            }
        };
        tell("customer_id", self.customer.map(customer));
        tell("country", self.country.map(str::to_owned));
        tell("channel", self.channel.map(str::to_owned));
        tell("refund_of", self.refund_of.clone());
        sent
    }

    /// What has to be shown of it.
    pub(super) fn shown(&self) -> Value {
        let mut items: Vec<_> = self
            .lines
            .iter()
            .map(|line| {
                let [price, off] = [line.price, line.discount].map(money);
                json!(["product", sku(line.sku), line.quantity, price, off])
            })
            .collect();
        if self.fee > 0 {
            items.push(json!(["fee", null, 1, money(self.fee), null]));
        }
        let parts = [self.gross(), self.discounts(), self.shipping, self.tax, self.tip, self.fee]
            .map(money);
        json!({
            "customer_id": self.customer.map(customer), "kind": self.kind(), "state": self.state(),
            "currency": self.currency, "refund_of": self.refund_of, "total": money(self.total()),
            "occurred_at": Timestamp::from_millis(self.at_ms).to_string(),
            "country": self.country, "channel": self.channel, "items": items,
            "parts": parts,
        })
    }

    /// The same of an order that the collector shows.
    pub(super) fn shown_by(stored: &Value) -> Value {
        let items = stored["items"].as_array().unwrap().iter().map(|item| {
            json!([
                item["kind"],
                item["sku"],
                item["quantity"],
                item["unit_price"],
                item["discount"]
            ])
        });
        let parts = &stored["parts"];
        let parts =
            ["gross", "discounts", "shipping", "tax", "tips", "fees"].map(|part| &parts[part]);
        json!({
            "customer_id": stored["customer_id"], "kind": stored["kind"], "state": stored["state"],
            "currency": stored["currency"], "refund_of": stored["refund_of"],
            "total": stored["total"], "occurred_at": stored["occurred_at"],
            "country": stored["country"], "channel": stored["channel"],
            "items": items.collect::<Vec<_>>(), "parts": parts,
        })
    }
}

pub(super) fn customer(number: u64) -> String {
    format!("c-{number}")
}

pub(super) fn sku(number: u64) -> String {
    format!("sku-{number}")
}

/// Hundredths, as the collector writes them.
pub(super) fn money(hundredths: i64) -> Value {
    Amount::from_ten_thousandths(hundredths * 100).to_string().into()
}

fn number(dice: &mut Dice, range: Range<i64>) -> i64 {
    range.start
        + i64::try_from(dice.below(u64::try_from(range.end - range.start).unwrap())).unwrap()
}
