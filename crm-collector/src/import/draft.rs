//! A purchase in the making: the lines of one id, gathered until the last of them is known to
//! have come.

use crm_models::{
    Amount, Currency, Customer, LineItem, Purchase, PurchaseId, PurchaseKind, Timestamp,
};

use super::event_id;
use super::half::{Half, Kept, Lines};
use super::line::{self, Line};
use super::mapping::Columns;
use super::order::{Order, Sums};
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
    /// What the file's own columns tell of the whole of it.
    pub(super) sums: Sums,
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
        let sums = order.as_ref().map(|order| order.sums()).unwrap_or_default();
        let mut closing = Closing { currency, sums, closed: Vec::new(), left_out: Vec::new() };
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
            let id =
                if is_beside { format!("{}{REFUND_SUFFIX}", self.id) } else { self.id.clone() };
            purchase.purchase_id = Some(PurchaseId::from(id));
            let paid = half.total.checked_add(half.beside).unwrap_or(half.total);
            let (several_times, several_customers) = (half.several_times, half.several_customers);
            let Some((purchase, customer)) = half.close(purchase, paid) else { continue };
            let mut closed = Closed {
                repeated: self.parted && is_repeated(&purchase.items),
                purchase,
                customer,
                total: paid,
                several_times,
                several_customers,
                untold_refund: false,
            };
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
            closed.purchase.id =
                Some(event_id::of_purchase(&self.id, &mut closed.purchase, replace));
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

#[cfg(test)]
mod tests {
    use crm_models::{Quantity, limits};

    use super::*;
    use crate::import::line::{Customer as Who, Item};

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
