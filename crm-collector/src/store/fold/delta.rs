//! Some events folded in memory: to be merged into the derived rows, or added to them by a
//! reader.

use std::ops::Range;

use crm_models::{Amount, Currency, Parts, PurchaseKind, State};

use super::line::Line;
use crate::facts::{
    BuyersOf, Dimension, HistoryEntry, HistoryKind, ItemFact, LocalTime, Part, PurchaseFact, Sums,
    Units, month_of_day,
};
use crate::store::remembered::Map;
use crate::store::workspaces::Workspace;

/// What some events add to the derived rows.
pub(in crate::store) struct Delta {
    local_time: LocalTime,
    /// Day and month of the event before: events come in bunches.
    month: (i32, i32),
    sums: KeyedSums,
    buyers: Vec<Buyer>,
    lines: Vec<DatedLine>,
}

/// Sums by key. The map has only their places: it is made larger many times, and they are large.
#[derive(Default)]
struct KeyedSums {
    places: Map<SumKey, usize>,
    sums: Vec<(SumKey, Sums)>,
}

impl KeyedSums {
    fn of(&mut self, key: SumKey) -> &mut Sums {
        let place = *self.places.entry(key).or_insert_with(|| {
            self.sums.push((key, Sums::default()));
            self.sums.len() - 1
        });
        &mut self.sums[place].1
    }
}

/// What one row of sums is kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SumKey {
    pub(super) dimension: Dimension,
    pub(super) currency: Currency,
    pub(super) day: i32,
    pub(super) key: u32,
}

/// That somebody bought something on a day, or that this was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Buyer {
    pub(super) of: BuyersOf,
    pub(super) currency: Currency,
    pub(super) day: i32,
    pub(super) customer: u32,
    /// Once, or once less.
    pub(super) times: i8,
}

/// A line of a history, and the month whose row it goes to.
#[derive(Clone, Copy, Debug)]
pub(super) struct DatedLine {
    pub(super) month: i32,
    pub(super) line: Line,
}

/// Where a purchase is counted, or taken back.
struct Ledger<'a> {
    sums: &'a mut KeyedSums,
    buyers: &'a mut Vec<Buyer>,
    currency: Currency,
    day: i32,
    taken_back_by: Option<i64>,
}

impl Ledger<'_> {
    /// Counts a purchase that was paid; what it comes to, net.
    fn count(&mut self, fact: &PurchaseFact, hour: u32) -> Amount {
        let (kind, breakdown) = (fact.kind, fact.breakdown());
        let parts = breakdown.parts();
        let mut whole = Sums::default();
        let is_anonymous = kind == PurchaseKind::Sale && fact.customer.is_none();
        whole.anonymous_orders = i64::from(is_anonymous);
        for (index, (item, line)) in
            fact.items.iter().zip(breakdown.products(fact.lines())).enumerate()
        {
            let Some(line) = line else { continue };
            let mut sums = Sums::default();
            let (gross, discounts) =
                (line.gross.ten_thousandths(), line.discounts.ten_thousandths());
            sums.add_amount(kind, gross, discounts, item.quantity.into());
            if let Some(cost) = item.cost.and_then(|cost| cost.times(item.quantity)) {
                let net = i128::from(gross) - i128::from(discounts);
                sums.add_cost(kind, net, cost.ten_thousandths().into());
                whole.add_cost(kind, net, cost.ten_thousandths().into());
            }
            match kind {
                PurchaseKind::Sale => whole.sold.add(item.quantity.into()),
                PurchaseKind::Refund => whole.returned.add(item.quantity.into()),
            }
            // A product that stands on two lines of a purchase was in one order all the same.
            let same = |other: &ItemFact| other.is_product() && other.product == item.product;
            if !fact.items[..index].iter().any(same) {
                sums.add_order(kind);
                self.bought(fact, BuyersOf::Product(item.product));
            }
            self.add(Dimension::Product, item.product, &sums);
        }
        let (gross, discounts) = (parts.gross.ten_thousandths(), parts.discounts.ten_thousandths());
        whole.add_amount(kind, gross, discounts, Units::default());
        whole.add_order(kind);
        self.add(Dimension::Hour, hour, &whole);
        self.add(Dimension::Country, fact.country, &whole);
        self.add(Dimension::Channel, fact.channel, &whole);
        self.add_parts(kind, &parts);
        self.bought(fact, BuyersOf::All);
        self.bought(fact, BuyersOf::Country(fact.country));
        parts.net().unwrap_or_default()
    }

    /// What was paid beside the products.
    fn add_parts(&mut self, kind: PurchaseKind, parts: &Parts) {
        let parts = [
            (Part::Shipping, parts.shipping),
            (Part::Tax, parts.tax),
            (Part::Tips, parts.tips),
            (Part::Fees, parts.fees),
            (Part::GiftCards, parts.gift_cards),
            (Part::Rounding, parts.rounding),
            (Part::Adjustments, parts.adjustment),
        ];
        for (part, amount) in parts.into_iter().filter(|(_, amount)| *amount != Amount::ZERO) {
            self.add_part(kind, part, amount.ten_thousandths());
        }
    }

    /// Counts an order that is no sale, or not yet. It comes to nothing.
    fn count_unpaid(&mut self, fact: &PurchaseFact, part: Part) -> Option<Amount> {
        self.add_part(fact.kind, part, fact.total);
        None
    }

    fn add_part(&mut self, kind: PurchaseKind, part: Part, amount: i64) {
        let mut sums = Sums::default();
        sums.add_amount(kind, amount, 0, Units::default());
        sums.add_order(kind);
        self.add(Dimension::Part, part.key(), &sums);
    }

    fn add(&mut self, dimension: Dimension, key: u32, sums: &Sums) {
        let of_key =
            self.sums.of(SumKey { dimension, currency: self.currency, day: self.day, key });
        match self.taken_back_by {
            None => of_key.add(sums),
            Some(_) => of_key.add(&sums.negated()),
        }
    }

    fn bought(&mut self, fact: &PurchaseFact, of: BuyersOf) {
        if let (PurchaseKind::Sale, Some(customer)) = (fact.kind, fact.customer) {
            let times = if self.taken_back_by.is_some() { -1 } else { 1 };
            let (currency, day) = (self.currency, self.day);
            self.buyers.push(Buyer { of, currency, day, customer, times });
        }
    }
}

