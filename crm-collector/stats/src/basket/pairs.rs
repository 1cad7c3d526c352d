//! Pairs of items with what is said about them, and the control of false discoveries among them.

use std::cmp::Reverse;

use super::BasketIndex;
use super::chance::tail;
use super::fisher::{self, LnFactorials};
use super::meetings::Meetings;
use crate::parallel;

/// What counts as a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairOptions {
    /// Baskets that have to hold both, and so each of them: fewer prove nothing and cost time.
    pub min_together: u32,
    /// The largest q-value, between 0 and 1.
    pub max_q: f64,
    /// Pairs at the most, those with the largest excess.
    pub limit: usize,
    /// Only so many items are looked at, those in most baskets. It bounds the pairs that are
    /// tested, which is half its square.
    pub items: usize,
}

impl PairOptions {
    /// As a share of one; what is no number lets nothing pass.
    fn max_q(&self) -> f64 {
        if self.max_q.is_nan() { 0.0 } else { self.max_q.clamp(0.0, 1.0) }
    }
}

impl Default for PairOptions {
    fn default() -> Self {
        Self { min_together: 5, max_q: 0.05, limit: 10_000, items: 4_096 }
    }
}

/// Two items that are bought together more often than by chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The one item; of a question about one item, that one.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// Baskets that hold both.
    pub together: u32,
    /// Baskets that hold a.
    pub of_a: u32,
    /// Baskets that hold b.
    pub of_b: u32,
    /// Share of all baskets that hold both.
    pub support: f64,
    /// How many times more often together than if neither had regard to the other:
    /// together · baskets / (of_a · of_b) (Brin et al. 1997).
    pub lift: f64,
    /// Share of the baskets with a that hold b too.
    pub confidence: f64,
    /// Share of the baskets with b that hold a too.
    pub confidence_back: f64,
    /// Baskets that hold both beyond those that chance explains, the sizes of the baskets
    /// considered: in large baskets anything meets anything.
    pub excess: f64,
    /// Fisher's exact test, one-sided.
    pub p_value: f64,
    /// The share of false pairs to expect among the pairs with at most this q-value (Benjamini &
    /// Hochberg 1995), over all pairs of the items looked at. It rests on a bound of the p that
    /// considers the sizes of the baskets, which is never below Fisher's.
    pub q_value: f64,
}

/// Pairs, and what they were chosen from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairs {
    /// Those with at most the q-value asked for, the largest excess first.
    pub pairs: Vec<Pair>,
    /// Baskets that were looked at.
    pub baskets: usize,
    /// Items in enough baskets to be looked at.
    pub items: usize,
    /// Pairs that were tested: all of those items, also those never seen together.
    pub tested: u64,
    /// Pairs with at most the q-value asked for, also those beyond the limit.
    pub found: usize,
    /// What more it would need, or what was left out.
    pub missing: Option<Lack>,
}

/// What more pairs would need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// More baskets with the item that was asked about.
    Baskets {
        /// So many more.
        more: u32,
    },
    /// More baskets with the item than with another: only so many items are looked at, those in most
    /// baskets, and it is none of them.
    Rank {
        /// Items that are looked at.
        items: usize,
    },
    /// More items in enough baskets.
    Items {
        /// So many more.
        more: usize,
        /// Baskets that each has to be in.
        baskets: u32,
    },
    /// Items in fewer baskets than those that are looked at, which were left out.
    LeftOut {
        /// So many.
        items: usize,
        /// Items that are looked at.
        of: usize,
    },
}

/// A pair before anything is said about it: ranks, not items.
#[derive(Clone, Copy)]
struct Candidate {
    p: f64,
    excess: f64,
    together: u32,
    a: u16,
    b: u16,
}

/// The items that are looked at, and what is known of each.
struct Known {
    /// By rank, in order of number.
    items: Vec<u32>,
    /// By rank, baskets that hold it.
    counts: Vec<u32>,
    /// By rank, how much company it has in them.
    company: Vec<f64>,
    /// Items in enough baskets, also those beyond the bound.
    eligible: usize,
    baskets: f64,
}

/// More ranks than this do not fit into 16 bits.
const MOST_ITEMS: usize = 1 << 16;

impl Known {
    fn of(index: &BasketIndex, options: &PairOptions) -> Self {
        let enough = options.min_together.max(1);
        let bound = u32::try_from(index.holders.len()).unwrap_or(u32::MAX);
        let mut items: Vec<u32> = (0..bound).filter(|item| index.count(*item) >= enough).collect();
        let eligible = items.len();
        let most = options.items.min(MOST_ITEMS);
        if items.len() > most {
            items.select_nth_unstable_by_key(most, |item| (Reverse(index.count(*item)), *item));
            items.truncate(most);
            items.sort_unstable();
        }
        let counts = items.iter().map(|item| index.count(*item)).collect();
        let company = items.iter().map(|item| index.company.of(*item)).collect();
        Self { items, counts, company, eligible, baskets: index.baskets.len() as f64 }
    }

    /// The chance that two items, by rank, meet so often, where that is small enough to matter.
    #[inline]
    fn candidate(
        &self,
        ln: &LnFactorials,
        (one, other): (usize, usize),
        together: u32,
        max_ln_p: f64,
    ) -> Option<Candidate> {
        let (of_a, of_b) = (self.counts[one], self.counts[other]);
        // Never below what Fisher's test expects, so the p is never below Fisher's.
        let expected = (self.company[one] * self.company[other])
            .max(f64::from(of_a) * f64::from(of_b) / self.baskets);
        let p = tail(ln, together, of_a.min(of_b), expected, max_ln_p)?;
        let (Ok(a), Ok(b)) = (u16::try_from(one), u16::try_from(other)) else { return None };
        let excess = f64::from(together) - expected;
        Some(Candidate { p, excess, together, a, b })
    }
}

