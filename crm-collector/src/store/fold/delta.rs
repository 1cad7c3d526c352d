//! Some events folded in memory: to be merged into the derived rows, or added to them by a
//! reader.

use std::ops::Range;

use crm_models::{Amount, Currency, PurchaseKind};

use super::{buyers, histories, sums};
use crate::facts::{
    BuyersOf, Dimension, HistoryEntry, HistoryKind, LocalTime, PurchaseFact, Sums, month_of_day,
};
use crate::store::remembered::Map;
use crate::store::runs::{Block, Blocks};
use crate::store::workspaces::Workspace;

/// What some events add to the derived rows.
pub(in crate::store) struct Delta {
    local_time: LocalTime,
    /// Day and month of the event before: events come in bunches.
    month: (i32, i32),
    sums: Map<SumKey, Sums>,
    buyers: Vec<Buyer>,
    entries: Vec<DatedEntry>,
}

/// What one row of sums is kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SumKey {
    pub(super) dimension: Dimension,
    pub(super) currency: Currency,
    pub(super) day: i32,
    pub(super) key: u32,
}

/// That somebody bought something on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Buyer {
    pub(super) of: BuyersOf,
    pub(super) currency: Currency,
    pub(super) day: i32,
    pub(super) customer: u32,
}

/// An entry of a history, and the month whose row it goes to.
#[derive(Clone, Copy, Debug)]
pub(super) struct DatedEntry {
    pub(super) month: i32,
    pub(super) entry: HistoryEntry,
}

impl Delta {
    /// For about so many events.
    pub(super) fn new(workspace: &Workspace, events: usize) -> Self {
        Self {
            local_time: LocalTime::new(workspace.timezone),
            month: (i32::MIN, 0),
            sums: Map::default(),
            // Once in all, once in a country, and once a product.
            buyers: Vec::with_capacity(events * 4),
            entries: Vec::with_capacity(events),
        }
    }

    fn month(&mut self, day: i32) -> i32 {
        if self.month.0 != day {
            self.month = (day, month_of_day(day));
        }
        self.month.1
    }

    pub(super) fn add_purchase(&mut self, fact: &PurchaseFact) {
        let PurchaseFact { currency, kind, .. } = *fact;
        let (day, hour) = self.local_time.day_and_hour(fact.occurred_at);

        let mut whole = Sums::default();
        let quantity = fact.items.iter().map(|item| i64::from(item.quantity)).sum();
        whole.add_amount(kind, fact.total, quantity);
        whole.add_order(kind);
        whole.anonymous_orders = i64::from(kind == PurchaseKind::Sale && fact.customer.is_none());
        let parts = [
            (Dimension::Hour, hour),
            (Dimension::Country, fact.country),
            (Dimension::Channel, fact.channel),
        ];
        for (dimension, key) in parts {
            let key = SumKey { dimension, currency, day, key };
            self.sums.entry(key).or_default().add(&whole);
        }
        for (index, item) in fact.items.iter().enumerate() {
            let key = SumKey { dimension: Dimension::Product, currency, day, key: item.product };
            let sums = self.sums.entry(key).or_default();
            sums.add_amount(kind, item.amount(), i64::from(item.quantity));
            // A product that stands on two lines of a purchase was in one order all the same.
            let first = !fact.items[..index].iter().any(|other| other.product == item.product);
            if first {
                sums.add_order(kind);
                if let (PurchaseKind::Sale, Some(customer)) = (kind, fact.customer) {
                    let of = BuyersOf::Product(item.product);
                    self.buyers.push(Buyer { of, currency, day, customer });
                }
            }
        }

        let Some(customer) = fact.customer else { return };
        if kind == PurchaseKind::Sale {
            self.buyers.push(Buyer { of: BuyersOf::All, currency, day, customer });
            let of = BuyersOf::Country(fact.country);
            self.buyers.push(Buyer { of, currency, day, customer });
        }
        let total = Amount::from_ten_thousandths(fact.total);
        let kind = match kind {
            PurchaseKind::Sale => HistoryKind::Sale(currency, total),
            PurchaseKind::Refund => HistoryKind::Refund(currency, total),
        };
        let month = self.month(day);
        let entry = HistoryEntry { customer, occurred_at: fact.occurred_at, seq: fact.seq, kind };
        self.entries.push(DatedEntry { month, entry });
    }

    pub(super) fn add_entry(&mut self, entry: HistoryEntry) {
        let day = self.local_time.day(entry.occurred_at);
        let month = self.month(day);
        self.entries.push(DatedEntry { month, entry });
    }

    /// To be called when all events are added.
    pub(super) fn finish(mut self) -> Self {
        self.buyers.sort_unstable();
        self
    }

    /// Its rows, as a run has them.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Blocks::default();
        sums::put_rows(self, &mut blocks);
        buyers::put_rows(self, &mut blocks);
        histories::put_rows(self, &mut blocks);
        blocks.finish()
    }

    pub(super) fn sums(&self) -> impl ExactSizeIterator<Item = (&SumKey, &Sums)> {
        self.sums.iter()
    }

    /// Each buyer as often as he or she bought, in order.
    pub(super) fn buyers(&self) -> &[Buyer] {
        &self.buyers
    }

    /// Those who bought `of` this on some days, in order of day and customer, each as often as that.
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

    pub(super) fn entries(&self) -> &[DatedEntry] {
        &self.entries
    }
}
