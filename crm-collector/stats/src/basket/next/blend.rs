//! How much each figure weighs: learned by guessing the latest visit of many customers from what was
//! known before it.

use std::ops::Range;

use super::super::Baskets;
use super::customer::{FIGURES, Figures, Shop, Visits, Workplace};
use crate::numeric::linear::{cholesky, substitute};
use crate::parallel;

/// Weights of what speaks for an item, and how well they have done.
#[derive(Clone, Debug, PartialEq)]
pub struct Blend {
    /// One a figure.
    pub(super) weights: [f64; FIGURES],
    /// Customers whose latest visit was guessed.
    pub customers: usize,
    /// Mean share of what those bought on that visit that ten suggestions held, by weights that were
    /// learned from the other half of the customers; `None` with fewer than
    /// [`Blend::ENOUGH_CUSTOMERS`] of them.
    pub recall: Option<f64>,
    /// The same for what each customer has bought most often.
    pub recall_by_frequency: Option<f64>,
    /// Whether the weights were learned here, or are those of another shop, which stay where there
    /// is too little to learn from or where they do better.
    pub learned: bool,
}

impl Blend {
    /// Customers with at least two visits from which weights are learned.
    pub const ENOUGH_CUSTOMERS: usize = 40;

    /// Customers with two days of purchases that are missing for learning; zero where there are
    /// enough.
    pub fn missing_customers(&self) -> usize {
        Self::ENOUGH_CUSTOMERS.saturating_sub(self.customers)
    }
}

/// Where learning begins, and what is held to where there is little to learn from: what a gift
/// shop's earlier visits have taught.
/// Tuned: `tests/benches/accuracy/basket.rs` measures what another value does.
const BEGINNING: [f64; FIGURES] =
    [0.5, 0.9, -0.2, -0.6, 0.8, 0.0, 0.2, 0.15, 0.15, -0.15, 0.4, -0.1];
/// As many customers as weigh as much as that beginning.
/// Tuned: `tests/benches/accuracy/basket.rs` measures what another value does.
const BEGINNING_CUSTOMERS: f64 = 5.0;
/// Customers that are learned from at the most.
const MOST_CUSTOMERS: usize = 4_000;
/// Suggestions that are judged.
const TOP: usize = 10;
/// Customers that are summed up at a time, whatever the number of threads.
const BLOCK: usize = 64;
const MOST_STEPS: usize = 12;

/// A customer's latest visit, which was held out to be guessed.
struct HeldOutVisit {
    figures: Vec<Figures>,
    /// Of the figures, those of items that were bought.
    hits: Vec<bool>,
    /// Items of the visit, also those that were no candidates.
    bought: usize,
    /// What would have been found by the customer's most frequent items.
    found_by_frequency: usize,
}

/// Learns from baskets by customer and day, given who they belong to.
pub(super) fn learn(by_day: &Baskets, customers: &[(u32, Range<usize>)], threads: usize) -> Blend {
    let held_out = held_out(by_day, customers, threads);
    let number = held_out.len();
    let mut blend = Blend {
        weights: BEGINNING,
        customers: number,
        recall: None,
        recall_by_frequency: None,
        learned: false,
    };
    if number < Blend::ENOUGH_CUSTOMERS {
        return blend;
    }
    let one: Vec<&HeldOutVisit> = held_out.iter().step_by(2).collect();
    let other: Vec<&HeldOutVisit> = held_out.iter().skip(1).step_by(2).collect();
    let trial = fit(&one, BEGINNING, threads);
    let (learned, given) = (recall(&other, &trial, threads), recall(&other, &BEGINNING, threads));
    let frequent: f64 =
        other.iter().map(|visit| visit.found_by_frequency as f64 / visit.bought as f64).sum();
    blend.recall_by_frequency = Some(frequent / other.len() as f64);
    blend.recall = Some(learned.max(given));
    if learned >= given {
        let all: Vec<&HeldOutVisit> = held_out.iter().collect();
        blend.weights = fit(&all, trial, threads);
        blend.learned = true;
    }
    blend
}

