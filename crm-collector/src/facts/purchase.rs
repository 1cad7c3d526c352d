//! A purchase and its lines, as sums are made of them.

use crm_models::{
    Amount, Breakdown, Currency, LineKind, LineMoney, OrderMoney, PurchaseKind, Quantity, State,
    Timestamp,
};

/// One purchase as the sums see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseFact {
    /// Its place in the workspace's log.
    pub seq: i64,
    /// Who bought; `None` for an anonymous purchase.
    pub customer: Option<u32>,
    /// Sale or refund.
    pub kind: PurchaseKind,
    /// Where the order stands.
    pub state: State,
    /// Currency of all its money.
    pub currency: Currency,
    /// What was paid or given back, 1/10,000.
    pub total: i64,
    /// What was told of the whole order beside its total.
    pub order: OrderMoney,
    /// Label of the channel; 0 for none.
    pub channel: u32,
    /// Label of the country; 0 for none.
    pub country: u32,
    /// When.
    pub occurred_at: Timestamp,
    /// What.
    pub items: Vec<ItemFact>,
}

impl PurchaseFact {
    /// What its money is made of, and that of its products.
    pub fn breakdown(&self) -> Breakdown {
        let order =
            OrderMoney { total: Some(Amount::from_ten_thousandths(self.total)), ..self.order };
        // What was stored has been looked at, and its sums fit.
        Breakdown::of(&order, self.lines(), self.currency).unwrap_or_default()
    }

    /// The money of its lines.
    pub fn lines(&self) -> impl Iterator<Item = LineMoney> {
        self.items.iter().map(ItemFact::money)
    }
}

/// One line of a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemFact {
    /// What it is about.
    pub kind: LineKind,
    /// Number of the product; 0 where it is about none.
    pub product: u32,
    /// How many.
    pub quantity: Quantity,
    /// Price of one.
    pub unit_price: Amount,
    /// Money off the whole line.
    pub discount: Option<Amount>,
    /// Tax on the whole line.
    pub tax: Option<Amount>,
    /// What one cost the host.
    pub cost: Option<Amount>,
}

impl ItemFact {
    /// Quantity times unit price.
    pub fn amount(&self) -> Amount {
        // What was stored has been looked at, and fits.
        self.unit_price.times(self.quantity).unwrap_or_default()
    }

    /// Its money.
    pub fn money(&self) -> LineMoney {
        LineMoney {
            kind: self.kind,
            amount: self.amount(),
            discount: self.discount.unwrap_or_default(),
            tax: self.tax.unwrap_or_default(),
        }
    }

    /// Whether it is about a product.
    pub fn is_product(&self) -> bool {
        self.kind == LineKind::Product
    }
}
