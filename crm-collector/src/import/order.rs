//! What lines tell of a whole order: its sums, state and currency, wherever among its lines they stand.
//!
//! What stands on the first line only holds for all of them, and what is repeated on each counts once;
//! unless lines of an order differ in it, for then each has its own share.

use std::collections::{BTreeMap, HashMap};

use crm_models::{Amount, Currency, Purchase, State, Timestamp};
use csv::ByteRecord;

use super::currency;
use super::field::Field;
use super::mapping::Columns;
use super::meaning::Standing;
use super::moment::Moments;
use super::reason::Reason;

/// The sums of a whole order, by [`Field::OF_ORDER`].
pub(super) type Sums = [Option<Amount>; Field::OF_ORDER.len()];

/// What words of a file say of orders, as somebody said.
pub type States = BTreeMap<String, Standing>;

/// What one line tells.
#[derive(Debug, Default, PartialEq)]
pub(super) struct OrderLine<'r> {
    pub(super) sums: Sums,
    pub(super) currency: Option<Currency>,
    pub(super) standing: Option<Standing>,
    pub(super) cancelled_at: Option<Timestamp>,
    pub(super) source: Option<&'r str>,
    pub(super) payment_method: Option<&'r str>,
    pub(super) coupon: Option<&'r str>,
}

/// What all lines of an order tell.
#[derive(Debug, Default)]
pub(super) struct Order {
    sums: Sums,
    currency: Option<Currency>,
    standing: Option<Standing>,
    cancelled_at: Option<Timestamp>,
    source: Option<String>,
    payment_method: Option<String>,
    coupon: Option<String>,
}

/// The currency of a line, if it tells one.
pub(super) fn currency_of(
    record: &ByteRecord,
    columns: &Columns,
) -> Result<Option<Currency>, Reason> {
    let Some(bytes) = columns.get(record, Field::Currency) else { return Ok(None) };
    let text = std::str::from_utf8(bytes).map_err(|_| Reason::UnknownCurrency)?;
    currency::of(text).map(Some).ok_or(Reason::UnknownCurrency)
}

/// What a word says of an order: as was said, or else as it is known.
pub(super) fn standing(word: &str, states: &States) -> Option<Standing> {
    states.get(&word.to_lowercase()).copied().or_else(|| Standing::of(word))
}

/// Words that a file has, looked up before: most files have a few, on each of their lines.
#[derive(Debug)]
pub(super) struct Words<'p> {
    pub(super) known: HashMap<String, Standing>,
    pub(super) told: &'p States,
}

impl Words<'_> {
    fn standing(&self, word: &str) -> Option<Standing> {
        self.known.get(word).copied().or_else(|| standing(word, self.told))
    }
}

impl<'r> OrderLine<'r> {
    /// Reads what a record tells of its whole order, amounts by a function.
    pub(super) fn read(
        record: &'r ByteRecord,
        columns: &Columns,
        moments: &mut Moments,
        words: &Words<'_>,
        currency: Option<Currency>,
        amount: impl Fn(Field) -> Result<Option<Amount>, Reason>,
    ) -> Result<Self, Reason> {
        let mut sums = Sums::default();
        for (sum, field) in sums.iter_mut().zip(Field::OF_ORDER) {
            *sum = amount(field)?;
        }
        let text = |field| {
            let text = columns.get(record, field).and_then(|bytes| std::str::from_utf8(bytes).ok());
            let limit = crm_models::limits::ID_BYTES;
            text.filter(|text| text.len() <= limit && !crm_models::is_placeholder(text))
        };
        let standing = match text(Field::State) {
            Some(word) => Some(words.standing(word).ok_or(Reason::UnknownState)?),
            None => None,
        };
        let cancelled_at = match columns.get(record, Field::CancelledAt) {
            Some(bytes) if !std::str::from_utf8(bytes).is_ok_and(crm_models::is_placeholder) => {
                Some(moments.read(bytes)?)
            }
            _ => None,
        };
        Ok(Self {
            sums,
            currency,
            standing,
            cancelled_at,
            source: text(Field::Source),
            payment_method: text(Field::PaymentMethod),
            coupon: text(Field::Coupon),
        })
    }

    /// What was paid, as this line tells it.
    pub(super) fn total(&self) -> Option<Amount> {
        self.sums[0]
    }
}

