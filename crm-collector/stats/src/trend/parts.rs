//! Changes of parts: each is looked at as its share of what else was sold, so that what happens to
//! all alike (seasons, holidays, promotions, growth) is no change of any. What changed most is taken
//! out of the whole before the others are looked at again, as a part that is gone raises the shares
//! of all that stay.

use super::compare::{Sizes, sizes, sum};
use super::finding::{Basis, Finding, Kind, Of};
use super::life;
use super::scan::{self, Fit, Spread};
use super::series::without_spikes;
use super::shop::{Calendar, Part, Shop};
use super::turnover::{Turnover, share_of};
use crate::parallel;

/// Fewer periods show nothing.
const LEAST_PERIODS: usize = 12;
/// The fewest periods at a new level.
pub(super) const LEAST_SEGMENT: usize = 5;
/// The same where it is told from a season by one year alone.
const LEAST_SEASONAL_SEGMENT: usize = 8;
/// Rounds of taking out what was found.
const MOST_ROUNDS: usize = 12;
/// A part whose share of the rest has moved by less moves no other's visibly.
const SMALL_MOVE: f64 = 0.01;
/// Of one dimension at most this share is taken out: beyond, there is no rest to compare with.
const MOST_TAKEN: f64 = 0.7;
/// Less of the whole is no measure of what else was sold.
const LEAST_REST: f64 = 0.1;
/// Changes further apart have not one cause.
pub(super) const NEAR: usize = 3;
/// Changes of one series that are looked for behind each other.
const MOST_CHANGES: usize = 4;
/// A part's own season repeats itself from year to year with this correlation.
const OWN_SEASON: f64 = 0.5;
/// What is less than this share of what there is at another time was not there: returns and remnants.
const ALL_BUT_NOTHING: f64 = 0.03;
/// Smaller changes of a part are of no interest, however sure.
const LEAST_CHANGE: f64 = 0.15;
/// The chance, of all parts together, at which a launch or an end goes before what the share shows.
const CERTAIN: f64 = 1e-3;

/// A part that changed.
#[derive(Clone, Debug)]
struct Candidate {
    part: usize,
    kind: Kind,
    since: usize,
    /// Two years are known or more.
    in_later_years: bool,
    /// Its share has risen.
    up: bool,
    chance: f64,
    sizes: Sizes,
    /// Share of the rest, after less before.
    moved: f64,
}

/// The changes of all parts, with chances that hold for all of their dimension.
pub(super) fn find(shop: &Shop, turnover: &Turnover, rate: f64, threads: usize) -> Vec<Finding> {
    let found = shop.dimensions.iter().enumerate();
    found
        .flat_map(|(dimension, parts)| {
            let found = of_dimension(shop, turnover, parts, rate, threads);
            found.into_iter().map(move |candidate| candidate.finding(dimension))
        })
        .collect()
}

fn of_dimension(
    shop: &Shop,
    turnover: &Turnover,
    parts: &[Part],
    rate: f64,
    threads: usize,
) -> Vec<Candidate> {
    let Shop { calendar, whole, .. } = shop;
    let tests = parts.len();
    let mut found: Vec<Candidate> = Vec::new();
    let mut left: Vec<usize> = (0..parts.len()).collect();
    let mut rest = whole.to_vec();
    let all: f64 = whole.iter().sum();
    if whole.len() < LEAST_PERIODS || parts.len() < 2 {
        return found;
    }
    for _ in 0..MOST_ROUNDS {
        if rest.iter().sum::<f64>() < (1.0 - MOST_TAKEN) * all {
            break;
        }
        let looked = parallel::map(&left, threads, |&place| {
            let part = &parts[place];
            let wander = Wander { turnover, share: own_share(part, whole) };
            let candidate = look(calendar, part, &rest, wander, place, tests)?;
            (candidate.chance <= rate).then_some(candidate)
        });
        let mut seen: Vec<Candidate> = looked.into_iter().flatten().collect();
        seen.retain(|one| !is_mirrored(one, &found, parts, whole));
        let taken = taken(seen, parts);
        if taken.is_empty() {
            break;
        }
        for one in &taken {
            left.retain(|place| *place != one.part);
            for (rest, money) in rest.iter_mut().zip(&parts[one.part].money) {
                *rest -= money;
            }
        }
        found.extend(taken);
    }
    resized(calendar, whole, &rest, parts, found)
}

