//! What speaks for each item that a customer may buy next.

use std::ops::Range;

use super::super::Baskets;
use super::neighbours::Neighbours;
use super::popularity::{FASHION_DAYS, Popularity};
use super::{Reason, Suggestion};

/// How many figures speak for a candidate.
pub(super) const FIGURES: usize = 12;
/// The place of what is in fashion among the figures of an item that is new to the customer.
pub(super) const FASHION: usize = 10;

/// What speaks for a candidate, each zero where there is nothing to say:
///
/// 0. Whether the customer has bought it.
/// 1. How often, the latest visits counting most: ln(1 + 10 Σ 0.9^v) over the visits with it, v
///    visits before the last (personal frequency with exponential recency, as in Hu et al. 2020).
/// 2. How long ago: ln(1 + days between its last purchase and the last visit).
/// 3. Whether it was in the last basket.
/// 4. How often buyers of it buy it again on their next visit: logarithm of the share.
/// 5. Whether it is due: days since its last purchase in mean gaps between its purchases, 3 at the
///    most.
/// 6. How well it goes with what the customer has bought, the latest visits counting most:
///    ln(1 + 50 · mean similarity).
/// 7. How well it goes with the last basket.
/// 8. How many baskets held it in the last 30 days: ln(1 + baskets).
/// 9. How many held it in the last 90 days.
/// 10. and 11. The same two where the customer has not bought it, where 8 and 9 are zero: what is in
///     fashion says one thing of a habit and another of something new.
pub(super) type Figures = [f32; FIGURES];

/// An item that the customer may buy.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) item: u32,
    pub(super) figures: Figures,
    /// Days with it among the visits that count, and the last of them.
    bought: Option<(u32, i32)>,
}

impl Candidate {
    /// Days with it among the visits that count.
    pub(super) fn times(&self) -> u32 {
        self.bought.map_or(0, |(times, _)| times)
    }
}

/// What is known of the items.
#[derive(Clone, Debug)]
pub(super) struct Shop {
    neighbours: Neighbours,
    popularity: Popularity,
    /// By item, the logarithm of how often it is bought again on the next visit.
    again: Vec<f32>,
}

/// As many visits as an item is given on credit, at the mean share of all items.
/// Tuned: `tests/benches/accuracy/basket.rs` measures what another value does.
const CREDIT: f32 = 20.0;
/// Days of the longer look at what is bought.
const SEASON_DAYS: i32 = 90;
/// Visits of a customer that count, the latest.
const MOST_VISITS: usize = 256;
/// Items of those visits that count, the latest.
const MOST_LINES: usize = 4_096;
/// Candidates for what they go with, and for being popular: at the least, and for each suggestion
/// that is wanted.
const COMPANIONS: (usize, usize) = (24, 2);
const FAVOURITES: (usize, usize) = (12, 1);
/// Weight of each visit beside the one after it, for how often.
/// Tuned: `tests/benches/accuracy/basket.rs` measures what another value does.
const FADING: f32 = 0.9;
/// The same for what goes with it.
/// Tuned: `tests/benches/accuracy/basket.rs` measures what another value does.
const COMPANION_FADING: f32 = 0.8;
/// A rhythm of days is a week slower than it seems, so that two purchases make none.
const RHYTHM_DAYS: f32 = 7.0;

impl Shop {
    /// From baskets by customer and day.
    pub(super) fn of(by_day: &Baskets) -> Self {
        Self {
            neighbours: Neighbours::of(by_day),
            popularity: Popularity::of(by_day),
            again: again(by_day),
        }
    }

    fn items(&self) -> usize {
        self.again.len()
    }
}

