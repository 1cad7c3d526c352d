//! Order statistics and the rate of false discoveries.

use crm_stats::numeric::discovery::q_values;
use crm_stats::numeric::quantile::{median, quantile};

use super::bytes::Bytes;

pub(super) fn order_and_discovery(bytes: &mut Bytes<'_>) {
    let p = bytes.number();
    let tests = bytes.up_to(100);
    let values = bytes.numbers(200);
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let least = finite.iter().copied().fold(f64::INFINITY, f64::min);
    let most = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for found in [quantile(&values, p), median(&values)] {
        assert_eq!(found.is_some(), !finite.is_empty());
        assert!(found.is_none_or(|found| least <= found && found <= most), "{found:?}");
    }
    let q = q_values(&values, tests);
    assert_eq!(q.len(), values.len());
    for (p, q) in values.iter().zip(q) {
        assert!((0.0..=1.0).contains(&q) && (p.is_nan() || q >= p.clamp(0.0, 1.0) * (1.0 - 1e-12)));
    }
}
