//! A purchase in the making: the lines of one id, gathered until the last of them is known to
//! have come, in a few buffers rather than an allocation a text.

use std::borrow::Cow;

use crm_models::{
    Amount, Currency, Customer, LineItem, Purchase, PurchaseId, PurchaseKind, Quantity, Timestamp,
    limits,
};
use csv::ByteRecord;

use super::event_id;
use super::line::{self, Item, Line};
use super::mapping::Columns;
use super::order::Order;
use super::read::Place;
use super::reason::Reason;

/// What follows the id of a refund whose invoice is a sale as well.
const REFUND_SUFFIX: &str = ":refund";

/// The lines of one purchase id so far: at most one sale and one refund.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) id: String,
    /// Line of the file that it began on.
    pub(super) first_line: Place,
    sale: Half,
    refund: Half,
    /// What lines tell of the whole of it.
    order: Option<Box<Order>>,
    /// Other purchases stand between its lines.
    parted: bool,
    /// Its lines without those that cannot be read, where there are such.
    spoiled_lines: Option<Lines>,
}

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

    fn push(&mut self, worth: Amount, line: Option<Kept>) {
        self.count += 1;
        self.worth = self.worth.checked_add(worth).unwrap_or(self.worth);
        let Some(line) = line else { return };
        self.kept_bytes += line.1.as_slice().len();
        if self.kept_bytes <= Self::MOST_BYTES {
            self.kept.push(line);
        }
    }

    fn append(&mut self, other: Self) {
        self.count += other.count;
        self.worth = self.worth.checked_add(other.worth).unwrap_or(self.worth);
        self.kept_bytes += other.kept_bytes;
        self.kept.extend(other.kept);
        self.kept.sort_unstable_by_key(|(number, _)| *number);
    }
}

/// The lines of one kind.
#[derive(Debug, Default)]
struct Half {
    at: Option<Timestamp>,
    items: Vec<Stored>,
    /// The texts of the items, one after the other.
    texts: String,
    /// What lines come to before what was taken off them, and without their tax.
    total: Amount,
    /// Tax on lines, less what was taken off them.
    beside: Amount,
    lines: Lines,
    too_many: bool,
    several_times: bool,
    customer: Option<Contact>,
    several_customers: bool,
    country: Option<String>,
    channel: Option<String>,
    refund_of: Option<String>,
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

/// A purchase whose lines are all in.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) purchase: Purchase,
    /// Present when the file tells more of the customer than the id.
    pub(super) customer: Option<Customer>,
    pub(super) total: Amount,
    pub(super) several_times: bool,
    pub(super) several_customers: bool,
    /// Its items stood in one place of the file, and once more in another.
    pub(super) repeated: bool,
    /// Some of it was given back, and the file does not say how much.
    pub(super) untold_refund: bool,
}

/// What became of a draft.
#[derive(Debug)]
pub(super) struct Closing {
    pub(super) currency: Currency,
    pub(super) closed: Vec<Closed>,
    /// Lines of what became no purchase, and why.
    pub(super) left_out: Vec<(Reason, Lines)>,
}

impl Draft {
    pub(super) fn new(id: &[u8], first_line: Place) -> Result<Self, Reason> {
        let id = line::id_text(id)?.to_owned();
        Ok(Self { id, first_line, ..Self::default() })
    }

    /// Takes in a line, and keeps it as it stands in the file if it is given.
    pub(super) fn add(
        &mut self,
        line: &Line<'_>,
        columns: &Columns,
        kept: Option<Kept>,
    ) -> Result<(), Reason> {
        if let Some(lines) = &mut self.spoiled_lines {
            lines.push(line.worth(), kept);
            return Ok(());
        }
        if let Some(told) = &line.order {
            self.order.get_or_insert_default().tell(told, columns)?;
        }
        match line.kind {
            PurchaseKind::Sale => self.sale.add(line, kept),
            PurchaseKind::Refund => self.refund.add(line, kept),
        }
    }

    /// Says that other purchases stand between the lines so far and those to come.
    pub(super) fn part(&mut self) {
        self.parted = true;
    }

    /// Says that a line of it cannot be read: what is left of it is not what was bought.
    pub(super) fn spoil(&mut self) {
        let (sale, refund) = (std::mem::take(&mut self.sale), std::mem::take(&mut self.refund));
        let lines = self.spoiled_lines.get_or_insert_default();
        lines.append(sale.lines);
        lines.append(refund.lines);
    }