pub(super) fn all(index: &BasketIndex, options: &PairOptions, threads: usize) -> Pairs {
    let known = Known::of(index, options);
    let ln = LnFactorials::up_to(index.baskets.len());
    let meetings = Meetings::of(&index.baskets, &known.items);
    let chunks = meetings.chunks(threads.max(1));
    let enough = options.min_together.max(1);
    let max_ln_p = options.max_q().ln();
    let found = parallel::map(&chunks, threads, |ranks| {
        let mut found = Vec::new();
        let mut counts = vec![0; known.items.len()];
        for rank in ranks.clone() {
            meetings.count(rank, enough, &mut counts, |other, together| {
                found.extend(known.candidate(&ln, (rank, other), together, max_ln_p));
            });
        }
        found
    });
    let of = known.items.len() as u64;
    choose(index, &known, &ln, found.concat(), of * of.saturating_sub(1) / 2, options)
}

pub(super) fn of_item(index: &BasketIndex, item: u32, options: &PairOptions) -> Pairs {
    let known = Known::of(index, options);
    let ln = LnFactorials::few();
    let enough = options.min_together.max(1);
    let Ok(rank) = known.items.binary_search(&item) else {
        let count = index.count(item);
        let missing = if count < enough {
            Lack::Baskets { more: enough - count }
        } else {
            Lack::Rank { items: known.items.len() }
        };
        return Pairs { missing: Some(missing), ..Pairs::default() };
    };
    let mut counts = vec![0_u32; index.holders.len()];
    for &basket in &index.holders[item as usize] {
        let held = index.baskets.get(basket as usize).map_or(&[][..], |basket| basket.items);
        held.iter().for_each(|&other| counts[other as usize] += 1);
    }
    let max_ln_p = options.max_q().ln();
    let mut found = Vec::new();
    for (other, &number) in known.items.iter().enumerate() {
        let together = counts[number as usize];
        if together >= enough && other != rank {
            found.extend(known.candidate(&ln, (rank, other), together, max_ln_p));
        }
    }
    let tested = known.items.len() as u64 - 1;
    choose(index, &known, &ln, found, tested, options)
}

/// Keeps what survives the control of false discoveries, and says all about the best.
fn choose(
    index: &BasketIndex,
    known: &Known,
    ln: &LnFactorials,
    mut found: Vec<Candidate>,
    tested: u64,
    options: &PairOptions,
) -> Pairs {
    // Benjamini & Hochberg 1995: the pairs that survive are the largest set whose p are all at most
    // max_q · its size / m, which is reached from above. No other pair lowers a q to max_q.
    let max_q = options.max_q();
    let mut before = usize::MAX;
    while max_q < 1.0 && found.len() < before {
        before = found.len();
        let largest = max_q * before as f64 / tested as f64;
        found.retain(|candidate| candidate.p <= largest);
    }
    // Pairs that were not gathered have a p of 1. q of the i-th smallest p is the least p_j · m / j for j from i on.
    found.sort_unstable_by(|one, other| {
        one.p.total_cmp(&other.p).then((one.a, one.b).cmp(&(other.a, other.b)))
    });
    let mut least = 1.0_f64;
    let mut kept = Vec::with_capacity(found.len());
    for (before, candidate) in found.iter().enumerate().rev() {
        least = least.min(candidate.p * tested as f64 / (before + 1) as f64);
        kept.push((*candidate, least));
    }
    let number = kept.len();
    let best = |(one, _): &(Candidate, f64), (other, _): &(Candidate, f64)| {
        other.excess.total_cmp(&one.excess).then((one.a, one.b).cmp(&(other.a, other.b)))
    };
    if number > options.limit {
        kept.select_nth_unstable_by(options.limit, best);
        kept.truncate(options.limit);
    }
    kept.sort_unstable_by(best);
    let baskets = index.baskets.len();
    let all = u32::try_from(baskets).unwrap_or(u32::MAX);
    let describe = |(candidate, q_value): (Candidate, f64)| {
        let (a, b) = (usize::from(candidate.a), usize::from(candidate.b));
        let (of_a, of_b) = (known.counts[a], known.counts[b]);
        let together = candidate.together;
        let share = |of: f64| f64::from(together) / of;
        Pair {
            a: known.items[a],
            b: known.items[b],
            together,
            of_a,
            of_b,
            support: share(known.baskets),
            lift: share(f64::from(of_a)) * known.baskets / f64::from(of_b),
            confidence: share(f64::from(of_a)),
            confidence_back: share(f64::from(of_b)),
            excess: candidate.excess,
            p_value: fisher::greater(ln, together, of_a, of_b, all),
            q_value,
        }
    };
    let left_out = known.eligible - known.items.len();
    Pairs {
        pairs: kept.into_iter().map(describe).collect(),
        baskets,
        items: known.items.len(),
        tested,
        found: number,
        missing: missing(known.items.len(), left_out, options),
    }
}

fn missing(items: usize, left_out: usize, options: &PairOptions) -> Option<Lack> {
    if items < 2 {
        return Some(Lack::Items { more: 2 - items, baskets: options.min_together.max(1) });
    }
    (left_out > 0).then_some(Lack::LeftOut { items: left_out, of: items })
}
