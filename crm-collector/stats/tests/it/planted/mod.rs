//! What is planted in series and shops is found, and what is not there is not.

#[allow(
    dead_code,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "small made-up counts, of which the bench looks at more"
)]
pub mod shops;
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small made-up counts")]
pub mod synthetic;

#[allow(
    dead_code,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "small made-up counts, of which the bench looks at more"
)]
pub mod customers;
mod worth;

use crm_stats::trend::drivers::{Change, Line, Volumes, factors, price_volume_mix, rank};
use crm_stats::trend::{Settings, anomalies, changepoints_beside, find};
use synthetic::{CHANGES, Dice, Maker, NOISES, OUTLIERS, Planted};

/// Truths met (each by one that was found within `margin`), what was found, what there is.
fn score(
    kinds: &[(&str, Maker)],
    seeds: u64,
    margin: usize,
    find: impl Fn(&Planted) -> Vec<usize>,
) -> [usize; 3] {
    let mut score = [0; 3];
    for (kind, make) in kinds {
        for seed in 0..seeds {
            let made = make(&mut Dice::new(kind, seed));
            let mut found = find(&made);
            score[1] += found.len();
            score[2] += made.truth.len();
            for truth in &made.truth {
                if let Some(near) = found.iter().position(|at| at.abs_diff(*truth) <= margin) {
                    found.remove(near);
                    score[0] += 1;
                }
            }
        }
    }
    score
}

#[test]
fn planted_changes_are_found_and_few_others() {
    let [met, found, planted] =
        score(CHANGES, 1, 5, |made| changepoints_beside(&made.values, &made.seasons));
    assert!(met * 10 >= planted * 9, "{met} of {planted}");
    assert!(met * 10 >= found * 9, "{met} of the {found} found were planted");
}

#[test]
fn planted_anomalies_are_found_and_few_others() {
    let [met, found, planted] =
        score(OUTLIERS, 2, 0, |made| anomalies(&made.values, &made.seasons));
    assert!(met * 100 >= planted * 85, "{met} of {planted}");
    assert!(met * 100 >= found * 85, "{met} of the {found} found were planted");
}

#[test]
fn the_nile_fell_with_the_year_1899() {
    // Annual flow at Aswan, 1871 to 1970, 10⁸ m³ (Cobb 1978, table 1).
    let flow = [
        1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960,
        1180, 799, 958, 1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694,
        940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764,
        821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897, 822,
        1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890, 744, 749, 838, 1050,
        918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
    ];
    let flow: Vec<f64> = flow.iter().map(|flow| f64::from(*flow)).collect();
    assert_eq!(changepoints_beside(&flow, &[]), [1899 - 1871]);
}

/// All shops of the grid take an optimised build; `make bench-accuracy` looks at them.
const SEEDS: std::ops::Range<u64> = 0..1;

#[test]
fn what_is_planted_in_a_shop_is_told_once_with_its_sign_its_date_and_its_cause() {
    for weeks in shops::WEEKS {
        let (mut changed, mut quiet) = (Vec::new(), Vec::new());
        for cell in shops::grid(SEEDS).into_iter().filter(|cell| cell.weeks == weeks) {
            let made = shops::made(cell);
            let found = find(&made.shop, &Settings::default());
            let score = shops::judged(&made, &found);
            assert!(score.sign || !score.found, "{cell:?}: {:?}", found.findings);
            // With what else the same cause moves, a change is told in at most three rows.
            assert!(score.others <= 2, "{cell:?}: {:?}", found.findings);
            if cell.plant.is_change() { changed.push(score) } else { quiet.push(score) }
        }
        let of = |told: fn(&shops::Score) -> bool| {
            changed.iter().filter(|score| told(score)).count() as f64 / changed.len() as f64
        };
        let least = if weeks >= 104 { 0.85 } else { 0.65 };
        let alarms = quiet.iter().filter(|score| score.others > 0).count();
        let seen = [of(|s| s.found), of(|s| s.date), of(|s| s.cause), of(|s| s.leads)];
        assert!(seen.iter().all(|share| *share >= least), "{weeks} weeks: {seen:?}");
        assert!(alarms <= 1, "{weeks} weeks: {alarms} of {}", quiet.len());
    }
}

#[test]
fn a_shop_of_noise_has_no_trend() {
    let shops = 100;
    let with_a_trend = (0..shops)
        .filter(|seed| {
            let (kind, noise) = NOISES[*seed % NOISES.len()];
            let mut dice = Dice::new(kind, *seed as u64);
            let shop = shops::of_noise(&mut dice, noise, 8, 104, 52);
            !find(&shop, &Settings::default()).findings.is_empty()
        })
        .count();
    assert!(with_a_trend as f64 <= 0.05 * shops as f64, "{with_a_trend} of {shops} shops");
}

#[test]
fn the_one_country_that_fell_comes_first_and_contributions_sum_to_the_change() {
    let mut dice = Dice::new("driver", 1);
    let (products, countries, segments) = (20, 6, 3);
    let mut by_product = vec![Line::default(); products];
    let mut by_country = vec![Change::default(); countries];
    let mut by_segment = vec![Change::default(); segments];
    let mut all = Volumes::default();
    for order in 0..6_000 {
        let product = dice.pick(0, products);
        let country = dice.pick(0, countries);
        let segment = dice.pick(0, segments);
        let after = order % 2 == 1;
        // Country 4 buys half as often in the later period.
        if after && country == 4 && dice.share() < 0.5 {
            continue;
        }
        let units = 1.0 + dice.poisson(1.0);
        let money = units * (5.0 + product as f64);
        let add = |change: &mut Change, amount: f64| {
            *(if after { &mut change.after } else { &mut change.before }) += amount;
        };
        add(&mut by_product[product].units, units);
        add(&mut by_product[product].money, money);
        add(&mut by_country[country], money);
        add(&mut by_segment[segment], money);
        add(&mut all.customers, 0.5);
        add(&mut all.orders, 1.0);
        add(&mut all.units, units);
        add(&mut all.revenue, money);
    }
    let change = all.revenue.difference();
    let money: Vec<Change> = by_product.iter().map(|line| line.money).collect();
    let ranking = rank(all.revenue, &[&money, &by_country, &by_segment]);
    let first = ranking.drivers().next().unwrap();
    assert_eq!((first.dimension, first.key), (1, 4), "{first:?}");
    assert!(first.share > 0.6, "{first:?}");

    let sums = |parts: &[f64]| (parts.iter().sum::<f64>() - change).abs() <= 1e-9 * change.abs();
    for dimension in &ranking.dimensions {
        let parts: Vec<f64> = dimension.keys.iter().map(|key| key.contribution).collect();
        assert!(sums(&parts), "{parts:?} of {change}");
    }
    let mix = price_volume_mix(&by_product);
    assert!(sums(&[mix.price, mix.volume, mix.mix, mix.unpriced]), "{mix:?}");
    let parts = factors(&all);
    assert!(sums(&[parts.customers, parts.frequency, parts.basket, parts.price, parts.other]));
    // Half a country's orders less: volume, by customers.
    assert!(mix.volume < 0.5 * change && parts.customers < 0.5 * change, "{mix:?} {parts:?}");
}
