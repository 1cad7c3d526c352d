//! Ids of imported events, the same at every run: SHA-256 of what the event is about, as a UUID
//! of version 8. Neither the order of lines nor the currency enters.

use crm_models::{EventId, PurchaseKind, Timestamp};
use ring::digest::{Context, SHA256};

/// Changing it would make every file importable a second time.
const DOMAIN: &[u8] = b"crm import 1";

/// The id of a purchase's event.
pub(super) fn of_purchase(purchase_id: &str, kind: PurchaseKind) -> EventId {
    let kind = match kind {
        PurchaseKind::Sale => "sale",
        PurchaseKind::Refund => "refund",
    };
    derive(&[kind.as_bytes(), purchase_id.as_bytes()])
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

    #[test]
    fn ids_are_pinned_and_of_version_eight() {
        let sale = of_purchase("489434", PurchaseKind::Sale).to_string();
        insta::assert_snapshot!(sale, @"f18bd356-4182-8cc7-ad71-17fd1178a7b7");
        assert_eq!(sale.as_bytes()[14], b'8');
    }

    #[test]
    fn a_sale_and_a_refund_of_one_invoice_differ() {
        let [sale, refund] =
            [PurchaseKind::Sale, PurchaseKind::Refund].map(|kind| of_purchase("1", kind));
        assert_ne!(sale, refund);
    }

    #[test]
    fn what_a_customer_said_is_told_apart_by_its_place() {
        let at = Timestamp::from_millis(0);
        let name = of_customer("c", at, [Some("x"), None, None]);
        let email = of_customer("c", at, [None, Some("x"), None]);
        assert_ne!(name, email);
    }
}
