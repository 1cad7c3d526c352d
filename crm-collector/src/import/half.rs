//! The lines of one kind of a purchase, gathered in a few buffers rather than an allocation a text.

use std::borrow::Cow;

use crm_models::{Amount, Customer, LineItem, Purchase, Quantity, Timestamp, limits};
use csv::ByteRecord;

use super::event_id;
use super::line::{Item, Line};
use super::order::Order;
use super::read::Place;
use super::reason::Reason;

/// A line of the file by its number, as somebody may want to mend it.
pub(super) type Kept = (Place, ByteRecord);

/// Lines of the file.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) count: u64,
    /// What they come to.
    pub(super) worth: Amount,
    /// Those that were kept.
    pub(super) kept: Vec<Kept>,
    kept_bytes: usize,
}

impl Lines {
    /// Bytes of a purchase that are kept.
    const MOST_BYTES: usize = 4 * 1024 * 1024;

    pub(super) fn push(&mut self, worth: Amount, line: Option<Kept>) {
        self.count += 1;
        self.worth = self.worth.checked_add(worth).unwrap_or(self.worth);
        let Some(line) = line else { return };
        self.kept_bytes += line.1.as_slice().len();
        if self.kept_bytes <= Self::MOST_BYTES {
            self.kept.push(line);
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        self.count += other.count;
        self.worth = self.worth.checked_add(other.worth).unwrap_or(self.worth);
        self.kept_bytes += other.kept_bytes;
        self.kept.extend(other.kept);
        self.kept.sort_unstable_by_key(|(number, _)| *number);
    }
}

/// The lines of one kind.
#[derive(Debug, Default)]
pub(super) struct Half {
    pub(super) at: Option<Timestamp>,
    items: Vec<Stored>,
    /// The texts of the items, one after the other.
    texts: String,
    /// What lines come to before what was taken off them, and without their tax.
    pub(super) total: Amount,
    /// Tax on lines, less what was taken off them.
    pub(super) beside: Amount,
    pub(super) lines: Lines,
    too_many: bool,
    pub(super) several_times: bool,
    customer: Option<Contact>,
    pub(super) several_customers: bool,
    country: Option<String>,
    channel: Option<String>,
    pub(super) refund_of: Option<String>,
}

#[derive(Debug)]
struct Stored {
    sku_bytes: u32,
    name_bytes: u32,
    category_bytes: u32,
    variant_bytes: u32,
    quantity: Quantity,
    unit_price: Amount,
    discount: Option<Amount>,
    tax: Option<Amount>,
    cost: Option<Amount>,
}

/// Whom the purchase names.
#[derive(Debug, PartialEq)]
struct Contact {
    id: String,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

impl Half {
    /// Takes who, when and where from the other half, as far as it does not say so itself.
    pub(super) fn fill_in(&mut self, other: &Self) {
        self.at = self.at.or(other.at);
        let contact = || {
            other.customer.as_ref().map(|contact| Contact {
                id: contact.id.clone(),
                name: contact.name.clone(),
                email: contact.email.clone(),
                phone: contact.phone.clone(),
            })
        };
        if self.customer.is_none() {
            self.customer = contact();
        }
        let fill = |own: &mut Option<String>, other: &Option<String>| {
            if own.is_none() {
                own.clone_from(other);
            }
        };
        fill(&mut self.country, &other.country);
        fill(&mut self.channel, &other.channel);
    }

    /// Why it is no purchase, if it is none.
    pub(super) fn fault(&self, order: Option<&Order>) -> Option<Reason> {
        if self.too_many {
            return Some(Reason::TooManyLines);
        }
        if self.total.is_negative() {
            // A correction alone is taken off nothing; what was bought beside it is missed.
            return Some(if self.is_goods() {
                Reason::NegativeTotal
            } else {
                Reason::PriceNegative
            });
        }
        if self.at.is_none() {
            return Some(Reason::MissingTime);
        }
        let order = order.filter(|_| self.items.is_empty() && self.total == Amount::ZERO)?;
        match order.total() {
            // Nothing was bought, and nothing is missing.
            None if order.is_cancelled() => Some(Reason::PriceZero),
            None => Some(Reason::MissingPrice),
            Some(Amount::ZERO) => Some(Reason::PriceZero),
            Some(_) => None,
        }
    }

    /// Whether anything was bought in it.
    fn is_goods(&self) -> bool {
        self.items.iter().any(|item| item.unit_price.ten_thousandths() > 0)
    }

    pub(super) fn add(&mut self, line: &Line<'_>, kept: Option<Kept>) -> Result<(), Reason> {
        if self.too_many {
            self.lines.push(line.worth(), kept);
            return Ok(());
        }
        let total = self.total.checked_add(line.amount).ok_or(Reason::AmountOutOfRange)?;
        let limit = Amount::from_units(limits::AMOUNT_UNITS).unwrap_or_default();
        if total.checked_abs().is_none_or(|size| size > limit) {
            return Err(Reason::AmountOutOfRange);
        }
        self.lines.push(line.worth(), kept);
        if let Some(item) = &line.item {
            if self.items.len() + 1 + usize::from(item.dearer > 0) > limits::LINE_ITEMS {
                let lines = std::mem::take(&mut self.lines);
                *self = Self { lines, too_many: true, ..Self::default() };
                return Ok(());
            }
            let beside = [item.tax, item.discount].map(Option::unwrap_or_default);
            let [tax, discount] = beside;
            let beside = self.beside.checked_add(tax).and_then(|sum| sum.checked_sub(discount));
            self.beside = beside.ok_or(Reason::AmountOutOfRange)?;
            let dearer = Quantity::from(item.dearer);
            let rest = item.quantity.ten_thousandths() - dearer.ten_thousandths();
            self.push(item, Quantity::from_ten_thousandths(rest), item.unit_price, true);
            if item.dearer > 0 {
                let price = Amount::from_ten_thousandths(item.unit_price.ten_thousandths() + 1);
                self.push(item, dearer, price, false);
            }
        }
        self.total = total;
        self.tell(line);
        Ok(())
    }

