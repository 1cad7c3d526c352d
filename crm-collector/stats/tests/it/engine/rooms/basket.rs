//! Pairs of items bought together.

use crm_stats::basket::{BasketIndex, Baskets, PairOptions};

use super::bytes::Bytes;
use super::{finite, same};

pub(super) fn pairs(bytes: &mut Bytes<'_>) {
    let options = PairOptions {
        min_together: u32::from(bytes.byte() % 4),
        max_q: bytes.number(),
        limit: bytes.up_to(50),
        ..PairOptions::default()
    };
    let mut lines = Vec::new();
    while !bytes.is_empty() && lines.len() < 400 {
        let item = if bytes.byte() == 255 { u32::MAX } else { u32::from(bytes.byte() % 16) };
        lines.push((u32::from(bytes.byte() % 8), bytes.small(), item));
    }
    let baskets = Baskets::of_lines(lines.clone());
    let whole = BasketIndex::new(baskets.clone());
    let pairs = whole.pairs(&options, 1);
    same(&pairs, &whole.pairs(&options, 4), "threads");
    // Baskets that come one by one are counted as those that come together.
    let mut grown = BasketIndex::new(Baskets::new());
    for basket in baskets.iter() {
        grown.add(basket.customer, basket.day, basket.items);
    }
    same(&pairs, &grown.pairs(&options, 1), "one by one");
    for pair in &pairs.pairs {
        finite(&[pair.support, pair.lift, pair.p_value, pair.q_value], "a pair");
        assert!((0.0..=1.0).contains(&pair.support) && (0.0..=1.0).contains(&pair.p_value));
        assert!(pair.q_value >= pair.p_value && pair.lift >= 0.0, "{pair:?}");
        assert!(pair.together <= pair.of_a.min(pair.of_b), "{pair:?}");
        assert_eq!(pair.together, whole.count_together(pair.a, pair.b));
    }
}
