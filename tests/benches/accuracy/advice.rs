//! Advice replayed on a real shop: whom it would have named on some days, and what they did in the ten
//! weeks after, beside customers of the same pool by chance, and by recency, frequency and money.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crm_stats::advice::{
    ANONYMOUS, Ledger, Line, Ordered, WINDOW_DAYS, due, second_purchases, slipped,
};
use crm_stats::basket::{Baskets, NextItems};
use crm_stats::value::{self, Horizon, Options, Purchase};
use crm_tests::bench::table::Table;
use crm_tests::harness::places::shared_data;

use crate::value::day;

const FILE: &str = "online_retail_ii.csv.gz";
/// Days on which advice is given.
const DATES: [&str; 3] = ["2010-09-30", "2011-06-10", "2011-09-30"];
/// So many of each kind are acted on.
const TOP: usize = 50;
/// Customers with the most value who are offered their next item.
const OFFERED: usize = 50;

/// One line of the file.
struct Sold {
    customer: u32,
    day: i32,
    product: u32,
    quantity: f64,
    amount: f64,
    is_refund: bool,
}

pub(crate) fn run() {
    let Some(file) = shared_data(FILE) else {
        println!("skipped: there is no ../shared/data/{FILE} beside the project\n");
        return;
    };
    let sold = read(&file);
    println!(
        "Advice on Online Retail II: of the first {TOP} named, how many did what was said within \
         {WINDOW_DAYS} days (95 % interval),\nof random ones of the same pool, and of the first by \
         recency, frequency and money; and of those\nwho bought, how many brought more than was at \
         stake\n"
    );
    let mut table = Table::new([
        "advice",
        "as of",
        "named",
        "hits",
        "interval",
        "pool",
        "random",
        "RFM",
        "lift",
        "above",
        "money each",
        "random",
        "RFM",
    ]);
    for date in DATES {
        let replay = Replay::new(&sold, day(date));
        for kind in [replay.win_back(), replay.second(), replay.replenish(), replay.next_item()] {
            table.row(kind.cells(date));
        }
    }
    println!("{table}");
    println!("wanted: a lift of 3 over random, more than RFM, .80 above\n");
}

/// How one kind of advice did.
struct Scored {
    kind: &'static str,
    named: usize,
    hits: usize,
    pool: usize,
    random: f64,
    rfm: f64,
    above: f64,
    /// Money that each brought: of those named, of all in the pool, of the first by RFM.
    money: [f64; 3],
}

impl Scored {
    fn cells(&self, date: &str) -> Vec<String> {
        let (hits, named) = (self.hits as f64, self.named.max(1) as f64);
        let rate = hits / named;
        // Wilson's (1927).
        let z = 1.96_f64;
        let middle = (rate + z * z / (2.0 * named)) / (1.0 + z * z / named);
        let half = z / (1.0 + z * z / named)
            * (rate * (1.0 - rate) / named + z * z / (4.0 * named * named)).sqrt();
        vec![
            self.kind.to_owned(),
            date.to_owned(),
            self.named.to_string(),
            format!("{rate:.2}"),
            format!("{:.2} to {:.2}", middle - half, middle + half),
            self.pool.to_string(),
            format!("{:.3}", self.random),
            format!("{:.2}", self.rfm),
            format!("{:.1}", rate / self.random),
            format!("{:.2}", self.above),
            format!("{:.0}", self.money[0]),
            format!("{:.0}", self.money[1]),
            format!("{:.0}", self.money[2]),
        ]
    }
}

/// What was known on a day, and what came after.
struct Replay {
    as_of: i32,
    ledger: Ordered,
    ahead: value::Prediction,
    baskets: Baskets,
    /// Money of each customer within the window.
    after: HashMap<u32, f64>,
    after_products: HashMap<(u32, u32), f64>,
    products: Vec<u32>,
    pairs: HashSet<(u32, u32)>,
    /// Customers by recency, frequency and money, the best first.
    by_rfm: Vec<u32>,
    spent: HashMap<u32, Known>,
}

#[derive(Clone, Copy, Default)]
struct Known {
    last: i32,
    days: usize,
    longest: i32,
    money: f64,
}

