//! The goods that the customers of Online Retail II bought, as the benches of baskets want them.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::path::Path;

use flate2::read::GzDecoder;

/// A line: customer and item, numbered from 1 as they come, and the date between them.
pub type Line = (u32, String, u32);

/// Days with a purchase that a customer has at the least.
const LEAST_DAYS: usize = 3;
/// Customers' days with it that an item has at the least.
const LEAST_BASKETS: usize = 17;

/// Sales of known customers, each customer, day and item once.
///
/// Left out are cancellations, lines without a price or of a quantity that is not positive, then
/// items on fewer than 17 customers' days, then customers with fewer than three days.
///
/// # Panics
/// When the file is none of Online Retail II.
pub fn lines(file: &Path) -> Vec<Line> {
    let plain = GzDecoder::new(File::open(file).expect("the file was found"));
    let mut reader = csv::Reader::from_reader(plain);
    let (mut customers, mut items) = (HashMap::new(), HashMap::new());
    let mut lines = BTreeSet::new();
    for record in reader.records() {
        let record = record.expect("the file is CSV");
        let number = |place: usize| record[place].parse::<f64>().expect("a number");
        let sale = !record[0].starts_with('C') && number(3) > 0.0 && number(5) > 0.0;
        if sale && !record[6].is_empty() {
            let known = |names: &mut HashMap<String, u32>, place: usize| {
                let next = u32::try_from(names.len() + 1).expect("there are thousands");
                *names.entry(record[place].to_owned()).or_insert(next)
            };
            let customer = known(&mut customers, 6);
            lines.insert((customer, record[4][..10].to_owned(), known(&mut items, 1)));
        }
    }
    let baskets = counts(lines.iter().map(|line| line.2));
    lines.retain(|line| baskets[&line.2] >= LEAST_BASKETS);
    let days: BTreeSet<_> = lines.iter().map(|line| (line.0, &line.1)).collect();
    let days = counts(days.into_iter().map(|day| day.0));
    lines.into_iter().filter(|line| days[&line.0] >= LEAST_DAYS).collect()
}

fn counts(of: impl Iterator<Item = u32>) -> HashMap<u32, usize> {
    let mut counts = HashMap::new();
    of.for_each(|number| *counts.entry(number).or_default() += 1);
    counts
}

/// Takes each customer's last day away; what is left, and what was taken.
pub fn last_day_held_out(lines: Vec<Line>) -> (Vec<Line>, Vec<Line>) {
    let mut last: HashMap<u32, String> = HashMap::new();
    for (customer, date, _) in &lines {
        let day = last.entry(*customer).or_default();
        if *date > *day {
            day.clone_from(date);
        }
    }
    lines.into_iter().partition(|line| line.1 < last[&line.0])
}