/// Takes the latest visit of customers away and asks what the rest says of it.
fn held_out(
    by_day: &Baskets,
    customers: &[(u32, Range<usize>)],
    threads: usize,
) -> Vec<HeldOutVisit> {
    let come_back: Vec<&(u32, Range<usize>)> =
        customers.iter().filter(|(_, range)| range.len() > 1).collect();
    let number = come_back.len().min(MOST_CUSTOMERS);
    // Evenly over the numbers, which customers get in order of appearance.
    let asked = (0..number).map(|index| come_back[index * come_back.len() / number].clone());
    let asked: Vec<(u32, Range<usize>)> = asked.collect();
    let mut earlier = Baskets::with_limit(by_day.lines());
    let mut ranges = Vec::with_capacity(number);
    let mut taken = asked.iter().map(|(_, range)| range.end - 1).peekable();
    let mut removed = 0;
    for (index, basket) in by_day.iter().enumerate() {
        if taken.next_if_eq(&index).is_some() {
            let (_, range) = &asked[removed];
            ranges.push((range.start - removed..range.end - removed - 1, index));
            removed += 1;
        } else {
            earlier.push(basket.customer, basket.day, basket.items);
        }
    }
    let shop = Shop::of(&earlier);
    let blocks: Vec<_> = ranges.chunks(BLOCK).collect();
    let held_out = parallel::map(&blocks, threads, |block| {
        let mut workplace = Workplace::new(&shop);
        let visit = |(range, latest): &(Range<usize>, usize)| {
            let visits = Visits::of(&earlier, range.clone(), None);
            let bought = by_day.get(*latest).map_or(&[][..], |basket| basket.items);
            let candidates = workplace.candidates(&shop, &visits, TOP);
            let hit = |item: u32| bought.binary_search(&item).is_ok();
            // Ties go to what more baskets hold lately, as a shop without statistics would.
            let mut frequent: Vec<_> = candidates
                .iter()
                .map(|candidate| {
                    (
                        candidate.times(),
                        candidate.figures[9] + candidate.figures[11],
                        candidate.item,
                    )
                })
                .collect();
            frequent.sort_unstable_by(|one, other| {
                other.0.cmp(&one.0).then(other.1.total_cmp(&one.1)).then(one.2.cmp(&other.2))
            });
            HeldOutVisit {
                figures: candidates.iter().map(|candidate| candidate.figures).collect(),
                hits: candidates.iter().map(|candidate| hit(candidate.item)).collect(),
                bought: bought.len(),
                found_by_frequency: frequent.iter().take(TOP).filter(|item| hit(item.2)).count(),
            }
        };
        block.iter().map(visit).collect::<Vec<_>>()
    });
    held_out.into_iter().flatten().collect()
}

fn score(figures: &Figures, weights: &[f64; FIGURES]) -> f64 {
    figures.iter().zip(weights).map(|(figure, weight)| f64::from(*figure) * weight).sum()
}

/// Mean share of a visit that the ten best candidates hold.
fn recall(visits: &[&HeldOutVisit], weights: &[f64; FIGURES], threads: usize) -> f64 {
    let blocks: Vec<_> = visits.chunks(BLOCK).collect();
    let sums = parallel::map(&blocks, threads, |block| {
        let found = |visit: &&HeldOutVisit| {
            let mut scored: Vec<(f64, usize)> = visit
                .figures
                .iter()
                .enumerate()
                .map(|(place, figures)| (score(figures, weights), place))
                .collect();
            scored
                .sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
            let found = scored.iter().take(TOP).filter(|(_, place)| visit.hits[*place]).count();
            found as f64 / visit.bought as f64
        };
        block.iter().map(found).sum::<f64>()
    });
    sums.iter().sum::<f64>() / visits.len().max(1) as f64
}

/// The loss with its slope and its curvature, the lower triangle of it.
#[derive(Clone)]
struct Loss {
    value: f64,
    slope: [f64; FIGURES],
    curvature: [[f64; FIGURES]; FIGURES],
}

impl Loss {
    const NONE: Self =
        Self { value: 0.0, slope: [0.0; FIGURES], curvature: [[0.0; FIGURES]; FIGURES] };

    fn add(&mut self, other: &Self) {
        self.value += other.value;
        for row in 0..FIGURES {
            self.slope[row] += other.slope[row];
            for column in 0..=row {
                self.curvature[row][column] += other.curvature[row][column];
            }
        }
    }

