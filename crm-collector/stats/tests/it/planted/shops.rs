//! A grid of made-up shops with one thing planted in each, and how well that is found: a shop of 60
//! products, 5 countries, 3 channels and some 1,500 customers who place 40 orders a day.

use crm_stats::trend::{Calendar, Customer, Found, Kind, Of, Part, Shop};

use super::synthetic::{Dice, Noise};

/// What is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    Price,
    CountryLost,
    CohortLost,
    ChannelMix,
    Delisting,
    Launch,
    DoubledDemand,
    SteadyGrowth,
    Promotion,
    MovingEaster,
    Nothing,
}

impl Plant {
    pub const ALL: [Self; 11] = [
        Self::Price,
        Self::CountryLost,
        Self::CohortLost,
        Self::ChannelMix,
        Self::Delisting,
        Self::Launch,
        Self::DoubledDemand,
        Self::SteadyGrowth,
        Self::Promotion,
        Self::MovingEaster,
        Self::Nothing,
    ];

    /// Whether there is something to find; a promotion and Easter pass.
    pub fn is_change(self) -> bool {
        !matches!(self, Self::Promotion | Self::MovingEaster | Self::Nothing)
    }
}

/// One shop of the grid.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    pub plant: Plant,
    pub weeks: usize,
    pub season: bool,
    pub seed: u64,
}

/// 0.6, 1.2, 2 and 3 years.
pub const WEEKS: [usize; 4] = [31, 62, 104, 156];

/// All shops of the grid with some seeds.
pub fn grid(seeds: std::ops::Range<u64>) -> Vec<Cell> {
    let mut cells = Vec::new();
    for plant in Plant::ALL {
        for weeks in WEEKS {
            for season in [false, true] {
                for seed in seeds.clone() {
                    cells.push(Cell { plant, weeks, season, seed });
                }
            }
        }
    }
    cells
}

const PRODUCTS: usize = 60;
const COUNTRIES: [f64; 5] = [0.45, 0.22, 0.15, 0.1, 0.08];
const CHANNELS: [f64; 3] = [0.5, 0.2, 0.3];
const CUSTOMERS: usize = 1_500;
const ORDERS_A_WEEK: f64 = 280.0;
/// Monday, 4 January 2016, counted from 1970.
const FIRST_DAY: i32 = 16_804;
/// The Mondays of the weeks that end with an Easter Sunday, 2016 to 2022.
const EASTERS: [i32; 7] = [16_881, 17_266, 17_616, 18_001, 18_358, 18_715, 19_093];

pub const PRODUCT: usize = 0;
pub const COUNTRY: usize = 1;
pub const CHANNEL: usize = 2;

/// A shop with its truth.
pub struct Made {
    pub cell: Cell,
    pub shop: Shop,
    /// The first week of the change.
    pub since: usize,
    /// The product that changes, or the country.
    pub product: usize,
    pub country: usize,
}

struct Person {
    rate: f64,
    country: usize,
    from: f64,
    to: f64,
}

