//! An event of JavaScript's is held to the rules that the collector will hold it to, before it is
//! sent. Small on purpose: every visitor of a page downloads it.

use crm_sdk::{Code, Customer, Event, Interaction, Invalid, Purchase, Timestamp, limits};
use serde::de::DeserializeOwned;

/// Checks an event, given as its type and the rest of its fields in JSON; what is wrong comes as
/// a JSON object. What is almost right passes, as at the collector.
///
/// The type comes apart from the fields because looking for it among them would take as much code
/// again as reading them.
pub(crate) fn check(event_type: &str, fields: &str, wall_ms: f64) -> Result<(), String> {
    let mut event = match event_type {
        "customer" => read::<Customer>(fields),
        "purchase" => read::<Purchase>(fields),
        "interaction" => read::<Interaction>(fields),
        _ => {
            let message = "is customer, purchase or interaction";
            return Err(problem(Code::InvalidField, "type", message));
        }
    }?;
    // It travels as it is: the collector leaves out what is no such thing, and tells in its verdict.
    event.tidy(|_| {});
    event
        .validate(timestamp(wall_ms))
        .map_err(|Invalid { code, field, message, .. }| problem(code, &field, &message))
}

fn read<T: DeserializeOwned + Into<Event>>(fields: &str) -> Result<Event, String> {
    if fields.len() > limits::EVENT_BYTES {
        let (most, given) = (limits::EVENT_BYTES, fields.len());
        let message = format!("an event has at most {most} bytes, {given} given");
        return Err(problem(Code::TooLong, "", &message));
    }
    // As bytes, like every other JSON that is read here: of one kind of reader, one copy.
    let event = serde_json::from_slice::<T>(fields.as_bytes());
    event.map(Into::into).map_err(|error| {
        let told = error.to_string();
        // The place is one in a text that the caller has not seen.
        let message = told.split(" at line ").next().unwrap_or_default();
        // A field that is missing stands nowhere.
        if let Some(name) = missing_field(message) {
            return problem(Code::MissingField, name, "is needed");
        }
        // What was wrong ends there: a value, or a name, which its colon follows.
        let read = fields.get(..=error.column()).unwrap_or(fields);
        problem(Code::InvalidField, last_name(read).unwrap_or_default(), message)
    })
}

/// Which field serde's message says is missing.
fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split('`').next()
}

/// The name of the last field in the beginning of an object; one that was not read to its end is none.
fn last_name(read: &str) -> Option<&str> {
    let (before, _) = read.rsplit_once("\":")?;
    before.rsplit_once('"').map(|(_, name)| name)
}

/// The time of day; a fraction of a millisecond is cut off.
#[expect(clippy::cast_possible_truncation, reason = "saturates, far outside of any date")]
pub(crate) fn timestamp(wall_ms: f64) -> Timestamp {
    Timestamp::from_millis(wall_ms as i64)
}