impl Delta {
    /// For about so many events.
    pub(super) fn new(workspace: &Workspace, events: usize) -> Self {
        Self {
            local_time: LocalTime::new(workspace.timezone),
            month: (i32::MIN, 0),
            sums: KeyedSums::default(),
            // Once in all, once in a country, and once a product.
            buyers: Vec::with_capacity(events * 4),
            lines: Vec::with_capacity(events),
        }
    }

    fn month(&mut self, day: i32) -> i32 {
        if self.month.0 != day {
            self.month = (day, month_of_day(day));
        }
        self.month.1
    }

    /// Adds what a purchase adds to the figures.
    pub(super) fn add_purchase(&mut self, fact: &PurchaseFact) {
        self.count(fact, None);
    }

    /// Takes a purchase back that another has taken the place of, by its place in the log.
    pub(super) fn take_back(&mut self, fact: &PurchaseFact, by: i64) {
        self.count(fact, Some(by));
    }

    fn count(&mut self, fact: &PurchaseFact, taken_back_by: Option<i64>) {
        let PurchaseFact { currency, kind, .. } = *fact;
        let (day, hour) = self.local_time.day_and_hour(fact.occurred_at);
        let mut ledger =
            Ledger { sums: &mut self.sums, buyers: &mut self.buyers, currency, day, taken_back_by };
        let net = match fact.state {
            State::Paid => Some(ledger.count(fact, hour)),
            State::Pending => ledger.count_unpaid(fact, Part::Pending),
            State::Cancelled => ledger.count_unpaid(fact, Part::Cancelled),
        };

        let Some(customer) = fact.customer else { return };
        let kind = match (net, kind) {
            (None, _) => HistoryKind::Unpaid,
            (Some(net), PurchaseKind::Sale) => HistoryKind::Sale(currency, net),
            (Some(net), PurchaseKind::Refund) => HistoryKind::Refund(currency, net),
        };
        let month = self.month(day);
        let entry = HistoryEntry { customer, occurred_at: fact.occurred_at, seq: fact.seq, kind };
        let line = match taken_back_by {
            None => Line::Entry(entry),
            Some(by) => Line::TakenBack { of: entry, by },
        };
        self.lines.push(DatedLine { month, line });
    }

    /// Adds an entry that is in no sum.
    pub(super) fn add_entry(&mut self, entry: HistoryEntry) {
        self.add_line(Line::Entry(entry));
    }

    /// Takes such an entry back, by the place in the log of what takes its place.
    pub(super) fn take_back_entry(&mut self, entry: HistoryEntry, by: i64) {
        self.add_line(Line::TakenBack { of: entry, by });
    }

    fn add_line(&mut self, line: Line) {
        let day = self.local_time.day(line.entry().occurred_at);
        let month = self.month(day);
        self.lines.push(DatedLine { month, line });
    }

    /// With its buyers in the order in which [`Self::buyers_of`] looks for them.
    pub(super) fn in_order(mut self) -> Self {
        self.buyers.sort_unstable();
        self
    }

    /// The sums of each key, once.
    pub(super) fn sums(&self) -> &[(SumKey, Sums)] {
        &self.sums.sums
    }

    /// Each buyer as often as he or she bought.
    pub(super) fn buyers(&self) -> &[Buyer] {
        &self.buyers
    }

    /// Those who bought `of` this on some days, in order of day and customer, each as often as that; of
    /// a delta [in order](Self::in_order).
    pub(super) fn buyers_of(
        &self,
        of: BuyersOf,
        currency: Currency,
        days: &Range<i32>,
    ) -> &[Buyer] {
        let place = |buyer: &Buyer| (buyer.of, buyer.currency, buyer.day);
        let start = self.buyers.partition_point(|b| place(b) < (of, currency, days.start));
        let end = self.buyers.partition_point(|b| place(b) < (of, currency, days.end));
        self.buyers.get(start..end).unwrap_or_default()
    }

    pub(super) fn lines(&self) -> &[DatedLine] {
        &self.lines
    }
}
