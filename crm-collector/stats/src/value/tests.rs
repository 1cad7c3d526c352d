//! The whole analysis: published figures, planted truths, the ladder of methods, odd inputs.

use std::io::Read as _;
use std::path::PathBuf;

use super::simulation::{Random, shop};
use super::{
    CustomerValue, Horizon, Lack, Method, Options, Prediction, Process, Purchase, Stretch, fit,
    fit_process,
};

/// What is expected of customers in so many days, all as by default.
fn predicted(purchases: &[Purchase], as_of: i32, days: u32) -> Prediction {
    fit(purchases, as_of, &Options::default()).predict(&Horizon::days(days))
}

/// Purchases of the CDNOW sample, days counted from 1997-01-01; none where the data is absent and
/// `CRM_WITHOUT_DATA` says that it may be.
fn cdnow() -> Option<Vec<Purchase>> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cdnow_sample.csv.gz");
    if !path.exists() && std::env::var_os("CRM_WITHOUT_DATA").is_some() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    let file = std::fs::File::open(&path).unwrap_or_else(|error| {
        panic!("{error}: {}; CRM_WITHOUT_DATA=1 skips this", path.display())
    });
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let origin = chrono::NaiveDate::from_ymd_opt(1997, 1, 1).unwrap();
    let purchase = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let date: chrono::NaiveDate = fields[2].parse().unwrap();
        Purchase {
            customer: fields[1].parse().unwrap(),
            day: i32::try_from((date - origin).num_days()).unwrap(),
            amount: fields[4].parse().unwrap(),
        }
    };
    Some(text.lines().skip(1).map(purchase).collect())
}

/// 1997-09-30, and the 39 weeks after it.
const CDNOW_END: i32 = 272;
const CDNOW_HORIZON: u32 = 273;

#[test]
fn published_parameters_and_likelihoods_of_cdnow_come_out() {
    let Some(purchases) = cdnow() else { return };
    // Fader, Hardie & Lee 2005, table 2.
    for (process, parameters, ln_likelihood) in [
        (Process::BgNbd, [0.243, 4.414, 0.793, 2.426], -9_582.4),
        (Process::ParetoNbd, [0.553, 10.578, 0.606, 11.669], -9_595.0),
    ] {
        let fitted = fit_process(&purchases, CDNOW_END, process).unwrap();
        for (got, wanted) in fitted.parameters.into_iter().zip(parameters) {
            assert!((got - wanted).abs() < 0.000_6, "{process}: {:?}", fitted.parameters);
        }
        assert!((fitted.ln_likelihood - ln_likelihood).abs() < 0.05, "{}", fitted.ln_likelihood);
    }
}

#[test]
fn published_spend_of_cdnow_comes_out_and_39_weeks_are_predicted_better_than_by_any_model() {
    let Some(purchases) = cdnow() else { return };
    let fit = fit(&purchases, CDNOW_END, &Options::default());
    // Fader & Hardie 2013, "The Gamma-Gamma model of monetary value".
    let spend = fit.spend().unwrap();
    assert_eq!(spend.customers, 946);
    for (got, wanted) in [(spend.p, 6.25), (spend.q, 3.74), (spend.v, 15.44)] {
        assert!((got - wanted).abs() < 0.006, "{spend:?}");
    }
    let model = fit.predict(&Horizon::days(CDNOW_HORIZON));
    assert_eq!(model.customers.len(), 2_357);
    let (absolute, square) = errors(&model, &purchases, CDNOW_END, CDNOW_HORIZON);
    assert!(absolute < 0.750, "{absolute}");
    assert!(square < 1.595, "{square}");
}

/// Mean absolute and root mean square error of expected purchases.
fn errors(model: &Prediction, purchases: &[Purchase], as_of: i32, horizon: u32) -> (f64, f64) {
    let end = as_of + i32::try_from(horizon).unwrap();
    let mut days: Vec<(u32, i32)> = purchases
        .iter()
        .filter(|purchase| purchase.day > as_of && purchase.day <= end)
        .map(|purchase| (purchase.customer, purchase.day))
        .collect();
    days.sort_unstable();
    days.dedup();
    let (mut absolute, mut square) = (0.0, 0.0);
    for customer in &model.customers {
        let bought = days.iter().filter(|day| day.0 == customer.customer).count();
        let off = customer.expected_purchases - bought as f64;
        absolute += off.abs();
        square += off * off;
    }
    let count = model.customers.len() as f64;
    (absolute / count, (square / count).sqrt())
}

