//! Next items on a real shop, each customer's last day held out; pairs on made-up shops of which is
//! known whether there are any.

use std::collections::{BTreeMap, BTreeSet};

use crm_collector::facts::day_of_date;
use crm_stats::basket::{BasketIndex, Baskets, NextItems, PairOptions};
use crm_tests::bench::retail::{self, Line};
use crm_tests::bench::table::Table;
use crm_tests::harness::places::shared_data;

const FILE: &str = "online_retail_ii.csv.gz";
/// Suggestions that are judged.
const TOP: usize = 10;
/// Made-up shops of each kind.
const SHOPS: u64 = 1_000;
/// The share of shops without any pair in which one may be found.
const MOST_FALSE: f64 = 0.05;

pub(crate) fn run() {
    match shared_data(FILE) {
        Some(file) => next_items(retail::lines(&file)),
        None => println!("skipped: there is no ../shared/data/{FILE} beside the project\n"),
    }
    planted_pairs();
}

fn next_items(lines: Vec<Line>) {
    let (known, last) = retail::last_day_held_out(lines);
    let (earlier, before_last) = retail::last_day_held_out(known.clone());
    let one = Score::of(&known, &last);
    // The same a visit earlier, which tells whether the last one is a lucky draw.
    let other = Score::of(&earlier, &before_last);
    println!(
        "Online Retail II: {} baskets of {} customers known, the last day of each held out; \
         goods on at least 17 customers' days, customers with at least three days",
        one.baskets, one.customers
    );
    let recall = |recall: f64| format!("{recall:.4}");
    let mut table = Table::new(["next basket", "recall@10", "a visit earlier"]);
    table.row(["ALS", ".141", ""]);
    table.row(["personal frequency", ".186", ""]);
    table.row(["recency with item cosine", ".197", ""]);
    table.row(["recency with EASE", ".1985", ""]);
    table.row(["personal frequency, here".into(), recall(one.frequency), recall(other.frequency)]);
    table.row(["next items".into(), recall(one.recall), recall(other.recall)]);
    table.row(["wanted", ".205", ""]);
    println!("{table}");
}

struct Score {
    baskets: usize,
    customers: usize,
    recall: f64,
    frequency: f64,
}

impl Score {
    fn of(known: &[Line], held_out: &[Line]) -> Self {
        let day = |date: &str| day_of_date(date.parse().expect("a date"));
        let lines = known.iter().map(|(customer, date, item)| (*customer, day(date), *item));
        let baskets = Baskets::of_lines(lines.collect());
        let mut bought: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for (customer, _, item) in held_out {
            bought.entry(*customer).or_default().insert(*item);
        }
        let learned = NextItems::fit(&baskets, 2);
        let customers: Vec<u32> =
            learned.customers().filter(|customer| bought.contains_key(customer)).collect();
        let answers = learned.predict_all(&customers, None, TOP, 2);
        let frequent = frequent(&baskets);
        let (mut recall, mut frequency) = (0.0, 0.0);
        for (customer, answer) in customers.iter().zip(&answers) {
            let bought = &bought[customer];
            let share = |found: usize| found as f64 / bought.len() as f64;
            recall += share(answer.iter().filter(|next| bought.contains(&next.item)).count());
            let items = frequent[customer].iter().take(TOP);
            frequency += share(items.filter(|item| bought.contains(item)).count());
        }
        let number = customers.len() as f64;
        Self {
            baskets: baskets.len(),
            customers: customers.len(),
            recall: recall / number,
            frequency: frequency / number,
        }
    }
}

/// What each customer has bought on most days, ties to what is in more baskets; then what all buy.
fn frequent(baskets: &Baskets) -> BTreeMap<u32, Vec<u32>> {
    let (mut popular, mut by_customer) = (BTreeMap::new(), BTreeMap::new());
    for basket in baskets.iter() {
        for &item in basket.items {
            *popular.entry(item).or_insert(0_u32) += 1;
            let own: &mut BTreeMap<u32, u32> = by_customer.entry(basket.customer).or_default();
            *own.entry(item).or_default() += 1;
        }
    }
    let mut most: Vec<u32> = popular.keys().copied().collect();
    most.sort_by_key(|item| u32::MAX - popular[item]);
    let ranked = |own: BTreeMap<u32, u32>| {
        let mut items: Vec<u32> = own.keys().copied().collect();
        items.sort_by_key(|item| (u32::MAX - own[item], u32::MAX - popular[item]));
        items.extend(most.iter().take(2 * TOP).filter(|item| !own.contains_key(item)));
        items
    };
    by_customer.into_iter().map(|(customer, own)| (customer, ranked(own))).collect()
}

/// Two rare items that are bought together three times in four.
const PLANTED: (u32, u32) = (200, 201);

fn planted_pairs() {
    let options = PairOptions::default();
    let (mut false_shops, mut false_pairs, mut found, mut first) = (0_u32, 0, 0_u32, 0_u32);
    for seed in 1..=SHOPS {
        let pairs = BasketIndex::new(shop(seed, false)).pairs(&options, 2);
        false_shops += u32::from(pairs.found > 0);
        false_pairs += pairs.found;
        let pairs = BasketIndex::new(shop(seed, true)).pairs(&options, 2).pairs;
        let planted = |pair: &_| matches!(pair, Some((a, b)) if (*a, *b) == PLANTED);
        let mut named = pairs.iter().map(|pair| Some((pair.a, pair.b)));
        first += u32::from(named.next().is_some_and(|pair| planted(&pair)));
        found += u32::from(pairs.iter().any(|pair| (pair.a, pair.b) == PLANTED));
    }
    println!(
        "{SHOPS} made-up shops of 1,500 baskets of very different sizes, 120 items of very \
         different popularity:"
    );
    let mut table = Table::new(["pairs", "shops", "wanted"]);
    let share = |shops: u32| format!("{:.1}%", 100.0 * f64::from(shops) / SHOPS as f64);
    let most = format!("at most {:.0}%", 100.0 * MOST_FALSE);
    table.row([format!("any pair in pure noise ({false_pairs} in all)"), share(false_shops), most]);
    table.row(["the planted pair found".to_owned(), share(found), "100%".to_owned()]);
    table.row(["the planted pair first".to_owned(), share(first), "100%".to_owned()]);
    println!("{table}");
}

/// A shop in which nothing has to do with anything, but for the planted pair.
fn shop(seed: u64, planted: bool) -> Baskets {
    // xorshift, Marsaglia 2003
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut roll = |sides: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) % sides
    };
    let mut baskets = Baskets::new();
    for number in 0..1_500_u32 {
        let size = if roll(8) == 0 { 20 + roll(30) } else { 1 + roll(6) };
        let item = |roll: &mut dyn FnMut(u64) -> u64| {
            u32::try_from(roll(120) * roll(120) / 120).expect("below 120")
        };
        let mut items: Vec<u32> = (0..size).map(|_| item(&mut roll)).collect();
        if planted && number % 50 == 0 {
            items.push(PLANTED.0);
            items.push(if roll(4) > 0 { PLANTED.1 } else { item(&mut roll) });
        }
        baskets.push(number + 1, 0, &items);
    }
    baskets
}
