//! What customers are worth.

use crm_stats::value::{Horizon, Options, Purchase, fit};

use super::bytes::Bytes;
use super::{finite, same};

pub(super) fn of_customers(bytes: &mut Bytes<'_>) {
    let as_of = bytes.small();
    let horizon_days = u32::try_from(bytes.up_to(800)).unwrap_or(0);
    let options = Options { is_seasonal: bytes.byte().is_multiple_of(2) };
    let discount_rate = f64::from(bytes.byte()) / 100.0;
    let horizon = Horizon { discount_rate, ..Horizon::days(horizon_days) };
    let mut purchases = Vec::new();
    while !bytes.is_empty() && purchases.len() < 300 {
        purchases.push(Purchase {
            customer: u32::from(bytes.byte() % 24),
            day: if bytes.byte() == 255 { i32::MIN } else { bytes.small() * 3 },
            amount: bytes.number(),
        });
    }
    let fitted = fit(&purchases, as_of, &options);
    let found = fitted.predict(&horizon);
    same(&found, &fitted.predict(&Horizon { threads: 4, ..horizon.clone() }), "threads");
    purchases.reverse();
    // Sums of money in another order differ in their last digits, so only the counts are held.
    let reversed = fit(&purchases, as_of, &options).predict(&horizon);
    assert_eq!(found.customers.len(), reversed.customers.len());
    finite(&[found.season_factor], "the season's factor");
    for customer in &found.customers {
        assert!((0.0..=1.0).contains(&customer.p_alive), "{customer:?}");
        assert!(customer.expected_purchases >= 0.0, "{customer:?}");
        finite(
            &[customer.expected_purchases, customer.spend, customer.expected_value],
            "a customer",
        );
        for (inner, outer, point) in [
            (
                customer.purchases_interval(0.8),
                customer.purchases_interval(0.95),
                customer.expected_purchases,
            ),
            (customer.value_interval(0.8), customer.value_interval(0.95), customer.expected_value),
        ] {
            finite(&[inner.lower, inner.upper, outer.lower, outer.upper, point], "intervals");
            let nested = outer.lower <= inner.lower
                && inner.lower <= inner.upper
                && inner.upper <= outer.upper;
            assert!(nested, "{customer:?}");
        }
    }
    if found.customers.is_empty() {
        assert!(!found.missing.is_empty(), "nothing is said of nobody without a word");
    }
}
