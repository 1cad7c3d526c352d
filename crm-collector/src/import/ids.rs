//! Which purchase a line belongs to: by its number, or, in a file without numbers, by who bought and when.

use std::collections::HashMap;

use csv::ByteRecord;
use ring::digest::{SHA256, digest};

use super::field::Field;
use super::mapping::Columns;

/// Names the purchases of lines, one line after the other.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    current: Vec<u8>,
    /// How often lines that are alike came, by hash, where nothing else tells purchases apart.
    twins: HashMap<[u8; 8], u32>,
}

impl Numbering {
    /// The number of a record's purchase; none where a placeholder such as `n/a` stands, which many orders
    /// share.
    pub(super) fn of<'s>(&'s mut self, record: &ByteRecord, columns: &Columns) -> Option<&'s [u8]> {
        if !columns.has(Field::PurchaseId) {
            return Some(self.made(record, columns));
        }
        let Some(told) = columns.get(record, Field::PurchaseId) else {
            return self.continued(record, columns);
        };
        if std::str::from_utf8(told).is_ok_and(crm_models::is_placeholder) {
            return None;
        }
        if told != self.current {
            self.current.clear();
            self.current.extend_from_slice(told);
        }
        Some(&self.current)
    }

    /// A line that tells neither number nor time nor customer and names a product goes on with the
    /// purchase above it, as where cells are merged.
    fn continued(&self, record: &ByteRecord, columns: &Columns) -> Option<&[u8]> {
        let has = |field| columns.get(record, field).is_some();
        let names_a_product = has(Field::Sku) || has(Field::Name);
        let begins = [Field::OccurredAt, Field::CustomerId, Field::Email].into_iter().any(has);
        let goes_on = names_a_product && !begins && !self.current.is_empty() && !is_sum(record);
        goes_on.then_some(&self.current)
    }

    fn made(&mut self, record: &ByteRecord, columns: &Columns) -> &[u8] {
        let of = |field| columns.get(record, field);
        let customer = of(Field::CustomerId).or(of(Field::Email)).or(of(Field::Phone));
        let is_somebody =
            |bytes: &&[u8]| !std::str::from_utf8(bytes).is_ok_and(crm_models::is_nobody);
        let when = [Field::OccurredAt, Field::Time].into_iter().filter_map(of);
        match customer.filter(is_somebody) {
            Some(customer) => {
                self.current.clear();
                self.current.extend_from_slice(customer);
                for part in when {
                    self.current.push(b' ');
                    self.current.extend_from_slice(part);
                }
            }
            // Each line is one; those that are alike are told apart by their order.
            None => {
                let hash = digest(&SHA256, &fields(record));
                let mut short = [0; 8];
                short.copy_from_slice(hash.as_ref().get(..8).unwrap_or(&[0; 8]));
                let twins = self.twins.entry(short).or_default();
                *twins += 1;
                let number = u64::from_be_bytes(short);
                let text = match twins {
                    1 => format!("line-{number:016x}"),
                    more => format!("line-{number:016x}-{more}"),
                };
                self.current = text.into_bytes();
            }
        }
        // An id has a length.
        if self.current.len() > crm_models::limits::ID_BYTES {
            let hash = digest(&SHA256, &self.current);
            let hex: String =
                hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
            self.current = hex.into_bytes();
        }
        &self.current
    }
}

/// The fields of a record, told apart.
fn fields(record: &ByteRecord) -> Vec<u8> {
    let mut all = Vec::with_capacity(record.as_slice().len() + record.len());
    for field in record {
        all.extend_from_slice(field.trim_ascii());
        all.push(0);
    }
    all
}

/// Whether a line adds up those above it.
fn is_sum(record: &ByteRecord) -> bool {
    const WORDS: &[&str] =
        &["total", "grand total", "subtotal", "итого", "всего", "итог", "summe", "gesamt"];
    record.iter().filter_map(|field| std::str::from_utf8(field).ok()).any(|field| {
        let word = field.trim().trim_end_matches(':').to_lowercase();
        WORDS.contains(&word.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Mapping;

    fn numbers(mapping: &str, lines: &[&str]) -> Vec<Option<String>> {
        let header = ["id", "at", "who", "sku", "sum"].map(str::to_owned);
        let columns = mapping.parse::<Mapping>().unwrap().resolve(&header).unwrap();
        let mut numbering = Numbering::default();
        let of = |line: &&str| {
            let record = ByteRecord::from(line.split(',').collect::<Vec<_>>());
            numbering.of(&record, &columns).map(|id| String::from_utf8(id.to_vec()).unwrap())
        };
        lines.iter().map(of).collect()
    }

    #[test]
    fn a_line_that_only_names_a_product_goes_on_with_the_order_above() {
        let mapping = "purchase_id=id,occurred_at=at,customer_id=who,sku=sku,line_total=sum";
        let lines = [
            "7,2026-01-01,a,X,1",
            ",,,Y,2",
            ",2026-01-02,b,X,1",
            "n/a,,,X,1",
            ",,,Итого,3",
            ",,,,3",
        ];
        let some = Some("7".to_owned());
        assert_eq!(numbers(mapping, &lines), [some.clone(), some, None, None, None, None]);
    }

    #[test]
    fn without_numbers_customer_and_time_tell_orders_apart_and_else_each_line_is_one() {
        let lines = ["1,2026-01-01,a,X,1", "2,2026-01-01,a,Y,2", "3,2026-01-01,b,X,1"];
        let who = numbers("occurred_at=at,customer_id=who,sku=sku,line_total=sum", &lines);
        let expected =
            ["a 2026-01-01", "a 2026-01-01", "b 2026-01-01"].map(|id| Some(id.to_owned()));
        assert_eq!(who, expected);
        let same = ["1,2026-01-01,,X,1"; 2];
        let lines = numbers("occurred_at=at,customer_id=who,line_total=sum", &same);
        let [Some(first), Some(second)] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!(*second, format!("{first}-2"));
        assert_eq!(numbers("occurred_at=at,line_total=sum", &same), lines);
    }
}