    /// What holds for the whole purchase is said by its earliest line; a later one only fills in.
    fn tell(&mut self, line: &Line<'_>) {
        let earlier = match (self.at, line.at) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(at)) => {
                self.several_times |= own != at;
                at < own
            }
        };
        if earlier {
            self.at = line.at;
        }
        let tell = |own: &mut Option<String>, said: Option<&str>| {
            if let Some(said) = said
                && (own.is_none() || (earlier && own.as_deref() != Some(said)))
            {
                *own = Some(said.to_owned());
            }
        };
        tell(&mut self.country, line.country);
        tell(&mut self.channel, line.channel);
        tell(&mut self.refund_of, line.refund_of);
        let Some(customer) = &line.customer else { return };
        match &mut self.customer {
            Some(own) if own.id == customer.id => {
                tell(&mut own.name, customer.name.as_deref());
                tell(&mut own.email, customer.email);
                tell(&mut own.phone, customer.phone);
            }
            own => {
                self.several_customers |= own.is_some();
                if own.is_none() || earlier {
                    *own = Some(Contact {
                        id: customer.id.clone().into_owned(),
                        name: customer.name.clone().map(Cow::into_owned),
                        email: customer.email.map(str::to_owned),
                        phone: customer.phone.map(str::to_owned),
                    });
                }
            }
        }
    }

    /// Keeps a line. What is told of the whole of it is told by its first part.
    fn push(&mut self, item: &Item<'_>, quantity: Quantity, unit_price: Amount, is_first: bool) {
        let mut keep = |text: &str, is_name: bool| {
            let begin = self.texts.len();
            // A line break inside a quoted name is legal CSV, but a name is one line of text.
            if is_name && text.bytes().any(|byte| !(b' '..0x7f).contains(&byte)) {
                self.texts.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
            } else {
                self.texts.push_str(text);
            }
            // Each text is within its limit of some hundred bytes.
            u32::try_from(self.texts.len() - begin).unwrap_or(0)
        };
        let sku_bytes = keep(item.sku.unwrap_or_default(), false);
        let name_bytes = keep(item.name.unwrap_or_default(), true);
        let category_bytes = keep(item.category.unwrap_or_default(), true);
        let variant_bytes = keep(item.variant.unwrap_or_default(), true);
        let of_first = |sum: Option<Amount>| sum.filter(|_| is_first);
        self.items.push(Stored {
            sku_bytes,
            name_bytes,
            category_bytes,
            variant_bytes,
            quantity,
            unit_price,
            discount: of_first(item.discount),
            tax: of_first(item.tax),
            cost: item.cost,
        });
    }

    /// Makes a purchase that its lines come to, after what was taken off them.
    pub(super) fn close(
        self,
        mut purchase: Purchase,
        paid: Amount,
    ) -> Option<(Purchase, Option<Customer>)> {
        let at = self.at?;
        purchase.occurred_at = Some(at);
        let mut texts = self.texts.as_str();
        let mut take = |size_bytes: u32| {
            let size_bytes = usize::try_from(size_bytes).unwrap_or(usize::MAX);
            let (text, rest) = texts.split_at_checked(size_bytes).unwrap_or((texts, ""));
            texts = rest;
            text
        };
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        purchase.items.reserve_exact(self.items.len());
        for stored in &self.items {
            let (sku, name) = (take(stored.sku_bytes), take(stored.name_bytes));
            let mut item = match sku {
                "" => LineItem::named(name, stored.quantity, stored.unit_price),
                sku => LineItem::new(sku, stored.quantity, stored.unit_price),
            };
            item.name = some(name);
            item.category = some(take(stored.category_bytes));
            item.variant = some(take(stored.variant_bytes));
            (item.discount, item.tax, item.cost) = (stored.discount, stored.tax, stored.cost);
            purchase.items.push(item);
        }
        // Totals of goods by weight are what was paid, whatever their price comes to.
        let is_exact = || purchase.total_or_sum() == Some(paid);
        if purchase.items.is_empty() || !is_exact() {
            purchase.total = Some(paid);
        }
        purchase.country = self.country;
        purchase.channel = self.channel;
        let customer = self.customer.as_ref().and_then(|contact| contact.customer(at));
        purchase.customer_id = self.customer.map(|contact| contact.id.into());
        Some((purchase, customer))
    }
}

impl Contact {
    fn customer(&self, at: Timestamp) -> Option<Customer> {
        let said = [self.name.as_deref(), self.email.as_deref(), self.phone.as_deref()];
        if said.iter().all(Option::is_none) {
            return None;
        }
        let mut customer = Customer::new(self.id.as_str()).occurred_at(at);
        customer.id = Some(event_id::of_customer(&self.id, at, said));
        customer.name = self.name.clone();
        customer.email = self.email.clone();
        customer.phone = self.phone.clone();
        Some(customer)
    }
}