fn problem(code: Code, field: &str, message: &str) -> String {
    let [field, message] = [field, message].map(text);
    format!(r#"{{"code":"{}","field":{field},"message":{message}}}"#, code.as_str())
}

/// A text as JSON. That of a text cannot fail.
pub(crate) fn text(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: f64 = 1_700_000_000_000.0;

    #[test]
    fn a_good_event_passes() {
        let json = r#"{"occurred_at":"2023-11-14T22:13:20.000Z",
            "id":"018bcfe5-6800-7000-8000-000000000000","currency":"EUR","total":5}"#;
        assert_eq!(check("purchase", json, NOON), Ok(()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |event_type: &str, json: &str| check(event_type, json, NOON).unwrap_err();
        assert_eq!(
            refused("customer", r#"{"customer_id":""}"#),
            r#"{"code":"missing_field","field":"customer_id","message":"may not be empty"}"#
        );
        assert_eq!(
            refused("customer", r#"{"customer_id":"c-1","nane":"Ada"}"#),
            r#"{"code":"invalid_field","field":"nane","message":"unknown field `nane`, expected one of `id`, `occurred_at`, `customer_id`, `name`, `email`, `phone`, `country`, `attributes`, `consent`"}"#
        );
        let needed = |field: &str| {
            format!(r#"{{"code":"missing_field","field":"{field}","message":"is needed"}}"#)
        };
        assert_eq!(refused("purchase", r#"{"void":true,"replace":true}"#), needed("currency"));
        let priceless = r#"{"currency":"EUR","items":[{"sku":"A"}],"channel":"web"}"#;
        assert_eq!(refused("purchase", priceless), needed("unit_price"));
        let order = |unit_price: &str, quantity: &str| {
            let item =
                format!(r#"{{"sku":"A","quantity":{quantity},"unit_price":"{unit_price}"}}"#);
            refused(
                "purchase",
                &format!(r#"{{"currency":"EUR","items":[{item}],"channel":"web"}}"#),
            )
        };
        assert!(
            order("5.00", "1.00001").starts_with(r#"{"code":"invalid_field","field":"quantity","#)
        );
        assert!(order("5,00", "1").starts_with(r#"{"code":"invalid_field","field":"unit_price","#));
        assert!(refused("customer", "").starts_with(r#"{"code":"invalid_field","field":"","#));
        assert_eq!(
            refused("visit", "{}"),
            r#"{"code":"invalid_field","field":"type","message":"is customer, purchase or interaction"}"#
        );
        let future = r#"{"currency":"EUR","total":"1","occurred_at":"2030-01-01T00:00:00Z"}"#;
        let refused = refused("purchase", future);
        assert!(refused.starts_with(r#"{"code":"out_of_range","field":"occurred_at""#));
    }

    #[test]
    fn an_order_as_shops_have_them_passes() {
        let json = r##"{"purchase_id":"1042","number":"#1042","source":"shop-eu","currency":"EUR",
            "updated_at":"2023-11-14T12:00:00Z","items":[
                {"name":"Apples","variant":"red","quantity":1.5,"unit_price":"4.00","cost":"2.10"},
                {"kind":"shipping","unit_price":"4.90"}],
            "discount":"1.00","tax":"1.88","tax_included":true,"total":"9.90",
            "payment_method":"card","coupons":["HELLO"],"attributes":{"gift":true}}"##;
        assert_eq!(check("purchase", json, NOON), Ok(()));
        let refund = r#"{"kind":"refund","purchase_id":"1042-R1","refund_of":"1042",
            "currency":"EUR","total":"4.00"}"#;
        assert_eq!(check("purchase", refund, NOON), Ok(()));
        // The difference is an adjustment, which the verdict tells.
        let adjusted = r#"{"currency":"EUR","total":"9","items":[{"sku":"A","unit_price":"10"}]}"#;
        assert_eq!(check("purchase", adjusted, NOON), Ok(()));
        let void = r#"{"purchase_id":"1042","currency":"EUR","void":true}"#;
        assert_eq!(check("purchase", void, NOON), Ok(()));
        let note = r#"{"customer_id":"c-1","kind":"note","subject":"mended","replace":true,
            "interaction_id":"018bcfe5-6800-7000-8000-000000000000"}"#;
        assert_eq!(check("interaction", note, NOON), Ok(()));
        let email = r#"{"customer_id":"c-1","email":"nowhere"}"#;
        assert_eq!(check("customer", email, NOON), Ok(()));
        let refused = |json| check("purchase", json, NOON).unwrap_err();
        let sale = r#"{"currency":"EUR","total":"1","refund_of":"1042"}"#;
        assert!(refused(sale).starts_with(r#"{"code":"invalid_field","field":"refund_of""#));
        let nameless = r#"{"currency":"EUR","total":"1","replace":true}"#;
        assert!(refused(nameless).starts_with(r#"{"code":"missing_field","field":"purchase_id""#));
        let nameless = r#"{"currency":"EUR","void":true}"#;
        assert!(refused(nameless).starts_with(r#"{"code":"missing_field","field":"purchase_id""#));
    }

    #[test]
    fn an_event_that_is_too_large_is_refused() {
        let item = format!(r#"{{"sku":"{}","quantity":1,"unit_price":1}}"#, "x".repeat(128));
        let items = vec![item; 5_000]
            .join(",")
            .replace(r#""qu"#, &format!(r#""name":"{}","qu"#, "y".repeat(100)));
        let json = format!(r#"{{"currency":"EUR","items":[{items}]}}"#);
        assert!(check("purchase", &json, NOON).unwrap_err().starts_with(r#"{"code":"too_long""#));
    }
}
