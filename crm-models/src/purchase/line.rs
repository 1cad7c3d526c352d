//! One line of a purchase: a product, or what was charged or given off beside the products.

use serde::{Deserialize, Serialize};

use crate::ids::Sku;
use crate::money::Amount;
use crate::quantity::Quantity;
use crate::text::trimmed;
use crate::validate::{Invalid, check, optional_text, product_name, required_text};
use crate::{Code, limits};

use super::check::amount_in_range;

/// What a line is about. Only products are counted as goods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub enum LineKind {
    /// Goods or a service.
    #[default]
    Product,
    /// Money off the purchase, whatever sign its price has.
    Discount,
    /// Delivery.
    Shipping,
    /// A charge that is neither goods nor delivery, such as for paying by card.
    Fee,
    /// Given on top by the customer.
    Tip,
    /// A gift card that was sold: money that was paid, and no sale until it is used.
    GiftCard,
}

impl LineKind {
    /// Whether it is the default, which is not written.
    fn is_product(&self) -> bool {
        *self == Self::Product
    }
}

/// One line of a purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct LineItem {
    /// What the line is about.
    #[serde(default, skip_serializing_if = "LineKind::is_product")]
    pub kind: LineKind,
    /// What the host calls the product. May be left out where there is a name, which stands for it
    /// then, and on lines that are no product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// Name of the product.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Category of the product; the latest one given is shown. The category `fee` says that what is
    /// charged is no goods: it counts as sold, and neither as something bought together nor as
    /// something to buy next. New senders say what it is by `kind`.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Which of the product it was, such as a size or a colour.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// How many or how much; below zero for what came back in a sale with returns. 1 where it is
    /// left out.
    #[serde(default = "one")]
    pub quantity: Quantity,
    /// Price of one, before discounts.
    pub unit_price: Amount,
    /// Money off the whole line, whatever its sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Amount>,
    /// Tax on the whole line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Amount>,
    /// What one cost the host, for margins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
}

fn one() -> Quantity {
    Quantity::ONE
}

impl LineItem {
    /// The category of what is charged and is no goods, as senders say it who know no `kind`.
    pub const FEE: &str = "fee";

    fn bare(kind: LineKind, quantity: Quantity, unit_price: Amount) -> Self {
        Self {
            kind,
            sku: None,
            name: None,
            category: None,
            variant: None,
            quantity,
            unit_price,
            discount: None,
            tax: None,
            cost: None,
        }
    }

    /// So many of a product at a price each.
    pub fn new(sku: impl Into<Sku>, quantity: impl Into<Quantity>, unit_price: Amount) -> Self {
        Self { sku: Some(sku.into()), ..Self::bare(LineKind::Product, quantity.into(), unit_price) }
    }

    /// So many of a product that has a name and no SKU, at a price each.
    pub fn named(
        name: impl Into<String>,
        quantity: impl Into<Quantity>,
        unit_price: Amount,
    ) -> Self {
        let line = Self::bare(LineKind::Product, quantity.into(), unit_price);
        Self { name: Some(name.into()), ..line }
    }

    /// What was charged or given off beside the products: a discount, delivery, a fee, a tip.
    pub fn of_kind(kind: LineKind, amount: Amount) -> Self {
        Self::bare(kind, Quantity::ONE, amount)
    }

    /// Sets the product's name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the product's category.
    #[must_use]
    pub fn category(mut self, category: impl Into<String>) -> Self {
        self.category = Some(category.into());
        self
    }

    /// Sets which of the product it was, such as its size.
    #[must_use]
    pub fn variant(mut self, variant: impl Into<String>) -> Self {
        self.variant = Some(variant.into());
        self
    }

    /// Sets the money off the whole line.
    #[must_use]
    pub fn discount(mut self, discount: Amount) -> Self {
        self.discount = Some(discount);
        self
    }

    /// Sets the tax on the whole line.
    #[must_use]
    pub fn tax(mut self, tax: Amount) -> Self {
        self.tax = Some(tax);
        self
    }

    /// Sets what one cost the host.
    #[must_use]
    pub fn cost(mut self, cost: Amount) -> Self {
        self.cost = Some(cost);
        self
    }

    /// Quantity times unit price, rounded to 1/10,000; `None` when it does not fit.
    pub fn amount(&self) -> Option<Amount> {
        self.unit_price.times(self.quantity)
    }

    /// What its product is told apart by: the SKU, or else the name. Lines that are no product have
    /// none.
    pub fn product(&self) -> Option<&str> {
        match self.kind {
            LineKind::Product => self.sku.as_ref().map(Sku::as_str).or(self.name.as_deref()),
            _ => None,
        }
    }

    pub(super) fn validate(&self) -> Result<(), Invalid> {
        if let Some(sku) = &self.sku {
            required_text("sku", sku.as_str(), limits::ID_BYTES)?;
        }
        product_name("name", self.name.as_deref())?;
        let is_told = self.kind != LineKind::Product || self.product().is_some();
        check(is_told, Code::MissingField, "sku", || "a product needs a SKU or a name".into())?;
        optional_text("category", self.category.as_deref(), limits::NAME_BYTES)?;
        optional_text("variant", self.variant.as_deref(), limits::NAME_BYTES)?;
        let bound = i64::from(limits::QUANTITY) * Quantity::ONE.ten_thousandths();
        let quantity_fits = (-bound..=bound).contains(&self.quantity.ten_thousandths());
        check(quantity_fits, Code::OutOfRange, "quantity", || {
            let most = limits::QUANTITY;
            format!("a quantity lies between -{most} and {most}, {} given", self.quantity)
        })?;
        amount_in_range("unit_price", self.unit_price)?;
        let amounts = [("discount", self.discount), ("tax", self.tax), ("cost", self.cost)];
        amounts.into_iter().try_for_each(|(field, amount)| match amount {
            Some(amount) => amount_in_range(field, amount),
            None => Ok(()),
        })
    }
}
