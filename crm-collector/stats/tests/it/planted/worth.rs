//! What all customers of a shop are expected to buy, as its data grows day by day.

use std::collections::BTreeSet;

use crm_stats::segment::{self, Stage, Usual};
use crm_stats::value::{CustomerValue, Horizon, Options, Purchase, fit};

use super::customers::{Life, shop};

/// What the customers of the first days are expected to buy in the half year after, and what they do.
fn expected_and_bought(all: &[Purchase], days: i32) -> (f64, f64) {
    let known: Vec<Purchase> = all.iter().copied().filter(|one| one.day < days).collect();
    let prediction = fit(&known, days - 1, &Options::default()).predict(&Horizon::days(182));
    let customers: BTreeSet<u32> = known.iter().map(|one| one.customer).collect();
    let bought: BTreeSet<_> = all
        .iter()
        .filter(|one| (days..days + 182).contains(&one.day) && customers.contains(&one.customer))
        .map(|one| (one.customer, one.day))
        .collect();
    let expected = prediction.customers.iter().map(|one| one.expected_purchases).sum();
    (expected, bought.len() as f64)
}

#[test]
fn a_shop_that_grows_from_nothing_is_expected_to_go_on_before_and_after_its_first_year() {
    let shops: Vec<_> = (1..3).map(|seed| shop(Life::Opening, seed)).collect();
    for days in [300, 363, 365, 400, 500, 600, 730] {
        let (mut expected, mut bought) = (0.0, 0.0);
        for all in &shops {
            let one = expected_and_bought(all, days);
            (expected, bought) = (expected + one.0, bought + one.1);
        }
        let off = expected / bought - 1.0;
        assert!(off.abs() < 0.15, "{days} days: {off:+.2}");
    }
}

#[test]
fn no_day_moves_the_total_by_much() {
    for life in [Life::Growing, Life::Opening, Life::Seasonal] {
        let all = shop(life, 1);
        let totals: Vec<f64> = (362..388).map(|days| expected_and_bought(&all, days).0).collect();
        for (place, pair) in totals.windows(2).enumerate() {
            let moved = pair[1] / pair[0] - 1.0;
            assert!(moved.abs() < 0.05, "{life:?}, day {}: {moved:+.3}", 363 + place);
        }
    }
}

/// Where a customer of a prediction for a year stands.
fn life(customer: &CustomerValue) -> segment::Life {
    segment::Life {
        purchases: customer.frequency + 1,
        active_days: customer.recency_days,
        silent_days: customer.age_days - customer.recency_days,
        returns: customer.p_purchase(),
    }
}

#[test]
fn the_earlier_a_stage_stands_the_more_of_its_customers_come_back() {
    let all = shop(Life::Steady, 3);
    let as_of = 499;
    let known: Vec<Purchase> = all.iter().copied().filter(|one| one.day <= as_of).collect();
    let prediction = fit(&known, as_of, &Options::default()).predict(&Horizon::days(364));
    let usual = Usual::of(prediction.customers.iter().map(life));
    let came: BTreeSet<u32> = all
        .iter()
        .filter(|one| (as_of + 1..as_of + 183).contains(&one.day))
        .map(|one| one.customer)
        .collect();
    let share = |stage: Stage| {
        let of = prediction.customers.iter();
        let (mut count, mut came_back) = (0.0, 0.0);
        for customer in of.filter(|customer| segment::stage(&life(customer), &usual) == stage) {
            count += 1.0;
            came_back += f64::from(u8::from(came.contains(&customer.customer)));
        }
        came_back / count
    };
    let shares = Stage::ALL.map(share);
    let [loyal, active, new, slipping, lost, one_time] = shares;
    assert!(loyal > active + 0.1 && active > new && new > slipping, "{shares:?}");
    assert!(slipping > lost + 0.1 && slipping > one_time + 0.1, "{shares:?}");
}