/// The changes with sizes against what has not changed at all, where enough of that is left; those
/// only that still go their way.
fn resized(
    calendar: &Calendar,
    whole: &[f64],
    rest: &[f64],
    parts: &[Part],
    found: Vec<Candidate>,
) -> Vec<Candidate> {
    let total: f64 = rest.iter().sum();
    let enough = total > LEAST_REST * whole.iter().sum::<f64>();
    let resized = |mut one: Candidate| {
        one.moved = share_moved(&parts[one.part].money, whole, one.since);
        if enough {
            one.sizes = sizes(calendar, &parts[one.part].money, Some(rest), one.since)?;
        }
        one.tells().then_some(one)
    };
    found.into_iter().filter_map(resized).collect()
}

/// What is taken of what a round has seen: the largest move alone where it moves others' shares,
/// else all.
fn taken(mut seen: Vec<Candidate>, parts: &[Part]) -> Vec<Candidate> {
    seen.sort_by(|a, b| b.moved.abs().total_cmp(&a.moved.abs()));
    let Some(largest) = seen.first() else { return seen };
    if largest.moved.abs() < SMALL_MOVE {
        return seen;
    }
    // Of two that have moved as far against each other, the one that has moved by itself.
    let rival = seen.iter().position(|one| {
        one.moved.abs() > 0.8 * largest.moved.abs()
            && one.moved * largest.moved < 0.0
            && one.since.abs_diff(largest.since) <= NEAR
    });
    let own = |one: &Candidate| {
        let money = &parts[one.part].money;
        let reach = one.since.min(money.len() - one.since).min(13);
        let before = sum(money, &(one.since - reach..one.since));
        let after = sum(money, &(one.since..one.since + reach));
        (after.max(1e-9) / before.max(1e-9)).ln().abs()
    };
    let chosen = match rival {
        Some(rival) if own(&seen[rival]) > own(largest) => rival,
        _ => 0,
    };
    vec![seen.swap_remove(chosen)]
}

/// Whether a change is only that of the rest, which has lost or won the parts taken out of it: of
/// the whole, the share went another way, or nowhere.
fn is_mirrored(one: &Candidate, found: &[Candidate], parts: &[Part], whole: &[f64]) -> bool {
    let near = |other: &&Candidate| {
        other.since.abs_diff(one.since) <= NEAR && other.moved.abs() >= SMALL_MOVE
    };
    if !found.iter().any(|other| near(&other)) {
        return false;
    }
    let money = &parts[one.part].money;
    let of_whole = share_moved(money, whole, one.since);
    of_whole * one.moved <= 0.0 || of_whole.abs() < 0.3 * one.moved.abs()
}

fn share_moved(money: &[f64], whole: &[f64], since: usize) -> f64 {
    let share = |range| {
        let share = sum(money, &range) / sum(whole, &range);
        if share.is_finite() { share } else { 0.0 }
    };
    share(since..money.len()) - share(0..since)
}

/// How far a part's share wanders as customers come and go.
#[derive(Clone, Copy)]
struct Wander<'a> {
    turnover: &'a Turnover,
    /// Of a part whose customers are its own, its share of the whole.
    share: Option<f64>,
}

impl Wander<'_> {
    fn of_step(self, since: usize) -> f64 {
        self.share.map_or(0.0, |share| self.turnover.of_root_share(since, share))
    }

    fn of_line(self) -> f64 {
        self.share.map_or(0.0, |share| self.turnover.of_root_share_rise(share))
    }
}