    /// Adds what one visit costs: a choice among all candidates for each item that was bought
    /// (McFadden 1974, eq. 12), each customer weighing the share of its visit that can be found.
    fn learn(&mut self, visit: &HeldOutVisit, weights: &[f64; FIGURES], scores: &mut Vec<f64>) {
        let hits = visit.hits.iter().filter(|hit| **hit).count();
        if hits == 0 {
            return;
        }
        scores.clear();
        scores.extend(visit.figures.iter().map(|figures| score(figures, weights)));
        let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let share = 1.0 / hits as f64;
        let mut chosen = 0.0;
        for (score, hit) in scores.iter().zip(&visit.hits) {
            chosen += if *hit { score * share } else { 0.0 };
        }
        let mut total = 0.0;
        for score in scores.iter_mut() {
            *score = (*score - largest).exp();
            total += *score;
        }
        let importance = hits as f64 / visit.bought as f64;
        self.value += importance * (largest + total.ln() - chosen);
        let mut mean = [0.0; FIGURES];
        for ((figures, odds), hit) in visit.figures.iter().zip(scores.iter()).zip(&visit.hits) {
            let chance = odds / total;
            let surprise = importance * (chance - if *hit { share } else { 0.0 });
            let figures = figures.map(f64::from);
            for (row, figure) in figures.into_iter().enumerate() {
                self.slope[row] += surprise * figure;
                mean[row] += chance * figure;
                let weighed = importance * chance * figure;
                for (sum, other) in self.curvature[row].iter_mut().zip(&figures[..=row]) {
                    *sum += weighed * other;
                }
            }
        }
        for row in 0..FIGURES {
            for column in 0..=row {
                self.curvature[row][column] -= importance * mean[row] * mean[column];
            }
        }
    }

    /// Of all visits, held to the beginning.
    fn of(
        visits: &[&HeldOutVisit],
        weights: &[f64; FIGURES],
        scale: &[f64; FIGURES],
        threads: usize,
    ) -> Self {
        let blocks: Vec<_> = visits.chunks(BLOCK).collect();
        let parts = parallel::map(&blocks, threads, |block| {
            let (mut loss, mut scores) = (Self::NONE, Vec::new());
            block.iter().for_each(|visit| loss.learn(visit, weights, &mut scores));
            loss
        });
        let mut loss = Self::NONE;
        parts.iter().for_each(|part| loss.add(part));
        for figure in 0..FIGURES {
            let pull = BEGINNING_CUSTOMERS * scale[figure];
            let away = weights[figure] - BEGINNING[figure];
            loss.value += 0.5 * pull * away * away;
            loss.slope[figure] += pull * away;
            loss.curvature[figure][figure] += pull;
        }
        loss
    }
}

/// The weights that make what was bought most likely: Newton's method with halved steps, from some
/// weights on. The loss is convex.
fn fit(visits: &[&HeldOutVisit], from: [f64; FIGURES], threads: usize) -> [f64; FIGURES] {
    let scale = variances(visits);
    let mut weights = from;
    let mut loss = Loss::of(visits, &weights, &scale, threads);
    for _ in 0..MOST_STEPS {
        let mut step = loss.slope;
        let mut curvature: Vec<f64> = loss.curvature.iter().flatten().copied().collect();
        if !cholesky(&mut curvature, FIGURES) {
            break;
        }
        substitute(&curvature, &mut step);
        let promised: f64 = step.iter().zip(&loss.slope).map(|(step, slope)| step * slope).sum();
        let mut length = 1.0;
        let better = (0..6).find_map(|_| {
            let mut tried = weights;
            tried.iter_mut().zip(&step).for_each(|(weight, step)| *weight -= length * step);
            length *= 0.5;
            let next = Loss::of(visits, &tried, &scale, threads);
            (next.value < loss.value).then_some((tried, next))
        });
        let Some((tried, next)) = better else { break };
        let gained = loss.value - next.value;
        (weights, loss) = (tried, next);
        if gained < 1e-7 * loss.value || promised < 1e-9 {
            break;
        }
    }
    weights
}

/// How much each figure varies among candidates.
fn variances(visits: &[&HeldOutVisit]) -> [f64; FIGURES] {
    let mut variances = [0.0; FIGURES];
    let count: usize = visits.iter().map(|visit| visit.figures.len()).sum();
    for (figure, variance) in variances.iter_mut().enumerate() {
        let values =
            || visits.iter().flat_map(|visit| &visit.figures).map(|all| f64::from(all[figure]));
        let mean = values().sum::<f64>() / count.max(1) as f64;
        let squares = values().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        // A figure that never varies is held to its beginning all the same.
        *variance = (squares / count.max(1) as f64).max(1e-3);
    }
    variances
}
