//! Shops whose customers buy at their own rates until they leave (MBG/NBD), made by a seed.

use crm_stats::value::Purchase;

use super::synthetic::Dice;

/// How a shop lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// As many customers come as leave, and have for years.
    Steady,
    /// Half as many more come each year.
    Growing,
    /// It opens on the first day, and more come with each day.
    Opening,
    /// As steady, with a busy autumn each year.
    Seasonal,
    /// Two in five fewer come each year.
    Falling,
    /// It opens on the first day, and after a quarter nobody new comes.
    Cohort,
}

pub const LIVES: [Life; 6] =
    [Life::Steady, Life::Growing, Life::Opening, Life::Seasonal, Life::Falling, Life::Cohort];

/// Days of purchases that a shop has; it may be older.
pub const DAYS: i32 = 1_000;
/// Days before them, in which customers came already.
const BEFORE: i32 = 900;

/// How busy a day is beside the mean.
fn busyness(life: Life, day: i32) -> f64 {
    let phase = f64::from((day + 2_000).rem_euclid(365));
    let autumn = if (300.0..355.0).contains(&phase) { 0.8 } else { 0.0 };
    if life == Life::Seasonal {
        1.0 + 0.25 * (std::f64::consts::TAU * phase / 365.0).sin() + autumn
    } else {
        1.0
    }
}

/// Customers who come on a day, on average.
fn coming(life: Life, day: i32) -> f64 {
    let years = f64::from(day) / 365.0;
    match life {
        Life::Steady | Life::Seasonal => 6.0,
        Life::Growing => 4.0 * 1.5_f64.powf(years),
        Life::Opening if day >= 0 => 1.5 + 4.5 * years,
        Life::Falling => 9.0 * 0.6_f64.powf(years),
        Life::Cohort if (0..91).contains(&day) => 36.0,
        Life::Opening | Life::Cohort => 0.0,
    }
}

/// All that is bought, days counted from the first that has purchases.
pub fn shop(life: Life, seed: u64) -> Vec<Purchase> {
    let mut dice = Dice::new("customers", seed);
    // Weeks that have passed by the end of each day, when busy days are longer.
    let mut weeks = vec![0.0];
    for day in -BEFORE..DAYS {
        weeks.push(weeks[weeks.len() - 1] + busyness(life, day) / 7.0);
    }
    let mut purchases = Vec::new();
    let mut customer = 0;
    for day in -BEFORE..DAYS {
        let from = weeks[(day + BEFORE) as usize];
        for _ in 0..dice.poisson(coming(life, day) * busyness(life, day)) as usize {
            let rate = dice.exponential() / 7.0;
            let leave = dice.beta(0.8, 3.5);
            let mut now = from;
            while now < weeks[weeks.len() - 1] {
                let day = weeks.partition_point(|passed| *passed <= now) as i32 - 1 - BEFORE;
                if day >= 0 {
                    purchases.push(Purchase { customer, day, amount: 20.0 });
                }
                if dice.share() < leave {
                    break;
                }
                now += dice.exponential() / rate;
            }
            customer += 1;
        }
    }
    purchases
}
