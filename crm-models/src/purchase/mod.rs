//! A sale or a refund, with its line items.

mod line;
mod parts;
mod shares;

use serde::{Deserialize, Serialize};

use crate::ids::{CustomerId, EventId, PurchaseId};
use crate::money::{Amount, Currency};
use crate::text::{is_nobody, is_placeholder, no_placeholder, one_line, trim_in_place, trimmed};
use crate::time::Timestamp;
use crate::validate::{
    Invalid, attributes, check, corrects_by, is_false, optional_text, required_text,
};
use crate::warning::{Warning, WarningCode};
use crate::{Attributes, Code, limits};

pub use line::{LineItem, LineKind};
pub use parts::{LineMoney, OrderMoney, Parts};
pub use shares::{Breakdown, LineParts};

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

/// Where an order stands. Only what is paid counts as sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub enum State {
    /// Placed and not paid yet.
    Pending,
    /// Paid.
    #[default]
    Paid,
    /// Called off before it was paid, or annulled: nothing was bought. What was paid and given back
    /// is a paid order with a refund.
    Cancelled,
}

impl State {
    /// Whether it is the default, which is not written.
    fn is_paid(&self) -> bool {
        *self == Self::Paid
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
    /// What was paid, or given back; the sum of all parts where it is left out. Where it differs from
    /// them, the difference is kept as rounding or as an adjustment.
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
    /// Which shop or application it comes from. Numbers of purchases are told apart within a source.
    /// Where it is left out, it is the API key's.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The number that people know it by, where that is not `purchase_id`.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Where the order stands.
    #[serde(default, skip_serializing_if = "State::is_paid")]
    pub state: State,
    /// When the host last changed it. Sent again with a later one, the purchase takes the place of
    /// what was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Whether it takes the place of what is stored under its number, whenever that was changed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub replace: bool,
    /// Whether it is taken back altogether: it is in no figure any more, and its number is free. What
    /// else is told of it does not matter.
    #[serde(default, skip_serializing_if = "is_false")]
    pub void: bool,
    /// Of a refund: the number of the purchase, of the same source, that money was given back for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_of: Option<PurchaseId>,
    /// All that was taken off, discounts of lines included, whatever its sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Amount>,
    /// All that was paid for delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Amount>,
    /// All tax, that of lines included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Amount>,
    /// Whether prices have their tax in them, so that it does not come on top.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tax_included: bool,
    /// What the customer gave on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tip: Option<Amount>,
    /// Charges that are neither goods nor delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fees: Option<Amount>,
    /// What the total was rounded by, below zero where it was rounded down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Amount>,
    /// How it was paid, such as `card`.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<String>,
    /// Codes of the coupons that were used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<String>,
    /// Whatever else the host knows of it.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub attributes: Attributes,
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

    /// Sets when the host last changed it; the later version counts.
    #[must_use]
    pub fn updated_at(mut self, time: Timestamp) -> Self {
        self.updated_at = Some(time);
        self
    }

    /// Has it take the place of what is stored under its number.
    #[must_use]
    pub fn replace(mut self) -> Self {
        self.replace = true;
        self
    }

    /// Takes it back altogether: it is in no figure any more, and its number is free. Unless it has to
    /// [`replace`](Self::replace), a later version than its [`updated_at`](Self::updated_at) stays.
    #[must_use]
    pub fn void(mut self) -> Self {
        self.void = true;
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

    /// The figures beside its lines, as they were told.
    pub fn money(&self) -> OrderMoney {
        OrderMoney {
            discount: self.discount,
            shipping: self.shipping,
            tax: self.tax,
            tax_included: self.tax_included,
            tip: self.tip,
            fees: self.fees,
            rounding: self.rounding,
            total: self.total,
        }
    }

    /// What its money is made of. `None` when a sum does not fit.
    pub fn parts(&self) -> Option<Parts> {
        self.breakdown().map(|breakdown| breakdown.parts())
    }

    /// The same, with what it is for each product. `None` when a sum does not fit.
    pub fn breakdown(&self) -> Option<Breakdown> {
        let mut fits = true;
        let lines = self.items.iter().map(|item| {
            let amount = item.amount();
            fits &= amount.is_some();
            line_money(item, amount)
        });
        let breakdown = Breakdown::of(&self.money(), lines, self.currency)?;
        fits.then_some(breakdown)
    }

    /// The money of its lines.
    pub fn lines(&self) -> impl Iterator<Item = LineMoney> {
        self.items.iter().map(|item| line_money(item, item.amount()))
    }

    /// The total: as given, or the sum of its parts. `None` when there is neither, or when a sum does
    /// not fit.
    pub fn total_or_sum(&self) -> Option<Amount> {
        match self.total {
            Some(total) => Some(total),
            None if self.items.is_empty() => None,
            None => self.parts()?.total(),
        }
    }

    /// Takes what is almost right as what it means, see [`crate::Event::tidy`].
    pub(crate) fn tidy(&mut self, warn: &mut impl FnMut(Warning)) {
        // Nobody is what is meant, and loses nothing.
        if self.customer_id.as_ref().is_some_and(|id| is_nobody(id.as_str())) {
            self.customer_id = None;
        }
        let ids = [
            ("purchase_id", &mut self.purchase_id, "sent again, it is counted again"),
            ("refund_of", &mut self.refund_of, "it is not known what was given back"),
        ];
        for (field, id, so) in ids {
            if let Some(id) = id.take_if(|id| is_placeholder(id.as_str())) {
                let message = format!("\"{id}\" is a placeholder and was left out; {so}");
                warn(Warning::new(WarningCode::FieldIgnored, field, message));
            }
        }
        let texts = [
            &mut self.channel,
            &mut self.country,
            &mut self.source,
            &mut self.number,
            &mut self.payment_method,
        ];
        texts.into_iter().for_each(no_placeholder);
        self.coupons.retain_mut(|coupon| {
            trim_in_place(coupon);
            !is_placeholder(coupon)
        });
        for item in &mut self.items {
            no_placeholder(&mut item.sku);
            let texts = [&mut item.name, &mut item.category, &mut item.variant];
            texts.into_iter().for_each(|text| {
                no_placeholder(text);
                one_line(text);
            });
        }
    }

    /// What is stored and yet has to be looked at.
    pub(crate) fn warnings(&self, warn: &mut impl FnMut(Warning)) {
        // Without a total, all parts are what was paid.
        let total = self.total.filter(|_| !self.void);
        let Some((total, parts)) = total.and_then(|total| Some((total, self.parts()?))) else {
            return;
        };
        let adjustment = parts.adjustment;
        if adjustment == Amount::ZERO {
            return;
        }
        let others = total.checked_sub(adjustment).unwrap_or_default();
        let message = format!(
            "the total is {total}, all other parts come to {others}; the difference of {adjustment} is \
             kept as an adjustment"
        );
        warn(Warning::new(WarningCode::Adjusted, "total", message));
    }

    /// Checks every field against [`limits`].
    pub fn validate(&self) -> Result<(), Invalid> {
        if let Some(id) = &self.purchase_id {
            required_text("purchase_id", id.as_str(), limits::ID_BYTES)?;
        }
        if let Some(id) = &self.customer_id {
            required_text("customer_id", id.as_str(), limits::ID_BYTES)?;
        }
        if let Some(id) = &self.refund_of {
            required_text("refund_of", id.as_str(), limits::ID_BYTES)?;
            check(self.kind == PurchaseKind::Refund, Code::InvalidField, "refund_of", || {
                "only a purchase of kind \"refund\" is of another".into()
            })?;
        }
        let texts = [
            ("channel", &self.channel),
            ("country", &self.country),
            ("source", &self.source),
            ("number", &self.number),
            ("payment_method", &self.payment_method),
        ];
        texts.into_iter().try_for_each(|(field, text)| {
            optional_text(field, text.as_deref(), limits::ID_BYTES)
        })?;
        check(self.coupons.len() <= limits::COUPONS, Code::TooMany, "coupons", || {
            format!("at most {} coupons, {} given", limits::COUPONS, self.coupons.len())
        })?;
        self.coupons
            .iter()
            .try_for_each(|coupon| required_text("coupons", coupon, limits::ID_BYTES))?;
        attributes("attributes", &self.attributes)?;
        let number_is_there = self.corrects_by().is_none() || self.purchase_id.is_some();
        check(number_is_there, Code::MissingField, "purchase_id", || {
            "what may take the place of another has to have a number".into()
        })?;
        check(self.items.len() <= limits::LINE_ITEMS, Code::TooMany, "items", || {
            format!("at most {} line items, {} given", limits::LINE_ITEMS, self.items.len())
        })?;
        for (index, item) in self.items.iter().enumerate() {
            item.validate().map_err(|invalid| invalid.inside("items", index))?;
        }
        // None of its money is stored.
        if self.void { Ok(()) } else { self.validate_money() }
    }

    /// The field by which it may change what is stored under its number, if there is one.
    pub fn corrects_by(&self) -> Option<&'static str> {
        corrects_by(self.void, self.replace, self.updated_at)
    }

    fn validate_money(&self) -> Result<(), Invalid> {
        let amounts = [
            ("discount", self.discount),
            ("shipping", self.shipping),
            ("tax", self.tax),
            ("tip", self.tip),
            ("fees", self.fees),
            ("rounding", self.rounding),
        ];
        for (field, amount) in amounts {
            amount_in_range(field, amount.unwrap_or_default())?;
        }
        let parts = self.parts().ok_or_else(|| {
            Invalid::new(Code::OutOfRange, "items", "the sum of the items is too large".into())
        })?;
        let total = match self.total {
            Some(total) => Some(total),
            None if self.items.is_empty() => None,
            None => parts.total(),
        };
        let total = total.ok_or_else(|| {
            let message = "a purchase needs a total or at least one line item".into();
            Invalid::new(Code::MissingField, "total", message)
        })?;
        // More may come back than is taken along in a sale with returns, which its lines show.
        let came_back =
            |line: LineMoney| line.kind != LineKind::Discount && line.amount.is_negative();
        let may_be_negative = self.kind == PurchaseKind::Sale && self.lines().any(came_back);
        check(may_be_negative || !total.is_negative(), Code::OutOfRange, "total", || {
            format!(
                "a total is not below zero where no line is, {total} given; send what was given back as \
                 kind \"refund\""
            )
        })?;
        amount_in_range("total", total)
    }
}

/// The money of a line that comes to so much, if that fits.
fn line_money(item: &LineItem, amount: Option<Amount>) -> LineMoney {
    LineMoney {
        kind: item.kind,
        amount: amount.unwrap_or_default(),
        discount: item.discount.unwrap_or_default(),
        tax: item.tax.unwrap_or_default(),
    }
}

fn amount_in_range(field: &'static str, amount: Amount) -> Result<(), Invalid> {
    let bound = Amount::from_units(limits::AMOUNT_UNITS).unwrap_or_default().ten_thousandths();
    check((-bound..=bound).contains(&amount.ten_thousandths()), Code::OutOfRange, field, || {
        format!("an amount is at most {} units, {amount} given", limits::AMOUNT_UNITS)
    })
}