/// The share of a part whose customers are its own. What has units is a product, which all may buy.
fn own_share(part: &Part, whole: &[f64]) -> Option<f64> {
    part.units.is_empty().then(|| share_of(&part.money, whole))
}

/// What a part's series shows, before it is measured.
struct Seen {
    kind: Kind,
    since: usize,
    up: bool,
    chance: f64,
}

/// The last change of a part, with its chance for so many tests.
fn look(
    calendar: &Calendar,
    part: &Part,
    rest: &[f64],
    wander: Wander<'_>,
    place: usize,
    tests: usize,
) -> Option<Candidate> {
    let money = &part.money;
    let Seen { mut kind, mut since, up, chance } = life_of(calendar, part, tests)
        .or_else(|| of_share(calendar, money, rest, wander, tests))?;
    if calendar.is_old(since) {
        return None;
    }
    let others: Vec<f64> = rest.iter().zip(money).map(|(rest, money)| rest - money).collect();
    let mut sizes = sizes(calendar, money, Some(&others), since)?;
    // A few samples before are no sales, nor are a few returns after.
    if kind == Kind::LevelChange && sizes.before < ALL_BUT_NOTHING * sizes.after {
        kind = Kind::Launch;
        since += money[since..].iter().position(|money| *money > 0.0)?;
        sizes = self::sizes(calendar, money, Some(&others), since)?;
    } else if kind == Kind::LevelChange && sizes.after < ALL_BUT_NOTHING * sizes.before {
        kind = Kind::End;
    }
    let (moved, chance) = (share_moved(money, rest, since), (chance * tests as f64).min(1.0));
    let in_later_years = money.len() >= 2 * calendar.year;
    let candidate =
        Candidate { part: place, kind, since, in_later_years, up, chance, sizes, moved };
    candidate.tells().then_some(candidate)
}

/// That it was launched, or has ended, where that is beyond chance.
fn life_of(calendar: &Calendar, part: &Part, tests: usize) -> Option<Seen> {
    let bound = CERTAIN / tests.max(1) as f64;
    let seen = |edge: life::Edge, kind| {
        let tells = edge.chance <= bound && !calendar.is_old(edge.at);
        let up = kind == Kind::Launch;
        tells.then_some(Seen { kind, since: edge.at, up, chance: edge.chance })
    };
    life::ended(&part.money, &part.units)
        .and_then(|edge| seen(edge, Kind::End))
        .or_else(|| life::begun(&part.money, &part.units).and_then(|edge| seen(edge, Kind::Launch)))
}

/// A change of its share of the rest.
fn of_share(
    calendar: &Calendar,
    money: &[f64],
    rest: &[f64],
    wander: Wander<'_>,
    tests: usize,
) -> Option<Seen> {
    let shares: Vec<f64> = money
        .iter()
        .zip(rest)
        .map(|(money, rest)| {
            let share = money / rest;
            if share.is_finite() { share.clamp(0.0, 1.0).sqrt() } else { 0.0 }
        })
        .collect();
    if shares.iter().all(|share| *share == 0.0) {
        return None;
    }
    let held = without_spikes(&shares, 3.0);
    let (kind, since, size, chance) = if own_season(&held, calendar.year) {
        let fit = against_last_year(&held, calendar, wander)?;
        (Kind::LevelChange, fit.at, fit.size, fit.chance)
    } else {
        last_change(&held, wander, tests)?
    };
    Some(Seen { kind, since, up: size > 0.0, chance })
}

