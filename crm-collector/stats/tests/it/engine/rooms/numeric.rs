//! Order statistics.

use crm_stats::numeric::quantile::{median, quantile};

use super::bytes::Bytes;

pub(super) fn order(bytes: &mut Bytes<'_>) {
    let p = bytes.number();
    let values = bytes.numbers(200);
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let least = finite.iter().copied().fold(f64::INFINITY, f64::min);
    let most = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for found in [quantile(&values, p), median(&values)] {
        assert_eq!(found.is_some(), !finite.is_empty());
        assert!(found.is_none_or(|found| least <= found && found <= most), "{found:?}");
    }
}