impl Replay {
    fn new(sold: &[Sold], as_of: i32) -> Self {
        let mut ledger = Ledger::new(as_of);
        let (mut purchases, mut lines) = (Vec::new(), Vec::new());
        let (mut after, mut after_products) = (HashMap::new(), HashMap::new());
        let (mut pairs, mut products) = (HashSet::new(), HashSet::new());
        let mut days: HashMap<u32, HashSet<i32>> = HashMap::new();
        let mut spent: HashMap<u32, Known> = HashMap::new();
        let end = as_of + i32::try_from(WINDOW_DAYS).expect("few");
        for one in sold {
            if one.day >= as_of {
                if one.day < end && !one.is_refund && one.customer != ANONYMOUS {
                    *after.entry(one.customer).or_default() += one.amount;
                    *after_products.entry((one.customer, one.product)).or_default() += one.amount;
                }
                continue;
            }
            #[expect(clippy::cast_possible_truncation, reason = "money of a line")]
            let line = Line {
                product: one.product,
                quantity: one.quantity as f32,
                amount: one.amount as f32,
            };
            if one.customer != ANONYMOUS {
                let sign = if one.is_refund { -1.0 } else { 1.0 };
                purchases.push(Purchase {
                    customer: one.customer,
                    day: one.day,
                    amount: sign * one.amount,
                });
            }
            if one.is_refund {
                ledger.refund(one.customer, one.day, &[line]);
                continue;
            }
            ledger.sale(one.customer, one.day, &[line]);
            products.insert(one.product);
            if one.customer != ANONYMOUS {
                lines.push((one.customer, one.day, one.product));
                pairs.insert((one.customer, one.product));
                days.entry(one.customer).or_default().insert(one.day);
                let known = spent.entry(one.customer).or_default();
                known.last = known.last.max(one.day);
                known.money += one.amount;
            }
        }
        for (customer, days) in days {
            let mut sorted: Vec<i32> = days.into_iter().collect();
            sorted.sort_unstable();
            let known = spent.entry(customer).or_default();
            known.days = sorted.len();
            known.longest = sorted.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
        }
        let ahead = value::fit(&purchases, as_of - 1, &Options::default())
            .predict(&Horizon::days(WINDOW_DAYS));
        let mut products: Vec<u32> = products.into_iter().collect();
        products.sort_unstable();
        let by_rfm = by_rfm(&spent);
        Self {
            as_of,
            ledger: ledger.in_order(),
            ahead,
            baskets: Baskets::of_lines(lines),
            after,
            after_products,
            products,
            pairs,
            by_rfm,
            spent,
        }
    }

    fn scored(&self, kind: &'static str, named: &[(u32, f64)], pool: &HashSet<u32>) -> Scored {
        let bought = |customer: &u32| self.after.contains_key(customer);
        let share = |of: &[u32]| {
            of.iter().filter(|one| bought(one)).count() as f64 / of.len().max(1) as f64
        };
        let all: Vec<u32> = pool.iter().copied().collect();
        let best: Vec<u32> = self
            .by_rfm
            .iter()
            .copied()
            .filter(|one| pool.contains(one))
            .take(named.len())
            .collect();
        let came: Vec<_> = named.iter().filter(|(customer, _)| bought(customer)).collect();
        let above = came.iter().filter(|(customer, bound)| self.after[customer] >= *bound).count();
        Scored {
            kind,
            named: named.len(),
            hits: came.len(),
            pool: pool.len(),
            random: share(&all),
            rfm: share(&best),
            above: above as f64 / came.len().max(1) as f64,
            money: [&named.iter().map(|(one, _)| *one).collect(), &all, &best]
                .map(|of: &Vec<u32>| self.money(of.iter().map(|one| self.after.get(one)))),
        }
    }

