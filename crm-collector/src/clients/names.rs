//! From numbers to what the host calls things.

use std::collections::BTreeMap;

use crm_api::answer::{Interaction, LineItem, Purchase};
use crm_models::Amount;

use crate::facts::ProductName;
use crate::store::{
    CustomerNumber, InteractionRow, LabelKind, PurchaseRow, ReadTx, Result, WorkspaceId,
};

/// Turns numbers into what the host calls things, each looked up once a page. It grows no larger than
/// the page and one entry behind it.
pub(super) struct Names<'a> {
    tx: &'a ReadTx<'a>,
    workspace: WorkspaceId,
    labels: BTreeMap<(LabelKind, u32), Option<String>>,
    products: BTreeMap<u32, ProductName>,
}

impl<'a> Names<'a> {
    pub(super) fn new(tx: &'a ReadTx<'a>, workspace: WorkspaceId) -> Self {
        Self { tx, workspace, labels: BTreeMap::new(), products: BTreeMap::new() }
    }

    fn label(&mut self, kind: LabelKind, number: u32) -> Result<Option<String>> {
        if let Some(text) = self.labels.get(&(kind, number)) {
            return Ok(text.clone());
        }
        let text = self.tx.label(self.workspace, kind, number)?;
        self.labels.insert((kind, number), text.clone());
        Ok(text)
    }

    fn product(&mut self, number: u32) -> Result<ProductName> {
        if let Some(name) = self.products.get(&number) {
            return Ok(name.clone());
        }
        let name = self.tx.product_name(self.workspace, number)?;
        self.products.insert(number, name.clone());
        Ok(name)
    }

    pub(super) fn purchase(&mut self, row: PurchaseRow) -> Result<Purchase> {
        let PurchaseRow { id, purchase_id, source, fact, received_at, .. } = row;
        let mut details = row.details;
        let customer_id = match fact.customer {
            Some(number) => {
                let name = self.tx.customer_name(self.workspace, CustomerNumber(number))?;
                Some(name.customer_id)
            }
            None => None,
        };
        let mut items = Vec::with_capacity(fact.items.len());
        for (place, item) in fact.items.iter().enumerate() {
            let line = details.lines.remove(&place).unwrap_or_default();
            let (sku, name, category) = if item.is_product() {
                let ProductName { sku, name, category } = self.product(item.product)?;
                (Some(sku), name, category)
            } else {
                (line.sku, line.name, None)
            };
            items.push(LineItem {
                kind: item.kind,
                sku,
                name,
                category,
                variant: line.variant,
                quantity: item.quantity,
                unit_price: item.unit_price,
                amount: item.amount(),
                discount: item.discount,
                tax: item.tax,
                cost: item.cost,
            });
        }
        Ok(Purchase {
            id,
            source: self.label(LabelKind::Source, source)?,
            purchase_id,
            number: details.number,
            customer_id,
            kind: fact.kind,
            state: fact.state,
            refund_of: row.refund_of,
            currency: fact.currency,
            total: Amount::from_ten_thousandths(fact.total),
            parts: fact.breakdown().parts(),
            items,
            channel: self.label(LabelKind::Channel, fact.channel)?,
            country: self.label(LabelKind::Country, fact.country)?,
            payment_method: details.payment_method,
            coupons: details.coupons,
            attributes: details.attributes,
            occurred_at: fact.occurred_at,
            updated_at: row.updated_at,
            received_at,
        })
    }

    pub(super) fn interaction(&mut self, row: InteractionRow) -> Result<Interaction> {
        Ok(Interaction {
            id: row.id,
            customer_id: self.tx.customer_name(self.workspace, row.customer)?.customer_id,
            kind: row.kind,
            direction: row.direction,
            channel: self.label(LabelKind::Channel, row.channel)?,
            subject: row.subject,
            text: row.text,
            attributes: row.attributes,
            occurred_at: row.occurred_at,
            updated_at: row.updated_at,
            received_at: row.received_at,
        })
    }
}
