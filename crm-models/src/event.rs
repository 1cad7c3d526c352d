//! Any event, as it travels in a batch: its fields, and its `type` before them.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::ids::{CustomerId, EventId};
use crate::time::Timestamp;
use crate::validate::{Invalid, one_event};
use crate::warning::Warning;
use crate::{Attributes, Code, Customer, EventType, Interaction, Purchase, limits};

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
#[expect(clippy::large_enum_variant, reason = "most events are purchases")]
pub enum Event {
    /// A customer appeared or changed.
    Customer(Customer),
    /// Somebody bought or got money back.
    Purchase(Purchase),
    /// Something else passed between host and customer.
    Interaction(Interaction),
}

impl Event {
    /// The values of `type`.
    pub const TYPES: &'static [&'static str] = &["customer", "purchase", "interaction"];

    /// Its `type`.
    pub fn event_type(&self) -> EventType {
        match self {
            Self::Customer(_) => EventType::Customer,
            Self::Purchase(_) => EventType::Purchase,
            Self::Interaction(_) => EventType::Interaction,
        }
    }

    /// Its unique id, if the sender chose one.
    pub fn id(&self) -> Option<EventId> {
        match self {
            Self::Customer(event) => event.id,
            Self::Purchase(event) => event.id,
            Self::Interaction(event) => event.id,
        }
    }

    /// When it happened, if the sender said so.
    pub fn occurred_at(&self) -> Option<Timestamp> {
        match self {
            Self::Customer(event) => event.occurred_at,
            Self::Purchase(event) => event.occurred_at,
            Self::Interaction(event) => event.occurred_at,
        }
    }

    /// The customer it speaks of, if any.
    pub fn customer_id(&self) -> Option<&CustomerId> {
        match self {
            Self::Customer(event) => Some(&event.customer_id),
            Self::Purchase(event) => event.customer_id.as_ref(),
            Self::Interaction(event) => Some(&event.customer_id),
        }
    }

    /// The field by which it may change what is stored, if there is one.
    pub fn corrects_by(&self) -> Option<&'static str> {
        match self {
            Self::Customer(_) => None,
            Self::Purchase(event) => event.corrects_by(),
            Self::Interaction(event) => event.corrects_by(),
        }
    }

    /// Fills in the id where the sender left it out.
    pub fn identify(&mut self, id: impl FnOnce() -> EventId) {
        let own_id = match self {
            Self::Customer(event) => &mut event.id,
            Self::Purchase(event) => &mut event.id,
            Self::Interaction(event) => &mut event.id,
        };
        own_id.get_or_insert_with(id);
    }

    /// Fills in the id and the time where the sender left them out.
    pub fn complete(&mut self, id: impl FnOnce() -> EventId, time: Timestamp) {
        self.identify(id);
        let own_time = match self {
            Self::Customer(event) => &mut event.occurred_at,
            Self::Purchase(event) => &mut event.occurred_at,
            Self::Interaction(event) => &mut event.occurred_at,
        };
        own_time.get_or_insert(time);
    }

    /// Moves the event in time, as when its sender's clock was wrong.
    pub fn shift(&mut self, millis: i64) {
        let time = match self {
            Self::Customer(event) => &mut event.occurred_at,
            Self::Purchase(event) => &mut event.occurred_at,
            Self::Interaction(event) => &mut event.occurred_at,
        };
        *time = time.map(|time| time.plus_millis(millis));
        let updated_at = match self {
            Self::Customer(_) => return,
            Self::Purchase(event) => &mut event.updated_at,
            Self::Interaction(event) => &mut event.updated_at,
        };
        *updated_at = updated_at.map(|time| time.plus_millis(millis));
    }

    /// Appends its JSON, the same as `serde_json` makes of it but sooner.
    ///
    /// # Errors
    /// Those of `serde_json`, at free attributes that are no JSON.
    pub fn append_json(&self, json: &mut Vec<u8>) -> serde_json::Result<()> {
        crate::json::append(json, self)
    }

    /// Takes what is almost right as what it means: a placeholder such as `n/a` is nothing, a line
    /// break in a name a blank; a contact field that is no such thing is left out, with a warning,
    /// rather than all that is known of the customer. To be called before the event is validated.
    pub fn tidy(&mut self, mut warn: impl FnMut(Warning)) {
        match self {
            Self::Customer(event) => event.tidy(&mut warn),
            Self::Purchase(event) => {
                event.tidy(&mut warn);
                event.warnings(&mut warn);
            }
            Self::Interaction(event) => event.tidy(),
        }
    }

    /// Checks every field against [`limits`]; `now` bounds how far ahead the event may lie.
    pub fn validate(&self, now: Timestamp) -> Result<(), Invalid> {
        one_event("id", self.id())?;
        let updated_at = match self {
            Self::Purchase(event) => event.updated_at,
            Self::Interaction(event) => event.updated_at,
            Self::Customer(_) => None,
        };
        for (field, time) in [("occurred_at", self.occurred_at()), ("updated_at", updated_at)] {
            let Some(time) = time else { continue };
            let latest = now.plus_millis(limits::FUTURE_MS);
            if time > latest || time.millis() < limits::EARLIEST_MS {
                let message = format!("lies between 1900 and one day from now, {time} given");
                return Err(Invalid::new(Code::OutOfRange, field, message));
            }
        }
        match self {
            Self::Customer(event) => event.validate(),
            Self::Purchase(event) => event.validate(),
            Self::Interaction(event) => event.validate(),
        }
    }
}

