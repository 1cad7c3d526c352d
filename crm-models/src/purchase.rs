//! A sale or a refund, with its line items.

use serde::{Deserialize, Serialize};

use crate::ids::{CustomerId, EventId, PurchaseId, Sku};
use crate::money::{Amount, Currency};
use crate::text::trimmed;
use crate::time::Timestamp;
use crate::validate::{Invalid, check, optional_text, required_text};
use crate::{Code, limits};

/// Whether money came in or went back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub enum PurchaseKind {
    /// Money came in.
    #[default]
    Sale,
    /// Money went back. Quantities and the total are positive all the same.
    Refund,
}

/// One line of a purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct LineItem {
    /// What the host calls the product.
    pub sku: Sku,
    /// Name of the product; the latest one given is shown.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Category of the product; the latest one given is shown. What is charged and is no goods
    /// (postage, a fee, a correction) has the category `fee`: it counts as money, and neither as
    /// something bought together nor as something to buy next.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// How many, at least 1.
    pub quantity: u32,
    /// Price of one. Below zero for a discount that is a line of its own.
    pub unit_price: Amount,
}

impl LineItem {
    /// The category of what is charged and is no goods.
    pub const FEE: &str = "fee";

    /// So many of a product at a price each.
    pub fn new(sku: impl Into<Sku>, quantity: u32, unit_price: Amount) -> Self {
        Self { sku: sku.into(), name: None, category: None, quantity, unit_price }
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

    /// Quantity times unit price; `None` when it does not fit.
    pub fn amount(&self) -> Option<Amount> {
        self.unit_price.checked_mul(i64::from(self.quantity))
    }
}

/// A purchase event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct Purchase {
    /// Unique id of this event, the same when it is sent again. In a batch each event needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<EventId>,
    /// When it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// The host's order or invoice number; the same one is stored once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase_id: Option<PurchaseId>,
    /// Who bought; left out for an anonymous purchase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// Sale or refund.
    #[serde(default)]
    pub kind: PurchaseKind,
    /// Currency of the total and of every price.
    pub currency: Currency,
    /// What was paid; may be left out where items are given, and has to equal their sum if not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Amount>,
    /// What was bought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<LineItem>,
    /// Where, such as `web`, `app` or `store`.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Country it was sold to, by name or code, as the host writes it.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

impl Purchase {
    /// A sale in a currency.
    pub fn sale(currency: Currency) -> Self {
        Self {
            id: None,
            occurred_at: None,
            purchase_id: None,
            customer_id: None,
            kind: PurchaseKind::Sale,
            currency,
            total: None,
            items: Vec::new(),
            channel: None,
            country: None,
        }
    }

    /// A refund in a currency.
    pub fn refund(currency: Currency) -> Self {
        Self { kind: PurchaseKind::Refund, ..Self::sale(currency) }
    }

    /// Sets the host's order or invoice number.
    #[must_use]
    pub fn purchase_id(mut self, id: impl Into<PurchaseId>) -> Self {
        self.purchase_id = Some(id.into());
        self
    }

    /// Sets who bought.
    #[must_use]
    pub fn customer_id(mut self, id: impl Into<CustomerId>) -> Self {
        self.customer_id = Some(id.into());
        self
    }

    /// Adds a line.
    #[must_use]
    pub fn item(mut self, item: LineItem) -> Self {
        self.items.push(item);
        self
    }

    /// Sets the total.
    #[must_use]
    pub fn total(mut self, total: Amount) -> Self {
        self.total = Some(total);
        self
    }

    /// Sets the sales channel.
    #[must_use]
    pub fn channel(mut self, channel: impl Into<String>) -> Self {
        self.channel = Some(channel.into());
        self
    }

    /// Sets the country.
    #[must_use]
    pub fn country(mut self, country: impl Into<String>) -> Self {
        self.country = Some(country.into());
        self
    }

    /// Sets when it happened, where that is not now.
    #[must_use]
    pub fn occurred_at(mut self, time: Timestamp) -> Self {
        self.occurred_at = Some(time);
        self
    }

    /// The total: as given, or the sum of the items. `None` when there is neither, or when the
    /// sum does not fit.
    pub fn total_or_sum(&self) -> Option<Amount> {
        match self.total {
            Some(total) => Some(total),
            None if self.items.is_empty() => None,
            None => self.items_sum(),
        }
    }

    fn items_sum(&self) -> Option<Amount> {
        self.items.iter().try_fold(Amount::ZERO, |sum, item| sum.checked_add(item.amount()?))
    }

    /// Checks every field against [`limits`], and the total against the items.
    pub fn validate(&self) -> Result<(), Invalid> {
        if let Some(id) = &self.purchase_id {
            required_text("purchase_id", id.as_str(), limits::ID_BYTES)?;
        }
        if let Some(id) = &self.customer_id {
            required_text("customer_id", id.as_str(), limits::ID_BYTES)?;
        }
        optional_text("channel", self.channel.as_deref(), limits::ID_BYTES)?;
        optional_text("country", self.country.as_deref(), limits::ID_BYTES)?;
        check(self.items.len() <= limits::LINE_ITEMS, Code::TooMany, "items", || {
            format!("at most {} line items, {} given", limits::LINE_ITEMS, self.items.len())
        })?;
        for (index, item) in self.items.iter().enumerate() {
            item.validate().map_err(|invalid| invalid.inside("items", index))?;
        }
        self.validate_total()
    }

    fn validate_total(&self) -> Result<(), Invalid> {
        let sum = self.items_sum().ok_or_else(|| {
            Invalid::new(Code::OutOfRange, "items", "the sum of the items is too large".into())
        })?;
        let total = match self.total {
            Some(total) => total,
            None if self.items.is_empty() => {
                let message = "a purchase needs a total or at least one line item".into();
                return Err(Invalid::new(Code::MissingField, "total", message));
            }
            None => sum,
        };
        check(self.items.is_empty() || total == sum, Code::TotalMismatch, "total", || {
            format!("the total is {total}, the items add up to {sum}")
        })?;
        check(!total.is_negative(), Code::OutOfRange, "total", || {
            format!("a total is not below zero, {total} given; send a refund as kind \"refund\"")
        })?;
        amount_in_range("total", total)
    }
}

impl LineItem {
    fn validate(&self) -> Result<(), Invalid> {
        required_text("sku", self.sku.as_str(), limits::ID_BYTES)?;
        optional_text("name", self.name.as_deref(), limits::NAME_BYTES)?;
        optional_text("category", self.category.as_deref(), limits::NAME_BYTES)?;
        let quantity_fits = (1..=limits::QUANTITY).contains(&self.quantity);
        check(quantity_fits, Code::OutOfRange, "quantity", || {
            format!("a quantity lies between 1 and {}, {} given", limits::QUANTITY, self.quantity)
        })?;
        amount_in_range("unit_price", self.unit_price)
    }
}

fn amount_in_range(field: &'static str, amount: Amount) -> Result<(), Invalid> {
    let bound = Amount::from_units(limits::AMOUNT_UNITS).unwrap_or_default().ten_thousandths();
    check((-bound..=bound).contains(&amount.ten_thousandths()), Code::OutOfRange, field, || {
        format!("an amount is at most {} units, {amount} given", limits::AMOUNT_UNITS)
    })
}