#[test]
fn customers_who_left_are_told_from_those_who_stay() {
    let mut random = Random::new(3);
    let mut purchases = Vec::new();
    for customer in 0..200 {
        // Everybody buys about every nine days; the odd ones stop after half the time.
        let end = if customer % 2 == 1 { 150.0 } else { 300.0 };
        let mut time = 20.0 * random.uniform();
        while time < end {
            #[expect(clippy::cast_possible_truncation)] // days of a test
            let day = time as i32;
            purchases.push(Purchase { customer, day, amount: 20.0 });
            time += 9.0 * random.exponential();
        }
    }
    let model = predicted(&purchases, 300, 60);
    assert_eq!(model.customers.len(), 200);
    let (left, stayed): (Vec<&CustomerValue>, Vec<&CustomerValue>) =
        model.customers.iter().partition(|customer| customer.customer % 2 == 1);
    assert!(left.iter().all(|customer| customer.p_alive < 0.02), "{left:?}");
    // Now and then somebody who stays has paused for long.
    let doubted = stayed.iter().filter(|customer| customer.p_alive < 0.5).count();
    assert!(doubted <= 5, "{doubted}");
    let alive: f64 = stayed.iter().map(|customer| customer.p_alive).sum();
    assert!(alive > 85.0, "{alive}");
    let money: f64 = model.customers.iter().map(|customer| customer.expected_value).sum();
    let wanted = 100.0 * 60.0 / 9.0 * 20.0;
    // Less, as the models have learnt that customers leave.
    assert!((0.75..1.05).contains(&(money / wanted)), "{money} is not about {wanted}");
}

#[test]
fn intervals_hold_what_happens_about_as_often_as_they_say() {
    let all = shop(5, 3_000, 728, 40.0);
    let (as_of, horizon) = (546, 182);
    let model = fit(&all, as_of, &Options { is_seasonal: false }).predict(&Horizon::days(horizon));
    let mut inside = [0.0; 4];
    for customer in &model.customers {
        let later = all.iter().filter(|one| one.customer == customer.customer && one.day > as_of);
        let mut days: Vec<i32> = later.clone().map(|one| one.day).collect();
        days.dedup();
        let money: f64 = later.map(|one| one.amount).sum();
        let count = days.len() as f64;
        for (place, held) in [
            customer.purchases_interval(0.8).holds(count),
            customer.purchases_interval(0.95).holds(count),
            customer.value_interval(0.8).holds(money),
            customer.value_interval(0.95).holds(money),
        ]
        .into_iter()
        .enumerate()
        {
            inside[place] += f64::from(u8::from(held)) / model.customers.len() as f64;
        }
    }
    // Counts are whole, so their intervals hold more than they have to; never less.
    assert!(inside[0] > 0.8 && inside[1] > 0.945, "{inside:?}");
    assert!(inside[2] > 0.78 && inside[3] > 0.935, "{inside:?}");
}

#[test]
fn the_order_of_lines_and_the_number_of_threads_change_nothing() {
    let mut purchases = shop(9, 400, 500, 10.0);
    let model = predicted(&purchases, 480, 100);
    purchases.reverse();
    let horizon = Horizon { threads: 3, ..Horizon::days(100) };
    let other = fit(&purchases, 480, &Options::default()).predict(&horizon);
    assert_eq!(model, other);
}

#[test]
fn lines_of_one_day_are_one_purchase_and_refunds_lessen_value_alone() {
    let purchases = shop(13, 300, 400, 25.0);
    let whole = fit(&purchases, 390, &Options::default());
    let halves: Vec<Purchase> = purchases
        .iter()
        .flat_map(|one| [Purchase { amount: one.amount / 2.0, ..*one }; 2])
        .collect();
    let split = fit(&halves, 390, &Options::default());
    assert_eq!(whole.processes(), split.processes());
    let mut refunded = purchases.clone();
    refunded.extend(purchases.iter().map(|one| Purchase {
        amount: -0.5 * one.amount,
        day: one.day + 1,
        ..*one
    }));
    let less = predicted(&refunded, 390, 90);
    let whole = whole.predict(&Horizon::days(90));
    for (one, other) in whole.customers.iter().zip(&less.customers) {
        assert_eq!(one.expected_purchases, other.expected_purchases);
        assert!(other.expected_value < 0.75 * one.expected_value);
    }
}