    /// The mean of what came.
    fn money<'a>(&self, of: impl Iterator<Item = Option<&'a f64>>) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for brought in of {
            sum += brought.copied().unwrap_or(0.0);
            count += 1.0;
        }
        sum / f64::max(count, 1.0)
    }

    /// Pool: whoever has bought on four days at least and is silent for longer than ever.
    fn win_back(&self) -> Scored {
        let found = slipped(&self.ledger, &self.ahead);
        let named: Vec<_> =
            found.iter().take(TOP).map(|one| (one.customer, one.at_stake)).collect();
        let slipped = |known: &Known| known.days >= 4 && self.as_of - known.last > known.longest;
        let pool = self.spent.iter().filter(|(_, known)| slipped(known)).map(|(one, _)| *one);
        self.scored("win back", &named, &pool.collect())
    }

    /// Pool: whoever bought on one day alone.
    fn second(&self) -> Scored {
        let found = second_purchases(&self.ledger, &self.ahead);
        let named: Vec<_> =
            found.iter().take(TOP).map(|one| (one.customer, one.at_stake)).collect();
        let pool = self.spent.iter().filter(|(_, known)| known.days == 1).map(|(one, _)| *one);
        self.scored("second purchase", &named, &pool.collect())
    }

    /// Pool: what each customer has ever bought.
    fn replenish(&self) -> Scored {
        let found = due(&self.ledger);
        let named: Vec<_> = found.iter().take(TOP).collect();
        let hit = |pair: &(u32, u32)| self.after_products.contains_key(pair);
        let share = |hits: usize, of: usize| hits as f64 / of.max(1) as f64;
        let came: Vec<_> = named.iter().filter(|one| hit(&(one.customer, one.product))).collect();
        let above = came
            .iter()
            .filter(|one| self.after_products[&(one.customer, one.product)] >= one.at_stake)
            .count();
        // The best customers by RFM with what they buy most often.
        let mut often: HashMap<u32, HashMap<u32, usize>> = HashMap::new();
        for (customer, _, product) in self.baskets_lines() {
            *often.entry(customer).or_default().entry(product).or_default() += 1;
        }
        let best = self.by_rfm.iter().take(named.len()).filter_map(|customer| {
            let product =
                often.get(customer)?.iter().max_by_key(|(product, count)| (**count, **product))?.0;
            Some((*customer, *product))
        });
        let best: Vec<_> = best.collect();
        Scored {
            kind: "replenish",
            named: named.len(),
            hits: came.len(),
            pool: self.pairs.len(),
            random: share(self.pairs.iter().filter(|one| hit(one)).count(), self.pairs.len()),
            rfm: share(best.iter().filter(|one| hit(one)).count(), best.len()),
            above: share(above, came.len()),
            money: [
                self.money(
                    named.iter().map(|one| self.after_products.get(&(one.customer, one.product))),
                ),
                self.money(self.pairs.iter().map(|one| self.after_products.get(one))),
                self.money(best.iter().map(|one| self.after_products.get(one))),
            ],
        }
    }

    fn baskets_lines(&self) -> Vec<(u32, i32, u32)> {
        self.baskets
            .iter()
            .flat_map(|basket| {
                basket
                    .items
                    .iter()
                    .map(move |item| (basket.customer, basket.day, *item))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// Pool: each customer with each product that the shop sells.
    fn next_item(&self) -> Scored {
        let learned = NextItems::fit(&self.baskets, 2);
        let mut valued: Vec<_> = self.ahead.customers.iter().collect();
        valued.sort_by(|one, other| other.expected_value.total_cmp(&one.expected_value));
        let customers: Vec<u32> = valued.iter().take(OFFERED).map(|one| one.customer).collect();
        let answers = learned.predict_all(&customers, Some(self.as_of), 1, 2);
        let named: Vec<(u32, u32)> = customers
            .iter()
            .zip(&answers)
            .filter_map(|(customer, answer)| Some((*customer, answer.first()?.item)))
            .collect();
        let hit = |pair: &(u32, u32)| self.after_products.contains_key(pair);
        let share = |hits: usize, of: usize| hits as f64 / of.max(1) as f64;
        let mut sold: HashMap<u32, usize> = HashMap::new();
        for (_, _, product) in self.baskets_lines() {
            *sold.entry(product).or_default() += 1;
        }
        let most =
            sold.iter().max_by_key(|(product, count)| (**count, **product)).map(|(one, _)| *one);
        let best: Vec<_> =
            self.by_rfm.iter().take(OFFERED).filter_map(|one| Some((*one, most?))).collect();
        let pairs = self.spent.len() * self.products.len();
        Scored {
            kind: "next item",
            named: named.len(),
            hits: named.iter().filter(|one| hit(one)).count(),
            pool: pairs,
            random: share(
                self.after_products
                    .keys()
                    .filter(|(customer, _)| self.spent.contains_key(customer))
                    .count(),
                pairs,
            ),
            rfm: share(best.iter().filter(|one| hit(one)).count(), best.len()),
            above: f64::NAN,
            money: [
                self.money(named.iter().map(|one| self.after_products.get(one))),
                f64::NAN,
                self.money(best.iter().map(|one| self.after_products.get(one))),
            ],
        }
    }
}

/// By the sum of fifths of recency, frequency and money; among equal ones, who bought last.
fn by_rfm(spent: &HashMap<u32, Known>) -> Vec<u32> {
    let mut customers: Vec<u32> = spent.keys().copied().collect();
    customers.sort_unstable();
    let mut scores: HashMap<u32, usize> = HashMap::new();
    let mut add = |key: &dyn Fn(&Known) -> f64| {
        let mut sorted = customers.clone();
        sorted.sort_by(|one, other| key(&spent[one]).total_cmp(&key(&spent[other])));
        let fifth = sorted.len().div_ceil(5).max(1);
        for (place, customer) in sorted.into_iter().enumerate() {
            *scores.entry(customer).or_default() += place / fifth;
        }
    };
    add(&|known| f64::from(known.last));
    add(&|known| known.days as f64);
    add(&|known| known.money);
    customers.sort_by_key(|one| std::cmp::Reverse((scores[one], spent[one].last)));
    customers
}

fn read(file: &Path) -> Vec<Sold> {
    let plain =
        flate2::read::GzDecoder::new(std::fs::File::open(file).expect("the file was found"));
    let (mut customers, mut products) = (HashMap::new(), HashMap::new());
    let known = |names: &mut HashMap<String, u32>, name: &str| {
        let next = u32::try_from(names.len() + 1).expect("there are thousands");
        *names.entry(name.to_owned()).or_insert(next)
    };
    let mut sold = Vec::new();
    for record in csv::Reader::from_reader(plain).records() {
        let record = record.expect("the file is CSV");
        let number = |place: usize| record[place].parse::<f64>().expect("a number");
        let (is_refund, quantity, price) = (record[0].starts_with('C'), number(3), number(5));
        if (quantity > 0.0) == is_refund || price <= 0.0 {
            continue;
        }
        // Postage and the like.
        if !record[1].starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        let customer =
            if record[6].is_empty() { ANONYMOUS } else { known(&mut customers, &record[6]) };
        let product = known(&mut products, &record[1]);
        let (quantity, amount) = (quantity.abs(), (quantity * price).abs());
        sold.push(Sold {
            customer,
            day: day(&record[4][..10]),
            product,
            quantity,
            amount,
            is_refund,
        });
    }
    sold
}
