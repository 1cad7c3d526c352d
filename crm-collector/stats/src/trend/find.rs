//! All that changed in a shop: what has one cause is one trend, and what is recent and large comes
//! first.

use super::finding::{Basis, Finding, Found, Kind, Of};
use super::parts::NEAR;
use super::shop::Shop;
use super::turnover::Turnover;
use super::{leaving, parts, price, whole};

/// The whole, the parts and their prices share the false alarms; and where orders differ much in size, a
/// few large ones look like a step more often than the noise of an autoregression would. With a fifth
/// of this, 12 % of such shops showed something in which nothing had changed.
/// Tuned: `tests/benches/accuracy/trend.rs` measures what another value does.
const CAUTION: f64 = 10.0;
/// At most so many are worth a look first.
const FIRST: usize = 5;
/// … and what is at stake in them is this share of a month's sales at least.
const FIRST_STAKE: f64 = 0.002;
/// What is found of the whole is explained by parts that have so much of it.
const EXPLAINS: f64 = 0.6;
const MOST_IN_MIX: usize = 20;
/// More changes of one kind are one renewal.
const FEW: usize = 4;
/// A price is the cause of a change that it has so much of.
const PRICE_EXPLAINS: f64 = 0.4;
/// Of two changes of one dimension one has won what the other has lost, where what they leave is
/// less than this share of the larger.
const MIX_LEAVES: f64 = 0.5;

/// What the finder is to look for.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The chance that a shop in which nothing changed shows anything, at the most.
    pub rate: f64,
    /// How many threads may work; the result is the same for any number.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { rate: 0.05, threads: 1 }
    }
}

/// The changes of a shop: those worth a look first, then the rest, each by the money at stake a
/// month from now on, halved for each year since it began.
pub fn find(shop: &Shop, settings: &Settings) -> Found {
    let shop = &shop.cleaned();
    let examined = 1 + shop.dimensions.iter().map(Vec::len).sum::<usize>();
    let years = shop.calendar.len() as f64 / shop.calendar.year.max(1) as f64;
    let rate = settings.rate / (CAUTION * years.max(1.0).powf(1.3));
    let turnover = Turnover::of(shop);
    let mut findings = parts::find(shop, &turnover, rate, settings.threads);
    fold_mixes(shop, &mut findings);
    let prices = price::find(shop, rate, settings.threads);
    fold_prices(&mut findings, prices);
    fold_renewals(&mut findings);
    let of_whole = whole::find(shop, &turnover, rate);
    fold_whole(shop, &mut findings, of_whole, leaving::find(shop));
    // What the last months have undone is over.
    findings.retain(|one| one.at_stake * one.per_period() >= 0.0);
    let count = shop.calendar.len();
    let weight = |one: &Finding| {
        let years = (count - one.since.min(count)) as f64 / shop.calendar.year.max(1) as f64;
        one.at_stake.abs() * 0.5_f64.powf(years)
    };
    findings.sort_by(|a, b| {
        let by_weight = weight(b).total_cmp(&weight(a));
        let by_place = a.of.cmp(&b.of).then(a.since.cmp(&b.since));
        is_contradicted(a).cmp(&is_contradicted(b)).then(by_weight).then(by_place)
    });
    let month = shop.whole.iter().sum::<f64>() / count.max(1) as f64 * shop.calendar.month();
    for one in findings.iter_mut().take(FIRST) {
        one.first = !is_contradicted(one) && one.at_stake.abs() >= FIRST_STAKE * month;
    }
    let periods_missing = (2 * shop.calendar.year).saturating_sub(count);
    Found { findings, season: whole::season(shop), examined, periods_missing }
}

/// Whether it is a price that fell while sales rose, or the other way round: it may well have been
/// right, and comes behind the others.
fn is_contradicted(one: &Finding) -> bool {
    one.price.is_some_and(|price| price.is_contradicted())
}

/// Products that begin, that end, or whose price is raised or lowered, where there are many of them,
/// are one renewal of the range, or of the prices: the largest is told, with the others under it.
fn fold_renewals(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| {
        let by_stake = b.at_stake.abs().total_cmp(&a.at_stake.abs());
        is_contradicted(a).cmp(&is_contradicted(b)).then(by_stake)
    });
    for kind in [Kind::Launch, Kind::End, Kind::Price] {
        for up in [false, true] {
            let same = |one: &Finding| one.kind == kind && (one.per_period() > 0.0) == up;
            let all: Vec<Of> = findings.iter().filter(|one| same(one)).map(|one| one.of).collect();
            let [largest, others @ ..] = &all[..] else { continue };
            if all.len() <= FEW {
                continue;
            }
            findings.retain(|one| !same(one) || one.of == *largest);
            if let Some(one) = findings.iter_mut().find(|one| same(one) && one.of == *largest) {
                one.explains.extend_from_slice(others);
            }
        }
    }
}

