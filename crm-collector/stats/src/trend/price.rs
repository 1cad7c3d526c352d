//! Changes of price: the money a unit of a product, which hardly varies but where it is changed.

use super::compare::{Sizes, sizes, sum};
use super::finding::{Finding, Kind, Of, PriceChange};
use super::parts::LEAST_SEGMENT;
use super::scan;
use super::series::without_spikes;
use super::shop::{Calendar, Part, Shop};
use crate::numeric::quantile::median;
use crate::parallel;

/// Smaller changes are of no interest, in logarithms.
const LEAST_CHANGE: f64 = 0.03;

/// The changes of price of all parts that have one, with chances that hold for all of their dimension.
pub(super) fn find(shop: &Shop, rate: f64, threads: usize) -> Vec<Finding> {
    let mut found = Vec::new();
    for (dimension, parts) in shop.dimensions.iter().enumerate() {
        let tests = parts.len();
        let of_parts = parallel::map(parts, threads, |part| look(&shop.calendar, part, tests));
        for (place, one) in of_parts.into_iter().enumerate() {
            if let Some(one) = one.filter(|one| one.chance <= rate) {
                found.push(Finding { of: Of::Part(dimension, place), ..one });
            }
        }
    }
    found
}

fn look(calendar: &Calendar, part: &Part, tests: usize) -> Option<Finding> {
    let priced: Vec<usize> = (0..part.units.len().min(part.sold.len()))
        .filter(|index| part.units[*index] > 0.0 && part.sold[*index] > 0.0)
        .collect();
    let prices: Vec<f64> =
        priced.iter().map(|index| (part.sold[*index] / part.units[*index]).ln()).collect();
    if prices.len() < 2 * LEAST_SEGMENT {
        return None;
    }
    let step = scan::step(&without_spikes(&prices, 3.0), LEAST_SEGMENT)?;
    let chance = (step.chance * tests as f64).min(1.0);
    let before = median(&prices[..step.at])?.exp();
    let after = median(&prices[step.at..])?.exp();
    let size = (after / before).ln();
    if size.abs() < LEAST_CHANGE || size * step.size <= 0.0 {
        return None;
    }
    let since = *priced.get(step.at)?;
    if calendar.is_old(since) {
        return None;
    }
    let Sizes { compared, before: sold_before, after: sold_after, .. } =
        sizes(calendar, &part.money, None, since)?;
    let units = sum(&part.units, &compared.after) / compared.after.len() as f64;
    let end = part.units.len();
    let lately = end.saturating_sub(calendar.quarter()).max(since)..end;
    let units_lately = sum(&part.units, &lately) / lately.len() as f64;
    Some(Finding {
        of: Of::Whole,
        kind: Kind::Price,
        since,
        until: end,
        compared,
        before: units * before,
        after: units * after,
        at_stake: units_lately * (after - before) * calendar.month(),
        price: Some(PriceChange { before, after, sold_before, sold_after }),
        chance,
        moved: 0.0,
        first: false,
        explains: Vec::new(),
    })
}
