//! `rfm`: how many customers each of the eleven segments has, and what they bring.

use crm_models::report::{Unit, Value};
use crm_models::{Currency, Timestamp};
use crm_stats::segment::{RfmSegment, Standing, rfm};

use super::gaps::rounded_mean;
use super::{Table, average, columns, money, optional_text};
use crate::facts::{HistoryEntry, Sums};

/// Gathers what each customer bought and gave back, entry by entry.
pub struct RfmReport {
    currency: Currency,
    customers: Vec<Buyer>,
}

#[derive(Clone, Copy, Default)]
struct Buyer {
    last_sale: Option<Timestamp>,
    sums: Sums,
}

impl RfmReport {
    /// Of purchases in a currency.
    pub fn new(currency: Currency) -> Self {
        Self { currency, customers: Vec::new() }
    }

    /// Adds some entries of some customers.
    pub fn add(&mut self, entries: &[HistoryEntry]) {
        for entry in entries {
            let Some(sums) = entry.sums(self.currency) else { continue };
            let index = entry.customer as usize;
            if index >= self.customers.len() {
                self.customers.resize(index + 1, Buyer::default());
            }
            let buyer = &mut self.customers[index];
            buyer.sums.add(&sums);
            if sums.orders > 0 {
                buyer.last_sale = buyer.last_sale.max(Some(entry.occurred_at));
            }
        }
    }

    /// One row a segment, the best first, and one for refunds of customers who bought nothing in
    /// the same days; recency is counted back from an instant.
    pub fn finish(&self, to: Timestamp) -> Table {
        let bought = self.customers.iter().filter_map(|buyer| Some((buyer, buyer.last_sale?)));
        let (buyers, standings): (Vec<_>, Vec<_>) = bought
            .map(|(buyer, last_sale)| {
                let last = last_sale.millis();
                let orders = u32::try_from(buyer.sums.orders).unwrap_or(u32::MAX);
                let since = to.millis().saturating_sub(last).max(0);
                ((buyer, since), Standing { last, orders, net: buyer.sums.net() })
            })
            .unzip();
        let mut groups = [Group::default(); RfmSegment::ALL.len()];
        for ((buyer, since), scores) in buyers.into_iter().zip(rfm(&standings)) {
            let place = RfmSegment::ALL.iter().position(|segment| *segment == scores.segment);
            if let Some(group) = place.and_then(|place| groups.get_mut(place)) {
                group.customers += 1;
                group.sums.add(&buyer.sums);
                group.since_ms += i128::from(since);
            }
        }
        let mut all = Group::default();
        for group in &groups {
            all.customers += group.customers;
            all.sums.add(&group.sums);
            all.since_ms += group.since_ms;
        }
        let customers = all.customers;
        let mut rows: Vec<_> = RfmSegment::ALL
            .iter()
            .zip(&groups)
            .map(|(segment, group)| group.row(Some(segment.as_str()), customers))
            .collect();
        let mut none = Group::default();
        for buyer in self.customers.iter().filter(|buyer| buyer.last_sale.is_none()) {
            none.sums.add(&buyer.sums);
        }
        if none.sums.refund_orders > 0 {
            rows.push(none.row(Some("none"), customers));
            all.sums.add(&none.sums);
        }
        Table {
            columns: columns(&[
                ("segment", Unit::Text),
                ("customers", Unit::Count),
                ("share", Unit::Ratio),
                ("orders", Unit::Count),
                ("gross", Unit::Money),
                ("refunds", Unit::Money),
                ("net", Unit::Money),
                ("net_per_customer", Unit::Money),
                ("average_order", Unit::Money),
                ("mean_days_since", Unit::Days),
            ]),
            rows,
            omitted_rows: 0,
            totals: all.row(None, customers),
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Group {
    customers: i64,
    sums: Sums,
    /// From their last sales on, added up.
    since_ms: i128,
}

impl Group {
    fn row(&self, name: Option<&str>, all: i64) -> Vec<Value> {
        let since = rounded_mean(self.since_ms, self.customers);
        vec![
            optional_text(name),
            Value::Count(self.customers),
            Value::ratio(self.customers, all),
            Value::Count(self.sums.orders),
            money(self.sums.gross),
            money(self.sums.refunds),
            money(self.sums.net()),
            average(self.sums.net(), self.customers),
            average(self.sums.gross, self.sums.orders),
            since.map_or(Value::None, Value::Days),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::HistoryKind;
    use crm_models::Amount;

    fn entry(customer: u32, day: i64, kind: HistoryKind) -> HistoryEntry {
        let occurred_at = Timestamp::from_millis(day * 86_400_000);
        HistoryEntry { customer, occurred_at, seq: day, kind }
    }

    fn sale(customer: u32, day: i64, amount: i64) -> HistoryEntry {
        let amount = Amount::from_units(amount).unwrap();
        entry(customer, day, HistoryKind::Sale(Currency::GBP, amount))
    }

    fn shown(row: &[Value]) -> String {
        row.iter().map(Value::to_text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn segments_add_up_to_everybody_who_bought() {
        let mut report = RfmReport::new(Currency::GBP);
        // Ten customers, each a little later, oftener and dearer than the one before.
        for customer in 1..=10_u32 {
            let n = i64::from(customer);
            let entries: Vec<_> = (0..n).map(|back| sale(customer, 10 * n - back, n)).collect();
            report.add(&entries);
        }
        let refund = HistoryKind::Refund(Currency::GBP, Amount::from_units(5).unwrap());
        report.add(&[entry(10, 99, refund), entry(11, 99, refund)]);
        report.add(&[entry(12, 99, HistoryKind::Interaction), sale(1, 9, 1)]);
        let dollars = HistoryKind::Sale(Currency::USD, Amount::from_units(1_000).unwrap());
        report.add(&[entry(13, 99, dollars)]);
        let table = report.finish(Timestamp::from_millis(100 * 86_400_000));
        let row = |name: &str| {
            shown(table.rows.iter().find(|row| row[0] == Value::Text(name.into())).unwrap())
        };
        let champions = "Champions 2 0.2000 19 181.00 5.00 176.00 88.00 9.5263 5.0";
        assert_eq!(row("Champions"), champions);
        assert_eq!(row("Lost"), "Lost 2 0.2000 4 6.00 0.00 6.00 3.00 1.50 85.0");
        assert_eq!(row("none"), "none 0 0.0000 0 0.00 5.00 -5.00   ");
        assert_eq!(table.rows.len(), 12);
        let totals = " 10 1.0000 56 386.00 10.00 376.00 37.60 6.8929 45.0";
        assert_eq!(shown(&table.totals), totals);
    }

    #[test]
    fn nobody_makes_eleven_empty_segments() {
        let table = RfmReport::new(Currency::GBP).finish(Timestamp::from_millis(0));
        assert_eq!(table.rows.len(), 11);
        assert_eq!(shown(&table.rows[0]), "Champions 0  0 0.00 0.00 0.00   ");
        assert_eq!(table.totals[1], Value::Count(0));
    }
}