/// Two changes at one time of one dimension that all but cancel are one: what one has lost the
/// other has won.
fn fold_mixes(shop: &Shop, findings: &mut Vec<Finding>) {
    let mut place = 0;
    findings.sort_by(|a, b| b.moved.abs().total_cmp(&a.moved.abs()));
    while place < findings.len() {
        let one = &findings[place];
        let Of::Part(dimension, _) = one.of else { break };
        // Among many parts two that cancel are found by chance.
        if shop.dimensions[dimension].len() > MOST_IN_MIX {
            place += 1;
            continue;
        }
        let goes_on = |one: &Finding| matches!(one.kind, Kind::LevelChange | Kind::Growth);
        let other = findings[place + 1..].iter().position(|other| {
            let same = matches!(other.of, Of::Part(of, _) if of == dimension);
            let (change, against) = (one.moved, other.moved);
            same && goes_on(one)
                && goes_on(other)
                && other.since.abs_diff(one.since) <= NEAR
                && change * against < 0.0
                && (change + against).abs() < MIX_LEAVES * change.abs()
        });
        if let Some(other) = other {
            let other = findings.remove(place + 1 + other);
            let one = &mut findings[place];
            one.kind = Kind::Mix;
            one.explains.push(other.of);
        }
        place += 1;
    }
}

/// A change of price explains what its product's sales did at that time.
fn fold_prices(findings: &mut Vec<Finding>, prices: Vec<Finding>) {
    for price in prices {
        let same = |one: &Finding| one.of == price.of;
        let other = findings.iter().position(&same);
        match other {
            Some(at) if findings[at].since.abs_diff(price.since) <= 2 * NEAR => {
                // A product that begins or ends has no price to speak of, and a price that moves
                // little of a change, or the other way, is not what changed.
                let one = &findings[at];
                let explains = price.per_period() / one.per_period() >= PRICE_EXPLAINS;
                if one.kind == Kind::LevelChange && one.explains.is_empty() && explains {
                    findings[at] = price;
                }
            }
            _ => findings.push(price),
        }
    }
}

/// The whole's change is told under the parts that have most of it; else by itself.
fn fold_whole(
    shop: &Shop,
    findings: &mut Vec<Finding>,
    of_whole: Option<Finding>,
    lost: Option<Finding>,
) {
    let whole = match (of_whole, lost) {
        // What sales say of when and how much is surer; who left says why, where it was then.
        (Some(whole), Some(lost))
            if whole.per_period() < 0.0 && lost.since.abs_diff(whole.since) <= NEAR =>
        {
            let chance = whole.chance.min(lost.chance);
            Some(Finding { kind: Kind::CustomersLost, chance, ..whole })
        }
        // Too short to tell a step from growth: who left says when.
        (Some(whole), Some(lost)) if whole.kind == Kind::Growth && whole.per_period() < 0.0 => {
            Some(lost)
        }
        (Some(whole), _) => Some(whole),
        (None, Some(lost)) => {
            // A year that can be compared and shows nothing contradicts it.
            let known = matches!(lost.compared.basis, Basis::YearsBefore(_));
            (!known || shop.whole.len() < shop.calendar.year * 3 / 2).then_some(lost)
        }
        (None, None) => None,
    };
    let Some(mut whole) = whole else { return };
    let change = whole.per_period();
    let near = |one: &&mut Finding| {
        let at_once = one.since.abs_diff(whole.since) <= 2 * NEAR || whole.kind == Kind::Growth;
        at_once && one.kind != Kind::Mix && one.per_period() * change > 0.0
    };
    for dimension in 0..shop.dimensions.len() {
        let of = |one: &&mut Finding| matches!(one.of, Of::Part(at, _) if at == dimension);
        let mut causes: Vec<&mut Finding> =
            findings.iter_mut().filter(|one| of(one) && near(one)).collect();
        let sum: f64 = causes.iter().map(|one| one.per_period()).sum();
        causes.sort_by(|a, b| b.per_period().abs().total_cmp(&a.per_period().abs()));
        // A few causes explain; many small ones are explained.
        let few: f64 = causes.iter().take(3).map(|one| one.per_period()).sum();
        if few.abs() >= EXPLAINS * change.abs() {
            if let Some(largest) = causes.into_iter().next() {
                largest.explains.push(Of::Whole);
            }
            return;
        }
        if whole.kind != Kind::Growth && sum.abs() >= EXPLAINS * change.abs() {
            whole.explains.extend(causes.iter().map(|one| one.of));
        }
    }
    let folded = whole.explains.clone();
    findings.retain(|one| !folded.contains(&one.of));
    findings.push(whole);
}
