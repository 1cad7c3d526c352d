//! What is said of each customer beside what he or she did after: by when the next purchase comes,
//! and the stage of life.

use std::collections::HashMap;

use crm_stats::segment::{Life, Stage, Usual, stage};
use crm_stats::value::{CustomerValue, Horizon, Options, Purchase, fit};
use crm_tests::bench::table::Table;
use crm_tests::harness::places::shared_data;

use crate::customers::{self, shop};
use crate::value::{day, of_cdnow, of_online_retail};

/// Of those who come back at all, so many have bought by the day that was named.
const HALF: std::ops::RangeInclusive<f64> = 0.45..=0.55;

/// Made-up shops that are looked at beside the real ones.
const MADE_UP: [customers::Life; 3] =
    [customers::Life::Steady, customers::Life::Growing, customers::Life::Seasonal];

/// Purchases, what of them is known, and until when it is known what came after.
struct Set {
    title: String,
    purchases: Vec<Purchase>,
    as_of: i32,
    end: i32,
}

pub(crate) fn run() {
    let sets = sets();
    next_purchases(&sets);
    // Made-up customers who leave never come back, so that little is to be learned of who is lost.
    stages(&sets[..sets.len() - MADE_UP.len()]);
}

fn sets() -> Vec<Set> {
    let mut sets = Vec::new();
    if let Some(path) = shared_data("cdnow_sample.csv.gz") {
        let purchases = of_cdnow(&path);
        let (as_of, end) = (day("1997-09-30"), day("1998-06-30"));
        sets.push(Set { title: "CDNOW sample, 39 weeks".to_owned(), purchases, as_of, end });
    }
    if let Some(path) = shared_data("online_retail_ii.csv.gz") {
        let purchases = of_online_retail(&path);
        for as_of in ["2010-09-10", "2010-12-10", "2011-03-11", "2011-06-10"] {
            let title = format!("Online Retail II after {as_of}");
            let (as_of, end) = (day(as_of), day("2011-12-09"));
            sets.push(Set { title, purchases: purchases.clone(), as_of, end });
        }
    }
    for life in MADE_UP {
        let title = format!("made up: {life:?}");
        sets.push(Set { title, purchases: shop(life, 1), as_of: 599, end: 964 });
    }
    sets
}

/// When each customer bought first after a day.
fn next_days(purchases: &[Purchase], as_of: i32) -> HashMap<u32, i32> {
    let mut next: HashMap<u32, i32> = HashMap::new();
    for one in purchases.iter().filter(|one| one.day > as_of && one.amount >= 0.0) {
        next.entry(one.customer).and_modify(|day| *day = one.day.min(*day)).or_insert(one.day);
    }
    next
}

/// Those to whom a day was named that is over.
#[derive(Default)]
struct Named {
    customers: f64,
    alive: f64,
    bought: f64,
    came_back: f64,
}

impl Named {
    fn add(&mut self, customer: &CustomerValue, next: Option<i32>, by: i32) {
        self.customers += 1.0;
        self.alive += customer.p_alive;
        self.bought += f64::from(u8::from(next.is_some_and(|day| day <= by)));
        self.came_back += f64::from(u8::from(next.is_some()));
    }

    fn cells(&self) -> [String; 3] {
        [
            format!("{:.0}", self.customers),
            format!("{:.3}", self.bought / self.alive),
            format!("{:.3}", self.bought / self.came_back),
        ]
    }
}

fn next_purchases(sets: &[Set]) {
    println!(
        "Next purchase, if still a customer, by a day: of those whose day is over, how many had"
    );
    println!(
        "bought by then, of as many as are still customers, and of those who came back at all.\n"
    );
    let mut table = Table::new([
        "next purchase",
        "bought often",
        "of customers",
        "of who came",
        "bought once",
        "of customers",
        "of who came",
    ]);
    let mut worst: f64 = 0.5;
    for set in sets {
        let fitted = fit(&set.purchases, set.as_of, &Options::default());
        let prediction = fitted.predict(&Horizon::days(182));
        let next = next_days(&set.purchases, set.as_of);
        let (mut often, mut once) = (Named::default(), Named::default());
        for customer in &prediction.customers {
            let Some(by) = customer.next_purchase.filter(|by| *by <= set.end) else { continue };
            let named = if customer.frequency > 0 { &mut often } else { &mut once };
            named.add(customer, next.get(&customer.customer).copied(), by);
        }
        let share = often.bought / often.came_back;
        if (share - 0.5).abs() > (worst - 0.5).abs() {
            worst = share;
        }
        table
            .row([vec![set.title.clone()], often.cells().to_vec(), once.cells().to_vec()].concat());
    }
    println!("{table}");
    let verdict = if HALF.contains(&worst) { "met" } else { "SHORT" };
    println!("wanted: .45 to .55 of those who came back; worst {worst:.3} ({verdict})\n");
}

/// Return within half a year, as far as that is known.
const RETURN_DAYS: i32 = 182;
/// Fewer customers of a stage tell nothing.
const FEWEST: f64 = 30.0;

fn stages(sets: &[Set]) {
    println!(
        "Of the customers of each stage, those who bought again within half a year, and how many"
    );
    println!(
        "customers those stages have. The earlier a stage stands, the more are to come back.\n"
    );
    let heads = Stage::ALL.iter().map(|stage| stage.as_str().to_owned());
    let mut table = Table::new(std::iter::once("came back, of".to_owned()).chain(heads));
    let mut contradicted = Vec::new();
    for set in sets {
        let fitted = fit(&set.purchases, set.as_of, &Options::default());
        let prediction = fitted.predict(&Horizon::days(364));
        let next = next_days(&set.purchases, set.as_of);
        let until = set.end.min(set.as_of + RETURN_DAYS);
        let life = |customer: &CustomerValue| Life {
            purchases: customer.frequency + 1,
            active_days: customer.recency_days,
            silent_days: customer.age_days - customer.recency_days,
            returns: customer.p_purchase(),
        };
        let usual = Usual::of(prediction.customers.iter().map(life));
        let mut counts = [(0.0, 0.0); Stage::ALL.len()];
        for customer in &prediction.customers {
            let of = stage(&life(customer), &usual);
            let place = Stage::ALL.iter().position(|stage| *stage == of).expect("one of all");
            let came = next.get(&customer.customer).is_some_and(|day| *day <= until);
            counts[place].0 += 1.0;
            counts[place].1 += f64::from(u8::from(came));
        }
        let cell = |(all, came): &(f64, f64)| match all {
            0.0 => "–".to_owned(),
            all => format!("{:.3} ({all:.0})", came / all),
        };
        table.row(std::iter::once(set.title.clone()).chain(counts.iter().map(cell)));
        let told: Vec<(usize, f64, f64)> = (0..counts.len())
            .filter(|place| counts[*place].0 >= FEWEST)
            .map(|place| (place, counts[place].0, counts[place].1 / counts[place].0))
            .collect();
        for pair in told.windows(2) {
            let [(one, many, share), (other, others, of_others)] = [pair[0], pair[1]];
            let error = share * (1.0 - share) / many + of_others * (1.0 - of_others) / others;
            if of_others > share + 2.0 * error.sqrt() {
                let (one, other) = (Stage::ALL[one], Stage::ALL[other]);
                contradicted.push(format!("{other} before {one} ({})", set.title));
            }
        }
    }
    println!("{table}");
    let verdict = if contradicted.is_empty() { "met" } else { "SHORT" };
    println!("wanted: no stage before an earlier one beyond chance ({verdict}) {contradicted:?}\n");
}