#[test]
fn money_that_is_waited_for_is_worth_less() {
    let purchases = shop(17, 300, 400, 25.0);
    let fit = fit(&purchases, 390, &Options { is_seasonal: false });
    let sum = |discount_rate: f64| -> f64 {
        let model = fit.predict(&Horizon { discount_rate, ..Horizon::days(364) });
        model.customers.iter().map(|customer| customer.expected_value).sum()
    };
    let (now, later) = (sum(0.0), sum(0.1));
    // On average, purchases of a year lie somewhat less than half of it ahead.
    assert!((0.95..0.97).contains(&(later / now)), "{later} of {now}");
}

#[test]
fn a_forecast_of_sales_is_what_known_customers_and_those_to_come_add_up_to() {
    let purchases = shop(21, 2_000, 364, 25.0);
    let fit = fit(&purchases, 363, &Options::default());
    let sum = |busyness: f64| -> f64 {
        let sales = Some(vec![Stretch { days: 182, busyness }]);
        let model = fit.predict(&Horizon { sales, ..Horizon::days(182) });
        model.customers.iter().map(|customer| customer.expected_purchases).sum()
    };
    // Newcomers came in the first half alone, so known customers are all there are.
    let bought = purchases.iter().filter(|one| one.day <= 363).count() as f64;
    assert!((sum(0.6) / (0.6 * bought / 2.0) - 1.0).abs() < 0.06, "{} {bought}", sum(0.6));
    assert!((sum(0.3) / sum(0.6) - 0.5).abs() < 0.02);
}

#[test]
fn a_season_that_returns_is_expected_to_return() {
    // Twelve weeks of the year are three times as busy as the others.
    let mut random = Random::new(29);
    let busy = |day: f64| day.rem_euclid(364.0) >= 252.0 && day.rem_euclid(364.0) < 336.0;
    let mut purchases = Vec::new();
    for customer in 0..1_000 {
        let mut day = -200.0 * random.uniform();
        let rate = random.gamma(2.0) / 2.0 / 40.0;
        while day < 728.0 {
            let kept = if busy(day) { 1.0 } else { 1.0 / 3.0 };
            if day >= 0.0 && random.uniform() < kept {
                #[expect(clippy::cast_possible_truncation)] // days of a test
                let day = day as i32;
                purchases.push(Purchase { customer, day, amount: 10.0 });
            }
            day += random.exponential() / rate;
        }
    }
    for (as_of, horizon) in [(615, 84), (559, 56)] {
        let end = as_of + i32::try_from(horizon).unwrap();
        let happened =
            purchases.iter().filter(|one| one.day > as_of && one.day <= end).count() as f64;
        let expected = |is_seasonal: bool| -> f64 {
            let fit = fit(&purchases, as_of, &Options { is_seasonal });
            let model = fit.predict(&Horizon::days(horizon));
            model.customers.iter().map(|customer| customer.expected_purchases).sum()
        };
        let (seasonal, flat) = (expected(true), expected(false));
        // It was seen once, and so far counts in part.
        assert!(
            (seasonal / happened - 1.0).abs() < 0.15,
            "{as_of}: {seasonal} of {happened}, {flat}"
        );
        assert!((flat / happened - 1.0).abs() > 0.2, "{as_of}: {flat} of {happened}");
    }
}

#[test]
fn too_few_customers_get_a_simpler_method_that_says_what_it_lacks() {
    let purchase = |customer, day| Purchase { customer, day, amount: 10.0 };
    let few = [purchase(1, 0), purchase(1, 30), purchase(2, 10)];
    let model = predicted(&few, 60, 30);
    assert_eq!(model.method, Method::PooledRate);
    assert_eq!(model.method.to_string(), "pooled-rate");
    let lacks = [
        Lack::Differences { customers: 28, repeats: 19 },
        Lack::Season { days: 303 },
        Lack::Spend { buyers: 19 },
    ];
    assert_eq!(model.missing, lacks);
    assert!(model.customers[0].expected_purchases > model.customers[1].expected_purchases);
    assert_eq!(model.customers[0].spend, 10.0);
    // Before the first purchase there is nobody.
    let before = fit(&few, -1, &Options::default());
    assert_eq!(before.later_customers(), 2);
    assert_eq!(before.predict(&Horizon::days(30)).method, Method::Nothing);
    let model = predicted(&[], 0, 30);
    assert_eq!(model.missing, [Lack::Buyer]);
    // Enough for the models, too few for the regression.
    let model = predicted(&shop(31, 60, 300, 10.0), 299, 30);
    assert!(matches!(model.method, Method::Model(_)), "{}", model.method);
    let Lack::Trials { buyers, purchases } = model.missing[0] else {
        panic!("{:?}", model.missing)
    };
    assert!(buyers > 0 || purchases > 0, "{:?}", model.missing);
}