fn again(by_day: &Baskets) -> Vec<f32> {
    let mut visits = vec![0_u32; by_day.item_bound()];
    let mut repeats = vec![0_u32; by_day.item_bound()];
    let following = by_day.iter().skip(1);
    for (basket, next) in by_day.iter().zip(following) {
        if basket.customer != next.customer || basket.customer == super::ANONYMOUS {
            continue;
        }
        let mut rest = next.items.iter().peekable();
        for &item in basket.items {
            visits[item as usize] += 1;
            while rest.next_if(|other| **other < item).is_some() {}
            repeats[item as usize] += u32::from(rest.next_if_eq(&&item).is_some());
        }
    }
    let sum = |counts: &[u32]| counts.iter().map(|count| u64::from(*count)).sum::<u64>() as f32;
    let mean = (sum(&repeats) + 1.0) / (sum(&visits) + CREDIT);
    let share = |(visits, repeats): (&u32, &u32)| {
        ((*repeats as f32 + CREDIT * mean) / (*visits as f32 + CREDIT)).ln()
    };
    visits.iter().zip(&repeats).map(share).collect()
}

/// A customer's visits, the latest last.
pub(super) struct Visits<'a> {
    baskets: &'a Baskets,
    range: Range<usize>,
    /// Those before, which count for nothing but how often something was bought.
    earlier: Range<usize>,
    last_day: i32,
    /// The day from which it is asked what is popular.
    as_of: i32,
}

impl<'a> Visits<'a> {
    /// Of baskets by customer and day, those of one customer.
    pub(super) fn of(by_day: &'a Baskets, range: Range<usize>, as_of: Option<i32>) -> Self {
        let end = range.end;
        let mut start = end;
        let mut lines = 0;
        while start > range.start && end - start < MOST_VISITS {
            lines += by_day.get(start - 1).map_or(0, |basket| basket.items.len());
            if lines > MOST_LINES && start < end {
                break;
            }
            start -= 1;
        }
        let last = end.checked_sub(1).filter(|_| start < end).and_then(|last| by_day.get(last));
        let last_day = last.map_or(i32::MAX, |basket| basket.day);
        let as_of = as_of.unwrap_or(last_day);
        Self { baskets: by_day, range: start..end, earlier: range.start..start, last_day, as_of }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// Days with an item before the visits that count.
    fn earlier_days(&self, item: u32) -> u32 {
        let earlier = self.earlier.clone().filter_map(|visit| self.baskets.get(visit));
        let with_it = earlier.filter(|basket| basket.items.binary_search(&item).is_ok());
        u32::try_from(with_it.count()).unwrap_or(u32::MAX)
    }

    fn day(&self, before_last: u16) -> i32 {
        let index = self.range.end - 1 - usize::from(before_last);
        self.baskets.get(index).map_or(self.last_day, |basket| basket.day)
    }
}

/// Memory that one question after the other is answered in.
pub(super) struct Workplace {
    /// (item, visits before the last) of the customer, in that order.
    lines: Vec<(u32, u16)>,
    /// By item, how well it goes with what was bought, and with the last basket.
    companions: Vec<(f32, f32)>,
    touched: Vec<u32>,
    /// By item, whether it is a candidate already.
    taken: Vec<bool>,
    candidates: Vec<Candidate>,
    fading: Vec<(f32, f32)>,
    /// ln(1 + n) of numbers that occur often.
    logarithms: Vec<f32>,
}

/// Logarithms that are looked up: 16 KiB of them.
const LOGARITHMS: u16 = 4_096;

impl Workplace {
    pub(super) fn new(shop: &Shop) -> Self {
        let fading = (0..)
            .take(MOST_VISITS)
            .map(|visits| (FADING.powi(visits), COMPANION_FADING.powi(visits)));
        Self {
            lines: Vec::new(),
            companions: vec![(0.0, 0.0); shop.items()],
            touched: Vec::new(),
            taken: vec![false; shop.items()],
            candidates: Vec::new(),
            fading: fading.collect(),
            logarithms: (0..LOGARITHMS).map(|number| f32::from(number).ln_1p()).collect(),
        }
    }

    fn ln_1p(&self, number: u32) -> f32 {
        let known = self.logarithms.get(number as usize);
        known.copied().unwrap_or_else(|| (number as f32).ln_1p())
    }

