//! What is counted, tested and told about pairs, held against plain computations.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn baskets(of: &[Vec<u32>]) -> Baskets {
    let mut baskets = Baskets::new();
    for (customer, items) in (1..).zip(of) {
        baskets.push(customer, 0, items);
    }
    baskets
}

/// Everything that was ever seen together.
fn everything() -> PairOptions {
    PairOptions { min_together: 1, max_q: 1.0, limit: usize::MAX, items: usize::MAX }
}

/// Numbers as dice would give them (xorshift, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 32) % u64::from(sides)).unwrap()
    }

    /// An item of `items`, the lower the more popular.
    fn item(&mut self, items: u32) -> u32 {
        let square = u64::from(self.roll(items)) * u64::from(self.roll(items));
        u32::try_from(square / u64::from(items)).unwrap()
    }
}

/// A shop in which nothing has to do with anything, in baskets of very different sizes.
fn noise(seed: u64, number: usize) -> Vec<Vec<u32>> {
    let mut dice = Dice(seed);
    let mut basket = || {
        let size = if dice.roll(8) == 0 { 20 + dice.roll(30) } else { 1 + dice.roll(6) };
        (0..size).map(|_| dice.item(120)).collect()
    };
    (0..number).map(|_| basket()).collect()
}

proptest! {
    #[test]
    fn counts_are_those_of_brute_force(
        of in prop::collection::vec(prop::collection::vec(0_u32..30, 1..12), 1..40),
    ) {
        let index = BasketIndex::new(baskets(&of));
        let mut counts = BTreeMap::new();
        for basket in index.baskets().iter() {
            for (place, &a) in basket.items.iter().enumerate() {
                basket.items[place + 1..].iter().for_each(|&b| *counts.entry((a, b)).or_insert(0) += 1);
            }
        }
        let pairs = index.pairs(&everything(), 1);
        let found: BTreeMap<_, _> = pairs.pairs.iter().map(|p| ((p.a, p.b), p.together)).collect();
        prop_assert_eq!(&found, &counts);
        let baskets = u32::try_from(of.len()).unwrap();
        let all = f64::from(baskets);
        for pair in &pairs.pairs {
            let (together, of_a) = (f64::from(pair.together), f64::from(index.count(pair.a)));
            let of_b = f64::from(index.count(pair.b));
            prop_assert_eq!(index.count_together(pair.b, pair.a), pair.together);
            prop_assert!((pair.support - together / all).abs() < 1e-12);
            prop_assert!((pair.confidence - together / of_a).abs() < 1e-12);
            prop_assert!((pair.confidence_back - together / of_b).abs() < 1e-12);
            prop_assert!((pair.lift - together * all / of_a / of_b).abs() < 1e-9);
            let fisher = fisher_greater(pair.together, pair.of_a, pair.of_b, baskets);
            prop_assert!((pair.p_value - fisher).abs() < 1e-9);
            prop_assert!(pair.q_value >= pair.p_value - 1e-9);
        }
    }

    #[test]
    fn one_by_one_is_the_same_as_all_at_once(
        of in prop::collection::vec(prop::collection::vec(0_u32..30, 0..12), 1..40),
    ) {
        let at_once = BasketIndex::new(baskets(&of));
        let mut one_by_one = BasketIndex::default();
        (1..).zip(&of).for_each(|(customer, items)| {
            assert_eq!(one_by_one.add(customer, 0, items), !items.is_empty());
        });
        prop_assert_eq!(at_once.pairs(&everything(), 1), one_by_one.pairs(&everything(), 1));
        for item in 0..31 {
            prop_assert_eq!(at_once.count(item), one_by_one.count(item));
            let together = one_by_one.together(item, &everything());
            prop_assert_eq!(&at_once.together(item, &everything()), &together);
            for pair in together.pairs {
                prop_assert_eq!(pair.a, item);
                prop_assert_eq!(pair.together, at_once.count_together(item, pair.b));
            }
        }
    }
}

#[test]
fn neither_threads_nor_the_order_of_baskets_change_a_pair() {
    let mut of = noise(7, 3_000);
    let forth = BasketIndex::new(baskets(&of)).pairs(&PairOptions::default(), 1);
    for threads in [2, 5] {
        assert_eq!(BasketIndex::new(baskets(&of)).pairs(&PairOptions::default(), threads), forth);
    }
    of.reverse();
    assert_eq!(BasketIndex::new(baskets(&of)).pairs(&everything(), 3).found, {
        of.reverse();
        BasketIndex::new(baskets(&of)).pairs(&everything(), 1).found
    });
}