/// The last of several changes behind each other, each by itself beyond chance.
fn last_change(
    values: &[f64],
    wander: Wander<'_>,
    tests: usize,
) -> Option<(Kind, usize, f64, f64)> {
    let bound = 0.05 / tests.max(1) as f64;
    let mut from = 0;
    let mut last = None;
    for _ in 0..MOST_CHANGES {
        let part = &values[from..];
        let of_step = |at| wander.of_step(from + at);
        let Some(step) = scan::step(part, LEAST_SEGMENT, of_step) else { break };
        if last.is_none()
            && let Some(line) = scan::line(part, wander.of_line())
            && line.left < 0.95 * step.left
            && line.chance <= bound
        {
            return Some((Kind::Growth, 0, line.size, line.chance));
        }
        if step.chance > bound {
            break;
        }
        last = Some((Kind::LevelChange, from + step.at, step.size, step.chance));
        from += step.at;
    }
    last
}

/// Whether the values repeat themselves from year to year, beside a step or a line.
fn own_season(values: &[f64], year: usize) -> bool {
    if year < 4 || values.len() < 2 * year {
        return false;
    }
    let smooth = super::series::moving_mean(values, (year / 10).max(1));
    let Some(step) = scan::step(&smooth, LEAST_SEGMENT, |_| 0.0) else { return false };
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    let (before, after) = (mean(&smooth[..step.at]), mean(&smooth[step.at..]));
    let left = |index: usize| smooth[index] - if index < step.at { before } else { after };
    let (mut product, mut early, mut late) = (0.0, 0.0, 0.0);
    for index in year..values.len() {
        let (was, is) = (left(index - year), left(index));
        product += was * is;
        early += was * was;
        late += is * is;
    }
    product > OWN_SEASON * (early * late).sqrt()
}

/// The change that explains the differences to the year before best: they are nothing before it,
/// and nothing again a year after it.
fn against_last_year(values: &[f64], calendar: &Calendar, wander: Wander<'_>) -> Option<Fit> {
    let year = calendar.year;
    let differences: Vec<f64> =
        (year..values.len()).map(|index| values[index] - values[index - year]).collect();
    let (count, least) = (differences.len(), LEAST_SEASONAL_SEGMENT);
    let mut best: Option<(f64, usize, f64)> = None;
    for from in 0..=count.checked_sub(least)? {
        let to = count.min(from + year);
        let sum: f64 = differences[from..to].iter().sum();
        let gain = sum * sum / (to - from) as f64;
        if best.is_none_or(|(most, ..)| gain > most) {
            best = Some((gain, from, sum / (to - from) as f64));
        }
    }
    let (_, from, size) = best?;
    let to = count.min(from + year);
    let errors: Vec<f64> = differences
        .iter()
        .enumerate()
        .map(|(index, value)| value - if (from..to).contains(&index) { size } else { 0.0 })
        .collect();
    let places = (count / least).max(1) as f64;
    let spread = Spread { noise: 1.0 / (to - from) as f64, wander: wander.of_step(from + year) };
    let fit = scan::judged(from, size, &errors, spread, places);
    Some(Fit { at: from + year, ..fit })
}

impl Candidate {
    /// What the same periods of last year contradict is a season, and may be one where two years are
    /// known and these periods are not among them, but for what was never sold before; what is too
    /// small is of no use.
    fn tells(&self) -> bool {
        let change = self.sizes.per_period();
        let larger = self.sizes.before.abs().max(self.sizes.after.abs());
        let known = matches!(self.sizes.compared.basis, Basis::YearsBefore(_));
        (known || !self.in_later_years || self.kind == Kind::Launch)
            && (change > 0.0) == self.up
            && change.abs() >= LEAST_CHANGE * larger
    }

    fn finding(self, dimension: usize) -> Finding {
        let Sizes { compared, before, after, at_stake } = self.sizes;
        Finding {
            of: Of::Part(dimension, self.part),
            kind: self.kind,
            since: self.since,
            until: compared.after.end,
            compared,
            before,
            after,
            at_stake,
            price: None,
            chance: self.chance,
            moved: self.moved,
            first: false,
            explains: Vec::new(),
        }
    }
}