    /// Makes the purchases.
    pub(super) fn close(mut self, currency: Currency, replace: Option<Timestamp>) -> Closing {
        let order = self.order.take();
        let currency = order.as_ref().and_then(|order| order.currency()).unwrap_or(currency);
        let mut closing = Closing { currency, closed: Vec::new(), left_out: Vec::new() };
        if let Some(lines) = self.spoiled_lines {
            closing.left_out.push((Reason::Incomplete, lines));
            return closing;
        }
        let both = self.sale.lines.count > 0 && self.refund.lines.count > 0;
        if order.is_some() && both {
            // Who and when may stand on the first line alone.
            self.refund.fill_in(&self.sale);
            self.sale.fill_in(&self.refund);
        }
        let given_back = if both { self.refund.total } else { Amount::ZERO };
        let halves = [(self.sale, PurchaseKind::Sale), (self.refund, PurchaseKind::Refund)];
        for (half, kind) in halves.into_iter().filter(|(half, _)| half.lines.count > 0) {
            if let Some(reason) = half.fault(order.as_deref()) {
                closing.left_out.push((reason, half.lines));
                continue;
            }
            let mut purchase = Purchase::sale(currency);
            purchase.kind = kind;
            let is_beside = both && kind == PurchaseKind::Refund;
            if kind == PurchaseKind::Refund {
                let own = || both.then(|| self.id.clone());
                purchase.refund_of = half.refund_of.clone().or_else(own).map(PurchaseId::from);
            }
            let id = if is_beside { format!("{}{REFUND_SUFFIX}", self.id) } else { self.id.clone() };
            purchase.purchase_id = Some(PurchaseId::from(id));
            let paid = half.total.checked_add(half.beside).unwrap_or(half.total);
            let Some(mut closed) = half.close(purchase, paid) else { continue };
            closed.repeated = self.parted && is_repeated(&closed.purchase.items);
            if let Some(order) = &order {
                order.complete(&mut closed.purchase, paid, given_back, is_beside);
                closed.untold_refund = !is_beside && order.is_partly_refunded_untold();
            }
            closed.total = closed.purchase.total_or_sum().unwrap_or(paid);
            let back = match (&order, kind) {
                (Some(order), PurchaseKind::Sale) => order.given_back(&closed.purchase),
                _ => None,
            };
            let refund = back.map(|(amount, at)| closed.refund(&self.id, amount, at, both));
            closing.closed.push(closed);
            closing.closed.extend(refund);
        }
        for closed in &mut closing.closed {
            // Made of the invoice's own number, so that a refund is known again even where
            // another file shows it without its sale.
            closed.purchase.id = Some(event_id::of_purchase(&self.id, &mut closed.purchase, replace));
            closed.purchase.replace = replace.is_some();
        }
        closing
    }
}

impl Closed {
    /// The refund of so much of a sale that its own line tells.
    fn refund(&self, id: &str, amount: Amount, at: Option<Timestamp>, is_second: bool) -> Self {
        let sale = &self.purchase;
        let suffix = if is_second { ":refund-2" } else { REFUND_SUFFIX };
        let mut purchase = Purchase::sale(sale.currency);
        purchase.kind = PurchaseKind::Refund;
        purchase.purchase_id = Some(PurchaseId::from(format!("{id}{suffix}")));
        purchase.refund_of = Some(PurchaseId::from(id.to_owned()));
        purchase.occurred_at = at.or(sale.occurred_at);
        purchase.customer_id.clone_from(&sale.customer_id);
        purchase.channel.clone_from(&sale.channel);
        purchase.country.clone_from(&sale.country);
        purchase.source.clone_from(&sale.source);
        purchase.total = Some(amount);
        Self {
            purchase,
            customer: None,
            total: amount,
            several_times: false,
            several_customers: false,
            repeated: false,
            untold_refund: false,
        }
    }
}

