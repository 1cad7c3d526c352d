//! `rfm`: how many customers each of the eleven segments has, and what they bring.

use crm_api::answer::{Unit, Value};
use crm_models::Timestamp;
use crm_stats::segment::{self, RfmSegment, Standing};

use super::gaps::rounded_mean;
use super::{Table, average, average_order, columns, money, optional_text};
use crate::analytics::standings::{Buyer, Standings};
use crate::facts::Sums;

/// One row a segment, the best first, and one for refunds of customers who bought nothing in
/// the same days; recency is counted back from an instant.
pub fn rfm(standings: &Standings, to: Timestamp) -> Table {
    let scored = standings.buyers().iter().filter_map(|buyer| Some((buyer, buyer.standing()?)));
    let (buyers, scored): (Vec<&Buyer>, Vec<Standing>) = scored.unzip();
    let mut groups = [Group::default(); RfmSegment::ALL.len()];
    let scores = segment::rfm(&scored);
    for ((buyer, standing), scores) in buyers.into_iter().zip(scored).zip(scores) {
        let place = RfmSegment::ALL.iter().position(|segment| *segment == scores.segment);
        if let Some(group) = place.and_then(|place| groups.get_mut(place)) {
            group.customers += 1;
            group.sums.add(&buyer.sums);
            let since_ms = to.millis().saturating_sub(standing.last).max(0);
            group.since_ms += i128::from(since_ms);
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
    for buyer in standings.buyers().iter().filter(|buyer| buyer.last_sale.is_none()) {
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
            ("sold", Unit::Money),
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
            money(self.sums.sold()),
            money(self.sums.refunds),
            money(self.sums.net()),
            average(self.sums.net(), self.customers),
            average_order(&self.sums),
            since.map_or(Value::None, Value::Days),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{HistoryEntry, HistoryKind};
    use crm_models::{Amount, Currency};

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
        let mut standings = Standings::new(Currency::GBP);
        let mut add = |entries: &[HistoryEntry]| {
            for entry in entries {
                standings.add(entry);
            }
        };
        // Ten customers, each a little later, oftener and dearer than the one before.
        for customer in 1..=10_u32 {
            let n = i64::from(customer);
            let entries: Vec<_> = (0..n).map(|back| sale(customer, 10 * n - back, n)).collect();
            add(&entries);
        }
        let refund = HistoryKind::Refund(Currency::GBP, Amount::from_units(5).unwrap());
        add(&[entry(10, 99, refund), entry(11, 99, refund)]);
        add(&[entry(12, 99, HistoryKind::Interaction), sale(1, 9, 1)]);
        let dollars = HistoryKind::Sale(Currency::USD, Amount::from_units(1_000).unwrap());
        add(&[entry(13, 99, dollars)]);
        let table = rfm(&standings, Timestamp::from_millis(100 * 86_400_000));
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
        let table = rfm(&Standings::new(Currency::GBP), Timestamp::from_millis(0));
        assert_eq!(table.rows.len(), 11);
        assert_eq!(shown(&table.rows[0]), "Champions 0  0 0.00 0.00 0.00   ");
        assert_eq!(table.totals[1], Value::Count(0));
    }
}
