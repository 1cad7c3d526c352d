//! How a host puts a purchase together.

use super::{LineItem, Purchase, PurchaseKind, State};
use crate::Attributes;
use crate::corrections::correctable;
use crate::ids::{CustomerId, PurchaseId};
use crate::money::{Amount, Currency};
use crate::time::Timestamp;

correctable!(Purchase);

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
            source: None,
            number: None,
            state: State::Paid,
            updated_at: None,
            replace: false,
            void: false,
            refund_of: None,
            discount: None,
            shipping: None,
            tax: None,
            tax_included: false,
            tip: None,
            fees: None,
            rounding: None,
            payment_method: None,
            coupons: Vec::new(),
            attributes: Attributes::new(),
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

    /// Sets which shop or application it comes from.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Sets the number that people know it by.
    #[must_use]
    pub fn number(mut self, number: impl Into<String>) -> Self {
        self.number = Some(number.into());
        self
    }

    /// Says that it is placed and not paid yet.
    #[must_use]
    pub fn pending(mut self) -> Self {
        self.state = State::Pending;
        self
    }

    /// Says that nothing was bought after all.
    #[must_use]
    pub fn cancelled(mut self) -> Self {
        self.state = State::Cancelled;
        self
    }

    /// Sets which purchase this refund is of.
    #[must_use]
    pub fn refund_of(mut self, purchase: impl Into<PurchaseId>) -> Self {
        self.refund_of = Some(purchase.into());
        self
    }

    /// Sets all that was taken off.
    #[must_use]
    pub fn discount(mut self, discount: Amount) -> Self {
        self.discount = Some(discount);
        self
    }

    /// Sets what was paid for delivery.
    #[must_use]
    pub fn shipping(mut self, shipping: Amount) -> Self {
        self.shipping = Some(shipping);
        self
    }

    /// Sets all tax, which comes on top of the prices.
    #[must_use]
    pub fn tax(mut self, tax: Amount) -> Self {
        self.tax = Some(tax);
        self
    }

    /// Sets all tax, which is in the prices.
    #[must_use]
    pub fn tax_included(mut self, tax: Amount) -> Self {
        self.tax = Some(tax);
        self.tax_included = true;
        self
    }

    /// Sets what the customer gave on top.
    #[must_use]
    pub fn tip(mut self, tip: Amount) -> Self {
        self.tip = Some(tip);
        self
    }

    /// Sets charges that are neither goods nor delivery.
    #[must_use]
    pub fn fees(mut self, fees: Amount) -> Self {
        self.fees = Some(fees);
        self
    }

    /// Sets what the total was rounded by.
    #[must_use]
    pub fn rounding(mut self, rounding: Amount) -> Self {
        self.rounding = Some(rounding);
        self
    }

    /// Sets how it was paid.
    #[must_use]
    pub fn payment_method(mut self, method: impl Into<String>) -> Self {
        self.payment_method = Some(method.into());
        self
    }

    /// Adds the code of a coupon.
    #[must_use]
    pub fn coupon(mut self, code: impl Into<String>) -> Self {
        self.coupons.push(code.into());
        self
    }

    /// Sets one free attribute.
    #[must_use]
    pub fn attribute(
        mut self,
        key: impl Into<String>,
        value: impl Into<serde_json::Value>,
    ) -> Self {
        self.attributes.insert(key.into(), value.into());
        self
    }
}
