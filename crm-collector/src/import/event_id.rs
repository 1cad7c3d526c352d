//! Ids of imported events, the same at every run: SHA-256 of what the event is about, as a UUID
//! of version 8.

use std::mem;

use crm_models::{EventId, LineItem, Purchase, PurchaseKind, Timestamp};
use ring::digest::{Context, SHA256};

/// Changing it would make every file importable a second time.
const DOMAIN: &[u8] = b"crm import 1";

/// The id of a purchase's event: its invoice, its kind and all that is told of it. A purchase
/// whose lines were mended is another event, and so found to be in conflict with the one stored. One that
/// takes the place of another is an event of the import that began then.
pub(super) fn of_purchase(
    invoice: &str,
    purchase: &mut Purchase,
    replace: Option<Timestamp>,
) -> EventId {
    let kind = match purchase.kind {
        PurchaseKind::Sale => "sale",
        PurchaseKind::Refund => "refund",
    };
    // The number depends on whether the invoice has another half in this file, the order of
    // lines on the file; what products are called may change, and is most of it, so it is not copied.
    let items = mem::take(&mut purchase.items);
    let mut content = Purchase { id: None, purchase_id: None, ..purchase.clone() };
    content.items = items.iter().map(without_names).collect();
    purchase.items = items;
    content.items.sort_by(|one, other| {
        let key = |item: &LineItem| (item.quantity, item.unit_price);
        (&one.sku, &one.name, key(one)).cmp(&(&other.sku, &other.name, key(other)))
    });
    let content = serde_json::to_vec(&content).unwrap_or_default();
    match replace {
        None => derive(&[kind.as_bytes(), invoice.as_bytes(), &content]),
        Some(began) => {
            let began = began.millis().to_be_bytes();
            derive(&[kind.as_bytes(), invoice.as_bytes(), &content, b"replace", &began])
        }
    }
}

/// A line as it is known again, with a name only where that stands for the product.
fn without_names(item: &LineItem) -> LineItem {
    let (sku, variant) = (item.sku.clone(), item.variant.clone());
    let name = if sku.is_some() { None } else { item.name.clone() };
    LineItem { sku, name, category: None, variant, ..*item }
}

/// The id of a customer's event: who, when and what was said.
pub(super) fn of_customer(customer_id: &str, at: Timestamp, said: [Option<&str>; 3]) -> EventId {
    let at = at.millis().to_be_bytes();
    let [name, email, phone] = said.map(|text| text.unwrap_or_default().as_bytes());
    derive(&[b"customer", customer_id.as_bytes(), &at, name, email, phone])
}

fn derive(parts: &[&[u8]]) -> EventId {
    let mut context = Context::new(&SHA256);
    context.update(DOMAIN);
    for part in parts {
        // Lengths keep ("ab", "c") apart from ("a", "bc").
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let digest = context.finish();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    EventId::from_bytes(uuid::Builder::from_custom_bytes(bytes).into_uuid().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crm_models::{Amount, Currency};

    #[test]
    fn ids_are_pinned_and_of_version_eight() {
        let sale = of_purchase("489434", &mut Purchase::sale(Currency::GBP), None).to_string();
        assert_eq!(sale, "003dabc3-94e4-8d3b-ac39-33bc63301e34");
        assert_eq!(sale.as_bytes()[14], b'8');
    }

    #[test]
    fn what_is_told_enters_and_the_number_does_not() {
        let sale = Purchase::sale(Currency::GBP).total(Amount::from_ten_thousandths(1));
        let id = |purchase: &Purchase| of_purchase("1", &mut purchase.clone(), None);
        assert_eq!(id(&sale), id(&sale.clone().purchase_id("1:refund")));
        assert_ne!(id(&sale), id(&sale.clone().total(Amount::from_ten_thousandths(2))));
        assert_ne!(id(&sale), id(&Purchase { kind: PurchaseKind::Refund, ..sale.clone() }));
        assert_ne!(id(&sale), of_purchase("2", &mut sale.clone(), None));
        let began = Timestamp::from_millis;
        let at = |millis| of_purchase("1", &mut sale.clone(), Some(began(millis)));
        assert!(at(1) != id(&sale) && at(1) == at(1) && at(1) != at(2));
    }

    #[test]
    fn lines_enter_in_any_order_and_their_names_where_they_have_no_sku() {
        let price = Amount::from_ten_thousandths(1);
        let sku = LineItem::new("a", 1, price);
        let [tea, ale] = ["tea", "ale"].map(|name| LineItem::named(name, 1, price));
        let id = |lines: &[&LineItem]| {
            let mut sale = Purchase::sale(Currency::GBP);
            sale.items = lines.iter().copied().cloned().collect();
            let id = of_purchase("1", &mut sale, None);
            assert!(sale.items.iter().eq(lines.iter().copied()), "they are left as they were");
            id
        };
        assert_eq!(id(&[&sku, &tea, &ale]), id(&[&ale, &sku, &tea]));
        assert_ne!(id(&[&sku, &tea]), id(&[&sku, &ale]));
        assert_eq!(id(&[&sku.clone().name("tea").category("drinks")]), id(&[&sku]));
    }

    #[test]
    fn what_a_customer_said_is_told_apart_by_its_place() {
        let at = Timestamp::from_millis(0);
        let name = of_customer("c", at, [Some("x"), None, None]);
        let email = of_customer("c", at, [None, Some("x"), None]);
        assert_ne!(name, email);
    }
}