    /// What a customer may buy next, and what speaks for it; at least `least` items if the shop
    /// has as many.
    pub(super) fn candidates(
        &mut self,
        shop: &Shop,
        visits: &Visits<'_>,
        least: usize,
    ) -> &mut Vec<Candidate> {
        self.gather(visits);
        self.meet(shop);
        self.candidates.clear();
        self.take_bought(shop, visits);
        self.take_companions(shop, visits, least);
        self.take_popular(shop, visits, least);
        for candidate in &self.candidates {
            self.taken[candidate.item as usize] = false;
        }
        for item in self.touched.drain(..) {
            self.companions[item as usize] = (0.0, 0.0);
        }
        &mut self.candidates
    }

    fn gather(&mut self, visits: &Visits<'_>) {
        self.lines.clear();
        for (before_last, index) in (0_u16..).zip(visits.range.clone().rev()) {
            let Some(basket) = visits.baskets.get(index) else { continue };
            self.lines.extend(basket.items.iter().map(|&item| (item, before_last)));
        }
        self.lines.sort_unstable();
    }

    /// Sums up the similarities of what the customer bought to everything else.
    fn meet(&mut self, shop: &Shop) {
        let (mut all, mut last) = (0.0_f32, 0.0_f32);
        for lines in self.lines.chunk_by(|one, next| one.0 == next.0) {
            let weight: f32 =
                lines.iter().map(|(_, visit)| self.fading[usize::from(*visit)].1).sum();
            let in_last = f32::from(u8::from(lines[0].1 == 0));
            all += weight;
            last += in_last;
            for neighbour in shop.neighbours.get(lines[0].0) {
                let sums = &mut self.companions[neighbour.item as usize];
                if sums.0 == 0.0 {
                    self.touched.push(neighbour.item);
                }
                sums.0 += weight * neighbour.similarity;
                sums.1 += in_last * neighbour.similarity;
            }
        }
        let scale = (all.max(1.0).sqrt().recip(), last.max(1.0).sqrt().recip());
        for &item in &self.touched {
            let sums = &mut self.companions[item as usize];
            *sums = (sums.0 * scale.0, sums.1 * scale.1);
        }
    }

    /// The figures that need no purchase of the customer.
    fn figures(&self, shop: &Shop, visits: &Visits<'_>, item: u32, bought: bool) -> Figures {
        let (all, last) = self.companions[item as usize];
        let lately = |days| self.ln_1p(shop.popularity.lately(item, visits.as_of, days));
        let mut figures = [0.0; FIGURES];
        figures[6] = (1.0 + 50.0 * all).ln();
        figures[7] = if last > 0.0 { (1.0 + 50.0 * last).ln() } else { 0.0 };
        let (fashion, season) = (lately(FASHION_DAYS), lately(SEASON_DAYS));
        let place = if bought { 8 } else { FASHION };
        figures[place..place + 2].copy_from_slice(&[fashion, season]);
        figures
    }

    fn take_bought(&mut self, shop: &Shop, visits: &Visits<'_>) {
        let lines = std::mem::take(&mut self.lines);
        for lines in lines.chunk_by(|one, next| one.0 == next.0) {
            let (item, latest) = lines[0];
            let mut figures = self.figures(shop, visits, item, true);
            let often: f32 =
                lines.iter().map(|(_, visit)| self.fading[usize::from(*visit)].0).sum();
            let last_day = visits.day(latest);
            let days = visits.last_day.saturating_sub(last_day).unsigned_abs();
            figures[0] = 1.0;
            figures[1] = (1.0 + 10.0 * often).ln();
            figures[2] = self.ln_1p(days);
            figures[3] = f32::from(u8::from(latest == 0));
            figures[4] = shop.again[item as usize];
            if let [_, .., (_, earliest)] = lines {
                let span = last_day.saturating_sub(visits.day(*earliest)) as f32;
                let gap = span / (lines.len() - 1) as f32;
                figures[5] = (days as f32 / (gap + RHYTHM_DAYS)).min(3.0);
            }
            let times = u32::try_from(lines.len()).unwrap_or(u32::MAX);
            self.taken[item as usize] = true;
            self.candidates.push(Candidate { item, figures, bought: Some((times, last_day)) });
        }
        self.lines = lines;
    }

