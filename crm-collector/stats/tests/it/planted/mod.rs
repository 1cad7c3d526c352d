//! What is planted in series and shops is found, and what is not there is not.

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small made-up counts")]
pub mod synthetic;

#[allow(
    dead_code,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small made-up counts, of which the bench looks at more"
)]
pub mod customers;
mod worth;

use crm_stats::trend::drivers::{Change, Line, Volumes, factors, price_volume_mix, rank};
use crm_stats::trend::{Direction, Kind, Settings, Trend, anomalies, changepoints_beside, find};
use synthetic::{CHANGES, Dice, Maker, NOISES, OUTLIERS, Planted};

/// So many shops of noise; thousands take an optimised build.
fn shops() -> u64 {
    std::env::var("CRM_SHOPS").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

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

/// Twelve products of two years of weeks, with a few truths.
fn shop(seed: u64) -> Vec<Vec<f64>> {
    let mut dice = Dice::new("shop", seed);
    let mut products: Vec<Vec<f64>> = (0..12)
        .map(|_| {
            let noise = dice.autoregression(104, 0.3);
            noise.iter().map(|e| 1_000.0 * (0.1 * e).exp()).collect()
        })
        .collect();
    products[2][70..].iter_mut().for_each(|value| *value *= 0.5);
    products[4].iter_mut().enumerate().for_each(|(week, value)| *value *= 1.0 + week as f64 / 80.0);
    products[6][40] *= 4.0;
    let month = |week: usize| (std::f64::consts::TAU * week as f64 / 13.0).sin();
    products[8].iter_mut().enumerate().for_each(|(week, v)| *v *= 1.0 + 0.4 * month(week));
    products
}

#[test]
fn a_shift_a_slope_a_season_and_an_outlier_are_found_with_their_size_and_their_date() {
    let settings = Settings { seasons: vec![13], ..Settings::default() };
    for seed in 0..3 {
        let found = find(&shop(seed), &settings);
        let of = |series: usize, kind: Kind| -> &Trend {
            let wanted = |trend: &&Trend| trend.series == series && trend.kind == kind;
            found.iter().find(wanted).unwrap_or_else(|| panic!("no {kind} in {series}: {found:?}"))
        };
        let shift = of(2, Kind::LevelShift);
        assert!(shift.since.abs_diff(70) <= 1 && shift.direction == Direction::Down, "{shift:?}");
        assert!((shift.per_period + 500.0).abs() < 80.0, "{shift:?}");
        assert!((shift.total - shift.per_period * 34.0).abs() < 80.0 * 34.0, "{shift:?}");
        let slope = of(4, Kind::Slope);
        assert!((slope.per_period - 1_290.0).abs() < 200.0, "{slope:?}");
        let outlier = of(6, Kind::Outlier);
        assert_eq!((outlier.since, outlier.until), (40, 41));
        assert!((outlier.total - 3_000.0).abs() < 1_000.0, "{outlier:?}");
        let season = of(8, Kind::Season).season.unwrap();
        assert!(season.best.abs_diff(3) <= 1 && season.worst.abs_diff(10) <= 1, "{season:?}");
        let quiet = |trend: &&Trend| trend.series % 2 == 1;
        assert!(found.iter().filter(quiet).count() <= 1, "{found:?}");
    }
}

#[test]
fn a_shop_of_noise_has_no_trend() {
    let settings = Settings { seasons: vec![12], ..Settings::default() };
    let shops = shops();
    let with_a_trend = (0..shops)
        .filter(|seed| {
            let (kind, noise) = NOISES[usize::try_from(*seed).unwrap() % NOISES.len()];
            let mut dice = Dice::new(kind, *seed);
            let products: Vec<Vec<f64>> = (0..4).map(|_| noise(&mut dice, 60)).collect();
            !find(&products, &settings).is_empty()
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