/// Makes a shop of the grid.
pub fn made(cell: Cell) -> Made {
    let Cell { plant, weeks, season, seed } = cell;
    let mut dice = Dice::new(&format!("{plant:?} {weeks} {season}"), seed);
    let since = (weeks as f64 * dice.between(0.62, 0.78)) as usize;
    let (product, country) = (dice.pick(1, 15), dice.pick(1, 4));
    let begins = dice.pick(0, 104);
    let first_day = FIRST_DAY + 7 * begins as i32;
    let bounds: Vec<i32> = (0..=weeks).map(|week| first_day + 7 * week as i32).collect();
    let weights: Vec<f64> = (0..PRODUCTS).map(|rank| (rank as f64 + 3.0).powf(-0.7)).collect();
    let prices: Vec<f64> = (0..PRODUCTS).map(|_| dice.between(4.0, 40.0).round()).collect();
    // Some shops' customers stay for ever, others' come and go.
    let stays = seed % 2 == 0;
    let mut people: Vec<Person> = (0..CUSTOMERS * if stays { 1 } else { 5 })
        .map(|_| {
            let rate = (0.7 * dice.normal()).exp();
            let country = drawn(&mut dice, &COUNTRIES);
            let (from, to) = if stays {
                (0.0, f64::INFINITY)
            } else {
                let from = dice.between(-450.0, weeks as f64);
                (from, from - 100.0 * dice.share().ln())
            };
            Person { rate, country, from, to }
        })
        .collect();
    let there: f64 = (0..weeks)
        .map(|week| {
            let here =
                people.iter().filter(|one| one.from <= week as f64 && (week as f64) < one.to);
            here.map(|one| one.rate).sum::<f64>() / weeks as f64
        })
        .sum();
    people.iter_mut().for_each(|one| one.rate *= ORDERS_A_WEEK / there);
    if plant == Plant::CohortLost {
        let leaves = since as f64;
        people
            .iter_mut()
            .filter(|_| dice.share() < 0.3)
            .for_each(|one| one.to = one.to.min(leaves));
        // Nor does anybody come in their place.
        people.retain(|one| one.from < one.to);
    }
    let blank =
        || Part { money: vec![0.0; weeks], units: vec![0.0; weeks], sold: vec![0.0; weeks] };
    let mut products: Vec<Part> = (0..PRODUCTS).map(|_| blank()).collect();
    let mut countries: Vec<Part> = COUNTRIES.iter().map(|_| blank()).collect();
    let mut channels: Vec<Part> = CHANNELS.iter().map(|_| blank()).collect();
    let mut whole = vec![0.0; weeks];
    let mut bought: Vec<Option<Customer>> = people.iter().map(|_| None).collect();
    for week in 0..weeks {
        let day = bounds[week];
        let changed = week >= since;
        let mut usual = 1.0;
        if season {
            usual *= seasonal(day);
        }
        match plant {
            Plant::SteadyGrowth => usual *= 1.3_f64.powf(week as f64 / 52.0),
            Plant::Promotion if (since..since + 2).contains(&week) => usual *= 1.6,
            Plant::MovingEaster if EASTERS.contains(&day) => usual *= 1.4,
            Plant::MovingEaster if EASTERS.contains(&(day + 7)) => usual *= 1.2,
            _ => {}
        }
        let mut wanted = weights.clone();
        match plant {
            Plant::Delisting if changed => wanted[product] = 0.0,
            Plant::Launch if !changed => wanted[product] = 0.0,
            Plant::DoubledDemand if changed => wanted[product] *= 2.0,
            _ => {}
        }
        // What is not there is not bought: nothing else is bought in its place.
        let lines_an_order = 2.0 * wanted.iter().sum::<f64>() / weights.iter().sum::<f64>();
        let mut routes = CHANNELS;
        if plant == Plant::ChannelMix && changed {
            routes = [0.3, 0.4, 0.3];
        }
        for (place, one) in people.iter().enumerate() {
            let here = one.from <= week as f64 && (week as f64) < one.to;
            let lost = plant == Plant::CountryLost && changed && one.country == country;
            if !here || lost {
                continue;
            }
            for _ in 0..dice.poisson(one.rate * usual) as usize {
                let channel = drawn(&mut dice, &routes);
                let mut money = 0.0;
                for _ in 0..dice.poisson(lines_an_order) as usize {
                    let line = drawn(&mut dice, &wanted);
                    let units = 1.0 + dice.poisson(0.6);
                    let dearer = plant == Plant::Price && changed && line == product;
                    let price = prices[line] * if dearer { 1.2 } else { 1.0 };
                    products[line].money[week] += units * price;
                    products[line].sold[week] += units * price;
                    products[line].units[week] += units;
                    money += units * price;
                }
                whole[week] += money;
                countries[one.country].money[week] += money;
                channels[channel].money[week] += money;
                let on = day + dice.pick(0, 7) as i32;
                let customer =
                    bought[place].get_or_insert(Customer { first_day: on, last_day: on, days: 0 });
                customer.first_day = customer.first_day.min(on);
                customer.last_day = customer.last_day.max(on);
                customer.days += 1;
            }
        }
    }
    countries.iter_mut().chain(&mut channels).for_each(|part| {
        part.units.clear();
        part.sold.clear();
    });
    let shop = Shop {
        calendar: Calendar { bounds, year: 52 },
        whole,
        dimensions: vec![products, countries, channels],
        customers: bought.into_iter().flatten().collect(),
    };
    Made { cell, shop, since, product, country }
}

/// The same shop by months: each has the weeks that begin in it.
pub fn by_month(made: &Made) -> Made {
    let weeks = &made.shop.calendar.bounds;
    // 28 days at the least, so that a month of 30.4 days has a Monday.
    let month = |day: i32| (f64::from(day) / 30.4375).floor() as i32;
    let (first, end) = (month(weeks[0]), month(weeks[weeks.len() - 1]));
    let count = (end - first) as usize;
    let of_week = |week: usize| (month(weeks[week]) - first) as usize;
    let summed = |values: &[f64]| -> Vec<f64> {
        let mut months = vec![0.0; if values.is_empty() { 0 } else { count }];
        for (week, value) in values.iter().enumerate() {
            if let Some(month) = months.get_mut(of_week(week)) {
                *month += value;
            }
        }
        months
    };
    let part = |part: &Part| Part {
        money: summed(&part.money),
        units: summed(&part.units),
        sold: summed(&part.sold),
    };
    let shop = Shop {
        calendar: Calendar {
            bounds: (first..=end).map(|month| (f64::from(month) * 30.4375).ceil() as i32).collect(),
            year: 12,
        },
        whole: summed(&made.shop.whole),
        dimensions: made.shop.dimensions.iter().map(|of| of.iter().map(part).collect()).collect(),
        customers: made.shop.customers.clone(),
    };
    Made { shop, since: of_week(made.since), ..*made }
}

