//! A purchase that was sent: what is almost right in it, what has to be looked at, and what it has to keep to.

use super::{LineKind, LineMoney, Purchase, PurchaseKind};
use crate::money::Amount;
use crate::text::{is_nobody, is_placeholder, no_placeholder, one_line, trim_in_place};
use crate::validate::{Invalid, attributes, check, optional_text, required_text};
use crate::warning::{Warning, WarningCode};
use crate::{Code, limits};

impl Purchase {
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

pub(super) fn amount_in_range(field: &'static str, amount: Amount) -> Result<(), Invalid> {
    let bound = Amount::from_units(limits::AMOUNT_UNITS).unwrap_or_default().ten_thousandths();
    check((-bound..=bound).contains(&amount.ten_thousandths()), Code::OutOfRange, field, || {
        format!("an amount is at most {} units, {amount} given", limits::AMOUNT_UNITS)
    })
}
