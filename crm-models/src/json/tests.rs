//! What is appended, held equal to what `serde_json` writes.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::{
    Amount, Attributes, Currency, Customer, Direction, Event, EventId, Interaction,
    InteractionKind, LineItem, Purchase, Timestamp,
};

fn appended(value: &impl Serialize) -> String {
    let mut json = b"before".to_vec();
    append(&mut json, value).unwrap();
    String::from_utf8(json.split_off(6)).unwrap()
}

fn by_serde_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Wrapped(u8);

#[derive(Serialize)]
enum Word {
    #[serde(rename = "with \"quotes\"")]
    Quoted,
    Plain,
    Holding(u8),
    Pair(u8, u8),
    Named {
        field: u8,
    },
}

#[derive(Serialize)]
struct Scalars {
    small: Vec<i8>,
    large: Vec<u64>,
    broken: Vec<f64>,
    single: f32,
    letter: char,
    flag: bool,
    absent: Option<u16>,
    present: Option<i16>,
    unit: Unit,
    wrapped: Wrapped,
    words: Vec<Word>,
    lists: Vec<Vec<i32>>,
}

#[test]
fn values_of_every_kind_are_written_as_serde_json_writes_them() {
    let scalars = Scalars {
        small: vec![i8::MIN, 0, i8::MAX],
        large: vec![u64::MAX],
        broken: vec![0.1, -1e300, f64::NAN],
        single: 0.5,
        letter: '"',
        flag: true,
        absent: None,
        present: Some(-1),
        unit: Unit,
        wrapped: Wrapped(7),
        words: vec![Word::Quoted, Word::Plain],
        lists: vec![vec![], vec![1], vec![2, 3]],
    };
    assert_eq!(appended(&scalars), by_serde_json(&scalars));
}

#[test]
fn a_shape_that_no_event_has_is_an_error() {
    let refused = |value: &dyn Fn(&mut Vec<u8>) -> Result<(), Error>| {
        value(&mut Vec::new()).unwrap_err().to_string()
    };
    let error = "no event has a field of this shape";
    assert_eq!(refused(&|json| append(json, &(1, 2))), error);
    assert_eq!(refused(&|json| append(json, &Word::Holding(1))), error);
    assert_eq!(refused(&|json| append(json, &Word::Pair(1, 2))), error);
    assert_eq!(refused(&|json| append(json, &Word::Named { field: 1 })), error);
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from);
        let object = proptest::collection::btree_map(any::<String>(), inner, 0..4);
        prop_oneof![list, object.prop_map(|fields| fields.into_iter().collect())]
    })
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(any::<String>())
}

prop_compose! {
    fn purchases()(
        texts in [text(), text(), text(), text()],
        items in proptest::collection::vec((any::<String>(), text(), any::<u32>(), any::<i64>()), 0..4),
        total in proptest::option::of(any::<i64>()),
        id in proptest::option::of(any::<[u8; 16]>()),
        refund: bool,
    ) -> Event {
        let [purchase_id, customer_id, channel, country] = texts;
        let kind = if refund { Purchase::refund } else { Purchase::sale };
        let mut purchase = kind(Currency::CHF);
        purchase.id = id.map(EventId::from_bytes);
        purchase.purchase_id = purchase_id.map(Into::into);
        purchase.customer_id = customer_id.map(Into::into);
        purchase.total = total.map(Amount::from_ten_thousandths);
        purchase.items = items
            .into_iter()
            .map(|(sku, name, quantity, price)| {
                let item = LineItem::new(sku, quantity, Amount::from_ten_thousandths(price));
                LineItem { category: name.clone(), name, ..item }
            })
            .collect();
        purchase.channel = channel;
        purchase.country = country;
        purchase.into()
    }
}

prop_compose! {
    fn customers_and_interactions()(
        id: String,
        texts in [text(), text(), text()],
        attributes in proptest::collection::btree_map(any::<String>(), value(), 0..4),
        consent in proptest::collection::btree_map(any::<String>(), any::<bool>(), 0..4),
        millis: i64,
    ) -> [Event; 2] {
        let attributes: Attributes = attributes.into_iter().collect();
        let occurred_at = Some(Timestamp::from_millis(millis));
        let [name, phone, subject] = texts;
        let customer = Customer::new(id.as_str());
        let interaction = Interaction::new(id, InteractionKind::Custom)
            .direction(Direction::Outbound);
        [
            Customer { occurred_at, name, phone, attributes: attributes.clone(), consent, ..customer }
                .into(),
            Interaction { occurred_at, subject, attributes, ..interaction }.into(),
        ]
    }
}

proptest! {
    #[test]
    fn purchases_are_written_as_serde_json_writes_them(event in purchases()) {
        prop_assert_eq!(appended(&event), by_serde_json(&event));
    }

    #[test]
    fn other_events_are_written_as_serde_json_writes_them(events in customers_and_interactions()) {
        for event in events {
            prop_assert_eq!(appended(&event), by_serde_json(&event));
        }
    }
}