    fn take_companions(&mut self, shop: &Shop, visits: &Visits<'_>, least: usize) {
        let most = COMPANIONS.0.max(least.saturating_mul(COMPANIONS.1));
        let companions = &self.companions;
        let taken = &self.taken;
        let mut new: Vec<(f32, u32)> = self
            .touched
            .iter()
            .filter(|item| !taken[**item as usize])
            .map(|&item| (companions[item as usize].0, item))
            .collect();
        if new.len() > most {
            new.select_nth_unstable_by(most, |one, other| {
                other.0.total_cmp(&one.0).then(one.1.cmp(&other.1))
            });
            new.truncate(most);
        }
        for (_, item) in new {
            self.take(shop, visits, item);
        }
    }

    fn take_popular(&mut self, shop: &Shop, visits: &Visits<'_>, least: usize) {
        let most = FAVOURITES.0.max(least.saturating_mul(FAVOURITES.1));
        for &item in shop.popularity.favourites(visits.as_of).iter().take(most) {
            self.take(shop, visits, item);
        }
        // Whoever asks for more than anything speaks for gets the rest by number of baskets.
        for &item in shop.popularity.ever() {
            if self.candidates.len() >= least {
                break;
            }
            self.take(shop, visits, item);
        }
    }

    fn take(&mut self, shop: &Shop, visits: &Visits<'_>, item: u32) {
        if !std::mem::replace(&mut self.taken[item as usize], true) {
            let figures = self.figures(shop, visits, item, false);
            self.candidates.push(Candidate { item, figures, bought: None });
        }
    }

    /// Says why, of those that were chosen; `self` is as [`Self::candidates`] left it.
    pub(super) fn explain(
        &mut self,
        shop: &Shop,
        visits: &Visits<'_>,
        chosen: &[(f64, Candidate)],
    ) -> Vec<Suggestion> {
        let mut bonds: Vec<(f32, Option<(u32, f32)>)> = vec![(0.0, None); chosen.len()];
        if chosen.iter().any(|(_, candidate)| candidate.bought.is_none()) {
            for lines in self.lines.chunk_by(|one, next| one.0 == next.0) {
                let weight: f32 =
                    lines.iter().map(|(_, visit)| self.fading[usize::from(*visit)].1).sum();
                let neighbours = shop.neighbours.get(lines[0].0);
                for (bond, (_, candidate)) in bonds.iter_mut().zip(chosen) {
                    if candidate.bought.is_some() {
                        continue;
                    }
                    let place = neighbours.binary_search_by_key(&candidate.item, |near| near.item);
                    let Some(near) = place.ok().map(|place| neighbours[place]) else { continue };
                    let strength = weight * near.similarity;
                    if strength > bond.0 && near.lift > 1.0 {
                        *bond = (strength, Some((lines[0].0, near.lift)));
                    }
                }
            }
        }
        let suggestion = |((score, candidate), (_, bond)): (&(f64, Candidate), &(_, Option<_>))| {
            let reason = match (candidate.bought, *bond) {
                (Some((times, last_day)), _) => {
                    let times = times.saturating_add(visits.earlier_days(candidate.item));
                    Reason::Bought { times, last_day }
                }
                (None, Some((with, lift))) => Reason::Together { with, lift: f64::from(lift) },
                (None, None) => Reason::Popular {
                    baskets: shop.popularity.lately(candidate.item, visits.as_of, FASHION_DAYS),
                    days: FASHION_DAYS.unsigned_abs(),
                },
            };
            Suggestion { item: candidate.item, score: *score, reason }
        };
        chosen.iter().zip(&bonds).map(suggestion).collect()
    }
}