impl Order {
    /// Takes in what a line tells.
    pub(super) fn tell(&mut self, line: &OrderLine<'_>, columns: &Columns) -> Result<(), Reason> {
        let mut sums = self.sums;
        for ((own, told), field) in sums.iter_mut().zip(line.sums).zip(Field::OF_ORDER) {
            *own = match (*own, told) {
                (own, None) => own,
                (None, told) => told,
                (Some(own), Some(told)) if columns.is_per_line(field) => {
                    Some(own.checked_add(told).ok_or(Reason::AmountOutOfRange)?)
                }
                // Where it is written once, others may have a zero.
                (Some(Amount::ZERO), told) => told,
                (own, Some(Amount::ZERO)) => own,
                (Some(own), Some(told)) if own == told => Some(own),
                _ => return Err(Reason::Contradiction),
            };
        }
        self.sums = sums;
        if self.currency.is_some() && line.currency.is_some() && self.currency != line.currency {
            return Err(Reason::Contradiction);
        }
        self.currency = self.currency.or(line.currency);
        self.standing = self.standing.or(line.standing);
        self.cancelled_at = self.cancelled_at.or(line.cancelled_at);
        let tell = |own: &mut Option<String>, said: Option<&str>| {
            if own.is_none() {
                *own = said.map(str::to_owned);
            }
        };
        tell(&mut self.source, line.source);
        tell(&mut self.payment_method, line.payment_method);
        tell(&mut self.coupon, line.coupon);
        Ok(())
    }

    /// Its sums as they are told, by [`Field::OF_ORDER`].
    pub(super) fn sums(&self) -> Sums {
        self.sums
    }

    /// Its currency, where one is told.
    pub(super) fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// A sum of it.
    fn sum(&self, field: Field) -> Option<Amount> {
        let index = Field::OF_ORDER.iter().position(|one| *one == field)?;
        self.sums.get(index).copied().flatten()
    }

    /// What was paid, if it is told; without its sign, which says what kind it is.
    pub(super) fn total(&self) -> Option<Amount> {
        self.sum(Field::OrderTotal).and_then(Amount::checked_abs)
    }

    /// What was given back of it.
    fn refunded(&self) -> Option<Amount> {
        let told = self.sum(Field::Refunded).and_then(Amount::checked_abs);
        told.filter(|amount| *amount != Amount::ZERO)
    }

    /// Where it stands.
    fn state(&self) -> State {
        let paid = self.refunded().is_some();
        match self.standing {
            Some(Standing::Paid | Standing::Refunded | Standing::PartlyRefunded) => State::Paid,
            // What was given back was paid.
            Some(Standing::Pending | Standing::Cancelled) | None if paid => State::Paid,
            Some(Standing::Pending) => State::Pending,
            Some(Standing::Cancelled) => State::Cancelled,
            None if self.cancelled_at.is_some() => State::Cancelled,
            None => State::Paid,
        }
    }

    /// Says of a purchase what was told of the whole of it. `paid` is what its lines come to. Where the
    /// order had goods that came back as well, they came to `given_back`, and that purchase is only `beside`
    /// the other.
    pub(super) fn complete(
        &self,
        purchase: &mut Purchase,
        paid: Amount,
        given_back: Amount,
        beside: bool,
    ) {
        purchase.state = self.state();
        purchase.source.clone_from(&self.source);
        if beside {
            return;
        }
        let size = |field| {
            self.sum(field).and_then(Amount::checked_abs).filter(|sum| *sum != Amount::ZERO)
        };
        purchase.discount = size(Field::Discount);
        purchase.shipping = size(Field::Shipping);
        purchase.tax = size(Field::Tax);
        purchase.tip = size(Field::Tip);
        purchase.fees = size(Field::Fees);
        purchase.payment_method.clone_from(&self.payment_method);
        purchase.coupons = self.coupon.iter().cloned().collect();
        let told = match given_back {
            Amount::ZERO => self.total(),
            given_back => {
                self.sum(Field::OrderTotal).and_then(|total| total.checked_add(given_back))
            }
        };
        if told.is_some() {
            purchase.total = told;
            // Whether prices have their tax in them is seen where only that adds up.
            let differs = |purchase: &Purchase| {
                purchase.parts().is_none_or(|parts| parts.adjustment != Amount::ZERO)
            };
            if differs(purchase) {
                purchase.tax_included = true;
                purchase.tax_included = !differs(purchase);
            }
        } else if purchase.total.is_some() {
            // What goods by weight came to is not quite their price times their quantity.
            let of = |amount: Option<Amount>| amount.unwrap_or_default();
            let on_top = [purchase.shipping, purchase.tax, purchase.tip, purchase.fees];
            let sum = on_top.into_iter().try_fold(paid, |sum, more| sum.checked_add(of(more)));
            purchase.total = sum.and_then(|sum| sum.checked_sub(of(purchase.discount)));
        }
    }

    /// What was given back of a sale, if anything was, and when.
    pub(super) fn given_back(&self, sale: &Purchase) -> Option<(Amount, Option<Timestamp>)> {
        let all = || sale.total_or_sum().filter(|total| *total != Amount::ZERO);
        let amount = match (self.refunded(), self.standing) {
            (Some(refunded), _) => Some(refunded),
            (None, Some(Standing::Refunded)) => all(),
            (None, _) => None,
        };
        amount.map(|amount| (amount, self.cancelled_at))
    }

    /// Whether it was called off before it was paid.
    pub(super) fn is_cancelled(&self) -> bool {
        self.state() == State::Cancelled
    }

    /// Whether some of it was given back and nothing says how much.
    pub(super) fn is_partly_refunded_untold(&self) -> bool {
        self.standing == Some(Standing::PartlyRefunded) && self.refunded().is_none()
    }
}