#[test]
fn cohorts_add_up_to_all_customers() {
    let model = predicted(&shop(37, 300, 364, 10.0), 363, 91);
    let cohorts = model.cohorts(|day| day.div_euclid(28));
    assert!(cohorts.len() > 5);
    assert_eq!(cohorts.iter().map(|cohort| cohort.customers).sum::<usize>(), model.customers.len());
    let all: f64 = model.customers.iter().map(|customer| customer.expected_value).sum();
    let sum: f64 = cohorts.iter().map(|cohort| cohort.expected_value).sum();
    assert!((sum / all - 1.0).abs() < 1e-12);
}

#[test]
fn odd_inputs_give_finite_answers() {
    let days = [i32::MIN, -1, 0, 1, 300, i32::MAX - 1, i32::MAX];
    let amounts = [f64::NAN, f64::INFINITY, -1e300, -1.0, 0.0, 1e-300, 1.0, 1e300];
    let mut odd = Vec::new();
    for (place, day) in days.into_iter().enumerate() {
        for amount in amounts {
            let customer = u32::try_from(place % 3).unwrap();
            odd.push(Purchase { customer, day, amount });
        }
    }
    let same: Vec<Purchase> =
        (0..200).map(|customer| Purchase { customer, day: 5, amount: 0.0 }).collect();
    let daily: Vec<Purchase> = (0..60)
        .flat_map(|customer| (0..50).map(move |day| Purchase { customer, day, amount: 7.0 }))
        .collect();
    let mut mixed = shop(41, 100, 800, 1e250);
    mixed.extend(&odd);
    let horizons = [
        Horizon::days(0),
        Horizon {
            sales: Some(vec![Stretch { days: 0, busyness: f64::NAN }]),
            discount_rate: f64::NAN,
            threads: 0,
            ..Horizon::days(0)
        },
        Horizon {
            sales: Some(vec![Stretch { days: u32::MAX, busyness: 1e300 }]),
            discount_rate: 1e300,
            threads: 9,
            ..Horizon::days(0)
        },
    ];
    for purchases in [&odd, &same, &daily, &mixed] {
        for (as_of, days) in [(i32::MAX, 30), (400, u32::MAX), (i32::MIN, 1), (6, 0)] {
            let fit = fit(purchases, as_of, &Options::default());
            for horizon in &horizons {
                let model = fit.predict(&Horizon { days, ..horizon.clone() });
                for customer in &model.customers {
                    assert!((0.0..=1.0).contains(&customer.p_alive), "{customer:?}");
                    assert!(customer.expected_purchases.is_finite(), "{customer:?}");
                    assert!(customer.expected_purchases >= 0.0, "{customer:?}");
                    assert!(!customer.expected_value.is_nan(), "{customer:?}");
                    let upper = |level| customer.purchases_interval(level).upper;
                    assert!(upper(0.95) >= upper(0.8), "{customer:?}");
                    let lower = |level| customer.value_interval(level).lower;
                    assert!(lower(0.95) <= lower(0.8), "{customer:?}");
                }
            }
        }
    }
}

#[test]
fn a_fit_predicts_any_horizon_as_one_that_was_made_for_it() {
    let purchases = shop(43, 600, 600, 20.0);
    let many = fit(&purchases, 560, &Options::default());
    let mut before = 0.0;
    for days in [30, 91, 182] {
        let prediction = many.predict(&Horizon::days(days));
        assert_eq!(prediction, predicted(&purchases, 560, days));
        assert!(matches!(prediction.method, Method::Averaged(_)), "{}", prediction.method);
        let sum: f64 = prediction.customers.iter().map(|one| one.expected_purchases).sum();
        assert!(sum > before, "{days} days: {sum} after {before}");
        before = sum;
    }
}
