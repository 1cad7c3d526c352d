//! Changes of all sales: the logarithm of each period over the same one a year before, in which a
//! season is not seen. Their mean is growth; a step in them is a change of level.

use super::compare::{Sizes, sizes};
use super::finding::{Finding, Kind, Of, Season};
use super::parts::LEAST_SEGMENT;
use super::scan::{self, Fit, Spread};
use super::series::without_spikes;
use super::shop::{Calendar, Shop};
use super::turnover::Turnover;

/// Smaller changes of the whole are of no interest, however sure: of its level, and of its growth.
const LEAST_CHANGE: f64 = 0.08;
const LEAST_GROWTH: f64 = 0.06;

/// Where there is a season, the periods of two years are as much alike.
const SEASON_REPEATS: f64 = 0.5;

/// Growth is one question where changes of level are one for each period.
const SURE_OF_ONE: f64 = 5.0;

/// A step smaller than this share of the growth about it is growth that is not even.
const UNEVEN: f64 = 0.5;

/// Periods that can be compared with those a year before from which a change of level is looked
/// for, in years; fewer show growth alone.
const YEARS_FOR_STEPS: f64 = 0.45;

/// The change of the whole, if there is one that noise does not explain.
pub(super) fn find(shop: &Shop, turnover: &Turnover, rate: f64) -> Option<Finding> {
    let calendar = &shop.calendar;
    let differences = differences(calendar, &shop.whole)?;
    let held = without_spikes(&differences, 3.0);
    let count = shop.whole.len();
    let enough = held.len() as f64 >= YEARS_FOR_STEPS * calendar.year as f64;
    let step = enough.then(|| stepped(&held, calendar.year, turnover)).flatten();
    if let Some(fit) = step.filter(|fit| fit.chance <= rate)
        && let Some(found) = finding(calendar, shop, Kind::LevelChange, fit.at, fit)
    {
        return Some(found);
    }
    let since = count - held.len().min(calendar.year);
    let growth = scan::mean(&held, turnover.of_whole(since))
        .filter(|fit| fit.chance <= SURE_OF_ONE * rate)?;
    finding(calendar, shop, Kind::Growth, since, growth)
}

fn finding(
    calendar: &Calendar,
    shop: &Shop,
    kind: Kind,
    since: usize,
    fit: Fit,
) -> Option<Finding> {
    let Sizes { compared, before, after, at_stake } = sizes(calendar, &shop.whole, None, since)?;
    let change = after - before;
    let least = if kind == Kind::Growth { LEAST_GROWTH } else { LEAST_CHANGE };
    if calendar.is_old(since) || change * fit.size <= 0.0 || change.abs() < least * before.abs() {
        return None;
    }
    Some(Finding {
        of: Of::Whole,
        kind,
        since,
        until: shop.whole.len(),
        compared,
        before,
        after,
        at_stake,
        price: None,
        chance: fit.chance,
        moved: 0.0,
        first: false,
        explains: Vec::new(),
    })
}

/// The logarithms of the periods over those a year before. Where either may hold Easter, or nothing
/// was sold, those about it stand in.
fn differences(calendar: &Calendar, money: &[f64]) -> Option<Vec<f64>> {
    let year = calendar.year;
    if money.len() < year + LEAST_SEGMENT {
        return None;
    }
    let difference = |index: usize| {
        let (is, was) = (money[index], money[index - year]);
        let alike = !calendar.near_easter(index) && !calendar.near_easter(index - year);
        (alike && is > 0.0 && was > 0.0).then(|| (is / was).ln())
    };
    let known: Vec<Option<f64>> = (year..money.len()).map(difference).collect();
    if known.iter().flatten().count() < LEAST_SEGMENT {
        return None;
    }
    let bridged = (0..known.len()).map(|index| {
        known[index].or_else(|| {
            let before = known[..index].iter().rev().flatten().next();
            let after = known[index..].iter().flatten().next();
            match (before, after) {
                (Some(before), Some(after)) => Some((before + after) / 2.0),
                (one, other) => one.or(other).copied(),
            }
        })
    });
    bridged.collect()
}

/// The step that explains differences to the year before it best, beside their growth: they are on
/// another level since, until a year after it.
fn stepped(differences: &[f64], year: usize, turnover: &Turnover) -> Option<Fit> {
    let count = differences.len();
    let total: f64 = differences.iter().sum();
    let mut best: Option<(f64, usize)> = None;
    for from in LEAST_SEGMENT..=count.checked_sub(LEAST_SEGMENT)? {
        let to = count.min(from + year);
        let inside: f64 = differences[from..to].iter().sum();
        let (n, m) = ((to - from) as f64, (count - (to - from)) as f64);
        let gain = inside * inside / n + (total - inside) * (total - inside) / m;
        if best.is_none_or(|(most, _)| gain > most) {
            best = Some((gain, from));
        }
    }
    let (_, from) = best?;
    let to = count.min(from + year);
    let (n, m) = ((to - from) as f64, (count - (to - from)) as f64);
    let inside = differences[from..to].iter().sum::<f64>() / n;
    let outside = (total - inside * n) / m;
    let errors: Vec<f64> = differences
        .iter()
        .enumerate()
        .map(|(index, value)| value - if (from..to).contains(&index) { inside } else { outside })
        .collect();
    let places = (count / LEAST_SEGMENT) as f64;
    if (inside - outside).abs() < UNEVEN * outside.abs() {
        return None;
    }
    let spread = Spread { noise: 1.0 / n + 1.0 / m, wander: turnover.of_whole(from + year) };
    let fit = scan::judged(from, inside - outside, &errors, spread, places);
    Some(Fit { at: from + year, ..fit })
}

/// The season, where two years or more have it alike.
pub(super) fn season(shop: &Shop) -> Option<Season> {
    let (year, money) = (shop.calendar.year, &shop.whole);
    if year < 4 || money.len() < 2 * year {
        return None;
    }
    // Means of a month or so; at the ends of fewer periods, as nothing is known beyond.
    let half = (year / 20).max(usize::from(year > 12));
    let two_years = &money[money.len() - 2 * year..];
    let smooth: Vec<f64> = (0..2 * year)
        .map(|at| {
            let near = &two_years[at.saturating_sub(half)..(at + half + 1).min(2 * year)];
            near.iter().sum::<f64>() / near.len() as f64
        })
        .collect();
    let (before, last) = smooth.split_at(year);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (was, is) = (mean(before), mean(last));
    let (mut product, mut early, mut late) = (0.0, 0.0, 0.0);
    for (a, b) in before.iter().zip(last) {
        product += (a - was) * (b - is);
        early += (a - was) * (a - was);
        late += (b - is) * (b - is);
    }
    if product <= SEASON_REPEATS * (early * late).sqrt() {
        return None;
    }
    let both = before.iter().zip(last).map(|(a, b)| (a / was + b / is) / 2.0);
    let (best, times) = both.enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    (times > 1.1 && times.is_finite()).then_some(Season { best: money.len() - year + best, times })
}