#[test]
fn false_discovery_is_controlled_as_by_hand() {
    // 40 baskets: 1 and 2 in the same ten, 3 in twenty, of which five are among those.
    let of: Vec<Vec<u32>> = (0..40)
        .map(|n| {
            let mut items = vec![9];
            items.extend((n < 10).then_some([1, 2]).into_iter().flatten());
            items.extend((5..25).contains(&n).then_some(3));
            items
        })
        .collect();
    let pairs = BasketIndex::new(baskets(&of)).pairs(&everything(), 1);
    assert_eq!((pairs.items, pairs.tested, pairs.baskets), (4, 6, 40));
    let pair = |a, b| *pairs.pairs.iter().find(|pair| (pair.a, pair.b) == (a, b)).unwrap();
    // 1 / C(40, 10)
    let p = 1.0 / 847_660_528.0;
    assert!((pair(1, 2).p_value - p).abs() < 1e-9 * p);
    // 1 and 2 have five baskets of three and five of four, so 25 others each, 120 are all others:
    // each of ten baskets with 1 holds 2 by a chance of 25 · 25 / 120 / 10. Only that pair is beyond
    // chance, so its q is six times its p.
    let expected = 25.0 * 25.0 / 120.0;
    assert!((pair(1, 2).q_value - 6.0 * f64::powi(expected / 10.0, 10)).abs() < 1e-9);
    assert_eq!(pair(1, 9).q_value, 1.0);
    assert_eq!(pairs.pairs.first().map(|pair| (pair.a, pair.b)), Some((1, 2)));
    assert!((pair(1, 2).excess - (10.0 - expected)).abs() < 1e-9);
    let strict = PairOptions { max_q: 0.05, ..everything() };
    let found = BasketIndex::new(baskets(&of)).pairs(&strict, 1);
    assert_eq!((found.found, found.pairs), (1, vec![pair(1, 2)]));
}

#[test]
fn a_planted_pair_is_found_and_first() {
    let mut of = noise(3, 4_000);
    // Two rare items that are bought together three times in four.
    let mut dice = Dice(11);
    for basket in of.iter_mut().step_by(50) {
        basket.push(200);
        basket.push(if dice.roll(4) > 0 { 201 } else { 0 });
    }
    let index = BasketIndex::new(baskets(&of));
    let pairs = index.pairs(&PairOptions::default(), 1);
    let first = pairs.pairs[0];
    assert_eq!((first.a, first.b), (200, 201));
    assert!(first.q_value < 1e-20 && first.lift > 40.0, "{first:?}");
    assert_eq!(index.together(201, &PairOptions::default()).pairs[0].b, 200);
}

#[test]
fn where_nothing_has_to_do_with_anything_hardly_a_pair_is_found() {
    let shops = 40;
    let with_pairs = (1..=shops)
        .filter(|seed| {
            let index = BasketIndex::new(baskets(&noise(seed * 77, 1_500)));
            index.pairs(&PairOptions::default(), 1).found > 0
        })
        .count();
    // At a rate of 5% more than five of forty would come by chance once in seventy times.
    assert!(with_pairs <= 5, "{with_pairs} of {shops} shops");
}

#[test]
fn nothing_one_basket_and_strange_questions_are_answered() {
    let empty = BasketIndex::default();
    let none = empty.pairs(&PairOptions::default(), 3);
    assert_eq!((none.pairs.len(), none.tested), (0, 0));
    assert_eq!(none.missing, Some(Lack::Items { more: 2, baskets: 5 }));
    assert_eq!(empty.together(3, &everything()).missing, Some(Lack::Baskets { more: 1 }));
    let one = BasketIndex::new(baskets(&[vec![1, 2]]));
    assert_eq!(one.pairs(&everything(), 1).pairs[0].lift, 1.0);
    for max_q in [f64::NAN, -1.0, 0.0, f64::INFINITY] {
        for (limit, items) in [(0, 0), (1, 1), (usize::MAX, 2)] {
            let options = PairOptions { min_together: 0, max_q, limit, items };
            assert!(one.pairs(&options, 1).pairs.len() <= limit);
            assert!(one.together(1, &options).pairs.len() <= limit);
        }
    }
}

#[test]
fn the_bound_on_items_keeps_those_in_most_baskets_and_says_so() {
    let of = [vec![1, 2, 3], vec![1, 2, 3], vec![1, 2], vec![1, 2]];
    let options = PairOptions { items: 2, ..everything() };
    let pairs = BasketIndex::new(baskets(&of)).pairs(&options, 1);
    let found: Vec<_> = pairs.pairs.iter().map(|pair| (pair.a, pair.b)).collect();
    assert_eq!(found, [(1, 2)]);
    assert_eq!(pairs.missing, Some(Lack::LeftOut { items: 1, of: 2 }));
}
