//! Changes of price: the money a unit of a product, which hardly varies but where it is changed.

use std::ops::Range;

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
    let step = scan::step(&without_spikes(&prices, 3.0), LEAST_SEGMENT, |_| 0.0)?;
    let chance = (step.chance * tests as f64).min(1.0);
    let list_before = median(&prices[..step.at])?;
    let list_after = median(&prices[step.at..])?;
    let since = *priced.get(step.at)?;
    if calendar.is_old(since) {
        return None;
    }
    let Sizes { compared, before: sold_before, after: sold_after, .. } =
        sizes(calendar, &part.money, None, since)?;
    // What was paid on average, of the periods that are compared where there is something in both.
    let paid = |range: &Range<usize>| sum(&part.sold, range) / sum(&part.units, range);
    let earlier =
        if sum(&part.units, &compared.before) > 0.0 { compared.before.clone() } else { 0..since };
    let (before, after) = (paid(&earlier), paid(&compared.after));
    let size = (after / before).ln();
    let all_say = [list_after - list_before, step.size].iter().all(|other| size * other > 0.0);
    if !all_say || size.abs() < LEAST_CHANGE || (list_after - list_before).abs() < LEAST_CHANGE {
        return None;
    }
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