impl Half {
    /// Takes who, when and where from the other half, as far as it does not say so itself.
    fn fill_in(&mut self, other: &Self) {
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
    fn fault(&self, order: Option<&Order>) -> Option<Reason> {
        if self.too_many {
            return Some(Reason::TooManyLines);
        }
        if self.total.is_negative() {
            // A correction alone is taken off nothing; what was bought beside it is missed.
            return Some(if self.is_goods() { Reason::NegativeTotal } else { Reason::PriceNegative });
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

    fn add(&mut self, line: &Line<'_>, kept: Option<Kept>) -> Result<(), Reason> {
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
    fn close(self, mut purchase: Purchase, paid: Amount) -> Option<Closed> {
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
        Some(Closed {
            purchase,
            customer,
            total: paid,
            several_times: self.several_times,
            several_customers: self.several_customers,
            repeated: false,
            untold_refund: false,
        })
    }
}

/// Whether the second half of the items is the first once more, in whatever order.
fn is_repeated(items: &[LineItem]) -> bool {
    let (first, second) = items.split_at(items.len() / 2);
    let [first, second] = [first, second].map(|half| {
        let mut half: Vec<_> = half.iter().collect();
        half.sort_unstable_by(|one, other| told(one).cmp(&told(other)));
        half
    });
    !first.is_empty() && first == second
}

fn told(item: &LineItem) -> impl Ord + '_ {
    (&item.sku, &item.name, item.quantity, item.unit_price)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::line::Customer as Who;

    fn line(millis: i64, kind: PurchaseKind, who: Option<&'static str>) -> Line<'static> {
        let unit_price = Amount::from_ten_thousandths(25_000);
        Line {
            at: Some(Timestamp::from_millis(millis)),
            kind,
            customer: who.map(|id| Who { id: id.into(), name: None, email: None, phone: None }),
            country: None,
            channel: None,
            refund_of: None,
            item: Some(Item {
                sku: Some("A"),
                name: Some("Brücke\ngroß"),
                category: None,
                variant: None,
                quantity: Quantity::from(2),
                unit_price,
                discount: None,
                tax: None,
                cost: None,
                dearer: 0,
            }),
            amount: Amount::from_ten_thousandths(50_000),
            order: None,
        }
    }

    fn close(lines: &[Line<'_>]) -> Closing {
        let mut draft = Draft::new(b"7", Place { part: 0, line: 2 }).unwrap();
        let header = ["id", "at", "sum"].map(str::to_owned);
        let mapping: crate::import::Mapping =
            "purchase_id=id,occurred_at=at,line_total=sum".parse().unwrap();
        let columns = mapping.resolve(&header).unwrap();
        lines.iter().for_each(|line| draft.add(line, &columns, None).unwrap());
        draft.close(Currency::GBP, None)
    }

    #[test]
    fn the_earliest_line_says_when_and_who() {
        let sale = PurchaseKind::Sale;
        let outcome = close(&[
            line(5, sale, None),
            line(9, sale, Some("late")),
            line(3, sale, Some("early")),
            line(3, sale, Some("second")),
        ]);
        let [closed] = &outcome.closed[..] else { panic!("one purchase") };
        assert_eq!(closed.purchase.occurred_at, Some(Timestamp::from_millis(3)));
        assert_eq!(closed.purchase.customer_id.as_ref().unwrap().as_str(), "early");
        assert!(closed.several_times && closed.several_customers);
        assert_eq!(closed.total.to_string(), "20.00");
        assert_eq!(closed.purchase.total_or_sum(), Some(closed.total));
        assert_eq!(closed.purchase.items[0].name.as_deref(), Some("Brücke groß"));
    }

    #[test]
    fn an_invoice_of_both_signs_becomes_a_sale_and_a_refund() {
        let (sale, refund) = (PurchaseKind::Sale, PurchaseKind::Refund);
        let both = close(&[line(1, sale, None), line(1, refund, None)]);
        let ids: Vec<_> = both
            .closed
            .iter()
            .map(|closed| closed.purchase.purchase_id.as_ref().unwrap().as_str())
            .collect();
        assert_eq!(ids, ["7", "7:refund"]);
        let of = |closing: &Closing, at: usize| closing.closed[at].purchase.refund_of.clone();
        assert_eq!((of(&both, 0), of(&both, 1)), (None, Some("7".into())));
        let alone = close(&[line(1, refund, None)]);
        assert_eq!(alone.closed[0].purchase.purchase_id.as_ref().unwrap().as_str(), "7");
        assert_eq!(of(&alone, 0), None);
        let told = Line { refund_of: Some("5"), ..line(1, refund, None) };
        assert_eq!(of(&close(&[told]), 0), Some("5".into()));
    }

    #[test]
    fn a_purchase_of_too_many_lines_is_left_out_whole() {
        let lines: Vec<_> =
            (0..=limits::LINE_ITEMS).map(|_| line(1, PurchaseKind::Sale, None)).collect();
        let outcome = close(&lines);
        assert!(outcome.closed.is_empty());
        let left_out = outcome.left_out.iter().map(|(reason, lines)| (*reason, lines.count));
        assert_eq!(left_out.collect::<Vec<_>>(), [(Reason::TooManyLines, 5_001)]);
    }
}
