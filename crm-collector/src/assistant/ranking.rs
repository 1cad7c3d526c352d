//! Which candidates are told, and in which order: the most money first, few of a kind, one for each
//! customer.

use crm_api::answer::AdviceKind;
use std::collections::{BTreeMap, HashMap};

use super::candidates::{About, Candidate};

/// Candidates that are kept.
const MOST: usize = 1_000;
/// Of so many that follow each other …
const BLOCK: usize = 10;
/// … at most so many are of one kind, while there are others.
const OF_A_KIND: usize = 3;

/// A candidate that is told, and what else there is to say to the same customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// The candidate.
    pub candidate: Candidate,
    /// Kinds that were folded into it.
    pub also: Vec<AdviceKind>,
}

/// The most money first; of each ten no more than three of a kind while there are others; for each
/// customer, and for each product to offer, the one with most money, with the others' kinds beside it.
pub fn ranked(mut candidates: Vec<Candidate>) -> Vec<Ranked> {
    candidates.sort_by(|one, other| {
        other.worth().total_cmp(&one.worth()).then_with(|| one.id.cmp(&other.id))
    });
    let mut places: HashMap<Key, usize> = HashMap::new();
    let mut kept: Vec<Ranked> = Vec::new();
    for candidate in candidates {
        let key = Key::of(candidate.about);
        if let Some(first) = key.and_then(|key| places.get(&key)).and_then(|at| kept.get_mut(*at)) {
            let kind = candidate.kind;
            if kind != first.candidate.kind && !first.also.contains(&kind) {
                first.also.push(kind);
            }
            continue;
        }
        if kept.len() >= MOST {
            continue;
        }
        if let Some(key) = key {
            places.insert(key, kept.len());
        }
        kept.push(Ranked { candidate, also: Vec::new() });
    }
    mixed(kept)
}

/// What is told once.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Customer(u32),
    Offered(u32),
}

impl Key {
    fn of(about: About) -> Option<Self> {
        match about {
            About::Pair(_, product) => Some(Self::Offered(product)),
            other => other.customer().map(Self::Customer),
        }
    }
}

fn mixed(sorted: Vec<Ranked>) -> Vec<Ranked> {
    let mut waiting: BTreeMap<usize, Ranked> = sorted.into_iter().enumerate().collect();
    let mut mixed = Vec::with_capacity(waiting.len());
    let mut of_kind: HashMap<AdviceKind, usize> = HashMap::new();
    while !waiting.is_empty() {
        if mixed.len() % BLOCK == 0 {
            of_kind.clear();
        }
        let has_room =
            |one: &Ranked| of_kind.get(&one.candidate.kind).is_none_or(|count| *count < OF_A_KIND);
        let next = waiting.iter().find(|(_, one)| has_room(one)).or(waiting.first_key_value());
        let Some(one) = next.map(|(place, _)| *place).and_then(|place| waiting.remove(&place))
        else {
            break;
        };
        *of_kind.entry(one.candidate.kind).or_default() += 1;
        mixed.push(one);
    }
    mixed
}

#[cfg(test)]
mod tests {
    use crm_stats::advice::{Hotspot, Returned};

    use super::super::candidates::Found;
    use super::*;

    fn candidate(kind: AdviceKind, about: About, at_stake: f64) -> Candidate {
        let of = Returned::default();
        let found =
            Hotspot { product: 1, of_it: of, of_all: of, customers: 0, p_value: 0.0, at_stake };
        Candidate {
            kind,
            about,
            id: format!("{kind}{about:?}"),
            by_day: 0,
            at_stake,
            chance: None,
            given: 1,
            found: Found::Refunds(found),
        }
    }

    #[test]
    fn a_customer_is_told_of_once_with_what_else_there_is_to_say() {
        let one = candidate(AdviceKind::WinBack, About::Customer(7), 100.0);
        let other = candidate(AdviceKind::Replenish, About::Need(7, 3), 200.0);
        let third = candidate(AdviceKind::Replenish, About::Need(7, 4), 50.0);
        let ranked = ranked(vec![one, other.clone(), third]);
        assert_eq!(ranked, [Ranked { candidate: other, also: vec![AdviceKind::WinBack] }]);
    }

    #[test]
    fn of_ten_no_more_than_three_are_of_a_kind_while_there_are_others() {
        let mut all: Vec<_> = (0..8)
            .map(|n| candidate(AdviceKind::WinBack, About::Customer(n), 100.0 - f64::from(n)))
            .collect();
        all.extend(
            (10..14).map(|n| candidate(AdviceKind::Refunds, About::Product(n), f64::from(n))),
        );
        let kinds: Vec<_> = ranked(all).iter().map(|one| one.candidate.kind).collect();
        let first: Vec<_> = kinds.iter().take(6).copied().collect();
        let (w, r) = (AdviceKind::WinBack, AdviceKind::Refunds);
        assert_eq!(first, [w, w, w, r, r, r]);
        // No others are left: the rest follows by money.
        assert_eq!(kinds.len(), 12);
        assert_eq!(kinds[6..9], [w, w, w]);
    }
}