impl From<Customer> for Event {
    fn from(event: Customer) -> Self {
        Self::Customer(event)
    }
}

impl From<Purchase> for Event {
    fn from(event: Purchase) -> Self {
        Self::Purchase(event)
    }
}

impl From<Interaction> for Event {
    fn from(event: Interaction) -> Self {
        Self::Interaction(event)
    }
}

// Not derived: serde buffers an internally tagged enum as a tree before it looks at the tag,
// which costs more than parsing. With the tag in front, as the SDK writes it, nothing is buffered.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EventVisitor;

        impl<'de> Visitor<'de> for EventVisitor {
            type Value = Event;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event object with a type")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event, A::Error> {
                let mut fields = Attributes::new();
                while let Some(key) = map.next_key::<String>()? {
                    if key == "type" && fields.is_empty() {
                        let tag = map.next_value::<String>()?;
                        return typed(&tag, MapAccessDeserializer::new(map));
                    }
                    let value = map.next_value()?;
                    if fields.insert(key, value).is_some() {
                        return Err(de::Error::custom("a field is given twice"));
                    }
                }
                match fields.remove("type") {
                    Some(serde_json::Value::String(tag)) => {
                        typed(&tag, fields).map_err(de::Error::custom)
                    }
                    Some(_) => Err(de::Error::custom("type: a string is expected")),
                    None => Err(de::Error::missing_field("type")),
                }
            }
        }

        fn typed<'de, D: Deserializer<'de>>(tag: &str, fields: D) -> Result<Event, D::Error> {
            match tag {
                "customer" => Customer::deserialize(fields).map(Event::Customer),
                "purchase" => Purchase::deserialize(fields).map(Event::Purchase),
                "interaction" => Interaction::deserialize(fields).map(Event::Interaction),
                other => Err(de::Error::unknown_variant(other, Event::TYPES)),
            }
        }

        deserializer.deserialize_map(EventVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Amount, Currency, Direction, InteractionKind, LineItem, LineKind, Quantity};
    use proptest::prelude::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    fn completed(event: impl Into<Event>) -> Event {
        let mut event = event.into();
        let time = Timestamp::from_millis(1_288_952_998_000);
        event.complete(|| EventId::from_bytes([7; 16]), time);
        event
    }

    #[test]
    fn the_wire_format_is_pinned() {
        let customer = Customer::new("c-1")
            .name("Ada Lovelace")
            .email("ada@example.com")
            .phone("+44 20 7946 0000")
            .country("United Kingdom")
            .attribute("tier", "gold")
            .consent("email_marketing", true);
        let sale = Purchase::sale(Currency::GBP)
            .purchase_id("489434")
            .customer_id("c-1")
            .item(
                LineItem::new("85048", 12, amount("6.95"))
                    .name("GLASS BALL")
                    .category("decoration"),
            )
            .item(LineItem::new("22041", 1, amount("2.105")))
            .total(amount("85.505"))
            .channel("web")
            .country("United Kingdom");
        let refund = Purchase::refund(Currency::EUR).total(amount("3"));
        let order = Purchase::sale(Currency::EUR)
            .source("shop-2")
            .purchase_id("5001")
            .number("#1001")
            .pending()
            .updated_at(Timestamp::from_millis(1_288_952_999_000))
            .replace()
            .item(
                LineItem::new("CHEESE", "1.5".parse::<Quantity>().unwrap(), amount("20"))
                    .variant("old")
                    .discount(amount("3"))
                    .tax(amount("1.89"))
                    .cost(amount("9")),
            )
            .item(LineItem::of_kind(LineKind::Shipping, amount("4.90")))
            .tax_included(amount("1.89"))
            .tip(amount("1"))
            .payment_method("card")
            .coupon("SUMMER")
            .attribute("till", 3);
        let back =
            Purchase::refund(Currency::EUR).purchase_id("r1").refund_of("5001").total(amount("4"));
        let void = Purchase::sale(Currency::EUR).source("shop-2").purchase_id("5002").void();
        let call = Interaction::new("c-1", InteractionKind::Call)
            .direction(Direction::Inbound)
            .channel("phone")
            .subject("late parcel")
            .text("asked where\nit is")
            .attribute("minutes", 4);
        let mended = Interaction::new("c-1", InteractionKind::Call)
            .interaction_id(EventId::from_bytes([8; 16]))
            .subject("late parcel, found")
            .updated_at(Timestamp::from_millis(1_288_952_999_000))
            .replace();
        let gone = Interaction::new("c-1", InteractionKind::Call)
            .interaction_id(EventId::from_bytes([8; 16]))
            .void();

        let events = [
            completed(customer),
            completed(sale),
            completed(refund),
            completed(call),
            completed(order),
            completed(back),
            completed(void),
            completed(mended),
            completed(gone),
        ];
        let lines: Vec<_> =
            events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        insta::assert_snapshot!(lines.join("\n"));
        for (line, event) in lines.iter().zip(&events) {
            assert_eq!(&serde_json::from_str::<Event>(line).unwrap(), event);
        }
    }

    #[test]
    fn the_type_may_stand_anywhere() {
        let first = r#"{"type":"purchase","currency":"GBP","total":12.5}"#;
        let last = r#"{"currency":"GBP","total":12.5,"type":"purchase"}"#;
        let read = |json| serde_json::from_str::<Event>(json).unwrap();
        assert_eq!(read(first), read(last));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let cases = [
            (r#"{"type":"order"}"#, "unknown variant `order`"),
            (r#"{"customer_id":"c"}"#, "missing field `type`"),
            (r#"{"type":"customer"}"#, "missing field `customer_id`"),
            (r#"{"type":"customer","customer_id":"c","nme":"x"}"#, "unknown field `nme`"),
            (r#"{"type":"purchase","currency":"XXX"}"#, "ISO 4217"),
            (r#"{"type":"purchase","currency":"GBP","total":"1.23456"}"#, "at most 4 decimals"),
            (r#"{"type":"purchase","currency":"GBP","occurred_at":"noon"}"#, "RFC 3339"),
            (r#"{"type":"purchase","currency":"GBP","items":{}}"#, "expected a sequence"),
            (r#"[1]"#, "expected an event object"),
        ];
        for (json, reason) in cases {
            let error = serde_json::from_str::<Event>(json).unwrap_err().to_string();
            assert!(error.contains(reason), "{json}: {error}");
        }
    }

    #[test]
    fn validation_names_the_field_and_the_limit() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let sale = || Purchase::sale(Currency::GBP);
        let item = |quantity, price: &str| LineItem::new("A", quantity, amount(price));
        let mut deep = serde_json::Value::Null;
        for _ in 0..limits::ATTRIBUTES_DEPTH {
            deep = serde_json::json!([deep]);
        }
        let cases: Vec<(Event, Code, &str)> = vec![
            (sale().into(), Code::MissingField, "total"),
            (sale().total(amount("-1")).into(), Code::OutOfRange, "total"),
            (
                sale().item(item(1, "1")).item(item(100_000_001, "1")).into(),
                Code::OutOfRange,
                "items[1].quantity",
            ),
            (sale().total(amount("1")).updated_at(now).into(), Code::MissingField, "purchase_id"),
            (sale().total(amount("1")).refund_of("1").into(), Code::InvalidField, "refund_of"),
            (
                Interaction::new("c", InteractionKind::Note)
                    .interaction_id(EventId::from_bytes([8; 16]))
                    .into(),
                Code::InvalidField,
                "interaction_id",
            ),
            (
                Interaction::new("c", InteractionKind::Note)
                    .updated_at(now.plus_millis(limits::FUTURE_MS + 1))
                    .into(),
                Code::OutOfRange,
                "updated_at",
            ),
            (
                sale().item(LineItem::named("ж".repeat(501), 1, amount("1"))).into(),
                Code::TooLong,
                "items[0].name",
            ),
            (Customer::new("n/a").name("Ann").into(), Code::MissingField, "customer_id"),
            (Customer::new("c").phone("none of your business").into(), Code::InvalidField, "phone"),
            (sale().item(item(100_000_000, "1000000000000")).into(), Code::OutOfRange, "items"),
            (
                sale().item(item(1, "900000000000000")).into(),
                Code::OutOfRange,
                "items[0].unit_price",
            ),
            (sale().total(amount("1")).customer_id(" ").into(), Code::MissingField, "customer_id"),
            (sale().total(amount("1")).channel("a\nb").into(), Code::InvalidField, "channel"),
            (
                sale().total(amount("1")).purchase_id("x".repeat(129)).into(),
                Code::TooLong,
                "purchase_id",
            ),
            (
                sale()
                    .total(amount("1"))
                    .occurred_at(now.plus_millis(limits::FUTURE_MS + 1))
                    .into(),
                Code::OutOfRange,
                "occurred_at",
            ),
            (Customer::new("c").email("nobody").into(), Code::InvalidField, "email"),
            (Customer::new("c").attribute("a", deep).into(), Code::TooDeep, "attributes"),
            (
                Interaction::new("c", InteractionKind::Note)
                    .text("x".repeat(limits::TEXT_BYTES + 1))
                    .into(),
                Code::TooLong,
                "text",
            ),
        ];
        for (event, code, field) in cases {
            let invalid = event.validate(now).unwrap_err();
            assert_eq!((invalid.code, invalid.field.as_str()), (code, field), "{invalid}");
        }
        let good = sale().item(item(2, "1.5")).item(item(1, "-0.5")).total(amount("2.5"));
        assert_eq!(Event::from(good).validate(now), Ok(()));
    }

    #[test]
    fn what_is_almost_right_is_taken_as_what_it_means() {
        let tidy = |event: Event| {
            let (mut event, mut warnings) = (event, Vec::new());
            event.tidy(|warning| warnings.push(format!("{:?} {}", warning.code, warning.field)));
            assert_eq!(event.validate(Timestamp::from_millis(0)), Ok(()), "{event:?}");
            (event, warnings)
        };
        let bob = Customer::new("b").name("Bob\nMiller").email("n/a").phone("+1 555").country("-");
        let expected = Customer::new("b").name("Bob Miller").phone("+1 555");
        assert_eq!(tidy(bob.into()), (expected.into(), vec![]));

        let ann = Customer::new("a").name("Ann").email("ann at home").phone("NULL");
        let expected = Customer::new("a").name("Ann");
        assert_eq!(tidy(ann.into()), (expected.into(), vec!["FieldIgnored email".to_owned()]));

        let given = Purchase::sale(Currency::EUR)
            .purchase_id("NaN")
            .customer_id("anonymous")
            .channel(" n/A ")
            .coupon("SUMMER ")
            .coupon("none")
            .item(LineItem::new("null", 1, amount("2")).name("Tea\r\nfor two"))
            .total(amount("5"));
        let expected = Purchase::sale(Currency::EUR)
            .coupon("SUMMER")
            .item(LineItem::named("Tea for two", 1, amount("2")))
            .total(amount("5"));
        let warnings = ["FieldIgnored purchase_id", "Adjusted total"].map(str::to_owned).to_vec();
        assert_eq!(tidy(given.into()), (expected.into(), warnings));

        let given = Purchase::refund(Currency::EUR).refund_of("n/a").total(amount("5"));
        let expected = Purchase::refund(Currency::EUR).total(amount("5"));
        assert_eq!(
            tidy(given.into()),
            (expected.into(), vec!["FieldIgnored refund_of".to_owned()])
        );
    }

    #[test]
    fn an_id_of_nothing_but_zeros_is_that_of_no_event() {
        let nil = EventId::from_bytes([0; 16]);
        let call = || Interaction::new("c-1", InteractionKind::Call).replace();
        let now = Timestamp::from_millis(1_288_952_998_000);
        let refused = |event: Event| {
            event.validate(now).map_err(|invalid| (invalid.code, invalid.field)).unwrap_err()
        };
        let missing = |field: &str| (Code::MissingField, field.to_owned());
        let sale = Purchase::sale(Currency::EUR).total(amount("1"));
        assert_eq!(refused(Purchase { id: Some(nil), ..sale }.into()), missing("id"));
        assert_eq!(refused(Interaction { id: Some(nil), ..call() }.into()), missing("id"));
        assert_eq!(refused(call().interaction_id(nil).into()), missing("interaction_id"));
        assert_eq!(Event::from(call()).validate(now), Ok(()));
    }

    #[test]
    fn an_id_of_nothing_but_zeros_is_nobody() {
        let buyer = |id: &str| {
            let sale = Purchase::sale(Currency::EUR).customer_id(id).total(amount("5"));
            let (mut event, mut warnings) = (Event::from(sale), 0);
            event.tidy(|_| warnings += 1);
            assert_eq!(warnings, 0, "{id}");
            event.customer_id().map(ToString::to_string)
        };
        for nobody in ["0", " 0 ", "000", "0.0", "00000000-0000-0000-0000-000000000000", "n/a"] {
            assert_eq!(buyer(nobody), None, "{nobody}");
            let named = Event::from(Customer::new(nobody).name("Ann"));
            let refused = named.validate(Timestamp::from_millis(0)).unwrap_err();
            assert_eq!((refused.code, &*refused.field), (Code::MissingField, "customer_id"));
        }
        for somebody in ["10", "0a", "0x0", "1.0", "+0"] {
            assert_eq!(buyer(somebody).as_deref(), Some(somebody));
        }
    }

    #[test]
    fn a_total_is_below_zero_where_a_line_is_whether_it_is_told_or_summed() {
        let item = |price: &str| LineItem::new("A", 1, amount(price));
        let sale = || Purchase::sale(Currency::EUR);
        let returns = sale().item(item("10")).item(item("-25"));
        let off = |price| LineItem::of_kind(LineKind::Discount, amount(price));
        let cases = [
            (returns.clone(), true),
            (returns.total(amount("-15")), true),
            (sale().total(amount("-15")), false),
            (sale().item(item("10")).total(amount("-15")), false),
            (sale().item(item("10")).discount(amount("25")), false),
            (sale().item(item("10")).discount(amount("25")).total(amount("-15")), false),
            (sale().item(item("10")).item(off("-25")), false),
            (Purchase::refund(Currency::EUR).item(item("-15")), false),
            (Purchase::refund(Currency::EUR).total(amount("-15")), false),
        ];
        for (purchase, taken) in cases {
            let refused = purchase.validate().err().map(|invalid| (invalid.code, invalid.field));
            let expected = (!taken).then(|| (Code::OutOfRange, "total".to_owned()));
            assert_eq!(refused, expected, "{purchase:?}");
        }
    }

    fn text() -> impl Strategy<Value = String> {
        "[a-zA-Zäßд€\"\\\\/ ]{1,12}"
    }

    prop_compose! {
        fn purchases()(
            items in proptest::collection::vec((text(), 1_u32..1000, -10_000_i64..1_000_000), 1..5),
            buyer in proptest::option::of(text()),
            number in proptest::option::of(text()),
            millis in 0_i64..4_000_000_000_000,
            refund: bool,
        ) -> Purchase {
            let mut purchase = if refund { Purchase::refund(Currency::EUR) } else { Purchase::sale(Currency::USD) };
            purchase.customer_id = buyer.map(Into::into);
            purchase.purchase_id = number.map(Into::into);
            purchase.occurred_at = Some(Timestamp::from_millis(millis));
            purchase.items = items
                .into_iter()
                .map(|(sku, quantity, price)| LineItem::new(sku, quantity, Amount::from_ten_thousandths(price)))
                .collect();
            purchase
        }
    }

    proptest! {
        #[test]
        fn events_survive_the_wire(purchase in purchases()) {
            let event = Event::from(purchase);
            let json = serde_json::to_string(&event).unwrap();
            prop_assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
        }
    }
}