/// Christmas doubles the sales; summer is weak.
fn seasonal(day: i32) -> f64 {
    let of_year = f64::from((day - FIRST_DAY).rem_euclid(364)) / 364.0;
    let summer = 1.0 - 0.2 * (-((of_year - 0.55) / 0.08).powi(2)).exp();
    summer + 1.1 * (-((of_year - 0.93) / 0.04).powi(2)).exp()
}

fn drawn(dice: &mut Dice, weights: &[f64]) -> usize {
    let mut left = dice.share() * weights.iter().sum::<f64>();
    for (place, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return place;
        }
    }
    weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0)
}

/// How the findings meet the truth.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    /// What was planted is among them, in the part that it was planted in.
    pub found: bool,
    /// … with its direction.
    pub sign: bool,
    /// … within two weeks of its beginning.
    pub date: bool,
    /// … and the cause is told.
    pub cause: bool,
    /// Changes told that are not what was planted.
    pub others: usize,
    /// Of those worth a look first it is the first.
    pub leads: bool,
}

/// Judges the findings of a shop.
pub fn judged(made: &Made, found: &Found) -> Score {
    let Made { cell, since, product, country, .. } = made;
    let (of, up, kinds): (&[Of], bool, &[Kind]) = match cell.plant {
        Plant::Price => (&[Of::Part(PRODUCT, *product)], true, &[Kind::Price]),
        Plant::CountryLost => {
            (&[Of::Part(COUNTRY, *country)], false, &[Kind::End, Kind::LevelChange])
        }
        Plant::CohortLost => (&[Of::Whole], false, &[Kind::CustomersLost]),
        Plant::ChannelMix => (&[Of::Part(CHANNEL, 0), Of::Part(CHANNEL, 1)], true, &[Kind::Mix]),
        Plant::Delisting => (&[Of::Part(PRODUCT, *product)], false, &[Kind::End]),
        Plant::Launch => (&[Of::Part(PRODUCT, *product)], true, &[Kind::Launch]),
        Plant::DoubledDemand => (&[Of::Part(PRODUCT, *product)], true, &[Kind::LevelChange]),
        Plant::SteadyGrowth => (&[Of::Whole], true, &[Kind::Growth]),
        Plant::Promotion | Plant::MovingEaster | Plant::Nothing => (&[], true, &[]),
    };
    let hit = |one: &&crm_stats::trend::Finding| of.contains(&one.of);
    let others = found
        .findings
        .iter()
        .filter(|one| !of.contains(&one.of))
        .filter(|one| cell.plant != Plant::Promotion || one.kind != Kind::OneOff)
        .count();
    let Some(one) = found.findings.iter().find(hit) else {
        return Score { others, ..Score::default() };
    };
    // Web loses, app wins.
    let up = if one.of == Of::Part(CHANNEL, 0) { false } else { up };
    Score {
        found: true,
        sign: (one.per_period() > 0.0) == up,
        date: cell.plant == Plant::SteadyGrowth || one.since.abs_diff(*since) <= 2,
        cause: kinds.contains(&one.kind),
        others,
        leads: one.first && found.findings[0].of == one.of,
    }
}

/// A shop whose products sell by noise alone.
pub fn of_noise(
    dice: &mut Dice,
    noise: Noise,
    products: usize,
    periods: usize,
    year: usize,
) -> Shop {
    let parts: Vec<Part> = (0..products)
        .map(|_| {
            let noise = noise(dice, periods);
            let size = noise.iter().fold(1.0, |most: f64, value| most.max(value.abs()));
            let level = 10.0 * size.min(20.0);
            let money = noise.iter().map(|value| (level + value).max(0.0)).collect();
            Part { money, ..Part::default() }
        })
        .collect();
    let whole = (0..periods).map(|at| parts.iter().map(|part| part.money[at]).sum()).collect();
    let days = (364 / year.max(1)) as i32;
    let bounds = (0..=periods as i32).map(|period| FIRST_DAY + days * period).collect();
    let calendar = Calendar { bounds, year };
    Shop { calendar, whole, dimensions: vec![parts], customers: Vec::new() }
}
